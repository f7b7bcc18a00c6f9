//! A colorizer for tests, without a network.

use std::sync::Arc;
use std::time::Duration;

use tintype_photo::{ChromaMap, NetworkInput};
use tintype_protocol::{CancelFlag, Device, Precision};

use crate::{Colorizer, Costs, Error, Result};

/// Paints everything warm in four steps. Takes 1000 bytes for each pixel of its input, and a
/// millisecond.
pub(crate) struct Fake;

impl Colorizer for Fake {
    fn colorize(
        &mut self,
        input: &NetworkInput,
        progress: &mut dyn FnMut(f32),
        cancel: &CancelFlag,
    ) -> Result<ChromaMap> {
        for quarter in 1..=4u8 {
            if cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            progress(f32::from(quarter) / 4.0);
        }
        let plane = input.width as usize * input.height as usize;
        Ok(ChromaMap::new(
            input.width,
            input.height,
            vec![12.0; 2 * plane],
        )?)
    }

    fn costs(&self) -> Arc<dyn Costs + Send + Sync> {
        Arc::new(Self)
    }
}

impl Costs for Fake {
    fn peak_bytes(&self, width: u32, height: u32) -> u64 {
        1000 * u64::from(width) * u64::from(height)
    }

    fn expected_time(&self, _width: u32, _height: u32) -> Duration {
        Duration::from_millis(1)
    }

    fn device(&self) -> Device {
        Device::Cpu
    }

    fn precision(&self) -> Precision {
        Precision::Fp32
    }
}
