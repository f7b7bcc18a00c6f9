//! How this computer's times compare to the expected ones.
//!
//! The engine expects times as they were on the computer that they were measured on. Each stage here
//! takes so many times that; the ratio is learned from every job that completes, kept in the store,
//! and used for the weights of progress and for the time that is left.

use std::collections::HashMap;
use std::time::Duration;

use tintype_engine::{Stage, Timings};

/// How much the newest measurement counts: the last four or so make up most of a ratio, so that it
/// follows a computer that gets busy and forgets a hiccup.
const NEWEST: f64 = 0.3;
/// Ratios beyond these are accidents: a laptop that slept, a clock that jumped.
const PLAUSIBLE: std::ops::RangeInclusive<f64> = 0.01..=100.0;
/// What is expected to take less than this says nothing about a rate.
const MEASURABLE: Duration = Duration::from_micros(200);

/// Measured over expected time, by key (see [`Part`](crate::Part)) and stage.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Rates(HashMap<(String, Stage), f64>);

impl Rates {
    /// Takes one over from the store.
    pub(crate) fn set(&mut self, key: String, stage: Stage, ratio: f64) {
        if PLAUSIBLE.contains(&ratio) {
            self.0.insert((key, stage), ratio);
        }
    }

    /// The expected times as this computer will take them. A stage that was never measured under
    /// this key is taken at the mean ratio of those that were, so that the first job of a new model
    /// is not out of proportion.
    pub(crate) fn adjust(&self, key: &str, expected: &Timings) -> Timings {
        let mut adjusted = Timings::default();
        for stage in Stage::ALL {
            let ratio = self.ratio(key, stage);
            adjusted.set(stage, expected.get(stage).mul_f64(ratio));
        }
        adjusted
    }

    /// Whether anything was learned under this key.
    pub(crate) fn knows(&self, key: &str) -> bool {
        let mut stages = Stage::ALL.into_iter();
        stages.any(|stage| self.0.contains_key(&(key.to_owned(), stage)))
    }

    fn ratio(&self, key: &str, stage: Stage) -> f64 {
        if let Some(ratio) = self.0.get(&(key.to_owned(), stage)) {
            return *ratio;
        }
        if self.0.is_empty() {
            return 1.0;
        }
        // Ratios multiply, so their mean is the geometric one.
        let logarithms: f64 = self.0.values().map(|ratio| ratio.ln()).sum();
        (logarithms / self.0.len() as f64).exp()
    }

    /// Learns from one node that is done; returns what has changed, for the store.
    pub(crate) fn learn(
        &mut self,
        key: &str,
        expected: &Timings,
        measured: &Timings,
    ) -> Vec<(Stage, f64)> {
        let mut changed = Vec::new();
        for stage in Stage::ALL {
            let (expected, measured) = (expected.get(stage), measured.get(stage));
            if expected < MEASURABLE || measured.is_zero() {
                continue;
            }
            let seen = measured.as_secs_f64() / expected.as_secs_f64();
            if !PLAUSIBLE.contains(&seen) {
                continue;
            }
            let ratio = self.0.entry((key.to_owned(), stage)).or_insert(seen);
            *ratio += NEWEST * (seen - *ratio);
            changed.push((stage, *ratio));
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timings(milliseconds: [u64; 5]) -> Timings {
        let mut timings = Timings::default();
        for (stage, ms) in Stage::ALL.into_iter().zip(milliseconds) {
            timings.set(stage, Duration::from_millis(ms));
        }
        timings
    }

    #[test]
    fn what_was_measured_is_expected_the_next_time() {
        let mut rates = Rates::default();
        let expected = timings([10, 1, 100, 10, 10]);
        assert_eq!(rates.adjust("a", &expected), expected);
        let measured = timings([20, 1, 50, 10, 40]);
        rates.learn("a", &expected, &measured);
        assert_eq!(rates.adjust("a", &expected), measured);
    }

    #[test]
    fn one_hiccup_does_not_overturn_what_was_learned() {
        let mut rates = Rates::default();
        let expected = timings([0, 0, 100, 0, 0]);
        for _ in 0..10 {
            rates.learn("a", &expected, &expected);
        }
        rates.learn("a", &expected, &timings([0, 0, 300, 0, 0]));
        let after = rates.adjust("a", &expected).get(Stage::Inference);
        assert_eq!(after, Duration::from_millis(160));
    }

    #[test]
    fn accidents_are_not_learned_from() {
        let mut rates = Rates::default();
        let expected = timings([0, 0, 100, 0, 0]);
        let slept = timings([0, 0, 3_600_000, 0, 0]);
        assert!(rates.learn("a", &expected, &slept).is_empty());
        rates.set("a".into(), Stage::Load, f64::NAN);
        assert_eq!(rates.adjust("a", &expected), expected);
    }

    #[test]
    fn a_model_that_was_never_run_is_taken_to_be_as_slow_as_the_others() {
        let mut rates = Rates::default();
        let expected = timings([0, 0, 100, 0, 0]);
        rates.learn("a", &expected, &timings([0, 0, 200, 0, 0]));
        let other = rates.adjust("b", &expected).get(Stage::Inference);
        assert_eq!(other, Duration::from_millis(200));
    }
}
