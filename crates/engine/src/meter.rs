//! One number for the whole way, from the stages' own.

use crate::{Event, Stage, Timings};

/// Turns events into the share of the whole that is done, each stage weighted by the time it is
/// expected to take.
///
/// The share never falls, stays below 1 until the last stage has ended, and says nothing that did
/// not come out of an event: it knows no clock.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    expected: Option<Timings>,
    stage: Option<Stage>,
    fraction: f32,
}

impl Meter {
    /// A meter at 0.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in an event and returns the share done, 0..=1.
    pub fn update(&mut self, event: &Event) -> f32 {
        let reached = match *event {
            Event::Planned(expected) => {
                self.expected = Some(expected);
                self.before(self.stage.unwrap_or(Stage::Load))
            }
            Event::Started(stage) => {
                self.stage = Some(stage);
                self.before(stage)
            }
            Event::Progress(stage, fraction) => {
                self.before(stage) + self.share(stage) * fraction.clamp(0.0, 1.0)
            }
            Event::Ended(Stage::Save, _) => 1.0,
            Event::Ended(stage, _) => self.before(stage) + self.share(stage),
        };
        let ceiling = if matches!(event, Event::Ended(Stage::Save, _)) {
            1.0
        } else {
            0.99
        };
        self.fraction = self.fraction.max(reached.min(ceiling));
        self.fraction
    }

    /// The stage that is under way.
    #[must_use]
    pub fn stage(&self) -> Option<Stage> {
        self.stage
    }

    /// A stage's share of the whole, 0..=1; nothing is claimed before the plan is known.
    fn share(&self, stage: Stage) -> f32 {
        let Some(expected) = self.expected else {
            return 0.0;
        };
        let total = expected.total().as_secs_f32();
        if total > 0.0 {
            expected.get(stage).as_secs_f32() / total
        } else {
            0.0
        }
    }

    fn before(&self, stage: Stage) -> f32 {
        Stage::ALL
            .into_iter()
            .filter(|earlier| *earlier < stage)
            .map(|s| self.share(s))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn expected() -> Timings {
        let mut timings = Timings::default();
        for (stage, ms) in Stage::ALL.into_iter().zip([100, 100, 600, 100, 100]) {
            timings.set(stage, Duration::from_millis(ms));
        }
        timings
    }

    #[test]
    fn each_stage_counts_by_the_time_it_is_expected_to_take() {
        let mut meter = Meter::new();
        assert_eq!(meter.update(&Event::Started(Stage::Load)), 0.0);
        assert_eq!(meter.update(&Event::Planned(expected())), 0.0);
        meter.update(&Event::Ended(Stage::Load, Duration::ZERO));
        meter.update(&Event::Ended(Stage::Preprocess, Duration::ZERO));
        let half = meter.update(&Event::Progress(Stage::Inference, 0.5));
        assert!((half - 0.5).abs() < 1e-6, "{half}");
    }

    #[test]
    fn it_never_falls_and_is_whole_only_when_the_file_is_saved() {
        let mut meter = Meter::new();
        meter.update(&Event::Planned(expected()));
        let high = meter.update(&Event::Progress(Stage::Save, 1.0));
        assert!(high < 1.0);
        assert_eq!(meter.update(&Event::Progress(Stage::Load, 0.0)), high);
        assert_eq!(
            meter.update(&Event::Ended(Stage::Save, Duration::ZERO)),
            1.0
        );
    }
}
