//! Where the app keeps what it keeps.

use std::path::PathBuf;

use tintype_zoo::data_folder;

/// Names another folder to keep everything in, such as one on a stick; tests have theirs.
const DATA_VARIABLE: &str = "TINTYPE_DATA";

/// The app's folder: queue, history, photos, results, log, settings. The same as the job server's, so
/// that `tintype serve` shows what the app has done; only one of them has it open at a time.
pub(crate) fn data() -> PathBuf {
    match std::env::var_os(DATA_VARIABLE) {
        Some(folder) if !folder.is_empty() => folder.into(),
        _ => data_folder(),
    }
}
