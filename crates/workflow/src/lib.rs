//! ComfyUI workflows: read in both saved forms, checked as a whole, run through the engine.
//!
//! ```text
//! bytes -> read -> Prompt -> check -> Graph -> run -> pictures
//! ```
//!
//! [`read`] takes the API's form and the editor's. [`check`] holds a workflow against
//! [`node_types`] and finds everything that is wrong with it, in ComfyUI's terms, before anything
//! runs. [`run`] does the rest with what a [`Host`] gives it. This crate knows no jobs, sockets or
//! folders.

mod about;
mod check;
mod editor;
mod error;
mod explain;
mod fault;
mod graph;
mod node_type;
mod order;
mod plan;
mod prompt;
mod read;
mod run;
mod values;

pub use about::{About, Scene, about};
pub use check::{Catalog, check};
pub use error::{Error, HostError, RunError};
pub use fault::{Fault, NodeFaults, Rejection, RejectionKind};
pub use graph::{Graph, Step};
pub use node_type::{
    InputKind, InputType, NodeType, OutputType, PUBLIC_CHECKPOINTS, Wire, node_types,
};
pub use plan::{StepPlan, network_key};
pub use prompt::{Input, Node, Prompt};
pub use read::{MAX_BYTES, MAX_NODES, MAX_VALUES, read, read_value, within_bounds};
pub use run::{Destination, Event, Host, NodeOutputs, run};
