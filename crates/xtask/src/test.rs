//! `cargo xtask test`: every test of the project.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::places::Places;
use crate::steps::{Outcome, Steps};
use crate::{npm, run, setup, window};

/// Sets up if needed, then runs the suites; `args` go to Cargo's.
pub(crate) fn run(places: &Places, args: &[OsString]) -> Result<ExitCode> {
    setup::ensure_for(places, setup::Purpose::Tests)?;
    let mut steps = Steps::default();
    steps.step("npm packages of the clients", || {
        npm::install(&places.root.join("tests/clients"))
    });
    let ui = window::folder(places);
    steps.step("npm packages of the window", || npm::install(&ui));
    steps.step("tests of the window's page", || npm::script(&ui, "test"));
    // Before Cargo builds the app around it.
    steps.step("the window's page", || npm::script(&ui, "build"));
    let driver = window::driver(places)?;
    steps.step("cargo test", || {
        let mut command = run::cargo(
            places,
            &["test", "--workspace", "--locked", "--no-fail-fast"],
        );
        command.args(args);
        // The tests' own hosts are on this computer, whatever proxy leads out of it.
        command.env("NO_PROXY", "127.0.0.1,localhost");
        if let Some(driver) = &driver {
            command.env(window::DRIVER_VARIABLE, driver);
        }
        run::check(&mut run::with_libtorch(places, command))?;
        Ok(Outcome::Passed)
    });
    Ok(steps.finish())
}
