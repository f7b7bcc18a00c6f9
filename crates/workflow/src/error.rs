//! What can go wrong with a workflow, besides what [`Rejection`](crate::Rejection) tells.

use tintype_engine::Error as EngineError;
use tintype_protocol::{Explain, NodeId};

use crate::{MAX_BYTES, MAX_NODES, MAX_VALUES, Step};

/// The file can't be read as a workflow, or there is no room for what the workflow makes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is no JSON.
    #[error("not JSON: {0}")]
    NotJson(serde_json::Error),

    /// It is JSON of something else.
    #[error("neither an object of nodes nor a saved editor")]
    NotAWorkflow,

    /// It is larger than [`MAX_BYTES`].
    #[error("{bytes} bytes are more than {MAX_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },

    /// It has more than [`MAX_VALUES`] values.
    #[error("{values} values are more than {MAX_VALUES}")]
    TooManyValues {
        /// How many it may have.
        values: usize,
    },

    /// It has more than [`MAX_NODES`] nodes.
    #[error("{nodes} nodes are more than {MAX_NODES}")]
    TooManyNodes {
        /// How many it has.
        nodes: usize,
    },

    /// A node lacks something, or has something else in its place.
    #[error("node {node} has no usable {field}")]
    BadNode {
        /// The node; its place in the list where it has no id.
        node: NodeId,
        /// What is missing.
        field: &'static str,
    },

    /// A step would not fit into memory, next to the photos that wait for others. What the network takes
    /// is the engine's to tell.
    #[error("needs {needed_bytes} bytes of memory, {available_bytes} are available")]
    OutOfMemory {
        /// What the step is predicted to take.
        needed_bytes: u64,
        /// What there is for it.
        available_bytes: u64,
    },
}

/// What a [`Host`](crate::Host) has to say when it can't give what was asked for.
pub type HostError = Box<dyn Explain + Send + Sync>;

/// Why a graph stopped.
#[derive(Debug, thiserror::Error)]
#[error("node {node}: {error}")]
pub struct RunError {
    /// The node that failed.
    pub node: NodeId,
    /// Its class.
    pub class: &'static str,
    /// The file that it is about, where it is about one.
    pub subject: Option<String>,
    /// What went wrong.
    pub error: HostError,
    /// The largest size that is predicted to fit, where the one asked for did not.
    pub suggested_size: Option<u32>,
}

impl RunError {
    /// A step that failed in the engine.
    pub(crate) fn failed(step: &Step, subject: Option<&str>, error: EngineError) -> Self {
        let suggested_size = match &error {
            EngineError::OutOfMemory { suggested_size, .. } => *suggested_size,
            _ => None,
        };
        // These are not about a photo.
        let subject = match &error {
            EngineError::Cancelled | EngineError::Colorizer(_) => None,
            _ => subject,
        };
        Self {
            suggested_size,
            ..Self::refused(step, subject, Box::new(error))
        }
    }

    /// A step for which there is not what it needs.
    pub(crate) fn refused(step: &Step, subject: Option<&str>, error: HostError) -> Self {
        Self {
            node: step.node.clone(),
            class: step.class,
            subject: subject.map(str::to_owned),
            error,
            suggested_size: None,
        }
    }
}
