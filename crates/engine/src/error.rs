//! What can go wrong on a photo's way.

use std::path::PathBuf;

use tintype_protocol::Explain;

use crate::SIZE_MAX;

/// An error of colorizing one photo.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Reading, merging or writing the photo failed.
    #[error(transparent)]
    Photo(tintype_photo::Error),

    /// It would not fit into memory, or did not.
    #[error(
        "needs about {needed_bytes} bytes of memory at size {size}, {available_bytes} are available"
    )]
    OutOfMemory {
        /// The input size asked for.
        size: u32,
        /// What the run is predicted to take.
        needed_bytes: u64,
        /// What the computer had to give.
        available_bytes: u64,
        /// The largest size that is predicted to fit; none if the photo itself is too large.
        suggested_size: Option<u32>,
    },

    /// Writing the result there would replace the original.
    #[error("{} is the original itself", path.display())]
    WouldReplaceOriginal {
        /// Where the result was to go.
        path: PathBuf,
    },

    /// [`Options::size`](crate::Options::size) is out of range.
    #[error("size {size} is not in 32..={SIZE_MAX}")]
    SizeOutOfRange {
        /// The size asked for.
        size: u32,
    },

    /// The strength of [`Options::merging`](crate::Options::merging) is out of range.
    #[error("strength {strength} is not in 0..=2")]
    StrengthOutOfRange {
        /// The strength asked for.
        strength: f32,
    },

    /// [`Restoration::defects`](crate::Restoration::defects) can't be used.
    #[error("the mask {} can't be used", path.display())]
    Mask {
        /// The mask's file.
        path: PathBuf,
        /// Why.
        #[source]
        source: tintype_photo::Error,
    },

    /// The cancel flag was raised.
    #[error("cancelled")]
    Cancelled,

    /// What the [`Colorizer`](crate::Colorizer) itself has to say.
    #[error("{0}")]
    Colorizer(Box<dyn Explain + Send + Sync>),
}

impl From<tintype_photo::Error> for Error {
    fn from(error: tintype_photo::Error) -> Self {
        match error {
            tintype_photo::Error::Cancelled => Self::Cancelled,
            error => Self::Photo(error),
        }
    }
}
