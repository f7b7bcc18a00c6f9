//! Where models live, and finding one by name.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use tintype_checkpoint::Weights;

use crate::hash::sha256;
use crate::install::set_aside_path;
use crate::record::{Record, Stamp, remove_if_there};
use crate::starter::{STARTER_ID, starter};
use crate::{CUDA_ID, Error, Result, convert};

/// How files of models are named; what they are is told by their content.
pub const CHECKPOINT_EXTENSIONS: [&str; 4] = ["safetensors", "pth", "pt", "bin"];

/// The extension of what is installed here.
const INSTALLED: &str = "safetensors";

/// Where this system keeps what programs make for a user: on Linux `~/.local/share/tintype`, on macOS
/// below `~/Library`, on Windows below `%APPDATA%`; without a home folder, below the temporary one.
#[must_use]
pub fn data_folder() -> PathBuf {
    let data = project_dirs().map(|dirs| dirs.data_dir().to_owned());
    data.unwrap_or_else(fallback)
}

fn project_dirs() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "tintype")
}

fn fallback() -> PathBuf {
    std::env::temp_dir().join("tintype")
}

/// The folders of models of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelStore {
    /// Checkpoints that were installed, one file each, named by their id.
    models: PathBuf,
    /// Their folded forms, which can be made anew at any time.
    converted: PathBuf,
    /// What NVIDIA devices need.
    cuda: PathBuf,
}

/// Which model is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelSource {
    /// The one inside the program.
    Starter,
    /// A checkpoint on disk.
    File(PathBuf),
}

/// A model that can be used without downloading anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// What to call it by.
    pub id: String,
    /// Where it is; none for the starter.
    pub path: Option<PathBuf>,
    /// Its size on disk in bytes; none for the starter.
    pub bytes: Option<u64>,
}

impl ModelStore {
    /// The folders that this system's conventions give: on Linux `~/.local/share/tintype/models` and
    /// `~/.cache/tintype/converted`, on macOS under `~/Library`, on Windows under `%LOCALAPPDATA%`. Without
    /// a home folder, folders below the system's temporary one.
    #[must_use]
    pub fn of_user() -> Self {
        let dirs = project_dirs();
        // Not what Windows carries from computer to computer: models are large.
        let data = dirs.as_ref().map(|dirs| dirs.data_local_dir().to_owned());
        let cache = dirs.map(|dirs| dirs.cache_dir().to_owned());
        Self::at(
            &data.unwrap_or_else(fallback),
            &cache.unwrap_or_else(fallback),
        )
    }

    /// A store below other folders; nothing is created until it is needed.
    #[must_use]
    pub fn at(data: &Path, cache: &Path) -> Self {
        Self {
            models: data.join("models"),
            converted: cache.join("converted"),
            cuda: data.join("cuda"),
        }
    }

    /// The folder that installed checkpoints lie in.
    #[must_use]
    pub fn models_folder(&self) -> &Path {
        &self.models
    }

    /// Every model that can be used now, the starter first, then by id.
    #[must_use]
    pub fn installed(&self) -> Vec<Installed> {
        let mut installed: Vec<Installed> = std::fs::read_dir(&self.models)
            .into_iter()
            .flatten()
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                if !is_called_a_checkpoint(&path) || !path.is_file() {
                    return None;
                }
                let bytes = path.metadata().ok()?.len();
                let id = path.file_stem()?.to_str()?.to_owned();
                Some(Installed {
                    id,
                    path: Some(path),
                    bytes: Some(bytes),
                })
            })
            .collect();
        // The program's own names are taken.
        installed.retain(|model| model.id != STARTER_ID && model.id != CUDA_ID);
        // Of two files of one name the one that was installed here counts.
        let is_other = |model: &Installed| {
            let extension = model.path.as_deref().and_then(Path::extension);
            extension.is_none_or(|extension| extension != INSTALLED)
        };
        installed.sort_by(|a, b| (&a.id, is_other(a), &a.path).cmp(&(&b.id, is_other(b), &b.path)));
        installed.dedup_by(|a, b| a.id == b.id);
        installed.insert(
            0,
            Installed {
                id: STARTER_ID.to_owned(),
                path: None,
                bytes: None,
            },
        );
        installed
    }

    /// Finds out which model a name means: an id, a file name in the models folder, or a path.
    ///
    /// # Errors
    /// [`Error::NoSuchFile`] for what can only be a path, [`Error::UnknownModel`] otherwise.
    pub fn find(&self, name: &str) -> Result<ModelSource> {
        if name == STARTER_ID {
            return Ok(ModelSource::Starter);
        }
        let path = Path::new(name);
        if path.is_file() {
            return Ok(ModelSource::File(path.to_owned()));
        }
        let is_bare = path.components().count() == 1 && !name.starts_with('.');
        if !is_bare {
            return Err(Error::NoSuchFile {
                path: path.to_owned(),
            });
        }
        let installed = self.installed();
        let is_meant = |model: &&Installed| {
            let file_name = model.path.as_deref().and_then(Path::file_name);
            model.id == name || file_name == path.file_name()
        };
        // Workflows name a model by the file that its publisher gave it; here it is converted.
        let stem = is_called_a_checkpoint(path)
            .then(|| path.file_stem())
            .flatten();
        let is_its_conversion = |model: &&Installed| stem.is_some_and(|stem| *model.id == *stem);
        let found = installed.iter().find(is_meant);
        match found.or_else(|| installed.iter().find(is_its_conversion)) {
            Some(Installed {
                path: Some(path), ..
            }) => Ok(ModelSource::File(path.clone())),
            _ if is_called_a_checkpoint(path) => Err(Error::NoSuchFile {
                path: path.to_owned(),
            }),
            _ => {
                let known = installed.into_iter().map(|model| model.id).collect();
                Err(Error::UnknownModel {
                    name: name.to_owned(),
                    known,
                })
            }
        }
    }

    /// Opens a model's weights: checked, folded, and from the second time on mapped.
    ///
    /// # Errors
    /// [`Error::Checkpoint`] naming the file and what is wrong with it; [`Error::Damaged`] for a model
    /// that was sound when it was installed, which is set aside so that it is not found again.
    pub fn open(&self, source: &ModelSource) -> Result<Weights> {
        match source {
            ModelSource::Starter => starter(),
            ModelSource::File(path) => self.open_file(path),
        }
    }

    pub(crate) fn open_file(&self, path: &Path) -> Result<Weights> {
        let Some(record) = self.record_of(path) else {
            // A file of the user's own is never moved.
            return convert::open(path, &self.converted);
        };
        let id = path.file_stem().unwrap_or_default().to_string_lossy();
        let is_sound = |path: &Path| -> Result<bool> {
            let found = sha256(path, &mut |_| true).map_err(|error| Error::store(path, error))?;
            Ok(found.as_deref() == Some(&*record.written_sha256))
        };
        let now = Stamp::of(path).map_err(|error| Error::store(path, error))?;
        // It is only read where its length or time says that somebody has touched it: large models take a
        // second to read.
        if now != record.written {
            if !is_sound(path)? {
                return Err(self.set_aside(&id, path));
            }
            // Copied, or restored from a backup.
            let kept = Record {
                written: now,
                ..record.clone()
            }
            .keep(path);
            if let Err(error) = kept {
                tracing::debug!(%error, "it will be read again at its next use");
            }
        }
        match Weights::open(path) {
            Ok(weights) => Ok(weights),
            // What can't be read, or was written by a newer version, need not be damaged.
            Err(error) if is_sound(path).unwrap_or(true) => Err(error.into()),
            Err(error) => {
                tracing::warn!(model = %id, %error, "damaged");
                Err(self.set_aside(&id, path))
            }
        }
    }

    /// The record of a model that was installed here. One that a user put there has none, even if it is
    /// called like one that was.
    pub(crate) fn record_of(&self, path: &Path) -> Option<Record> {
        let is_ours = path.parent() == Some(&self.models)
            && path
                .extension()
                .is_some_and(|extension| extension == INSTALLED);
        is_ours.then(|| Record::of(path)).flatten()
    }

    /// Where what NVIDIA devices need lies.
    pub(crate) fn cuda_folder(&self) -> &Path {
        &self.cuda
    }

    /// Where what can be made anew lies.
    pub(crate) fn converted_folder(&self) -> &Path {
        &self.converted
    }

    /// The SHA-256 of a model's checkpoint as published, in hexadecimal, where a folded file remembers it; so
    /// has every model that has been used here. Reads no tensor.
    #[must_use]
    pub fn remembered_sha256(&self, source: &ModelSource) -> Option<String> {
        match source {
            ModelSource::Starter => Some(starter().ok()?.source_sha256().to_owned()),
            ModelSource::File(path) => Weights::remembered_sha256(path).or_else(|| {
                Weights::remembered_sha256(&convert::converted_path(path, &self.converted)?)
            }),
        }
    }

    /// Where files lie that are not whole.
    pub(crate) fn incomplete_folder(&self) -> PathBuf {
        self.models.join("incomplete")
    }

    /// Puts a damaged model where it is not found as one, and says so.
    pub(crate) fn set_aside(&self, id: &str, path: &Path) -> Error {
        let kept = set_aside_path(&self.models, id);
        let moved = || {
            std::fs::create_dir_all(kept.parent().unwrap_or(&self.models))?;
            std::fs::rename(path, &kept)?;
            Record::forget(path)
        };
        match moved() {
            Ok(()) => Error::Damaged {
                model: id.to_owned(),
                kept,
            },
            Err(error) => Error::store(path, error),
        }
    }

    /// The ids of models that were found to be damaged, in order.
    pub(crate) fn set_aside_ids(&self) -> Vec<String> {
        let folder = set_aside_path(&self.models, "");
        let files = folder.parent().and_then(|folder| folder.read_dir().ok());
        let stem = |path: PathBuf| Some(path.file_stem()?.to_str()?.to_owned());
        let ids = files.into_iter().flatten().flatten();
        let mut ids: Vec<_> = ids.filter_map(|entry| stem(entry.path())).collect();
        ids.sort();
        ids
    }

    /// Removes a model's file, its record, its folded form and what was found out about it.
    pub(crate) fn remove(&self, path: &Path) -> Result<()> {
        let failed = |error| Error::store(path, error);
        let is_ours = self.record_of(path).is_some();
        // Named by the file's time, so that it has to be found first.
        let converted = convert::converted_path(path, &self.converted);
        let sha256 = self.remembered_sha256(&ModelSource::File(path.to_owned()));
        remove_if_there(path).map_err(failed)?;
        if let Some(sha256) = sha256 {
            self.forget_finding(&sha256).map_err(failed)?;
        }
        if let Some(converted) = converted {
            remove_if_there(&converted).map_err(failed)?;
        }
        if is_ours {
            Record::forget(path).map_err(failed)?;
        }
        Ok(())
    }
}

/// Whether a file is called as checkpoints are; what it is its content tells.
#[must_use]
pub fn is_called_a_checkpoint(path: &Path) -> bool {
    let extension = path.extension().map(std::ffi::OsStr::to_ascii_lowercase);
    extension.is_some_and(|found| CHECKPOINT_EXTENSIONS.iter().any(|known| found == *known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store_with(files: &[&str]) -> (tempfile::TempDir, ModelStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = ModelStore::at(folder.path(), folder.path());
        std::fs::create_dir(store.models_folder()).unwrap();
        for file in files {
            std::fs::write(store.models_folder().join(file), b"x").unwrap();
        }
        (folder, store)
    }

    #[test]
    fn a_store_without_folders_still_has_the_starter() {
        let store = ModelStore::at(Path::new("/no/such/place"), Path::new("/no/such/place"));
        let ids: Vec<String> = store
            .installed()
            .into_iter()
            .map(|model| model.id)
            .collect();
        assert_eq!(ids, [STARTER_ID]);
        assert_eq!(store.find(STARTER_ID).unwrap(), ModelSource::Starter);
    }

    #[test]
    fn an_id_a_file_name_and_a_path_mean_the_same_file() {
        let (_folder, store) = store_with(&["artistic.pth", "notes.txt"]);
        let path = store.models_folder().join("artistic.pth");
        for name in ["artistic", "artistic.pth", path.to_str().unwrap()] {
            assert_eq!(
                store.find(name).unwrap(),
                ModelSource::File(path.clone()),
                "{name}"
            );
        }
    }

    #[test]
    fn an_unknown_id_is_answered_with_the_known_ones() {
        let (_folder, store) = store_with(&["b.bin", "a.pt"]);
        match store.find("c") {
            Err(Error::UnknownModel { name, known }) => {
                assert_eq!(name, "c");
                assert_eq!(known, ["starter", "a", "b"]);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_path_that_leads_nowhere_is_said_to_be_one() {
        let (_folder, store) = store_with(&[]);
        for name in ["missing/model", "./model", "model.pth"] {
            assert!(
                matches!(store.find(name), Err(Error::NoSuchFile { .. })),
                "{name}"
            );
        }
    }
}
