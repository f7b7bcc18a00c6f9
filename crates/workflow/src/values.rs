//! One node's inputs held against its class, and turned into values.

use std::collections::BTreeMap;

use serde_json::Value;
use tintype_protocol::NodeId;

use crate::{Catalog, Fault, Input, InputKind, InputType, Node, NodeType, Prompt, Wire};

/// The inputs of one node, each of the right type and in range.
#[derive(Debug, Default)]
pub(crate) struct Values {
    links: BTreeMap<&'static str, NodeId>,
    ints: BTreeMap<&'static str, i64>,
    floats: BTreeMap<&'static str, f64>,
    truths: BTreeMap<&'static str, bool>,
    texts: BTreeMap<&'static str, String>,
}

impl Values {
    /// The node that an input is connected to.
    pub(crate) fn link(&self, name: &str) -> Option<NodeId> {
        self.links.get(name).cloned()
    }

    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        self.ints.get(name).copied()
    }

    pub(crate) fn float(&self, name: &str) -> Option<f64> {
        self.floats.get(name).copied()
    }

    pub(crate) fn truth(&self, name: &str) -> Option<bool> {
        self.truths.get(name).copied()
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }
}

/// What a link is looked up in.
pub(crate) struct Surroundings<'a> {
    pub(crate) prompt: &'a Prompt,
    pub(crate) types: &'a [NodeType],
    pub(crate) catalog: &'a dyn Catalog,
}

impl<'a> Surroundings<'a> {
    /// The class of a node, if it is there and known.
    pub(crate) fn class_of(&self, node: &NodeId) -> Option<&'a NodeType> {
        let node = self.prompt.nodes.get(node)?;
        self.types.iter().find(|known| known.class == node.class)
    }

    /// The nodes that a node reads from and that are there. What is given to inputs that its class
    /// does not have is not looked at, as in ComfyUI.
    pub(crate) fn sources(&self, node: &NodeId) -> Vec<&'a NodeId> {
        let inputs = self.class_of(node).map(|class| class.inputs.as_slice());
        let given = self.prompt.nodes.get(node).map(|node| &node.inputs);
        let (Some(inputs), Some(given)) = (inputs, given) else {
            return Vec::new();
        };
        let links = inputs
            .iter()
            .filter_map(|input| match given.get(input.name)? {
                Input::Link(from, _) => self.prompt.nodes.get_key_value(from),
                Input::Value(_) => None,
            });
        links.map(|(id, _)| id).collect()
    }

    /// Reads a node's inputs; every fault is noted, and what is without one is there.
    pub(crate) fn read(&self, node: &Node, class: &NodeType) -> (Values, Vec<Fault>) {
        let (mut values, mut faults) = (Values::default(), Vec::new());
        for input in &class.inputs {
            match node.inputs.get(input.name) {
                Some(given) => {
                    if let Err(fault) = self.read_input(input, given, &mut values) {
                        faults.push(fault);
                    }
                }
                None if input.is_required => faults.push(Fault::Missing { input: input.name }),
                None => {}
            }
        }
        (values, faults)
    }

    fn read_input(
        &self,
        input: &InputType,
        given: &Input,
        values: &mut Values,
    ) -> Result<(), Fault> {
        let name = input.name;
        match (&input.kind, given) {
            (InputKind::Wire(wire), Input::Link(from, slot)) => {
                self.check_link(name, *wire, from, *slot)?;
                values.links.insert(name, from.clone());
            }
            (InputKind::Wire(_), Input::Value(value)) => {
                return Err(Fault::BadLink {
                    input: name,
                    received: value.clone(),
                });
            }
            (kind, Input::Link(from, slot)) => {
                // A link may bring a value, but no node here gives any.
                let received = self.given_by(from, *slot).map_or("nothing", Wire::as_str);
                return Err(Fault::WrongType {
                    input: name,
                    expected: kind.as_str(),
                    received,
                });
            }
            (InputKind::Int { min, max, step, .. }, Input::Value(value)) => {
                let number = to_int(value).ok_or_else(|| not_a(input, value))?;
                check_range(name, number as f64, *min as f64, *max as f64, value)?;
                if number % step != 0 {
                    return Err(Fault::OffStep {
                        input: name,
                        step: *step,
                        received: number,
                    });
                }
                values.ints.insert(name, number);
            }
            (InputKind::Float { min, max, .. }, Input::Value(value)) => {
                let number = to_float(value).ok_or_else(|| not_a(input, value))?;
                check_range(name, number, *min, *max, value)?;
                values.floats.insert(name, number);
            }
            (InputKind::Bool { .. }, Input::Value(value)) => {
                let truth = to_bool(value).ok_or_else(|| not_a(input, value))?;
                values.truths.insert(name, truth);
            }
            (InputKind::OptionalPhoto, Input::Value(value)) => {
                let photo = value.as_str().ok_or_else(|| not_a(input, value))?;
                if !photo.is_empty() && !self.catalog.has_image(photo) {
                    return Err(Fault::NoSuchImage {
                        input: name,
                        name: photo.to_owned(),
                    });
                }
                values.texts.insert(name, photo.to_owned());
            }
            (InputKind::Text { .. }, Input::Value(value)) => {
                let text = to_text(value).ok_or_else(|| not_a(input, value))?;
                values.texts.insert(name, text);
            }
            (InputKind::Choice { options }, Input::Value(value)) => {
                let chosen = value.as_str();
                let known = chosen.filter(|chosen| options.iter().any(|option| option == chosen));
                let chosen = known.ok_or_else(|| Fault::NotInList {
                    input: name,
                    options: options.clone(),
                    received: value.clone(),
                })?;
                values.texts.insert(name, chosen.to_owned());
            }
            (InputKind::Photo { .. }, Input::Value(value)) => {
                let photo = value.as_str().ok_or_else(|| not_a(input, value))?;
                if !self.catalog.has_image(photo) {
                    return Err(Fault::NoSuchImage {
                        input: name,
                        name: photo.to_owned(),
                    });
                }
                values.texts.insert(name, photo.to_owned());
            }
        }
        Ok(())
    }

    fn check_link(
        &self,
        input: &'static str,
        expected: Wire,
        from: &NodeId,
        slot: usize,
    ) -> Result<(), Fault> {
        let received = self.given_by(from, slot).ok_or_else(|| Fault::BadLink {
            input,
            received: serde_json::json!([from, slot]),
        })?;
        if received == expected {
            return Ok(());
        }
        Err(Fault::WrongType {
            input,
            expected: expected.as_str(),
            received: received.as_str(),
        })
    }

    fn given_by(&self, node: &NodeId, slot: usize) -> Option<Wire> {
        let class = self.class_of(node)?;
        class.outputs.get(slot).map(|output| output.wire)
    }
}

fn not_a(input: &InputType, received: &Value) -> Fault {
    Fault::NotA {
        input: input.name,
        expected: input.kind.as_str(),
        received: received.clone(),
    }
}

fn check_range(
    input: &'static str,
    number: f64,
    min: f64,
    max: f64,
    received: &Value,
) -> Result<(), Fault> {
    let received = || received.clone();
    if number < min {
        return Err(Fault::TooSmall {
            input,
            min,
            received: received(),
        });
    }
    if number > max {
        return Err(Fault::TooBig {
            input,
            max,
            received: received(),
        });
    }
    Ok(())
}

/// As Python's `int()` does, which ComfyUI passes values through: text of a whole number, and numbers
/// with what is after the point cut off. What is beyond 64 bits becomes the number at their end, and
/// so is out of any range, as it was.
fn to_int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| Some(number.as_f64()? as i64)),
        Value::String(text) => {
            let number: i128 = text.trim().parse().ok()?;
            let ends = (i64::MIN.into(), i64::MAX.into());
            i64::try_from(number.clamp(ends.0, ends.1)).ok()
        }
        Value::Bool(truth) => Some((*truth).into()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn to_float(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    number.is_finite().then_some(number)
}

/// As Python's `bool()` does, but for text, of which only the two words are one.
fn to_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Number(number) => Some(number.as_f64()? != 0.0),
        Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn to_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
