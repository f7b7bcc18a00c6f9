//! What the engine asks of whatever colors a gray picture.

use std::sync::Arc;
use std::time::Duration;

use tintype_photo::{ChromaMap, NetworkInput};
use tintype_protocol::{CancelFlag, Device, Precision};

use crate::Result;

/// What coloring takes, known without doing it.
pub trait Costs {
    /// The most memory that [`colorize`](Colorizer::colorize) will take on top of what the loaded
    /// model holds already, in bytes; grows with either side.
    fn peak_bytes(&self, width: u32, height: u32) -> u64;

    /// How long [`colorize`](Colorizer::colorize) is expected to take.
    fn expected_time(&self, width: u32, height: u32) -> Duration;

    /// Where it runs.
    fn device(&self) -> Device;

    /// The arithmetic it runs in.
    fn precision(&self) -> Precision;
}

/// Colors gray pictures; the real one is [`Network`](crate::Network), tests bring their own.
pub trait Colorizer: Costs + Send {
    /// Colors one picture of any size whose sides are multiples of [`SIZE_STEP`](crate::SIZE_STEP).
    /// Tells `progress` a rising share, 0..=1, of the time it takes.
    ///
    /// # Shapes
    /// `[1, 3, H, W]` to a map of the same H and W.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled) soon after the flag is raised,
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory), or
    /// [`Error::Colorizer`](crate::Error::Colorizer) with the implementation's own.
    fn colorize(
        &mut self,
        input: &NetworkInput,
        progress: &mut dyn FnMut(f32),
        cancel: &CancelFlag,
    ) -> Result<ChromaMap>;

    /// Waits until it can begin at once; only one that is [shared](crate::SharedColorizer) has others to
    /// wait for. Without it [`colorize`](Self::colorize) waits itself.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled) soon after the flag is raised.
    fn wait(&mut self, _cancel: &CancelFlag) -> Result<()> {
        Ok(())
    }

    /// What it takes, for whoever has to know it while somebody else uses it.
    fn costs(&self) -> Arc<dyn Costs + Send + Sync>;
}
