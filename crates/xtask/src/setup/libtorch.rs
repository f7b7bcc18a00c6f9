//! Whether libtorch is there, and installing it into the per-user cache.
//!
//! A folder appears under its final name only when it is whole, so a set-up that was interrupted
//! leaves nothing that a later one could mistake for libtorch.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use super::download::{Downloader, Patience};
use super::extract;
use super::glob;
use super::pip::{Pip, Wheel};
use super::platform::{Build, Flavor, Platform, TORCH, VERSION};
use super::progress::Progress;
use crate::places::Places;

/// Begins the names of folders that are being filled.
const UNFINISHED: &str = "unfinished-";

/// torch-sys reads this file and refuses another version.
const VERSION_FILE: &str = "build-version";

/// Where libtorch is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum State {
    /// In this folder, which the repository's link or the user's `LIBTORCH` names.
    Linked(PathBuf),
    /// In this folder of the cache, which the repository does not point at yet.
    Cached(PathBuf),
    /// Nowhere.
    Missing,
}

/// Looks for a libtorch of `flavor`, or of any flavor.
///
/// # Errors
/// If the user's own `LIBTORCH` is not a libtorch of the right version: nothing done here would
/// help, since Cargo prefers the variable.
pub(super) fn state(places: &Places, platform: &Platform, flavor: Option<Flavor>) -> Result<State> {
    let variable = env::var_os("LIBTORCH").map(PathBuf::from);
    state_given(places, platform, flavor, variable)
}

fn state_given(
    places: &Places,
    platform: &Platform,
    flavor: Option<Flavor>,
    variable: Option<PathBuf>,
) -> Result<State> {
    let link = places.libtorch_link();
    // Cargo sets the variable to the link for all that it starts; only another one is the user's.
    if let Some(folder) = variable.filter(|folder| !is_same_place(folder, &link)) {
        ensure!(
            is_libtorch(&folder, platform),
            "LIBTORCH names {}, which is not libtorch {VERSION}; unset it and try again",
            folder.display()
        );
        let linked = fs::canonicalize(&link).ok() == fs::canonicalize(&folder).ok();
        return Ok(if linked {
            State::Linked(folder)
        } else {
            State::Cached(folder)
        });
    }
    let fits = |folder: &Path| {
        is_libtorch(folder, platform) && (flavor != Some(Flavor::Cuda) || has_cuda(folder))
    };
    if fits(&link) {
        return Ok(State::Linked(fs::canonicalize(&link).unwrap_or(link)));
    }
    let cached = places.cache.join(flavor.unwrap_or(Flavor::Cpu).folder());
    Ok(if fits(&cached) {
        State::Cached(cached)
    } else {
        State::Missing
    })
}

/// Fetches libtorch, puts it together and gives the folder in the cache.
pub(super) fn install(places: &Places, platform: &Platform, flavor: Flavor) -> Result<PathBuf> {
    let build = platform.build(flavor)?;
    let cache = &places.cache;
    let downloads = cache.join("downloads");
    fs::create_dir_all(&downloads)
        .with_context(|| format!("{} cannot be made", downloads.display()))?;
    let _lock = lock(cache)?;
    // Another checkout's set-up may have finished while this one waited.
    let target = cache.join(flavor.folder());
    if is_libtorch(&target, platform) {
        return Ok(target);
    }
    sweep(cache)?;

    let room = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempdir_in(cache)?;
    println!("asking pip where libtorch {VERSION} is");
    let wheels: Vec<_> = Pip::new(room.path())?
        .resolve(&build.requirements(), &platform.tags(), build.with_dependencies)?
        .into_iter()
        // What else torch depends on is Python code.
        .filter(|wheel| wheel.name == TORCH || wheel.name.starts_with("nvidia-"))
        .collect();
    let downloader = Downloader::new(Patience::default());
    let mut archives = Vec::new();
    for wheel in &wheels {
        archives.push(fetch(&downloader, wheel, &downloads)?);
    }
    assemble(build, platform, &archives, cache, &target)?;
    for archive in archives {
        fs::remove_file(&archive)
            .with_context(|| format!("{} cannot be deleted", archive.display()))?;
    }
    // Only if empty: parts of another flavor's download may wait in it.
    let _ = fs::remove_dir(&downloads);
    Ok(target)
}

fn fetch(downloader: &Downloader, wheel: &Wheel, downloads: &Path) -> Result<PathBuf> {
    let archive = downloads.join(wheel.file_name());
    // The name is the hash, and a file gets it only when checked.
    if !archive.exists() {
        let mut progress = Progress::new(&format!("fetching {}", wheel.name));
        downloader.fetch(&wheel.url, &wheel.sha256, &archive, &mut progress)?;
    }
    Ok(archive)
}

/// Fills a folder beside `target` out of `archives` and moves it there when it is whole.
fn assemble(
    build: &Build,
    platform: &Platform,
    archives: &[PathBuf],
    cache: &Path,
    target: &Path,
) -> Result<()> {
    let room = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempdir_in(cache)?;
    let folder = room.path().join("libtorch");
    let mut used = vec![false; build.rules.len()];
    for archive in archives {
        extract::extract(
            archive,
            &folder,
            |name| build.destination(name),
            |name| {
                for (rule, used) in build.rules.iter().zip(&mut used) {
                    *used |= glob::matches(rule.pattern, name);
                }
            },
        )?;
    }
    for (rule, used) in build.rules.iter().zip(used) {
        ensure!(
            used,
            "the wheels of libtorch {VERSION} hold no {}",
            rule.pattern
        );
    }
    if let Some((name, text)) = build.script {
        fs::write(folder.join(name), text)?;
    }
    fs::write(folder.join(VERSION_FILE), format!("{VERSION}\n"))?;
    ensure!(
        is_libtorch(&folder, platform),
        "the wheels of libtorch {VERSION} are incomplete"
    );
    if target.exists() {
        fs::remove_dir_all(target)
            .with_context(|| format!("{} is damaged and stays", target.display()))?;
    }
    fs::rename(&folder, target)
        .with_context(|| format!("libtorch cannot be moved to {}", target.display()))
}

/// Keeps other checkouts' set-ups out until it is dropped; the system frees it after a crash.
fn lock(cache: &Path) -> Result<File> {
    let path = cache.join("lock");
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            println!("waiting for another set-up to finish");
            file.lock().context("waiting for another set-up failed")?;
        }
        Err(fs::TryLockError::Error(error)) => bail!("cannot lock {}: {error}", path.display()),
    }
    Ok(file)
}

/// Clears away what an interrupted set-up was filling. Needs the lock.
fn sweep(cache: &Path) -> Result<()> {
    for entry in fs::read_dir(cache)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            fs::remove_dir_all(entry.path())
                .with_context(|| format!("{} cannot be deleted", entry.path().display()))?;
        }
    }
    Ok(())
}

/// Whether `folder` is a libtorch that the build would take.
fn is_libtorch(folder: &Path, platform: &Platform) -> bool {
    // As torch-sys has it: a folder that tells no version is taken at its word.
    let version_fits = match fs::read_to_string(folder.join(VERSION_FILE)) {
        Ok(text) => text.trim().split('+').next() == Some(VERSION),
        Err(_) => true,
    };
    version_fits
        && folder.join("lib").join(platform.core_library).is_file()
        && folder
            .join("include/torch/csrc/api/include/torch/torch.h")
            .is_file()
}

/// Whether two paths name one place, which need not be there. The folders they are in are compared
/// as they are on disk, since Cargo and the shell may spell a repository behind a link differently.
fn is_same_place(one: &Path, other: &Path) -> bool {
    let resolved = |path: &Path| {
        let folder = fs::canonicalize(path.parent()?).ok()?;
        Some(folder.join(path.file_name()?))
    };
    one == other || resolved(one).is_some_and(|one| Some(one) == resolved(other))
}

fn has_cuda(folder: &Path) -> bool {
    ["libtorch_cuda.so", "torch_cuda.dll"]
        .iter()
        .any(|name| folder.join("lib").join(name).is_file())
}

#[cfg(test)]
#[path = "libtorch_tests.rs"]
mod tests;
