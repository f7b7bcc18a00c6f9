//! What happens, as it is told to the sink.

use std::sync::Arc;

use tintype_engine::{Stage, Timings};
use tintype_protocol::{ClientId, NodeId, Output, PromptId};

use crate::Failure;

/// Which job an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRef {
    /// Its id.
    pub id: PromptId,
    /// Whose it is.
    pub client: Option<ClientId>,
}

/// Something that has happened. Changes of state are on disk when they are told.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    clippy::large_enum_variant,
    reason = "an event is moved once, to the sink, and never kept in numbers"
)]
pub enum Event {
    /// A job waits in the queue. Told again when its position changes, for the first places, and
    /// when a job that ran goes back.
    Queued {
        /// The job.
        job: Arc<JobRef>,
        /// 1 is the next to run.
        position: usize,
    },
    /// A job leaves the queue.
    Started {
        /// The job.
        job: Arc<JobRef>,
        /// When, in milliseconds since 1970.
        at_ms: u64,
    },
    /// A node begins.
    NodeStarted {
        /// The job.
        job: Arc<JobRef>,
        /// The node.
        node: NodeId,
        /// Its class.
        class: String,
    },
    /// A node has come so far.
    NodeProgress {
        /// The job.
        job: Arc<JobRef>,
        /// The node.
        node: NodeId,
        /// 0 to `max`.
        value: f32,
        /// What `value` is out of.
        max: f32,
    },
    /// A node is done.
    NodeEnded {
        /// The job.
        job: Arc<JobRef>,
        /// The node.
        node: NodeId,
        /// The files it made.
        outputs: Vec<Output>,
    },
    /// The job as a whole has come so far.
    Progress {
        /// The job.
        job: Arc<JobRef>,
        /// 0 to 100; never falls, and is 100 only when every file is on disk.
        value: f32,
        /// What is being done.
        stage: Stage,
        /// The node at work.
        node: Option<NodeId>,
        /// Milliseconds since it left the queue.
        elapsed_ms: u64,
        /// Milliseconds that it will probably still take.
        eta_ms: Option<u64>,
    },
    /// A job has ended: told once, last.
    Ended {
        /// The job.
        job: Arc<JobRef>,
        /// How.
        outcome: Outcome,
        /// The files it made.
        outputs: Vec<Output>,
        /// When it ended, in milliseconds since 1970.
        at_ms: u64,
        /// Milliseconds since it left the queue; 0 if it never did.
        elapsed_ms: u64,
        /// What each stage took.
        timings: Timings,
    },
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Its outputs are on disk.
    Completed,
    /// An error came before.
    Failed(Failure),
    /// Its user stopped it.
    Cancelled,
}

impl Event {
    /// The job it is about.
    #[must_use]
    pub fn job(&self) -> &Arc<JobRef> {
        match self {
            Self::Queued { job, .. }
            | Self::Started { job, .. }
            | Self::NodeStarted { job, .. }
            | Self::NodeProgress { job, .. }
            | Self::NodeEnded { job, .. }
            | Self::Progress { job, .. }
            | Self::Ended { job, .. } => job,
        }
    }
}
