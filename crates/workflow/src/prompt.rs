//! A workflow as it was read: nodes and what they are wired to, not yet checked.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tintype_protocol::NodeId;

/// The field under which the API form puts a value that would otherwise be taken for a link.
const WRAPPED: &str = "__value__";

/// A workflow.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Prompt {
    /// The nodes by their ids.
    pub nodes: BTreeMap<NodeId, Node>,
}

/// A node.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it does, such as `LoadImage`.
    pub class: String,
    /// Its inputs by name.
    pub inputs: BTreeMap<String, Input>,
}

/// What an input is given.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A value.
    Value(Value),
    /// An output of another node, by its index from 0.
    Link(NodeId, usize),
}

impl Prompt {
    /// The workflow in the API form; [`read_value`](crate::read_value) gives the same one back.
    #[must_use]
    pub fn to_api(&self) -> Value {
        let node = |node: &Node| {
            let inputs = node
                .inputs
                .iter()
                .map(|(name, input)| (name.clone(), input.to_api()));
            json!({"class_type": node.class, "inputs": inputs.collect::<Map<_, _>>()})
        };
        let nodes = self.nodes.iter();
        Value::Object(
            nodes
                .map(|(id, inside)| (id.to_string(), node(inside)))
                .collect(),
        )
    }
}

impl Input {
    /// An input as the API form has it: a list of an id and an index is a link; any other list is a
    /// value, and will be found wrong where no input takes lists.
    pub(crate) fn from_api(mut value: Value) -> Self {
        if let Some((from, slot)) = link(&value) {
            return Self::Link(from, slot);
        }
        match value.get_mut(WRAPPED) {
            Some(wrapped) => Self::Value(wrapped.take()),
            None => Self::Value(value),
        }
    }

    fn to_api(&self) -> Value {
        match self {
            Self::Link(from, slot) => json!([from, slot]),
            // A value typed in the editor may look like either.
            Self::Value(value) if link(value).is_some() || value.get(WRAPPED).is_some() => {
                json!({WRAPPED: value})
            }
            Self::Value(value) => value.clone(),
        }
    }
}

/// The output that a value leads to, if it is a link.
fn link(value: &Value) -> Option<(NodeId, usize)> {
    let [id, slot] = value.as_array()?.as_slice() else {
        return None;
    };
    let slot = usize::try_from(slot.as_u64()?).ok()?;
    Some((id_of(id)?, slot))
}

/// A node's id, which files have as a number or as text.
pub(crate) fn id_of(value: &Value) -> Option<NodeId> {
    match value {
        Value::Number(number) => Some(NodeId::new(number.to_string())),
        Value::String(text) => Some(NodeId::new(text.as_str())),
        _ => None,
    }
}
