//! A workflow that has been checked.

use std::collections::HashMap;

use tintype_engine::Options;
use tintype_photo::{Keep, OutputFormat, OutputSpace, Scaling};
use tintype_protocol::{FolderKind, NodeId};

/// A workflow that can be run: its steps in an order in which each comes after those that it reads
/// from. Nodes that no output needs are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    pub(crate) steps: Vec<Step>,
}

/// A node that will run.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The node.
    pub node: NodeId,
    /// Its class.
    pub class: &'static str,
    pub(crate) action: Action,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    Load {
        name: String,
    },
    Scale {
        image: NodeId,
        scaling: Scaling,
    },
    Colorize {
        image: NodeId,
        options: Options,
        checkpoint: String,
    },
    Save {
        image: NodeId,
        folder: FolderKind,
        prefix: String,
        saving: Saving,
    },
}

/// How a step saves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Saving {
    pub(crate) format: OutputFormat,
    pub(crate) keep: Keep,
    pub(crate) space: OutputSpace,
    /// Whether the result says what colored it.
    pub(crate) has_note: bool,
    /// Whether it gets a small palette in a corner.
    pub(crate) has_mark: bool,
    /// Whether it gets the times of the original's file.
    pub(crate) has_file_times: bool,
}

impl Saving {
    /// A plain picture, for looking at.
    pub(crate) fn preview() -> Self {
        Self {
            format: OutputFormat::Png,
            keep: Keep::Private,
            space: OutputSpace::Srgb,
            has_note: false,
            has_mark: false,
            has_file_times: false,
        }
    }
}

impl Graph {
    /// The steps.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The nodes that make files.
    #[must_use]
    pub fn outputs(&self) -> Vec<NodeId> {
        self.steps
            .iter()
            .filter(|step| matches!(step.action, Action::Save { .. }))
            .map(|step| step.node.clone())
            .collect()
    }

    /// How many steps read from each node.
    pub(crate) fn readers(&self) -> HashMap<NodeId, usize> {
        let mut readers = HashMap::new();
        for node in self.steps.iter().filter_map(|step| step.action.reads()) {
            *readers.entry(node.clone()).or_default() += 1;
        }
        readers
    }
}

impl Action {
    /// The node whose photo it takes.
    pub(crate) fn reads(&self) -> Option<&NodeId> {
        match self {
            Self::Load { .. } => None,
            Self::Scale { image, .. } | Self::Colorize { image, .. } | Self::Save { image, .. } => {
                Some(image)
            }
        }
    }
}
