//! The models: which one a name means, where they live on disk, and how they get there.
//!
//! A checkpoint is read, checked and folded once and kept as safetensors; from then on that file is
//! mapped. One small model, the [`STARTER_ID`], is inside the program, so that it works before anything
//! is downloaded. Published ones are in the [`Catalogue`]; a [`Zoo`] downloads them when it is asked to,
//! takes in checkpoints from disk, checks what is installed and removes it.
//!
//! It is also the only one with a way into the network, and so asks for [`Updates`] of the program, where
//! somebody wants that.
//!
//! This crate stands beside the engine: it knows no photos and runs no neural network.

mod catalogue;
mod client;
mod convert;
mod download;
mod error;
mod explain;
mod finding;
mod hash;
mod install;
mod listing;
mod part;
mod reason;
mod record;
mod report;
mod source;
mod starter;
mod store;
mod turn;
mod updates;
mod zoo;

pub use catalogue::{CATALOGUE_VARIABLE, Catalogue, Published, PublishedFile};
pub use download::Patience;
pub use error::Error;
pub use reason::{Reason, Tried};
pub use record::Record;
pub use report::Report;
pub use starter::STARTER_ID;
pub use store::{
    CHECKPOINT_EXTENSIONS, Installed, ModelSource, ModelStore, data_folder, is_called_a_checkpoint,
};
pub use updates::{News, NoNews, RELEASES_VARIABLE, Updates};
pub use zoo::{Listener, Zoo};

/// What this crate's functions return.
pub type Result<T> = std::result::Result<T, Error>;
