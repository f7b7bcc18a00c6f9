//! `cargo xtask colorize`: from a source tree to a colorized photograph in one command.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::places::Places;
use crate::{run, setup};

/// Sets up if needed, builds the release and runs `tintype colorize` with `args`.
///
/// The program runs in the caller's folder, so relative paths mean what the caller meant.
pub(crate) fn run(places: &Places, args: &[OsString]) -> Result<ExitCode> {
    setup::ensure(places)?;
    run::check(&mut run::cargo(
        places,
        &["build", "--release", "--locked", "-p", "tintype-cli"],
    ))?;
    let program = format!("tintype{}", std::env::consts::EXE_SUFFIX);
    let mut command = Command::new(places.target.join("release").join(program));
    command.arg("colorize").args(args);
    run::passed_through(&mut run::with_libtorch(places, command))
}
