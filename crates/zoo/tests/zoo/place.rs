//! A computer's models in a folder of the test's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use tintype_protocol::models::{Model, Transfer};
use tintype_zoo::{Catalogue, ModelStore, Patience, Zoo};

use crate::host::hash_of;

/// Agreed to by every test that is not about agreeing.
pub(crate) const ANY_SIZE: u64 = u64::MAX;

/// A checkpoint that passes the strict loader.
pub(crate) fn checkpoint() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens/micro.pth");
    fs::read(path).unwrap()
}

/// Models, and what is heard of them.
pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) zoo: Zoo,
    pub(crate) heard: Receiver<Transfer>,
}

impl Place {
    /// With a catalogue of one model, `micro`, that is to be had at these addresses.
    pub(crate) fn with_sources(file: &[u8], sources: &[&str]) -> Self {
        let pin = format!("bytes = {}\nsha256 = \"{}\"\n", file.len(), hash_of(file));
        Self::with_catalogue(&model(&pin, sources))
    }

    /// The same, with nothing known of the file.
    pub(crate) fn without_pin(sources: &[&str]) -> Self {
        Self::with_catalogue(&model("", sources))
    }

    pub(crate) fn with_catalogue(catalogue: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalogue.toml");
        fs::write(&path, catalogue).unwrap();
        Self::in_folder(folder, &Catalogue::read(&path).unwrap())
    }

    /// Another program with the same models.
    pub(crate) fn another(&self) -> Zoo {
        let path = self.folder.path().join("catalogue.toml");
        Zoo::new(
            self.zoo.store().clone(),
            Catalogue::read(&path).unwrap(),
            Patience::default(),
            Box::new(|_| {}),
        )
    }

    fn in_folder(folder: tempfile::TempDir, catalogue: &Catalogue) -> Self {
        let (tell, heard) = channel();
        let patience = Patience {
            connect: Duration::from_secs(2),
            stall: Duration::from_millis(300),
            tries: 3,
            pause: Duration::from_millis(5),
        };
        let zoo = Zoo::new(
            ModelStore::at(folder.path(), folder.path()),
            catalogue.clone(),
            patience,
            Box::new(move |transfer| drop(tell.send(transfer.clone()))),
        );
        Self { folder, zoo, heard }
    }

    pub(crate) fn model(&self, id: &str) -> Model {
        let models = self.zoo.models();
        models.into_iter().find(|model| model.id == id).unwrap()
    }

    pub(crate) fn models_folder(&self) -> PathBuf {
        self.folder.path().join("models")
    }

    /// What has arrived of a download.
    pub(crate) fn part(&self) -> PathBuf {
        let files = self.files();
        let is_part = |file: &&String| Path::new(file).extension().is_some_and(|end| end == "part");
        self.models_folder()
            .join(files.iter().find(is_part).unwrap())
    }

    /// The files below the models folder.
    pub(crate) fn files(&self) -> Vec<String> {
        fn below(folder: &Path, root: &Path, files: &mut Vec<String>) {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    below(&path, root, files);
                } else {
                    let name = path.strip_prefix(root).unwrap().to_string_lossy();
                    files.push(name.replace('\\', "/"));
                }
            }
        }
        let mut files = Vec::new();
        below(&self.models_folder(), &self.models_folder(), &mut files);
        // Locks stay.
        files.retain(|file| Path::new(file).extension().is_none_or(|end| end != "lock"));
        files.sort();
        files
    }
}

fn model(pin: &str, sources: &[&str]) -> String {
    let sources: Vec<_> = sources
        .iter()
        .map(|source| format!("\"{source}\""))
        .collect();
    format!(
        "[[model]]\nid = \"micro\"\nname = {{ en = \"Micro\", zh-CN = \"微型\" }}\n\
         about = {{ en = \"small\", zh-CN = \"小\" }}\narchitecture = \"micro\"\nlicense = \"MIT\"\n\
         bytes_about = 2_000_000\n\
         [[model.file]]\n{pin}sources = [{}]\n",
        sources.join(", ")
    )
}
