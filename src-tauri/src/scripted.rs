//! Dialogs that a test answers in advance.

use std::fs;
use std::path::{Path, PathBuf};

use crate::dialogs::{Answer, Dialogs};

/// Names the folder of answers. Each is a file called after its dialog, `photos`, `models`, `folder`
/// or `save`,
/// with a path a line; none, or an empty one, is a dialog that was closed.
const VARIABLE: &str = "TINTYPE_TEST_DIALOGS";

/// Dialogs whose answers are read from files when they are asked for.
pub(crate) struct Scripted(PathBuf);

impl Scripted {
    pub(crate) fn of_environment() -> Option<Self> {
        std::env::var_os(VARIABLE).map(|folder| Self(folder.into()))
    }

    fn lines(&self, dialog: &str) -> Vec<PathBuf> {
        let text = fs::read_to_string(self.0.join(dialog)).unwrap_or_default();
        let lines = text.lines().filter(|line| !line.is_empty());
        lines.map(|line| Path::new(line).to_owned()).collect()
    }
}

impl Dialogs for Scripted {
    fn photos(&self, _title: &str) -> Answer<Vec<PathBuf>> {
        Box::pin(std::future::ready(self.lines("photos")))
    }

    fn models(&self, _title: &str) -> Answer<Vec<PathBuf>> {
        Box::pin(std::future::ready(self.lines("models")))
    }

    fn folder(&self, _title: &str) -> Answer<Option<PathBuf>> {
        Box::pin(std::future::ready(self.lines("folder").pop()))
    }

    fn save(&self, _title: &str, _name: &str, _extension: &str) -> Answer<Option<PathBuf>> {
        Box::pin(std::future::ready(self.lines("save").pop()))
    }
}
