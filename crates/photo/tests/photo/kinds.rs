//! Every kind of picture that is read: gray, color, palette, CMYK; 1, 8 and 16 bits; with and
//! without transparency.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat};
use tintype_photo::{Alpha, Error, Photo, Pixels, SourceFormat};

use crate::support::{decode, fixture, read, rgb8};

const WIDTH: usize = 24;

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A picture of 5 x 3 in which every sample differs from its neighbors, at 16 bits with alpha.
fn varied() -> DynamicImage {
    let pixel = |x: u32, y: u32| {
        image::Rgba(
            [
                x * 13_000 + 77,
                y * 30_000 + 5,
                x * y * 8000 + 300,
                65_535 - 4000 * x,
            ]
            .map(|v| v as u16),
        )
    };
    image::ImageBuffer::from_fn(5, 3, pixel).into()
}

#[test]
fn every_depth_of_every_lossless_kind_is_read_exactly() {
    let all = varied();
    let kinds = |format| match format {
        // What `image` can write of each.
        ImageFormat::Png => vec![
            "l8", "l16", "la8", "la16", "rgb8", "rgb16", "rgba8", "rgba16",
        ],
        ImageFormat::Tiff => vec!["l8", "l16", "rgb8", "rgb16", "rgba8", "rgba16"],
        ImageFormat::WebP => vec!["rgb8", "rgba8"],
        _ => vec!["l8", "rgb8", "rgba8"],
    };
    for format in [
        ImageFormat::Png,
        ImageFormat::Tiff,
        ImageFormat::WebP,
        ImageFormat::Bmp,
    ] {
        for kind in kinds(format) {
            let picture: DynamicImage = match kind {
                "l8" => all.to_luma8().into(),
                "l16" => all.to_luma16().into(),
                "la8" => all.to_luma_alpha8().into(),
                "la16" => all.to_luma_alpha16().into(),
                "rgb8" => all.to_rgb8().into(),
                "rgb16" => all.to_rgb16().into(),
                "rgba8" => all.to_rgba8().into(),
                _ => all.clone(),
            };
            let photo = decode(&encoded(&picture, format)).unwrap();
            let name = format!("{kind} in {format:?}");
            assert_eq!((photo.width(), photo.height()), (5, 3), "{name}");
            assert_same_pixels(&photo, &picture, &name);
        }
    }
}

/// Compares at full depth; a gray picture may come back as RGB from formats that know no gray.
fn assert_same_pixels(photo: &Photo, picture: &DynamicImage, name: &str) {
    match photo.pixels() {
        Pixels::Gray8(p) => assert_eq!(*p, picture.to_luma8().into_raw().into(), "{name}"),
        Pixels::Gray16(p) => assert_eq!(*p, picture.to_luma16().into_raw().into(), "{name}"),
        Pixels::Rgb8(p) => assert_eq!(*p, picture.to_rgb8().into_raw().into(), "{name}"),
        Pixels::Rgb16(p) => assert_eq!(*p, picture.to_rgb16().into_raw().into(), "{name}"),
    }
    let is_deep = picture.color().bytes_per_pixel() > picture.color().channel_count();
    assert_eq!(
        photo.info().bytes_per_channel,
        if is_deep { 2 } else { 1 },
        "{name}"
    );
    let alphas = picture.to_rgba16();
    let alphas = alphas.pixels().map(|pixel| pixel.0[3]);
    match photo.alpha() {
        None => assert!(!picture.color().has_alpha(), "{name}"),
        Some(Alpha::Eight(a)) => {
            assert!(a.iter().map(|v| u16::from(*v) * 257).eq(alphas), "{name}");
        }
        Some(Alpha::Sixteen(a)) => assert!(a.iter().copied().eq(alphas), "{name}"),
    }
}

/// Holds a fixture against the scene that `fixtures/make.py` draws.
fn assert_shows_the_scene(photo: &Photo, tolerance: u8, name: &str) {
    assert_eq!((photo.width(), photo.height()), (24, 16), "{name}");
    let pixels = rgb8(photo);
    let expect = |x: usize, y: usize, rgb: [u8; 3]| {
        let found = pixels[y * WIDTH + x];
        let is_near = found
            .iter()
            .zip(rgb)
            .all(|(f, e)| f.abs_diff(e) <= tolerance);
        assert!(is_near, "{name} at {x}, {y}: {found:?} for {rgb:?}");
    };
    expect(0, 3, [0; 3]);
    expect(23, 3, [255; 3]);
    expect(4, 12, [200, 30, 30]);
    expect(12, 12, [40, 180, 40]);
    expect(20, 12, [30, 30, 200]);
}

#[test]
fn kinds_that_other_programs_write_are_read() {
    for (name, format, tolerance) in [
        ("progressive.jpg", SourceFormat::Jpeg, 8),
        ("halved-chroma.jpg", SourceFormat::Jpeg, 16),
        ("restarts.jpg", SourceFormat::Jpeg, 8),
        ("cmyk.jpg", SourceFormat::Jpeg, 12),
        ("palette.png", SourceFormat::Png, 16),
        ("palette.bmp", SourceFormat::Bmp, 16),
        ("palette.tif", SourceFormat::Tiff, 16),
        ("lzw.tif", SourceFormat::Tiff, 0),
        ("jpeg-inside.tif", SourceFormat::Tiff, 24),
        ("cmyk.tif", SourceFormat::Tiff, 8),
        ("lossy.webp", SourceFormat::WebP, 24),
    ] {
        let photo = read(&fixture(name)).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(photo.format(), format, "{name}");
        assert_shows_the_scene(&photo, tolerance, name);
    }
}

#[test]
fn a_scan_of_one_bit_is_black_and_white() {
    for name in ["one-bit.png", "one-bit.tif", "one-bit.bmp"] {
        let photo = read(&fixture(name)).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let pixels = rgb8(&photo);
        assert_eq!((pixels[0], pixels[WIDTH - 1]), ([0; 3], [255; 3]), "{name}");
        assert!(
            pixels.iter().all(|p| *p == [0; 3] || *p == [255; 3]),
            "{name}"
        );
    }
}

#[test]
fn a_transparent_color_of_a_palette_becomes_transparency() {
    let photo = read(&fixture("palette-transparent.png")).unwrap();
    let Some(Alpha::Eight(alpha)) = photo.alpha() else {
        panic!("no 8-bit transparency: {:?}", photo.alpha())
    };
    assert!(alpha.contains(&0) && alpha.contains(&255));
}

#[test]
fn a_variety_that_is_not_read_is_said_to_be_one() {
    // The same picture under the number of a compression that is only on paper.
    let mut bytes = std::fs::read(fixture("corpus").join("rgb-8.tif")).unwrap();
    let compression = [3, 1, 3, 0, 1, 0, 0, 0, 1, 0];
    let at = bytes.windows(10).position(|entry| entry == compression);
    bytes[at.unwrap() + 8] = 99;
    let result = decode(&bytes);
    assert!(
        matches!(
            result,
            Err(Error::UnsupportedVariety {
                format: SourceFormat::Tiff,
                ..
            })
        ),
        "{result:?}"
    );
}

#[test]
fn a_foreign_file_is_named() {
    for (bytes, name) in [
        (&b"\0\0\0\x18ftypheic\0\0\0\0"[..], Some("HEIC")),
        (b"\0\0\0\x1cftypavif\0\0\0\0", Some("AVIF")),
        (b"%PDF-1.7\n", Some("PDF")),
        (b"FOVb\0\0\x02\0", Some("Sigma RAW")),
        (b"just some words", None),
    ] {
        let result = decode(bytes);
        assert!(
            matches!(result, Err(Error::Unsupported { found }) if found == name),
            "{name:?}: {result:?}"
        );
    }
}

#[cfg(not(feature = "camera-raw"))]
#[test]
fn a_raw_file_is_refused_by_name() {
    let dng = std::fs::read(fixture("raw").join("mosaic.dng")).unwrap();
    for (bytes, name) in [
        (&dng[..], "DNG RAW"),
        (b"FUJIFILMCCD-RAW 0201", "Fujifilm RAW"),
    ] {
        let result = decode(bytes);
        assert!(
            matches!(result, Err(Error::Unsupported { found: Some(found) }) if found == name),
            "{name}: {result:?}"
        );
    }
}
