//! A colorizer that colors nothing, but notes when it reported what.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tintype_engine::{Colorizer, Costs, Error};
use tintype_jobs::{ModelError, Models};
use tintype_photo::{ChromaMap, NetworkInput};
use tintype_protocol::{CancelFlag, Device, Precision};

use crate::memory;

/// What workflows call it.
pub(crate) const NAME: &str = "none";

/// Reports of a job: few enough that the queue tells of each one.
const REPORTS: u8 = 4;
/// The time between them, in which a real network would compute.
const PAUSE: Duration = Duration::from_millis(2);

/// When each job of a round reported.
#[derive(Default)]
pub(crate) struct Calls(Mutex<Noted>);

#[derive(Default)]
struct Noted {
    /// One entry a job, in the order in which they ran.
    reports: Vec<Vec<Instant>>,
    resident: Option<u64>,
}

impl Calls {
    /// The reports since the last call, and the resident memory at the hundredth job of them.
    pub(crate) fn take(&self) -> (Vec<Vec<Instant>>, Option<u64>) {
        let noted = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        (noted.reports, noted.resident)
    }

    fn note(&self, reports: Vec<Instant>) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.reports.push(reports);
        if noted.reports.len() == 100 {
            noted.resident = memory::resident();
        }
    }
}

struct Nothing(Arc<Calls>);

impl Colorizer for Nothing {
    fn colorize(
        &mut self,
        input: &NetworkInput,
        progress: &mut dyn FnMut(f32),
        _cancel: &CancelFlag,
    ) -> Result<ChromaMap, Error> {
        let mut reports = Vec::with_capacity(REPORTS.into());
        for report in 1..=REPORTS {
            std::thread::sleep(PAUSE);
            reports.push(Instant::now());
            progress(f32::from(report) / f32::from(REPORTS));
        }
        self.0.note(reports);
        let plane = input.width as usize * input.height as usize;
        Ok(ChromaMap::new(
            input.width,
            input.height,
            vec![0.0; 2 * plane],
        )?)
    }

    fn costs(&self) -> Arc<dyn Costs + Send + Sync> {
        Arc::new(Self(Arc::clone(&self.0)))
    }
}

impl Costs for Nothing {
    fn peak_bytes(&self, width: u32, height: u32) -> u64 {
        u64::from(width) * u64::from(height)
    }

    fn expected_time(&self, _width: u32, _height: u32) -> Duration {
        PAUSE * REPORTS.into()
    }

    fn device(&self) -> Device {
        Device::Cpu
    }

    fn precision(&self) -> Precision {
        Precision::Fp32
    }
}

/// The only model there is.
pub(crate) struct OneModel(pub(crate) Arc<Calls>);

impl Models for OneModel {
    fn names(&self) -> Vec<String> {
        vec![NAME.into()]
    }

    fn load(&self, _name: &str, _cancel: &CancelFlag) -> Result<Box<dyn Colorizer>, ModelError> {
        Ok(Box::new(Nothing(Arc::clone(&self.0))))
    }
}
