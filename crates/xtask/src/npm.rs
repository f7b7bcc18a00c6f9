//! npm packages: installed where the lock file has changed since the last time.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::run;
use crate::steps::Outcome;

/// Where npm notes what it has installed.
const INSTALLED: &str = "node_modules/.package-lock.json";
const LOCK: &str = "package-lock.json";

/// Installs exactly what the lock file of a folder names, unless that is there already.
pub(crate) fn install(folder: &Path) -> Result<Outcome> {
    if is_current(folder) {
        return Ok(Outcome::Passed);
    }
    let mut command = npm(folder, &["ci", "--no-audit", "--no-fund"]);
    run::check(&mut command).context("Node with npm is needed: https://nodejs.org")?;
    ensure!(
        is_current(folder),
        "npm has not installed {}",
        folder.display()
    );
    Ok(Outcome::Passed)
}

/// Runs one of a folder's scripts.
pub(crate) fn script(folder: &Path, name: &str) -> Result<Outcome> {
    run::check(&mut npm(folder, &["run", "--silent", name]))?;
    Ok(Outcome::Passed)
}

/// Runs npm in a folder; what it printed.
pub(crate) fn output(folder: &Path, args: &[&str]) -> Result<String> {
    run::output(&mut npm(folder, args))
}

fn npm(folder: &Path, args: &[&str]) -> Command {
    // On Windows npm is a script, which only its whole name starts.
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.args(args).current_dir(folder);
    command
}

/// Whether what is installed is not older than the lock file.
fn is_current(folder: &Path) -> bool {
    let changed = |name: &str| fs::metadata(folder.join(name)).and_then(|m| m.modified());
    match (changed(INSTALLED), changed(LOCK)) {
        (Ok(installed), Ok(lock)) => installed >= lock,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_current_until_the_lock_file_changes() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at(LOCK), "{}").unwrap();
        assert!(!is_current(folder.path()));
        fs::create_dir(at("node_modules")).unwrap();
        fs::write(at(INSTALLED), "{}").unwrap();
        assert!(is_current(folder.path()));
        let later = std::time::SystemTime::now() + std::time::Duration::from_mins(1);
        let lock = fs::File::options().append(true).open(at(LOCK)).unwrap();
        lock.set_modified(later).unwrap();
        assert!(!is_current(folder.path()));
    }
}
