//! Whether the same commit gives the same package: it is built once more from a copy of the tree in another
//! folder, and compared bit by bit.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::linux::stage::Stage;
use super::product::Product;
use super::{Kind, build, linux};
use crate::places::Places;
use crate::run;

/// Builds again what is committed, and fails if the Debian package differs.
pub(super) fn compare(
    places: &Places,
    product: &Product,
    stage: &Stage,
    packages: &[PathBuf],
) -> Result<()> {
    let room = tempfile::Builder::new()
        .prefix("tintype-again-")
        .tempdir()?;
    let root = room.path().join("another/checkout");
    fs::create_dir_all(&root)?;
    copy_tree(places, &root)?;
    let link = fs::canonicalize(places.libtorch_link())?;
    std::os::unix::fs::symlink(link, root.join(".libtorch"))?;
    let other = Places {
        target: root.join("target"),
        cache: places.cache.clone(),
        root,
    };
    println!("building once more, in {}", other.root.display());
    let target = other.target.join("dist");
    let programs = build::build(&other, product, &target)?;
    let (again, others) = linux::pack(&other, product, &programs, &target, &[Kind::Deb])?;
    let is_deb = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "deb");
    let deb = packages
        .iter()
        .find(is_deb)
        .context("there is no Debian package")?;
    let same = fs::read(deb)? == fs::read(&others[0])?;
    let differing = differing(&stage.root, &stage.files()?, &again.root, &again.files()?);
    if !same {
        bail!(
            "the same commit gave another package; these files differ: {}",
            differing.join(", ")
        );
    }
    println!("the same commit gave the same package");
    Ok(())
}

/// What Git tracks, as it is now.
fn copy_tree(places: &Places, root: &Path) -> Result<()> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z"]).current_dir(&places.root);
    for name in run::output(&mut git)?.split_terminator('\0') {
        let (source, path) = (places.root.join(name), root.join(name));
        fs::create_dir_all(path.parent().context("a file is in a folder")?)?;
        fs::copy(&source, &path).with_context(|| format!("{name} cannot be copied"))?;
    }
    Ok(())
}

/// Files that only one tree has, or that both have otherwise.
fn differing(one: &Path, in_one: &[PathBuf], other: &Path, in_other: &[PathBuf]) -> Vec<String> {
    let mut names: Vec<_> = in_one.iter().chain(in_other).collect();
    names.sort();
    names.dedup();
    let mut differing = Vec::new();
    for name in names {
        let is_same = match (fs::read(one.join(name)), fs::read(other.join(name))) {
            (Ok(one), Ok(other)) => one == other,
            _ => false,
        };
        if !is_same {
            differing.push(name.display().to_string());
        }
    }
    differing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_named() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [one, other] = folders.each_ref().map(tempfile::TempDir::path);
        for (folder, name, text) in [
            (one, "same", "a"),
            (other, "same", "a"),
            (one, "changed", "a"),
            (other, "changed", "b"),
            (other, "added", ""),
        ] {
            fs::write(folder.join(name), text).unwrap();
        }
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        let found = differing(
            one,
            &paths(&["changed", "same"]),
            other,
            &paths(&["added", "changed", "same"]),
        );
        assert_eq!(found, ["added", "changed"]);
    }
}
