//! Bodies of requests and answers, the same for both dialects: they have ComfyUI's shape.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{ClientId, FolderKind, NodeId, PromptId};

/// The body of `POST /prompt`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct PromptRequest {
    /// The workflow, in the API form or the editor's.
    #[serde(default)]
    pub prompt: Value,
    /// Whom the job's messages go to.
    #[serde(default)]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub client_id: Option<ClientId>,
    /// The job's id, where the client brings its own.
    #[serde(default)]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub prompt_id: Option<String>,
    /// The place in the queue: lower runs earlier.
    #[serde(default)]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub number: Option<f64>,
    /// Whether to run before everything that waits.
    #[serde(default)]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub front: Option<bool>,
    /// Kept with the job and given back with it.
    #[serde(default)]
    #[cfg_attr(debug_assertions, ts(optional, type = "Record<string, unknown>"))]
    pub extra_data: Option<Value>,
}

/// The answer to a prompt that was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct PromptAccepted {
    /// The job.
    pub prompt_id: PromptId,
    /// Its place in the queue.
    pub number: f64,
    /// Always empty: what has faults is refused whole.
    #[cfg_attr(debug_assertions, ts(type = "Record<string, never>"))]
    pub node_errors: Map<String, Value>,
}

/// The answer to a prompt that was refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct PromptRefused {
    /// What is wrong with it as a whole.
    pub error: RequestError,
    /// What is wrong with its nodes.
    pub node_errors: NodeErrors,
}

/// What is wrong with a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct RequestError {
    /// ComfyUI's name for it, such as `prompt_no_outputs`, or our error code.
    #[serde(rename = "type")]
    pub kind: String,
    /// For a person.
    pub message: String,
    /// More for a person; may be empty.
    pub details: String,
    /// More for a program; may be empty.
    #[cfg_attr(debug_assertions, ts(type = "Record<string, unknown>"))]
    pub extra_info: Map<String, Value>,
}

/// Faults by node.
pub type NodeErrors = BTreeMap<NodeId, NodeFaults>;

/// What is wrong with one node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct NodeFaults {
    /// Each fault.
    pub errors: Vec<RequestError>,
    /// The output nodes that can't run because of it.
    pub dependent_outputs: Vec<NodeId>,
    /// The node's class.
    pub class_type: String,
}

/// The body of `POST /queue` and `POST /history`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct Removal {
    /// Whether to remove everything.
    #[serde(default)]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub clear: Option<bool>,
    /// What to remove.
    #[serde(default)]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub delete: Option<Vec<String>>,
}

/// The body of `POST /interrupt`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct InterruptRequest {
    /// The job to stop, if it is the one that runs; any job that runs if absent.
    #[serde(default)]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub prompt_id: Option<String>,
}

/// The answer to `POST /upload/image`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct Uploaded {
    /// The name it got, which `LoadImage` takes.
    pub name: String,
    /// The folder within its folder.
    pub subfolder: String,
    /// Its folder.
    #[serde(rename = "type")]
    pub kind: FolderKind,
}

/// The answer to `GET /system_stats`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct SystemStats {
    /// The computer and the versions.
    pub system: SystemInfo,
    /// Where the network can run.
    pub devices: Vec<DeviceInfo>,
}

/// The computer and the versions. Some fields have names that only make sense in ComfyUI.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct SystemInfo {
    /// The operating system.
    pub os: String,
    /// Bytes of memory.
    pub ram_total: u64,
    /// Bytes of memory that are free.
    pub ram_free: u64,
    /// The version of ComfyUI whose dialect this is.
    pub comfyui_version: String,
    /// Empty: there is no Python.
    pub python_version: String,
    /// The version of libtorch.
    pub pytorch_version: String,
    /// Always false.
    pub embedded_python: bool,
    /// Empty: arguments may hold what is private.
    pub argv: Vec<String>,
    /// This program's version.
    pub tintype_version: String,
    /// The processor.
    pub processor: String,
}

/// Where the network can run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct DeviceInfo {
    /// `cpu`, `cuda:0`, `mps`.
    pub name: String,
    /// `cpu`, `cuda`, `mps`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Which of its kind.
    pub index: u32,
    /// Bytes of memory.
    pub vram_total: u64,
    /// Bytes of memory that are free.
    pub vram_free: u64,
    /// Bytes that libtorch has taken; on a processor the same as `vram_total`, as ComfyUI has it.
    pub torch_vram_total: u64,
    /// Bytes of those that are free.
    pub torch_vram_free: u64,
}
