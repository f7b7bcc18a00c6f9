//! The link from the repository to libtorch in the cache.
//!
//! Cargo's configuration can only name a place relative to the repository, and the cache is
//! somewhere else for every user. A symbolic link bridges the two; on Windows a directory
//! junction, which needs no special right.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// Whether `link` leads to `folder`, or is it.
pub(super) fn points_to(link: &Path, folder: &Path) -> bool {
    match (fs::canonicalize(link), fs::canonicalize(folder)) {
        (Ok(link), Ok(folder)) => link == folder,
        _ => false,
    }
}

/// Makes `link` lead to `folder`, in place of an earlier link but never of anything else.
pub(super) fn point(link: &Path, folder: &Path) -> Result<()> {
    match fs::symlink_metadata(link) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
        // Reading works for junctions too, which are not called symbolic links.
        Ok(_) if fs::read_link(link).is_ok() => remove(link)?,
        Ok(_) => bail!("something else is there; move it away"),
    }
    make(link, folder)
}

#[cfg(unix)]
fn make(link: &Path, folder: &Path) -> Result<()> {
    std::os::unix::fs::symlink(folder, link).context("the link cannot be made")
}

#[cfg(unix)]
fn remove(link: &Path) -> Result<()> {
    fs::remove_file(link).context("the old link cannot be removed")
}

#[cfg(windows)]
fn make(link: &Path, folder: &Path) -> Result<()> {
    let mut command = std::process::Command::new("cmd");
    command.args(["/C", "mklink", "/J"]).arg(link).arg(folder);
    crate::run::output(&mut command)
        .map(drop)
        .context("the junction cannot be made")
}

#[cfg(windows)]
fn remove(link: &Path) -> Result<()> {
    fs::remove_dir(link).context("the old junction cannot be removed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_made_and_turned_and_a_folder_is_left_alone() {
        let room = tempfile::tempdir().unwrap();
        let [one, two, link] = ["one", "two", "link"].map(|name| room.path().join(name));
        fs::create_dir(&one).unwrap();
        fs::create_dir(&two).unwrap();

        assert!(!points_to(&link, &one));
        point(&link, &one).unwrap();
        assert!(points_to(&link, &one));
        point(&link, &two).unwrap();
        assert!(points_to(&link, &two) && !points_to(&link, &one));
        // Also one that leads nowhere any more.
        fs::remove_dir(&two).unwrap();
        point(&link, &one).unwrap();
        assert!(points_to(&link, &one));

        let error = point(&one, &link).unwrap_err().to_string();
        assert!(error.contains("something else"), "{error}");
        assert!(one.is_dir());
    }
}
