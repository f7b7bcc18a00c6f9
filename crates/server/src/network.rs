//! The installed models as what photos are colored with.

use std::path::Path;

use tintype_engine::{
    Colorizer, CudaPart, Evidence, EvidenceStore, Hardware, LIBTORCH_VERSION, Loaded, NetworkCosts,
    cuda_part, offer_cuda,
};
use tintype_jobs::{ModelError, Models};
use tintype_protocol::{CancelFlag, ModelPrecision};
use tintype_zoo::{Catalogue, Installed, ModelSource, ModelStore};

/// The models of the zoo, loaded onto one device.
pub struct InstalledModels {
    store: ModelStore,
    hardware: Hardware,
}

/// A model that is ready to run.
pub struct LoadedModel {
    /// Its network, and which arithmetic that runs in.
    pub loaded: Loaded,
    /// Where it was found.
    pub source: ModelSource,
    /// The SHA-256 of its checkpoint in hexadecimal.
    pub sha256: String,
}

impl InstalledModels {
    /// Models from `store`, run as `hardware` says.
    #[must_use]
    pub fn new(store: ModelStore, hardware: Hardware) -> Self {
        Self { store, hardware }
    }

    /// Has libtorch use NVIDIA devices, where the part for them is installed. To be said before anything is asked of
    /// these models or of devices; what is installed later is used from the next start on.
    #[must_use]
    pub fn with_nvidia(self, catalogue: &Catalogue) -> Self {
        if let Some(library) = self.store.cuda_library(catalogue, LIBTORCH_VERSION) {
            offer_cuda(library);
        }
        self
    }

    /// Finds, checks and loads a model. Where its precision is still to be decided, `comparing` is told before that
    /// is done, which takes as long as some small photos.
    ///
    /// # Errors
    /// Whatever the zoo or the network has to explain; `CANCELLED` where the flag is raised.
    pub fn open(
        &self,
        name: &str,
        comparing: &mut dyn FnMut(),
        cancel: &CancelFlag,
    ) -> Result<LoadedModel, ModelError> {
        let source = self.store.find(name).map_err(boxed)?;
        let weights = self.store.open(&source).map_err(boxed)?;
        let kept = Kept(&self.store);
        let loaded = self.hardware.load(&weights, &kept, comparing, cancel);
        if let CudaPart::Failed(reason) = cuda_part() {
            tracing::warn!(reason, "the part for NVIDIA devices can't be used");
        }
        Ok(LoadedModel {
            loaded: loaded.map_err(boxed)?,
            source,
            sha256: weights.source_sha256().to_owned(),
        })
    }

    /// What a model would take, without loading it onto the device.
    ///
    /// # Errors
    /// As [`load`](Models::load).
    pub fn costs(&self, name: &str) -> Result<NetworkCosts, ModelError> {
        let source = self.store.find(name).map_err(boxed)?;
        let weights = self.store.open(&source).map_err(boxed)?;
        let costs = self.hardware.costs(&weights, &Kept(&self.store));
        costs.map_err(boxed)
    }

    /// Which arithmetic a model runs in, and why, as far as that is known without running it. None for a model or
    /// a device that is not there.
    #[must_use]
    pub fn precision(&self, name: &str) -> Option<ModelPrecision> {
        let source = self.store.find(name).ok()?;
        let sha256 = || self.store.remembered_sha256(&source);
        let known = self.hardware.known_precision(sha256, &Kept(&self.store));
        known.ok()
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

    fn load(&self, name: &str, cancel: &CancelFlag) -> Result<Box<dyn Colorizer>, ModelError> {
        let mut comparing = || tracing::info!(model = name, "comparing bf16 with fp32");
        let Loaded { network, precision } = self.open(name, &mut comparing, cancel)?.loaded;
        tracing::info!(model = name, precision = precision.why.english, "loaded");
        Ok(Box::new(network))
    }

    fn sha256(&self, name: &str) -> Option<String> {
        // An installed model says it in its file; only a checkpoint as it was published is read for it.
        let weights = self.store.open(&self.store.find(name).ok()?).ok()?;
        Some(weights.source_sha256().to_owned())
    }

    fn precision(&self, name: &str) -> Option<ModelPrecision> {
        self.precision(name)
    }
}

/// Evidence, kept where the models' folded forms are.
struct Kept<'a>(&'a ModelStore);

impl EvidenceStore for Kept<'_> {
    fn recall(&self, checkpoint_sha256: &str) -> Option<Evidence> {
        self.0.finding(checkpoint_sha256)
    }

    fn keep(&self, evidence: &Evidence) {
        let sha256 = &evidence.key.checkpoint_sha256;
        if let Err(error) = self.0.keep_finding(sha256, evidence) {
            tracing::warn!(%error, "bf16 will be compared with fp32 again");
        }
    }
}

fn boxed(error: impl tintype_protocol::Explain + Send + Sync + 'static) -> ModelError {
    Box::new(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_for_nvidia_devices_fits_the_libtorch_of_this_program() {
        let pack = Catalogue::built_in().cuda.as_ref();
        assert_eq!(
            pack.map(|pack| &*pack.libtorch),
            Some(LIBTORCH_VERSION),
            "name the wheels of the new libtorch in models/catalogue.toml"
        );
    }
}
