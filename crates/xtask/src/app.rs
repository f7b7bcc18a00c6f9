//! `cargo xtask app`: from a source tree to the open window in one command.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Result, ensure};

use crate::places::Places;
use crate::{run, setup, window};

/// Sets up if needed, builds the release and opens the window.
pub(crate) fn run(places: &Places, args: &[OsString]) -> Result<ExitCode> {
    ensure_display("cargo xtask app")?;
    setup::ensure(places)?;
    window::build(places)?;
    let mut command = Command::new(program(places));
    command.args(args);
    run::passed_through(&mut run::with_libtorch(places, command))
}

/// The app as built for release.
pub(crate) fn program(places: &Places) -> PathBuf {
    let file = format!("tintype-app{}", env::consts::EXE_SUFFIX);
    places.target.join("release").join(file)
}

/// Says how to get a display where there is none, before minutes of building.
pub(crate) fn ensure_display(command: &str) -> Result<()> {
    ensure!(
        has_display(),
        "there is no display to open a window on. On a machine without one, give the command one that \
         nobody sees: `xvfb-run -a dbus-run-session -- {command}`; over ssh, connect with `ssh -X`"
    );
    Ok(())
}

/// Whether windows can be opened; only Linux has machines where they can't.
fn has_display() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}
