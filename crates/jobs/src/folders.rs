//! The folders of photos, and names within them.
//!
//! Names come from outside. None leads out of its folder: each part of a name is checked, and what a
//! name leads to is resolved through links and compared with the folder before it is used.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;
use tintype_protocol::FolderKind;

use crate::FolderError;

/// What this module's functions return.
type Result<T> = std::result::Result<T, FolderError>;

/// Digits of the counter in names of outputs, as ComfyUI writes them.
const DIGITS: usize = 5;
/// The longest name of a file in bytes: less than the 255 of common file systems, so that a counter
/// and an ending still fit.
const NAME_BYTES: usize = 200;

/// The input, output and temp folders. Clones are handles on the same ones.
#[derive(Debug, Clone)]
pub struct Folders(Arc<Paths>);

#[derive(Debug)]
struct Paths {
    input: PathBuf,
    output: PathBuf,
    temp: PathBuf,
    /// For uploads that are not complete.
    unfinished: PathBuf,
}

/// A file within one of the folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// Its name.
    pub filename: String,
    /// The folder within the folder; empty for that folder itself.
    pub subfolder: String,
}

impl Folders {
    /// Makes the folders where they are missing, and empties the temp folder.
    ///
    /// # Errors
    /// [`FolderError::Unusable`].
    pub fn open(input: &Path, output: &Path, temp: &Path) -> Result<Self> {
        match fs::remove_dir_all(temp) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(unusable(temp)(source));
            }
            _ => {}
        }
        let unfinished = temp.join("uploads");
        for folder in [input, output, temp, &unfinished] {
            fs::create_dir_all(folder).map_err(unusable(folder))?;
        }
        // Absolute, since the process may change its own folder, and without links, so that what a
        // name leads to can be compared.
        let whole = |folder: &Path| folder.canonicalize().map_err(unusable(folder));
        Ok(Self(Arc::new(Paths {
            input: whole(input)?,
            output: whole(output)?,
            temp: whole(temp)?,
            unfinished: whole(&unfinished)?,
        })))
    }

    /// Where a folder is.
    #[must_use]
    pub fn path(&self, kind: FolderKind) -> &Path {
        match kind {
            FolderKind::Input => &self.0.input,
            FolderKind::Output => &self.0.output,
            FolderKind::Temp => &self.0.temp,
        }
    }

    /// Where uploads are written until they are complete.
    #[must_use]
    pub fn unfinished(&self) -> PathBuf {
        self.0.unfinished.clone()
    }

    /// The file that a `LoadImage` node means: `photo.jpg`, `album/photo.jpg`, or with the folder
    /// named, `photo.jpg [output]`; without one it is the input folder.
    ///
    /// # Errors
    /// [`FolderError::BadName`] or [`FolderError::NotFound`].
    pub fn resolve(&self, name: &str) -> Result<PathBuf> {
        let (name, kind) = [
            (" [input]", FolderKind::Input),
            (" [output]", FolderKind::Output),
            (" [temp]", FolderKind::Temp),
        ]
        .into_iter()
        .find_map(|(end, kind)| Some((name.strip_suffix(end)?, kind)))
        .unwrap_or((name, FolderKind::Input));
        let (subfolder, filename) = split_path(name)?;
        self.find(kind, subfolder, filename)
    }

    /// A file that is there.
    ///
    /// # Errors
    /// [`FolderError::BadName`] or [`FolderError::NotFound`].
    pub fn find(&self, kind: FolderKind, subfolder: &str, filename: &str) -> Result<PathBuf> {
        let path = self.within(kind, subfolder)?.join(plain(filename)?);
        let not_found = || FolderError::NotFound {
            name: filename.to_owned(),
        };
        let real = path.canonicalize().map_err(|_| not_found())?;
        if !real.starts_with(self.path(kind)) {
            return Err(bad_name(filename));
        }
        if real.is_file() {
            Ok(real)
        } else {
            Err(not_found())
        }
    }

    /// The names in the input folder, those in folders within it after a slash.
    #[must_use]
    pub fn inputs(&self) -> Vec<String> {
        let mut names = Vec::new();
        list(&self.0.input, "", &mut names);
        names.sort();
        names
    }

    /// Puts a finished upload into a folder. The same bytes under the same name keep it; other bytes
    /// get `name (1).png`, unless they are to take the place of the old ones.
    ///
    /// # Errors
    /// [`FolderError::BadName`] or [`FolderError::Unusable`].
    pub fn add(
        &self,
        kind: FolderKind,
        subfolder: &str,
        filename: &str,
        file: NamedTempFile,
        overwrite: bool,
    ) -> Result<Added> {
        let filename = plain(filename)?;
        let folder = self.make_within(kind, subfolder)?;
        if overwrite {
            let path = folder.join(filename);
            file.persist(&path).map_err(|e| unusable(&path)(e.error))?;
            return Ok(added(filename, subfolder));
        }
        let (stem, ending) = split_name(filename);
        let mut file = file;
        let mut number = 0_u32;
        loop {
            let name = match number {
                0 => filename.to_owned(),
                _ => format!("{stem} ({number}){ending}"),
            };
            let path = folder.join(&name);
            match file.persist_noclobber(&path) {
                Ok(_) => return Ok(added(&name, subfolder)),
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                    file = error.file;
                    if is_same(file.path(), &path) {
                        return Ok(added(&name, subfolder));
                    }
                }
                Err(error) => return Err(unusable(&path)(error.error)),
            }
            number += 1;
        }
    }

    /// The first free name for an output, `PREFIX_00001_.png`, with one more than the highest number
    /// that is there. The prefix may name folders within the folder. Whoever writes the file must be
    /// ready to find it taken after all, and ask again.
    ///
    /// # Errors
    /// [`FolderError::BadName`] or [`FolderError::Unusable`].
    pub fn free_output(
        &self,
        kind: FolderKind,
        prefix: &str,
        extension: &str,
    ) -> Result<(PathBuf, Added)> {
        let (subfolder, stem) = split_path(prefix)?;
        let stem = plain(stem)?;
        let folder = self.make_within(kind, subfolder)?;
        let taken = fs::read_dir(&folder).map_err(unusable(&folder))?;
        let numbers = taken.filter_map(|entry| {
            let name = entry.ok()?.file_name();
            let rest = name.to_str()?.strip_prefix(stem)?.strip_prefix('_')?;
            let digits = rest.split_once('_')?.0;
            digits.parse::<u64>().ok()
        });
        let number = numbers.max().unwrap_or(0).saturating_add(1);
        let filename = format!("{stem}_{number:0DIGITS$}_.{extension}");
        Ok((folder.join(&filename), added(&filename, subfolder)))
    }

    /// A folder within one of the folders, whether it is there or not.
    fn within(&self, kind: FolderKind, subfolder: &str) -> Result<PathBuf> {
        if subfolder.starts_with('/') {
            return Err(bad_name(subfolder));
        }
        let mut path = self.path(kind).to_owned();
        for part in subfolder.split('/').filter(|part| !part.is_empty()) {
            path.push(plain(part)?);
        }
        Ok(path)
    }

    /// A folder within one of the folders, made if it is not there.
    fn make_within(&self, kind: FolderKind, subfolder: &str) -> Result<PathBuf> {
        let path = self.within(kind, subfolder)?;
        // What is there may be a link that leads out; what is not there is made below it, so the
        // part that is there is looked at before anything is made.
        let is_inside = |path: &Path| {
            path.ancestors()
                .find_map(|ancestor| ancestor.canonicalize().ok())
                .is_some_and(|real| real.starts_with(self.path(kind)))
        };
        if !is_inside(&path) {
            return Err(bad_name(subfolder));
        }
        fs::create_dir_all(&path).map_err(unusable(&path))?;
        Ok(path)
    }
}

fn added(filename: &str, subfolder: &str) -> Added {
    Added {
        filename: filename.to_owned(),
        subfolder: subfolder.trim_matches('/').to_owned(),
    }
}

/// Checks one part of a name: a plain one on every system, so that a queue can be taken from one to
/// another.
fn plain(part: &str) -> Result<&str> {
    let is_forbidden = |c: char| c.is_control() || matches!(c, '/' | '\\' | ':');
    if part.is_empty()
        || part == "."
        || part == ".."
        || part.len() > NAME_BYTES
        || part.contains(is_forbidden)
    {
        return Err(bad_name(part));
    }
    Ok(part)
}

fn bad_name(name: &str) -> FolderError {
    FolderError::BadName {
        name: name.chars().take(NAME_BYTES).collect(),
    }
}

/// The folder part of a name, and the rest.
fn split_path(name: &str) -> Result<(&str, &str)> {
    match name.rsplit_once('/') {
        None => Ok(("", name)),
        Some(("", _)) => Err(bad_name(name)),
        Some(parts) => Ok(parts),
    }
}

/// `photo.tar` and `.gz`; `.hidden` has no ending.
fn split_name(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 => name.split_at(dot),
        _ => (name, ""),
    }
}

fn unusable(path: &Path) -> impl Fn(io::Error) -> FolderError + '_ {
    |source| FolderError::Unusable {
        path: path.to_owned(),
        source,
    }
}

/// Whether two files hold the same bytes; if it can't be told they count as different.
fn is_same(one: &Path, other: &Path) -> bool {
    let lengths = (one.metadata(), other.metadata());
    if !matches!(lengths, (Ok(one), Ok(other)) if one.len() == other.len()) {
        return false;
    }
    let compare = || -> io::Result<bool> {
        let (mut one, mut other) = (File::open(one)?, File::open(other)?);
        let (mut a, mut b) = (vec![0; 1 << 16], vec![0; 1 << 16]);
        loop {
            let read = one.read(&mut a)?;
            if read == 0 {
                return Ok(true);
            }
            other.read_exact(&mut b[..read])?;
            if a[..read] != b[..read] {
                return Ok(false);
            }
        }
    };
    compare().unwrap_or(false)
}

fn list(folder: &Path, before: &str, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        let Ok(name) = entry.file_name().into_string() else {
            // A name that is no text can't be sent.
            continue;
        };
        if kind.is_dir() {
            list(&entry.path(), &format!("{before}{name}/"), names);
        } else if kind.is_file() {
            names.push(format!("{before}{name}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use tempfile::TempDir;

    fn folders() -> (TempDir, Folders) {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        let folders = Folders::open(&at("input"), &at("output"), &at("temp")).unwrap();
        (root, folders)
    }

    fn upload(folders: &Folders, bytes: &[u8]) -> NamedTempFile {
        let mut file = NamedTempFile::new_in(folders.unfinished()).unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    #[test]
    fn no_name_leads_out_of_its_folder() {
        let (root, folders) = folders();
        fs::write(root.path().join("secret"), "").unwrap();
        for name in [
            "",
            ".",
            "..",
            "../secret",
            "/secret",
            "a/../../secret",
            "..\\secret",
            "C:secret",
            "a\0",
            "input/../../secret",
            "./../secret",
            "//secret",
            "../secret [temp]",
        ] {
            assert!(folders.resolve(name).is_err(), "{name}");
            assert!(
                folders
                    .free_output(FolderKind::Output, name, "png")
                    .is_err(),
                "{name}"
            );
            let file = upload(&folders, b"x");
            assert!(
                folders
                    .add(FolderKind::Input, "", name, file, false)
                    .is_err(),
                "{name}"
            );
        }
        let file = upload(&folders, b"x");
        assert!(
            folders
                .add(FolderKind::Input, "..", "a", file, true)
                .is_err()
        );
    }

    #[cfg(unix)]
    #[test]
    fn no_link_leads_out_of_its_folder() {
        let (root, folders) = folders();
        fs::write(root.path().join("secret"), "").unwrap();
        let input = folders.path(FolderKind::Input);
        std::os::unix::fs::symlink(root.path().join("secret"), input.join("file")).unwrap();
        std::os::unix::fs::symlink(root.path(), input.join("folder")).unwrap();
        assert!(folders.resolve("file").is_err());
        assert!(folders.resolve("folder/secret").is_err());
        let file = upload(&folders, b"x");
        assert!(
            folders
                .add(FolderKind::Input, "folder/new", "a", file, false)
                .is_err()
        );
        assert!(!root.path().join("new").exists());
    }

    #[test]
    fn a_name_may_say_which_folder_it_is_in() {
        let (_root, folders) = folders();
        fs::create_dir(folders.path(FolderKind::Output).join("album")).unwrap();
        fs::write(folders.path(FolderKind::Output).join("album/a b.png"), "").unwrap();
        assert!(folders.resolve("album/a b.png [output]").is_ok());
        assert!(matches!(
            folders.resolve("album/a b.png"),
            Err(FolderError::NotFound { .. })
        ));
    }

    #[test]
    fn outputs_are_counted_on_from_the_highest_number() {
        let (_root, folders) = folders();
        let next = |prefix: &str| {
            let (path, added) = folders
                .free_output(FolderKind::Output, prefix, "png")
                .unwrap();
            fs::write(path, "").unwrap();
            (added.subfolder, added.filename)
        };
        let name = |subfolder: &str, name: &str| (subfolder.to_owned(), name.to_owned());
        assert_eq!(next("a"), name("", "a_00001_.png"));
        assert_eq!(next("a"), name("", "a_00002_.png"));
        assert_eq!(next("a_b"), name("", "a_b_00001_.png"));
        assert_eq!(next("x/y/a"), name("x/y", "a_00001_.png"));
        fs::write(folders.path(FolderKind::Output).join("a_00041_.jpg"), "").unwrap();
        assert_eq!(next("a"), name("", "a_00042_.png"));
    }

    #[test]
    fn the_same_bytes_keep_their_name_and_others_get_a_number() {
        let (_root, folders) = folders();
        let add = |bytes: &[u8]| {
            let file = upload(&folders, bytes);
            let added = folders.add(FolderKind::Input, "", "a.tar.gz", file, false);
            added.unwrap().filename
        };
        assert_eq!(add(b"one"), "a.tar.gz");
        assert_eq!(add(b"two"), "a.tar (1).gz");
        assert_eq!(add(b"one"), "a.tar.gz");
        assert_eq!(add(b"two"), "a.tar (1).gz");
        assert_eq!(folders.inputs(), ["a.tar (1).gz", "a.tar.gz"]);
        let unfinished = fs::read_dir(folders.unfinished()).unwrap();
        assert_eq!(unfinished.count(), 0);
    }

    #[test]
    fn the_temp_folder_is_emptied_and_the_others_are_not() {
        let (root, folders) = folders();
        for kind in [FolderKind::Input, FolderKind::Output, FolderKind::Temp] {
            fs::write(folders.path(kind).join("a"), "").unwrap();
        }
        let at = |name: &str| root.path().join(name);
        Folders::open(&at("input"), &at("output"), &at("temp")).unwrap();
        assert!(at("input/a").exists() && at("output/a").exists());
        assert!(!at("temp/a").exists());
    }
}
