//! A queue in a folder of its own, and a runner that waits to be told what to do.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use tintype_engine::{Event as StageEvent, Stage, Timings};
use tintype_jobs::{
    Event, Failure, FolderKind, Job, Jobs, NewJob, Output, Part, Report, Runner, Settings,
};
use tintype_protocol::{CancelFlag, ClientId, ErrorCode, NodeId, PromptId, Wording};

/// Longer than anything takes; only a failing test waits for so long.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often is looked whether what is waited for is so.
const TICK: Duration = Duration::from_millis(1);

/// What a job is to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Verdict {
    /// Make a picture and complete.
    Complete,
    /// Make a picture, then fail.
    Fail,
    /// Run into a defect.
    Panic,
}

/// The reins: what jobs are to do, and what they have done.
#[derive(Default)]
pub(crate) struct Reins {
    verdicts: Mutex<VecDeque<Verdict>>,
    /// What jobs do that find no verdict; none to wait for one.
    otherwise: Mutex<Option<Verdict>>,
    pub(crate) rests: Mutex<usize>,
}

impl Reins {
    /// Lets the running job, or the next one, do something.
    pub(crate) fn tell(&self, verdict: Verdict) {
        self.verdicts.lock().unwrap().push_back(verdict);
    }

    /// Lets all jobs do the same from now on.
    pub(crate) fn tell_all(&self, verdict: Verdict) {
        *self.otherwise.lock().unwrap() = Some(verdict);
    }

    fn verdict(&self) -> Option<Verdict> {
        let first = self.verdicts.lock().unwrap().pop_front();
        first.or(*self.otherwise.lock().unwrap())
    }
}

struct Reined(Arc<Reins>);

impl Runner for Reined {
    fn run(
        &mut self,
        job: &Job,
        report: &mut dyn FnMut(Report),
        cancel: &CancelFlag,
    ) -> Result<Vec<Output>, Failure> {
        let node = NodeId::new("1");
        let millisecond = Duration::from_millis(1);
        let mut expected = Timings::default();
        expected.set(Stage::Load, millisecond);
        expected.set(Stage::Save, millisecond);
        report(Report::Planned(vec![Part {
            node: node.clone(),
            key: "fake".into(),
            expected,
        }]));
        report(Report::NodeStarted(node.clone()));
        let mut stage = |event| {
            let node = node.clone();
            report(Report::Stage { node, event });
        };
        stage(StageEvent::Started(Stage::Load));
        let verdict = loop {
            if cancel.is_cancelled() {
                return Err(failure(ErrorCode::Cancelled));
            }
            match self.0.verdict() {
                Some(verdict) => break verdict,
                None => thread::sleep(TICK),
            }
        };
        assert_ne!(verdict, Verdict::Panic, "as told");
        stage(StageEvent::Ended(Stage::Load, millisecond));
        stage(StageEvent::Started(Stage::Save));
        stage(StageEvent::Ended(Stage::Save, millisecond));
        let outputs = vec![output(job.id)];
        report(Report::NodeEnded {
            node,
            outputs: outputs.clone(),
        });
        match verdict {
            Verdict::Fail => Err(failure(ErrorCode::OutOfMemory)),
            Verdict::Complete | Verdict::Panic => Ok(outputs),
        }
    }

    fn rest(&mut self) {
        *self.0.rests.lock().unwrap() += 1;
    }
}

pub(crate) fn failure(code: ErrorCode) -> Failure {
    Failure::new(code, Wording::new("as told", "按指示"))
}

/// What a job makes.
pub(crate) fn output(id: PromptId) -> Output {
    Output {
        node: NodeId::new("1"),
        filename: format!("{id}.png"),
        subfolder: String::new(),
        kind: FolderKind::Output,
    }
}

pub(crate) fn new_job() -> NewJob {
    NewJob {
        id: None,
        client: Some(ClientId::new("tester").unwrap()),
        workflow: json!({"1": {"class_type": "LoadImage", "inputs": {"image": "祖母.png"}}}),
        outputs: vec![NodeId::new("1")],
        extra_data: json!({"note": "kept"}),
        front: false,
        number: None,
    }
}

/// A queue, its reins and what it told.
pub(crate) struct Bench {
    folder: TempDir,
    at_once: usize,
    pub(crate) jobs: Jobs,
    pub(crate) reins: Arc<Reins>,
    told: Arc<Mutex<Vec<Event>>>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(Settings::default())
    }

    pub(crate) fn with(settings: Settings) -> Self {
        Self::open(tempfile::tempdir().unwrap(), settings)
    }

    pub(crate) fn open(folder: TempDir, settings: Settings) -> Self {
        Self::several(1, folder, settings)
    }

    /// A queue that runs so many jobs at once.
    pub(crate) fn several(at_once: usize, folder: TempDir, settings: Settings) -> Self {
        let reins = Arc::new(Reins::default());
        let runner = || Box::new(Reined(Arc::clone(&reins))) as Box<dyn Runner>;
        let runners = std::iter::repeat_with(runner).take(at_once).collect();
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&told);
        let jobs = Jobs::open(
            &database(folder.path()),
            settings,
            runners,
            Box::new(move |event| heard.lock().unwrap().push(event)),
        );
        Self {
            folder,
            at_once,
            jobs: jobs.unwrap(),
            reins,
            told,
        }
    }

    pub(crate) fn database(&self) -> PathBuf {
        database(self.folder.path())
    }

    /// A second look into the store, as a backup program would take.
    pub(crate) fn look(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.database()).unwrap()
    }

    pub(crate) fn submit(&self) -> PromptId {
        self.jobs.submit(new_job()).unwrap().id
    }

    pub(crate) fn told(&self) -> Vec<Event> {
        self.told.lock().unwrap().clone()
    }

    /// The names of the states that a job was told to be in, in order.
    pub(crate) fn milestones(&self, id: PromptId) -> Vec<&'static str> {
        let told = self.told();
        let of_job = told.iter().filter(|event| event.job().id == id);
        of_job.filter_map(milestone).collect()
    }

    #[track_caller]
    pub(crate) fn wait_until(&self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let began = Instant::now();
        while !is_so(self) {
            assert!(
                began.elapsed() < PATIENCE,
                "never {what}: {:#?}",
                self.told()
            );
            thread::sleep(TICK);
        }
    }

    #[track_caller]
    pub(crate) fn wait_for(&self, id: PromptId, milestone: &str) {
        self.wait_until(milestone, |bench| {
            bench.milestones(id).last() == Some(&milestone)
        });
    }

    pub(crate) fn state(&self, id: PromptId) -> &'static str {
        self.jobs.job(id).unwrap().unwrap().state.name()
    }

    /// Ends the program in good order and starts it again.
    pub(crate) fn restart(self) -> Self {
        self.jobs.stop(Duration::ZERO);
        let Self {
            folder,
            at_once,
            jobs,
            ..
        } = self;
        drop(jobs);
        Self::several(at_once, folder, Settings::default())
    }

    /// Starts another program on the store as it is at this moment, which is what one finds after a
    /// crash. Returns it with what had been told by then.
    pub(crate) fn crash(self) -> (Self, Vec<Event>) {
        let told = self.told();
        let folder = tempfile::tempdir().unwrap();
        let copy = database(folder.path());
        let copy = copy.to_str().unwrap();
        self.look().execute("VACUUM INTO ?1", [copy]).unwrap();
        self.jobs.stop(Duration::ZERO);
        let next = Self::several(self.at_once, folder, Settings::default());
        (next, told)
    }
}

fn database(folder: &Path) -> PathBuf {
    folder.join("jobs.sqlite")
}

/// What an event says of its job's state.
pub(crate) fn milestone(event: &Event) -> Option<&'static str> {
    use tintype_jobs::Outcome;

    match event {
        Event::Queued { .. } => Some("queued"),
        Event::Started { .. } => Some("running"),
        Event::Ended { outcome, .. } => Some(match outcome {
            Outcome::Completed => "completed",
            Outcome::Failed(_) => "failed",
            Outcome::Cancelled => "cancelled",
        }),
        Event::NodeStarted { .. }
        | Event::NodeProgress { .. }
        | Event::NodeEnded { .. }
        | Event::Progress { .. } => None,
    }
}

/// Which jobs left the queue, in order.
pub(crate) fn starts(events: &[Event]) -> Vec<PromptId> {
    let started = events
        .iter()
        .filter(|event| matches!(event, Event::Started { .. }));
    started.map(|event| event.job().id).collect()
}
