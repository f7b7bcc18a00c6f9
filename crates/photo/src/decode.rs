//! From a file to a photo, upright.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use image::error::{DecodingError, ImageError};
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageReader, ImageResult};
use tintype_protocol::CancelFlag;

use crate::cancel_io::Cancellable;
use crate::format::name_of_foreign;
use crate::{Alpha, Error, Limits, Photo, PhotoInfo, Pixels, Result, SourceFormat, jpeg, jpeg_end};

/// A photo's file in memory, recognized and with its header read, but not decoded yet: what is to
/// come can be planned before anything large is done.
pub struct PhotoFile {
    bytes: Vec<u8>,
    limits: Limits,
    info: PhotoInfo,
    cancel: CancelFlag,
}

impl PhotoFile {
    /// Reads a file and its header. What it is, its content tells, not its name. The flag stops the
    /// reading, and later the decoding.
    ///
    /// # Errors
    /// Any of [`Error`] but those of writing.
    pub fn read(path: &Path, limits: &Limits, cancel: &CancelFlag) -> Result<Self> {
        let file = Self::from_bytes(read_file(path, limits, cancel)?, limits)?;
        Ok(Self {
            cancel: cancel.clone(),
            ..file
        })
    }

    /// Tells what a file is, by no more than its first bytes; `None` if it can't be read or is
    /// nothing that is read.
    #[must_use]
    pub fn recognize(path: &Path) -> Option<SourceFormat> {
        let mut head = Vec::new();
        File::open(path)
            .ok()?
            .take(16)
            .read_to_end(&mut head)
            .ok()?;
        SourceFormat::sniff(&head)
    }

    /// Takes a file that is in memory already.
    ///
    /// # Errors
    /// As [`read`](Self::read), without those of reading.
    pub fn from_bytes(bytes: Vec<u8>, limits: &Limits) -> Result<Self> {
        limits.check_file(bytes.len() as u64)?;
        let format = recognize(&bytes)?;
        let cancel = CancelFlag::new();
        let info = header(&bytes, format, limits, &cancel)?.info;
        Ok(Self {
            bytes,
            limits: *limits,
            info,
            cancel,
        })
    }

    /// What the header tells.
    #[must_use]
    pub fn info(&self) -> &PhotoInfo {
        &self.info
    }

    /// Decodes the photo and turns it upright.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::Corrupt`], [`Error::UnsupportedVariety`],
    /// [`Error::TooManyPixels`] or [`Error::Cancelled`].
    pub fn decode(self) -> Result<Photo> {
        let Self {
            bytes,
            limits,
            info,
            cancel,
        } = self;
        let format = info.format;
        let Header {
            orientation,
            decoder,
            ..
        } = header(&bytes, format, &limits, &cancel)?;
        if format == SourceFormat::Jpeg && !jpeg_end::is_complete(&bytes) {
            return Err(Error::Truncated { format });
        }
        let by_libjpeg = if format == SourceFormat::Jpeg {
            jpeg::decode(&bytes, decoder.dimensions(), &cancel).transpose()
        } else {
            None
        };
        let mut picture = by_libjpeg
            .unwrap_or_else(|| guarded(format, || DynamicImage::from_decoder(decoder)))
            .map_err(|error| {
                // Decoders pass on or reword what the cancelled reader said: ask the flag itself.
                if cancel.is_cancelled() {
                    Error::Cancelled
                } else {
                    classify(error, format, &info, &limits)
                }
            })?;
        picture.apply_orientation(orientation);
        let (pixels, alpha) = split_alpha(picture);
        Ok(Photo::new(info.width, info.height, format, pixels, alpha))
    }
}

/// The whole file: decoders want to go to and fro, and a file is smaller than its pixels.
fn read_file(path: &Path, limits: &Limits, cancel: &CancelFlag) -> Result<Vec<u8>> {
    let map_error = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Error::NotFound,
        io::ErrorKind::IsADirectory => Error::IsFolder,
        _ if cancel.is_cancelled() => Error::Cancelled,
        _ => Error::Unreadable(error),
    };
    let metadata = std::fs::metadata(path).map_err(map_error)?;
    if metadata.is_dir() {
        return Err(Error::IsFolder);
    }
    limits.check_file(metadata.len())?;
    let file = File::open(path).map_err(map_error)?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    // A pipe or a file that grows has no honest length: never read past the limit.
    let mut reader = Cancellable::new(BufReader::new(file), cancel).take(limits.max_bytes + 1);
    reader.read_to_end(&mut bytes).map_err(map_error)?;
    limits.check_file(bytes.len() as u64)?;
    Ok(bytes)
}

fn recognize(bytes: &[u8]) -> Result<SourceFormat> {
    if bytes.is_empty() {
        return Err(Error::Empty);
    }
    SourceFormat::sniff(bytes).ok_or_else(|| Error::Unsupported {
        found: name_of_foreign(bytes),
    })
}

/// What comes before the pixels.
struct Header<D> {
    info: PhotoInfo,
    orientation: Orientation,
    decoder: D,
}

/// Reads the header and checks it against the limits.
fn header<'a>(
    bytes: &'a [u8],
    format: SourceFormat,
    limits: &Limits,
    cancel: &'a CancelFlag,
) -> Result<Header<impl ImageDecoder + 'a>> {
    let nothing = PhotoInfo {
        width: 0,
        height: 0,
        format,
        channels: 3,
        bytes_per_channel: 1,
        has_alpha: false,
    };
    let source = Cancellable::new(Cursor::new(bytes), cancel);
    let mut reader = ImageReader::with_format(source, format.image_format());
    reader.limits(decoder_limits(limits));
    let mut decoder = guarded(format, || reader.into_decoder()).map_err(|error| {
        if cancel.is_cancelled() {
            Error::Cancelled
        } else {
            classify(error, format, &nothing, limits)
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

fn swaps_sides(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

/// Channels, bytes a channel and transparency, as [`split_alpha`] will make them.
fn kind_of_pixels(color: ColorType) -> (u8, u8, bool) {
    let channels = if color.has_color() { 3 } else { 1 };
    let is_deep = color.bytes_per_pixel() > color.channel_count();
    (channels, if is_deep { 2 } else { 1 }, color.has_alpha())
}

/// Runs a part of a decoder. Now and then some damage makes one panic (fuzzing found a PNG palette that
/// does); to the user that is a damaged file like any other, and the batch goes on.
fn guarded<T>(format: SourceFormat, decode: impl FnOnce() -> ImageResult<T>) -> ImageResult<T> {
    // Whatever the panic left half done is dropped here and never looked at.
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| {
        let format = format.image_format().into();
        let cause = "the decoder gave up on it";
        Err(ImageError::Decoding(DecodingError::new(format, cause)))
    })
}

/// Sorts out what the decoder has to say.
fn classify(error: ImageError, format: SourceFormat, info: &PhotoInfo, limits: &Limits) -> Error {
    match error {
        ImageError::Unsupported(_) => Error::UnsupportedVariety {
            format,
            source: error,
        },
        ImageError::Limits(_) => Error::TooManyPixels {
            width: info.width,
            height: info.height,
            max_pixels: limits.max_pixels,
        },
        ImageError::IoError(ref io) if io.kind() == io::ErrorKind::UnexpectedEof => {
            Error::Truncated { format }
        }
        source => Error::Corrupt { format, source },
    }
}

/// Takes the picture apart into pixels and transparency; floats become 16 bits.
fn split_alpha(picture: DynamicImage) -> (Pixels, Option<Alpha>) {
    match picture {
        DynamicImage::ImageLuma8(p) => (Pixels::Gray8(p.into_raw()), None),
        DynamicImage::ImageLuma16(p) => (Pixels::Gray16(p.into_raw()), None),
        DynamicImage::ImageRgb8(p) => (Pixels::Rgb8(p.into_raw()), None),
        DynamicImage::ImageRgb16(p) => (Pixels::Rgb16(p.into_raw()), None),
        DynamicImage::ImageLumaA8(p) => {
            let (gray, alpha) = split_last::<_, 2>(&p.into_raw());
            (Pixels::Gray8(gray), Some(Alpha::Eight(alpha)))
        }
        DynamicImage::ImageLumaA16(p) => {
            let (gray, alpha) = split_last::<_, 2>(&p.into_raw());
            (Pixels::Gray16(gray), Some(Alpha::Sixteen(alpha)))
        }
        DynamicImage::ImageRgba8(p) => {
            let (rgb, alpha) = split_last::<_, 4>(&p.into_raw());
            (Pixels::Rgb8(rgb), Some(Alpha::Eight(alpha)))
        }
        DynamicImage::ImageRgba16(p) => {
            let (rgb, alpha) = split_last::<_, 4>(&p.into_raw());
            (Pixels::Rgb16(rgb), Some(Alpha::Sixteen(alpha)))
        }
        float if float.color().has_alpha() => split_alpha(float.into_rgba16().into()),
        float => split_alpha(float.into_rgb16().into()),
    }
}

/// Takes the last of every N values apart from the others.
fn split_last<T: Copy, const N: usize>(values: &[T]) -> (Vec<T>, Vec<T>) {
    let (pixels, _) = values.as_chunks::<N>();
    let colors = pixels
        .iter()
        .flat_map(|pixel| pixel[..N - 1].iter().copied())
        .collect();
    let last = pixels.iter().map(|pixel| pixel[N - 1]).collect();
    (colors, last)
}
