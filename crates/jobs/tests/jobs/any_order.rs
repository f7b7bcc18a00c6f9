//! Whatever is asked for in whatever order, with crashes in between: no job is lost, none runs again
//! once it has ended, and the store agrees with what was told.

use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;
use tintype_jobs::{Event, NewJob};
use tintype_protocol::PromptId;

use crate::support::{Bench, Verdict, milestone, new_job};

#[derive(Debug, Clone)]
enum Step {
    Submit {
        front: bool,
    },
    Cancel(usize),
    Delete(usize),
    Clear,
    Interrupt,
    Pause(bool),
    Let(Verdict),
    /// Lets the worker come so far.
    Wait,
    Crash,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let verdict = prop_oneof![
        6 => Just(Verdict::Complete),
        2 => Just(Verdict::Fail),
        1 => Just(Verdict::Panic),
    ];
    let step = prop_oneof![
        8 => any::<bool>().prop_map(|front| Step::Submit { front }),
        3 => any::<usize>().prop_map(Step::Cancel),
        2 => any::<usize>().prop_map(Step::Delete),
        1 => Just(Step::Clear),
        2 => Just(Step::Interrupt),
        2 => any::<bool>().prop_map(Step::Pause),
        8 => verdict.prop_map(Step::Let),
        4 => Just(Step::Wait),
        2 => Just(Step::Crash),
        2 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..30)
}

/// One job as the test knows it.
struct Known {
    number: f64,
    /// Which of all it was, counted as they came.
    came: usize,
    /// The end that was told, if one was.
    end: Option<&'static str>,
}

#[derive(Default)]
struct Witness {
    jobs: HashMap<PromptId, Known>,
    ids: Vec<PromptId>,
}

impl Witness {
    fn submitted(&mut self, id: PromptId, number: f64) {
        let came = self.ids.len();
        self.ids.push(id);
        self.jobs.insert(
            id,
            Known {
                number,
                came,
                end: None,
            },
        );
    }

    fn pick(&self, any: usize) -> Option<PromptId> {
        let index = any.checked_rem(self.ids.len())?;
        Some(self.ids[index])
    }

    /// Goes through what one life of the program told.
    fn hear(&mut self, told: &[Event]) {
        let mut states: HashMap<PromptId, &str> = HashMap::new();
        for event in told {
            let id = event.job().id;
            let before = states.get(&id).copied();
            let known = &self.jobs[&id];
            assert_eq!(known.end, None, "{id} has ended, yet: {event:?}");
            let Some(milestone) = milestone(event) else {
                assert_eq!(before, Some("running"), "{event:?}");
                continue;
            };
            match milestone {
                "running" => {
                    assert_eq!(before, Some("queued"));
                    self.is_first(id, &states);
                }
                // At the start of a life a job may be told to have been given up.
                "failed" => assert!(matches!(before, None | Some("running"))),
                "completed" => assert_eq!(before, Some("running")),
                _ => {}
            }
            states.insert(id, milestone);
            if !matches!(milestone, "queued" | "running") {
                self.jobs
                    .entry(id)
                    .and_modify(|known| known.end = Some(milestone));
            }
        }
        let running = states.values().filter(|state| **state == "running");
        assert!(running.count() <= 1, "{states:?}");
    }

    fn is_first(&self, id: PromptId, states: &HashMap<PromptId, &str>) {
        let place = |id: &PromptId| (self.jobs[id].number, self.jobs[id].came);
        for (other, state) in states {
            assert!(*state != "running", "two run at once");
            assert!(*state != "queued" || place(&id) <= place(other));
        }
    }

    /// What was told is what is stored.
    fn compare(&self, bench: &Bench) {
        for id in &self.ids {
            let stored = bench.jobs.job(*id).unwrap().expect("no job is lost");
            if let Some(end) = self.jobs[id].end {
                assert_eq!(stored.state.name(), end);
            }
        }
    }
}

fn live(steps: Vec<Step>) {
    let mut bench = Bench::new();
    let mut witness = Witness::default();
    for step in steps {
        match step {
            Step::Submit { front } => {
                let new = NewJob { front, ..new_job() };
                let submitted = bench.jobs.submit(new).unwrap();
                witness.submitted(submitted.id, submitted.number);
            }
            Step::Cancel(any) => {
                if let Some(id) = witness.pick(any) {
                    bench.jobs.cancel(id).unwrap();
                }
            }
            Step::Delete(any) => {
                if let Some(id) = witness.pick(any) {
                    bench.jobs.delete(&[id]).unwrap();
                }
            }
            Step::Clear => {
                bench.jobs.clear().unwrap();
            }
            Step::Interrupt => {
                bench.jobs.interrupt(None);
            }
            Step::Pause(paused) => bench.jobs.pause(paused),
            Step::Let(verdict) => bench.reins.tell(verdict),
            Step::Wait => std::thread::sleep(Duration::from_millis(3)),
            Step::Crash => {
                let (next, told) = bench.crash();
                bench = next;
                witness.hear(&told);
                witness.compare(&bench);
            }
            Step::Restart => {
                bench.jobs.stop(Duration::ZERO);
                witness.hear(&bench.told());
                bench = bench.restart();
                witness.compare(&bench);
            }
        }
    }
    bench.jobs.pause(false);
    bench.reins.tell_all(Verdict::Complete);
    bench.wait_until("done", |bench| bench.jobs.remaining() == 0);
    witness.hear(&bench.told());
    witness.compare(&bench);
    let history = bench.jobs.history(None, 0).unwrap();
    assert_eq!(history.len(), witness.ids.len());
    assert!(history.iter().all(|job| job.state.is_terminal()));
    bench.jobs.stop(Duration::ZERO);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_job_is_lost_and_none_runs_again(steps in steps()) {
        live(steps);
    }
}
