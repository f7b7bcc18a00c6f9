//! Where the pack for NVIDIA devices lies, and whether all of it does.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tintype_protocol::CancelFlag;

use super::CudaPack;
use crate::hash::sha256;
use crate::record::write_whole;
use crate::report::Reporter;

/// Names the list of what was unpacked, in the pack's folder.
const CONTENTS: &str = "contents.json";

/// The folder of a pack.
pub(super) struct CudaShelf {
    /// All versions lie in here.
    root: PathBuf,
    /// This version.
    folder: PathBuf,
}

/// What was unpacked, as it was then.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Contents {
    pub(super) files: Vec<Unpacked>,
}

/// A file of the pack.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unpacked {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl CudaShelf {
    pub(super) fn new(root: &Path, pack: &CudaPack) -> Self {
        Self {
            root: root.to_owned(),
            folder: root.join(&pack.libtorch),
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether all files are there, by their lengths.
    pub(super) fn is_whole(&self) -> bool {
        let has = |file: &Unpacked| {
            let metadata = fs::metadata(self.folder.join(&file.name));
            metadata.is_ok_and(|metadata| metadata.len() == file.bytes)
        };
        self.contents()
            .is_some_and(|contents| contents.files.iter().all(has))
    }

    fn contents(&self) -> Option<Contents> {
        serde_json::from_slice(&fs::read(self.folder.join(CONTENTS)).ok()?).ok()
    }

    /// Compares all files with what they were when they were unpacked. None if it was cancelled.
    pub(super) fn is_sound(
        &self,
        reporter: &mut Reporter<'_>,
        cancel: &CancelFlag,
    ) -> io::Result<Option<bool>> {
        let Some(contents) = self.contents() else {
            return Ok(Some(false));
        };
        let total = contents.files.iter().map(|file| file.bytes).sum();
        let mut before = 0;
        for file in &contents.files {
            let path = self.folder.join(&file.name);
            if !path.is_file() {
                return Ok(Some(false));
            }
            let found = sha256(&path, &mut |done| {
                reporter.checking(before + done, total);
                !cancel.is_cancelled()
            })?;
            match found {
                Some(found) if found == file.sha256 => before += file.bytes,
                Some(_) => return Ok(Some(false)),
                None => return Ok(None),
            }
        }
        Ok(Some(true))
    }

    /// Puts a folder that is whole in its place; what other versions left goes.
    pub(super) fn put(&self, unpacked: &Path, contents: &Contents) -> io::Result<()> {
        write_whole(
            &unpacked.join(CONTENTS),
            &serde_json::to_vec_pretty(contents)?,
        )?;
        let others = fs::read_dir(&self.root)?.flatten();
        for other in others.filter(|other| other.path() != unpacked) {
            fs::remove_dir_all(other.path())?;
        }
        fs::rename(unpacked, &self.folder)
    }

    /// Removes the pack, whatever there is of it.
    pub(super) fn remove(&self) -> io::Result<()> {
        match fs::remove_dir_all(&self.root) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }
}
