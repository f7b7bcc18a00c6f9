//! Any bytes as a WebP.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tintype_photo_fuzz::{decode_as, silence_panics};

fuzz_target!(init: silence_panics(), |file: &[u8]| {
    let mut start = *b"RIFF\0\0\0\0WEBP";
    start[4..8].copy_from_slice(&(file.len() as u32).wrapping_sub(8).to_le_bytes());
    decode_as(&start, file);
});
