//! The folders of photos, and names within them.
//!
//! Names come from outside. None leads out of its folder: each part of a name is checked, and what a
//! name leads to is resolved through links and compared with the folder before it is used.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::{NamedTempFile, PersistError};
use tintype_protocol::FolderKind;

use crate::FolderError;
use crate::names::{bad_name, number_in, numbered, plain, split_name, split_path};

/// What this module's functions return.
type Result<T> = std::result::Result<T, FolderError>;

/// A file in a temp folder that says that it is one, and that this program may empty it.
const MARK: &str = ".tintype-temp";

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
    /// Makes the folders where they are missing, and empties the temp folder. A temp folder that this
    /// program has not made is left as it is: it may be somebody's own folder of that name.
    ///
    /// # Errors
    /// [`FolderError::Unusable`], or [`FolderError::WithinTemp`] before anything is removed.
    pub fn open(input: &Path, output: &Path, temp: &Path) -> Result<Self> {
        for folder in [input, output, temp] {
            fs::create_dir_all(folder).map_err(unusable(folder))?;
        }
        // Absolute, since the process may change its own folder, and without links, so that what a
        // name leads to can be compared.
        let whole = |folder: &Path| folder.canonicalize().map_err(unusable(folder));
        let (input, output, temp) = (whole(input)?, whole(output)?, whole(temp)?);
        for folder in [&input, &output] {
            if folder.starts_with(&temp) {
                return Err(FolderError::WithinTemp {
                    folder: folder.clone(),
                });
            }
        }
        empty(&temp).map_err(unusable(&temp))?;
        let unfinished = temp.join("uploads");
        fs::create_dir_all(&unfinished).map_err(unusable(&unfinished))?;
        Ok(Self(Arc::new(Paths {
            input,
            output,
            temp,
            unfinished,
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
            place(file, &path, true).map_err(|e| unusable(&path)(e.error))?;
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
            match place(file, &path, false) {
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
    /// that is there. The prefix may name folders within the folder. Nothing is made by that name, or
    /// a program that ends at the wrong moment would leave an empty picture: whoever writes the file
    /// must be ready to find it taken after all, and ask again.
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
            number_in(name.to_str()?, stem)
        });
        let mut number = numbers.max().unwrap_or(0);
        loop {
            number += 1;
            let filename = numbered(stem, number, extension);
            let path = folder.join(&filename);
            // A disk may take two names for one that are spelled differently, and a link that leads
            // nowhere takes a name too. Asking the disk itself keeps whoever asks again from being
            // given the same name for ever.
            if path.symlink_metadata().is_err() {
                return Ok((path, added(&filename, subfolder)));
            }
        }
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

/// Empties a temp folder, if it is one of this program's.
fn empty(temp: &Path) -> io::Result<()> {
    let mark = temp.join(MARK);
    let entries: Vec<_> = fs::read_dir(temp)?.collect::<io::Result<_>>()?;
    if !entries.is_empty() && !mark.exists() {
        tracing::warn!(folder = %temp.display(), "the temp folder holds what is not ours; it is not emptied");
        return Ok(());
    }
    for entry in entries {
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else if entry.path() != mark {
            fs::remove_file(entry.path())?;
        }
    }
    File::create(mark)?;
    Ok(())
}

/// Gives a finished file its name. A file can't be renamed from one disk to another, so it is copied
/// over first where it has to be.
fn place(
    file: NamedTempFile,
    path: &Path,
    overwrite: bool,
) -> std::result::Result<File, PersistError> {
    let rename = |file: NamedTempFile| {
        if overwrite {
            file.persist(path)
        } else {
            file.persist_noclobber(path)
        }
    };
    match rename(file) {
        Err(PersistError { error, file }) if error.kind() == io::ErrorKind::CrossesDevices => {
            match copied(file.path(), path.parent().unwrap_or(path)) {
                Ok(near) => rename(near),
                Err(error) => Err(PersistError { error, file }),
            }
        }
        placed => placed,
    }
}

fn copied(from: &Path, folder: &Path) -> io::Result<NamedTempFile> {
    let mut copy = NamedTempFile::new_in(folder)?;
    io::copy(&mut File::open(from)?, &mut copy)?;
    Ok(copy)
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
