//! One number for the whole way, from the stages' own.

use crate::{Event, Stage, Timings};

/// Turns events into the share of the whole that is done, each stage weighted by the time it is
/// expected to take.
///
/// The whole is one photo's way, or several parts with stages of their own, such as the nodes of a
/// graph. The share never falls, stays below 1 until the last stage has ended, and says nothing that
/// did not come out of an event: it knows no clock.
#[derive(Debug, Clone)]
pub struct Meter {
    parts: Vec<Part>,
    stage: Option<Stage>,
    fraction: f32,
}

/// How far one part has come.
#[derive(Debug, Clone, Default)]
struct Part {
    /// None until [`Event::Planned`] tells.
    expected: Option<Timings>,
    /// The share of each stage that is done, 0..=1.
    done: [f32; 5],
    ended: [bool; 5],
}

impl Default for Meter {
    fn default() -> Self {
        Self::new()
    }
}

impl Meter {
    /// A meter at 0 for a single part, number 0, which [`Event::Planned`] will describe.
    #[must_use]
    pub fn new() -> Self {
        Self::of(vec![Part::default()])
    }

    /// A meter at 0 for several parts whose times are known beforehand. A stage that a part does not
    /// have, or that is done before, has the time zero.
    #[must_use]
    pub fn planned(parts: &[Timings]) -> Self {
        let part = |expected: &Timings| Part {
            expected: Some(*expected),
            ..Part::default()
        };
        Self::of(parts.iter().map(part).collect())
    }

    fn of(parts: Vec<Part>) -> Self {
        Self {
            parts,
            stage: None,
            fraction: 0.0,
        }
    }

    /// Takes in an event of a part and returns the share of the whole that is done, 0..=1. An event of
    /// a part that there is not moves nothing.
    pub fn update(&mut self, part: usize, event: &Event) -> f32 {
        if let Some(part) = self.parts.get_mut(part) {
            part.take_in(event);
        }
        if let Event::Started(stage) = event {
            self.stage = Some(*stage);
        }
        let reached = if self.parts.iter().all(Part::has_ended) {
            1.0
        } else {
            self.done_of_expected().min(0.99)
        };
        self.fraction = self.fraction.max(reached);
        self.fraction
    }

    /// The share of the whole that is done, 0..=1.
    #[must_use]
    pub fn fraction(&self) -> f32 {
        self.fraction
    }

    /// The stage that is under way.
    #[must_use]
    pub fn stage(&self) -> Option<Stage> {
        self.stage
    }

    /// Nothing is claimed before anything is planned.
    fn done_of_expected(&self) -> f32 {
        let (mut done, mut total) = (0.0, 0.0);
        for part in &self.parts {
            let Some(expected) = part.expected else {
                continue;
            };
            total += expected.total().as_secs_f32();
            done += Stage::ALL
                .map(|stage| expected.get(stage).as_secs_f32() * part.done[stage as usize])
                .iter()
                .sum::<f32>();
        }
        if total > 0.0 { done / total } else { 0.0 }
    }
}

impl Part {
    fn take_in(&mut self, event: &Event) {
        let (stage, done) = match *event {
            Event::Planned(expected) => {
                self.expected = Some(expected);
                return;
            }
            Event::Started(stage) => (stage, 0.0),
            Event::Progress(stage, fraction) => (stage, fraction.clamp(0.0, 1.0)),
            Event::Ended(stage, _) => {
                self.ended[stage as usize] = true;
                (stage, 1.0)
            }
        };
        let index = stage as usize;
        // Stages run in their order, so whatever comes before this one is over or left out.
        self.done[..index].fill(1.0);
        self.ended[..index].fill(true);
        self.done[index] = self.done[index].max(done);
    }

    /// Whether every stage that was to come has ended; unplanned, that is the last of all.
    fn has_ended(&self) -> bool {
        let is_over = |stage: Stage| self.ended[stage as usize];
        match self.expected {
            None => is_over(Stage::Save),
            Some(expected) => Stage::ALL
                .into_iter()
                .all(|stage| is_over(stage) || expected.get(stage).is_zero()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn timings(milliseconds: [u64; 5]) -> Timings {
        let mut timings = Timings::default();
        for (stage, ms) in Stage::ALL.into_iter().zip(milliseconds) {
            timings.set(stage, Duration::from_millis(ms));
        }
        timings
    }

    fn expected() -> Timings {
        timings([100, 100, 600, 100, 100])
    }

    fn ended(stage: Stage) -> Event {
        Event::Ended(stage, Duration::ZERO)
    }

    #[test]
    fn each_stage_counts_by_the_time_it_is_expected_to_take() {
        let mut meter = Meter::new();
        assert_eq!(meter.update(0, &Event::Started(Stage::Load)), 0.0);
        assert_eq!(meter.update(0, &Event::Planned(expected())), 0.0);
        meter.update(0, &ended(Stage::Load));
        meter.update(0, &ended(Stage::Preprocess));
        let half = meter.update(0, &Event::Progress(Stage::Inference, 0.5));
        assert!((half - 0.5).abs() < 1e-6, "{half}");
    }

    #[test]
    fn it_never_falls_and_is_whole_only_when_the_file_is_saved() {
        let mut meter = Meter::new();
        meter.update(0, &Event::Planned(expected()));
        let high = meter.update(0, &Event::Progress(Stage::Save, 1.0));
        assert!(high < 1.0);
        assert_eq!(meter.update(0, &Event::Progress(Stage::Load, 0.0)), high);
        assert_eq!(meter.update(0, &ended(Stage::Save)), 1.0);
    }

    #[test]
    fn parts_count_by_their_times_in_whatever_order_they_come() {
        let load = timings([100, 0, 0, 0, 0]);
        let scale = timings([0, 100, 0, 0, 0]);
        let color = timings([0, 100, 500, 100, 0]);
        let save = timings([0, 0, 0, 0, 100]);
        let mut meter = Meter::planned(&[save, color, load, scale]);
        let close = |found: f32, expected: f32| {
            assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
        };
        close(meter.update(2, &Event::Started(Stage::Load)), 0.0);
        close(meter.update(2, &ended(Stage::Load)), 0.1);
        close(
            meter.update(3, &Event::Progress(Stage::Preprocess, 0.5)),
            0.15,
        );
        close(meter.update(3, &ended(Stage::Preprocess)), 0.2);
        close(meter.update(1, &ended(Stage::Preprocess)), 0.3);
        close(
            meter.update(1, &Event::Progress(Stage::Inference, 0.2)),
            0.4,
        );
        assert_eq!(meter.stage(), Some(Stage::Load));
        close(meter.update(1, &ended(Stage::Postprocess)), 0.9);
        close(meter.update(0, &Event::Progress(Stage::Save, 1.0)), 0.99);
        assert_eq!(meter.update(7, &ended(Stage::Save)), 0.99);
        assert_eq!(meter.update(0, &ended(Stage::Save)), 1.0);
    }

    #[test]
    fn nothing_planned_is_nothing_done_until_the_end() {
        let mut meter = Meter::new();
        for stage in [Stage::Load, Stage::Inference] {
            assert_eq!(meter.update(0, &ended(stage)), 0.0);
        }
        assert_eq!(meter.update(0, &ended(Stage::Save)), 1.0);
    }
}
