//! `cargo xtask dist`: installers for the system that it runs on, with libtorch and the starter inside.
//!
//! The programs are built without a trace of where ([`build`]) and joined with what they need of libtorch
//! ([`mod@libtorch`]) and with everyone's terms ([`notices`]). On Linux one tree is staged and packed as
//! `.deb`, `.rpm` and as an archive ([`linux`]); on macOS and Windows Tauri's bundler packs ([`bundle`]).
//! [`check`] installs the Debian package into a clean system and uses it; [`twice`] builds it once more
//! elsewhere and compares.

mod build;
mod bundle;
#[cfg(target_os = "linux")]
mod check;
mod leaks;
mod libtorch;
#[cfg(target_os = "linux")]
mod linux;
mod notices;
mod product;
mod report;
#[cfg(target_os = "linux")]
mod twice;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::ValueEnum;

use crate::places::Places;
use crate::setup;
use libtorch::Library;
use product::Product;
use report::Sizes;

/// What the user asked of `dist`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wish {
    /// These kinds of packages; all of the system if empty.
    pub(crate) only: Vec<Kind>,
    /// The Debian package and the archive are to be installed into a clean system and used.
    pub(crate) check: bool,
    /// The Debian package is to be built once more, elsewhere, and compared.
    pub(crate) twice: bool,
    /// The tables of sizes in the documents are to be renewed.
    pub(crate) report: bool,
}

/// A kind of package for Linux. Other systems get all that Tauri's bundler makes for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// For Debian, Ubuntu and their relatives.
    Deb,
    /// For Fedora and its relatives.
    Rpm,
    /// For every other Linux, and for one user.
    Tarball,
}

/// Builds the packages and does with them what is asked.
pub(crate) fn run(places: &Places, wish: &Wish) -> Result<ExitCode> {
    ensure_possible(wish)?;
    setup::ensure_for(places, setup::Purpose::Packages)?;
    let product = Product::read(places)?;
    let target = places.target.join("dist");
    let programs = build::build(places, &product, &target)?;
    finish(places, wish, &product, &target, &programs)
}

/// Says what can't be done here, before minutes of building.
#[cfg(target_os = "linux")]
fn ensure_possible(wish: &Wish) -> Result<()> {
    anyhow::ensure!(
        wish.only.is_empty() || wish.only.contains(&Kind::Deb) || !(wish.check || wish.twice),
        "it is the Debian package that is checked: leave out --only, or name it"
    );
    if wish.check {
        check::ensure_possible()?;
    }
    Ok(())
}

/// Says what can't be done here, before minutes of building.
#[cfg(not(target_os = "linux"))]
fn ensure_possible(wish: &Wish) -> Result<()> {
    anyhow::ensure!(
        wish.only.is_empty() && !wish.check && !wish.twice,
        "--only, --check and --twice are for Linux' packages"
    );
    Ok(())
}

#[cfg(target_os = "linux")]
fn finish(
    places: &Places,
    wish: &Wish,
    product: &Product,
    target: &std::path::Path,
    programs: &[PathBuf],
) -> Result<ExitCode> {
    let kinds = if wish.only.is_empty() {
        Kind::value_variants()
    } else {
        &wish.only
    };
    let (stage, packages) = linux::pack(places, product, programs, target, kinds)?;
    tell(places, wish, &packages, programs, &stage.libraries)?;
    if wish.twice {
        twice::compare(places, product, &stage, &packages)?;
    }
    if wish.check {
        check::run(places, product, target, &packages)?;
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(not(target_os = "linux"))]
fn finish(
    places: &Places,
    wish: &Wish,
    _product: &Product,
    target: &std::path::Path,
    programs: &[PathBuf],
) -> Result<ExitCode> {
    let folder = target.join("packages");
    std::fs::create_dir_all(&folder)?;
    leaks::check(places, target, programs)?;
    let (packages, libraries) = bundle::pack(places, programs, target, &folder)?;
    tell(places, wish, &packages, programs, &libraries)?;
    Ok(ExitCode::SUCCESS)
}

fn tell(
    places: &Places,
    wish: &Wish,
    packages: &[PathBuf],
    programs: &[PathBuf],
    libraries: &[Library],
) -> Result<()> {
    let sizes = Sizes {
        packages,
        programs,
        libraries,
        libtorch: &places.libtorch_link(),
    };
    report::print(&sizes)?;
    for package in packages {
        println!("made: {}", package.display());
    }
    if wish.report {
        report::write(places, &sizes)?;
    }
    Ok(())
}
