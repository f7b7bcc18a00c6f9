//! What the targets share: a file is refused with a typed error, or decodes to what its header promised.

use tintype_photo::{Limits, PhotoFile};

/// Small enough that thousands are tried in a second.
const LIMITS: Limits = Limits {
    max_bytes: 1 << 20,
    max_pixels: 1 << 20,
    max_side: 1 << 16,
};

/// A decoder's own panic is caught and becomes an error, so the hook that would abort on it has to go.
/// One that isn't caught still ends the process.
pub fn silence_panics() {
    std::panic::set_hook(Box::new(|_| {}));
}

/// Decodes any bytes as a photo's file.
pub fn decode(file: Vec<u8>) {
    let Ok(file) = PhotoFile::from_bytes(file, &LIMITS) else {
        return;
    };
    let promised = *file.info();
    assert!(file.pages() > 0);
    if let Ok(photo) = file.decode() {
        // Memory is planned by the header, so the pixels must not turn out to be more.
        assert_eq!(photo.info(), promised);
    }
}

/// As [`decode`], with a kind's first bytes put over those that there are, so that no time is lost on
/// finding them.
pub fn decode_as(start: &[u8], file: &[u8]) {
    let mut bytes = start.to_vec();
    bytes.extend(file.get(start.len()..).unwrap_or_default());
    decode(bytes);
}
