//! The tree that every Linux package is made of: `usr/` as it will be, every file dated alike.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};

use super::desktop;
use crate::dist::libtorch::{self, Library};
use crate::dist::notices;
use crate::dist::product::{NAME, Product};
use crate::places::Places;
use crate::run;

const PROGRAM: u32 = 0o755;
const DATA: u32 = 0o644;
/// Icons by the side that they are drawn for, in pixels.
const ICONS: [(&str, &str); 6] = [
    ("32x32", "32x32.png"),
    ("64x64", "64x64.png"),
    ("128x128", "128x128.png"),
    ("256x256", "128x128@2x.png"),
    ("512x512", "icon.png"),
    ("scalable", "icon.svg"),
];

/// The tree, and what of it is told about.
pub(in crate::dist) struct Stage {
    /// The folder that stands for `/`.
    pub(in crate::dist) root: PathBuf,
    pub(in crate::dist) libraries: Vec<Library>,
}

impl Stage {
    /// Makes the tree in `root`, in place of an earlier one.
    pub(in crate::dist) fn make(
        places: &Places,
        product: &Product,
        programs: &[PathBuf],
        root: &Path,
    ) -> Result<Self> {
        if root.exists() {
            fs::remove_dir_all(root)?;
        }
        let usr = root.join("usr");
        for program in programs {
            let name = program.file_name().context("a program has a name")?;
            let staged = usr.join("bin").join(name);
            put(program, &staged, PROGRAM)?;
            forget_the_build(&staged)?;
        }
        let lib = places.libtorch_link().join("lib");
        let libraries = libtorch::collect(programs, &lib, &usr.join("lib").join(NAME))?;
        for library in &libraries {
            fs::set_permissions(&library.path, fs::Permissions::from_mode(DATA))?;
        }
        let share = usr.join("share");
        for (size, file) in ICONS {
            let extension = file.rsplit('.').next().unwrap_or_default();
            let name = format!("icons/hicolor/{size}/apps/{}.{extension}", product.id);
            put(
                &places.root.join("icons").join(file),
                &share.join(name),
                DATA,
            )?;
        }
        for (name, text) in desktop::files(places, product)? {
            write(&share.join(name), &text, DATA)?;
        }
        let doc = share.join("doc").join(NAME);
        for (name, text) in notices::files(places)? {
            write(&doc.join(name), &text, DATA)?;
        }
        put(
            &places.root.join("CHANGELOG.md"),
            &doc.join("CHANGELOG.md"),
            DATA,
        )?;
        date(root, product.epoch)?;
        Ok(Self {
            root: root.to_owned(),
            libraries,
        })
    }

    /// Every file, relative to the root, sorted.
    pub(in crate::dist) fn files(&self) -> Result<Vec<PathBuf>> {
        files_below(&self.root)
    }
}

/// Every file below a folder, relative to it, sorted.
pub(in crate::dist) fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                files.push(entry.path().strip_prefix(folder)?.to_owned());
            }
        }
    }
    files.sort();
    Ok(files)
}

fn put(source: &Path, path: &Path, mode: u32) -> Result<()> {
    let copy = || -> Result<()> {
        fs::create_dir_all(path.parent().context("a file is in a folder")?)?;
        fs::copy(source, path)?;
        Ok(fs::set_permissions(path, fs::Permissions::from_mode(mode))?)
    };
    copy().with_context(|| format!("{} cannot be staged", source.display()))
}

/// Takes out of a program what differs from build to build without being code.
///
/// Assemblers write into the table of symbols where their sources lay, which no flag of a compiler renames; no function is
/// called like a path. LLVM marks functions that it has made visible across modules, for its link-time optimization, by a
/// hash of their module that is not the same each time. And the build's id is a hash of all of that.
fn forget_the_build(program: &Path) -> Result<()> {
    let mut objcopy = Command::new("objcopy");
    objcopy
        .args(["--wildcard", "--strip-symbol=/*", "--strip-symbol=*.llvm.*"])
        .arg("--remove-section=.note.gnu.build-id")
        .arg(program);
    run::check(&mut objcopy)
}

/// Writes a text file with this mode, and the folders that it is in.
pub(in crate::dist) fn write(path: &Path, text: &str, mode: u32) -> Result<()> {
    fs::create_dir_all(path.parent().context("a file is in a folder")?)?;
    fs::write(path, text)?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(mode))?)
}

/// Dates a folder and all in it, and gives folders the mode that packages have, whatever this user's is.
pub(in crate::dist) fn date(folder: &Path, epoch: i64) -> Result<()> {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(epoch.try_into()?);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            date(&entry.path(), epoch)?;
        } else {
            File::open(entry.path())?.set_modified(time)?;
        }
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(PROGRAM))?;
    Ok(File::open(folder)?.set_modified(time)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_staged_is_dated_alike() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("usr/share/b"), "b", DATA).unwrap();
        write(&folder.path().join("usr/a"), "a", PROGRAM).unwrap();
        date(folder.path(), 1_700_000_000).unwrap();
        assert_eq!(
            files_below(folder.path()).unwrap(),
            [Path::new("usr/a"), Path::new("usr/share/b")]
        );
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        for name in ["usr", "usr/a", "usr/share", "usr/share/b"] {
            let metadata = folder.path().join(name).metadata().unwrap();
            assert_eq!(metadata.modified().unwrap(), time, "{name}");
            let mode = if name.ends_with('b') { DATA } else { PROGRAM };
            assert_eq!(metadata.permissions().mode() & 0o777, mode, "{name}");
        }
    }
}
