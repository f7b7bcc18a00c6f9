//! CMYK through its profile. Decoders make RGB of it by a formula that knows no inks; here the four
//! channels are taken as they lie.

use std::io::{BufRead, Cursor, Seek};

use image::error::{DecodingError, ImageError};
use image::{ImageFormat, ImageResult};
use moxcms::Transform16BitExecutor;
use rayon::prelude::*;
use tiff::decoder::{Decoder, DecodingResult};
use tintype_protocol::CancelFlag;

use super::convert::run;
use super::sample::Sample;
use super::transform::{Conversion, Way};
use crate::decode::jpeg;
use crate::decode::split::Decoded;
use crate::progress::{Cancellable, Counted, Share};
use crate::samples::Samples;
use crate::{Limits, Pixels, SourceFormat};

/// Pixels that one thread converts at once.
const BLOCK: usize = 1 << 12;

/// Decodes inks to sRGB at 16 bits; `None` where there is nothing to convert, or no way to the four
/// channels.
///
/// # Errors
/// The decoder's own.
pub(crate) fn decode(
    file: &[u8],
    format: SourceFormat,
    size: (u32, u32),
    conversion: &Conversion,
    limits: &Limits,
    cancel: &CancelFlag,
    share: &Share,
) -> ImageResult<Option<Decoded>> {
    let Way::Inks(executor) = &conversion.way else {
        return Ok(None);
    };
    match format {
        SourceFormat::Jpeg => from_jpeg(file, size, executor.as_ref(), cancel, share),
        SourceFormat::Tiff => {
            let source = Cancellable::new(Cursor::new(file), cancel);
            let source = Counted::new(source, |count| share.reach(count, file.len() as u64));
            from_tiff(source, size, executor.as_ref(), limits)
        }
        SourceFormat::Png
        | SourceFormat::WebP
        | SourceFormat::Bmp
        | SourceFormat::Gif
        | SourceFormat::Jpeg2000
        | SourceFormat::JpegXl
        | SourceFormat::CameraRaw => Ok(None),
    }
}

fn from_jpeg(
    file: &[u8],
    size: (u32, u32),
    executor: &Transform16BitExecutor,
    cancel: &CancelFlag,
    share: &Share,
) -> ImageResult<Option<Decoded>> {
    let mut values = Samples::zeroed(3 * size.0 as usize * size.1 as usize);
    let mut start = 0;
    // Adobe's programs write how much light is left rather than how much ink there is.
    let is_light = jpeg::is_adobes(file);
    let take = &mut |strip: &[[u8; 4]]| {
        let end = start + 3 * strip.len();
        let ink = |value: u8| if is_light { 255 - value } else { value };
        convert(strip, ink, executor, &mut values[start..end]);
        start = end;
    };
    let is_decoded = jpeg::decode_inks(file, size, cancel, share, take)?;
    Ok(is_decoded.then(|| Decoded::Opaque(Pixels::Rgb16(values))))
}

fn from_tiff(
    source: impl BufRead + Seek,
    size: (u32, u32),
    executor: &Transform16BitExecutor,
    limits: &Limits,
) -> ImageResult<Option<Decoded>> {
    let wrong = |error| match error {
        tiff::TiffError::IoError(error) => ImageError::IoError(error),
        error => ImageError::Decoding(DecodingError::new(ImageFormat::Tiff.into(), error)),
    };
    let mut bounds = tiff::decoder::Limits::default();
    let most = usize::try_from(limits.max_pixels.saturating_mul(8)).unwrap_or(usize::MAX);
    bounds.decoding_buffer_size = most;
    bounds.intermediate_buffer_size = most;
    let mut decoder = Decoder::new(source).map_err(wrong)?.with_limits(bounds);
    let is_wanted = matches!(
        decoder.colortype().map_err(wrong)?,
        tiff::ColorType::CMYK(8 | 16)
    );
    if !is_wanted || decoder.dimensions().map_err(wrong)? != size {
        return Ok(None);
    }
    let count = size.0 as usize * size.1 as usize;
    let mut values = Samples::zeroed(3 * count);
    // Inks that lie in planes come out as the first plane alone, and are left to others.
    match decoder.read_image().map_err(wrong)? {
        DecodingResult::U8(inks) if inks.len() == 4 * count => {
            convert(inks.as_chunks().0, |ink| ink, executor, &mut values);
        }
        DecodingResult::U16(inks) if inks.len() == 4 * count => {
            convert(inks.as_chunks().0, |ink| ink, executor, &mut values);
        }
        _ => return Ok(None),
    }
    Ok(Some(Decoded::Opaque(Pixels::Rgb16(values))))
}

fn convert<S: Sample>(
    inks: &[[S; 4]],
    ink: impl Fn(S) -> S + Sync,
    executor: &Transform16BitExecutor,
    values: &mut [u16],
) {
    let run = run(executor);
    values
        .par_chunks_mut(3 * BLOCK)
        .zip(inks.par_chunks(BLOCK))
        .for_each_init(Vec::new, |wide, (values, inks)| {
            wide.clear();
            wide.extend(inks.as_flattened().iter().map(|value| ink(*value).wide()));
            run(wide, values);
        });
}
