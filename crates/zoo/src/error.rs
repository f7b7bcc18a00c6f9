//! What can go wrong between a name and its weights.

use std::path::PathBuf;

/// An error of finding or opening a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither a file nor an installed model has that name.
    #[error("no model is named {name:?}")]
    UnknownModel {
        /// The name as given.
        name: String,
        /// The ids that would have been understood.
        known: Vec<String>,
    },

    /// A path was given and nothing is there.
    #[error("there is no file {}", path.display())]
    NoSuchFile {
        /// The path as given.
        path: PathBuf,
    },

    /// The file is there but is no usable checkpoint, or cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] tintype_checkpoint::Error),
}
