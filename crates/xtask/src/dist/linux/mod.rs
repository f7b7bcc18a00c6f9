//! Linux: one staged tree, and the packages that are made of it.

pub(super) mod deb;
mod desktop;
pub(super) mod rpm;
pub(super) mod stage;
pub(super) mod tarball;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::product::Product;
use super::{Kind, leaks};
use crate::places::Places;
use crate::run;
use stage::Stage;

/// Stages the programs, and packs what is asked for into `folder`.
pub(in crate::dist) fn pack(
    places: &Places,
    product: &Product,
    programs: &[PathBuf],
    target: &Path,
    kinds: &[Kind],
) -> Result<(Stage, Vec<PathBuf>)> {
    println!("staging");
    let stage = Stage::make(places, product, programs, &target.join("stage"))?;
    validate(&stage, product)?;
    let files = stage.files()?;
    let files: Vec<_> = files.iter().map(|file| stage.root.join(file)).collect();
    leaks::check(places, target, &files)?;
    let folder = fresh(target.join("packages"))?;
    let mut packages = Vec::new();
    for kind in kinds {
        println!("packing {kind:?}");
        packages.push(match kind {
            Kind::Deb => deb::pack(product, &stage, &folder)?,
            Kind::Rpm => rpm::pack(product, &stage, &folder)?,
            Kind::Tarball => tarball::pack(places, product, &stage, &folder)?,
        });
    }
    Ok((stage, packages))
}

/// An empty folder: what an earlier version left is no package of this one.
fn fresh(folder: PathBuf) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Asks the tools of those who read them what they think of the launcher and of the page.
fn validate(stage: &Stage, product: &Product) -> Result<()> {
    let share = stage.root.join("usr/share");
    let id = &product.id;
    let mut launcher = Command::new("desktop-file-validate");
    launcher.arg(share.join(format!("applications/{id}.desktop")));
    run::check(&mut launcher)?;
    let mut page = Command::new("appstreamcli");
    page.args(["validate", "--no-net"]);
    page.arg(share.join(format!("metainfo/{id}.metainfo.xml")));
    run::check(&mut page)
}
