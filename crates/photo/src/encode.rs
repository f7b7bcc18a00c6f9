//! From a photo to the bytes of a file.

use std::borrow::Cow;
use std::io::{Seek, Write};

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::tiff::TiffEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder as _, ImageResult};

use crate::{Alpha, OutputFormat, Photo, Pixels};

/// Writes a photo in one of the formats, as deep as the format can hold.
pub(crate) fn encode(
    photo: &Photo,
    format: OutputFormat,
    writer: &mut (impl Write + Seek),
) -> ImageResult<()> {
    let (width, height) = (photo.width(), photo.height());
    match format {
        OutputFormat::Jpeg { quality } => {
            let bytes = over_white(photo);
            let color = ExtendedColorType::Rgb8;
            // The encoder subsamples nothing: the colors are what this program is for.
            JpegEncoder::new_with_quality(writer, quality).write_image(&bytes, width, height, color)
        }
        OutputFormat::Png => {
            let (bytes, color) = as_deep_as_it_is(photo);
            // Higher levels take many times as long for a few percent, since film grain is noise.
            PngEncoder::new_with_quality(writer, CompressionType::Fast, FilterType::Adaptive)
                .write_image(&bytes, width, height, color)
        }
        OutputFormat::Tiff => {
            let (bytes, color) = as_deep_as_it_is(photo);
            TiffEncoder::new(writer).write_image(&bytes, width, height, color)
        }
        OutputFormat::WebP => {
            let rgb = eight_bits(photo.pixels());
            let (bytes, color) = interleaved_8(rgb, photo.alpha());
            WebPEncoder::new_lossless(writer).write_image(&bytes, width, height, color)
        }
    }
}

// A photo may take a gigabyte, so what already lies as the encoder wants it is lent, not copied.

/// Red, green and blue of every pixel at 8 bits.
fn eight_bits(pixels: &Pixels) -> Cow<'_, [u8]> {
    match pixels {
        Pixels::Rgb8(p) => p.into(),
        Pixels::Rgb16(p) => p.iter().map(|v| round_to_8(*v)).collect(),
        Pixels::Gray8(p) => p.iter().flat_map(|v| [*v; 3]).collect(),
        Pixels::Gray16(p) => p.iter().flat_map(|v| [round_to_8(*v); 3]).collect(),
    }
}

fn alpha_8(alpha: &Alpha) -> Cow<'_, [u8]> {
    match alpha {
        Alpha::Eight(a) => a.into(),
        Alpha::Sixteen(a) => a.iter().map(|v| round_to_8(*v)).collect(),
    }
}

fn alpha_16(alpha: &Alpha) -> Cow<'_, [u16]> {
    match alpha {
        Alpha::Eight(a) => a.iter().map(|v| u16::from(*v) * 257).collect(),
        Alpha::Sixteen(a) => a.into(),
    }
}

/// The nearest 8-bit value: 65 535 is 257 times 255.
fn round_to_8(value: u16) -> u8 {
    ((u32::from(value) + 128) / 257) as u8
}

/// RGB, or RGBA if there is transparency.
fn interleaved<'a, T: Copy>(rgb: Cow<'a, [T]>, alpha: Option<Cow<'_, [T]>>) -> Cow<'a, [T]> {
    let Some(alpha) = alpha else { return rgb };
    let pixels = rgb.as_chunks::<3>().0.iter().zip(alpha.iter());
    pixels.flat_map(|([r, g, b], a)| [*r, *g, *b, *a]).collect()
}

fn interleaved_8<'a>(
    rgb: Cow<'a, [u8]>,
    alpha: Option<&Alpha>,
) -> (Cow<'a, [u8]>, ExtendedColorType) {
    let color = match alpha {
        None => ExtendedColorType::Rgb8,
        Some(_) => ExtendedColorType::Rgba8,
    };
    (interleaved(rgb, alpha.map(alpha_8)), color)
}

/// What shines through is white, the color of paper.
fn over_white(photo: &Photo) -> Cow<'_, [u8]> {
    let mut rgb = eight_bits(photo.pixels());
    if let Some(alpha) = photo.alpha().map(alpha_8) {
        for (pixel, alpha) in rgb.to_mut().chunks_exact_mut(3).zip(alpha.iter()) {
            let alpha = u32::from(*alpha);
            for value in pixel {
                *value = ((u32::from(*value) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
            }
        }
    }
    rgb
}

/// 16 bits if the photo has them, with transparency if it has any, in the native byte order that the
/// encoders expect.
fn as_deep_as_it_is(photo: &Photo) -> (Cow<'_, [u8]>, ExtendedColorType) {
    let rgb: Cow<[u16]> = match photo.pixels() {
        Pixels::Rgb16(p) => p.into(),
        Pixels::Gray16(p) => p.iter().flat_map(|v| [*v; 3]).collect(),
        pixels => return interleaved_8(eight_bits(pixels), photo.alpha()),
    };
    let color = match photo.alpha() {
        None => ExtendedColorType::Rgb16,
        Some(_) => ExtendedColorType::Rgba16,
    };
    let bytes = match interleaved(rgb, photo.alpha().map(alpha_16)) {
        Cow::Borrowed(values) => bytemuck::cast_slice(values).into(),
        Cow::Owned(values) => bytemuck::cast_slice(&values).to_vec().into(),
    };
    (bytes, color)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{JPEG_QUALITY, Limits, PhotoFile, SourceFormat};
    use std::io::Cursor;

    fn through(photo: &Photo, format: OutputFormat) -> Photo {
        let mut file = Cursor::new(Vec::new());
        encode(photo, format, &mut file).unwrap();
        PhotoFile::from_bytes(file.into_inner(), &Limits::default())
            .unwrap()
            .decode()
            .unwrap()
    }

    fn rgb16_with_alpha() -> Photo {
        let pixels = Pixels::Rgb16(vec![1, 300, 65_535, 40_000, 2, 7]);
        let alpha = Some(Alpha::Sixteen(vec![65_535, 1234]));
        Photo::new(2, 1, SourceFormat::Png, pixels, alpha)
    }

    #[test]
    fn png_and_tiff_lose_nothing_of_16_bits() {
        let photo = rgb16_with_alpha();
        for format in [OutputFormat::Png, OutputFormat::Tiff] {
            let back = through(&photo, format);
            assert_eq!(back.pixels(), photo.pixels(), "{format:?}");
            assert_eq!(back.alpha(), photo.alpha(), "{format:?}");
        }
    }

    #[test]
    fn every_format_but_jpeg_loses_nothing_of_8_bits() {
        let pixels = Pixels::Rgb8((0..48).map(|i| i * 5).collect());
        let alpha = Some(Alpha::Eight((0..16).collect()));
        let photo = Photo::new(4, 4, SourceFormat::Png, pixels, alpha);
        for format in [OutputFormat::Png, OutputFormat::Tiff, OutputFormat::WebP] {
            let back = through(&photo, format);
            assert_eq!(back.pixels(), photo.pixels(), "{format:?}");
            assert_eq!(back.alpha(), photo.alpha(), "{format:?}");
        }
    }

    #[test]
    fn in_jpeg_the_transparent_is_white_and_colors_are_not_smeared() {
        let mut pixels = [[200, 20, 20], [20, 20, 200]].concat().repeat(32);
        pixels.extend([0; 192]);
        let alpha = [[255; 64], [0; 64]].concat();
        let photo = Photo::new(
            64,
            2,
            SourceFormat::Png,
            Pixels::Rgb8(pixels),
            Some(Alpha::Eight(alpha)),
        );
        let back = through(
            &photo,
            OutputFormat::Jpeg {
                quality: JPEG_QUALITY,
            },
        );
        let Pixels::Rgb8(p) = back.pixels() else {
            panic!("not RGB")
        };
        assert!(p[192..].iter().all(|v| *v > 235), "{:?}", &p[192..200]);
        // Neighboring columns of red and blue stay apart, which halved chroma could not do.
        assert!(p[30] > p[33] + 80, "{:?}", &p[30..36]);
    }
}
