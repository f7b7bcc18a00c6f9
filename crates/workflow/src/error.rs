//! What can go wrong with a workflow, besides what [`Rejection`](crate::Rejection) tells.

use tintype_protocol::{Explain, NodeId};

use crate::{MAX_BYTES, MAX_NODES, MAX_VALUES};

/// The file can't be read as a workflow.
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
