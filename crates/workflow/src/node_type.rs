//! The classes of nodes that are run: one table, read by the check and shown to clients.

use tintype_engine::{Geometry, Options, Restoration, SIZE_MAX, SIZE_MIN, SIZE_STEP};
use tintype_photo::{
    Crop, Gamut, JPEG_QUALITY, Keep, Merging, OutputSpace, SCALE_SIDE_MAX, ScaleMethod, Upsampling,
};

/// The checkpoints of the public DDColor node for ComfyUI, in its order. They are taken whether they
/// are installed or not, so that any workflow made with that node is: one that is not installed is
/// named when its turn comes.
pub const PUBLIC_CHECKPOINTS: [&str; 4] = [
    "ddcolor_paper_tiny.pth",
    "ddcolor_paper.pth",
    "ddcolor_modelscope.pth",
    "ddcolor_artistic.pth",
];

/// The input size that the public node starts from.
const PUBLIC_SIZE: i64 = 512;

/// What flows between nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// A photo.
    Image,
    /// Which parts of a photo are transparent; no node here takes one.
    Mask,
}

impl Wire {
    /// ComfyUI's name for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "IMAGE",
            Self::Mask => "MASK",
        }
    }
}

/// A class of nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeType {
    /// Its name in workflows.
    pub class: &'static str,
    /// Its name for people.
    pub display_name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// Where it is found in the editor's menu.
    pub category: &'static str,
    /// What it takes, in the order in which the editor shows and stores it.
    pub inputs: Vec<InputType>,
    /// What it gives.
    pub outputs: &'static [OutputType],
    /// Whether it makes files, so that a workflow runs for its sake.
    pub is_output: bool,
}

/// An input of a class of nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct InputType {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be given.
    pub is_required: bool,
    /// What it takes.
    pub kind: InputKind,
    /// What it is for.
    pub tooltip: &'static str,
}

/// What an input takes.
#[derive(Debug, Clone, PartialEq)]
pub enum InputKind {
    /// A link.
    Wire(Wire),
    /// A whole number.
    Int {
        /// The least.
        min: i64,
        /// The most.
        max: i64,
        /// It is a multiple of this.
        step: i64,
        /// What it is unless said otherwise.
        default: i64,
    },
    /// A number.
    Float {
        /// The least.
        min: f64,
        /// The most.
        max: f64,
        /// By how much an editor changes it.
        step: f64,
        /// What it is unless said otherwise.
        default: f64,
    },
    /// Yes or no.
    Bool {
        /// What it is unless said otherwise.
        default: bool,
    },
    /// Text.
    Text {
        /// What it is unless said otherwise.
        default: &'static str,
    },
    /// One of several; the first unless said otherwise.
    Choice {
        /// All there are.
        options: Vec<String>,
    },
    /// The name of a photo in the input folder.
    Photo {
        /// All there are.
        names: Vec<String>,
    },
    /// The name of a photo in the input folder, or nothing.
    OptionalPhoto,
}

impl InputKind {
    /// ComfyUI's name for it.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Wire(wire) => wire.as_str(),
            Self::Int { .. } => "INT",
            Self::Float { .. } => "FLOAT",
            Self::Bool { .. } => "BOOLEAN",
            Self::Text { .. } | Self::OptionalPhoto => "STRING",
            Self::Choice { .. } | Self::Photo { .. } => "COMBO",
        }
    }
}

/// An output of a class of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputType {
    /// Its name.
    pub name: &'static str,
    /// What it gives.
    pub wire: Wire,
}

const IMAGE: OutputType = OutputType {
    name: "IMAGE",
    wire: Wire::Image,
};
const MASK: OutputType = OutputType {
    name: "MASK",
    wire: Wire::Mask,
};

/// Every class of nodes, with the names of the photos and checkpoints to choose from. Only who shows
/// the choices needs the photos, which take a walk through folders to list.
#[must_use]
pub fn node_types(photos: Vec<String>, checkpoints: Vec<String>) -> Vec<NodeType> {
    vec![
        load_image(photos),
        image_scale(),
        colorize(checkpoints),
        save_image(),
        preview_image(),
    ]
}

fn load_image(names: Vec<String>) -> NodeType {
    NodeType {
        class: "LoadImage",
        display_name: "Load Image",
        description: "Reads a photo from the input folder.",
        category: "image",
        inputs: vec![required(
            "image",
            InputKind::Photo { names },
            "The photo to read.",
        )],
        outputs: &[IMAGE, MASK],
        is_output: false,
    }
}

fn image_scale() -> NodeType {
    let side = || InputKind::Int {
        min: 0,
        max: SCALE_SIDE_MAX.into(),
        step: 1,
        default: 512,
    };
    NodeType {
        class: "ImageScale",
        display_name: "Upscale Image",
        description: "Brings a photo to another size.",
        category: "image/upscaling",
        inputs: vec![
            required("image", InputKind::Wire(Wire::Image), "The photo."),
            required(
                "upscale_method",
                choice(ScaleMethod::ALL.map(ScaleMethod::as_str)),
                "How new pixels come out of old ones.",
            ),
            required(
                "width",
                side(),
                "The new width in pixels; 0 keeps the aspect.",
            ),
            required(
                "height",
                side(),
                "The new height in pixels; 0 keeps the aspect.",
            ),
            required(
                "crop",
                choice(Crop::ALL.map(Crop::as_str)),
                "What is done where the new size has another aspect.",
            ),
        ],
        outputs: &[IMAGE],
        is_output: false,
    }
}

fn colorize(installed: Vec<String>) -> NodeType {
    let defaults = Options::default();
    let public = PUBLIC_CHECKPOINTS.map(str::to_owned);
    let others = installed
        .into_iter()
        .filter(|name| !PUBLIC_CHECKPOINTS.contains(&name.as_str()));
    NodeType {
        class: "DDColor_Colorize",
        display_name: "DDColor Colorize",
        description: "Gives a photo its colors, under its own lightness.",
        category: "image",
        inputs: [
            required("image", InputKind::Wire(Wire::Image), "The photo."),
            required(
                "model_input_size",
                InputKind::Int {
                    min: SIZE_MIN.into(),
                    max: SIZE_MAX.into(),
                    step: SIZE_STEP.into(),
                    default: PUBLIC_SIZE,
                },
                "The size at which the network sees the photo, in pixels.",
            ),
            required(
                "checkpoint",
                InputKind::Choice {
                    options: public.into_iter().chain(others).collect(),
                },
                "The model.",
            ),
            optional(
                "geometry",
                choice_from(
                    defaults.geometry.to_string(),
                    [Geometry::Square, Geometry::Fit].map(|g| g.to_string()),
                ),
                "square: stretched, as the published pipeline does; fit: aspect kept.",
            ),
        ]
        .into_iter()
        .chain(merging_inputs(&defaults.merging))
        .chain(restoration_inputs(&defaults.restoration))
        .collect(),
        outputs: &[IMAGE],
        is_output: false,
    }
}

/// How colors are laid under a photo.
fn merging_inputs(merging: &Merging) -> Vec<InputType> {
    let adjustment = merging.adjustment;
    vec![
        optional(
            "upsample",
            choice_from(
                merging.upsampling.to_string(),
                Upsampling::ALL.map(|u| u.to_string()),
            ),
            "How colors are brought to the photo's full size.",
        ),
        optional(
            "gamut",
            choice_from(merging.gamut.to_string(), Gamut::ALL.map(|g| g.to_string())),
            "Colors that can't be shown: compress keeps their hue and lightness, clip cuts them off.",
        ),
        optional(
            "strength",
            factor((0.0, 2.0), adjustment.strength),
            "Strength of the colors: 0 is gray, 1 as the network says.",
        ),
        optional(
            "warmth",
            factor((-1.0, 1.0), adjustment.warmth),
            "From cool, -1, to warm, 1.",
        ),
        optional(
            "taming",
            factor((0.0, 1.0), adjustment.taming),
            "How far reds and violets are tamed, where they come in patches.",
        ),
    ]
}

/// What is mended before.
fn restoration_inputs(restoration: &Restoration) -> Vec<InputType> {
    vec![
        optional(
            "borders",
            yes_no(restoration.borders),
            "White borders and the edges of the scan are found, and left without color.",
        ),
        optional(
            "neutral",
            yes_no(restoration.neutral),
            "What the network sees is freed of sepia and of yellowed paper.",
        ),
        optional(
            "levels",
            factor((0.0, 1.0), restoration.tone.levels),
            "How far faded tones are stretched.",
        ),
        optional(
            "contrast",
            factor((0.0, 1.0), restoration.tone.contrast),
            "How far local contrast is raised.",
        ),
        optional(
            "dust",
            factor((0.0, 1.0), restoration.dust),
            "How readily dust and scratches are found, to be repaired; 0 is not at all.",
        ),
        optional(
            "defects",
            InputKind::OptionalPhoto,
            "A mask of dust and scratches in the input folder, white where they are, in place of those found.",
        ),
    ]
}

fn save_image() -> NodeType {
    NodeType {
        class: "SaveImage",
        display_name: "Save Image",
        description: "Writes a picture to the output folder.",
        category: "image",
        inputs: vec![
            required("images", InputKind::Wire(Wire::Image), "The picture."),
            required(
                "filename_prefix",
                InputKind::Text { default: "ComfyUI" },
                "The beginning of the file's name; a counter follows. May name folders.",
            ),
            optional(
                "format",
                choice(["png", "jpeg", "tiff", "webp", "jxl"]),
                "The kind of file.",
            ),
            optional(
                "quality",
                InputKind::Int {
                    min: 1,
                    max: 100,
                    step: 1,
                    default: JPEG_QUALITY.into(),
                },
                "The quality of a JPEG.",
            ),
            optional(
                "metadata",
                choice_from(
                    Keep::default().to_string(),
                    Keep::ALL.map(|keep| keep.to_string()),
                ),
                "Date, place, camera and captions of the original: kept or stripped.",
            ),
            optional(
                "color_space",
                choice_from(
                    OutputSpace::default().to_string(),
                    OutputSpace::ALL.map(|space| space.to_string()),
                ),
                "sRGB, or the original's own.",
            ),
            optional(
                "provenance",
                yes_no(true),
                "A note in XMP of what colored the picture.",
            ),
            optional("mark", yes_no(false), "A small palette in a corner."),
            optional(
                "file_times",
                yes_no(false),
                "The result's file has the times of the original's.",
            ),
        ],
        outputs: &[],
        is_output: true,
    }
}

fn preview_image() -> NodeType {
    NodeType {
        class: "PreviewImage",
        display_name: "Preview Image",
        description: "Writes a picture to the temp folder, which is emptied at the next start.",
        category: "image",
        inputs: vec![required(
            "images",
            InputKind::Wire(Wire::Image),
            "The picture.",
        )],
        outputs: &[],
        is_output: true,
    }
}

fn required(name: &'static str, kind: InputKind, tooltip: &'static str) -> InputType {
    InputType {
        name,
        is_required: true,
        kind,
        tooltip,
    }
}

fn optional(name: &'static str, kind: InputKind, tooltip: &'static str) -> InputType {
    InputType {
        is_required: false,
        ..required(name, kind, tooltip)
    }
}

fn choice<const N: usize>(options: [&str; N]) -> InputKind {
    InputKind::Choice {
        options: options.map(str::to_owned).to_vec(),
    }
}

fn yes_no(default: bool) -> InputKind {
    InputKind::Bool { default }
}

/// A number in steps of a twentieth.
fn factor((min, max): (f64, f64), default: f32) -> InputKind {
    InputKind::Float {
        min,
        max,
        step: 0.05,
        default: default.into(),
    }
}

/// A choice whose default comes first.
fn choice_from<const N: usize>(default: String, all: [String; N]) -> InputKind {
    let others: Vec<_> = all.into_iter().filter(|other| *other != default).collect();
    let mut options = vec![default];
    options.extend(others);
    InputKind::Choice { options }
}
