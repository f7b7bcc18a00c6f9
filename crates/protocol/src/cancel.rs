//! How a job is told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A request to stop, shared between whoever asks and whoever works.
///
/// Cloning is cheap and gives another handle on the same flag. Long work looks at it between
/// steps that each take well under a second and returns its crate's `Cancelled` error. A flag is
/// never lowered again: each job gets a new one.
#[derive(Debug, Clone, Default)]
pub struct CancelFlag(Arc<AtomicBool>);

impl CancelFlag {
    /// A flag that nobody has raised yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the work to stop. May be called from any thread, any number of times.
    pub fn cancel(&self) {
        // Relaxed suffices: the flag guards no other data, and a step later is soon enough.
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether anybody has asked.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raising_one_handle_raises_every_clone() {
        let flag = CancelFlag::new();
        let clone = flag.clone();
        assert!(!clone.is_cancelled());
        flag.cancel();
        assert!(clone.is_cancelled());
    }
}
