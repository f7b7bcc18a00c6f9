//! What running a graph does and tells.

use serde_json::{Value, json};
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

/// What coloring `a.png` alone takes: the photo (1200 bytes) and the result twice (2 x 3600), with the
/// engine's margins.
const COLORING_BYTES: u64 = (96 << 20) + (8400 * 11) / 10;

/// `b.png` (400 bytes) is held back while `a.png` is colored, if `late` is saved from it.
fn two_photos(late: bool) -> Value {
    let mut workflow = json!({
        "1": load("b.png"), "2": save("1", "early"),
        "3": load("a.png"), "4": colorize("3"), "5": save("4", "out"),
    });
    if late {
        workflow["6"] = save("1", "late");
    }
    workflow
}

#[test]
fn photos_that_wait_for_a_reader_count_for_the_memory() {
    let mut world = World::new();
    world.available_bytes = Some(COLORING_BYTES + 399);
    let error = world.run(&two_photos(true)).1.unwrap_err();
    assert_eq!(error.node.as_str(), "4");
    assert_eq!(error.error.code(), ErrorCode::OutOfMemory);
    assert_eq!(error.subject.as_deref(), Some("a.png"));
    assert!(world.written().is_empty());

    world.available_bytes = Some(COLORING_BYTES + 400);
    assert_eq!(world.run(&two_photos(true)).1.unwrap().len(), 3);
}

#[test]
fn a_photo_without_readers_is_let_go() {
    let mut world = World::new();
    world.available_bytes = Some(COLORING_BYTES);
    assert_eq!(world.run(&two_photos(false)).1.unwrap().len(), 2);
}

#[test]
fn a_scale_that_does_not_fit_is_refused_before_anything_is_saved() {
    let mut world = World::new();
    world.available_bytes = Some(1_000_000);
    let workflow = json!({
        "1": load("a.png"), "2": save("1", "gray"), "3": scale("1", 2000, 0), "4": save("3", "out"),
    });
    let (events, result) = world.run(&workflow);
    let error = result.unwrap_err();
    assert_eq!((error.node.as_str(), error.class), ("3", "ImageScale"));
    assert_eq!(error.error.code(), ErrorCode::OutOfMemory);
    assert_eq!(error.subject.as_deref(), Some("a.png"));
    assert!(events.is_empty() && world.written().is_empty());
}

#[test]
fn two_photos_go_through_two_networks_of_one_workflow() {
    let mut world = World::new();
    let workflow = json!({
        "1": load("a.png"), "2": load("b.png"), "3": colorize("1"), "4": colorize("2"),
        "5": save("3", "a"), "6": save("4", "b"), "7": colorize("3"), "8": save("7", "twice"),
    });
    assert_eq!(world.run(&workflow).1.unwrap().len(), 3);
    assert_eq!(world.network_runs(), 3);
    assert_eq!(world.size_of("a_1.png"), (40, 30));
    assert_eq!(world.size_of("b_1.png"), (20, 20));
    assert_eq!(world.size_of("twice_1.png"), (40, 30));
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
