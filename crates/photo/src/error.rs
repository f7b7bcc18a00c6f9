//! What can go wrong with a photo.

use std::io;
use std::path::PathBuf;

use crate::format::SourceFormat;

/// An error of reading, changing or writing a photo.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such file.
    #[error("no such file")]
    NotFound,

    /// It is a folder.
    #[error("is a folder")]
    IsFolder,

    /// The file is empty.
    #[error("the file is empty")]
    Empty,

    /// The file can't be read.
    #[error("cannot be read")]
    Unreadable(#[source] io::Error),

    /// The file is no picture of a kind that is read.
    #[error("unsupported format {}", found.unwrap_or("unknown"))]
    Unsupported {
        /// What it is instead, if that could be told.
        found: Option<&'static str>,
    },

    /// The file is such a picture, in a variety that the decoder does not know.
    #[error("unsupported variety of {format}")]
    UnsupportedVariety {
        /// The kind of picture.
        format: SourceFormat,
        /// The decoder's words.
        #[source]
        source: image::ImageError,
    },

    /// The file is the raw file of a camera that is not known.
    #[error("raw files of {} are not read", camera.as_deref().unwrap_or("this camera"))]
    UnsupportedCamera {
        /// Who made it and what it is called, as the file says.
        camera: Option<String>,
    },

    /// The file ends before the picture does.
    #[error("the {format} ends in the middle of the picture")]
    Truncated {
        /// The kind of picture.
        format: SourceFormat,
    },

    /// The file is damaged.
    #[error("the {format} is damaged")]
    Corrupt {
        /// The kind of picture.
        format: SourceFormat,
        /// The decoder's words.
        #[source]
        source: image::ImageError,
    },

    /// The file exceeds [`Limits::max_bytes`](crate::Limits::max_bytes).
    #[error("the file has {bytes} bytes, at most {max_bytes} are read")]
    FileTooLarge {
        /// The file's size.
        bytes: u64,
        /// The limit.
        max_bytes: u64,
    },

    /// The picture exceeds the limits on pixels, or the decoder's own on memory.
    #[error("the picture is {width}x{height}, at most {max_pixels} pixels are read")]
    TooManyPixels {
        /// The picture's width.
        width: u32,
        /// The picture's height.
        height: u32,
        /// The limit.
        max_pixels: u64,
    },

    /// The scaled picture would exceed [`SCALE_SIDE_MAX`](crate::SCALE_SIDE_MAX).
    #[error("the scaled picture would be {width}x{height}, at most {max_side} a side")]
    ScaledTooLarge {
        /// The width it would have.
        width: u32,
        /// The height it would have.
        height: u32,
        /// The limit on either.
        max_side: u32,
    },

    /// A map of colors has the wrong length for its size, or holds something that is no number.
    #[error("the colors are no [2, {height}, {width}] of finite numbers")]
    InvalidChroma {
        /// The width claimed.
        width: u32,
        /// The height claimed.
        height: u32,
    },

    /// A mask of defects has another size than the photo.
    #[error("the mask is {}x{}, the photo {}x{}", found.0, found.1, expected.0, expected.1)]
    MaskMismatch {
        /// The photo's width and height.
        expected: (u32, u32),
        /// The mask's.
        found: (u32, u32),
    },

    /// A file of that name is there already, and it was not to be replaced.
    #[error("{} exists already", path.display())]
    OutputExists {
        /// Where the result was to go.
        path: PathBuf,
    },

    /// The result can't be written there.
    #[error("{} cannot be written", path.display())]
    OutputUnwritable {
        /// Where the result was to go.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },

    /// The disk is full.
    #[error("the disk is full, {} cannot be written", path.display())]
    DiskFull {
        /// Where the result was to go.
        path: PathBuf,
    },

    /// The encoder can't express the photo, such as a JPEG wider than 65 500 pixels.
    #[error("the photo cannot be expressed in the chosen format")]
    Unencodable(#[source] image::ImageError),

    /// The cancel flag was raised.
    #[error("cancelled")]
    Cancelled,
}
