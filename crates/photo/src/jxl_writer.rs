//! Writing JPEG XL, lossless, by `zune-jpegxl`.

use std::io::Write;

use image::error::{EncodingError, ParameterError, ParameterErrorKind};
use image::{ExtendedColorType, ImageError, ImageResult};
use zune_core::bit_depth::BitDepth;
use zune_core::colorspace::ColorSpace;
use zune_core::options::EncoderOptions;
use zune_jpegxl::{JxlEncodeErrors, JxlSimpleEncoder};

use crate::SourceFormat;
use crate::layout::{Layout, round_to_8};

/// How hard the encoder looks for a short code, 1..=127: higher values give 1 % less in more time.
const EFFORT: u8 = 2;

/// Writes a picture of 8 or 16 bits; transparency always has 8, since the encoder says so in the file
/// whatever it is given. It works on the picture as a whole.
///
/// # Errors
/// The writer's own; a picture that is one pixel wide or high, which the encoder can't write.
pub(crate) fn write(
    layout: Layout,
    (width, height): (u32, u32),
    writer: &mut impl Write,
) -> ImageResult<()> {
    use ExtendedColorType::{Rgb16, Rgba8, Rgba16};
    let color = match layout.color {
        Rgba8 | Rgba16 => ColorSpace::RGBA,
        _ => ColorSpace::RGB,
    };
    let depth = match layout.color {
        Rgb16 | Rgba16 => BitDepth::Sixteen,
        _ => BitDepth::Eight,
    };
    let options =
        EncoderOptions::new(width as usize, height as usize, color, depth).set_effort(EFFORT);
    let mut bytes = layout.bytes;
    if layout.color == Rgba16 {
        for pixel in bytes.to_mut().as_chunks_mut::<8>().0 {
            let alpha = u16::from_ne_bytes([pixel[6], pixel[7]]);
            let alpha = u16::from(round_to_8(alpha)).to_ne_bytes();
            pixel[6..].copy_from_slice(&alpha);
        }
    }
    let mut file = Vec::new();
    JxlSimpleEncoder::new(&bytes, options)
        .encode(&mut file)
        .map_err(fault)?;
    Ok(writer.write_all(&file)?)
}

fn fault(error: JxlEncodeErrors) -> ImageError {
    match error {
        JxlEncodeErrors::ZeroDimension(_) | JxlEncodeErrors::TooLargeDimensions(_) => {
            ImageError::Parameter(ParameterError::from_kind(
                ParameterErrorKind::DimensionMismatch,
            ))
        }
        other => ImageError::Encoding(EncodingError::new(
            SourceFormat::JpegXl.hint(),
            other.to_string(),
        )),
    }
}
