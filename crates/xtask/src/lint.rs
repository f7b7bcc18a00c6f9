//! `cargo xtask lint`: every check that needs no test to run.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::places::Places;
use crate::steps::{Outcome, Steps};
use crate::{deny, npm, run, setup, tidy, window};

/// Runs all checks, also after one has failed, and lists the failures at the end.
pub(crate) fn run(places: &Places, offline: bool) -> Result<ExitCode> {
    // Clippy and rustdoc run build scripts, torch-sys' among them, which wants libtorch.
    setup::ensure(places)?;
    // What goes on after a failure is told to, so that one run shows all there is to mend.
    let cargo = |words: &str| {
        let args: Vec<_> = words.split_whitespace().collect();
        let mut command = run::cargo(places, &args);
        // Only rustdoc reads it.
        run::check(command.env("RUSTDOCFLAGS", "-Dwarnings"))?;
        Ok(Outcome::Passed)
    };
    let mut steps = Steps::default();
    steps.step("format", || cargo("fmt --all --check"));
    steps.step("tidy", || tidy::check(places));
    steps.step("clippy", || {
        cargo("clippy --workspace --all-targets --locked --keep-going -- -Dwarnings")
    });
    steps.step("documentation", || {
        cargo("doc --workspace --no-deps --locked --keep-going")
    });
    let ui = window::folder(places);
    steps.step("npm packages of the window", || npm::install(&ui));
    steps.step("types of the window", || npm::script(&ui, "check"));
    steps.step("lints of the window", || npm::script(&ui, "lint"));
    steps.step("workflows", || workflows(places));
    steps.step("licenses, bans and sources", || deny::policies(places));
    steps.step("advisories", || deny::advisories(places, offline));
    Ok(steps.finish())
}

/// Checks the workflows, whose own runner is the only other place where their faults show. Its checks of
/// scripts are left out: they differ with what else is installed.
fn workflows(places: &Places) -> Result<Outcome> {
    const LINTER: &str = "actionlint";
    if !run::works(LINTER, &["-version"]) {
        return Ok(Outcome::Skipped(format!("{LINTER} is not installed")));
    }
    let mut command = Command::new(LINTER);
    command.args(["-shellcheck=", "-pyflakes="]);
    run::check(command.current_dir(&places.root))?;
    Ok(Outcome::Passed)
}
