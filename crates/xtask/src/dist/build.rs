//! The programs as they are packaged: built for release without a trace of where they were built.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use directories::BaseDirs;

use super::product::{EPOCH_VARIABLE, PROGRAMS, Product};
use crate::places::Places;
use crate::{npm, run, window};

/// Where a packaged program finds libtorch, relative to itself; on Windows it lies beside it.
const RUN_PATH: Option<&str> = if cfg!(target_os = "linux") {
    Some("$ORIGIN/../lib/tintype")
} else if cfg!(target_os = "macos") {
    Some("@executable_path/../Frameworks")
} else {
    None
};
/// Separates the flags in Cargo's variable.
const SEPARATOR: &str = "\u{1f}";

/// Builds the window's page and the programs; gives the programs in the order of [`PROGRAMS`].
///
/// They have a target folder of their own, since their flags differ from those of other builds.
pub(super) fn build(places: &Places, product: &Product, target: &Path) -> Result<Vec<PathBuf>> {
    npm::install(&window::folder(places))?;
    npm::script(&window::folder(places), "build")?;
    let renamed = renamed(places, target)?;
    let mut cargo = run::cargo(places, &["build", "--release", "--locked"]);
    for program in PROGRAMS {
        cargo.args(["--package", package_of(program)]);
    }
    cargo
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_ENCODED_RUSTFLAGS", rust_flags(&renamed))
        // What Cargo's own configuration says, for this checkout even when another one's tool runs.
        .env("LIBTORCH", places.libtorch_link())
        .env(EPOCH_VARIABLE, product.epoch.to_string());
    if !cfg!(windows) {
        let flags = c_flags(&renamed);
        cargo.env("CFLAGS", &flags).env("CXXFLAGS", &flags);
    }
    run::check(&mut cargo)?;
    let release = target.join("release");
    let path = |name: &str| release.join(format!("{name}{}", env::consts::EXE_SUFFIX));
    Ok(PROGRAMS.into_iter().map(path).collect())
}

fn package_of(program: &str) -> &str {
    if program == "tintype" {
        "tintype-cli"
    } else {
        program
    }
}

/// Folders of this computer, and what they are called in what is built. Of two that fit, the later one
/// counts.
fn renamed(places: &Places, target: &Path) -> Result<Vec<(PathBuf, &'static str)>> {
    let sysroot = run::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let mut renamed = vec![
        (cargo_home()?, "cargo"),
        (PathBuf::from(sysroot.trim()), "rust"),
    ];
    if !target.starts_with(&places.root) {
        renamed.push((target.to_owned(), "target"));
    }
    renamed.push((places.root.clone(), "tintype"));
    // As the compiler finds it when it resolves links.
    if let Ok(root) = places.root.canonicalize()
        && root != places.root
    {
        renamed.push((root, "tintype"));
    }
    Ok(renamed)
}

/// Where Cargo keeps the sources of dependencies.
pub(super) fn cargo_home() -> Result<PathBuf> {
    match env::var_os("CARGO_HOME").filter(|folder| !folder.is_empty()) {
        Some(folder) => Ok(folder.into()),
        None => Ok(BaseDirs::new()
            .context("no home folder is known: set CARGO_HOME")?
            .home_dir()
            .join(".cargo")),
    }
}

/// For rustc; they replace those of Cargo's configuration, whose run paths lead to the checkout.
fn rust_flags(renamed: &[(PathBuf, &str)]) -> OsString {
    let mut flags: Vec<OsString> = Vec::new();
    if let Some(run_path) = RUN_PATH {
        flags.push(format!("-Clink-arg=-Wl,-rpath,{run_path}").into());
    }
    if cfg!(windows) {
        // Neither a time nor a path of debugging data in the program.
        flags.extend([
            "-Clink-arg=/Brepro".into(),
            "-Clink-arg=/PDBALTPATH:%_PDB%".into(),
        ]);
    }
    for (folder, name) in renamed {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(folder);
        flag.push(format!("={name}"));
        flags.push(flag);
    }
    flags.join(SEPARATOR.as_ref())
}

/// For C and C++ compilers, which put paths into assertions.
fn c_flags(renamed: &[(PathBuf, &str)]) -> OsString {
    let flag = |(folder, name): &(PathBuf, &str)| {
        let mut flag = OsString::from("-ffile-prefix-map=");
        flag.push(folder);
        flag.push(format!("={name}"));
        flag
    };
    let flags: Vec<_> = renamed.iter().map(flag).collect();
    flags.join(" ".as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_folder_is_renamed_for_rust_and_for_c() {
        let renamed = [(PathBuf::from("/a b"), "cargo"), ("/c".into(), "tintype")];
        let rust = rust_flags(&renamed).into_string().unwrap();
        let flags: Vec<_> = rust.split(SEPARATOR).collect();
        let last = [
            "--remap-path-prefix=/a b=cargo",
            "--remap-path-prefix=/c=tintype",
        ];
        assert_eq!(flags[flags.len() - 2..], last);
        assert_eq!(
            c_flags(&renamed[1..]).into_string().unwrap(),
            "-ffile-prefix-map=/c=tintype"
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_packaged_program_looks_nowhere_but_in_its_own_folder() {
        let rust = rust_flags(&[]).into_string().unwrap();
        assert_eq!(rust, "-Clink-arg=-Wl,-rpath,$ORIGIN/../lib/tintype");
    }
}
