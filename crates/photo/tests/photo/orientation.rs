//! Photos that a camera wrote lying on a side come in upright.

use image::codecs::{jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder};
use image::{ExtendedColorType, ImageEncoder};
use tintype_photo::{Limits, PhotoFile};

use crate::support::{decode, rgb8};

/// The picture as stored: two rows of three blocks, each a gray of its own. Blocks are 8 pixels, so
/// that JPEG keeps them apart.
const STORED: [[u8; 3]; 2] = [[10, 50, 90], [130, 170, 210]];

/// What the eight orientations make of it (EXIF 2.32, 4.6.4 A, tag 274).
const UPRIGHT: [&[&[u8]]; 8] = [
    &[&[10, 50, 90], &[130, 170, 210]],
    &[&[90, 50, 10], &[210, 170, 130]],
    &[&[210, 170, 130], &[90, 50, 10]],
    &[&[130, 170, 210], &[10, 50, 90]],
    &[&[10, 130], &[50, 170], &[90, 210]],
    &[&[130, 10], &[170, 50], &[210, 90]],
    &[&[210, 90], &[170, 50], &[130, 10]],
    &[&[90, 210], &[50, 170], &[10, 130]],
];

/// A TIFF structure with one entry, as EXIF wants it.
fn exif(orientation: u8) -> Vec<u8> {
    let mut bytes = b"II\x2A\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    bytes.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// 24 x 16 RGB.
fn stored_pixels() -> Vec<u8> {
    let row = |blocks: &[u8; 3]| blocks.iter().flat_map(|v| [*v; 24]).collect::<Vec<_>>();
    STORED
        .iter()
        .flat_map(|blocks| row(blocks).repeat(8))
        .collect()
}

fn with_exif(mut encoder: impl ImageEncoder, orientation: u8) {
    encoder.set_exif_metadata(exif(orientation)).unwrap();
    encoder
        .write_image(&stored_pixels(), 24, 16, ExtendedColorType::Rgb8)
        .unwrap();
}

/// A TIFF of one uncompressed gray strip, written by hand: the encoder has no say on orientation.
fn tiff(orientation: u8) -> Vec<u8> {
    let pixels: Vec<u8> = stored_pixels().chunks(3).map(|rgb| rgb[0]).collect();
    let entries: [(u16, u32); 9] = [
        (256, 24), // width
        (257, 16), // height
        (258, 8),  // bits per sample
        (259, 1),  // no compression
        (262, 1),  // black is zero
        (273, 8),  // the strip's offset
        (274, u32::from(orientation)),
        (278, 16),                  // rows in the strip
        (279, pixels.len() as u32), // bytes in the strip
    ];
    let mut bytes = b"II\x2A\0".to_vec();
    bytes.extend((8 + pixels.len() as u32).to_le_bytes());
    bytes.extend(&pixels);
    bytes.extend((entries.len() as u16).to_le_bytes());
    for (tag, value) in entries {
        bytes.extend(tag.to_le_bytes());
        // One value of 32 bits.
        bytes.extend([4, 0, 1, 0, 0, 0]);
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 4]);
    bytes
}

fn assert_upright(file: &[u8], orientation: u8, name: &str) {
    let expected = UPRIGHT[usize::from(orientation) - 1];
    let (width, height) = (expected[0].len() * 8, expected.len() * 8);
    let info = *PhotoFile::from_bytes(file.to_vec(), &Limits::default())
        .unwrap()
        .info();
    let photo = decode(file).unwrap();
    assert_eq!(
        info,
        photo.info(),
        "{name} {orientation}: the header told otherwise"
    );
    assert_eq!(
        (photo.width() as usize, photo.height() as usize),
        (width, height),
        "{name}"
    );
    let pixels = rgb8(&photo);
    for (row, blocks) in expected.iter().enumerate() {
        for (column, gray) in blocks.iter().enumerate() {
            let found = pixels[(row * 8 + 4) * width + column * 8 + 4][0];
            assert!(
                found.abs_diff(*gray) <= 2,
                "{name} {orientation}: {found} for {gray}"
            );
        }
    }
}

#[test]
fn all_eight_orientations_are_applied_in_every_format_that_has_them() {
    for orientation in 1..=8 {
        let mut bytes = Vec::new();
        with_exif(JpegEncoder::new_with_quality(&mut bytes, 95), orientation);
        assert_upright(&bytes, orientation, "JPEG");
        let mut bytes = Vec::new();
        with_exif(PngEncoder::new(&mut bytes), orientation);
        assert_upright(&bytes, orientation, "PNG");
        let mut bytes = Vec::new();
        with_exif(WebPEncoder::new_lossless(&mut bytes), orientation);
        assert_upright(&bytes, orientation, "WebP");
        assert_upright(&tiff(orientation), orientation, "TIFF");
    }
}

#[test]
fn an_orientation_that_makes_no_sense_is_ignored() {
    for orientation in [0, 9, 255] {
        let mut bytes = Vec::new();
        with_exif(JpegEncoder::new_with_quality(&mut bytes, 95), orientation);
        let photo = decode(&bytes).unwrap();
        assert_eq!((photo.width(), photo.height()), (24, 16), "{orientation}");
    }
}
