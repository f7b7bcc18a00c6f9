//! Whether a download has room, before it begins: to run out at the end would waste an hour.

use std::path::Path;

use crate::catalogue::PublishedFile;
use crate::part::Part;
use crate::{Error, Result};

/// Left free besides: a disk without any room makes other programs fail.
const SPARE: u64 = 200_000_000;

/// Makes sure that all of these files fit into a folder, and `made` bytes that are made of them. What has
/// arrived of them already takes nothing more.
///
/// # Errors
/// [`Error::NoRoom`]. A folder that can't be asked is taken to have room.
pub(crate) fn ensure_room(folder: &Path, files: &[PublishedFile], made: u64) -> Result<()> {
    let missing = |file: &PublishedFile| {
        let key = file.sha256.as_deref();
        let arrived = key.map_or(0, |key| Part::arrived(folder, key));
        file.bytes.unwrap_or_default().saturating_sub(arrived)
    };
    let needed = files.iter().map(missing).sum::<u64>() + made + SPARE;
    // It may have to be made yet.
    let there = folder.ancestors().find(|folder| folder.is_dir());
    let available = there.and_then(|folder| fs4::available_space(folder).ok());
    match available {
        Some(available) if available < needed => Err(Error::NoRoom {
            path: folder.to_owned(),
            needed,
            available,
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: u64) -> PublishedFile {
        PublishedFile {
            bytes: Some(bytes),
            sha256: Some("a".repeat(64)),
            sources: Vec::new(),
        }
    }

    #[test]
    fn what_no_disk_holds_is_refused_and_what_has_arrived_is_not_counted_again() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("not/made/yet");
        assert!(ensure_room(&below, &[file(1000)], 1000).is_ok());
        let needed = |bytes| match ensure_room(&below, &[file(bytes)], 0) {
            Err(Error::NoRoom { needed, .. }) => needed,
            other => panic!("{other:?}"),
        };
        let before = needed(1 << 60);
        let mut part = Part::open(&below, &"a".repeat(64)).unwrap();
        part.add(&[0; 5000]).unwrap();
        assert_eq!(needed(1 << 60), before - 5000);
    }
}
