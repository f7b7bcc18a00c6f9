//! Files on their way into the window: found in folders, checked, copied into the input folder. What is
//! called as checkpoints are goes to the models.
//!
//! Originals are only read. A copy is worked on, so that a photo on a stick may be pulled out while it
//! waits, and so that nothing that happens to the copy happens to the original.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use tintype_jobs::FolderError;
use tintype_photo::{Limits, PhotoFile, SourceFormat};
use tintype_protocol::shell::{AddedPhoto, Arrival, WorkflowFile};
use tintype_protocol::{CancelFlag, FolderKind, Wording};
use tintype_workflow::{About, Scene};
use tintype_zoo::is_called_a_checkpoint;

use crate::error::{Result, about_file, file_name};
use crate::shell::Shell;

/// The name of a photo that has none that every system takes.
const NAMELESS: &str = "photo";
/// How a file of a workflow is called.
const WORKFLOW_EXTENSION: &str = "json";

impl Shell {
    /// Takes in files and everything in folders, and tells of each as soon as it is known.
    pub(crate) fn add(&self, paths: &[PathBuf], tell: &mut dyn FnMut(Arrival)) {
        let mut skipped = 0;
        for path in paths {
            self.add_path(path, true, &mut skipped, tell);
        }
        if skipped > 0 {
            tell(Arrival::Skipped { files: skipped });
        }
    }

    fn add_path(
        &self,
        path: &Path,
        is_named: bool,
        skipped: &mut u32,
        tell: &mut dyn FnMut(Arrival),
    ) {
        if path.is_dir() {
            match entries(path) {
                Ok(entries) => {
                    for entry in entries {
                        self.add_path(&entry, false, skipped, tell);
                    }
                }
                Err(error) => tell(refused(path, Wording::of(&unreadable(path, error), None))),
            }
        } else if is_workflow(path) && is_named {
            tell(match read_workflow(path) {
                Ok(workflow) => Arrival::Workflow(workflow),
                Err(error) => refused(path, error.messages),
            });
        } else if is_called_a_checkpoint(path) && is_named {
            tell(match self.zoo.import(path) {
                Ok(model) => Arrival::Model(model),
                Err(error) => refused(path, Wording::of(&error, None)),
            });
        } else if is_named || SourceFormat::has_known_extension(path) {
            tell(match self.add_photo(path) {
                Ok(photo) => Arrival::Added(photo),
                Err(error) => refused(path, error.messages),
            });
        } else {
            // In a folder, other files are to be expected.
            *skipped += 1;
        }
    }

    fn add_photo(&self, path: &Path) -> Result<AddedPhoto> {
        let file = PhotoFile::read(path, &Limits::default(), &CancelFlag::new())
            .map_err(about_file(path))?;
        let info = *file.info();
        let pages = file.pages();
        drop(file);
        let title = file_name(path);
        let copy = self.copied(path).map_err(about_file(path))?;
        let bytes = copy
            .as_file()
            .metadata()
            .map_or(0, |metadata| metadata.len());
        let added = self.put(&title, path, copy)?;
        Ok(AddedPhoto {
            name: added,
            title,
            source: path.to_string_lossy().into_owned(),
            width: info.width,
            height: info.height,
            bytes,
            pages,
        })
    }

    fn copied(&self, path: &Path) -> std::result::Result<NamedTempFile, FolderError> {
        let copy = || -> io::Result<NamedTempFile> {
            let mut copy = NamedTempFile::new_in(self.folders.unfinished())?;
            let mut original = File::open(path)?;
            io::copy(&mut original, &mut copy)?;
            // A result may be asked to have its original's times. Not every disk has them.
            if let Ok(modified) = original.metadata().and_then(|metadata| metadata.modified()) {
                copy.as_file().set_modified(modified).ok();
            }
            Ok(copy)
        };
        copy().map_err(|source| unreadable(path, source))
    }

    /// Gives the copy its name in the input folder, or where no system would take that name, a plain one.
    fn put(&self, title: &str, path: &Path, copy: NamedTempFile) -> Result<String> {
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        let plain = format!("{NAMELESS}.{extension}");
        let name = match self.folders.find(FolderKind::Input, "", title) {
            Err(FolderError::BadName { .. }) => plain.as_str(),
            _ => title,
        };
        let added = self.folders.add(FolderKind::Input, "", name, copy, false);
        Ok(added.map_err(about_file(path))?.filename)
    }
}

fn read_workflow(path: &Path) -> Result<WorkflowFile> {
    let bytes = fs::read(path)
        .map_err(|error| unreadable(path, error))
        .map_err(about_file(path))?;
    let prompt = tintype_workflow::read(&bytes).map_err(about_file(path))?;
    let about = tintype_workflow::about(&bytes);
    Ok(workflow_file(&file_name(path), about, prompt.to_api()))
}

fn workflow_file(name: &str, about: Option<About>, prompt: serde_json::Value) -> WorkflowFile {
    let Some(about) = about else {
        return WorkflowFile {
            title: Wording::new(name, name),
            description: Wording::new("", ""),
            scene: "other".to_owned(),
            recommended_sizes: None,
            checkpoint: None,
            prompt,
        };
    };
    let scene = match about.scene {
        Scene::People => "people",
        Scene::Buildings => "buildings",
        Scene::Other => "other",
    };
    WorkflowFile {
        title: about.title,
        description: about.description,
        scene: scene.to_owned(),
        recommended_sizes: Some(about.recommended_sizes),
        checkpoint: Some(about.checkpoint),
        prompt,
    }
}

fn is_workflow(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case(WORKFLOW_EXTENSION))
}

/// What is in a folder by name, without what is hidden and without links to folders, one of which may
/// lead back up.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let is_link_to_folder = entry.file_type()?.is_symlink() && entry.path().is_dir();
        if !is_hidden && !is_link_to_folder {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn unreadable(path: &Path, source: io::Error) -> FolderError {
    FolderError::Unusable {
        path: path.to_owned(),
        source,
    }
}

fn refused(path: &Path, messages: Wording) -> Arrival {
    Arrival::Refused {
        title: file_name(path),
        messages,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_looked_through_by_name_without_what_is_hidden() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.jpg", "a.png", ".hidden.jpg"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        fs::create_dir(folder.path().join("deep")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), folder.path().join("up")).unwrap();
        let names: Vec<_> = entries(folder.path()).unwrap();
        let names: Vec<_> = names.iter().map(|path| file_name(path)).collect();
        assert_eq!(names, ["a.png", "b.jpg", "deep"]);
    }

    #[test]
    fn a_workflow_is_known_by_its_name() {
        assert!(is_workflow(Path::new("a.json")) && is_workflow(Path::new("A.JSON")));
        assert!(!is_workflow(Path::new("a.jpg")) && !is_workflow(Path::new("json")));
    }
}
