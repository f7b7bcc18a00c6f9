//! The models: which one a name means, where they live on disk, and turning a checkpoint into
//! ready weights once.
//!
//! A checkpoint as published is read, checked and folded at its first use and kept as safetensors in
//! the cache; from then on that file is mapped. One small model, the [`STARTER_ID`], is inside the
//! program, so that it works before anything is downloaded.
//!
//! This crate stands beside the engine: it knows no photos and no network.

mod convert;
mod error;
mod explain;
mod starter;
mod store;

pub use error::Error;
pub use starter::STARTER_ID;
pub use store::{Installed, ModelSource, ModelStore, data_folder};

/// What this crate's functions return.
pub type Result<T> = std::result::Result<T, Error>;
