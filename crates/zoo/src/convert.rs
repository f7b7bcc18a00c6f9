//! Converting a checkpoint once.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};
use tintype_checkpoint::{Storage, Weights};

use crate::Result;
use crate::hash::hex;

/// Opens a checkpoint by way of its folded form in `cache`, making that form if it isn't there yet.
///
/// The cache is a convenience: where it cannot be written, or what lies there is damaged, the
/// checkpoint itself is used.
pub(crate) fn open(checkpoint: &Path, cache: &Path) -> Result<Weights> {
    let Some(converted) = converted_path(checkpoint, cache) else {
        return Ok(Weights::open(checkpoint)?);
    };
    if converted.is_file() {
        match Weights::open(&converted) {
            Ok(weights) => return Ok(weights),
            Err(error) => {
                tracing::warn!(path = %converted.display(), %error, "converting anew");
            }
        }
    }
    let weights = Weights::open(checkpoint)?;
    if weights.is_mapped() {
        // Already a folded file: a copy of it would gain nothing.
        return Ok(weights);
    }
    match keep(&weights, &converted) {
        Ok(mapped) => Ok(mapped),
        Err(error) => {
            tracing::warn!(path = %converted.display(), %error, "could not keep the converted model");
            Ok(weights)
        }
    }
}

/// Saves the folded weights and returns them mapped, so that the copy in memory can go.
fn keep(
    weights: &Weights,
    converted: &Path,
) -> std::result::Result<Weights, Box<dyn std::error::Error>> {
    if let Some(folder) = converted.parent() {
        std::fs::create_dir_all(folder)?;
    }
    weights.save(converted, Storage::F32)?;
    Ok(Weights::open(converted)?)
}

/// Names the folded form by what tells one state of a file from another without reading all of it:
/// its path, length and time of modification. None where the file can't be looked at.
pub(crate) fn converted_path(checkpoint: &Path, cache: &Path) -> Option<PathBuf> {
    let path = checkpoint.canonicalize().ok()?;
    let metadata = path.metadata().ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let mut hash = Sha256::new();
    hash.update(path.as_os_str().as_encoded_bytes());
    hash.update(metadata.len().to_le_bytes());
    hash.update(modified.as_nanos().to_le_bytes());
    let mut name = path.file_stem()?.to_string_lossy().into_owned();
    name.push('-');
    name.push_str(&hex(&hash.finalize()[..8]));
    Some(cache.join(format!("{name}.safetensors")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reference checkpoint, copied so that its place and time are the test's own.
    fn checkpoint_in(folder: &Path) -> PathBuf {
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens/micro.pth");
        let copy = folder.join("micro.pth");
        std::fs::copy(original, &copy).unwrap();
        copy
    }

    #[test]
    fn a_checkpoint_is_converted_once_and_mapped_from_then_on() {
        let folder = tempfile::tempdir().unwrap();
        let (checkpoint, cache) = (checkpoint_in(folder.path()), folder.path().join("cache"));
        assert!(open(&checkpoint, &cache).unwrap().is_mapped());
        let converted = converted_path(&checkpoint, &cache).unwrap();
        let first = converted.metadata().unwrap().modified().unwrap();
        assert!(open(&checkpoint, &cache).unwrap().is_mapped());
        assert_eq!(converted.metadata().unwrap().modified().unwrap(), first);
    }

    #[test]
    fn a_damaged_conversion_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let (checkpoint, cache) = (checkpoint_in(folder.path()), folder.path().join("cache"));
        let parameters = open(&checkpoint, &cache).unwrap().parameters();
        let converted = converted_path(&checkpoint, &cache).unwrap();
        std::fs::write(&converted, b"damaged").unwrap();
        assert_eq!(open(&checkpoint, &cache).unwrap().parameters(), parameters);
        assert!(Weights::open(&converted).is_ok());
    }

    #[test]
    fn a_cache_that_cannot_be_written_costs_nothing_but_time() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoint = checkpoint_in(folder.path());
        // A file where the folder should be.
        let cache = folder.path().join("cache");
        std::fs::write(&cache, b"").unwrap();
        assert!(!open(&checkpoint, &cache).unwrap().is_mapped());
    }

    #[test]
    fn another_state_of_the_file_gets_another_conversion() {
        let folder = tempfile::tempdir().unwrap();
        let (checkpoint, cache) = (checkpoint_in(folder.path()), folder.path().join("cache"));
        let before = converted_path(&checkpoint, &cache);
        std::fs::write(&checkpoint, b"another").unwrap();
        assert_ne!(before, converted_path(&checkpoint, &cache));
    }
}
