//! What every other crate agrees on: error codes, ids, the words for a person, and the wire types.
//!
//! This crate is a leaf: it depends on no other crate of the workspace, holds no behaviour, and
//! knows nothing of photos, tensors or sockets. The codes are part of the published protocol
//! (see `PROTOCOL.md`); removing or renaming one is a breaking change.

mod cancel;
pub mod comfyui;
mod device;
mod error_code;
mod explain;
mod http;
mod ids;
mod language;
pub mod models;
mod precision;
pub mod shell;
#[cfg(debug_assertions)]
mod typescript;
mod wire;

pub use cancel::CancelFlag;
pub use device::{Device, DeviceChoice, UnknownDevice};
pub use error_code::ErrorCode;
pub use explain::{Explain, Explanation, Wording};
pub use http::{
    DeviceInfo, InterruptRequest, NodeErrors, NodeFaults, PromptAccepted, PromptRefused,
    PromptRequest, Removal, RequestError, SystemInfo, SystemStats, Uploaded,
};
pub use ids::{BadClientId, ClientId, NodeId, PromptId};
pub use language::Language;
pub use precision::{
    ColorDifference, ModelPrecision, Precision, PrecisionChoice, PrecisionReason, UnknownPrecision,
};
#[cfg(debug_assertions)]
pub use typescript::typescript;
pub use wire::{
    ErrorBody, ExecutionStart, ExecutionStop, FolderKind, Hint, JobStatus, Outcome, Output,
    Progress, ServerMessage, Stage, Status,
};
