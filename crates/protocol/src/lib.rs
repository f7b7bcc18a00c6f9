//! What every other crate agrees on: error codes, ids, the words for a person, and the wire types.
//!
//! This crate is a leaf: it depends on no other crate of the workspace, holds no behaviour, and
//! knows nothing of photos, tensors or sockets. The codes are part of the published protocol
//! (see `PROTOCOL.md`); removing or renaming one is a breaking change.

mod cancel;
mod device;
mod error_code;
mod explain;
mod ids;
mod language;

pub use cancel::CancelFlag;
pub use device::{Device, DeviceChoice, Precision, UnknownDevice};
pub use error_code::ErrorCode;
pub use explain::{Explain, Explanation, Wording};
pub use ids::{BadClientId, ClientId, NodeId, PromptId};
pub use language::Language;
