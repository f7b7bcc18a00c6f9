//! What can go wrong between a name and its weights.

use std::io;
use std::path::{Path, PathBuf};

use tintype_protocol::Language;

use crate::reason::{Tried, list};

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

    /// The catalogue that was named can't be used.
    #[error("cannot read the catalogue {}: {reason}", path.display())]
    Catalogue {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// No published model has that id.
    #[error("no published model is named {name:?}")]
    NotPublished {
        /// The name as given.
        name: String,
        /// The ids that would have been understood.
        known: Vec<String>,
    },

    /// The download is larger than what its user has agreed to.
    #[error("{model} has {bytes} bytes, {accepted} were agreed to")]
    NotAccepted {
        /// The model's id.
        model: String,
        /// What a download takes.
        bytes: u64,
        /// What was agreed to.
        accepted: u64,
    },

    /// The same model is being downloaded, checked or removed already.
    #[error("{model} is busy")]
    Busy {
        /// The model's id.
        model: String,
    },

    /// The system gives no way into the network.
    #[error("no network: {reason}")]
    NoNetwork {
        /// What the system says.
        reason: String,
    },

    /// No source has given the file.
    #[error("no source gave {model}: {}", list(tried, Language::English))]
    Unreachable {
        /// The model's id.
        model: String,
        /// What each source answered.
        tried: Vec<Tried>,
    },

    /// The folder of models can't be read or written.
    #[error("cannot use {}", path.display())]
    Store {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },

    /// An installed model's file is not what it was when it was installed. It has been set aside.
    #[error("{model} is damaged, set aside as {}", kept.display())]
    Damaged {
        /// The model's id.
        model: String,
        /// Where its file is now.
        kept: PathBuf,
    },

    /// There is not enough room on the disk for what was asked for.
    #[error("{} needs {needed} bytes and has {available}", path.display())]
    NoRoom {
        /// The folder that it would lie in.
        path: PathBuf,
        /// Bytes that it takes until it is installed.
        needed: u64,
        /// Bytes that are free.
        available: u64,
    },

    /// What is published for NVIDIA devices is not for this kind of system.
    #[error("nothing is published for NVIDIA devices on this system")]
    NoCudaHere,

    /// NVIDIA's driver is not there.
    #[error("there is no NVIDIA driver")]
    NoDriver,

    /// What was downloaded besides models is not what it was when it was installed. It has been removed.
    #[error("damaged, and so removed")]
    DamagedAddon,

    /// The bundled model is part of the program.
    #[error("the bundled model is part of the program")]
    Bundled,

    /// Its user stopped it.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    pub(crate) fn store(path: &Path, source: io::Error) -> Self {
        Self::Store {
            path: path.to_owned(),
            source,
        }
    }
}
