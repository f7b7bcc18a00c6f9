//! Any bytes as a photo's file: refused or decoded to what its header promised.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tintype_photo_fuzz::{decode, silence_panics};

fuzz_target!(init: silence_panics(), |file: &[u8]| decode(file.to_vec()));
