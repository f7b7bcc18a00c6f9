//! From a checkpoint on disk to an installed model: checked, converted, written down.

use std::path::{Path, PathBuf};

use tintype_checkpoint::{Architecture, Storage, Weights};

use crate::hash::sha256;
use crate::record::{Record, Stamp};
use crate::{Error, Result};

/// Where a checkpoint comes from.
pub(crate) struct Origin {
    /// An address or a path.
    pub(crate) text: String,
    /// Its SHA-256, which whoever calls has made sure of.
    pub(crate) sha256: String,
}

/// Checks a checkpoint tensor by tensor, writes it as this program uses it to `model`, and the record
/// beside it. Nothing of it is there before all of it is.
///
/// # Errors
/// [`Error::Checkpoint`] with what is wrong with the file, [`Error::Store`] if `model` can't be written.
pub(crate) fn install(checkpoint: &Path, origin: Origin, model: &Path) -> Result<Record> {
    let weights = Weights::open(checkpoint)?;
    let folder = model.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|error| Error::store(folder, error))?;
    // Without a loss: whatever the file stores, the network is run from fp32.
    weights.save(model, Storage::F32)?;
    let failed = |error| Error::store(model, error);
    let written_sha256 = sha256(model, &mut |_| true).map_err(failed)?;
    let record = Record {
        origin: origin.text,
        sha256: origin.sha256,
        architecture: architecture_text(weights.architecture()),
        parameters: weights.parameters(),
        written: Stamp::of(model).map_err(failed)?,
        written_sha256: written_sha256.unwrap_or_default(),
    };
    record.keep(model).map_err(failed)?;
    Ok(record)
}

/// What to call an architecture: by the name that the authors gave it, or by its sizes.
pub(crate) fn architecture_text(architecture: &Architecture) -> String {
    match (architecture.dims, architecture.depths) {
        ([192, 384, 768, 1536], [3, 3, 27, 3]) => "large".to_owned(),
        ([96, 192, 384, 768], [3, 3, 9, 3]) => "tiny".to_owned(),
        (dims, depths) => {
            let list = |numbers: [usize; 4]| numbers.map(|number| number.to_string()).join("/");
            format!("{} × {}", list(dims), list(depths))
        }
    }
}

/// An id for a checkpoint of the user's own: its name without what no system takes in a file's name.
pub(crate) fn id_for(path: &Path, is_taken: impl Fn(&str) -> bool) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let plain: String = stem
        .chars()
        .map(|c| match c {
            c if c.is_alphanumeric() || matches!(c, '-' | '_') => c,
            _ => '-',
        })
        .collect();
    let plain = match plain.trim_matches('-') {
        "" => "model",
        plain => plain,
    };
    let numbered = (2..).map(|number| format!("{plain}-{number}"));
    let mut candidates = std::iter::once(plain.to_owned()).chain(numbered);
    // There are more numbers than files.
    candidates
        .find(|id| !is_taken(id))
        .unwrap_or_else(|| plain.to_owned())
}

/// Where a model found to be damaged is put.
pub(crate) fn set_aside_path(models: &Path, id: &str) -> PathBuf {
    models.join("damaged").join(format!("{id}.safetensors"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_plain_name_and_never_one_that_is_taken() {
        let id = |name: &str| id_for(Path::new(name), |id| id == "starter" || id == "mine");
        assert_eq!(id("/x/net_g_latest.pth"), "net_g_latest");
        assert_eq!(id("mine.bin"), "mine-2");
        assert_eq!(id("starter.safetensors"), "starter-2");
        assert_eq!(id("my best: model?.pt"), "my-best--model");
        assert_eq!(id("…"), "model");
        assert_eq!(id("奶奶.pth"), "奶奶");
    }
}
