//! The states of a job, and the ways between them.
//!
//! ```text
//!              Start            Complete, Fail, Cancel
//!   Queued ------------> Running ----------------------> Completed, Failed, Cancelled
//!     |  ^                 |
//!     |  +---- Requeue ----+
//!     +--- Cancel ---> Cancelled
//! ```

use tintype_engine::Timings;
use tintype_protocol::Output;

use crate::Failure;

/// Where a job is. What belongs to a state is in its variant, so that a failed job can't lack its
/// reason.
#[derive(Debug, Clone, PartialEq)]
pub enum JobState {
    /// Waiting for its turn.
    Queued,
    /// Running.
    Running {
        /// When it left the queue, in milliseconds since 1970.
        started_at_ms: u64,
    },
    /// Done; its outputs are on disk.
    Completed(Ending),
    /// Ended by an error.
    Failed(Ending, Failure),
    /// Ended by its user.
    Cancelled(Ending),
}

/// What is known of every job that has ended.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ending {
    /// When it left the queue, in milliseconds since 1970; none if it never did.
    pub started_at_ms: Option<u64>,
    /// When it ended, in milliseconds since 1970.
    pub ended_at_ms: u64,
    /// Milliseconds from leaving the queue to the end.
    pub elapsed_ms: u64,
    /// What each stage took.
    pub timings: Timings,
    /// The files it made, also if it failed later on.
    pub outputs: Vec<Output>,
}

/// A way from one state to another.
#[derive(Debug, Clone, PartialEq)]
pub enum Transition {
    /// It leaves the queue.
    Start {
        /// When, in milliseconds since 1970.
        at_ms: u64,
    },
    /// It goes back into the queue: the program ended, or is ending, while it ran.
    Requeue,
    /// It is done.
    Complete(Ending),
    /// An error ended it.
    Fail(Ending, Failure),
    /// Its user ended it.
    Cancel(Ending),
}

/// There is no such way.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("a job that is {from} can't {way}")]
pub struct IllegalTransition {
    from: &'static str,
    way: &'static str,
}

impl JobState {
    /// Goes one way.
    ///
    /// # Errors
    /// [`IllegalTransition`] if it does not start here; whoever ends stays ended.
    pub fn apply(self, transition: Transition) -> Result<Self, IllegalTransition> {
        let (from, way) = (self.name(), transition.name());
        match (self, transition) {
            (Self::Queued, Transition::Start { at_ms }) => Ok(Self::Running {
                started_at_ms: at_ms,
            }),
            (Self::Running { .. }, Transition::Requeue) => Ok(Self::Queued),
            (Self::Running { .. }, Transition::Complete(ending)) => Ok(Self::Completed(ending)),
            (Self::Running { .. }, Transition::Fail(ending, failure)) => {
                Ok(Self::Failed(ending, failure))
            }
            (Self::Queued | Self::Running { .. }, Transition::Cancel(ending)) => {
                Ok(Self::Cancelled(ending))
            }
            (
                Self::Queued,
                Transition::Requeue | Transition::Complete(_) | Transition::Fail(..),
            )
            | (Self::Running { .. }, Transition::Start { .. })
            | (
                Self::Completed(_) | Self::Failed(..) | Self::Cancelled(_),
                Transition::Start { .. }
                | Transition::Requeue
                | Transition::Complete(_)
                | Transition::Fail(..)
                | Transition::Cancel(_),
            ) => Err(IllegalTransition { from, way }),
        }
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        self.ending().is_some()
    }

    /// What is known of it if it has ended.
    #[must_use]
    pub fn ending(&self) -> Option<&Ending> {
        match self {
            Self::Queued | Self::Running { .. } => None,
            Self::Completed(ending) | Self::Failed(ending, _) | Self::Cancelled(ending) => {
                Some(ending)
            }
        }
    }

    /// Why it failed, if it did.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(_, failure) => Some(failure),
            Self::Queued | Self::Running { .. } | Self::Completed(_) | Self::Cancelled(_) => None,
        }
    }

    /// The name under which it is stored.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running { .. } => "running",
            Self::Completed(_) => "completed",
            Self::Failed(..) => "failed",
            Self::Cancelled(_) => "cancelled",
        }
    }
}

impl Transition {
    fn name(&self) -> &'static str {
        match self {
            Self::Start { .. } => "start",
            Self::Requeue => "be queued again",
            Self::Complete(_) => "complete",
            Self::Fail(..) => "fail",
            Self::Cancel(_) => "be cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn states() -> [JobState; 5] {
        let ending = Ending::default;
        [
            JobState::Queued,
            JobState::Running { started_at_ms: 1 },
            JobState::Completed(ending()),
            JobState::Failed(ending(), Failure::defect()),
            JobState::Cancelled(ending()),
        ]
    }

    fn transitions() -> [Transition; 5] {
        let ending = Ending::default;
        [
            Transition::Start { at_ms: 1 },
            Transition::Requeue,
            Transition::Complete(ending()),
            Transition::Fail(ending(), Failure::defect()),
            Transition::Cancel(ending()),
        ]
    }

    /// Rows are states, columns transitions, in the orders above.
    const TABLE: [[Option<&str>; 5]; 5] = [
        [Some("running"), None, None, None, Some("cancelled")],
        [
            None,
            Some("queued"),
            Some("completed"),
            Some("failed"),
            Some("cancelled"),
        ],
        [None; 5],
        [None; 5],
        [None; 5],
    ];

    #[test]
    fn every_way_leads_where_the_table_says() {
        for (state, row) in states().into_iter().zip(TABLE) {
            for (transition, expected) in transitions().into_iter().zip(row) {
                let reached = state.clone().apply(transition.clone());
                assert_eq!(
                    reached.as_ref().ok().map(JobState::name),
                    expected,
                    "{state:?} {transition:?}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn whoever_ends_stays_ended(steps in prop::collection::vec(0..5_usize, 0..30)) {
            let mut state = JobState::Queued;
            let mut ends = 0;
            for step in steps {
                let was_terminal = state.is_terminal();
                if let Ok(next) = state.clone().apply(transitions()[step].clone()) {
                    prop_assert!(!was_terminal);
                    ends += usize::from(next.is_terminal());
                    state = next;
                }
            }
            prop_assert!(ends <= 1);
        }
    }
}
