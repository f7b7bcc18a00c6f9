//! What the worker asks of whatever runs a job.

use tintype_engine::Timings;
use tintype_protocol::{CancelFlag, NodeId, Output};

use crate::{Failure, Job};

/// Runs jobs, one at a time. It lives on the worker's thread and owns what is slow to get, such as a
/// loaded model.
pub trait Runner: Send {
    /// Runs one job and tells how far it has come.
    ///
    /// # Errors
    /// Why it failed. If the flag was raised and that is why it ended, a failure with the code
    /// `CANCELLED`.
    #[allow(
        clippy::result_large_err,
        reason = "returned once a job, which takes seconds"
    )]
    fn run(
        &mut self,
        job: &Job,
        report: &mut dyn FnMut(Report),
        cancel: &CancelFlag,
    ) -> Result<Vec<Output>, Failure>;

    /// Gives back the memory that it holds for the next job: none has come for a while.
    fn rest(&mut self);
}

/// What a runner tells while it runs a job.
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    /// What is to come, once, before anything is done.
    Planned(Vec<Part>),
    /// A node begins.
    NodeStarted(NodeId),
    /// What happens inside a node.
    Stage {
        /// The node.
        node: NodeId,
        /// What happens.
        event: tintype_engine::Event,
    },
    /// A node is done.
    NodeEnded {
        /// The node.
        node: NodeId,
        /// The files it made.
        outputs: Vec<Output>,
    },
}

/// A node that is to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The node.
    pub node: NodeId,
    /// What its times depend on besides the stage, such as the checkpoint; may be empty.
    pub key: String,
    /// How long each of its stages is expected to take; zero for those that it does not have.
    pub expected: Timings,
}
