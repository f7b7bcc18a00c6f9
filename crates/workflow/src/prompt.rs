//! A workflow as it was read: nodes and what they are wired to, not yet checked.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tintype_protocol::NodeId;

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
            let inputs = node.inputs.iter().map(|(name, input)| {
                let value = match input {
                    Input::Value(value) => value.clone(),
                    Input::Link(from, slot) => json!([from, slot]),
                };
                (name.clone(), value)
            });
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
