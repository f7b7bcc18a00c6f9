//! The window: building its page and the app around it, and what drives it in tests.

use std::path::PathBuf;

use anyhow::Result;

use crate::places::Places;
use crate::{npm, run, tools};

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

/// What drives the window in tests; none on macOS, whose web view nothing drives.
pub(crate) fn driver(places: &Places) -> Result<Option<PathBuf>> {
    if cfg!(target_os = "macos") {
        return Ok(None);
    }
    tools::find(places, "tauri-driver", "--help", DRIVER_VERSION).map(Some)
}
