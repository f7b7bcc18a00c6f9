//! Colorizes one photo: plans it, runs the stages, reports progress, stops when asked.
//!
//! ```text
//! load -> preprocess -> inference -> postprocess -> save
//! ```
//!
//! [`colorize_file`] is the whole way from file to file, [`colorize_photo`] the middle of it; both are
//! strung together from the stages of [`Run`], and so is whatever goes another way. The
//! command line, the job server and the app all come through here and share [`Options::default`].
//! Whatever colors a gray picture does so behind [`Colorizer`]; the real one, [`Network`], is the
//! `ddcolor` feature. This crate knows no jobs, sockets or windows, and names no tensor.

mod colorize;
mod colorizer;
#[cfg(feature = "ddcolor")]
mod comparison;
mod error;
mod expected;
mod explain;
#[cfg(test)]
mod fake;
#[cfg(feature = "ddcolor")]
mod hardware;
mod machine;
mod meter;
#[cfg(feature = "ddcolor")]
mod network;
mod options;
mod plan;
mod precision;
mod provenance;
mod restoration;
mod room;
mod run;
mod shared;
mod stage;

pub use colorize::{Colorized, Outcome, Request, colorize_file, colorize_photo, is_same_file};
pub use colorizer::{Colorizer, Costs};
pub use error::Error;
pub use expected::{expected_load, expected_save, expected_scale};
#[cfg(feature = "ddcolor")]
pub use hardware::{Hardware, Loaded};
pub use machine::{Machine, Processor};
pub use meter::Meter;
#[cfg(feature = "ddcolor")]
pub use network::{
    CudaPart, LIBTORCH_VERSION, Network, NetworkCosts, cuda_part, offer_cuda, resolve_device,
    threads,
};
pub use options::{Geometry, Options, SIZE_MAX, SIZE_MIN, SIZE_STEP};
pub use plan::{Plan, largest_size_that_fits, plan};
pub use precision::{
    Comparison, Evidence, EvidenceKey, EvidenceStore, MEAN_BAR, PERCENTILE_99_BAR, SPEEDUP_BAR,
};
pub use provenance::provenance;
pub use restoration::{Restoration, defects};
pub use room::{Place, Room};
pub use run::Run;
pub use shared::{PHOTOS_AT_ONCE, SharedColorizer};
pub use stage::{Event, Stage, Timings};

/// What this crate's functions return.
pub type Result<T> = std::result::Result<T, Error>;
