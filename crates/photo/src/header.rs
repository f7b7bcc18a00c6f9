//! What comes before the pixels, read by decoders that are not trusted.

use std::io::{self, BufRead, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::error::{DecodingError, ImageError};
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, ImageReader, ImageResult};
use tintype_protocol::CancelFlag;

use crate::upright::swaps_sides;
use crate::{Error, Limits, PhotoInfo, Result, SourceFormat};

/// What comes before the pixels.
pub(crate) struct Header<D> {
    pub(crate) info: PhotoInfo,
    pub(crate) orientation: Orientation,
    pub(crate) decoder: D,
}

/// Reads the header and checks it against the limits.
///
/// # Errors
/// [`Error::Cancelled`] if that is why the source could not be read, [`Error::TooManyPixels`], or what
/// [`classify`] makes of it.
pub(crate) fn header<'a, R: BufRead + Seek + 'a>(
    source: R,
    format: SourceFormat,
    limits: &Limits,
    cancel: &CancelFlag,
) -> Result<Header<impl ImageDecoder + 'a>> {
    let mut reader = ImageReader::with_format(source, format.image_format());
    reader.limits(decoder_limits(limits));
    let mut decoder = guarded(format, || reader.into_decoder()).map_err(|error| {
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

/// Decoders may allocate what the largest allowed picture takes, with room for their own work. Sides
/// are left to [`Limits::check_pixels`], which can say how long they are.
fn decoder_limits(limits: &Limits) -> image::Limits {
    let mut own = image::Limits::no_limits();
    own.max_alloc = Some(limits.max_pixels.saturating_mul(16));
    own
}

/// Channels, bytes a channel and transparency, as [`split_alpha`](crate::split::split_alpha) will make them.
fn kind_of_pixels(color: ColorType) -> (u8, u8, bool) {
    let channels = if color.has_color() { 3 } else { 1 };
    let is_deep = color.bytes_per_pixel() > color.channel_count();
    (channels, if is_deep { 2 } else { 1 }, color.has_alpha())
}

/// Runs a part of a decoder. Now and then some damage makes one panic (fuzzing found a PNG palette that
/// does); to the user that is a damaged file like any other, and the batch goes on.
pub(crate) fn guarded<T>(
    format: SourceFormat,
    decode: impl FnOnce() -> ImageResult<T>,
) -> ImageResult<T> {
    // Whatever the panic left half done is dropped here and never looked at.
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| {
        let format = format.image_format().into();
        let cause = "the decoder gave up on it";
        Err(ImageError::Decoding(DecodingError::new(format, cause)))
    })
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
