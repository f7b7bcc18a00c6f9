//! Small files that claim to be huge, and files that are.

use tintype_photo::{Error, Limits, PhotoFile};
use tintype_protocol::CancelFlag;

use crate::support::{decode, fixture, png_of};

/// A PNG that claims a size and has next to no pixels.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([8, 2, 0, 0, 0]);
    png_of(&[
        (b"IHDR", &header),
        (b"IDAT", b"\x78\x9c\x03\0\0\0\0\x01"),
        (b"IEND", b""),
    ])
}

/// A BMP header that claims a size.
fn bmp(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"BM".to_vec();
    bytes.extend([0; 8]);
    bytes.extend(54u32.to_le_bytes());
    bytes.extend(40u32.to_le_bytes());
    bytes.extend(width.to_le_bytes());
    bytes.extend(height.to_le_bytes());
    bytes.extend([1, 0, 24, 0]);
    bytes.extend([0; 24]);
    bytes
}

#[track_caller]
fn assert_refused(bytes: Vec<u8>, limits: &Limits, size: (u32, u32)) {
    let result = PhotoFile::from_bytes(bytes, limits).map(|file| *file.info());
    assert!(
        matches!(result, Err(Error::TooManyPixels { width, height, .. }) if (width, height) == size),
        "{result:?}"
    );
}

#[test]
fn a_bomb_is_refused_by_its_header() {
    let limits = Limits::default();
    assert_refused(png(60_000, 60_000), &limits, (60_000, 60_000));
    assert_refused(bmp(30_000, 30_000), &limits, (30_000, 30_000));
    // Few pixels, but a side that no decoder is asked to walk.
    assert_refused(png(70_000, 10), &limits, (70_000, 10));
    // BMP's decoder refuses such a side before anyone is asked.
    assert!(PhotoFile::from_bytes(bmp(10, 70_000), &limits).is_err());
}

#[test]
fn a_bomb_of_any_kind_is_refused_by_its_header() {
    let limits = Limits::default();
    let corpus = |name: &str| std::fs::read(fixture("corpus").join(name)).unwrap();
    let mut gif = corpus("palette.gif");
    gif[6..10].fill(0xFF);
    assert_refused(gif, &limits, (65_535, 65_535));
    // The size of the picture and, as much, of its one tile.
    let mut bare = corpus("bare.j2k");
    for at in [8, 12, 24, 28] {
        bare[at..at + 4].copy_from_slice(&60_000u32.to_be_bytes());
    }
    assert_refused(bare, &limits, (60_000, 60_000));
    // Not small (0), a height of 30 bits (3), a square (1), and all else as usual (1, 1).
    let header = 3u64 << 1 | 59_999 << 3 | 1 << 33 | 0b11 << 36;
    let jxl = [&[0xFF, 0x0A], &header.to_le_bytes()[..]].concat();
    assert_refused(jxl, &limits, (60_000, 60_000));
}

#[test]
fn more_channels_or_tiles_than_a_photo_has_are_refused() {
    let bare = std::fs::read(fixture("corpus").join("bare.j2k")).unwrap();
    let mut channels = bare.clone();
    channels[40..42].copy_from_slice(&9000u16.to_be_bytes());
    let result = decode(&channels);
    assert!(
        matches!(result, Err(Error::UnsupportedVariety { .. })),
        "{result:?}"
    );
    let mut tiles = bare;
    for (at, value) in [(8, 10_000u32), (12, 10_000), (24, 1), (28, 1)] {
        tiles[at..at + 4].copy_from_slice(&value.to_be_bytes());
    }
    let result = decode(&tiles);
    assert!(matches!(result, Err(Error::Corrupt { .. })), "{result:?}");
}

#[test]
fn a_claim_within_the_limits_without_the_pixels_is_damage() {
    let result = decode(&png(3000, 2000));
    assert!(
        matches!(result, Err(Error::Truncated { .. } | Error::Corrupt { .. })),
        "{result:?}"
    );
}

#[test]
fn the_callers_own_limits_count() {
    let small = Limits {
        max_pixels: 24 * 16,
        ..Limits::default()
    };
    let file = std::fs::read(fixture("progressive.jpg")).unwrap();
    assert!(PhotoFile::from_bytes(file.clone(), &small).is_ok());
    let smaller = Limits {
        max_pixels: 24 * 16 - 1,
        ..small
    };
    assert_refused(file.clone(), &smaller, (24, 16));
    let narrow = Limits {
        max_side: 23,
        ..Limits::default()
    };
    assert_refused(file, &narrow, (24, 16));
}

#[test]
fn a_file_with_too_many_bytes_is_refused_before_it_is_read() {
    let path = fixture("progressive.jpg");
    let bytes = path.metadata().unwrap().len();
    let limits = Limits {
        max_bytes: bytes - 1,
        ..Limits::default()
    };
    let result = PhotoFile::read(&path, &limits, &CancelFlag::new()).map(|file| *file.info());
    assert!(
        matches!(result, Err(Error::FileTooLarge { bytes: found, .. }) if found == bytes),
        "{result:?}"
    );
    let exact = Limits {
        max_bytes: bytes,
        ..Limits::default()
    };
    assert!(PhotoFile::read(&path, &exact, &CancelFlag::new()).is_ok());
}
