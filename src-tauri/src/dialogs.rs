//! Native dialogs.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;

use rfd::{AsyncFileDialog, FileHandle, MessageDialog, MessageLevel};
use tintype_photo::SourceFormat;
use tintype_zoo::CHECKPOINT_EXTENSIONS;

use crate::scripted::Scripted;

/// What a dialog is answered in the end; none if it is closed.
pub(crate) type Answer<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What the user is asked for. Behind a trait, since nobody answers a native dialog in a test.
pub(crate) trait Dialogs: Send + Sync {
    /// Photos to open, workflows, and checkpoints.
    fn photos(&self, title: &str) -> Answer<Vec<PathBuf>>;

    /// Checkpoints to import.
    fn models(&self, title: &str) -> Answer<Vec<PathBuf>>;

    /// A folder.
    fn folder(&self, title: &str) -> Answer<Option<PathBuf>>;

    /// A file to save to. The dialog asks before one that is there is chosen.
    fn save(&self, title: &str, name: &str, extension: &str) -> Answer<Option<PathBuf>>;
}

/// The system's dialogs, or in a test those that its script answers.
pub(crate) fn of_environment() -> Box<dyn Dialogs> {
    match Scripted::of_environment() {
        Some(scripted) => Box::new(scripted),
        None => Box::new(Native),
    }
}

/// What files of photos end in: cameras and scanners write it large as well as small.
fn photos() -> Vec<String> {
    let small = SourceFormat::ALL
        .iter()
        .flat_map(|format| format.extensions());
    small
        .flat_map(|extension| [extension.to_string(), extension.to_uppercase()])
        .collect()
}

struct Native;

impl Dialogs for Native {
    fn photos(&self, title: &str) -> Answer<Vec<PathBuf>> {
        let dialog = AsyncFileDialog::new().set_title(title);
        let others = ["json"].iter().chain(&CHECKPOINT_EXTENSIONS);
        let mut known = photos();
        known.extend(others.map(ToString::to_string));
        several(dialog.add_filter("Photos, workflows, models", &known))
    }

    fn models(&self, title: &str) -> Answer<Vec<PathBuf>> {
        let dialog = AsyncFileDialog::new().set_title(title);
        several(dialog.add_filter("DDColor", &CHECKPOINT_EXTENSIONS))
    }

    fn folder(&self, title: &str) -> Answer<Option<PathBuf>> {
        let dialog = AsyncFileDialog::new().set_title(title);
        Box::pin(async move { dialog.pick_folder().await.as_ref().map(path) })
    }

    fn save(&self, title: &str, name: &str, extension: &str) -> Answer<Option<PathBuf>> {
        let dialog = AsyncFileDialog::new()
            .set_title(title)
            .set_file_name(name)
            .add_filter(extension.to_uppercase(), &[extension]);
        Box::pin(async move { dialog.save_file().await.as_ref().map(path) })
    }
}

fn several(dialog: AsyncFileDialog) -> Answer<Vec<PathBuf>> {
    Box::pin(async move {
        let files = dialog.pick_files().await.unwrap_or_default();
        files.iter().map(path).collect()
    })
}

fn path(file: &FileHandle) -> PathBuf {
    file.path().to_owned()
}

/// The one thing that is said without a window.
pub(crate) fn say_that_it_cannot_start(message: &str) {
    tracing::error!(message, "cannot start");
    MessageDialog::new()
        .set_level(MessageLevel::Error)
        .set_title("Tintype")
        .set_description(message)
        .show();
}
