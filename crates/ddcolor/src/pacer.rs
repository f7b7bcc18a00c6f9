//! Runs the blocks one after another: true progress, and a place to stop after each.

use std::time::{Duration, Instant};

use tintype_protocol::CancelFlag;

use crate::block::Block;
use crate::{Error, Result};

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// The block that has just ended.
    pub block: Block,
    /// Share of the run's expected time that the blocks up to and with this one take: rises from
    /// above 0 to exactly 1.
    pub fraction: f32,
}

/// Walks a planned sequence of blocks and reports after each.
pub(crate) struct Pacer<'a> {
    /// Each block with its expected time, in any one unit.
    plan: Vec<(Block, f64)>,
    total: f64,
    done: f64,
    durations: Vec<Duration>,
    cancel: &'a CancelFlag,
    observer: &'a mut dyn FnMut(Progress),
}

impl<'a> Pacer<'a> {
    pub(crate) fn new(
        plan: Vec<(Block, f64)>,
        cancel: &'a CancelFlag,
        observer: &'a mut dyn FnMut(Progress),
    ) -> Self {
        let total = plan.iter().map(|(_, cost)| cost).sum();
        Self {
            durations: Vec::with_capacity(plan.len()),
            plan,
            total,
            done: 0.0,
            cancel,
            observer,
        }
    }

    /// Runs one block, unless the run was cancelled before it.
    ///
    /// # Errors
    /// [`Error::Cancelled`], or the block's own.
    pub(crate) fn step<T>(&mut self, block: Block, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if self.cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let index = self.durations.len();
        debug_assert_eq!(
            self.plan.get(index).map(|(planned, _)| *planned),
            Some(block)
        );
        let started = Instant::now();
        let result = work()?;
        self.durations.push(started.elapsed());

        self.done += self.plan.get(index).map_or(0.0, |(_, cost)| *cost);
        let last = self.durations.len() >= self.plan.len();
        // Sums of floats need not meet the total exactly; the last block is the end by definition.
        let fraction = if last {
            1.0
        } else {
            (self.done / self.total).min(1.0) as f32
        };
        (self.observer)(Progress { block, fraction });
        Ok(result)
    }

    /// What each block took, in the order of the plan.
    pub(crate) fn into_durations(self) -> Vec<Duration> {
        self.durations
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Vec<(Block, f64)> {
        vec![(Block::Stem, 1.0), (Block::Tail, 3.0), (Block::Tail, 4.0)]
    }

    #[test]
    fn progress_is_the_share_of_the_expected_time_and_ends_at_one() {
        let (cancel, mut seen) = (CancelFlag::new(), Vec::new());
        let mut observer = |progress: Progress| seen.push(progress.fraction);
        let mut pacer = Pacer::new(plan(), &cancel, &mut observer);
        for block in [Block::Stem, Block::Tail, Block::Tail] {
            pacer.step(block, || Ok(())).unwrap();
        }
        assert_eq!(pacer.into_durations().len(), 3);
        assert_eq!(seen, [0.125, 0.5, 1.0]);
    }

    #[test]
    fn a_raised_flag_stops_before_the_next_block_and_the_block_does_not_run() {
        let (cancel, mut ignore) = (CancelFlag::new(), |_| {});
        let mut pacer = Pacer::new(plan(), &cancel, &mut ignore);
        pacer
            .step(Block::Stem, || {
                cancel.cancel();
                Ok(())
            })
            .unwrap();
        let mut ran = false;
        let result = pacer.step(Block::Tail, || {
            ran = true;
            Ok(())
        });
        assert!(matches!(result, Err(Error::Cancelled)));
        assert!(!ran);
    }
}
