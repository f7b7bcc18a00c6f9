//! What is refused, and how.

use proptest::prelude::*;
use serde_json::{Value, json};
use tintype_protocol::NodeId;
use tintype_workflow::{InputKind, Rejection, RejectionKind};

use crate::support::{World, colorize, load, plain, save, scale, types};

fn kinds(rejection: &Rejection, node: &str) -> Vec<&'static str> {
    let faults = &rejection.nodes[&NodeId::new(node)].faults;
    faults.iter().map(tintype_workflow::Fault::kind).collect()
}

/// Sets one input of node 2 of the plain graph, and expects one fault of it.
#[track_caller]
fn check_input(name: &str, value: Value, expected: &str) {
    let world = World::new();
    let mut workflow = plain();
    workflow["2"]["inputs"][name] = value;
    let rejection = world.check(&workflow).unwrap_err();
    assert_eq!(rejection.kind, RejectionKind::OutputsFailedValidation);
    assert_eq!(rejection.nodes.len(), 1, "{rejection:?}");
    assert_eq!(kinds(&rejection, "2"), [expected]);
    let node = &rejection.nodes[&NodeId::new("2")];
    assert_eq!(node.faults[0].input(), Some(name));
    assert_eq!(node.dependent_outputs, [NodeId::new("3")]);
}

#[test]
fn the_public_graph_is_in_order() {
    let graph = World::new().check(&plain()).unwrap();
    let order: Vec<_> = graph
        .steps()
        .iter()
        .map(|s| s.node.as_str().to_owned())
        .collect();
    assert_eq!(order, ["1", "2", "3"]);
    assert_eq!(graph.outputs(), [NodeId::new("3")]);
}

#[test]
fn each_wrong_input_is_named_as_comfyui_names_it() {
    check_input("model_input_size", json!(31), "value_smaller_than_min");
    check_input("model_input_size", json!(5000), "value_bigger_than_max");
    check_input("model_input_size", json!(500), "custom_validation_failed");
    check_input("model_input_size", json!(1e300), "value_bigger_than_max");
    let huge = "-99999999999999999999";
    check_input("model_input_size", json!(huge), "value_smaller_than_min");
    check_input("model_input_size", json!("large"), "invalid_input_type");
    check_input("model_input_size", json!([512]), "invalid_input_type");
    check_input("model_input_size", json!(["1", 0]), "return_type_mismatch");
    check_input("checkpoint", json!("nonesuch"), "value_not_in_list");
    check_input("checkpoint", json!(5), "value_not_in_list");
    check_input("image", json!("a.png"), "bad_linked_input");
    check_input("image", json!(["1"]), "bad_linked_input");
    check_input("image", json!(["77", 0]), "bad_linked_input");
    check_input("image", json!(["1", 9]), "bad_linked_input");
    check_input("image", json!(["1", 1]), "return_type_mismatch");
    check_input("strength", json!(2.5), "value_bigger_than_max");
    check_input("geometry", json!("round"), "value_not_in_list");
}

#[test]
fn numbers_in_text_are_numbers_as_in_comfyui() {
    let world = World::new();
    let mut workflow = plain();
    workflow["2"]["inputs"]["model_input_size"] = json!("64");
    workflow["2"]["inputs"]["strength"] = json!("0.5");
    assert!(world.check(&workflow).is_ok());
}

#[test]
fn what_is_missing_is_named() {
    let world = World::new();
    let mut workflow = plain();
    workflow["2"]["inputs"] = json!({});
    let rejection = world.check(&workflow).unwrap_err();
    assert_eq!(kinds(&rejection, "2"), ["required_input_missing"; 3]);
}

#[test]
fn all_faults_of_all_nodes_are_told_at_once() {
    let world = World::new();
    let workflow = json!({
        "1": load("missing.png"), "2": colorize("1"),
        "3": save("2", "x"), "4": save("1", "y"), "5": {"class_type": "SaveImage", "inputs": {}},
    });
    let rejection = world.check(&workflow).unwrap_err();
    assert_eq!(kinds(&rejection, "1"), ["custom_validation_failed"]);
    let outputs = &rejection.nodes[&NodeId::new("1")].dependent_outputs;
    assert_eq!(*outputs, [NodeId::new("3"), NodeId::new("4")]);
    assert_eq!(kinds(&rejection, "5"), ["required_input_missing"; 2]);
    assert_eq!(rejection.nodes.len(), 2);
}

#[test]
fn a_class_that_is_not_known_is_refused_wherever_it_is() {
    let world = World::new();
    let mut workflow = plain();
    workflow["8"] = json!({"class_type": "KSampler", "inputs": {}});
    let rejection = world.check(&workflow).unwrap_err();
    assert_eq!(rejection.kind, RejectionKind::InvalidPrompt);
    assert_eq!(kinds(&rejection, "8"), ["invalid_prompt"]);
}

#[test]
fn a_workflow_without_outputs_is_refused() {
    let world = World::new();
    for workflow in [json!({}), json!({"1": load("a.png"), "2": colorize("1")})] {
        let rejection = world.check(&workflow).unwrap_err();
        assert_eq!(rejection.kind, RejectionKind::NoOutputs);
    }
}

#[test]
fn nodes_that_wait_for_each_other_are_named() {
    let world = World::new();
    let workflow = json!({
        "2": colorize("4"), "4": scale("2", 8, 8), "3": save("2", "out"), "5": save("4", "out"),
    });
    let rejection = world.check(&workflow).unwrap_err();
    let cycles: Vec<_> = rejection
        .nodes
        .iter()
        .filter(|(_, n)| !n.faults.is_empty())
        .collect();
    assert_eq!(cycles.len(), 1, "{rejection:?}");
    assert_eq!(cycles[0].1.faults[0].kind(), "dependency_cycle");
    let own = json!({"2": colorize("2"), "3": save("2", "out")});
    assert_eq!(
        kinds(&world.check(&own).unwrap_err(), "2"),
        ["dependency_cycle"]
    );
}

#[test]
fn an_input_that_a_class_does_not_have_is_not_looked_at() {
    let world = World::new();
    let mut workflow = plain();
    workflow["1"]["inputs"]["after"] = json!(["3", 0]);
    workflow["3"]["inputs"]["with"] = json!(["8", 0]);
    workflow["8"] = load("missing.png");
    assert_eq!(world.check(&workflow).unwrap().steps().len(), 3);
}

#[test]
fn every_value_that_the_table_offers_is_taken() {
    let world = World::new();
    for class in types() {
        for input in &class.inputs {
            let values: Vec<Value> = match &input.kind {
                InputKind::Wire(_) => vec![json!(["1", 0])],
                InputKind::Int {
                    min, max, default, ..
                } => {
                    vec![json!(min), json!(max), json!(default)]
                }
                InputKind::Float {
                    min, max, default, ..
                } => {
                    vec![json!(min), json!(max), json!(default)]
                }
                InputKind::Bool { .. } => vec![json!(true), json!(false)],
                InputKind::OptionalPhoto => vec![json!(""), json!("a.png")],
                InputKind::Text { default } => vec![json!(default)],
                InputKind::Choice { options } => options.iter().map(|o| json!(o)).collect(),
                InputKind::Photo { names } => names.iter().map(|n| json!(n)).collect(),
            };
            for value in values {
                let mut workflow = json!({
                    "1": load("a.png"), "2": colorize("1"), "3": scale("2", 8, 8),
                    "4": save("3", "out"), "5": {"class_type": "PreviewImage", "inputs": {"images": ["3", 0]}},
                });
                let nodes = workflow.as_object_mut().unwrap().values_mut();
                let node = nodes.into_iter().find(|n| n["class_type"] == class.class);
                node.unwrap()["inputs"][input.name] = value.clone();
                let result = world.check(&workflow);
                assert!(
                    result.is_ok(),
                    "{} {} {value}: {result:?}",
                    class.class,
                    input.name
                );
            }
        }
    }
}

#[test]
fn a_fault_names_every_output_that_hangs_on_it() {
    let world = World::new();
    let mut workflow = json!({"0": load("missing.png")});
    for id in 1..500 {
        workflow[id.to_string()] = scale(&(id - 1).to_string(), 8, 8);
    }
    for id in 500..1000 {
        workflow[id.to_string()] = save("499", "out");
    }
    let rejection = world.check(&workflow).unwrap_err();
    assert_eq!(
        rejection.nodes[&NodeId::new("0")].dependent_outputs.len(),
        500
    );
}

#[test]
fn what_no_output_needs_is_not_looked_at() {
    let world = World::new();
    let mut workflow = plain();
    workflow["7"] = load("missing.png");
    let graph = world.check(&workflow).unwrap();
    assert_eq!(graph.steps().len(), 3);
}

#[test]
fn a_chain_may_be_as_long_as_a_workflow() {
    let world = World::new();
    let mut workflow = json!({"0": load("a.png"), "out": save("998", "out")});
    for id in 1..999 {
        workflow[id.to_string()] = scale(&(id - 1).to_string(), 8, 8);
    }
    assert_eq!(world.check(&workflow).unwrap().steps().len(), 1000);
}

/// A value that an input may be given, right or wrong.
fn any_input() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0..8_u8, 0..3_u8).prop_map(|(id, slot)| json!([id.to_string(), slot])),
        Just(json!("a.png")),
        Just(json!("orange")),
        Just(json!(32)),
        Just(json!(-5)),
        Just(json!("disabled")),
        Just(json!(null)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_passes_the_check_runs(
        changes in prop::collection::vec((0..8_usize, 0..8_usize, any_input()), 0..6),
    ) {
        let mut workflow = json!({
            "0": load("a.png"), "1": load("b.png"), "2": colorize("0"), "3": scale("2", 16, 0),
            "4": colorize("3"), "5": save("4", "x"), "6": save("2", "y"), "7": save("1", "z"),
        });
        let names = ["image", "images", "model_input_size", "checkpoint", "width", "crop",
            "filename_prefix", "format"];
        for (node, input, value) in changes {
            workflow[node.to_string()]["inputs"][names[input]] = value;
        }
        let mut world = World::new();
        if world.check(&workflow).is_ok() {
            let (_, result) = world.run(&workflow);
            prop_assert!(result.is_ok(), "{:?}", result.err().map(|e| e.to_string()));
        }
    }
}
