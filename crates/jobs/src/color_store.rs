//! What results were colored with, kept beside the queue.
//!
//! A result is known by what is in its file, and not by where it lies: its colors are found wherever it was
//! moved to and whatever it is called, and never for a file that was changed since. Without them a result is
//! as good as ever; only changing its colors has less to go by.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};
use tintype_photo::{Adjustment, Coloring, Photo, adjust, recolor};
use tintype_protocol::CancelFlag;

/// The most that the folder may take in bytes: the colors of 1800 results at the default size, and a small
/// part of what as many results take. Of the largest networks' inputs it holds 16.
const MOST_BYTES: u64 = 1 << 30;
/// What is left of that when the oldest are removed, so that not every result has the folder listed.
const ROOM: u64 = 8;
/// The end of a file's name.
const ENDING: &str = "colors";
/// The beginning of the name of one that is not complete.
const UNFINISHED: &str = "unfinished-";
/// Bytes of a result that are read at once.
const CHUNK: usize = 1 << 20;

/// What results were colored with. Clones are handles on the same folder.
#[derive(Debug, Clone)]
pub struct ColorStore(Arc<Kept>);

#[derive(Debug)]
struct Kept {
    folder: PathBuf,
    most_bytes: u64,
    /// About how much there is; none before somebody has looked. Held by whoever changes the folder.
    bytes: Mutex<Option<u64>>,
}

/// A file of the folder.
struct Entry {
    path: PathBuf,
    bytes: u64,
    time: SystemTime,
}

impl ColorStore {
    /// Keeps them in a folder, which is made when there is something to keep.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self::bounded(folder, MOST_BYTES)
    }

    fn bounded(folder: &Path, most_bytes: u64) -> Self {
        Self(Arc::new(Kept {
            folder: folder.to_owned(),
            most_bytes,
            bytes: Mutex::default(),
        }))
    }

    /// Keeps what a result was colored with, whole or not at all. The oldest others go where there is no
    /// room. A raised flag ends it with nothing kept.
    ///
    /// # Errors
    /// What the disk says.
    pub fn keep(&self, result: &Path, coloring: &Coloring, cancel: &CancelFlag) -> io::Result<()> {
        let Some(path) = self.path_of(result, cancel)? else {
            return Ok(());
        };
        let file = coloring.to_bytes();
        if file.len() as u64 > self.0.most_bytes {
            return Ok(());
        }
        let mut bytes = self.lock();
        fs::create_dir_all(&self.0.folder)?;
        self.make_room(file.len() as u64, &mut bytes)?;
        let mut unfinished = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(&self.0.folder)?;
        unfinished.write_all(&file)?;
        // Not synced: what a power cut leaves half is found out by its checksum.
        unfinished.persist(&path)?;
        Ok(())
    }

    /// What a result was colored with, if it is kept and the file is still the one that was written.
    #[must_use]
    pub fn find(&self, result: &Path) -> Option<Coloring> {
        let path = self.path_of(result, &CancelFlag::new()).ok()??;
        let file = fs::read(&path).ok()?;
        let read = Coloring::from_bytes(&file);
        read.inspect_err(|error| {
            tracing::warn!(%error, path = %path.display(), "a result's colors can't be read");
        })
        .ok()
    }

    /// `photo`, which is what is in the file `result` or the whole of it at another size, with another
    /// adjustment: merged anew from the network's colors where these are kept. Else the picture itself is
    /// adjusted, as if its own adjustment were none.
    ///
    /// # Errors
    /// [`Cancelled`](tintype_photo::Error::Cancelled).
    pub fn adjusted(
        &self,
        result: &Path,
        photo: Photo,
        adjustment: &Adjustment,
        cancel: &CancelFlag,
    ) -> tintype_photo::Result<Photo> {
        let coloring = self.find(result);
        let own = coloring
            .as_ref()
            .map_or_else(Adjustment::default, |coloring| coloring.merging.adjustment);
        if *adjustment == own {
            return Ok(photo);
        }
        match coloring {
            Some(coloring) => recolor(&photo, &coloring, adjustment, cancel),
            None => adjust(&photo, adjustment, cancel),
        }
    }

    /// Removes all of it.
    ///
    /// # Errors
    /// What the disk says.
    pub fn clear(&self) -> io::Result<()> {
        self.remove_if(|_| true)
    }

    /// Removes what is older than this.
    ///
    /// # Errors
    /// What the disk says.
    pub fn forget_older(&self, age: Duration) -> io::Result<()> {
        let oldest = SystemTime::now().checked_sub(age);
        self.remove_if(|entry| oldest.is_some_and(|oldest| entry.time < oldest))
    }

    /// Where the colors of a result belong, by the digest of its file; none if the flag was raised.
    fn path_of(&self, result: &Path, cancel: &CancelFlag) -> io::Result<Option<PathBuf>> {
        let mut file = File::open(result)?;
        let (mut hasher, mut chunk) = (Sha256::new(), vec![0; CHUNK]);
        loop {
            if cancel.is_cancelled() {
                return Ok(None);
            }
            match file.read(&mut chunk)? {
                0 => break,
                read => hasher.update(&chunk[..read]),
            }
        }
        let name = format!("{:x}.{ENDING}", hasher.finalize());
        Ok(Some(self.0.folder.join(name)))
    }

    /// Sees to it that so many bytes more are within the bound.
    fn make_room(&self, more: u64, bytes: &mut Option<u64>) -> io::Result<()> {
        let most = self.0.most_bytes;
        if let Some(known) = *bytes
            && known + more <= most
        {
            *bytes = Some(known + more);
            return Ok(());
        }
        let mut entries = self.entries()?;
        let mut sum: u64 = entries.iter().map(|entry| entry.bytes).sum();
        if sum + more > most {
            entries.sort_by_key(|entry| entry.time);
            let left = (most - most / ROOM).saturating_sub(more);
            for entry in entries {
                if sum <= left {
                    break;
                }
                fs::remove_file(&entry.path)?;
                sum -= entry.bytes;
            }
        }
        *bytes = Some(sum + more);
        Ok(())
    }

    fn remove_if(&self, is_unwanted: impl Fn(&Entry) -> bool) -> io::Result<()> {
        let mut bytes = self.lock();
        // Counted again when somebody wants to know.
        *bytes = None;
        for entry in self.entries()? {
            if is_unwanted(&entry) {
                fs::remove_file(&entry.path)?;
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Option<u64>> {
        self.0.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The files of the folder that are this program's. The lock is held, so what is not complete was left
    /// by a program that died: it counts as very old.
    fn entries(&self) -> io::Result<Vec<Entry>> {
        let listed = match fs::read_dir(&self.0.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            listed => listed?,
        };
        let mut entries = Vec::new();
        for file in listed {
            let file = file?;
            let name = file.file_name();
            let name = name.to_string_lossy();
            let is_unfinished = name.starts_with(UNFINISHED);
            let is_whole = Path::new(&*name)
                .extension()
                .is_some_and(|end| end == ENDING);
            if !is_unfinished && !is_whole {
                continue;
            }
            let metadata = file.metadata()?;
            entries.push(Entry {
                path: file.path(),
                bytes: metadata.len(),
                time: if is_unfinished {
                    SystemTime::UNIX_EPOCH
                } else {
                    metadata.modified()?
                },
            });
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;
    use tintype_photo::{ChromaMap, Frame, Merging};

    /// What takes so many places of 4 bytes in its file, besides 84.
    fn coloring(places: u32) -> Coloring {
        Coloring {
            chroma: ChromaMap::new(places, 1, vec![1.0; 2 * places as usize]).unwrap(),
            frame: Frame::whole(8, 8),
            merging: Merging::default(),
            has_mark: false,
        }
    }

    /// A folder for 1000 bytes, and a way to keep the colors of a result of that name.
    struct Bench {
        root: TempDir,
        store: ColorStore,
    }

    impl Bench {
        fn new() -> Self {
            let root = tempfile::tempdir().unwrap();
            let store = ColorStore::bounded(&root.path().join("colors"), 1000);
            Self { root, store }
        }

        fn result(&self, name: &str) -> PathBuf {
            let path = self.root.path().join(name);
            fs::write(&path, name).unwrap();
            path
        }

        /// Keeps the colors of a result as if that was some seconds ago.
        fn keep(&self, name: &str, places: u32, seconds: u64) {
            let result = self.result(name);
            let cancel = CancelFlag::new();
            self.store
                .keep(&result, &coloring(places), &cancel)
                .unwrap();
            if let Ok(Some(path)) = self.store.path_of(&result, &cancel)
                && let Ok(file) = File::options().write(true).open(path)
            {
                let time = SystemTime::now() - Duration::from_secs(seconds);
                file.set_modified(time).unwrap();
            }
        }

        fn has(&self, name: &str) -> bool {
            self.store.find(&self.result(name)).is_some()
        }

        fn bytes(&self) -> u64 {
            self.store.entries().unwrap().iter().map(|e| e.bytes).sum()
        }
    }

    #[test]
    fn the_oldest_go_where_there_is_no_room() {
        let bench = Bench::new();
        for (name, seconds) in [("new", 10), ("old", 30), ("middle", 20)] {
            bench.keep(name, 50, seconds);
        }
        assert_eq!(bench.bytes(), 3 * 284);
        bench.keep("newest", 50, 0);
        assert!(!bench.has("old") && bench.has("newest"));
        assert!(bench.has("new") && bench.bytes() <= 1000);
        // Also for one that has just begun to look.
        let again = ColorStore::bounded(&bench.root.path().join("colors"), 1000);
        let result = bench.result("after all");
        again
            .keep(&result, &coloring(200), &CancelFlag::new())
            .unwrap();
        assert!(again.find(&result).is_some() && !bench.has("newest"));
        assert!(bench.bytes() <= 1000);
    }

    #[test]
    fn what_is_larger_than_the_folder_may_be_is_not_kept_and_drives_nothing_out() {
        let bench = Bench::new();
        bench.keep("small", 50, 0);
        bench.keep("huge", 300, 0);
        assert!(bench.has("small") && !bench.has("huge"));
    }

    #[test]
    fn what_a_program_left_half_goes_first_and_what_is_not_ours_stays() {
        let bench = Bench::new();
        bench.keep("one", 50, 5);
        let folder = bench.root.path().join("colors");
        fs::write(folder.join("unfinished-xyz"), vec![0; 600]).unwrap();
        fs::write(folder.join("notes.txt"), vec![0; 5000]).unwrap();
        let store = ColorStore::bounded(&folder, 1000);
        let result = bench.result("two");
        store
            .keep(&result, &coloring(100), &CancelFlag::new())
            .unwrap();
        assert!(!folder.join("unfinished-xyz").exists() && bench.has("one"));
        store.clear().unwrap();
        assert!(!bench.has("one") && !bench.has("two"));
        assert!(folder.join("notes.txt").exists());
    }

    #[test]
    fn what_is_too_old_is_forgotten() {
        let bench = Bench::new();
        bench.keep("old", 5, 1000);
        bench.keep("new", 5, 10);
        bench.store.forget_older(Duration::from_secs(100)).unwrap();
        assert!(!bench.has("old") && bench.has("new"));
        bench.store.forget_older(Duration::MAX).unwrap();
        assert!(bench.has("new"));
        // A folder that is not there holds nothing old.
        let nowhere = ColorStore::at(&bench.root.path().join("none"));
        nowhere.forget_older(Duration::ZERO).unwrap();
    }

    #[test]
    fn a_raised_flag_keeps_nothing() {
        let bench = Bench::new();
        let cancel = CancelFlag::new();
        cancel.cancel();
        let result = bench.result("one");
        bench.store.keep(&result, &coloring(5), &cancel).unwrap();
        assert!(!bench.has("one"));
    }
}
