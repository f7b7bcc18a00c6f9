//! Everything that is wrong with a workflow, before anything of it runs.
//!
//! As in ComfyUI, nodes that no output needs are not looked at. Unlike there, one fault refuses the
//! whole workflow: a batch of which half runs is worse than one that is sent again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use tintype_engine::{Options, Restoration};
use tintype_photo::{Adjustment, Keep, Merging, OutputFormat, OutputSpace, Scaling, Tone};
use tintype_protocol::{FolderKind, NodeId};

use crate::graph::{Action, Saving};
use crate::order::{needed, order};
use crate::values::{Surroundings, Values};
use crate::{
    Fault, Graph, NodeFaults, NodeType, Prompt, Rejection, RejectionKind, Step, node_types,
};

/// What there is at the moment of checking that a workflow can name.
pub trait Catalog {
    /// Whether a photo is there, by the name that `LoadImage` takes.
    fn has_image(&self, name: &str) -> bool;

    /// The names of all checkpoints.
    fn checkpoints(&self) -> Vec<String>;
}

/// The beginning of names of previews.
const PREVIEW_PREFIX: &str = "preview";

/// Checks a workflow.
///
/// # Errors
/// All there is to say against it.
pub fn check(prompt: &Prompt, catalog: &dyn Catalog) -> Result<Graph, Rejection> {
    // A photo is looked up by its name, so they are not listed.
    let types = node_types(Vec::new(), catalog.checkpoints());
    let around = Surroundings {
        prompt,
        types: &types,
        catalog,
    };
    refuse_unknown_classes(&around)?;
    let outputs = prompt.nodes.keys().filter(|id| {
        let class = around.class_of(id);
        class.is_some_and(|class| class.is_output)
    });
    let outputs: Vec<&NodeId> = outputs.collect();
    if outputs.is_empty() {
        return Err(Rejection {
            kind: RejectionKind::NoOutputs,
            nodes: BTreeMap::new(),
        });
    }
    let order = order(&around, &outputs);
    let (mut steps, mut faulty) = (Vec::new(), order.cycles);
    for id in order.nodes {
        let (Some(node), Some(class)) = (prompt.nodes.get(id), around.class_of(id)) else {
            continue;
        };
        let (values, faults) = around.read(node, class);
        match action(class, &values) {
            Some(action) if faults.is_empty() => steps.push(Step {
                node: id.clone(),
                class: class.class,
                action,
            }),
            _ => faulty.entry(id.clone()).or_default().extend(faults),
        }
    }
    if faulty.is_empty() {
        return Ok(Graph { steps });
    }
    Err(Rejection {
        kind: RejectionKind::OutputsFailedValidation,
        nodes: with_dependents(&around, &outputs, faulty),
    })
}

/// ComfyUI asks this of every node, needed or not, since it can't tell what an unknown one is.
fn refuse_unknown_classes(around: &Surroundings) -> Result<(), Rejection> {
    let nodes = around.prompt.nodes.iter();
    let unknown: BTreeMap<_, _> = nodes
        .filter(|(id, _)| around.class_of(id).is_none())
        .map(|(id, node)| {
            let faults = NodeFaults {
                class: node.class.clone(),
                faults: vec![Fault::UnknownClass],
                dependent_outputs: Vec::new(),
            };
            (id.clone(), faults)
        })
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Rejection {
        kind: RejectionKind::InvalidPrompt,
        nodes: unknown,
    })
}

/// Adds to each faulty node the outputs that need it.
fn with_dependents(
    around: &Surroundings,
    outputs: &[&NodeId],
    faulty: BTreeMap<NodeId, Vec<Fault>>,
) -> BTreeMap<NodeId, NodeFaults> {
    let needs: Vec<_> = outputs
        .iter()
        .map(|output| (*output, needed(around, output)))
        .collect();
    let with = |(id, faults): (NodeId, Vec<Fault>)| {
        let dependent = needs
            .iter()
            .filter(|(_, needed)| needed.contains(&id))
            .map(|(output, _)| (*output).clone());
        let faults = NodeFaults {
            class: around
                .prompt
                .nodes
                .get(&id)
                .map(|node| node.class.clone())
                .unwrap_or_default(),
            faults,
            dependent_outputs: dependent.collect(),
        };
        (id, faults)
    };
    faulty.into_iter().map(with).collect()
}

/// What a node of a class does; none only if an input is missing, which is a fault already.
fn action(class: &NodeType, values: &Values) -> Option<Action> {
    Some(match class.class {
        "LoadImage" => Action::Load {
            name: values.text("image")?.to_owned(),
        },
        "ImageScale" => Action::Scale {
            image: values.link("image")?,
            scaling: Scaling {
                method: values.text("upscale_method")?.parse().ok()?,
                width: u32::try_from(values.int("width")?).ok()?,
                height: u32::try_from(values.int("height")?).ok()?,
                crop: values.text("crop")?.parse().ok()?,
            },
        },
        "DDColor_Colorize" => Action::Colorize {
            image: values.link("image")?,
            options: options(values)?,
            checkpoint: values.text("checkpoint")?.to_owned(),
        },
        "SaveImage" => Action::Save {
            image: values.link("images")?,
            folder: FolderKind::Output,
            prefix: values.text("filename_prefix")?.to_owned(),
            saving: saving(values)?,
        },
        "PreviewImage" => Action::Save {
            image: values.link("images")?,
            folder: FolderKind::Temp,
            prefix: PREVIEW_PREFIX.to_owned(),
            saving: Saving::preview(),
        },
        _ => return None,
    })
}

fn options(values: &Values) -> Option<Options> {
    let defaults = Options::default();
    Some(Options {
        size: u32::try_from(values.int("model_input_size")?).ok()?,
        geometry: named(values, "geometry", defaults.geometry)?,
        restoration: restoration(values, &defaults.restoration),
        merging: merging(values, &defaults.merging)?,
    })
}

fn restoration(values: &Values, defaults: &Restoration) -> Restoration {
    let number = |name, default| values.float(name).map_or(default, |value| value as f32);
    let mask = values.text("defects").filter(|name| !name.is_empty());
    Restoration {
        borders: values.truth("borders").unwrap_or(defaults.borders),
        neutral: values.truth("neutral").unwrap_or(defaults.neutral),
        tone: Tone {
            levels: number("levels", defaults.tone.levels),
            contrast: number("contrast", defaults.tone.contrast),
        },
        dust: number("dust", defaults.dust),
        // A name until it is planned, when its file is asked for.
        defects: mask.map(PathBuf::from),
    }
}

fn merging(values: &Values, defaults: &Merging) -> Option<Merging> {
    let number = |name, default| values.float(name).map_or(default, |value| value as f32);
    let adjustment = defaults.adjustment;
    Some(Merging {
        upsampling: named(values, "upsample", defaults.upsampling)?,
        gamut: named(values, "gamut", defaults.gamut)?,
        adjustment: Adjustment {
            strength: number("strength", adjustment.strength),
            warmth: number("warmth", adjustment.warmth),
            taming: number("taming", adjustment.taming),
        },
    })
}

/// A choice by its name, or the default where there is none.
fn named<T: FromStr>(values: &Values, name: &str, default: T) -> Option<T> {
    match values.text(name) {
        Some(text) => text.parse().ok(),
        None => Some(default),
    }
}

fn saving(values: &Values) -> Option<Saving> {
    Some(Saving {
        format: format(values)?,
        keep: named(values, "metadata", Keep::default())?,
        space: named(values, "color_space", OutputSpace::default())?,
        has_note: values.truth("provenance").unwrap_or(true),
        has_mark: values.truth("mark").unwrap_or(false),
        has_file_times: values.truth("file_times").unwrap_or(false),
    })
}

fn format(values: &Values) -> Option<OutputFormat> {
    let format = match values.text("format") {
        Some(format) => format.parse().ok()?,
        None => OutputFormat::Png,
    };
    Some(match (format, values.int("quality")) {
        (OutputFormat::Jpeg { .. }, Some(quality)) => OutputFormat::Jpeg {
            quality: u8::try_from(quality).ok()?,
        },
        (format, _) => format,
    })
}
