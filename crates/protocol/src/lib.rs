//! What every other crate agrees on: error codes and the words for a person.
//!
//! This crate is a leaf: it depends on no other crate of the workspace, holds no behaviour, and
//! knows nothing of photos, tensors or sockets. The codes are part of the published protocol
//! (see `PROTOCOL.md`); removing or renaming one is a breaking change.

mod cancel;
mod device;
mod error_code;
mod explain;
mod language;

pub use cancel::CancelFlag;
pub use device::{Device, DeviceChoice, Precision, UnknownDevice};
pub use error_code::ErrorCode;
pub use explain::{Explain, Explanation};
pub use language::Language;
