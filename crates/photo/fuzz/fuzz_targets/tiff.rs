//! Any bytes as a TIFF, of which the first bit tells the order of bytes and the second whether it is big.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tintype_photo_fuzz::{decode_as, silence_panics};

fuzz_target!(init: silence_panics(), |file: &[u8]| {
    let start: &[u8] = match file.first().map_or(0, |byte| byte & 3) {
        0 => b"II\x2A\0",
        1 => b"MM\0\x2A",
        2 => b"II\x2B\0\x08\0\0\0",
        _ => b"MM\0\x2B\0\x08\0\0",
    };
    decode_as(start, file);
});
