//! What was found out about checkpoints on this computer, kept beside their folded forms.
//!
//! It can be found out anew at any time, so that whatever can't be read counts as not there.

use std::fs;
use std::io;
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ModelStore;
use crate::record::{remove_if_there, write_whole};

impl ModelStore {
    /// What was [kept](Self::keep_finding) last of the checkpoint with that SHA-256; none where nothing was, or
    /// it can't be read.
    #[must_use]
    pub fn finding<T: DeserializeOwned>(&self, sha256: &str) -> Option<T> {
        let text = fs::read(self.finding_path(sha256)?).ok()?;
        serde_json::from_slice(&text)
            .inspect_err(|error| tracing::info!(sha256, %error, "what was found can't be read"))
            .ok()
    }

    /// Keeps what was found out about a checkpoint, whole or not at all, in place of what was before.
    ///
    /// # Errors
    /// Where it can't be written, or `sha256` is none in hexadecimal.
    pub fn keep_finding<T: Serialize>(&self, sha256: &str, finding: &T) -> io::Result<()> {
        let path = self.finding_path(sha256);
        let path = path.ok_or(io::ErrorKind::InvalidInput)?;
        write_whole(&path, &serde_json::to_vec_pretty(finding)?)
    }

    /// Forgets what was found out about a checkpoint.
    ///
    /// # Errors
    /// Where there is something that can't be removed.
    pub(crate) fn forget_finding(&self, sha256: &str) -> io::Result<()> {
        self.finding_path(sha256)
            .map_or(Ok(()), |path| remove_if_there(&path))
    }

    /// A hash comes out of a file that anybody may have written, and becomes a file's name.
    fn finding_path(&self, sha256: &str) -> Option<PathBuf> {
        let is_hash = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit());
        is_hash.then(|| self.converted_folder().join(format!("{sha256}.json")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(digit: char) -> String {
        String::from_iter([digit; 64])
    }

    #[test]
    fn what_was_found_last_is_there_for_its_checkpoint_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = ModelStore::at(folder.path(), folder.path());
        assert_eq!(store.finding::<u32>(&hash('a')), None);
        store.keep_finding(&hash('a'), &6).unwrap();
        store.keep_finding(&hash('a'), &7).unwrap();
        assert_eq!(store.finding(&hash('a')), Some(7));
        assert_eq!(store.finding::<u32>(&hash('b')), None);
        store.forget_finding(&hash('a')).unwrap();
        store.forget_finding(&hash('b')).unwrap();
        assert_eq!(store.finding::<u32>(&hash('a')), None);
    }

    #[test]
    fn what_cannot_be_read_counts_as_not_found() {
        let folder = tempfile::tempdir().unwrap();
        let store = ModelStore::at(folder.path(), folder.path());
        store.keep_finding(&hash('a'), &"words").unwrap();
        assert_eq!(store.finding::<u32>(&hash('a')), None);
        let path = store.finding_path(&hash('a')).unwrap();
        fs::write(path, b"{").unwrap();
        assert_eq!(store.finding::<String>(&hash('a')), None);
    }

    #[test]
    fn no_hash_leads_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let store = ModelStore::at(folder.path(), folder.path());
        for bad in ["", "../../x", &format!("../{}", &hash('a')[3..])] {
            assert!(store.keep_finding(bad, &1).is_err(), "{bad}");
        }
    }
}
