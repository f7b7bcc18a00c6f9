//! What running a graph does and tells.

use serde_json::json;
use tintype_engine::Stage;
use tintype_protocol::{ErrorCode, NodeId};
use tintype_workflow::Event;

use crate::support::{World, colorize, load, plain, save, scale};

/// The starts and ends of nodes, in order.
fn milestones(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .filter_map(|event| match event {
            Event::NodeStarted(node) => Some(format!("{node}+")),
            Event::NodeEnded { node, outputs } => Some(format!("{node}-{}", outputs.len())),
            Event::Planned(_) | Event::Stage { .. } => None,
        })
        .collect()
}

#[test]
fn a_photo_goes_from_node_to_node_and_becomes_a_picture() {
    let mut world = World::new();
    let (events, result) = world.run(&plain());
    let outputs = result.unwrap();
    assert_eq!(outputs[&NodeId::new("3")][0].filename, "out_1.png");
    assert_eq!(world.size_of("out_1.png"), (40, 30));
    assert_eq!(milestones(&events), ["1+", "1-0", "2+", "2-0", "3+", "3-1"]);
}

#[test]
fn what_is_to_come_is_told_first_and_names_every_stage_that_will_be() {
    let mut world = World::new();
    let (events, _) = world.run(&plain());
    let Event::Planned(plans) = &events[0] else {
        panic!("{:?}", events[0])
    };
    let stages = |node: usize| -> Vec<Stage> {
        let expected = &plans[node].expected;
        Stage::ALL
            .into_iter()
            .filter(|s| !expected.get(*s).is_zero())
            .collect()
    };
    assert_eq!(stages(0), [Stage::Load]);
    assert_eq!(
        stages(1),
        [Stage::Preprocess, Stage::Inference, Stage::Postprocess]
    );
    assert_eq!(stages(2), [Stage::Save]);
    assert_eq!(plans[1].key, "orange cpu fp32");
}

#[test]
fn a_photo_may_be_read_by_many_and_is_loaded_once() {
    let mut world = World::new();
    let workflow = json!({
        "1": load("a.png"), "2": colorize("1"), "3": save("2", "big"),
        "4": scale("2", 10, 0), "5": save("4", "small"), "6": save("1", "gray"),
        "7": {"class_type": "PreviewImage", "inputs": {"images": ["2", 0]}},
    });
    let (events, result) = world.run(&workflow);
    assert_eq!(result.unwrap().len(), 4);
    assert_eq!(world.network_runs(), 1);
    assert_eq!(world.size_of("big_1.png"), (40, 30));
    assert_eq!(world.size_of("small_1.png"), (10, 8));
    let loads = events.iter().filter(|event| {
        matches!(
            event,
            Event::Stage {
                event: tintype_engine::Event::Started(Stage::Load),
                ..
            }
        )
    });
    assert_eq!(loads.count(), 1);
}

#[test]
fn the_format_is_the_nodes_own() {
    let mut world = World::new();
    let mut workflow = plain();
    workflow["3"]["inputs"]["format"] = json!("jpeg");
    workflow["3"]["inputs"]["quality"] = json!(80);
    world.run(&workflow).1.unwrap();
    let bytes = std::fs::read(world.root.path().join("out_1.jpg")).unwrap();
    assert_eq!(
        image::guess_format(&bytes).unwrap(),
        image::ImageFormat::Jpeg
    );
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_done() {
    let mut world = World::new().hungry();
    let workflow = json!({
        "1": load("a.png"), "2": save("1", "gray"), "3": colorize("1"), "4": save("3", "out"),
    });
    let (events, result) = world.run(&workflow);
    let error = result.unwrap_err();
    assert_eq!(
        (error.node.as_str(), error.class),
        ("3", "DDColor_Colorize")
    );
    assert_eq!(error.error.code(), ErrorCode::OutOfMemory);
    assert!(events.is_empty() && world.written().is_empty());
}

#[test]
fn a_model_that_is_not_there_is_named_by_its_node() {
    let mut world = World::new();
    let mut workflow = plain();
    workflow["2"]["inputs"]["checkpoint"] = json!("ddcolor_paper.pth");
    let error = world.run(&workflow).1.unwrap_err();
    assert_eq!(error.node.as_str(), "2");
    assert_eq!(error.error.code(), ErrorCode::ModelMissing);
}

#[test]
fn a_damaged_photo_is_named_by_its_node_and_its_file() {
    let mut world = World::new();
    let path = world.root.path().join("a.png");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 30]).unwrap();
    let error = world.run(&plain()).1.unwrap_err();
    assert_eq!(
        (error.node.as_str(), error.subject.as_deref()),
        ("1", Some("a.png"))
    );
    assert_eq!(error.error.code(), ErrorCode::ImageCorrupt);
}

#[test]
fn between_two_nodes_it_can_be_stopped_and_what_is_done_is_kept() {
    let mut world = World::new();
    world.cancel_after = Some("2");
    let workflow = json!({
        "1": load("a.png"), "2": save("1", "gray"), "3": colorize("1"), "4": save("3", "out"),
    });
    let (events, result) = world.run(&workflow);
    assert_eq!(result.unwrap_err().error.code(), ErrorCode::Cancelled);
    assert_eq!(world.written(), ["gray_1.png"]);
    assert_eq!(milestones(&events), ["1+", "1-0", "2+", "2-1", "3+"]);
}
