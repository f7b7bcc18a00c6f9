//! Programs of others that the checks need: the user's own, or built into the cache on first use.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::places::Places;
use crate::run;

/// Finds a program by its name, which is its crate's too, or builds that version of it. `probe` is an
/// argument with which it ends at once, successfully.
pub(crate) fn find(places: &Places, name: &str, probe: &str, version: &str) -> Result<PathBuf> {
    if run::works(name, &[probe]) {
        return Ok(name.into());
    }
    let tools = places.cache.join("tools");
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let program = tools.join("bin").join(file);
    if !run::works(&program, &[probe]) {
        println!("building {name} {version}, once: this takes a minute or more");
        let mut install = run::cargo(places, &["install", name, "--locked"]);
        install
            .args(["--quiet", "--version", version, "--root"])
            .arg(&tools);
        // The repository's target folder would keep what is never needed again.
        install.env_remove("CARGO_TARGET_DIR");
        run::check(&mut install).with_context(|| format!("{name} cannot be built"))?;
    }
    Ok(program)
}
