//! What is wrong with a workflow, in ComfyUI's terms.

use std::collections::BTreeMap;

use serde_json::Value;
use tintype_protocol::{Language, NodeId};

/// A workflow that is refused, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", kind.as_str())]
pub struct Rejection {
    /// What is wrong with it as a whole.
    pub kind: RejectionKind,
    /// What is wrong with its nodes; none are at fault where it has no outputs.
    pub nodes: BTreeMap<NodeId, NodeFaults>,
}

/// What is wrong with a workflow as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectionKind {
    /// A node's class is not known.
    InvalidPrompt,
    /// No node makes a file.
    NoOutputs,
    /// Nodes have faults.
    OutputsFailedValidation,
}

impl RejectionKind {
    /// ComfyUI's name for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidPrompt => "invalid_prompt",
            Self::NoOutputs => "prompt_no_outputs",
            Self::OutputsFailedValidation => "prompt_outputs_failed_validation",
        }
    }
}

/// What is wrong with one node.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeFaults {
    /// The node's class.
    pub class: String,
    /// Each fault.
    pub faults: Vec<Fault>,
    /// The output nodes that can't run because of it.
    pub dependent_outputs: Vec<NodeId>,
}

/// One thing that is wrong with a node.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// There is no such class here.
    UnknownClass,
    /// A required input is given nothing.
    Missing {
        /// The input.
        input: &'static str,
    },
    /// An input that only takes links is given something else, or the link leads nowhere.
    BadLink {
        /// The input.
        input: &'static str,
        /// What it is given.
        received: Value,
    },
    /// A link brings what the input does not take.
    WrongType {
        /// The input.
        input: &'static str,
        /// What it takes.
        expected: &'static str,
        /// What it is brought.
        received: &'static str,
    },
    /// A value is of another type, and can't be turned into the right one.
    NotA {
        /// The input.
        input: &'static str,
        /// What it takes.
        expected: &'static str,
        /// What it is given.
        received: Value,
    },
    /// A number is too small.
    TooSmall {
        /// The input.
        input: &'static str,
        /// The smallest that is taken.
        min: f64,
        /// What it is given.
        received: Value,
    },
    /// A number is too large.
    TooBig {
        /// The input.
        input: &'static str,
        /// The largest that is taken.
        max: f64,
        /// What it is given.
        received: Value,
    },
    /// A number lies between two steps.
    OffStep {
        /// The input.
        input: &'static str,
        /// Numbers are multiples of this.
        step: i64,
        /// What it is given.
        received: i64,
    },
    /// A choice is none of those there are.
    NotInList {
        /// The input.
        input: &'static str,
        /// The choices.
        options: Vec<String>,
        /// What it is given.
        received: Value,
    },
    /// There is no such photo.
    NoSuchImage {
        /// The input.
        input: &'static str,
        /// Its name.
        name: String,
    },
    /// The node waits for itself.
    Cycle {
        /// The nodes on the way round.
        nodes: Vec<NodeId>,
    },
}

impl Fault {
    /// ComfyUI's name for it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::UnknownClass => "invalid_prompt",
            Self::Missing { .. } => "required_input_missing",
            Self::BadLink { .. } => "bad_linked_input",
            Self::WrongType { .. } => "return_type_mismatch",
            Self::NotA { .. } => "invalid_input_type",
            Self::TooSmall { .. } => "value_smaller_than_min",
            Self::TooBig { .. } => "value_bigger_than_max",
            Self::NotInList { .. } => "value_not_in_list",
            Self::OffStep { .. } | Self::NoSuchImage { .. } => "custom_validation_failed",
            Self::Cycle { .. } => "dependency_cycle",
        }
    }

    /// The input at fault.
    #[must_use]
    pub fn input(&self) -> Option<&'static str> {
        match self {
            Self::UnknownClass | Self::Cycle { .. } => None,
            Self::Missing { input }
            | Self::BadLink { input, .. }
            | Self::WrongType { input, .. }
            | Self::NotA { input, .. }
            | Self::TooSmall { input, .. }
            | Self::TooBig { input, .. }
            | Self::OffStep { input, .. }
            | Self::NotInList { input, .. }
            | Self::NoSuchImage { input, .. } => Some(input),
        }
    }

    /// What the input was given.
    #[must_use]
    pub fn received(&self) -> Option<Value> {
        match self {
            Self::UnknownClass | Self::Missing { .. } | Self::Cycle { .. } => None,
            Self::WrongType { received, .. } => Some((*received).into()),
            Self::OffStep { received, .. } => Some((*received).into()),
            Self::NoSuchImage { name, .. } => Some(name.as_str().into()),
            Self::BadLink { received, .. }
            | Self::NotA { received, .. }
            | Self::TooSmall { received, .. }
            | Self::TooBig { received, .. }
            | Self::NotInList { received, .. } => Some(received.clone()),
        }
    }

    /// What is wrong and what to do, for a person, without the node.
    #[must_use]
    pub fn words(&self, language: Language) -> String {
        let received = short(&self.received().unwrap_or_default().to_string());
        match self {
            Self::UnknownClass => language.pick(
                "This server has no node of this class; remove it from the workflow.".to_owned(),
                "此服务没有这种节点；请从工作流中移除。".to_owned(),
            ),
            Self::Missing { input } => language.pick(
                format!("The input \"{input}\" is missing; connect it or give it a value."),
                format!("缺少输入“{input}”；请连接它或填写数值。"),
            ),
            Self::BadLink { input, .. } => language.pick(
                format!("The input \"{input}\" is not connected to an output that exists; connect it again."),
                format!("输入“{input}”没有连接到存在的输出；请重新连接。"),
            ),
            Self::WrongType {
                input,
                expected,
                received,
            } => language.pick(
                format!("The input \"{input}\" takes {expected} and is connected to {received}; connect another output."),
                format!("输入“{input}”需要 {expected}，却连接到了 {received}；请连接其他输出。"),
            ),
            Self::NotA {
                input, expected, ..
            } => language.pick(
                format!("The input \"{input}\" takes {expected}, and {received} is none; correct it."),
                format!("输入“{input}”需要 {expected}，而 {received} 不是；请改正。"),
            ),
            Self::TooSmall { input, min, .. } => language.pick(
                format!("The input \"{input}\" is {received}, less than the least, {min}; make it larger."),
                format!("输入“{input}”为 {received}，小于最小值 {min}；请调大。"),
            ),
            Self::TooBig { input, max, .. } => language.pick(
                format!("The input \"{input}\" is {received}, more than the most, {max}; make it smaller."),
                format!("输入“{input}”为 {received}，大于最大值 {max}；请调小。"),
            ),
            Self::OffStep {
                input,
                step,
                received,
            } => {
                let below = received / step * step;
                let above = below + step;
                language.pick(
                    format!("The input \"{input}\" is {received}, no multiple of {step}; use {below} or {above}."),
                    format!("输入“{input}”为 {received}，不是 {step} 的倍数；请用 {below} 或 {above}。"),
                )
            }
            Self::NotInList { input, options, .. } => {
                let options = options.join(", ");
                language.pick(
                    format!("The input \"{input}\" is {received}, which there is not; choose one of: {options}."),
                    format!("输入“{input}”为 {received}，没有这个选项；可选：{options}。"),
                )
            }
            Self::NoSuchImage { name, .. } => {
                let name = short(name);
                language.pick(
                    format!("There is no photo \"{name}\" in the input folder; upload it first."),
                    format!("输入文件夹中没有照片“{name}”；请先上传。"),
                )
            }
            Self::Cycle { nodes } => {
                let way: Vec<_> = nodes.iter().map(NodeId::as_str).collect();
                let way = short(&way.join(" -> "));
                language.pick(
                    format!("The nodes wait for each other ({way}); cut one of the connections."),
                    format!("节点互相等待（{way}）；请断开其中一个连接。"),
                )
            }
        }
    }
}

/// The most characters of something from the workflow within a message: enough to know it again.
const SHORT_CHARS: usize = 120;

/// The beginning of a text from the workflow, which may have megabytes.
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(SHORT_CHARS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
