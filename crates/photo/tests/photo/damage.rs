//! Files that are cut short or spoiled, and paths that lead to no picture at all.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat};
use proptest::prelude::*;
use tintype_photo::{Error, Limits, PhotoFile};
use tintype_protocol::CancelFlag;

use crate::support::{decode, fixture, png_of, read, rgb8};

/// One file of each format, with enough in it to be cut anywhere.
fn whole_files() -> Vec<(ImageFormat, Vec<u8>)> {
    // Noise, so that nothing compresses to a stub.
    let noise = |x: u32, y: u32, c: u32| {
        (x * 7919 + y * 104_729 + c * 1_299_709).wrapping_mul(2_654_435_761) >> 24
    };
    let picture = DynamicImage::from(image::RgbImage::from_fn(40, 30, |x, y| {
        image::Rgb([0, 1, 2].map(|c| noise(x, y, c) as u8))
    }));
    [
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::Tiff,
        ImageFormat::WebP,
        ImageFormat::Bmp,
    ]
    .map(|format| {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        (format, bytes.into_inner())
    })
    .into()
}

#[test]
fn a_file_that_is_cut_short_is_an_error_wherever_it_is_cut() {
    let mut files = whole_files();
    for name in ["progressive.jpg", "restarts.jpg", "cmyk.jpg"] {
        files.push((ImageFormat::Jpeg, std::fs::read(fixture(name)).unwrap()));
    }
    let files = files.into_iter().map(|(format, bytes)| {
        let name = format!("{format:?}");
        (name, bytes)
    });
    // The first page is whole long before such a file ends, or the small copy behind it is all that is missed.
    let many = ["pages.tif", "pictures.gif", "mosaic.dng", "packed.dng"];
    let others = corpus()
        .into_iter()
        .filter(|(name, _)| !many.contains(&name.as_str()));
    for (format, bytes) in files.chain(others) {
        assert!(decode(&bytes).is_ok(), "{format:?}");
        // The last byte of a PNG's trailer and so on may be missed by nobody, nor what some programs put
        // behind the last tag of a TIFF.
        let end = if format.ends_with("tif") { 80 } else { 16 };
        for length in (0..bytes.len() - end).step_by(bytes.len() / 300 + 1) {
            let Err(error) = decode(&bytes[..length]) else {
                panic!(
                    "{format:?}: {length} of {} bytes passed for a photo",
                    bytes.len()
                )
            };
            let is_typed = match error {
                Error::Truncated { .. } | Error::Corrupt { .. } => true,
                // A length that was cut may claim more than there can be.
                Error::TooManyPixels { .. } => format.ends_with("jxl"),
                Error::Empty => length == 0,
                // Too little is left to tell what it was.
                Error::Unsupported { .. } => length < 16,
                Error::UnsupportedVariety { .. } => length < 64,
                _ => false,
            };
            assert!(is_typed, "{format:?} cut to {length}: {error:?}");
        }
    }
}

/// Every file of the corpus, and raw files where they are read, by its name.
fn corpus() -> Vec<(String, Vec<u8>)> {
    let mut folders = vec![fixture("corpus")];
    if cfg!(feature = "camera-raw") {
        folders.push(fixture("raw"));
    }
    let files = folders
        .iter()
        .map(|folder| std::fs::read_dir(folder).unwrap());
    let mut files: Vec<_> = files
        .flatten()
        .map(|file| {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            (name, std::fs::read(file.path()).unwrap())
        })
        .collect();
    // Folders have no order of their own.
    files.sort();
    files
}

/// Decodes under small limits: a typed error, or a photo of the size and kind that its header promised.
fn decode_damaged(name: &str, bytes: Vec<u8>) {
    let limits = Limits {
        max_pixels: 1 << 16,
        ..Limits::default()
    };
    let Ok(file) = PhotoFile::from_bytes(bytes, &limits) else {
        return;
    };
    let promised = *file.info();
    let pages = file.pages();
    assert!(pages > 0, "{name}");
    if let Ok(photo) = file.decode() {
        assert_eq!(photo.info(), promised, "{name}");
        let pixels = photo.width() as usize * photo.height() as usize;
        assert_eq!(rgb8(&photo).len(), pixels, "{name}");
    }
}

#[test]
fn every_byte_of_every_variety_can_be_spoiled() {
    for (name, whole) in corpus() {
        // Headers byte by byte, of the rest as much as takes a moment.
        let rest = (120..whole.len()).step_by(whole.len() / 40 + 1);
        for at in (0..whole.len().min(120)).chain(rest) {
            for spoil in [0x01, 0xFF] {
                let mut bytes = whole.clone();
                bytes[at] ^= spoil;
                decode_damaged(&name, bytes);
            }
        }
    }
}

#[test]
fn a_jpeg_with_a_hole_in_its_coded_data_is_damaged() {
    // Both ends are there; what decoders do without a word is fill up with gray.
    for name in ["progressive.jpg", "restarts.jpg", "halved-chroma.jpg"] {
        let whole = std::fs::read(fixture(name)).unwrap();
        let scan = whole
            .windows(2)
            .position(|pair| pair == [0xFF, 0xDA])
            .unwrap()
            + 14;
        let mut holed = whole[..scan + 10].to_vec();
        holed.extend([0xFF, 0xD9]);
        let result = decode(&holed);
        assert!(
            matches!(result, Err(Error::Corrupt { .. })),
            "{name}: {result:?}"
        );
    }
}

#[test]
fn a_decoder_that_panics_has_met_a_damaged_file() {
    // One pixel, and a palette of one color and two thirds with a transparency: found by fuzzing.
    let header = [0, 0, 0, 1, 0, 0, 0, 1, 8, 3, 0, 0, 0];
    let png = png_of(&[
        (b"IHDR", &header),
        (b"PLTE", &[255, 0, 0, 9, 9]),
        (b"tRNS", &[0]),
        // Stored, not compressed: no filter, color 0.
        (b"IDAT", b"\x78\x01\x01\x02\0\xFD\xFF\0\0\0\x02\0\x01"),
        (b"IEND", b""),
    ]);
    let result = decode(&png);
    assert!(matches!(result, Err(Error::Corrupt { .. })), "{result:?}");
}

#[test]
fn a_truncated_file_says_so() {
    for (format, bytes) in whole_files() {
        if format != ImageFormat::Jpeg && format != ImageFormat::Png {
            // The other decoders call it damage.
            continue;
        }
        let result = decode(&bytes[..bytes.len() / 2]);
        assert!(
            matches!(result, Err(Error::Truncated { .. })),
            "{format:?}: {result:?}"
        );
    }
}

proptest! {
    /// No damage brings the program down; some of it harms nobody.
    #[test]
    fn spoiled_bytes_never_panic(
        which in 0usize..5,
        spoiled in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let (_, mut bytes) = whole_files().swap_remove(which);
        for (at, value) in spoiled {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let _ = decode(&bytes);
    }

    #[test]
    fn spoiled_varieties_never_panic(
        which in any::<prop::sample::Index>(),
        spoiled in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let files = corpus();
        let (name, mut bytes) = files[which.index(files.len())].clone();
        for (at, value) in spoiled {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        decode_damaged(&name, bytes);
    }

    #[test]
    fn noise_behind_a_magic_number_never_panics(
        which in any::<prop::sample::Index>(),
        noise in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let files = corpus();
        let (name, mut bytes) = files[which.index(files.len())].clone();
        bytes.truncate(12);
        bytes.extend(noise);
        decode_damaged(&name, bytes);
    }
}

#[test]
fn paths_without_a_photo_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(read(folder.path()), Err(Error::IsFolder)));
    let path = folder.path().join("photo.jpg");
    assert!(matches!(read(&path), Err(Error::NotFound)));
    std::fs::write(&path, b"").unwrap();
    assert!(matches!(read(&path), Err(Error::Empty)));
    // A name promises nothing.
    std::fs::copy(fixture("lzw.tif"), &path).unwrap();
    assert!(read(&path).is_ok());
}

#[test]
fn a_cancelled_read_is_cancelled() {
    let cancel = CancelFlag::new();
    cancel.cancel();
    let result = PhotoFile::read(&fixture("lzw.tif"), &Limits::default(), &cancel).map(drop);
    assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
}

#[test]
fn cancelling_between_header_and_pixels_stops_the_decoding() {
    for name in [
        "lzw.tif",
        "progressive.jpg",
        "cmyk.jpg",
        "palette.png",
        "lossy.webp",
        "palette.bmp",
        "corpus/palette.gif",
        "corpus/rgb-8-lzw.tif",
        "corpus/rgb-16-alpha.jxl",
    ] {
        let cancel = CancelFlag::new();
        let file = PhotoFile::read(&fixture(name), &Limits::default(), &cancel).unwrap();
        cancel.cancel();
        let result = file.decode();
        assert!(
            matches!(result, Err(Error::Cancelled)),
            "{name}: {result:?}"
        );
    }
}
