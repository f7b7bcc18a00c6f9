//! What can go wrong with the server itself, and with a request to it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// An error of the server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system has no randomness to give, without which no secret can be made.
    #[error("the system gives no randomness: {0}")]
    NoRandomness(getrandom::Error),

    /// A token could not be signed.
    #[error("a token could not be signed: {0}")]
    Token(jsonwebtoken::errors::Error),

    /// The address is not a loopback address.
    #[error("{0} is not a loopback address")]
    NotLoopback(SocketAddr),

    /// Neither the port asked for nor a free one could be had.
    #[error("can't listen on {address}: {source}")]
    CannotListen {
        /// Where it tried.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },

    /// One of the server's folders can't be used.
    #[error("can't use the folder {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// The queue's own.
    #[error(transparent)]
    Jobs(#[from] tintype_jobs::Error),
}
