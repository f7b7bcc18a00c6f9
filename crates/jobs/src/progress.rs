//! How far a job has come: one number from the reports of its nodes, and when to tell it.
//!
//! Knows no clock: whoever calls says how much time has passed.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tintype_engine::{Event, Meter, Stage, Timings};
use tintype_protocol::NodeId;

use crate::Part;
use crate::rates::Rates;

/// The span within which tellings are counted.
const WINDOW: Duration = Duration::from_secs(1);
/// The most tellings of one job within any such span.
const IN_WINDOW: usize = 20;
/// Of those, how many may be used up by small steps.
const FOR_SMALL_STEPS: usize = 8;
/// The last is kept for the end of all.
const FOR_STAGES: usize = IN_WINDOW - 1;
/// Steps inside of stages also leave room for the beginnings and ends of stages that are to come, up
/// to so many: a job of less than a second may need them all. Seven stages are those of a photo that
/// is scaled, colored, saved and shown.
const KEPT_FOR_STAGES: usize = 14;
/// Points that are worth telling if there is room.
const SMALL_STEP: f32 = 1.0;
/// Points that are told while there is any room, so that no step seen is larger than `LARGEST_STEP`.
const LARGE_STEP: f32 = 4.0;
const LARGEST_STEP: f32 = 5.0;
/// What is never passed before the end.
const BEFORE_THE_END: f32 = 99.0;

/// What is to be told.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Telling {
    /// 0 to 100.
    pub(crate) value: f32,
    pub(crate) stage: Stage,
    pub(crate) elapsed: Duration,
    /// How long it will probably still take; none until the plan is known.
    pub(crate) left: Option<Duration>,
}

/// Follows one job.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    plan: Option<Plan>,
    value: f32,
    told: f32,
    /// When the last tellings were, by the job's own time.
    tellings: VecDeque<Duration>,
}

#[derive(Debug)]
struct Plan {
    parts: Vec<Part>,
    index: HashMap<NodeId, usize>,
    meter: Meter,
    /// One for each part, for those who look at nodes.
    nodes: Vec<Meter>,
    /// What each part's stages have taken.
    measured: Vec<Timings>,
    /// What the whole will take by what is known of this computer.
    total: Duration,
    began: Duration,
    /// Beginnings and ends of stages that are to come.
    boundaries: usize,
}

impl Progress {
    /// The job has left the queue: reading begins.
    pub(crate) fn begin(&mut self) -> Telling {
        self.tell(Stage::Load, Duration::ZERO)
    }

    /// What is to come is known.
    pub(crate) fn plan(&mut self, parts: Vec<Part>, rates: &Rates, elapsed: Duration) {
        let adjusted: Vec<Timings> = parts
            .iter()
            .map(|part| rates.adjust(&part.key, &part.expected))
            .collect();
        let nodes = adjusted.iter().map(|part| Meter::planned(&[*part]));
        let has_stage = |part: &Timings, stage| !part.get(stage).is_zero();
        let stages = adjusted
            .iter()
            .map(|part| Stage::ALL.map(|stage| usize::from(has_stage(part, stage))))
            .map(|stages| stages.iter().sum::<usize>());
        self.plan = Some(Plan {
            index: parts
                .iter()
                .enumerate()
                .map(|(index, part)| (part.node.clone(), index))
                .collect(),
            meter: Meter::planned(&adjusted),
            nodes: nodes.collect(),
            measured: vec![Timings::default(); parts.len()],
            boundaries: 2 * stages.sum::<usize>(),
            total: adjusted.iter().map(Timings::total).sum(),
            parts,
            began: elapsed,
        });
    }

    /// Something has happened inside a node. Returns what is to be told of the job, if anything.
    pub(crate) fn update(
        &mut self,
        node: &NodeId,
        event: &Event,
        elapsed: Duration,
    ) -> Option<Telling> {
        let plan = self.plan.as_mut()?;
        let part = *plan.index.get(node)?;
        if let Event::Ended(stage, took) = event {
            let sum = plan.measured[part].get(*stage) + *took;
            plan.measured[part].set(*stage, sum);
        }
        plan.nodes[part].update(0, event);
        let reached = (plan.meter.update(part, event) * 100.0).min(BEFORE_THE_END);
        let gain = (reached - self.value).max(0.0);
        self.value = self.value.max(reached);
        let (stage, allowed) = match *event {
            Event::Planned(_) => return None,
            Event::Started(stage) | Event::Ended(stage, _) => {
                plan.boundaries = plan.boundaries.saturating_sub(1);
                (stage, FOR_STAGES)
            }
            Event::Progress(stage, _) => {
                let for_steps = FOR_STAGES - plan.boundaries.min(KEPT_FOR_STAGES);
                let step = self.value - self.told;
                // The next report will most likely gain as much as this one.
                if step >= LARGE_STEP || step + gain > LARGEST_STEP {
                    (stage, for_steps)
                } else if step >= SMALL_STEP {
                    (stage, for_steps.min(FOR_SMALL_STEPS))
                } else {
                    return None;
                }
            }
        };
        self.forget_tellings_before(elapsed);
        (self.tellings.len() < allowed).then(|| self.tell(stage, elapsed))
    }

    /// The job has completed: its files are on disk. Nothing else makes it whole, so that a job that
    /// fails at the very end has never claimed to be done.
    pub(crate) fn finish(&mut self, elapsed: Duration) -> Telling {
        self.value = 100.0;
        self.forget_tellings_before(elapsed);
        self.tell(Stage::Save, elapsed)
    }

    /// How far a node has come, 0..=1.
    pub(crate) fn of_node(&self, node: &NodeId) -> Option<f32> {
        let plan = self.plan.as_ref()?;
        let part = *plan.index.get(node)?;
        Some(plan.nodes[part].fraction())
    }

    /// What each stage has taken, over all nodes.
    pub(crate) fn timings(&self) -> Timings {
        let mut sum = Timings::default();
        for measured in self.plan.iter().flat_map(|plan| &plan.measured) {
            for stage in Stage::ALL {
                sum.set(stage, sum.get(stage) + measured.get(stage));
            }
        }
        sum
    }

    /// What was expected of each part and what it took, to learn from.
    pub(crate) fn lessons(&self) -> impl Iterator<Item = (&Part, &Timings)> {
        let plan = self.plan.iter();
        plan.flat_map(|plan| plan.parts.iter().zip(&plan.measured))
    }

    fn tell(&mut self, stage: Stage, elapsed: Duration) -> Telling {
        self.told = self.value;
        self.tellings.push_back(elapsed);
        Telling {
            value: self.value,
            stage,
            elapsed,
            left: self.left(elapsed),
        }
    }

    /// Of the expected and the observed pace, the observed counts as much as the share of the job
    /// that it was observed over.
    fn left(&self, elapsed: Duration) -> Option<Duration> {
        let plan = self.plan.as_ref()?;
        let share = f64::from(self.value / 100.0);
        let expected = plan.total.mul_f64(1.0 - share);
        if share <= 0.0 {
            return Some(expected);
        }
        let working = elapsed.saturating_sub(plan.began);
        let observed = working.mul_f64((1.0 - share) / share);
        Some(expected.mul_f64(1.0 - share) + observed.mul_f64(share))
    }

    fn forget_tellings_before(&mut self, elapsed: Duration) {
        while self
            .tellings
            .front()
            .is_some_and(|telling| *telling + WINDOW <= elapsed)
        {
            self.tellings.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(node: &str, milliseconds: [u64; 5]) -> Part {
        let mut expected = Timings::default();
        for (stage, ms) in Stage::ALL.into_iter().zip(milliseconds) {
            expected.set(stage, Duration::from_millis(ms));
        }
        Part {
            node: NodeId::new(node),
            key: String::new(),
            expected,
        }
    }

    /// A photo's way to its end in `steps` reports a stage, each after a time of its own.
    fn follow(parts: &[Part], steps: u16, mut waits: impl Iterator<Item = u64>) -> Vec<Telling> {
        let mut progress = Progress::default();
        let mut elapsed = Duration::ZERO;
        let mut told = vec![progress.begin()];
        progress.plan(parts.to_vec(), &Rates::default(), elapsed);
        for Part { node, expected, .. } in parts {
            for stage in Stage::ALL {
                if expected.get(stage).is_zero() {
                    continue;
                }
                told.extend(progress.update(node, &Event::Started(stage), elapsed));
                for step in 1..=steps {
                    elapsed += Duration::from_millis(waits.next().unwrap_or(0));
                    let done = f32::from(step) / f32::from(steps);
                    told.extend(progress.update(node, &Event::Progress(stage, done), elapsed));
                }
                let took = Duration::from_millis(1);
                told.extend(progress.update(node, &Event::Ended(stage, took), elapsed));
            }
        }
        told.push(progress.finish(elapsed));
        told
    }

    fn largest_step(told: &[Telling]) -> f32 {
        let steps = told.windows(2).map(|pair| pair[1].value - pair[0].value);
        steps.fold(0.0, f32::max)
    }

    fn chain() -> Vec<Part> {
        vec![
            part("1", [100, 0, 0, 0, 0]),
            part("2", [0, 10, 600, 100, 0]),
            part("3", [0, 0, 0, 0, 200]),
        ]
    }

    #[test]
    fn a_job_of_ordinary_speed_is_told_of_at_least_every_five_points_and_at_every_stage() {
        let told = follow(&chain(), 40, std::iter::repeat(50));
        assert!(largest_step(&told) <= LARGEST_STEP, "{told:?}");
        for stage in Stage::ALL {
            assert!(told.iter().any(|telling| telling.stage == stage));
        }
        assert_eq!(told.last().unwrap().value, 100.0);
    }

    #[test]
    fn reports_of_whatever_size_up_to_five_points_are_never_merged_into_more() {
        // The network is 60 % of the way here, so its reports are of 5, 3 and 2.1 points.
        for steps in [12, 20, 28] {
            let told = follow(&chain(), steps, std::iter::repeat(100));
            assert!(largest_step(&told) <= 5.001, "{steps}: {told:?}");
        }
    }

    #[test]
    fn a_job_of_less_than_a_second_is_still_told_of_at_both_ends_of_every_stage() {
        let mut parts = chain();
        parts.insert(1, part("scale", [0, 10, 0, 0, 0]));
        parts.push(part("show", [0, 0, 0, 0, 100]));
        let told = follow(&parts, 50, std::iter::repeat(1));
        // Of seven stages both ends, before them the beginning, behind them the end.
        assert!((16..=20).contains(&told.len()), "{told:?}");
        let of = |stage| told.iter().filter(|telling| telling.stage == stage).count();
        assert!(
            of(Stage::Preprocess) >= 4 && of(Stage::Save) >= 5,
            "{told:?}"
        );
        assert!(
            of(Stage::Load) >= 3 && of(Stage::Postprocess) >= 2,
            "{told:?}"
        );
    }

    #[test]
    fn nothing_but_the_end_of_the_job_makes_it_whole() {
        let mut progress = Progress::default();
        progress.plan(chain(), &Rates::default(), Duration::ZERO);
        for Part { node, expected, .. } in chain() {
            for stage in Stage::ALL {
                if !expected.get(stage).is_zero() {
                    let ended = Event::Ended(stage, Duration::from_millis(1));
                    progress.update(&node, &ended, Duration::ZERO);
                }
            }
        }
        assert_eq!(progress.value, BEFORE_THE_END);
        assert_eq!(progress.finish(Duration::ZERO).value, 100.0);
    }

    #[test]
    fn the_time_left_is_what_is_expected_first_and_what_was_seen_later() {
        // Twice as slow as expected, which is 1010 ms.
        let told = follow(&chain(), 40, std::iter::repeat(10));
        let first = told[1].left.unwrap();
        assert_eq!(first, Duration::from_millis(1010));
        let late = told.iter().rfind(|telling| telling.value < 95.0).unwrap();
        assert!(late.left.unwrap() > Duration::from_millis(50), "{late:?}");
        assert_eq!(told.last().unwrap().left, Some(Duration::ZERO));
    }

    #[test]
    fn a_node_has_a_share_of_its_own() {
        let mut progress = Progress::default();
        progress.plan(chain(), &Rates::default(), Duration::ZERO);
        let node = NodeId::new("1");
        progress.update(&node, &Event::Progress(Stage::Load, 0.5), Duration::ZERO);
        assert_eq!(progress.of_node(&node), Some(0.5));
        assert_eq!(progress.of_node(&NodeId::new("2")), Some(0.0));
    }

    proptest! {
        #[test]
        fn it_never_falls_is_whole_only_at_the_end_and_is_never_told_more_than_twenty_times_a_second(
            waits in prop::collection::vec(0..300_u64, 1..60),
            steps in 1..40_u16,
            costs in prop::array::uniform5(1..500_u64),
        ) {
            let [load, prepare, infer, finish, save] = costs;
            let parts = vec![
                part("a", [load, 0, 0, 0, 0]),
                part("b", [0, prepare, infer, finish, 0]),
                part("c", [0, 0, 0, 0, save]),
            ];
            let told = follow(&parts, steps, waits.into_iter().cycle());
            for pair in told.windows(2) {
                prop_assert!(pair[0].value <= pair[1].value);
                prop_assert!(pair[0].value <= 99.0);
            }
            prop_assert_eq!(told.last().map(|telling| telling.value), Some(100.0));
            for (index, telling) in told.iter().enumerate() {
                let end = telling.elapsed + Duration::from_secs(1);
                let within = told[index..].iter().take_while(|later| later.elapsed < end).count();
                prop_assert!(within <= 20, "{within}");
            }
        }
    }
}
