//! The models: which one a name means, where they live on disk, and how they get there.
//!
//! A checkpoint is read, checked and folded once and kept as safetensors; from then on that file is
//! mapped. One small model, the [`STARTER_ID`], is inside the program, so that it works before anything
//! is downloaded. Published ones are in the [`Catalogue`]; a [`Zoo`] downloads them when it is asked to,
//! takes in checkpoints from disk, checks what is installed and removes it.
//!
//! What NVIDIA devices need is too large for most people's download of the program; it is fetched, checked and
//! removed in the same ways, as [`CUDA_ID`].
//!
//! It is also the only one with a way into the network, and so asks for [`Updates`] of the program, where
//! somebody wants that.
//!
//! This crate stands beside the engine: it knows no photos and runs no neural network.

mod catalogue;
mod client;
mod convert;
mod cuda;
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
mod room;
mod source;
mod starter;
mod store;
mod turn;
mod updates;
mod zoo;

pub use catalogue::{CATALOGUE_VARIABLE, Catalogue, Published, PublishedFile};
pub use cuda::{CudaPack, Wheel};
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
pub use zoo::{Listener, Offer, Zoo};

/// What the part for NVIDIA devices is asked for by, as if it were a model; no model is called so.
pub const CUDA_ID: &str = "cuda";

/// What this crate's functions return.
pub type Result<T> = std::result::Result<T, Error>;
