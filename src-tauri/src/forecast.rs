//! What a photo would take at some sizes, before it is queued.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tintype_engine::{Machine, NetworkCosts};
use tintype_photo::{Limits, PhotoFile, PhotoInfo};
use tintype_protocol::shell::{Forecast, SizeForecast};
use tintype_protocol::{CancelFlag, Precision};

use crate::error::{Result, explained};
use crate::shell::Shell;

/// What models would take in a precision, if that is decided, kept: telling it means opening the checkpoint.
#[derive(Default)]
pub(crate) struct CostsByCheckpoint(Mutex<HashMap<(String, Option<Precision>), NetworkCosts>>);

impl Shell {
    /// Foresees a photo of the input folder at some sizes.
    ///
    /// # Errors
    /// A photo or model that can't be read.
    pub(crate) fn forecast(&self, name: &str, checkpoint: &str, sizes: &[u32]) -> Result<Forecast> {
        let info = self.info(name)?;
        let costs = self.costs(checkpoint)?;
        let forecast = self
            .jobs
            .forecast(&info, checkpoint, &costs, Machine::probe(), sizes)
            .map_err(|error| explained(&error, Some(name)))?;
        let of_size = |size: &tintype_jobs::SizeForecast| SizeForecast {
            size: size.size,
            milliseconds: size.expected.total().as_millis() as u64,
            bytes: size.peak_bytes,
            fits: size.fits,
        };
        Ok(Forecast {
            sizes: forecast.sizes.iter().map(of_size).collect(),
            largest: forecast.largest,
            available_bytes: forecast.machine.available_bytes,
        })
    }

    fn info(&self, name: &str) -> Result<PhotoInfo> {
        let path = self
            .folders
            .resolve(name)
            .map_err(|error| explained(&error, Some(name)))?;
        let file = PhotoFile::read(&path, &Limits::default(), &CancelFlag::new());
        Ok(*file.map_err(|error| explained(&error, Some(name)))?.info())
    }

    fn costs(&self, checkpoint: &str) -> Result<NetworkCosts> {
        let lock = || self.costs.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.models.precision(checkpoint);
        let key = (
            checkpoint.to_owned(),
            known.and_then(|known| known.precision),
        );
        if let Some(costs) = lock().get(&key) {
            return Ok(costs.clone());
        }
        let costs = self
            .models
            .costs(checkpoint)
            .map_err(|error| explained(error.as_ref(), Some(checkpoint)))?;
        lock().insert(key, costs.clone());
        Ok(costs)
    }
}
