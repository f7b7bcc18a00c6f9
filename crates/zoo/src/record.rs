//! What is written down about an installed model, beside it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

/// Where an installed model came from, and what it must look like on disk.
///
/// Kept as `ID.json` beside `ID.safetensors`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// An address or a path.
    pub origin: String,
    /// The SHA-256 of the file as published or imported, in lower-case hexadecimal.
    pub sha256: String,
    /// `large`, `tiny`, or the sizes of its stages.
    pub architecture: String,
    /// How many numbers it is made of.
    pub parameters: u64,
    /// The file as it was written here.
    pub(crate) written: Stamp,
    /// The SHA-256 of that file.
    pub(crate) written_sha256: String,
}

/// What tells one state of a file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    bytes: u64,
    /// Nanoseconds since 1970.
    modified: u64,
}

impl Stamp {
    /// The stamp of a file as it is now.
    ///
    /// # Errors
    /// Where the file can't be looked at.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let metadata = path.metadata()?;
        let modified = metadata.modified()?.duration_since(UNIX_EPOCH);
        let nanoseconds = modified.map_or(0, |time| time.as_nanos());
        Ok(Self {
            bytes: metadata.len(),
            modified: u64::try_from(nanoseconds).unwrap_or(u64::MAX),
        })
    }
}

impl Record {
    /// The record of a model, if it has one that can be read.
    pub(crate) fn of(model: &Path) -> Option<Self> {
        let text = fs::read(path_of(model)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Writes it down, whole or not at all.
    ///
    /// # Errors
    /// Where it can't be written.
    pub(crate) fn keep(&self, model: &Path) -> io::Result<()> {
        write_whole(&path_of(model), &serde_json::to_vec_pretty(self)?)
    }

    /// Forgets it.
    ///
    /// # Errors
    /// Where there is one that can't be removed.
    pub(crate) fn forget(model: &Path) -> io::Result<()> {
        remove_if_there(&path_of(model))
    }
}

fn path_of(model: &Path) -> PathBuf {
    model.with_extension("json")
}

/// Writes a small file, whole or not at all.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    io::Write::write_all(&mut file, content)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Removes a file, which need not be there.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
