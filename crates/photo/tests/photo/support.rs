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

/// A gray photo of these levels, by way of a BMP in memory.
pub(crate) fn gray_photo(width: u32, height: u32, level: impl Fn(u32, u32) -> u8) -> Photo {
    let image = image::GrayImage::from_fn(width, height, |x, y| image::Luma([level(x, y)]));
    let mut file = std::io::Cursor::new(Vec::new());
    image.write_to(&mut file, image::ImageFormat::Bmp).unwrap();
    decode(&file.into_inner()).unwrap()
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

/// A PNG of these chunks, with sound checksums.
pub(crate) fn png_of(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in chunks {
        bytes.extend((data.len() as u32).to_be_bytes());
        let checked = [&name[..], data].concat();
        bytes.extend(&checked);
        bytes.extend(crc32(&checked).to_be_bytes());
    }
    bytes
}

/// The checksum of PNG, bit by bit (ISO 15948, annex D).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 * (crc & 1))
        })
    })
}
