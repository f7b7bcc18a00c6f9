//! From bytes to a [`Prompt`].

use serde_json::{Map, Value};
use tintype_protocol::NodeId;

use crate::editor::read_editor;
use crate::{Error, Input, Node, Prompt};

/// The largest file in bytes. The editor's form of a hundred nodes has some 100 KB.
pub const MAX_BYTES: usize = 4 << 20;
/// The most nodes.
pub const MAX_NODES: usize = 1000;
/// The most values in a file. The editor's form has some 40 a node; and since the smallest values
/// take a hundred times their text in memory, the size alone would not bound that.
pub const MAX_VALUES: usize = 100_000;

/// Reads a workflow in the API form (`{id: {class_type, inputs}}`) or the editor's (`nodes` and
/// `links`). JSON that is nested more than 128 levels deep is refused by the parser.
///
/// # Errors
/// [`Error`] naming what is wrong, and where it is one node, the node.
pub fn read(bytes: &[u8]) -> Result<Prompt, Error> {
    within_bounds(bytes)?;
    // Editors on Windows put a byte order mark in front.
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    read_value(serde_json::from_slice(bytes).map_err(Error::NotJson)?)
}

/// Whether JSON with a workflow in it is small enough to be parsed, which takes many times its size:
/// for whoever parses it themselves, before they do.
///
/// # Errors
/// [`Error::TooLarge`] and [`Error::TooManyValues`].
pub fn within_bounds(bytes: &[u8]) -> Result<(), Error> {
    if bytes.len() > MAX_BYTES {
        return Err(Error::TooLarge { bytes: bytes.len() });
    }
    let values = most_values(bytes);
    if values > MAX_VALUES {
        return Err(Error::TooManyValues { values });
    }
    Ok(())
}

/// Reads a workflow that has been parsed as JSON already.
///
/// # Errors
/// As [`read`].
pub fn read_value(value: Value) -> Result<Prompt, Error> {
    let Value::Object(fields) = value else {
        return Err(Error::NotAWorkflow);
    };
    let prompt = match fields.get("nodes") {
        Some(Value::Array(_)) => read_editor(&fields)?,
        _ => read_api(fields)?,
    };
    if prompt.nodes.len() > MAX_NODES {
        return Err(Error::TooManyNodes {
            nodes: prompt.nodes.len(),
        });
    }
    Ok(prompt)
}

/// No fewer values than the text has: each list or object opens, and each value but the first follows a
/// comma. Punctuation within text is counted along, which no file of a sane size notices.
fn most_values(bytes: &[u8]) -> usize {
    let opens = |byte: &&u8| matches!(byte, b'[' | b'{' | b',');
    1 + bytes.iter().filter(opens).count()
}

fn read_api(fields: Map<String, Value>) -> Result<Prompt, Error> {
    let nodes = fields.into_iter().map(|(id, value)| {
        let id = NodeId::new(id);
        let node = read_node(&id, value)?;
        Ok((id, node))
    });
    Ok(Prompt {
        nodes: nodes.collect::<Result<_, Error>>()?,
    })
}

fn read_node(id: &NodeId, value: Value) -> Result<Node, Error> {
    let malformed = |field| Error::BadNode {
        node: id.clone(),
        field,
    };
    let Value::Object(mut fields) = value else {
        return Err(malformed("node"));
    };
    let Some(Value::String(class)) = fields.remove("class_type") else {
        return Err(malformed("class_type"));
    };
    let inputs = match fields.remove("inputs") {
        None => Map::new(),
        Some(Value::Object(inputs)) => inputs,
        Some(_) => return Err(malformed("inputs")),
    };
    let inputs = inputs
        .into_iter()
        .map(|(name, value)| (name, Input::from_api(value)));
    Ok(Node {
        class,
        inputs: inputs.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn api() -> Value {
        json!({
            "1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
            "2": {"class_type": "DDColor_Colorize", "inputs": {
                "image": ["1", 0], "model_input_size": 512, "checkpoint": "ddcolor_modelscope.pth"}},
            "3": {"class_type": "SaveImage", "inputs": {
                "images": ["2", 0], "filename_prefix": "ComfyUI"}},
        })
    }

    #[test]
    fn the_api_form_is_given_back_as_it_was_read() {
        let prompt = read(api().to_string().as_bytes()).unwrap();
        assert_eq!(prompt.to_api(), api());
        let colorize = &prompt.nodes["2"];
        assert_eq!(colorize.class, "DDColor_Colorize");
        assert_eq!(colorize.inputs["image"], Input::Link(NodeId::new("1"), 0));
    }

    #[test]
    fn a_list_that_is_a_value_is_told_from_a_link() {
        let mut api = api();
        api["2"]["inputs"]["checkpoint"] = json!({"__value__": ["1", 0]});
        let prompt = read_value(api.clone()).unwrap();
        assert_eq!(
            prompt.nodes["2"].inputs["checkpoint"],
            Input::Value(json!(["1", 0]))
        );
        assert_eq!(prompt.to_api(), api);
    }

    #[test]
    fn what_is_no_workflow_is_refused_with_what_is_wrong() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(read(text.as_bytes()).unwrap_err().to_string(), expected);
        }
        check("[]", "neither an object of nodes nor a saved editor");
        check(r#"{"1": 5}"#, "node 1 has no usable node");
        check(
            r#"{"1": {"inputs": {}}}"#,
            "node 1 has no usable class_type",
        );
        check(
            r#"{"1": {"class_type": "A", "inputs": 3}}"#,
            "node 1 has no usable inputs",
        );
        assert!(matches!(read(b"{\"1\":"), Err(Error::NotJson(_))));
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let long = vec![b' '; MAX_BYTES + 1];
        assert!(matches!(read(&long), Err(Error::TooLarge { .. })));
        let nodes = (0..=MAX_NODES).map(|id| (id.to_string(), json!({"class_type": "A"})));
        let many = Value::Object(nodes.collect());
        assert!(matches!(read_value(many), Err(Error::TooManyNodes { .. })));
        let dense = format!("[{}0]", "0,".repeat(MAX_VALUES));
        assert!(matches!(
            read(dense.as_bytes()),
            Err(Error::TooManyValues { .. })
        ));
        let deep = "[".repeat(1000);
        assert!(matches!(read(deep.as_bytes()), Err(Error::NotJson(_))));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "[a-z_]{0,12}".prop_map(Value::from),
            Just(json!("LoadImage")),
            Just(json!("IMAGE")),
        ];
        let key = prop_oneof![
            Just("nodes".to_owned()),
            Just("links".to_owned()),
            Just("id".to_owned()),
            Just("type".to_owned()),
            Just("inputs".to_owned()),
            Just("widgets_values".to_owned()),
            Just("class_type".to_owned()),
            "[0-9]{1,2}",
        ];
        leaf.prop_recursive(4, 64, 8, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                prop::collection::hash_map(key.clone(), inner, 0..8)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_what_is_read_is_stable(value in any_json()) {
            if let Ok(prompt) = read_value(value) {
                prop_assert_eq!(read_value(prompt.to_api()).unwrap(), prompt);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
