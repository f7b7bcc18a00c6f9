//! From `--checkpoint` to a loaded network.

use std::path::Path;

use tintype_engine::Network;
use tintype_protocol::{Explain, Precision};
use tintype_zoo::{ModelSource, ModelStore};

use crate::args::ColorizeArguments;

/// A network and what to call it in file names.
pub(crate) struct LoadedModel {
    pub(crate) network: Network,
    pub(crate) name: String,
    /// The SHA-256 of the checkpoint in hexadecimal.
    pub(crate) sha256: String,
}

/// Finds, checks and loads the model that was asked for.
///
/// # Errors
/// Whatever the zoo or the network has to explain.
pub(crate) fn load(arguments: &ColorizeArguments) -> Result<LoadedModel, Box<dyn Explain>> {
    let store = ModelStore::of_user();
    let source = store.find(&arguments.checkpoint).map_err(boxed)?;
    let weights = store.open(&source).map_err(boxed)?;
    let threads = arguments.hardware.threads.map(usize::from);
    let network = Network::load(
        &weights,
        arguments.hardware.device,
        Precision::default(),
        threads,
    )
    .map_err(boxed)?;
    Ok(LoadedModel {
        network,
        name: name_of(&source, &arguments.checkpoint),
        sha256: weights.source_sha256().to_owned(),
    })
}

fn boxed(error: impl Explain + 'static) -> Box<dyn Explain> {
    Box::new(error)
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
