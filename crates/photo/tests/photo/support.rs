//! What the modules share.

use std::path::{Path, PathBuf};

use tintype_photo::{Limits, Photo, PhotoFile, Pixels, Result};
use tintype_protocol::CancelFlag;

/// Decodes a file in memory under the usual limits.
pub(crate) fn decode(bytes: &[u8]) -> Result<Photo> {
    PhotoFile::from_bytes(bytes.to_vec(), &Limits::default())?.decode()
}

/// Decodes a file.
pub(crate) fn read(path: &Path) -> Result<Photo> {
    PhotoFile::read(path, &Limits::default(), &CancelFlag::new())?.decode()
}

/// One of the small pictures that `fixtures/make.py` made.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// Every pixel as 8-bit RGB, whatever the photo holds.
pub(crate) fn rgb8(photo: &Photo) -> Vec<[u8; 3]> {
    let narrow = |value: u16| (value >> 8) as u8;
    match photo.pixels() {
        Pixels::Gray8(p) => p.iter().map(|v| [*v; 3]).collect(),
        Pixels::Gray16(p) => p.iter().map(|v| [narrow(*v); 3]).collect(),
        Pixels::Rgb8(p) => p.as_chunks().0.to_vec(),
        Pixels::Rgb16(p) => p.as_chunks().0.iter().map(|rgb| rgb.map(narrow)).collect(),
    }
}
