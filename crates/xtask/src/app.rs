//! `cargo xtask app`: from a source tree to the open window in one command.

use std::env;
use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

use crate::places::Places;
use crate::{run, setup, window};

/// Sets up if needed, builds the release and opens the window.
pub(crate) fn run(places: &Places, args: &[OsString]) -> Result<ExitCode> {
    // Said before minutes of building.
    if !has_display() {
        bail!(
            "there is no display to open a window on. On a machine without one, give the command one \
             that nobody sees: `xvfb-run -a dbus-run-session -- cargo xtask app`; over ssh, connect \
             with `ssh -X`"
        );
    }
    setup::ensure(places)?;
    window::build(places, &["--release"])?;
    let program = format!("tintype-app{}", env::consts::EXE_SUFFIX);
    let mut command = Command::new(places.target.join("release").join(program));
    command.args(args);
    run::passed_through(&mut run::with_libtorch(places, command))
}

/// Whether windows can be opened; only Linux has machines where they can't.
fn has_display() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}
