//! From a file to a photo, upright.
//!
//! | file | what it does |
//! | --- | --- |
//! | `header.rs`, `pages.rs`, `raw.rs` | what is known before pixels are: size, kind, how many pictures |
//! | `jpeg.rs`, `jpeg_fault.rs`, `jpeg_end.rs` | JPEG to libjpeg's very values |
//! | `tiff/` | TIFF, in all that scanners make of it |
//! | `camera_raw/` | raw files of cameras, developed; `camera_raw_absent.rs` without the feature |
//! | `gif.rs`, `jpeg2000.rs`, `jpeg_xl.rs` | decoders that `image` has not, or not so well |
//! | `cmyk.rs`, `fault.rs` | what those decoders share |
//! | `split.rs`, `upright.rs` | transparency taken apart, and turned as the camera was held |

#[cfg_attr(not(feature = "camera-raw"), path = "camera_raw_absent.rs")]
mod camera_raw;
mod cmyk;
mod fault;
mod gif;
pub(crate) mod header;
pub(crate) mod jpeg;
mod jpeg2000;
mod jpeg_end;
mod jpeg_fault;
mod jpeg_xl;
mod pages;
pub(crate) mod raw;
pub(crate) mod split;
mod tiff;
mod upright;

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;

use image::ImageDecoder as _;
use image::metadata::Orientation;
use tintype_protocol::CancelFlag;

pub(crate) use self::jpeg_fault::{caught, error_manager};

use self::header::{Header, classify, guarded, header};
use self::split::{Decoded, split_alpha};
use self::upright::turn;
use crate::format::name_of_foreign;
use crate::profile::{Conversion, decode_inks, to_srgb};
use crate::progress::{Cancellable, Counted, Share, part};
use crate::samples::{MEMORY_BYTES, Samples};
use crate::{Error, Limits, Metadata, Photo, PhotoInfo, Result, SourceFormat};

/// A photo's file in memory, recognized and with its header read, but not decoded yet: what is to
/// come can be planned before anything large is done.
pub struct PhotoFile {
    bytes: Samples<u8>,
    info: PhotoInfo,
    orientation: Orientation,
    metadata: Metadata,
    conversion: Option<Conversion>,
    limits: Limits,
    cancel: CancelFlag,
}

impl PhotoFile {
    /// Reads a file and its header. What it is, its content tells, not its name. The flag stops the
    /// reading, and later the decoding.
    ///
    /// # Errors
    /// Any of [`Error`] but those of writing.
    pub fn read(path: &Path, limits: &Limits, cancel: &CancelFlag) -> Result<Self> {
        Self::read_with_progress(path, limits, cancel, &mut |_| {})
    }

    /// As [`read`](Self::read), and `progress` hears a rising share of the file's bytes, 0..=1.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_with_progress(
        path: &Path,
        limits: &Limits,
        cancel: &CancelFlag,
        progress: &mut dyn FnMut(f32),
    ) -> Result<Self> {
        let file = Self::from_bytes(read_file(path, limits, cancel, progress)?, limits)?;
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
    pub fn from_bytes(bytes: impl Into<Samples<u8>>, limits: &Limits) -> Result<Self> {
        let bytes = bytes.into();
        limits.check_file(bytes.len() as u64)?;
        let format = recognize(&bytes)?;
        let cancel = CancelFlag::new();
        let (mut info, orientation) = before_pixels(&bytes, format, limits, &cancel)?;
        let (metadata, conversion) = described(&bytes, &info);
        if let Some(conversion) = &conversion {
            info.bytes_per_channel = conversion.bytes_per_channel(info.bytes_per_channel);
        }
        Ok(Self {
            bytes,
            info,
            orientation,
            metadata,
            conversion,
            limits: *limits,
            cancel,
        })
    }

    /// What the header tells. A photo whose colors have to be converted may take 16 bits a channel where
    /// its file has 8.
    #[must_use]
    pub fn info(&self) -> &PhotoInfo {
        &self.info
    }

    /// How many pictures the file holds: pages of a TIFF, pictures of an animation. The first is the one
    /// that is decoded. JPEG XL isn't counted, and 1.
    #[must_use]
    pub fn pages(&self) -> u32 {
        pages::count(&self.bytes, self.info.format)
    }

    /// What the file tells beside the picture.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Decodes the photo, turns it upright and brings its colors to sRGB.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::Corrupt`], [`Error::UnsupportedVariety`],
    /// [`Error::TooManyPixels`] or [`Error::Cancelled`].
    pub fn decode(self) -> Result<Photo> {
        self.decode_with_progress(&mut |_| {})
    }

    /// As [`decode`](Self::decode), and `progress` hears a rising share of the work, 0..=1.
    ///
    /// It comes from the rows of a JPEG and from the bytes that the other decoders have taken in. Some
    /// kinds take in all their bytes before they decode, so that nothing is heard in between, nor are they
    /// stopped there: lossy WebP, JPEG in CMYK, JPEG 2000, JPEG XL, and a TIFF that is one compressed strip.
    /// Nor is anything heard of what a decoder still does after the last byte, a sixth of the time for
    /// lossless WebP.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_with_progress(self, progress: &mut dyn FnMut(f32)) -> Result<Photo> {
        let Self {
            bytes,
            info,
            orientation,
            metadata,
            conversion,
            limits,
            cancel,
        } = self;
        // Taking transparency apart and turning are passes over the pixels: these are about their
        // shares of the time beside a quick decoder.
        let convert_from = if conversion.is_some() { 0.75 } else { 1.0 };
        let turn_from = match orientation {
            Orientation::NoTransforms => convert_from,
            _ => 0.8 * convert_from,
        };
        let split_from = if info.has_alpha {
            0.85 * turn_from
        } else {
            turn_from
        };
        let (picture, size) = part(progress, (0.0, split_from), |progress| {
            let conversion = conversion.as_ref();
            picture(&bytes, &info, conversion, &limits, &cancel, progress)
        })?;
        drop(bytes);
        let (pixels, alpha) = part(progress, (split_from, turn_from), |progress| {
            split_alpha(picture, progress)
        });
        let (pixels, alpha) = part(progress, (turn_from, convert_from), |progress| {
            turn(pixels, alpha, size, orientation, progress)
        });
        let pixels = part(
            progress,
            (convert_from, 1.0),
            |progress| match &conversion {
                Some(conversion) => to_srgb(pixels, conversion, &cancel, progress),
                None => Ok(pixels),
            },
        )?;
        let is_widened = conversion.is_some_and(|conversion| conversion.is_widening);
        let photo = Photo::new(info.width, info.height, info.format, pixels, alpha);
        Ok(photo.with_metadata(metadata).written_at_8(is_widened))
    }
}

/// What the header of a file tells.
fn before_pixels(
    bytes: &[u8],
    format: SourceFormat,
    limits: &Limits,
    cancel: &CancelFlag,
) -> Result<(PhotoInfo, Orientation)> {
    if format == SourceFormat::CameraRaw {
        return camera_raw::header(bytes, limits);
    }
    let Header {
        info, orientation, ..
    } = header(bytes, Cursor::new(bytes), format, limits, cancel)?;
    Ok((info, orientation))
}

/// What a file tells beside its picture, and how its colors become sRGB.
fn described(bytes: &[u8], info: &PhotoInfo) -> (Metadata, Option<Conversion>) {
    let (mut metadata, is_cmyk) = Metadata::read(bytes, info.format);
    let planned = match metadata.icc_profile() {
        Some(icc) => Conversion::plan(icc, info, is_cmyk),
        None => Ok(None),
    };
    let conversion = planned.unwrap_or_else(|_| {
        metadata.ignore_profile();
        None
    });
    (metadata, conversion)
}

/// Decodes a picture as it lies in its file, and tells its size as it lies.
fn picture(
    bytes: &[u8],
    info: &PhotoInfo,
    conversion: Option<&Conversion>,
    limits: &Limits,
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> Result<(Decoded, (u32, u32))> {
    let format = info.format;
    let share = Share::new(progress);
    if format == SourceFormat::CameraRaw {
        return camera_raw::decode(bytes, info, cancel, &share);
    }
    let is_jpeg = format == SourceFormat::Jpeg;
    let source = Counted::new(Cancellable::new(Cursor::new(bytes), cancel), |count| {
        // For its header alone, the decoder of JPEG takes in the whole file.
        if !is_jpeg {
            share.reach(count, bytes.len() as u64);
        }
    });
    let decoder = header(bytes, source, format, limits, cancel)?.decoder;
    let size = decoder.dimensions();
    if is_jpeg && !jpeg_end::is_complete(bytes) {
        return Err(Error::Truncated { format });
    }
    let by_libjpeg = if is_jpeg {
        jpeg::decode(bytes, size, cancel, &share).transpose()
    } else {
        None
    };
    let inks = conversion.and_then(|conversion| {
        decode_inks(bytes, format, size, conversion, limits, cancel, &share).transpose()
    });
    let picture = inks
        .or(by_libjpeg)
        .unwrap_or_else(|| guarded(format, || Decoded::of(decoder)))
        .map_err(|error| {
            // Decoders pass on or reword what the cancelled reader said: ask the flag itself.
            if cancel.is_cancelled() {
                Error::Cancelled
            } else {
                classify(error, format, (info.width, info.height), limits)
            }
        })?;
    Ok((picture, size))
}

/// The whole file: decoders want to go to and fro, and a file is smaller than its pixels.
fn read_file(
    path: &Path,
    limits: &Limits,
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> Result<Samples<u8>> {
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
    let length = usize::try_from(metadata.len()).unwrap_or(0);
    let share = Share::new(progress);
    let reader = Cancellable::new(BufReader::new(file), cancel);
    let mut reader = Counted::new(reader, |count| share.reach(count, metadata.len()))
        .take(limits.max_bytes.saturating_add(1));
    if metadata.len() > MEMORY_BYTES {
        let mut bytes = Samples::zeroed(length);
        reader.read_exact(&mut bytes).map_err(map_error)?;
        return Ok(bytes);
    }
    let mut bytes = Vec::with_capacity(length);
    // A pipe or a file that grows has no honest length: never read past the limit.
    reader.read_to_end(&mut bytes).map_err(map_error)?;
    limits.check_file(bytes.len() as u64)?;
    Ok(bytes.into())
}

/// What a whole file is, if it is of a kind that is known.
pub(crate) fn kind_of(bytes: &[u8]) -> Option<SourceFormat> {
    match SourceFormat::sniff(bytes)? {
        SourceFormat::Tiff if raw::name(bytes).is_some() => Some(SourceFormat::CameraRaw),
        format => Some(format),
    }
}

fn recognize(bytes: &[u8]) -> Result<SourceFormat> {
    if bytes.is_empty() {
        return Err(Error::Empty);
    }
    kind_of(bytes).ok_or_else(|| Error::Unsupported {
        found: name_of_foreign(bytes),
    })
}
