//! A network that colors everything orange, and waits where the test says so.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use tintype_engine::{Colorizer, Costs, Error};
use tintype_jobs::{ModelError, Models};
use tintype_photo::{ChromaMap, NetworkInput};
use tintype_protocol::{CancelFlag, Device, Precision};

/// Lets colorizing go on, block by block.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<GateState>, Condvar)>);

#[derive(Default)]
struct GateState {
    closed: bool,
}

impl Gate {
    /// From now on jobs wait in the middle of the network.
    pub(crate) fn close(&self) {
        self.0.0.lock().unwrap().closed = true;
    }

    pub(crate) fn open(&self) {
        self.0.0.lock().unwrap().closed = false;
        self.0.1.notify_all();
    }

    /// Waits while closed; looks at the flag now and then, as the network does between blocks.
    fn pass(&self, cancel: &CancelFlag) -> Result<(), Error> {
        let mut state = self.0.0.lock().unwrap();
        while state.closed {
            if cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            let wait = Duration::from_millis(5);
            state = self.0.1.wait_timeout(state, wait).unwrap().0;
        }
        Ok(())
    }
}

/// Colors everything orange in twenty steps.
#[derive(Clone)]
struct Orange {
    gate: Gate,
    peak_bytes_per_pixel: Arc<AtomicU64>,
    runs: Arc<AtomicUsize>,
}

impl Colorizer for Orange {
    fn colorize(
        &mut self,
        input: &NetworkInput,
        progress: &mut dyn FnMut(f32),
        cancel: &CancelFlag,
    ) -> Result<ChromaMap, Error> {
        self.runs.fetch_add(1, Ordering::Relaxed);
        for step in 1..=20_u8 {
            if cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            progress(f32::from(step) / 20.0);
            if step == 10 {
                self.gate.pass(cancel)?;
            }
        }
        let plane = input.width as usize * input.height as usize;
        Ok(ChromaMap::new(
            input.width,
            input.height,
            vec![30.0; 2 * plane],
        )?)
    }

    fn costs(&self) -> Arc<dyn Costs + Send + Sync> {
        Arc::new(self.clone())
    }
}

impl Costs for Orange {
    fn peak_bytes(&self, width: u32, height: u32) -> u64 {
        let pixels = u64::from(width) * u64::from(height);
        pixels * self.peak_bytes_per_pixel.load(Ordering::Relaxed)
    }

    fn expected_time(&self, _width: u32, _height: u32) -> Duration {
        Duration::from_millis(50)
    }

    fn device(&self) -> Device {
        Device::Cpu
    }

    fn precision(&self) -> Precision {
        Precision::Fp32
    }
}

/// The only model there is.
pub(crate) struct OneModel {
    pub(crate) loading: Gate,
    pub(crate) gate: Gate,
    pub(crate) peak_bytes_per_pixel: Arc<AtomicU64>,
    pub(crate) runs: Arc<AtomicUsize>,
}

impl Models for OneModel {
    fn names(&self) -> Vec<String> {
        vec!["orange".into()]
    }

    fn load(&self, _name: &str, cancel: &CancelFlag) -> Result<Box<dyn Colorizer>, ModelError> {
        let passed = self.loading.pass(cancel);
        passed.map_err(|error| Box::new(error) as ModelError)?;
        Ok(Box::new(Orange {
            gate: self.gate.clone(),
            peak_bytes_per_pixel: Arc::clone(&self.peak_bytes_per_pixel),
            runs: Arc::clone(&self.runs),
        }))
    }
}
