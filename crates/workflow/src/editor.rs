//! The editor's form: what ComfyUI saves of its canvas, turned into what it would send to run.
//!
//! The editor itself does the same before it queues a workflow: notes are left out, reroutes and
//! primitives are seen through, muted nodes are left out with what hangs on them, bypassed nodes are
//! replaced by their input of the same type.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};
use tintype_protocol::NodeId;

use crate::prompt::id_of;
use crate::{Error, Input, InputKind, MAX_NODES, Node, Prompt, node_types};

/// Nodes that say something to people only.
const NOTES: [&str; 2] = ["Note", "MarkdownNote"];
const REROUTE: &str = "Reroute";
const PRIMITIVE: &str = "PrimitiveNode";
/// `LiteGraph`'s modes of nodes that do not run.
const MUTED: i64 = 2;
const BYPASSED: i64 = 4;

/// Where a link comes from: a node and its output.
type Origin = (NodeId, usize);

/// A node as it is saved.
struct SavedNode<'a> {
    class: &'a str,
    mode: i64,
    inputs: Vec<Slot<'a>>,
    /// What each output gives.
    outputs: Vec<&'a str>,
    widgets: &'a Value,
}

/// An input as it is saved.
struct Slot<'a> {
    name: &'a str,
    wire: &'a str,
    link: Option<i64>,
    is_widget: bool,
}

/// A canvas.
struct Canvas<'a> {
    nodes: BTreeMap<NodeId, SavedNode<'a>>,
    links: HashMap<i64, Origin>,
}

pub(crate) fn read_editor(fields: &Map<String, Value>) -> Result<Prompt, Error> {
    let saved = fields.get("nodes").and_then(Value::as_array);
    let saved = saved.ok_or(Error::NotAWorkflow)?;
    if saved.len() > MAX_NODES {
        return Err(Error::TooManyNodes { nodes: saved.len() });
    }
    let mut nodes = BTreeMap::new();
    for (index, node) in saved.iter().enumerate() {
        let (id, node) = read_node(index, node)?;
        // Of two nodes by one name, links could mean either.
        if nodes.insert(id.clone(), node).is_some() {
            return Err(Error::BadNode {
                node: id,
                field: "id of its own",
            });
        }
    }
    let canvas = Canvas {
        nodes,
        links: fields
            .get("links")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(read_link)
            .collect(),
    };
    let running = canvas.nodes.iter().filter(|(_, node)| node.runs());
    Ok(Prompt {
        nodes: running
            .map(|(id, node)| (id.clone(), canvas.to_node(node)))
            .collect(),
    })
}

fn read_node(index: usize, value: &Value) -> Result<(NodeId, SavedNode<'_>), Error> {
    let id = value.get("id").and_then(id_of);
    let bad = |field| Error::BadNode {
        node: id.clone().unwrap_or_else(|| NodeId::new(index.to_string())),
        field,
    };
    let class = value.get("type").and_then(Value::as_str);
    let list = |name: &str| {
        value
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let node = SavedNode {
        class: class.ok_or_else(|| bad("type"))?,
        mode: value.get("mode").and_then(Value::as_i64).unwrap_or(0),
        inputs: list("inputs").map(read_slot).collect(),
        outputs: list("outputs").map(|output| text(output, "type")).collect(),
        widgets: value.get("widgets_values").unwrap_or(&Value::Null),
    };
    Ok((id.clone().ok_or_else(|| bad("id"))?, node))
}

fn read_slot(value: &Value) -> Slot<'_> {
    Slot {
        name: text(value, "name"),
        wire: text(value, "type"),
        link: value.get("link").and_then(Value::as_i64),
        is_widget: value.get("widget").is_some_and(Value::is_object),
    }
}

/// Links are lists (`[id, from, output, to, input, type]`), or objects in newer files.
fn read_link(value: &Value) -> Option<(i64, Origin)> {
    let field = |index: usize, name: &str| match value {
        Value::Array(parts) => parts.get(index),
        value => value.get(name),
    };
    let link = field(0, "id")?.as_i64()?;
    let from = id_of(field(1, "origin_id")?)?;
    let slot = field(2, "origin_slot")?.as_u64()?;
    Some((link, (from, usize::try_from(slot).ok()?)))
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

impl SavedNode<'_> {
    /// Whether it is something that the server runs, rather than the editor.
    fn runs(&self) -> bool {
        let is_editors_own =
            NOTES.contains(&self.class) || self.class == REROUTE || self.class == PRIMITIVE;
        !is_editors_own && self.mode != MUTED && self.mode != BYPASSED
    }

    /// The values that were typed into it, by the names of its inputs.
    fn widgets(&self) -> BTreeMap<String, Value> {
        match self.widgets {
            Value::Object(values) => values
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            Value::Array(values) => self
                .widget_names()
                .into_iter()
                .zip(values.iter().cloned())
                .collect(),
            _ => BTreeMap::new(),
        }
    }

    /// The inputs that are typed rather than connected, in the order in which their values are saved.
    /// Newer files list them; for older ones the class is asked. Values beyond them, such as that of
    /// the upload button, belong to no input.
    fn widget_names(&self) -> Vec<String> {
        let of_class: Vec<String> = node_types(Vec::new(), Vec::new())
            .into_iter()
            .filter(|known| known.class == self.class)
            .flat_map(|known| known.inputs)
            .filter(|input| !matches!(input.kind, InputKind::Wire(_)))
            .map(|input| input.name.to_owned())
            .collect();
        let listed = self.inputs.iter().filter(|input| input.is_widget);
        let listed: Vec<String> = listed.map(|input| input.name.to_owned()).collect();
        // A file may list only those that were made into connections.
        if listed.len() > of_class.len() || of_class.is_empty() {
            listed
        } else {
            of_class
        }
    }
}

impl Canvas<'_> {
    fn to_node(&self, node: &SavedNode) -> Node {
        let typed = node.widgets().into_iter();
        let mut inputs: BTreeMap<String, Input> = typed
            .map(|(name, value)| (name, Input::Value(value)))
            .collect();
        for slot in &node.inputs {
            let Some(link) = slot.link else {
                continue;
            };
            // What is connected counts for more than what was typed.
            match self.follow(link, slot.wire) {
                Some(input) => inputs.insert(slot.name.to_owned(), input),
                None => inputs.remove(slot.name),
            };
        }
        Node {
            class: node.class.to_owned(),
            inputs,
        }
    }

    /// What a link brings once everything that is the editor's own is seen through; none if it comes
    /// from nowhere.
    fn follow(&self, link: i64, wire: &str) -> Option<Input> {
        let mut seen = BTreeSet::new();
        let mut link = link;
        // A canvas may be wired into a ring of reroutes.
        while seen.insert(link) {
            let (id, slot) = self.links.get(&link)?;
            let node = self.nodes.get(id)?;
            // What is the editor's own can't be muted: the editor sees through it all the same.
            link = match (node.class, node.mode) {
                (PRIMITIVE, _) => {
                    let value = match node.widgets {
                        Value::Array(values) => values.first()?,
                        Value::Object(values) => values.get("value")?,
                        _ => return None,
                    };
                    return Some(Input::Value(value.clone()));
                }
                (REROUTE, _) => node.inputs.first()?.link?,
                (_, MUTED) => return None,
                (_, BYPASSED) => {
                    let given = node.outputs.get(*slot).copied().unwrap_or(wire);
                    let through = node
                        .inputs
                        .iter()
                        .filter(|input| input.link.is_some() && input.wire == given);
                    through.map(|input| input.link).next()??
                }
                _ => return Some(Input::Link(id.clone(), *slot)),
            };
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::read_value;
    use serde_json::{Value, json};

    /// `LoadImage` (1) -> ... -> `SaveImage` (3), with `middle` in between.
    fn canvas(middle: &Value, links: &Value) -> Value {
        json!({
            "nodes": [
                {"id": 1, "type": "LoadImage", "mode": 0,
                 "outputs": [{"name": "IMAGE", "type": "IMAGE"}, {"name": "MASK", "type": "MASK"}],
                 "widgets_values": ["a.png", "image"]},
                middle,
                {"id": 3, "type": "SaveImage",
                 "inputs": [{"name": "images", "type": "IMAGE", "link": 2}],
                 "widgets_values": ["out"]},
                {"id": 9, "type": "MarkdownNote", "widgets_values": ["Read me."]},
            ],
            "links": links,
        })
    }

    fn colorize(mode: i64) -> Value {
        json!({"id": 2, "type": "DDColor_Colorize", "mode": mode,
            "inputs": [{"name": "image", "type": "IMAGE", "link": 1}],
            "outputs": [{"name": "IMAGE", "type": "IMAGE", "links": [2]}],
            "widgets_values": [512, "ddcolor_paper.pth"]})
    }

    fn links() -> Value {
        json!([[1, 1, 0, 2, 0, "IMAGE"], [2, 2, 0, 3, 0, "IMAGE"]])
    }

    #[track_caller]
    fn check(canvas: Value, expected: &Value) {
        assert_eq!(read_value(canvas).unwrap().to_api(), *expected);
    }

    fn load() -> Value {
        json!({"class_type": "LoadImage", "inputs": {"image": "a.png"}})
    }

    fn save(from: &str) -> Value {
        json!({"class_type": "SaveImage", "inputs": {
            "images": [from, 0], "filename_prefix": "out"}})
    }

    #[test]
    fn typed_values_and_connections_become_inputs_and_notes_nothing() {
        let expected = json!({
            "1": load(),
            "2": {"class_type": "DDColor_Colorize", "inputs": {
                "image": ["1", 0], "model_input_size": 512, "checkpoint": "ddcolor_paper.pth"}},
            "3": save("2"),
        });
        check(canvas(&colorize(0), &links()), &expected);
        let objects = json!([
            {"id": 1, "origin_id": 1, "origin_slot": 0, "target_id": 2, "target_slot": 0},
            {"id": 2, "origin_id": 2, "origin_slot": 0, "target_id": 3, "target_slot": 0},
        ]);
        check(canvas(&colorize(0), &objects), &expected);
        let mut named = colorize(0);
        named["widgets_values"] =
            json!({"checkpoint": "ddcolor_paper.pth", "model_input_size": 512});
        check(canvas(&named, &links()), &expected);
    }

    #[test]
    fn a_bypassed_node_is_seen_through_and_a_muted_one_cuts_the_way() {
        check(
            canvas(&colorize(4), &links()),
            &json!({"1": load(), "3": save("1")}),
        );
        check(
            canvas(&colorize(2), &links()),
            &json!({"1": load(), "3": {"class_type": "SaveImage", "inputs": {"filename_prefix": "out"}}}),
        );
    }

    #[test]
    fn reroutes_are_seen_through_and_rings_of_them_end() {
        let reroute = |link: i64| {
            json!({"id": 2, "type": "Reroute",
                "inputs": [{"name": "", "type": "*", "link": link}],
                "outputs": [{"name": "", "type": "IMAGE", "links": [2]}]})
        };
        check(
            canvas(&reroute(1), &links()),
            &json!({"1": load(), "3": save("1")}),
        );
        let mut muted = reroute(1);
        muted["mode"] = json!(2);
        check(
            canvas(&muted, &links()),
            &json!({"1": load(), "3": save("1")}),
        );
        check(
            canvas(&reroute(2), &links()),
            &json!({"1": load(), "3": {"class_type": "SaveImage", "inputs": {"filename_prefix": "out"}}}),
        );
    }

    #[test]
    fn a_primitive_gives_its_value() {
        let mut colorize = colorize(0);
        colorize["inputs"] = json!([
            {"name": "image", "type": "IMAGE", "link": 1},
            {"name": "model_input_size", "type": "INT", "link": 3, "widget": {"name": "model_input_size"}},
        ]);
        let mut links = links();
        links
            .as_array_mut()
            .unwrap()
            .push(json!([3, 4, 0, 2, 1, "INT"]));
        let mut canvas = canvas(&colorize, &links);
        canvas["nodes"].as_array_mut().unwrap().push(json!(
            {"id": 4, "type": "PrimitiveNode", "widgets_values": [640, "fixed"]}));
        let api = read_value(canvas).unwrap().to_api();
        assert_eq!(api["2"]["inputs"]["model_input_size"], 640);
        assert_eq!(api["2"]["inputs"]["checkpoint"], "ddcolor_paper.pth");
    }

    #[test]
    fn a_node_without_an_id_or_a_type_is_named_by_its_place() {
        let message = |node: Value| {
            let canvas = json!({"nodes": [node]});
            read_value(canvas).unwrap_err().to_string()
        };
        assert_eq!(message(json!({"type": "Note"})), "node 0 has no usable id");
        assert_eq!(message(json!({"id": 7})), "node 7 has no usable type");
    }

    #[test]
    fn two_nodes_by_one_id_are_refused() {
        let mut twice = canvas(&colorize(0), &links());
        twice["nodes"][2]["id"] = json!("1");
        assert_eq!(
            read_value(twice).unwrap_err().to_string(),
            "node 1 has no usable id of its own"
        );
    }
}
