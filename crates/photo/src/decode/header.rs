//! What comes before the pixels, read by decoders that are not trusted.

use std::io::{self, BufRead, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::error::ImageError;
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, ImageReader, ImageResult};
use tintype_protocol::CancelFlag;

use crate::decode::fault::{damaged, unsupported};
use crate::decode::gif::GifDecoder;
use crate::decode::jpeg_xl::JpegXlDecoder;
use crate::decode::jpeg2000::Jpeg2000Decoder;
use crate::decode::tiff::TiffDecoder;
use crate::decode::upright::swaps_sides;
use crate::{Error, Limits, PhotoInfo, Result, SourceFormat};

/// What comes before the pixels.
pub(crate) struct Header<'a> {
    pub(crate) info: PhotoInfo,
    pub(crate) orientation: Orientation,
    pub(crate) decoder: Box<dyn ImageDecoder + 'a>,
}

/// Reads the header and checks it against the limits. `source` reads the same `bytes`, which some decoders
/// want whole.
///
/// # Errors
/// [`Error::Cancelled`] if that is why the source could not be read, [`Error::TooManyPixels`], or what
/// [`classify`] makes of it.
pub(crate) fn header<'a, R: BufRead + Seek + 'a>(
    bytes: &'a [u8],
    source: R,
    format: SourceFormat,
    limits: &Limits,
    cancel: &CancelFlag,
) -> Result<Header<'a>> {
    let opened = guarded(format, || open(bytes, source, format, limits));
    let mut decoder = opened.map_err(|error| {
        if cancel.is_cancelled() {
            Error::Cancelled
        } else {
            classify(error, format, (0, 0), limits)
        }
    })?;
    let (width, height) = decoder.dimensions();
    limits.check_pixels(width, height)?;
    // A picture without a readable orientation is taken as it lies.
    let orientation =
        guarded(format, || decoder.orientation()).unwrap_or(Orientation::NoTransforms);
    let (width, height) = if swaps_sides(orientation) {
        (height, width)
    } else {
        (width, height)
    };
    let (channels, bytes_per_channel, has_alpha) = kind_of_pixels(decoder.color_type());
    let info = PhotoInfo {
        width,
        height,
        format,
        channels,
        bytes_per_channel,
        has_alpha,
    };
    Ok(Header {
        info,
        orientation,
        decoder,
    })
}

/// Finds the decoder and lets it read up to the pixels.
fn open<'a, R: BufRead + Seek + 'a>(
    bytes: &'a [u8],
    mut source: R,
    format: SourceFormat,
    limits: &Limits,
) -> ImageResult<Box<dyn ImageDecoder + 'a>> {
    match format {
        SourceFormat::Tiff => {
            // The tags are looked at apart, so that the source is left to whichever decoder is chosen.
            if let Some(layout) = TiffDecoder::<R>::layout(bytes, limits)? {
                return Ok(Box::new(TiffDecoder::new(source, layout)?));
            }
            source.rewind()?;
        }
        SourceFormat::Gif => {
            return Ok(Box::new(GifDecoder::new(source, limits.max_pixels)?));
        }
        SourceFormat::Jpeg2000 => return Ok(Box::new(Jpeg2000Decoder::new(bytes)?)),
        SourceFormat::JpegXl => {
            return Ok(Box::new(JpegXlDecoder::new(source, limits.max_pixels)?));
        }
        SourceFormat::Jpeg
        | SourceFormat::Png
        | SourceFormat::WebP
        | SourceFormat::Bmp
        | SourceFormat::CameraRaw => {}
    }
    let Some(known) = format.image_format() else {
        return Err(unsupported(format, "no decoder"));
    };
    let mut reader = ImageReader::with_format(source, known);
    reader.limits(decoder_limits(limits));
    Ok(Box::new(reader.into_decoder()?))
}

/// Decoders may allocate what the largest allowed picture takes, with room for their own work. Sides
/// are left to [`Limits::check_pixels`], which can say how long they are.
fn decoder_limits(limits: &Limits) -> image::Limits {
    let mut own = image::Limits::no_limits();
    own.max_alloc = Some(decoder_memory(limits));
    own
}

/// 16 bytes a pixel.
pub(crate) fn decoder_memory(limits: &Limits) -> u64 {
    limits.max_pixels.saturating_mul(16)
}

/// Channels, bytes a channel and transparency, as [`split_alpha`](crate::decode::split::split_alpha) will make them.
fn kind_of_pixels(color: ColorType) -> (u8, u8, bool) {
    let channels = if color.has_color() { 3 } else { 1 };
    let is_deep = color.bytes_per_pixel() > color.channel_count();
    (channels, if is_deep { 2 } else { 1 }, color.has_alpha())
}

/// The other way round, as our own decoders say it.
pub(crate) fn color_type_of(is_gray: bool, has_alpha: bool, is_deep: bool) -> ColorType {
    match (is_gray, has_alpha, is_deep) {
        (true, false, false) => ColorType::L8,
        (true, false, true) => ColorType::L16,
        (true, true, false) => ColorType::La8,
        (true, true, true) => ColorType::La16,
        (false, false, false) => ColorType::Rgb8,
        (false, false, true) => ColorType::Rgb16,
        (false, true, false) => ColorType::Rgba8,
        (false, true, true) => ColorType::Rgba16,
    }
}

/// Runs a part of a decoder. Now and then some damage makes one panic (fuzzing found a PNG palette that
/// does); to the user that is a damaged file like any other, and the batch goes on.
pub(crate) fn guarded<T>(
    format: SourceFormat,
    decode: impl FnOnce() -> ImageResult<T>,
) -> ImageResult<T> {
    // Whatever the panic left half done is dropped here and never looked at.
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(damaged(format, "the decoder gave up on it")))
}

/// Sorts out what the decoder has to say about a picture of that size, if it is known.
pub(crate) fn classify(
    error: ImageError,
    format: SourceFormat,
    (width, height): (u32, u32),
    limits: &Limits,
) -> Error {
    match error {
        ImageError::Unsupported(_) => Error::UnsupportedVariety {
            format,
            source: error,
        },
        ImageError::Limits(_) => Error::TooManyPixels {
            width,
            height,
            max_pixels: limits.max_pixels,
        },
        ImageError::IoError(ref io) if io.kind() == io::ErrorKind::UnexpectedEof => {
            Error::Truncated { format }
        }
        source => Error::Corrupt { format, source },
    }
}
