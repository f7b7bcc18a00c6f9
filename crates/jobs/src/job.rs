//! A job, and how it is asked for.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tintype_protocol::{ClientId, ErrorCode, NodeErrors, NodeId, PromptId, Wording};

use crate::JobState;

/// A job to queue. Its workflow has been checked.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// Its id, where the client brings its own.
    pub id: Option<PromptId>,
    /// Whose it is.
    pub client: Option<ClientId>,
    /// The workflow in the API form.
    pub workflow: Value,
    /// The workflow's output nodes.
    pub outputs: Vec<NodeId>,
    /// Kept with the job and given back with it.
    pub extra_data: Value,
    /// Whether to run before everything that waits.
    pub front: bool,
    /// The place in the queue, lower running earlier; by default after everything.
    pub number: Option<f64>,
}

/// A job as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: PromptId,
    /// Its place in the queue: lower runs earlier, and of equals the one that came first.
    pub number: f64,
    /// Whose it is.
    pub client: Option<ClientId>,
    /// The workflow in the API form.
    pub workflow: Value,
    /// The workflow's output nodes.
    pub outputs: Vec<NodeId>,
    /// Kept with the job and given back with it.
    pub extra_data: Value,
    /// When it was queued, in milliseconds since 1970.
    pub queued_at_ms: u64,
    /// How often it has been started, not counting starts that a stop of the server took back.
    pub attempts: u32,
    /// Where it is.
    pub state: JobState,
}

impl Job {
    /// The class of one of its nodes.
    #[must_use]
    pub fn node_class(&self, node: &NodeId) -> Option<&str> {
        self.workflow
            .get(node.as_str())?
            .get("class_type")?
            .as_str()
    }
}

/// Why a job failed, or would have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// For a program.
    pub code: ErrorCode,
    /// For a person.
    pub message: Wording,
    /// The largest size that is predicted to fit.
    pub suggested_size: Option<u32>,
    /// The node at fault.
    pub node: Option<NodeId>,
    /// The class of that node.
    pub node_class: Option<String>,
    /// What is wrong with each node, where the workflow can't be run any more.
    pub node_errors: Option<NodeErrors>,
}

impl Failure {
    /// A failure that is not one node's.
    #[must_use]
    pub fn new(code: ErrorCode, message: Wording) -> Self {
        Self {
            code,
            message,
            suggested_size: None,
            node: None,
            node_class: None,
            node_errors: None,
        }
    }

    /// A defect of the program, met while running a job.
    pub(crate) fn defect() -> Self {
        Self::new(
            ErrorCode::Internal,
            Wording::new(
                "Tintype stumbled over this job. This is a defect: please report it, with the log.",
                "Tintype 处理此任务时出错。这是程序的缺陷，请连同日志一起反馈给我们。",
            ),
        )
    }

    /// The program ended too often while it was running the job.
    pub(crate) fn ended_too_often(attempts: u32) -> Self {
        Self::new(
            ErrorCode::Internal,
            Wording::new(
                format!(
                    "The program was ended {attempts} times while it worked on this job, so it was given up. Try a smaller size, or report it with the log."
                ),
                format!(
                    "程序在处理此任务时已 {attempts} 次意外结束，因此放弃了它。请尝试更小的尺寸，或连同日志一起反馈给我们。"
                ),
            ),
        )
    }
}
