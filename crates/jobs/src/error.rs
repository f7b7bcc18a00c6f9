//! What can go wrong with the queue.

use std::io;
use std::path::PathBuf;

use tintype_protocol::PromptId;

use crate::IllegalTransition;

/// An error of the queue or its store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process has the queue open.
    #[error("{} is in use by another process", path.display())]
    InUse {
        /// The store's file.
        path: PathBuf,
    },

    /// The store's file or its folder can't be used.
    #[error("can't use {}: {source}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// The store was written by a later version of this program.
    #[error("{} has schema version {found}, this program knows up to {known}", path.display())]
    TooNew {
        /// The store's file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The latest that is known.
        known: u32,
    },

    /// The disk that the store is on is full.
    #[error("the disk of the job store is full")]
    DiskFull,

    /// The database failed.
    #[error("the job store failed: {0}")]
    Store(rusqlite::Error),

    /// An entry of the store makes no sense.
    #[error("job {id} is stored with a wrong {field}")]
    BadEntry {
        /// The job, as far as it can be read.
        id: String,
        /// The field.
        field: &'static str,
    },

    /// As many jobs as may are queued.
    #[error("the queue holds {limit} jobs already")]
    QueueFull {
        /// The most there may be.
        limit: usize,
    },

    /// There is, or was, a job of that id.
    #[error("there is a job {0} already")]
    DuplicateId(PromptId),

    /// A job was to do what it can't where it is: a defect of the program.
    #[error(transparent)]
    IllegalTransition(#[from] IllegalTransition),

    /// The queue has been stopped.
    #[error("the queue is stopping")]
    Stopping,

    /// A folder of photos or a name within one.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// What can go wrong with the folders of photos.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// The name would lead out of its folder, or is no name.
    #[error("{name:?} is not a name within the folder")]
    BadName {
        /// The name.
        name: String,
    },

    /// There is no such file.
    #[error("there is no {name:?}")]
    NotFound {
        /// The name.
        name: String,
    },

    /// A folder of photos lies in the temp folder, or is it, and would be emptied with it.
    #[error("{} is within the temp folder", folder.display())]
    WithinTemp {
        /// The folder of photos.
        folder: PathBuf,
    },

    /// The folder can't be made or written to.
    #[error("can't use {}: {source}", path.display())]
    Unusable {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            _ => Self::Store(error),
        }
    }
}
