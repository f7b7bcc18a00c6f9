//! ComfyUI's dialect on the socket: its own messages, so that its clients work unmodified.
//!
//! Read off ComfyUI 0.3.64 (`server.py`, `execution.py`, `comfy_execution/progress.py`). Not
//! generated into TypeScript: our window speaks our dialect.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{FolderKind, NodeId, PromptId};

/// One message from the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum ComfyMessage {
    /// On connecting, and whenever the queue changes.
    Status(QueueStatus),
    /// A job leaves the queue.
    ExecutionStart(Moment),
    /// Which nodes need not run again; none ever, here.
    ExecutionCached(Cached),
    /// A node begins; `node: null` is the end of the job.
    Executing(Executing),
    /// How far a node has come.
    Progress(NodeProgress),
    /// How far every node has come that has begun.
    ProgressState(ProgressState),
    /// An output node is done.
    Executed(Executed),
    /// The job is done.
    ExecutionSuccess(Moment),
    /// The job failed.
    ExecutionError(Box<ExecutionError>),
    /// The job was stopped.
    ExecutionInterrupted(Interrupted),
    /// What the server can do, in answer to a client that announced its own.
    FeatureFlags(BTreeMap<String, Value>),
}

/// The length of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueStatus {
    /// Wrapped as ComfyUI does.
    pub status: ExecInfoOuter,
    /// The socket's client id; only in the first message on a socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
}

/// The wrapper around [`ExecInfo`], which is also the answer to `GET /prompt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecInfoOuter {
    /// The inside.
    pub exec_info: ExecInfo,
}

/// The length of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecInfo {
    /// How many jobs are queued or running.
    pub queue_remaining: u32,
}

impl ExecInfoOuter {
    /// Wraps a length.
    #[must_use]
    pub fn new(queue_remaining: u32) -> Self {
        Self {
            exec_info: ExecInfo { queue_remaining },
        }
    }
}

/// A job, and when something happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The job.
    pub prompt_id: PromptId,
    /// Milliseconds since 1970.
    pub timestamp: u64,
}

/// Nodes whose results were kept from an earlier job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cached {
    /// The nodes.
    pub nodes: Vec<NodeId>,
    /// The job.
    pub prompt_id: PromptId,
    /// Milliseconds since 1970.
    pub timestamp: u64,
}

/// The node at work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Executing {
    /// The node; `null` when the job has ended.
    pub node: Option<NodeId>,
    /// The same, but for groups that are shown as one node, which there are none of here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_node: Option<NodeId>,
    /// The job; absent in what a client hears that connects while its job runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_id: Option<PromptId>,
}

/// How far a node has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeProgress {
    /// 0 to `max`.
    pub value: f64,
    /// What `value` is out of.
    pub max: f64,
    /// The job.
    pub prompt_id: PromptId,
    /// The node.
    pub node: NodeId,
}

/// How far the nodes of a job have come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProgressState {
    /// The job.
    pub prompt_id: PromptId,
    /// Each node that has begun.
    pub nodes: BTreeMap<NodeId, NodeState>,
}

/// How far one node has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeState {
    /// 0 to `max`.
    pub value: f64,
    /// What `value` is out of.
    pub max: f64,
    /// Where it is.
    pub state: NodeStateKind,
    /// The node.
    pub node_id: NodeId,
    /// The job.
    pub prompt_id: PromptId,
    /// The node, once more: groups are not made here.
    pub display_node_id: NodeId,
    /// Always `null`: no node is inside another.
    pub parent_node_id: Option<NodeId>,
    /// The node, once more.
    pub real_node_id: NodeId,
}

/// Where a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeStateKind {
    /// At work.
    Running,
    /// Done.
    Finished,
    /// Failed.
    Error,
}

/// What an output node made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Executed {
    /// The node.
    pub node: NodeId,
    /// The node, once more.
    pub display_node: NodeId,
    /// What it made.
    pub output: Images,
    /// The job.
    pub prompt_id: PromptId,
}

/// The files of an output node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Images {
    /// The files.
    pub images: Vec<Image>,
}

/// One file of an output node, as `GET /view` takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its name.
    pub filename: String,
    /// The folder within its folder.
    pub subfolder: String,
    /// Its folder.
    #[serde(rename = "type")]
    pub kind: FolderKind,
}

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExecutionError {
    /// The job.
    pub prompt_id: PromptId,
    /// The node that failed.
    pub node_id: NodeId,
    /// Its class.
    pub node_type: String,
    /// The output nodes that were done by then.
    pub executed: Vec<NodeId>,
    /// For a person.
    pub exception_message: String,
    /// Our error code, where ComfyUI has the name of a Python exception.
    pub exception_type: String,
    /// Always empty: there is no Python to trace.
    pub traceback: Vec<String>,
    /// Always empty.
    pub current_inputs: BTreeMap<String, Value>,
    /// Always empty.
    pub current_outputs: Vec<NodeId>,
    /// Milliseconds since 1970.
    pub timestamp: u64,
}

/// A job was stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interrupted {
    /// The job.
    pub prompt_id: PromptId,
    /// The node that was at work.
    pub node_id: NodeId,
    /// Its class.
    pub node_type: String,
    /// The output nodes that were done by then.
    pub executed: Vec<NodeId>,
    /// Milliseconds since 1970.
    pub timestamp: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_end_of_a_job_says_null_and_not_nothing() {
        let prompt_id = PromptId::random();
        let end = ComfyMessage::Executing(Executing {
            node: None,
            display_node: None,
            prompt_id: Some(prompt_id),
        });
        assert_eq!(
            serde_json::to_value(end).unwrap(),
            json!({"type": "executing", "data": {"node": null, "prompt_id": prompt_id}})
        );
    }

    #[test]
    fn only_the_first_status_has_a_sid() {
        let status = |sid: Option<&str>| {
            serde_json::to_value(ComfyMessage::Status(QueueStatus {
                status: ExecInfoOuter::new(2),
                sid: sid.map(Into::into),
            }))
            .unwrap()
        };
        let inside = json!({"exec_info": {"queue_remaining": 2}});
        assert_eq!(
            status(None),
            json!({"type": "status", "data": {"status": inside}})
        );
        assert_eq!(
            status(Some("a")),
            json!({"type": "status", "data": {"status": inside, "sid": "a"}})
        );
    }
}
