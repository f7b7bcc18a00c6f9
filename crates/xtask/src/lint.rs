//! `cargo xtask lint`: every check that needs no test to run.

use std::process::ExitCode;

use anyhow::Result;

use crate::places::Places;
use crate::steps::{Outcome, Steps};
use crate::{deny, run, setup, tidy};

/// Runs all checks, also after one has failed, and lists the failures at the end.
pub(crate) fn run(places: &Places, offline: bool) -> Result<ExitCode> {
    // Clippy and rustdoc run build scripts, torch-sys' among them, which wants libtorch.
    setup::ensure(places)?;
    let cargo = |args: &[&str]| {
        run::check(&mut run::cargo(places, args))?;
        Ok(Outcome::Passed)
    };
    let mut steps = Steps::default();
    steps.step("format", || cargo(&["fmt", "--all", "--check"]));
    steps.step("tidy", || tidy::check(places));
    steps.step("clippy", || {
        cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ])
    });
    steps.step("documentation", || {
        let mut doc = run::cargo(places, &["doc", "--workspace", "--no-deps", "--locked"]);
        run::check(doc.env("RUSTDOCFLAGS", "-Dwarnings"))?;
        Ok(Outcome::Passed)
    });
    steps.step("licenses, bans and sources", || deny::policies(places));
    steps.step("advisories", || deny::advisories(places, offline));
    Ok(steps.finish())
}
