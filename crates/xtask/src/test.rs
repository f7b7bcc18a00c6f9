//! `cargo xtask test`: every test of the project.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::places::Places;
use crate::steps::{Outcome, Steps};
use crate::{npm, run, setup};

/// Sets up if needed, then runs the suites; `args` go to Cargo's.
pub(crate) fn run(places: &Places, args: &[OsString]) -> Result<ExitCode> {
    setup::ensure(places)?;
    let mut steps = Steps::default();
    steps.step("npm packages of the clients", || {
        npm::install(&places.root.join("tests/clients"))
    });
    steps.step("cargo test", || {
        let mut command = run::cargo(
            places,
            &["test", "--workspace", "--locked", "--no-fail-fast"],
        );
        command.args(args);
        run::check(&mut run::with_libtorch(places, command))?;
        Ok(Outcome::Passed)
    });
    Ok(steps.finish())
}
