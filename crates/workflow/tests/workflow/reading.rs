//! What is read of the editor's form, whatever is drawn on the canvas.

use proptest::prelude::*;
use serde_json::{Value, json};
use tintype_workflow::{InputKind, read_value};

use crate::support::{World, colorize, load, save, scale, types};

/// How a canvas may write down the same workflow.
#[derive(Debug, Clone, Copy)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a choice of its own, and all sixteen are drawn"
)]
struct Style {
    /// Every link goes through a reroute.
    with_reroutes: bool,
    /// Links are objects, as in newer files.
    with_object_links: bool,
    /// What is typed is listed among the inputs, as in newer files.
    with_widget_slots: bool,
    /// What is typed is kept by name instead of by place.
    with_named_values: bool,
}

fn any_style() -> impl Strategy<Value = Style> {
    any::<[bool; 4]>().prop_map(|[a, b, c, d]| Style {
        with_reroutes: a,
        with_object_links: b,
        with_widget_slots: c,
        with_named_values: d,
    })
}

/// Draws a workflow, given in the API form, on a canvas.
fn draw(api: &Value, style: Style) -> Value {
    let types = types();
    let (mut nodes, mut links) = (Vec::new(), Vec::new());
    let mut reroutes = Vec::new();
    let mut add = |from: u64, slot: &Value, to: u64| -> usize {
        let id = links.len() + 1;
        links.push(if style.with_object_links {
            json!({"id": id, "origin_id": from, "origin_slot": slot, "target_id": to,
                "target_slot": 0, "type": "IMAGE"})
        } else {
            json!([id, from, slot, to, 0, "IMAGE"])
        });
        id
    };
    for (id, node) in api.as_object().unwrap() {
        let id: u64 = id.parse().unwrap();
        let class = types.iter().find(|t| node["class_type"] == t.class);
        let (mut inputs, mut values) = (Vec::new(), Vec::new());
        let mut named = json!({});
        for input in &class.unwrap().inputs {
            let Some(given) = node["inputs"].get(input.name) else {
                continue;
            };
            if let InputKind::Wire(wire) = &input.kind {
                let from = given[0].as_str().unwrap().parse().unwrap();
                let link = if style.with_reroutes {
                    let reroute = 1000 + reroutes.len() as u64;
                    let link = add(from, &given[1], reroute);
                    reroutes.push(json!({"id": reroute, "type": "Reroute",
                        "inputs": [{"name": "", "type": "*", "link": link}],
                        "outputs": [{"name": "", "type": "IMAGE"}]}));
                    add(reroute, &json!(0), id)
                } else {
                    add(from, &given[1], id)
                };
                inputs.push(json!({"name": input.name, "type": wire.as_str(), "link": link}));
                continue;
            }
            if style.with_widget_slots {
                inputs.push(json!({"name": input.name, "type": input.kind.as_str(),
                    "link": null, "widget": {"name": input.name}}));
            }
            values.push(given.clone());
            named[input.name] = given.clone();
        }
        let values = if style.with_named_values {
            named
        } else {
            values.into()
        };
        nodes.push(
            json!({"id": id, "type": node["class_type"], "mode": 0, "inputs": inputs,
            "widgets_values": values}),
        );
    }
    nodes.extend(reroutes);
    json!({"nodes": nodes, "links": links, "version": 0.4})
}

/// What may be typed where a value goes; some of it looks like what it is not.
fn any_typed() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(512)),
        Just(json!("a.png")),
        Just(json!("image")),
        Just(json!(["1", 0])),
        Just(json!({"__value__": 3})),
        Just(json!(null)),
    ]
}

/// A node of a canvas on which anything may be wired to anything.
fn any_node() -> impl Strategy<Value = Value> {
    let class = prop::sample::select(vec![
        "LoadImage",
        "ImageScale",
        "DDColor_Colorize",
        "SaveImage",
        "PreviewImage",
        "Reroute",
        "PrimitiveNode",
        "Note",
        "KSampler",
    ]);
    let input = prop::sample::select(vec!["image", "images", "model_input_size", "width"]);
    let slot = (input, 0..9_u8, any::<bool>()).prop_map(|(name, link, is_widget)| {
        let mut slot = json!({"name": name, "type": "IMAGE", "link": link});
        if is_widget {
            slot["type"] = json!("INT");
            slot["widget"] = json!({"name": name});
        }
        slot
    });
    (
        class,
        prop::sample::select(vec![0, 2, 4]),
        prop::collection::vec(slot, 0..4),
        prop::collection::vec(any_typed(), 0..6),
    )
        .prop_map(|(class, mode, inputs, typed)| {
            json!({"type": class, "mode": mode, "inputs": inputs, "widgets_values": typed,
                "outputs": [{"name": "IMAGE", "type": "IMAGE"}, {"name": "MASK", "type": "MASK"}]})
        })
}

fn any_canvas() -> impl Strategy<Value = Value> {
    let link = (0..9_u8, 0..9_u8, 0..3_u8);
    let nodes = prop::collection::vec(any_node(), 1..8);
    (nodes, prop::collection::vec(link, 0..9)).prop_map(|(mut nodes, links)| {
        for (id, node) in nodes.iter_mut().enumerate() {
            node["id"] = json!(id);
        }
        let links = links.iter().map(|(id, from, slot)| json!([id, from, slot]));
        json!({"nodes": nodes, "links": links.collect::<Vec<_>>()})
    })
}

proptest! {
    #[test]
    fn a_workflow_is_the_same_however_it_is_drawn(
        style in any_style(), size in 1..=128_u32, width in 0..100_u32,
    ) {
        let mut tuned = colorize("1");
        tuned["inputs"]["model_input_size"] = json!(32 * size);
        tuned["inputs"]["geometry"] = json!("fit");
        let mut jpeg = save("4", "small");
        jpeg["inputs"]["format"] = json!("jpeg");
        jpeg["inputs"]["quality"] = json!(80);
        let api = json!({
            "1": load("a.png"), "2": tuned, "3": save("2", "big"), "4": scale("2", width, 7),
            "5": jpeg, "6": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
        });
        let drawn = read_value(draw(&api, style)).unwrap();
        prop_assert_eq!(drawn.to_api(), api);
    }

    #[test]
    fn any_canvas_is_read_stably_and_runs_if_it_is_in_order(canvas in any_canvas()) {
        let prompt = read_value(canvas).unwrap();
        let api = prompt.to_api();
        prop_assert_eq!(read_value(api.clone()).unwrap(), prompt);
        let mut world = World::new();
        if world.check(&api).is_ok() {
            prop_assert!(world.run(&api).1.is_ok());
        }
    }
}
