//! The DDColor network as a [`Colorizer`].

use std::sync::Arc;
use std::time::Duration;

use tintype_checkpoint::{Architecture, Weights};
use tintype_ddcolor::{GrayInput, Model, expected_time, peak_bytes};
use tintype_photo::{ChromaMap, NetworkInput};
use tintype_protocol::{CancelFlag, Device, DeviceChoice, Precision};

use crate::{Colorizer, Costs, Error, Result};

pub use tintype_ddcolor::{
    CudaPart, LIBTORCH_VERSION, cuda_part, offer_cuda, resolve_device, threads,
};

/// A loaded network, kept warm from photo to photo.
pub struct Network {
    model: Model,
    costs: NetworkCosts,
}

impl Network {
    /// Moves checked weights to a device, in one precision and no other. Whoever has the choice loads by
    /// [`Hardware`](crate::Hardware).
    ///
    /// # Errors
    /// [`Error::Colorizer`] with what the network's crate says: a device that is not there, or
    /// too little memory for the weights.
    pub fn load(weights: &Weights, device: DeviceChoice, precision: Precision) -> Result<Self> {
        let costs = NetworkCosts::new(weights.architecture().clone(), device, precision)?;
        let model = Model::load(weights, costs.device, precision)
            .map_err(|error| Error::Colorizer(Box::new(error)))?;
        Ok(Self { model, costs })
    }

    /// The sizes read off the checkpoint.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        self.model.architecture()
    }
}

impl Colorizer for Network {
    fn colorize(
        &mut self,
        input: &NetworkInput,
        progress: &mut dyn FnMut(f32),
        cancel: &CancelFlag,
    ) -> Result<ChromaMap> {
        let (width, height) = (input.width, input.height);
        let gray = GrayInput {
            data: &input.data,
            batch: 1,
            height: height as usize,
            width: width as usize,
        };
        let ab = self
            .model
            .run(gray, &mut |at| progress(at.fraction), cancel);
        match ab {
            Ok(ab) => Ok(ChromaMap::new(width, height, ab.data)?),
            Err(tintype_ddcolor::Error::Cancelled) => Err(Error::Cancelled),
            Err(tintype_ddcolor::Error::OutOfMemory(_)) => Err(Error::OutOfMemory {
                size: width.max(height),
                needed_bytes: self.peak_bytes(width, height),
                available_bytes: crate::Machine::probe().available_bytes,
                suggested_size: None,
            }),
            Err(error) => Err(Error::Colorizer(Box::new(error))),
        }
    }

    fn costs(&self) -> Arc<dyn Costs + Send + Sync> {
        Arc::new(self.costs.clone())
    }
}

/// As its architecture tells: what the last run took only paces the next one's progress.
impl Costs for Network {
    fn peak_bytes(&self, width: u32, height: u32) -> u64 {
        self.costs.peak_bytes(width, height)
    }

    fn expected_time(&self, width: u32, height: u32) -> Duration {
        self.costs.expected_time(width, height)
    }

    fn device(&self) -> Device {
        self.costs.device()
    }

    fn precision(&self) -> Precision {
        self.costs.precision()
    }
}

/// What a network would take, told by its architecture before it is loaded.
#[derive(Debug, Clone)]
pub struct NetworkCosts {
    architecture: Architecture,
    device: Device,
    precision: Precision,
}

impl NetworkCosts {
    /// # Errors
    /// [`Error::Colorizer`] for a device that is not there.
    pub fn new(
        architecture: Architecture,
        device: DeviceChoice,
        precision: Precision,
    ) -> Result<Self> {
        let device = resolve_device(device).map_err(|error| Error::Colorizer(Box::new(error)))?;
        Ok(Self {
            architecture,
            device,
            precision,
        })
    }
}

impl Costs for NetworkCosts {
    fn peak_bytes(&self, width: u32, height: u32) -> u64 {
        let (height, width) = (height as usize, width as usize);
        peak_bytes(&self.architecture, 1, height, width, self.precision)
    }

    fn expected_time(&self, width: u32, height: u32) -> Duration {
        expected_time(&self.architecture, 1, height as usize, width as usize)
    }

    fn device(&self) -> Device {
        self.device
    }

    fn precision(&self) -> Precision {
        self.precision
    }
}
