//! What a saved workflow says about itself: for the app, which shows it before anything runs.

use serde::Deserialize;
use tintype_protocol::Wording;

use crate::MAX_BYTES;

/// What a workflow is for. It is kept under `extra.tintype`, which ComfyUI leaves as it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct About {
    /// What is on the photos.
    pub scene: Scene,
    /// Its name.
    pub title: Wording,
    /// What it does and when to use it.
    pub description: Wording,
    /// The input sizes in pixels that do well, the least and the most.
    pub recommended_sizes: [u32; 2],
    /// The checkpoint it was made for.
    pub checkpoint: String,
}

/// What is on the photos that a workflow is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scene {
    /// People.
    People,
    /// Buildings and streets.
    Buildings,
    /// Anything else.
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Saved {
    extra: Extra,
}

#[derive(Deserialize)]
struct Extra {
    tintype: About,
}

/// Reads what a workflow in the editor's form says about itself; none if it says nothing.
#[must_use]
pub fn about(bytes: &[u8]) -> Option<About> {
    if bytes.len() > MAX_BYTES {
        return None;
    }
    let saved: Saved = serde_json::from_slice(bytes).ok()?;
    let about = saved.extra.tintype;
    let [least, most] = about.recommended_sizes;
    (least <= most).then_some(about)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflow_that_says_nothing_or_nonsense_about_itself_is_about_nothing() {
        for text in [
            "{}",
            r#"{"extra": {}}"#,
            r#"{"extra": {"tintype": {"scene": "people"}}}"#,
            r#"{"extra": {"tintype": {"scene": "people", "title": {"en": "a", "zh-CN": "b"},
                "description": {"en": "a", "zh-CN": "b"}, "recommended_sizes": [9, 1],
                "checkpoint": "c"}}}"#,
        ] {
            assert_eq!(about(text.as_bytes()), None, "{text}");
        }
    }
}
