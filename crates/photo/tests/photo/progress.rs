//! Progress inside of reading and writing: it comes from the work, in small steps.

use std::io::Cursor;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder as _, ImageFormat};
use tintype_photo::{
    Crop, Limits, OutputFormat, Overwrite, Photo, PhotoFile, SaveOptions, ScaleMethod, Scaling,
    save, save_with_progress, scale_with_progress,
};
use tintype_protocol::CancelFlag;

use crate::support::decode;

/// The most that a report may add to the one before.
const STEP: f32 = 0.05;

const SIZE: (u32, u32) = (1200, 900);

/// A picture with grain, which compresses about as badly as a photo.
fn grainy() -> DynamicImage {
    let grain = |x: u32, y: u32| (x * 7919 + y * 104_729).wrapping_mul(2_654_435_761) >> 27;
    let picture = image::RgbImage::from_fn(SIZE.0, SIZE.1, |x, y| {
        let level = (x / 8 + y / 9 + grain(x, y)) as u8;
        image::Rgb([level, level / 2, 255 - level])
    });
    picture.into()
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn deep_with_alpha() -> DynamicImage {
    let mut picture = grainy().into_rgba16();
    for (x, _, pixel) in picture.enumerate_pixels_mut() {
        pixel[3] = (x * 50) as u16;
    }
    picture.into()
}

/// A progressive JPEG, of which every scan goes in before the first row comes out.
fn progressive() -> Vec<u8> {
    let mut encoder = mozjpeg::Compress::new(mozjpeg::ColorSpace::JCS_RGB);
    encoder.set_size(SIZE.0 as usize, SIZE.1 as usize);
    encoder.set_quality(95.0);
    encoder.set_progressive_mode();
    let mut started = encoder.start_compress(Vec::new()).unwrap();
    started
        .write_scanlines(grainy().into_rgb8().as_raw())
        .unwrap();
    started.finish().unwrap()
}

/// A JPEG that lies on its side: EXIF with the one tag `Orientation`, 6.
fn lying() -> Vec<u8> {
    let mut exif = b"II*\0\x08\0\0\0\x01\0".to_vec();
    exif.extend(b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0");
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
    encoder.set_exif_metadata(exif).unwrap();
    encoder
        .write_image(grainy().as_bytes(), SIZE.0, SIZE.1, ExtendedColorType::Rgb8)
        .unwrap();
    bytes
}

/// Fails unless what was heard rises from 0 to 1 in small steps.
fn assert_smooth(heard: &[f32], of: &str) {
    let from_the_start = std::iter::once(&0.0).chain(heard);
    for (before, after) in from_the_start.zip(heard) {
        let step = after - before;
        assert!((0.0..=STEP).contains(&step), "{of}: {before} to {after}");
    }
    assert!(heard.last() > Some(&(1.0 - STEP)), "{of}: {heard:?}");
    assert!(heard.len() < 400, "{of}: {} reports", heard.len());
}

#[test]
fn decoding_tells_how_far_it_is_and_decodes_the_same() {
    let files = [
        ("JPEG", written(&grainy(), ImageFormat::Jpeg)),
        ("progressive JPEG", progressive()),
        ("JPEG on its side", lying()),
        ("PNG", written(&grainy(), ImageFormat::Png)),
        ("deep PNG", written(&deep_with_alpha(), ImageFormat::Png)),
        ("TIFF", written(&grainy(), ImageFormat::Tiff)),
        ("deep TIFF", written(&deep_with_alpha(), ImageFormat::Tiff)),
        ("lossless WebP", written(&grainy(), ImageFormat::WebP)),
        ("BMP", written(&grainy(), ImageFormat::Bmp)),
    ];
    for (name, bytes) in files {
        let expected = decode(&bytes).unwrap();
        let mut heard = Vec::new();
        let photo = PhotoFile::from_bytes(bytes, &Limits::default())
            .unwrap()
            .decode_with_progress(&mut |share| heard.push(share))
            .unwrap();
        assert_smooth(&heard, name);
        assert!(photo == expected, "{name}");
    }
}

#[test]
fn reading_a_file_is_told_of_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bmp");
    std::fs::write(&path, written(&grainy(), ImageFormat::Bmp)).unwrap();
    let (limits, cancel) = (Limits::default(), CancelFlag::new());
    let mut heard = Vec::new();
    PhotoFile::read_with_progress(&path, &limits, &cancel, &mut |share| heard.push(share)).unwrap();
    assert_smooth(&heard, "reading");
}

fn photos() -> [Photo; 2] {
    [grainy(), deep_with_alpha()]
        .map(|picture| decode(&written(&picture, ImageFormat::Png)).unwrap())
}

fn heard_while_saving(photo: &Photo, path: &Path, format: OutputFormat) -> Vec<f32> {
    let mut heard = Vec::new();
    save_with_progress(
        photo,
        path,
        &SaveOptions::new(format, Overwrite::Replace),
        &CancelFlag::new(),
        &mut |share| heard.push(share),
    )
    .unwrap();
    heard
}

#[test]
fn encoding_tells_how_far_it_is_and_writes_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (told, silent) = (folder.path().join("told"), folder.path().join("silent"));
    for photo in photos() {
        for format in [
            OutputFormat::Jpeg { quality: 95 },
            OutputFormat::Png,
            OutputFormat::Tiff,
        ] {
            let heard = heard_while_saving(&photo, &told, format);
            assert_smooth(&heard, &format!("{format:?}"));
            save(
                &photo,
                &silent,
                &SaveOptions::new(format, Overwrite::Replace),
                &CancelFlag::new(),
            )
            .unwrap();
            assert!(
                std::fs::read(&told).unwrap() == std::fs::read(&silent).unwrap(),
                "{format:?}"
            );
        }
    }
}

#[test]
fn scaling_tells_how_far_it_is() {
    for photo in photos() {
        let scaling = Scaling {
            method: ScaleMethod::Lanczos,
            width: 0,
            height: 1024,
            crop: Crop::Disabled,
        };
        let mut heard = Vec::new();
        scale_with_progress(&photo, &scaling, &CancelFlag::new(), &mut |share| {
            heard.push(share);
        })
        .unwrap();
        assert_smooth(&heard, "scaling");
    }
}
