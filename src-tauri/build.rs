//! Gives Tauri what it wants at build time.

use std::fs;
use std::path::Path;

/// Where `ui` is built to.
const DIST: &str = "../ui/dist";
/// Stands in for the window's contents until they are built, so that `cargo build` and
/// rust-analyzer work on a fresh clone.
const PLACEHOLDER: &str = "<!doctype html><title>Tintype</title><p>The window is not built yet: run <code>cargo xtask app</code>.";

fn main() {
    let page = Path::new(DIST).join("index.html");
    if !page.exists()
        && let Err(error) = fs::create_dir_all(DIST).and_then(|()| fs::write(&page, PLACEHOLDER))
    {
        println!("cargo::warning=cannot write {}: {error}", page.display());
    }
    println!("cargo::rerun-if-changed={DIST}");
    tauri_build::build();
}
