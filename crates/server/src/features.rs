//! What the server can do, in ComfyUI's words: `GET /features` and the answer to `feature_flags`. No
//! previews are sent on the socket, so there is nothing to say about them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The flags.
pub(crate) fn flags(upload_bytes: u64) -> BTreeMap<String, Value> {
    BTreeMap::from([
        ("supports_preview_metadata".to_owned(), json!(false)),
        ("max_upload_size".to_owned(), json!(upload_bytes)),
    ])
}
