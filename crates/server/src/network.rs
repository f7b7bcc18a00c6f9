//! The installed models as what jobs are run with.

use std::path::Path;

use tintype_engine::{Colorizer, Network, NetworkCosts};
use tintype_jobs::{ModelError, Models};
use tintype_protocol::{DeviceChoice, Precision};
use tintype_zoo::{Installed, ModelStore};

/// The models of the zoo, loaded onto one device.
pub struct InstalledModels {
    store: ModelStore,
    device: DeviceChoice,
    precision: Precision,
    threads: Option<usize>,
}

impl InstalledModels {
    /// Models from `store` on `device`. `threads` is for the whole process; none leaves libtorch's
    /// own choice, the physical cores.
    #[must_use]
    pub fn new(
        store: ModelStore,
        device: DeviceChoice,
        precision: Precision,
        threads: Option<usize>,
    ) -> Self {
        Self {
            store,
            device,
            precision,
            threads,
        }
    }
}

impl InstalledModels {
    /// What a model would take, without loading it onto the device.
    ///
    /// # Errors
    /// As [`load`](Models::load).
    pub fn costs(&self, name: &str) -> Result<NetworkCosts, ModelError> {
        let source = self.store.find(name).map_err(boxed)?;
        let weights = self.store.open(&source).map_err(boxed)?;
        let architecture = weights.architecture().clone();
        NetworkCosts::new(architecture, self.device, self.precision).map_err(boxed)
    }

    /// The folder that models are installed in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.store.models_folder()
    }
}

impl Models for InstalledModels {
    fn names(&self) -> Vec<String> {
        let name = |model: Installed| match model.path.as_deref().and_then(Path::file_name) {
            // As ComfyUI's node has it: with the extension.
            Some(file) => file.to_string_lossy().into_owned(),
            None => model.id,
        };
        self.store.installed().into_iter().map(name).collect()
    }

    fn load(&self, name: &str) -> Result<Box<dyn Colorizer>, ModelError> {
        let source = self.store.find(name).map_err(boxed)?;
        let weights = self.store.open(&source).map_err(boxed)?;
        let network = Network::load(&weights, self.device, self.precision, self.threads);
        Ok(Box::new(network.map_err(boxed)?))
    }

    fn sha256(&self, name: &str) -> Option<String> {
        // An installed model says it in its file; only a checkpoint as it was published is read for it.
        let weights = self.store.open(&self.store.find(name).ok()?).ok()?;
        Some(weights.source_sha256().to_owned())
    }
}

fn boxed(error: impl tintype_protocol::Explain + Send + Sync + 'static) -> ModelError {
    Box::new(error)
}
