//! From a checkpoint on disk to an installed model: checked, converted, written down.

use std::path::{Path, PathBuf};

use tintype_checkpoint::{Architecture, Storage, Weights};
use tintype_protocol::CancelFlag;

use crate::hash::sha256;
use crate::record::{Record, Stamp, remove_if_there};
use crate::{Error, Result};

/// Where a checkpoint comes from.
pub(crate) struct Origin {
    /// An address or a path.
    pub(crate) text: String,
    /// Its SHA-256, which whoever calls has made sure of.
    pub(crate) sha256: String,
}

/// Where an installed model goes.
pub(crate) struct Target<'a> {
    /// Its file.
    pub(crate) model: &'a Path,
    /// The folder, on the same disk, where it lies until it is whole.
    pub(crate) unfinished: &'a Path,
    pub(crate) cancel: &'a CancelFlag,
}

/// Checks a checkpoint tensor by tensor, writes it as this program uses it, and the record beside it.
/// Nothing of it is there under its name before all of it is on the disk.
///
/// # Errors
/// [`Error::Checkpoint`] with what is wrong with the file, [`Error::Store`] if it can't be written,
/// [`Error::Cancelled`].
pub(crate) fn install(checkpoint: &Path, origin: Origin, target: &Target<'_>) -> Result<Record> {
    let Target {
        model,
        unfinished,
        cancel,
    } = *target;
    let weights = Weights::open(checkpoint)?;
    if cancel.is_cancelled() {
        return Err(Error::Cancelled);
    }
    let whole = unfinished.join(model.file_name().unwrap_or_default());
    let failed = |error| Error::store(&whole, error);
    std::fs::create_dir_all(unfinished).map_err(failed)?;
    // Without a loss: whatever the file stores, the network is run from fp32.
    weights.save(&whole, Storage::F32)?;
    let written_sha256 = sha256(&whole, &mut |_| !cancel.is_cancelled()).map_err(failed)?;
    let Some(written_sha256) = written_sha256 else {
        remove_if_there(&whole).map_err(failed)?;
        return Err(Error::Cancelled);
    };
    let record = Record {
        origin: origin.text,
        sha256: origin.sha256,
        architecture: architecture_text(weights.architecture()),
        parameters: weights.parameters(),
        // Renaming keeps length and time.
        written: Stamp::of(&whole).map_err(failed)?,
        written_sha256,
    };
    // In this order no file ever lies beside the record of another: that would pass for damage.
    let put = || {
        Record::forget(model)?;
        std::fs::rename(&whole, model)?;
        record.keep(model)
    };
    put().map_err(|error| Error::store(model, error))?;
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

/// Names that Windows keeps to itself, whatever comes after a dot.
const WINDOWS_DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com1", "lpt1"];

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
    // Systems bound names at 255 bytes, and Chinese letters take three.
    let plain: String = plain.trim_matches('-').chars().take(60).collect();
    let is_device = WINDOWS_DEVICES.contains(&&*plain.to_ascii_lowercase());
    let plain = match &*plain {
        "" => "model".to_owned(),
        _ if is_device => format!("{plain}-model"),
        _ => plain,
    };
    let numbered = (2..).map(|number| format!("{plain}-{number}"));
    let mut candidates = std::iter::once(plain.clone()).chain(numbered);
    // There are more numbers than files.
    candidates
        .find(|id| !is_taken(id))
        .unwrap_or_else(|| plain.clone())
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
        assert_eq!(id("NUL.pth"), "NUL-model");
        assert!(id(&"长".repeat(100)).len() < 200);
    }
}
