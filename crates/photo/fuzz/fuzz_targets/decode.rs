//! Any bytes as a photo's file: refused or decoded to what its header promised.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tintype_photo::{Limits, PhotoFile};

/// Small enough that thousands are tried in a second.
const LIMITS: Limits = Limits {
    max_bytes: 1 << 20,
    max_pixels: 1 << 20,
    max_side: 1 << 16,
};

// A decoder's own panic is caught and becomes an error, so the hook that would abort on it has to go.
// One that isn't caught still ends the process.
fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |file: &[u8]| {
    if let Ok(file) = PhotoFile::from_bytes(file.to_vec(), &LIMITS) {
        let promised = *file.info();
        if let Ok(photo) = file.decode() {
            // Memory is planned by the header, so the pixels must not turn out to be more.
            assert_eq!(photo.info(), promised);
        }
    }
});
