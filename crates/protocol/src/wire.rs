//! Our own dialect on the socket: what the server sends, as `{"type": T, "data": {...}}`.
//!
//! Domain types of other crates are turned into these by `server`; nothing else makes them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::models::Transfer;
use crate::{ErrorCode, NodeErrors, NodeId, PromptId, Wording};

/// One message from the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(tag = "type", content = "data", rename_all = "snake_case")]
pub enum ServerMessage {
    /// On connecting, and on every change.
    Status(Status),
    /// A job leaves the queue.
    ExecutionStart(ExecutionStart),
    /// How far a job has come.
    Progress(Progress),
    /// A job has ended: exactly once for each job, its last message.
    ExecutionStop(ExecutionStop),
    /// Before the stop of a failed job, or alone for a bad request on the socket.
    Error(ErrorBody),
    /// A model is downloaded, checked or imported; to everyone, on connecting too.
    Model(Transfer),
}

/// Where a job is, or without `prompt_id` where the server is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct Status {
    /// The state.
    pub status: JobStatus,
    /// The job it is about; none for the server as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub prompt_id: Option<PromptId>,
    /// How many jobs are queued or running.
    pub queue_remaining: u32,
    /// A queued job's place, 1 being the next to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub position: Option<u32>,
}

/// The states of a job, and `idle` for a server with nothing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Nothing is queued or running.
    Idle,
    /// Waiting for its turn.
    Queued,
    /// Running.
    Executing,
    /// Done; its outputs are on disk.
    Completed,
    /// Ended by an error.
    Failed,
    /// Ended by its user.
    Cancelled,
}

/// A job leaves the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct ExecutionStart {
    /// The job.
    pub prompt_id: PromptId,
    /// Milliseconds since 1970.
    pub timestamp: u64,
}

/// How far a job has come. Never falls; is [`Progress::MAX`] only when the file is on disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct Progress {
    /// 0 to `max`.
    pub value: f64,
    /// Always [`Progress::MAX`].
    pub max: u32,
    /// The job.
    pub prompt_id: PromptId,
    /// What is being done.
    pub stage: Stage,
    /// The node of the workflow that is at work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub node: Option<NodeId>,
    /// Milliseconds since the job left the queue.
    pub elapsed_ms: u64,
    /// Milliseconds that it will probably take from now on; absent until that can be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub eta_ms: Option<u64>,
}

impl Progress {
    /// The value of a job that is done.
    pub const MAX: u32 = 100;
}

/// The stages of a photo's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Reading and decoding the photo.
    Load,
    /// Making the network's input.
    Preprocess,
    /// Running the network.
    Inference,
    /// Merging the colors with the photo.
    Postprocess,
    /// Encoding and writing the result.
    Save,
}

/// A job has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct ExecutionStop {
    /// The job.
    pub prompt_id: PromptId,
    /// How it ended.
    pub outcome: Outcome,
    /// The files it made; those of a job that failed later on are kept too.
    pub outputs: Vec<Output>,
    /// Milliseconds from leaving the queue to the end; 0 for a job that never left it.
    pub elapsed_ms: u64,
    /// Milliseconds of each stage.
    #[cfg_attr(debug_assertions, ts(type = "Partial<Record<Stage, number>>"))]
    pub timings: BTreeMap<Stage, u64>,
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Its outputs are on disk.
    Completed,
    /// An error came before, with the reason.
    Failed,
    /// Its user stopped it.
    Cancelled,
}

/// A file that a job made, as `GET /view` takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct Output {
    /// The node that made it.
    pub node: NodeId,
    /// Its name.
    pub filename: String,
    /// The folder within the output or temp folder; empty for that folder itself.
    pub subfolder: String,
    /// The folder it is in.
    #[serde(rename = "type")]
    pub kind: FolderKind,
}

/// The server's folders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum FolderKind {
    /// Photos to colorize.
    Input,
    /// Results.
    #[default]
    Output,
    /// Previews, emptied when the server starts.
    Temp,
}

/// What went wrong, for a program and for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct ErrorBody {
    /// For a program.
    pub code: ErrorCode,
    /// For a person, in the language the socket or request asked for.
    pub message: String,
    /// For a person, in every language.
    pub messages: Wording,
    /// The job it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub prompt_id: Option<PromptId>,
    /// What may help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub hint: Option<Hint>,
}

/// What may help against an error; only what applies is there.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct Hint {
    /// `OUT_OF_MEMORY`: the largest size predicted to fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub suggested_size: Option<u32>,
    /// The node at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub node: Option<NodeId>,
    /// `WORKFLOW_INVALID`: every fault of every node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub node_errors: Option<NodeErrors>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(message: &ServerMessage, expected: serde_json::Value) {
        assert_eq!(serde_json::to_value(message).unwrap(), expected);
        let back: ServerMessage = serde_json::from_value(expected).unwrap();
        assert_eq!(&back, message);
    }

    #[test]
    fn a_status_of_the_server_has_no_prompt_id() {
        let status = Status {
            status: JobStatus::Idle,
            prompt_id: None,
            queue_remaining: 0,
            position: None,
        };
        check(
            &ServerMessage::Status(status),
            json!({"type": "status", "data": {"status": "idle", "queue_remaining": 0}}),
        );
    }

    #[test]
    fn a_stop_names_outcome_outputs_and_the_time_of_each_stage() {
        let prompt_id = PromptId::random();
        let stop = ExecutionStop {
            prompt_id,
            outcome: Outcome::Completed,
            outputs: vec![Output {
                node: NodeId::new("3"),
                filename: "a_00001_.png".into(),
                subfolder: String::new(),
                kind: FolderKind::Output,
            }],
            elapsed_ms: 12,
            timings: BTreeMap::from([(Stage::Load, 3), (Stage::Save, 4)]),
        };
        check(
            &ServerMessage::ExecutionStop(stop),
            json!({"type": "execution_stop", "data": {
                "prompt_id": prompt_id, "outcome": "completed",
                "outputs": [{"node": "3", "filename": "a_00001_.png", "subfolder": "", "type": "output"}],
                "elapsed_ms": 12, "timings": {"load": 3, "save": 4},
            }}),
        );
    }
}
