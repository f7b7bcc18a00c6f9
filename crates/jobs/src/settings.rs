//! How the queue behaves.

use std::time::Duration;

/// How the queue behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Jobs that may wait or run at once.
    pub queue_limit: usize,
    /// How often a job that was running when the program died is queued again.
    pub retries: u32,
    /// How long nothing may run before the model's memory is given back.
    pub idle_unload: Duration,
    /// What is kept of jobs that have ended.
    pub retention: Retention,
}

/// What is kept of jobs that have ended. Files are never removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The most entries of the history.
    pub max_entries: usize,
    /// The oldest entry; none for any age.
    pub max_age: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            queue_limit: 10_000,
            retries: 2,
            // Long enough to look at a result and drop the next photo in.
            idle_unload: Duration::from_mins(5),
            retention: Retention {
                max_entries: 10_000,
                max_age: None,
            },
        }
    }
}
