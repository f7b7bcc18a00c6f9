//! The queue: which job runs next, what became of each, and telling of it while it happens.
//!
//! [`Jobs`] is the handle. Behind it are a [store](Jobs::open) in `SQLite`, in which every change of
//! state is on disk before anyone hears of it, and a worker thread for each [`Runner`]; runners share the
//! model and take turns on it. Whatever happens is told to one sink as [`Event`]s, in order. What a job does is
//! behind [`Runner`]; the real one, [`WorkflowRunner`], runs workflows on models from [`Models`], and has a
//! [`ColorStore`] keep what each result was colored with.
//! This crate knows no sockets and no tensors.

mod clock;
mod color_store;
mod error;
mod event;
mod explain;
mod folders;
mod forecast;
mod in_hand;
mod job;
mod jobs;
mod line;
mod names;
mod progress;
mod rates;
mod recovery;
mod runner;
mod schema;
mod settings;
mod state;
mod store;
mod worker;
mod workflow_runner;

pub use color_store::ColorStore;
pub use error::{Error, FolderError};
pub use event::{Event, JobRef, Outcome};
pub use folders::{Added, Folders};
pub use forecast::{Forecast, SizeForecast};
pub use job::{Failure, Job, NewJob};
pub use jobs::{Jobs, Queue, Sink, Submitted};
pub use runner::{Part, Report, Runner};
pub use settings::{Retention, Settings};
pub use state::{Ending, IllegalTransition, JobState, Transition};
pub use tintype_protocol::{FolderKind, Output};
pub use workflow_runner::{ModelError, Models, WorkflowRunner, node_errors};

/// What this crate's functions return.
pub type Result<T> = std::result::Result<T, Error>;
