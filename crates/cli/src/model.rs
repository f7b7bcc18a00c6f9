//! From `--checkpoint` to a loaded network.

use std::path::Path;

use tintype_engine::{Loaded, Network};
use tintype_protocol::{CancelFlag, Explain, ModelPrecision};
use tintype_server::InstalledModels;
use tintype_zoo::{Catalogue, ModelSource, ModelStore};

use crate::args::{ColorizeArguments, HardwareArguments};

/// A network and what to call it in file names.
pub(crate) struct LoadedModel {
    pub(crate) network: Network,
    pub(crate) precision: ModelPrecision,
    pub(crate) name: String,
    /// The SHA-256 of the checkpoint in hexadecimal.
    pub(crate) sha256: String,
}

/// Finds, checks and loads the model that was asked for. `comparing` is told where its precision is still to be
/// decided, which takes a while.
///
/// # Errors
/// Whatever the zoo or the network has to explain.
pub(crate) fn load(
    arguments: &ColorizeArguments,
    comparing: &mut dyn FnMut(),
    cancel: &CancelFlag,
) -> Result<LoadedModel, Box<dyn Explain + Send + Sync>> {
    let boxed = |error| -> Box<dyn Explain + Send + Sync> { Box::new(error) };
    let models = installed(&arguments.hardware).map_err(boxed)?;
    let opened = models.open(&arguments.checkpoint, comparing, cancel)?;
    let Loaded { network, precision } = opened.loaded;
    Ok(LoadedModel {
        network,
        precision,
        name: name_of(&opened.source, &arguments.checkpoint),
        sha256: opened.sha256,
    })
}

/// The user's models on the hardware that was asked for.
///
/// # Errors
/// For a catalogue that was named and can't be read.
pub(crate) fn installed(hardware: &HardwareArguments) -> tintype_zoo::Result<InstalledModels> {
    let models = InstalledModels::new(ModelStore::of_user(), hardware.hardware());
    Ok(models.with_nvidia(&Catalogue::load()?))
}

fn name_of(source: &ModelSource, asked: &str) -> String {
    let stem = match source {
        ModelSource::Starter => None,
        ModelSource::File(path) => path.file_stem().map(Path::new),
    };
    stem.map_or_else(
        || asked.to_owned(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}
