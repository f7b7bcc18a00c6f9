//! What the window and the shell around it say to each other: arguments and answers of the app's
//! commands. Everything about jobs goes over the server instead; this is only what a page can't do by
//! itself, such as dialogs, files by their paths, and settings.

use serde::{Deserialize, Serialize};

use crate::{ErrorCode, FolderKind, Language, Precision, PromptId, Wording};

/// What the window needs before it can show anything.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct Session {
    /// Where the server is: `127.0.0.1:8188`.
    pub address: String,
    /// Who the window is to the server.
    pub client_id: String,
    /// The window's own token.
    pub token: String,
    /// The program's version.
    pub version: String,
    /// The system's language, for where the settings name none.
    pub system_language: Language,
    /// What the user has chosen.
    pub settings: Settings,
    /// What happened before the window was there and should be known, such as a damaged queue.
    #[cfg_attr(debug_assertions, ts(optional))]
    pub notice: Option<Wording>,
}

/// What the user has chosen, all of it optional: nothing chosen is the program's own default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(default)]
pub struct Settings {
    /// The language; none follows the system.
    pub language: Option<Language>,
    /// Light or dark.
    pub theme: Theme,
    /// `cpu`, `cuda:0`, `mps`; none takes the fastest that works.
    pub device: Option<String>,
    /// Threads for the network; none leaves the number of physical cores.
    pub threads: Option<u16>,
    /// The arithmetic; none leaves the choice to the program.
    pub precision: Option<Precision>,
    /// Where results go; none is the program's own folder.
    pub output: Option<String>,
    /// The port that is asked for first; none is the server's usual one.
    pub port: Option<u16>,
    /// Whether a token for other programs on this computer is given out.
    pub is_open_to_programs: bool,
    /// Days that the history is kept; none keeps it for ever.
    pub history_days: Option<u32>,
    /// What results hold beside their picture.
    pub saving: Saving,
    /// Whether the program may ask, at most once a day, if there is a newer version of it.
    pub may_look_for_versions: bool,
}

/// What results hold beside their picture, as `SaveImage` takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(default)]
pub struct Saving {
    /// Whether date, place, camera and captions are kept.
    pub metadata: KeptMetadata,
    /// What their numbers mean.
    pub color_space: ColorSpace,
    /// Whether they say what colored them.
    pub provenance: bool,
    /// Whether they get a small palette in a corner.
    pub mark: bool,
    /// Whether they get the times of their original's file.
    pub file_times: bool,
}

impl Default for Saving {
    /// As `SaveImage` has it.
    fn default() -> Self {
        Self {
            metadata: KeptMetadata::default(),
            color_space: ColorSpace::default(),
            provenance: true,
            mark: false,
            file_times: false,
        }
    }
}

/// What of an original's metadata results keep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum KeptMetadata {
    /// All of it.
    #[default]
    Keep,
    /// None that tells of a person, a place or a camera.
    Strip,
}

/// The color space of results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum ColorSpace {
    /// sRGB.
    #[default]
    Srgb,
    /// The original's own, where it can be written.
    Source,
}

/// How the window is colored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system is.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What came of one file that was to be added.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Arrival {
    /// It is in the input folder.
    Added(AddedPhoto),
    /// It can't be used.
    Refused {
        /// The file's name.
        title: String,
        /// Why, and what to do.
        messages: Wording,
    },
    /// It was a checkpoint, and is installed.
    Model(ImportedModel),
    /// A workflow was among the files.
    Workflow(WorkflowFile),
    /// Folders held files that are no photos; they were passed over.
    Skipped {
        /// How many.
        #[cfg_attr(debug_assertions, ts(type = "number"))]
        files: u32,
    },
}

/// A photo in the input folder.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct AddedPhoto {
    /// What a `LoadImage` node calls it.
    pub name: String,
    /// The file's own name.
    pub title: String,
    /// Where it came from.
    pub source: String,
    /// Width in pixels, upright.
    pub width: u32,
    /// Height in pixels, upright.
    pub height: u32,
    /// Bytes on disk.
    #[cfg_attr(debug_assertions, ts(type = "number"))]
    pub bytes: u64,
    /// How many pictures the file holds, of which the first is taken.
    pub pages: u32,
}

/// A workflow as the window uses it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct WorkflowFile {
    /// The workflow's own title, or the file's name.
    pub title: Wording,
    /// What it does; empty where it does not say.
    pub description: Wording,
    /// `people`, `buildings` or `other`.
    pub scene: String,
    /// The sizes that it recommends, least and most.
    #[cfg_attr(debug_assertions, ts(optional))]
    pub recommended_sizes: Option<[u32; 2]>,
    /// The checkpoint that it was made for, if it says.
    #[cfg_attr(debug_assertions, ts(optional))]
    pub checkpoint: Option<String>,
    /// The workflow in the API form.
    #[cfg_attr(
        debug_assertions,
        ts(type = "Record<string, { class_type: string, inputs: Record<string, unknown> }>")
    )]
    pub prompt: serde_json::Value,
}

/// What running a photo at some sizes would take.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct Forecast {
    /// For each size that was asked about, in that order.
    pub sizes: Vec<SizeForecast>,
    /// The largest size that is predicted to fit; none if not even the smallest does.
    pub largest: Option<u32>,
    /// Bytes of memory that can be had now.
    #[cfg_attr(debug_assertions, ts(type = "number"))]
    pub available_bytes: u64,
}

/// What running a photo at one size would take.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct SizeForecast {
    /// The size in pixels.
    pub size: u32,
    /// From leaving the queue to the file on disk, as this computer has been so far.
    #[cfg_attr(debug_assertions, ts(type = "number"))]
    pub milliseconds: u64,
    /// The most memory on top of what is taken already.
    #[cfg_attr(debug_assertions, ts(type = "number"))]
    pub bytes: u64,
    /// Whether it is predicted to fit.
    pub fits: bool,
}

/// What is changed about a result without running the network again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct Adjustment {
    /// Factor on the colors, 0..=2.
    pub strength: f32,
    /// From cool to warm, -1..=1.
    pub warmth: f32,
    /// How far reds and violets are tamed, 0..=1.
    pub taming: f32,
}

/// A result to save elsewhere.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct ResultFile {
    /// Its job.
    pub prompt_id: PromptId,
    /// Its name.
    pub filename: String,
    /// The folder within its folder.
    pub subfolder: String,
    /// Its folder.
    #[serde(rename = "type")]
    pub kind: FolderKind,
    /// What the photo was called.
    pub title: String,
    /// Where the photo came from, so that it is not written over unasked.
    pub source: Option<String>,
    /// What is to be changed on the way.
    #[serde(default)]
    pub adjustment: Option<Adjustment>,
}

/// The format of a result that is saved elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct SaveFormat {
    /// Which one.
    pub kind: SaveFormatKind,
    /// Of JPEG, 1..=100.
    pub quality: u8,
}

/// Formats that results can be saved in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum SaveFormatKind {
    /// Small, with loss.
    Jpeg,
    /// Without loss.
    Png,
    /// Without loss, 16 bits a channel.
    Tiff,
    /// Without loss, small.
    WebP,
    /// Without loss, smaller, as deep as the photo.
    Jxl,
}

/// What came of saving.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Saved {
    /// It is there.
    Done {
        /// The files.
        paths: Vec<String>,
    },
    /// The user closed the dialog.
    Closed,
    /// The user chose the original, and was not asked a second time yet.
    IsOriginal {
        /// The original.
        path: String,
    },
}

/// A checkpoint that was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct ImportedModel {
    /// What it is asked for by.
    pub id: String,
    /// What to call it.
    pub name: Wording,
    /// Where it came from.
    pub origin: String,
    /// The SHA-256 of the file as it was, in hexadecimal.
    pub sha256: String,
    /// `large`, `tiny`, or a description of its shape.
    pub architecture: String,
    /// How many numbers it is made of.
    pub parameters: u64,
    /// Whether it is one of the published ones, byte for byte.
    pub is_published: bool,
}

/// Whether there is a newer version of the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum VersionNews {
    /// This is the newest.
    Newest,
    /// There is a newer one.
    Newer {
        /// Which one.
        version: String,
    },
    /// It could not be found out.
    Unknown {
        /// Why, and what comes next.
        messages: Wording,
    },
}

/// Why a command failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct CommandError {
    /// For a program.
    pub code: ErrorCode,
    /// For a person.
    pub messages: Wording,
}
