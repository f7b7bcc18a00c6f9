//! Domain types as they are sent.

mod jobs;
mod nodes;
mod system;

pub(crate) use jobs::{ended, hint, history_entry, image, queue_entry};
pub(crate) use nodes::{node_errors, node_type};
pub(crate) use system::system_stats;

use axum::http::{HeaderMap, header};
use tintype_protocol::{FolderKind, Language, Stage};

/// A stage on the wire.
pub(crate) fn stage(stage: tintype_engine::Stage) -> Stage {
    match stage {
        tintype_engine::Stage::Load => Stage::Load,
        tintype_engine::Stage::Preprocess => Stage::Preprocess,
        tintype_engine::Stage::Inference => Stage::Inference,
        tintype_engine::Stage::Postprocess => Stage::Postprocess,
        tintype_engine::Stage::Save => Stage::Save,
    }
}

/// A folder by its name on the wire.
pub(crate) fn parse_folder_kind(name: &str) -> Option<FolderKind> {
    match name {
        "input" => Some(FolderKind::Input),
        "output" => Some(FolderKind::Output),
        "temp" => Some(FolderKind::Temp),
        _ => None,
    }
}

/// The language that was asked for, or else the one that the client prefers.
pub(crate) fn language(asked: Option<&str>, headers: &HeaderMap) -> Language {
    let preferred = || headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok();
    Language::from_locale(asked.or_else(preferred).unwrap_or_default())
}
