//! cargo-deny: what the dependencies may be. Its rules are in `deny.toml`.

use std::process::Command;

use anyhow::Result;

use crate::places::Places;
use crate::steps::Outcome;
use crate::{run, tools};

/// The version that is built if none is installed.
const VERSION: &str = "0.20.2";

/// Checks licenses, banned crates and where crates come from.
pub(crate) fn policies(places: &Places) -> Result<Outcome> {
    let mut deny = cargo_deny(places)?;
    run::check(deny.args(["--locked", "check", "licenses", "bans", "sources"]))?;
    Ok(Outcome::Passed)
}

/// Checks for published security advisories, if their database can be had.
///
/// Fetching and checking are two calls, so that "no network" and "an advisory was found" cannot
/// be taken for one another.
pub(crate) fn advisories(places: &Places, offline: bool) -> Result<Outcome> {
    if offline {
        return Ok(Outcome::Skipped("--offline".into()));
    }
    if let Err(error) = run::output(cargo_deny(places)?.args(["fetch", "db"])) {
        let why = error.to_string();
        let why = why.lines().last().unwrap_or_default().trim();
        return Ok(Outcome::Skipped(format!(
            "no network: the database was not fetched ({why})"
        )));
    }
    run::check(cargo_deny(places)?.args(["--locked", "--offline", "check", "advisories"]))?;
    Ok(Outcome::Passed)
}

/// The command: the user's own, or one built into the cache on first use.
fn cargo_deny(places: &Places) -> Result<Command> {
    let mut command = Command::new(tools::find(places, "cargo-deny", "--version", VERSION)?);
    command.current_dir(&places.root);
    Ok(command)
}
