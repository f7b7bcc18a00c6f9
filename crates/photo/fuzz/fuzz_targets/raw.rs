//! Any bytes as a camera's raw file, of which the first bits tell whose. Those that start as TIFFs are left to
//! `decode`'s seeds, `tests/fixtures/raw`: what makes them raw files is no start.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tintype_photo_fuzz::{decode, decode_as, silence_panics};

fuzz_target!(init: silence_panics(), |file: &[u8]| {
    let start: &[u8] = match file.first().map_or(0, |byte| byte & 7) {
        0 => b"\0\0\0\x18ftypcrx ",
        1 => b"FUJIFILMCCD-RAW ",
        2 => b"IIRO",
        3 => b"IIU\0",
        _ => return decode(file.to_vec()),
    };
    decode_as(start, file);
});
