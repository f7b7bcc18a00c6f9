//! One network for photos that are worked on at once: they take turns on it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tintype_photo::{ChromaMap, NetworkInput};
use tintype_protocol::{CancelFlag, Device, Precision};

use crate::{Colorizer, Costs, Error, Result};

/// How many photos are worked on at once: while one has the network, another is read or saved. A third
/// would only take memory.
pub const PHOTOS_AT_ONCE: usize = 2;

/// How often somebody who waits looks whether the photo is still wanted.
const LOOK: Duration = Duration::from_millis(50);

/// A handle on a [`Colorizer`] that several threads have one on. While one photo has its turn on the
/// network, others are read, merged and saved; whoever needs the network then waits.
///
/// What it costs is known without waiting.
pub struct SharedColorizer {
    one: Arc<One>,
    /// The colorizer, while it is this handle's turn.
    held: Option<Box<dyn Colorizer>>,
}

struct One {
    /// None while somebody has it.
    colorizer: Mutex<Option<Box<dyn Colorizer>>>,
    given_back: Condvar,
    costs: Arc<dyn Costs + Send + Sync>,
}

impl SharedColorizer {
    /// The first handle.
    #[must_use]
    pub fn new(colorizer: Box<dyn Colorizer>) -> Self {
        let costs = colorizer.costs();
        Self {
            one: Arc::new(One {
                colorizer: Mutex::new(Some(colorizer)),
                given_back: Condvar::new(),
                costs,
            }),
            held: None,
        }
    }

    fn give_back(&mut self) {
        if let Some(colorizer) = self.held.take() {
            *self.one.lock() = Some(colorizer);
            self.one.given_back.notify_one();
        }
    }
}

/// Another handle on the same colorizer.
impl Clone for SharedColorizer {
    fn clone(&self) -> Self {
        Self {
            one: Arc::clone(&self.one),
            held: None,
        }
    }
}

impl Drop for SharedColorizer {
    fn drop(&mut self) {
        self.give_back();
    }
}

impl One {
    fn lock(&self) -> MutexGuard<'_, Option<Box<dyn Colorizer>>> {
        // Nothing is done under this lock that could leave it half done.
        self.colorizer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Colorizer for SharedColorizer {
    fn wait(&mut self, cancel: &CancelFlag) -> Result<()> {
        if self.held.is_some() {
            return Ok(());
        }
        let mut free = self.one.lock();
        loop {
            if cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            if let Some(colorizer) = free.take() {
                drop(free);
                self.held = Some(colorizer);
                return Ok(());
            }
            let waited = self.one.given_back.wait_timeout(free, LOOK);
            free = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn colorize(
        &mut self,
        input: &NetworkInput,
        progress: &mut dyn FnMut(f32),
        cancel: &CancelFlag,
    ) -> Result<ChromaMap> {
        self.wait(cancel)?;
        let colors = match &mut self.held {
            Some(colorizer) => colorizer.colorize(input, progress, cancel),
            // It was waited for.
            None => Err(Error::Cancelled),
        };
        self.give_back();
        colors
    }

    fn costs(&self) -> Arc<dyn Costs + Send + Sync> {
        Arc::clone(&self.one.costs)
    }
}

impl Costs for SharedColorizer {
    fn peak_bytes(&self, width: u32, height: u32) -> u64 {
        self.one.costs.peak_bytes(width, height)
    }

    fn expected_time(&self, width: u32, height: u32) -> Duration {
        self.one.costs.expected_time(width, height)
    }

    fn device(&self) -> Device {
        self.one.costs.device()
    }

    fn precision(&self) -> Precision {
        self.one.costs.precision()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::Fake;
    use std::thread;

    fn input() -> NetworkInput {
        NetworkInput {
            data: vec![0.5; 3 * 32 * 32],
            width: 32,
            height: 32,
            content: (32, 32),
        }
    }

    #[test]
    fn one_after_another_has_the_network_and_its_costs_are_known_meanwhile() {
        let mut first = SharedColorizer::new(Box::new(Fake));
        let mut second = first.clone();
        let cancel = CancelFlag::new();
        first.wait(&cancel).unwrap();
        assert_eq!(second.peak_bytes(10, 10), Fake.peak_bytes(10, 10));
        let waiting = thread::spawn(move || {
            let colors = second.colorize(&input(), &mut |_| {}, &CancelFlag::new());
            colors.is_ok()
        });
        thread::sleep(2 * LOOK);
        assert!(!waiting.is_finished());
        first.colorize(&input(), &mut |_| {}, &cancel).unwrap();
        assert!(waiting.join().unwrap());
    }

    #[test]
    fn whoever_waits_can_be_stopped_and_who_goes_gives_its_turn_back() {
        let mut first = SharedColorizer::new(Box::new(Fake));
        let mut second = first.clone();
        let cancel = CancelFlag::new();
        first.wait(&cancel).unwrap();
        let stopped = CancelFlag::new();
        stopped.cancel();
        assert!(matches!(second.wait(&stopped), Err(Error::Cancelled)));
        drop(first);
        assert!(second.wait(&cancel).is_ok());
    }
}
