//! How far a piece of work has come, told in steps worth telling.

use std::cell::{Cell, RefCell};

/// Smaller steps than this are kept until they add up, since some decoders read byte by byte.
const STEP: f32 = 1.0 / 128.0;

/// Passes a share of work, 0..=1, on to a listener: rising, and no more often than is worth hearing.
///
/// It is shared between those that see parts of the work, such as the reader of the bytes and the loop
/// over the rows.
pub(crate) struct Share<'a> {
    listener: RefCell<&'a mut dyn FnMut(f32)>,
    told: Cell<f32>,
}

impl<'a> Share<'a> {
    pub(crate) fn new(listener: &'a mut dyn FnMut(f32)) -> Self {
        Self {
            listener: RefCell::new(listener),
            told: Cell::new(0.0),
        }
    }

    /// That `done` of `total` pieces are done.
    pub(crate) fn reach(&self, done: u64, total: u64) {
        let share = (done as f64 / total.max(1) as f64).min(1.0) as f32;
        let told = self.told.get();
        let is_worth_it = share >= told + STEP || (share >= 1.0 && told < 1.0);
        // A listener that comes back in here while it listens hears nothing more.
        if is_worth_it && let Ok(mut listener) = self.listener.try_borrow_mut() {
            self.told.set(share);
            listener(share);
        }
    }
}

/// Runs a piece of work as the part from `from` to `to` of a larger one.
pub(crate) fn part<T>(
    progress: &mut dyn FnMut(f32),
    (from, to): (f32, f32),
    work: impl FnOnce(&mut dyn FnMut(f32)) -> T,
) -> T {
    work(&mut |share| progress(from + (to - from) * share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_steps_add_up_and_the_end_is_always_told() {
        let mut seen = Vec::new();
        let mut listener = |share| seen.push(share);
        let share = Share::new(&mut listener);
        for done in 0..=10_000 {
            share.reach(done, 10_000);
        }
        share.reach(5_000, 10_000);
        assert!((100..=128).contains(&seen.len()), "{}", seen.len());
        assert!(seen.is_sorted());
        assert_eq!(seen.last(), Some(&1.0));
    }

    #[test]
    fn a_part_stays_within_its_bounds() {
        let mut seen = Vec::new();
        part(&mut |share| seen.push(share), (0.5, 0.75), |progress| {
            progress(0.0);
            progress(1.0);
        });
        assert_eq!(seen, [0.5, 0.75]);
    }

    #[test]
    fn no_work_at_all_is_done() {
        let mut seen = Vec::new();
        let mut listener = |share| seen.push(share);
        Share::new(&mut listener).reach(1, 0);
        assert_eq!(seen, [1.0]);
    }
}
