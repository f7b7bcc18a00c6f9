//! Every format and variety that is read, made by other programs (`fixtures/corpus.sh`), held against the
//! formulas that drew it.

use std::collections::BTreeSet;

use tintype_photo::{Alpha, Limits, Photo, PhotoFile, Pixels, SourceFormat};

use crate::support::{fixture, read};

const WIDTH: u32 = 29;
const HEIGHT: u32 = 21;

/// What a file's pixels are: which formula of `fixtures/scene.py` drew them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scene {
    Rgb8,
    Rgb16,
    Rgb16Alpha,
    Rgb8Alpha,
    Gray8,
    /// The same samples, of which 0 is white.
    White8,
    Gray12,
    Gray16,
    White16,
    /// Gray numbers of so many bits.
    Numbers(u32),
    /// The numbers' colors.
    Palette,
    /// Black and white.
    Bits,
    Cmyk8,
    Cmyk16,
    /// Chroma shared by blocks of that size.
    YCbCr(u32, u32),
}

use Scene::{
    Bits, Cmyk8, Cmyk16, Gray8, Gray12, Gray16, Numbers, Palette, Rgb8, Rgb8Alpha, Rgb16,
    Rgb16Alpha, White8, White16, YCbCr,
};
use SourceFormat::{Bmp, Gif, Jpeg, Jpeg2000, JpegXl, Png, Tiff, WebP};

/// Each file, its kind, its scene, and how many levels of 255 it may be off: none where nothing was lost.
const CORPUS: &[(&str, SourceFormat, Scene, u32)] = &[
    ("baseline.jpg", Jpeg, Rgb8, 6),
    ("progressive.jpg", Jpeg, Rgb8, 16),
    ("gray.jpg", Jpeg, Gray8, 3),
    ("cmyk-inverted.jpg", Jpeg, Cmyk8, 8),
    ("gray-1.png", Png, Numbers(1), 0),
    ("gray-2.png", Png, Numbers(2), 0),
    ("gray-4.png", Png, Numbers(4), 0),
    ("gray-8.png", Png, Gray8, 0),
    ("gray-16.png", Png, Gray16, 0),
    ("palette.png", Png, Palette, 0),
    ("interlaced.png", Png, Rgb8, 0),
    ("rgb-16.png", Png, Rgb16, 0),
    ("rgb-8.tif", Tiff, Rgb8, 0),
    ("rgb-8-apart.tif", Tiff, Rgb8, 0),
    ("rgb-8-lzw.tif", Tiff, Rgb8, 0),
    ("rgb-8-lzw-differences.tif", Tiff, Rgb8, 0),
    ("rgb-8-packbits.tif", Tiff, Rgb8, 0),
    ("rgb-8-deflate-tiles.tif", Tiff, Rgb8, 0),
    ("rgb-8-deflate-tiles-apart.tif", Tiff, Rgb8, 0),
    ("rgb-8-big.tif", Tiff, Rgb8, 0),
    ("rgb-8-lowest-bit-first.tif", Tiff, Rgb8, 0),
    ("rgb-8-premultiplied.tif", Tiff, Rgb8Alpha, 2),
    ("rgb-16-alpha.tif", Tiff, Rgb16Alpha, 0),
    ("rgb-16-apart.tif", Tiff, Rgb16, 0),
    ("rgb-16-big-endian.tif", Tiff, Rgb16, 0),
    ("jpeg-ycbcr.tif", Tiff, Rgb8, 16),
    ("jpeg-rgb-tiles.tif", Tiff, Rgb8, 6),
    ("gray-2.tif", Tiff, Numbers(2), 0),
    ("gray-4.tif", Tiff, Numbers(4), 0),
    ("gray-8.tif", Tiff, Gray8, 0),
    ("gray-12.tif", Tiff, Gray12, 0),
    ("gray-16.tif", Tiff, Gray16, 0),
    ("white-is-zero-8.tif", Tiff, White8, 0),
    ("white-is-zero-16.tif", Tiff, White16, 0),
    ("palette-4.tif", Tiff, Palette, 0),
    ("palette-4-lzw.tif", Tiff, Palette, 0),
    ("palette-8.tif", Tiff, Palette, 0),
    ("cmyk-8.tif", Tiff, Cmyk8, 0),
    ("cmyk-8-apart.tif", Tiff, Cmyk8, 0),
    ("cmyk-16.tif", Tiff, Cmyk16, 0),
    ("ycbcr-2x1.tif", Tiff, YCbCr(2, 1), 1),
    ("ycbcr-2x2.tif", Tiff, YCbCr(2, 2), 1),
    ("bits.tif", Tiff, Bits, 0),
    ("bits-packbits.tif", Tiff, Bits, 0),
    ("bits-g3-1d.tif", Tiff, Bits, 0),
    ("bits-g3-2d.tif", Tiff, Bits, 0),
    ("bits-g4.tif", Tiff, Bits, 0),
    ("bits-g4-lowest-bit-first.tif", Tiff, Bits, 0),
    ("bits-white-is-zero-g4.tif", Tiff, Bits, 0),
    ("pages.tif", Tiff, Gray8, 0),
    ("lossless.webp", WebP, Rgb8, 0),
    ("lossy.webp", WebP, Rgb8, 12),
    ("rgb.bmp", Bmp, Rgb8, 0),
    ("palette.bmp", Bmp, Palette, 0),
    ("palette.gif", Gif, Palette, 0),
    ("interlaced.gif", Gif, Palette, 0),
    ("pictures.gif", Gif, Palette, 0),
    ("lossless.jp2", Jpeg2000, Rgb8, 0),
    ("bare.j2k", Jpeg2000, Rgb8, 0),
    ("lossy.jp2", Jpeg2000, Rgb8, 8),
    ("gray.jp2", Jpeg2000, Gray8, 0),
    ("gray-16.jp2", Jpeg2000, Gray16, 0),
    ("rgb-16.jp2", Jpeg2000, Rgb16, 0),
    ("lossless.jxl", JpegXl, Rgb8, 0),
    ("gray-boxed.jxl", JpegXl, Gray8, 0),
    ("gray-16.jxl", JpegXl, Gray16, 0),
    ("lossy.jxl", JpegXl, Rgb8, 14),
    ("rgb-16.jxl", JpegXl, Rgb16, 0),
    // cjxl 0.7 makes transparency of 16 bits one of 8.
    ("rgb-16-alpha.jxl", JpegXl, Rgb16Alpha, 1),
    ("from-jpeg.jxl", JpegXl, Rgb8, 6),
];

/// Values of 8 bits at 16.
fn deep<const N: usize>(values: [u32; N]) -> [u32; N] {
    values.map(|value| value * 257)
}

fn white_less([c, m, y, k]: [u32; 4], max: u32) -> [u32; 3] {
    let max = u64::from(max);
    [c, m, y].map(|ink| {
        let light = (max - u64::from(ink)) * (max - u64::from(k));
        ((light + max / 2) / max) as u32
    })
}

/// The luma and the chroma of a pixel, brought to red, green and blue as ITU-R BT.601 has it.
fn from_luma(x: u32, y: u32, (across, down): (u32, u32)) -> [u32; 3] {
    let luma = f64::from(4 * x + 6 * y);
    let (x, y) = (x / across * across, y / down * down);
    let cb = f64::from(60 + 4 * (x / 2)) - 128.0;
    let cr = f64::from(200 - 5 * (y / 2)) - 128.0;
    [
        luma + 1.402 * cr,
        luma - 0.344_136 * cb - 0.714_136 * cr,
        luma + 1.772 * cb,
    ]
    .map(|value| value.round().clamp(0.0, 255.0) as u32 * 257)
}

impl Scene {
    /// Channels without alpha, bytes for each, and whether there is alpha.
    fn kind(self) -> (u8, u8, bool) {
        match self {
            Gray8 | White8 | Numbers(_) | Bits => (1, 1, false),
            Gray12 | Gray16 | White16 => (1, 2, false),
            Rgb8 | Palette | Cmyk8 | YCbCr(..) => (3, 1, false),
            Rgb16 | Cmyk16 => (3, 2, false),
            Rgb8Alpha => (3, 1, true),
            Rgb16Alpha => (3, 2, true),
        }
    }

    /// Red, green and blue of 16 bits.
    fn rgb(self, x: u32, y: u32) -> [u32; 3] {
        let gray = 4 * x + 6 * y;
        let gray16 = 2000 * x + 300 * y + x * y;
        let number = (x / 2 + y) % 16;
        match self {
            Rgb8 | Rgb8Alpha => deep([8 * x, 12 * y, 255 - 4 * (x + y)]),
            Rgb16 | Rgb16Alpha => [2300 * x + 7 * y, 3200 * y + x, 65_535 - 1300 * (x + y)],
            Gray8 => deep([gray; 3]),
            White8 => deep([255 - gray; 3]),
            Gray12 => [((gray16 >> 4) * 65_535 + 2047) / 4095; 3],
            Gray16 => [gray16; 3],
            White16 => [65_535 - gray16; 3],
            Numbers(bits) => {
                let max = (1 << bits) - 1;
                deep([(number & max) * 255 / max; 3])
            }
            Palette => deep([16 * number, 255 - 16 * number, number * number]),
            Bits => {
                let is_black = ((x * x + 3 * y * y) / 32).is_multiple_of(3);
                [if is_black { 0 } else { 65_535 }; 3]
            }
            Cmyk8 => deep(white_less([8 * x, 12 * y, 4 * (x + y), 3 * y], 255)),
            Cmyk16 => {
                let inks = [2300 * x, 3200 * y, 1300 * (x + y), 700 * y + x];
                white_less(inks, 65_535)
            }
            YCbCr(across, down) => from_luma(x, y, (across, down)),
        }
    }

    /// How opaque a pixel is, of 65 535.
    fn alpha(self, x: u32) -> u32 {
        match self {
            Rgb8Alpha => (255 - 5 * x) * 257,
            Rgb16Alpha => 65_535 - 1111 * x,
            _ => 65_535,
        }
    }
}

fn rgb_16(photo: &Photo, i: usize) -> [u32; 3] {
    match photo.pixels() {
        Pixels::Gray8(p) => [u32::from(p[i]) * 257; 3],
        Pixels::Gray16(p) => [p[i].into(); 3],
        Pixels::Rgb8(p) => [0, 1, 2].map(|c| u32::from(p[3 * i + c]) * 257),
        Pixels::Rgb16(p) => [0, 1, 2].map(|c| p[3 * i + c].into()),
    }
}

fn alpha_16(photo: &Photo, i: usize) -> u32 {
    match photo.alpha() {
        None => 65_535,
        Some(Alpha::Eight(a)) => u32::from(a[i]) * 257,
        Some(Alpha::Sixteen(a)) => a[i].into(),
    }
}

#[test]
fn every_format_and_variety_is_read_as_it_was_drawn() {
    for &(name, format, scene, tolerance) in CORPUS {
        let path = fixture("corpus").join(name);
        let photo = read(&path).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(photo.format(), format, "{name}");
        assert_eq!((photo.width(), photo.height()), (WIDTH, HEIGHT), "{name}");
        let info = photo.info();
        let mut kind = (info.channels, info.bytes_per_channel, info.has_alpha);
        if info.channels == 3 && scene.kind().0 == 1 && format == Bmp {
            // Has no gray of its own.
            kind.0 = 1;
        }
        assert_eq!(kind, scene.kind(), "{name}");
        for i in 0..(WIDTH * HEIGHT) as usize {
            let (x, y) = (i as u32 % WIDTH, i as u32 / WIDTH);
            let mut expected = scene.rgb(x, y).to_vec();
            expected.push(scene.alpha(x));
            let mut found = rgb_16(&photo, i).to_vec();
            found.push(alpha_16(&photo, i));
            let is_near = expected
                .iter()
                .zip(&found)
                .all(|(expected, found)| expected.abs_diff(*found) <= tolerance * 257);
            assert!(is_near, "{name} at {x}, {y}: {found:?} for {expected:?}");
        }
    }
}

#[test]
fn the_table_names_every_file_of_the_corpus() {
    let files = std::fs::read_dir(fixture("corpus")).unwrap();
    let files: BTreeSet<String> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let named = CORPUS.iter().map(|entry| entry.0.to_owned()).collect();
    assert_eq!(files, named);
    for format in SourceFormat::ALL {
        // Raw files have a folder and tests of their own: `camera_raw.rs`.
        assert!(
            *format == SourceFormat::CameraRaw || CORPUS.iter().any(|entry| entry.1 == *format),
            "nothing of {format}"
        );
    }
}

#[test]
fn what_else_a_file_holds_is_told() {
    for (name, pages) in [("pages.tif", 3), ("pictures.gif", 2), ("rgb-8.tif", 1)] {
        let bytes = std::fs::read(fixture("corpus").join(name)).unwrap();
        let file = PhotoFile::from_bytes(bytes, &Limits::default()).unwrap();
        assert_eq!(file.pages(), pages, "{name}");
    }
}
