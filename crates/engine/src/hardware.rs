//! Where and how networks run on this computer, and loading them so.

use tintype_checkpoint::Weights;
use tintype_ddcolor::set_threads;
use tintype_protocol::{
    CancelFlag, Device, DeviceChoice, ModelPrecision, Precision, PrecisionChoice,
};

use crate::comparison::{colored, compared};
use crate::precision::Terms;
use crate::{
    Comparison, Error, EvidenceStore, LIBTORCH_VERSION, Network, NetworkCosts, Processor, Result,
    resolve_device,
};

/// What the user chose of this computer, and its processor.
#[derive(Debug, Clone)]
pub struct Hardware {
    device: DeviceChoice,
    precision: PrecisionChoice,
    threads: Option<usize>,
    processor: Processor,
}

/// A network that is ready to run.
pub struct Loaded {
    /// The network.
    pub network: Network,
    /// Which arithmetic it runs in, and why.
    pub precision: ModelPrecision,
}

impl Hardware {
    /// Looks at the processor. `threads` is for the whole process; none leaves libtorch's own choice, the
    /// physical cores.
    #[must_use]
    pub fn new(device: DeviceChoice, precision: PrecisionChoice, threads: Option<usize>) -> Self {
        Self {
            device,
            precision,
            threads,
            processor: Processor::probe(),
        }
    }

    /// Which arithmetic a checkpoint would run in, as far as that is known without running it.
    /// `checkpoint_sha256` is asked for only where it matters.
    ///
    /// # Errors
    /// [`Error::Colorizer`] for a device that is not there.
    pub fn known_precision(
        &self,
        checkpoint_sha256: impl FnOnce() -> Option<String>,
        store: &dyn EvidenceStore,
    ) -> Result<ModelPrecision> {
        Ok(self.terms(self.device()?).known(checkpoint_sha256, store))
    }

    /// What a checkpoint would take. While its precision is not decided yet, as much as fp32 takes, which is
    /// more.
    ///
    /// # Errors
    /// [`Error::Colorizer`] for a device that is not there.
    pub fn costs(&self, weights: &Weights, store: &dyn EvidenceStore) -> Result<NetworkCosts> {
        let sha256 = || Some(weights.source_sha256().to_owned());
        let known = self.known_precision(sha256, store)?;
        let precision = known.precision.unwrap_or(Precision::Fp32);
        NetworkCosts::new(weights.architecture().clone(), self.device, precision)
    }

    /// Loads a network. Where its precision is still to be decided, its colors in less are compared with those in
    /// fp32 first, once on each computer; `comparing` is told before that begins. It takes as long as some
    /// small photos.
    ///
    /// # Errors
    /// As [`Network::load`], and [`Error::Cancelled`].
    pub fn load(
        &self,
        weights: &Weights,
        store: &dyn EvidenceStore,
        comparing: &mut dyn FnMut(),
        cancel: &CancelFlag,
    ) -> Result<Loaded> {
        if let Some(threads) = self.threads {
            set_threads(threads);
        }
        let device = self.device()?;
        let load = |precision| Network::load(weights, DeviceChoice::Exactly(device), precision);
        // What was loaded last to be compared is mostly what is wanted.
        let mut loaded = None;
        let measure = |others: &[Precision]| -> Result<Vec<Comparison>> {
            comparing();
            // One after the other: all at once may be more than there is room for.
            let reference = colored(&mut load(Precision::Fp32)?, cancel)?;
            let mut comparisons = Vec::with_capacity(others.len());
            for &precision in others {
                drop(loaded.take());
                let (_, network) = loaded.insert((precision, load(precision)?));
                let found = colored(network, cancel)?;
                comparisons.push(compared(&reference, precision, &found));
            }
            Ok(comparisons)
        };
        let sha256 = || weights.source_sha256().to_owned();
        let (precision, told) = self.terms(device).settle(sha256, store, measure)?;
        let network = match loaded.filter(|(loaded, _)| *loaded == precision) {
            Some((_, network)) => network,
            None => load(precision)?,
        };
        Ok(Loaded {
            network,
            precision: told,
        })
    }

    fn device(&self) -> Result<Device> {
        resolve_device(self.device).map_err(|error| Error::Colorizer(Box::new(error)))
    }

    fn terms(&self, device: Device) -> Terms<'_> {
        Terms {
            choice: self.precision,
            device,
            processor: &self.processor,
            libtorch: LIBTORCH_VERSION,
        }
    }
}
