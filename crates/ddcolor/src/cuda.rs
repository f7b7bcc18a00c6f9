//! The part of libtorch for NVIDIA devices, where it is installed apart from the program.
//!
//! libtorch learns of such devices from code that runs when that part is loaded; nothing needs to be linked
//! with it. The part takes some seconds and gigabytes of addresses to load, so that is put off until a
//! device is asked for.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Where the part is, once somebody has said so.
static OFFERED: OnceLock<PathBuf> = OnceLock::new();

/// What came of loading it.
static LOADED: OnceLock<std::result::Result<(), String>> = OnceLock::new();

/// What is known of the part for NVIDIA devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CudaPart {
    /// Nobody has offered any, or no device has been asked for since.
    NotLoaded,
    /// libtorch has it.
    Loaded,
    /// It could not be loaded; what the system says.
    Failed(&'static str),
}

/// Says where libtorch's part for NVIDIA devices is: the path of `libtorch_cuda`, of the very version that this
/// program is built on. It is loaded when such a device is first asked for, unless one was asked for already,
/// so this has to be said first. Of several calls the first counts.
pub fn offer_cuda(library: PathBuf) {
    // That there was another before is what is said above.
    let _ = OFFERED.set(library);
}

/// What came of the part that was offered.
#[must_use]
pub fn cuda_part() -> CudaPart {
    match LOADED.get() {
        None => CudaPart::NotLoaded,
        Some(Ok(())) => CudaPart::Loaded,
        Some(Err(reason)) => CudaPart::Failed(reason),
    }
}

/// Loads the part that was offered, if any was, and if that has not been done.
pub(crate) fn ensure_loaded() {
    if let Some(library) = OFFERED.get() {
        // A failure is kept: without the part there is no such device, which is what whoever asks is told.
        let _ = LOADED.get_or_init(|| load(library));
    }
}

#[cfg(unix)]
#[allow(unsafe_code, reason = "that is how a program takes in a library")]
fn load(path: &Path) -> std::result::Result<(), String> {
    use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
    // SAFETY: its start-up code registers what it can do with the libtorch that is there. It is the same build:
    // whoever offers it says so. Nothing of libtorch runs meanwhile that looks at what is registered for
    // such devices, since that begins with asking for one.
    let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_GLOBAL) };
    let library = library.map_err(|error| error.to_string())?;
    // What it has registered is used to the end of the process.
    std::mem::forget(library);
    Ok(())
}

#[cfg(not(unix))]
fn load(_: &Path) -> std::result::Result<(), String> {
    Err("not on this system".to_owned())
}
