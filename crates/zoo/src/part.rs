//! What has arrived of a download, kept so that it can be gone on with.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::record::{remove_if_there, write_whole};

/// The beginning of a file, and where it came from.
pub(crate) struct Part {
    path: PathBuf,
    file: File,
    /// How many bytes have arrived.
    length: u64,
    from: Origin,
}

/// Which state of which source a beginning was taken from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// The address.
    pub(crate) source: String,
    /// The server's name for the state of the file: two states of one file never share one.
    pub(crate) etag: Option<String>,
}

impl Part {
    /// What has arrived so far under `key` in `folder`, which is made if need be.
    ///
    /// # Errors
    /// Where it can't be opened for writing.
    pub(crate) fn open(folder: &Path, key: &str) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let path = path_of(folder, key);
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).open(&path)?;
        let length = file.metadata()?.len();
        let from = fs::read(note_of(&path)).unwrap_or_default();
        let from = serde_json::from_slice(&from).unwrap_or_default();
        Ok(Self {
            path,
            file,
            length,
            from,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn from(&self) -> &Origin {
        &self.from
    }

    /// Notes where what comes next is from.
    ///
    /// # Errors
    /// Where that can't be written.
    pub(crate) fn comes_from(&mut self, from: Origin) -> io::Result<()> {
        if self.from != from {
            write_whole(&note_of(&self.path), &serde_json::to_vec(&from)?)?;
            self.from = from;
        }
        Ok(())
    }

    /// Adds what has arrived.
    ///
    /// # Errors
    /// Where it can't be written, such as onto a full disk. What was there before stays.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Forgets what has arrived.
    ///
    /// # Errors
    /// Where the file can't be emptied.
    pub(crate) fn start_over(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.length = 0;
        Ok(())
    }

    /// Makes sure that all of it is on the disk.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Removes it.
    ///
    /// # Errors
    /// Where it can't be removed.
    pub(crate) fn remove(self) -> io::Result<()> {
        drop(self.file);
        remove_with_note(&self.path)
    }

    /// How many bytes have arrived under `key`.
    pub(crate) fn arrived(folder: &Path, key: &str) -> u64 {
        let metadata = fs::metadata(path_of(folder, key));
        metadata.map_or(0, |metadata| metadata.len())
    }

    /// Removes what has arrived under `key`, which need not be anything.
    ///
    /// # Errors
    /// Where it can't be removed.
    pub(crate) fn discard(folder: &Path, key: &str) -> io::Result<()> {
        remove_with_note(&path_of(folder, key))
    }
}

fn path_of(folder: &Path, key: &str) -> PathBuf {
    folder.join(format!("{key}.part"))
}

fn remove_with_note(part: &Path) -> io::Result<()> {
    remove_if_there(part)?;
    remove_if_there(&note_of(part))
}

fn note_of(part: &Path) -> PathBuf {
    part.with_extension("from")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_arrived_is_found_again_with_where_it_came_from() {
        let folder = tempfile::tempdir().unwrap();
        let from = Origin {
            source: "http://localhost/a".into(),
            etag: Some("\"1\"".into()),
        };
        let mut part = Part::open(folder.path(), "a").unwrap();
        assert_eq!(part.length(), 0);
        part.comes_from(from.clone()).unwrap();
        part.add(b"abc").unwrap();
        drop(part);
        let mut part = Part::open(folder.path(), "a").unwrap();
        assert_eq!((part.length(), part.from()), (3, &from));
        part.add(b"de").unwrap();
        assert_eq!(fs::read(part.path()).unwrap(), b"abcde");
        part.start_over().unwrap();
        part.add(b"f").unwrap();
        assert_eq!(fs::read(part.path()).unwrap(), b"f");
        part.remove().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
