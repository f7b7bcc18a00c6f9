//! What our own decoders have to complain of, in the terms of `image`, so that all decoders' errors are
//! sorted out at one place.

use std::io;

use image::error::{
    DecodingError, ImageError, ImageFormatHint, LimitError, LimitErrorKind, UnsupportedError,
    UnsupportedErrorKind,
};
use tiff::TiffError;

use crate::SourceFormat;

/// The file is damaged, in these words.
pub(crate) fn damaged(
    format: SourceFormat,
    why: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> ImageError {
    ImageError::Decoding(DecodingError::new(format.hint(), why))
}

/// The file is of a variety that isn't read: one with this.
pub(crate) fn unsupported(format: SourceFormat, what: impl Into<String>) -> ImageError {
    let kind = UnsupportedErrorKind::GenericFeature(what.into());
    ImageError::Unsupported(UnsupportedError::from_format_and_kind(format.hint(), kind))
}

/// The file ends before the picture does.
pub(crate) fn truncated() -> ImageError {
    ImageError::IoError(io::ErrorKind::UnexpectedEof.into())
}

/// The picture would take more memory than is allowed.
pub(crate) fn too_large() -> ImageError {
    ImageError::Limits(LimitError::from_kind(LimitErrorKind::InsufficientMemory))
}

/// What the reader of TIFF's tags says.
pub(crate) fn of_tiff(error: TiffError) -> ImageError {
    match error {
        TiffError::IoError(error) => ImageError::IoError(error),
        TiffError::UnsupportedError(what) => unsupported(SourceFormat::Tiff, what.to_string()),
        TiffError::LimitsExceeded => too_large(),
        other => damaged(SourceFormat::Tiff, other),
    }
}

impl SourceFormat {
    /// As errors of `image` name it.
    pub(crate) fn hint(self) -> ImageFormatHint {
        match self.image_format() {
            Some(format) => format.into(),
            None => ImageFormatHint::Name(self.to_string()),
        }
    }
}
