//! Writing JPEG XL, lossless, by `zune-jpegxl`.

use std::io::Write;

use image::error::{EncodingError, ParameterError, ParameterErrorKind};
use image::{ExtendedColorType, ImageError, ImageResult};
use zune_core::bit_depth::BitDepth;
use zune_core::colorspace::ColorSpace;
use zune_core::options::EncoderOptions;
use zune_jpegxl::{JxlEncodeErrors, JxlSimpleEncoder};

use super::jxl_boxes;
use crate::SourceFormat;
use crate::encode::layout::Layout;
use crate::metadata::Embedded;

/// How hard the encoder looks for a short code, 1..=127: higher values give 1 % less in more time.
const EFFORT: u8 = 2;

/// Writes a picture of 8 or 16 bits and what is embedded. The encoder works on the picture as a whole.
///
/// # Errors
/// The writer's own; a picture that is one pixel wide or high, which the encoder can't write.
pub(crate) fn write(
    layout: &Layout,
    (width, height): (u32, u32),
    embedded: &Embedded,
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
    let mut file = Vec::new();
    JxlSimpleEncoder::new(&layout.bytes, options)
        .encode(&mut file)
        .map_err(fault)?;
    if layout.color == Rgba16 {
        let at = alpha_at(width, height);
        file = with_deep_alpha(&file, at).ok_or_else(|| {
            let why = "the header is not as it was known";
            ImageError::Encoding(EncodingError::new(SourceFormat::JpegXl.hint(), why))
        })?;
    }
    Ok(jxl_boxes::write(&file, embedded, writer)?)
}

/// The bit of the header that says that the transparency is as usual, of 8 bits (ISO 18181-1, annexes C and
/// D). It comes after the signature, the sides, and what says that the colors have 16.
fn alpha_at(width: u32, height: u32) -> usize {
    let side = |pixels: u32| match pixels - 1 {
        0..0x200 => 2 + 9,
        0x200..0x2000 => 2 + 13,
        0x2000..0x4_0000 => 2 + 18,
        _ => 2 + 30,
    };
    let (signature, is_small, ratio) = (16, 1, 3);
    let (all_default, extra_fields, is_float, bits, fits_16, channels) = (1, 1, 1, 8, 1, 2);
    let size = signature + is_small + side(height) + ratio + side(width);
    size + all_default + extra_fields + is_float + bits + fits_16 + channels
}

/// The encoder says that the transparency has 8 bits whatever it is given, though it writes all 16: this
/// says the truth in its header. `None` if the header is another.
fn with_deep_alpha(file: &[u8], alpha_at: usize) -> Option<Vec<u8>> {
    // Not as usual (1 bit), alpha (2), no float (1), 1 + 15 bits (2 + 6), all its pixels (2), no name (2), not
    // multiplied (1). It is 16 bits longer, so that all that follows the header still starts at a whole byte.
    const DEEP: (u32, usize) = (0b11 << 4 | 15 << 6, 17);
    // No XYB, sRGB, no extensions (2 bits), the usual transform.
    const AFTER: usize = 5;
    let header_bytes = (alpha_at + 1 + AFTER).div_ceil(8);
    let (header, rest) = file.split_at_checked(header_bytes)?;
    let bit = |i: usize| header[i / 8] >> (i % 8) & 1;
    let is_known = [bit(alpha_at - 2), bit(alpha_at - 1), bit(alpha_at)] == [1, 0, 1];
    if !is_known {
        return None;
    }
    let deep = (0..DEEP.1).map(|i| (DEEP.0 >> i & 1) as u8);
    let after = alpha_at + 1..alpha_at + 1 + AFTER;
    let bits = (0..alpha_at).map(bit).chain(deep).chain(after.map(bit));
    let mut longer = vec![0; header_bytes + 2];
    for (i, bit) in bits.enumerate() {
        longer[i / 8] |= bit << (i % 8);
    }
    longer.extend_from_slice(rest);
    Some(longer)
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
