//! Any bytes as a GIF.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tintype_photo_fuzz::{decode_as, silence_panics};

fuzz_target!(init: silence_panics(), |file: &[u8]| decode_as(b"GIF89a", file));
