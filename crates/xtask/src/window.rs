//! The window: building its page and the app around it, and what drives it in tests.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::places::Places;
use crate::{npm, run, setup, tools};

/// The version of `tauri-driver` that is built if none is installed.
const DRIVER_VERSION: &str = "2.1.0";
/// Tells the tests of the window where the driver is.
pub(crate) const DRIVER_VARIABLE: &str = "TINTYPE_TAURI_DRIVER";

/// The folder of the window's page.
pub(crate) fn folder(places: &Places) -> PathBuf {
    places.root.join("ui")
}

/// Builds the page, and the release of the app with the page inside it.
pub(crate) fn build(places: &Places) -> Result<()> {
    npm::install(&folder(places))?;
    npm::script(&folder(places), "build")?;
    let build = ["build", "--release", "--locked", "-p", "tintype-app"];
    run::check(&mut run::cargo(places, &build))
}

/// Tells how fast frames come while a large photo is looked at. What draws them is the system's web view
/// and not the app, so that the build of the tests serves.
pub(crate) fn bench_viewer(places: &Places) -> Result<ExitCode> {
    setup::ensure_for(places, setup::Purpose::Tests)?;
    npm::install(&folder(places))?;
    npm::script(&folder(places), "build")?;
    let driver = driver(places)?.context("no driver of windows here")?;
    let test = "test --locked -p tintype-app --test window -- --nocapture looking::";
    let arguments: Vec<_> = test.split(' ').collect();
    let mut command = run::cargo(places, &arguments);
    command.env(DRIVER_VARIABLE, driver);
    run::passed_through(&mut run::with_libtorch(places, command))
}

/// What drives the window in tests; none but on Linux, whose display and session bus they are made for.
pub(crate) fn driver(places: &Places) -> Result<Option<PathBuf>> {
    if !cfg!(target_os = "linux") {
        return Ok(None);
    }
    tools::find(places, "tauri-driver", "--help", DRIVER_VERSION).map(Some)
}
