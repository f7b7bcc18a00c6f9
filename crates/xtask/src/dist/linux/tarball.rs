//! An archive for every other Linux, with a script that installs it for one user.
//!
//! It stands in for an `AppImage`: the tool for those fetches its parts while it works, and the web view
//! would have to be the system's all the same.

use std::env::consts::ARCH;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::desktop;
use super::stage::{self, Stage};
use crate::dist::product::{NAME, Product};
use crate::places::Places;
use crate::run;

/// The script, in `src-tauri/linux`.
pub(in crate::dist) const INSTALLER: &str = "install.sh";

/// Packs the stage; gives the archive in `folder`.
pub(in crate::dist) fn pack(
    places: &Places,
    product: &Product,
    stage: &Stage,
    folder: &Path,
) -> Result<PathBuf> {
    let script = stage.root.join("usr").join(INSTALLER);
    let text = desktop::template(places, product, INSTALLER)?;
    stage::write(&script, &text, 0o755)?;
    stage::date(&stage.root, product.epoch)?;
    let top = top_folder(product);
    let path = folder.join(format!("{top}.tar.xz"));
    let mut tar = Command::new("tar");
    tar.args(["--create", "--sort=name", "--format=gnu", "--owner=0", "--group=0"])
        .args(["--numeric-owner", "--mode=u+rw,go-w"])
        .arg(format!("--mtime=@{}", product.epoch))
        .arg(format!("--transform=s,^usr,{top},"))
        // Blocks make the same archive on any number of processors; one thread would make none.
        .args(["--use-compress-program=xz -6 -T2", "--file"])
        .arg(&path)
        .arg("--directory")
        .arg(&stage.root)
        .arg("usr");
    run::output(&mut tar)?;
    // The other packages have installers of their own.
    std::fs::remove_file(script)?;
    Ok(path)
}

/// The folder that the archive unpacks to, and the archive's name.
pub(in crate::dist) fn top_folder(product: &Product) -> String {
    format!("{NAME}-{}-linux-{ARCH}", product.version)
}
