//! Classes of nodes, and what is wrong with nodes.

use serde_json::{Map, Value, json};
use tintype_protocol::NodeErrors;
use tintype_workflow::{InputKind, InputType, NodeType, Rejection};

/// A class of nodes under its name, as `GET /object_info` has it.
pub(crate) fn node_type(class: &NodeType) -> (String, Value) {
    let inputs = |is_required: bool| -> Map<String, Value> {
        let inputs = class.inputs.iter();
        let chosen = inputs.filter(|input| input.is_required == is_required);
        chosen
            .map(|input| (input.name.to_owned(), input_config(input)))
            .collect()
    };
    let order = |is_required: bool| -> Vec<&str> {
        let inputs = class.inputs.iter();
        let chosen = inputs.filter(|input| input.is_required == is_required);
        chosen.map(|input| input.name).collect()
    };
    let (required, optional) = (inputs(true), inputs(false));
    let (mut input, mut input_order) = (
        json!({"required": required}),
        json!({"required": order(true)}),
    );
    if !optional.is_empty() {
        input["optional"] = optional.into();
        input_order["optional"] = json!(order(false));
    }
    let wires: Vec<_> = class.outputs.iter().map(|o| o.wire.as_str()).collect();
    let names: Vec<_> = class.outputs.iter().map(|o| o.name).collect();
    let entry = json!({
        "input": input,
        "input_order": input_order,
        "output": wires,
        "output_is_list": vec![false; wires.len()],
        "output_name": names,
        "name": class.class,
        "display_name": class.display_name,
        "description": class.description,
        "python_module": "nodes",
        "category": class.category,
        "output_node": class.is_output,
    });
    (class.class.to_owned(), entry)
}

/// `[type, options]`; for a choice, the type is the list of choices.
fn input_config(input: &InputType) -> Value {
    let tooltip = input.tooltip;
    match &input.kind {
        InputKind::Wire(wire) => json!([wire.as_str(), {"tooltip": tooltip}]),
        InputKind::Int {
            min,
            max,
            step,
            default,
        } => json!(["INT", {
            "default": default, "min": min, "max": max, "step": step, "tooltip": tooltip,
        }]),
        InputKind::Float {
            min,
            max,
            step,
            default,
        } => json!(["FLOAT", {
            "default": default, "min": min, "max": max, "step": step, "tooltip": tooltip,
        }]),
        InputKind::Bool { default } => {
            json!(["BOOLEAN", {"default": default, "tooltip": tooltip}])
        }
        InputKind::OptionalPhoto => json!(["STRING", {"default": "", "tooltip": tooltip}]),
        InputKind::Text { default } => json!(["STRING", {"default": default, "tooltip": tooltip}]),
        InputKind::Choice { options } => json!([options, {
            "default": options.first(), "tooltip": tooltip,
        }]),
        InputKind::Photo { names } => json!([names, {"image_upload": true, "tooltip": tooltip}]),
    }
}

/// What is wrong with each node, with what the input at fault takes.
pub(crate) fn node_errors(rejection: &Rejection, types: &[NodeType]) -> NodeErrors {
    let mut errors = tintype_jobs::node_errors(rejection);
    for node in errors.values_mut() {
        let class = types.iter().find(|class| class.class == node.class_type);
        for error in &mut node.errors {
            let input = class
                .into_iter()
                .flat_map(|class| &class.inputs)
                .find(|input| input.name == error.details);
            if let Some(input) = input {
                let config = input_config(input);
                error.extra_info.insert("input_config".to_owned(), config);
            }
        }
    }
    errors
}
