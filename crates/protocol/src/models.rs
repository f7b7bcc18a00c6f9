//! The models on the wire: what there is, what is being fetched, and what may be asked for.

use serde::{Deserialize, Serialize};

use crate::shell::CommandError;
use crate::{ModelPrecision, Wording};

/// The answer of `GET /zoo`: every model there is, installed or to be had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct Zoo {
    /// The bundled model first, then what can be downloaded, then what was imported.
    pub models: Vec<Model>,
    /// What can be had besides models on this kind of system.
    pub addons: Vec<Addon>,
    /// The folder that installed models lie in.
    pub folder: String,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct Model {
    /// What it is asked for by: `ddcolor_artistic`.
    pub id: String,
    /// What to call it.
    pub name: Wording,
    /// What it is good at; empty for a model of the user's own.
    pub about: Wording,
    /// `large`, `tiny`, or what else was read off the file; empty if nobody has looked yet.
    pub architecture: String,
    /// Under which licence it is published, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub license: Option<String>,
    /// Its `checkpoint` in a workflow.
    pub checkpoint: String,
    /// Whether it can be used.
    pub state: ModelState,
    /// Whether it is inside the program, so that it can be neither downloaded nor removed.
    pub is_bundled: bool,
    /// Whether it can be downloaded.
    pub is_published: bool,
    /// What a download takes, or once it is installed what it takes on disk, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub bytes: Option<u64>,
    /// The SHA-256 of the file as published or imported, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub sha256: Option<String>,
    /// The hosts that a download asks, in their order; empty for what can't be downloaded.
    pub hosts: Vec<String>,
    /// Where the installed file came from: an address or a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub origin: Option<String>,
    /// Which arithmetic it runs in here, if it can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub precision: Option<ModelPrecision>,
    /// What is being done to it at the moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub transfer: Option<Transfer>,
}

/// A part of the program that is not in it, since it is large and of use to few. It is downloaded, checked and
/// removed by the same requests as a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct Addon {
    /// What it is asked for by: `cuda`.
    pub id: String,
    /// What to call it.
    pub name: Wording,
    /// What it is good for.
    pub about: Wording,
    /// Under which licences it is published.
    pub license: String,
    /// Whether it is here.
    pub state: ModelState,
    /// What a download takes, or once it is installed what it takes on disk, in bytes.
    pub bytes: u64,
    /// The hosts that a download asks.
    pub hosts: Vec<String>,
    /// Why it would be of no use on this computer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub hindrance: Option<Wording>,
    /// Whether this process uses it. One that was installed while it ran is used from the next start on.
    pub is_used: bool,
    /// What is being done to it at the moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub transfer: Option<Transfer>,
}

/// Whether a model can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ModelState {
    /// It is not here, but can be downloaded.
    Available,
    /// It is here.
    Installed,
    /// It was here, was found to be damaged and set aside; it can be downloaded again if published.
    Damaged,
}

/// How far a download, a check or an import has come. The last one of each has a step that
/// [ends](TransferStep::is_end) it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct Transfer {
    /// The id of the model or addon.
    pub model: String,
    /// What is being done.
    pub step: TransferStep,
    /// Bytes of this step that are done.
    pub received: u64,
    /// Bytes of this step in all, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub bytes: Option<u64>,
    /// The speed of late, while downloading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub bytes_per_second: Option<u64>,
    /// Milliseconds that the step will probably take from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub eta_ms: Option<u64>,
    /// The host that it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub source: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(debug_assertions, ts(optional))]
    pub error: Option<CommandError>,
}

/// What is being done to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum TransferStep {
    /// A source is asked.
    Connecting,
    /// Bytes arrive.
    Downloading,
    /// The file's hash is compared with the published one.
    Checking,
    /// The checkpoint is read, checked tensor by tensor, and written as this program uses it.
    Converting,
    /// What was downloaded is taken out of its archives.
    Unpacking,
    /// Done: it can be used, or was found to be sound.
    Installed,
    /// It failed; what has arrived of a download is kept for another try.
    Failed,
    /// Its user stopped it; what has arrived of a download is kept.
    Cancelled,
}

impl TransferStep {
    /// Whether nothing comes after it.
    #[must_use]
    pub fn is_end(self) -> bool {
        matches!(self, Self::Installed | Self::Failed | Self::Cancelled)
    }
}

/// The body of `POST /zoo/download`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct DownloadRequest {
    /// The model's id.
    pub model: String,
    /// The bytes that the user has agreed to; a larger file is refused.
    pub accept_bytes: u64,
}

/// The body of `POST /zoo/cancel`, `POST /zoo/verify` and `POST /zoo/remove`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct ModelRequest {
    /// The model's id.
    pub model: String,
}
