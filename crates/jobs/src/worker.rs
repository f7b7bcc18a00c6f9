//! The threads that run jobs, each one after another, and own what runs them.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tintype_engine::Stage;
use tintype_protocol::{CancelFlag, ErrorCode, NodeId, Output};

use crate::clock::{millis, now_ms};
use crate::in_hand::LetGo;
use crate::jobs::{Model, Shared, State, reference};
use crate::progress::{Progress, Telling};
use crate::{Ending, Event, Failure, Job, JobRef, JobState, Report, Result, Runner, Transition};

/// What came of running a job.
type Ran = std::result::Result<Vec<Output>, Box<Failure>>;

/// How long to wait before a change of state that could not be stored is stored again.
const STORE_AGAIN: Duration = Duration::from_secs(1);

/// Starts a worker.
pub(crate) fn start(shared: Arc<Shared>, runner: Box<dyn Runner>) -> io::Result<JoinHandle<()>> {
    let worker = Worker { shared, runner };
    thread::Builder::new()
        .name("tintype-engine-worker".to_owned())
        .spawn(move || worker.work())
}

struct Worker {
    shared: Arc<Shared>,
    runner: Box<dyn Runner>,
}

impl Worker {
    fn work(mut self) {
        while let Some((job, cancel)) = self.next() {
            self.one(&job, &cancel);
        }
    }

    /// Waits for a job and takes it; none when the queue is stopped.
    fn next(&mut self) -> Option<(Arc<Job>, CancelFlag)> {
        let shared = Arc::clone(&self.shared);
        let mut state = shared.lock();
        loop {
            if state.is_stopping {
                return None;
            }
            let is_idle = state.running.is_empty();
            if state.model == Model::Due && is_idle {
                state = self.rest(&shared, state);
                continue;
            }
            if !state.is_paused
                && state.model != Model::Due
                && let Some(job) = state.line.first().map(Arc::clone)
                && state.running.allows(&job)
            {
                match shared.start(&mut state, &job) {
                    Ok(taken) => return Some(taken),
                    Err(error) => {
                        tracing::error!(prompt_id = %job.id, %error, "can't be started yet");
                        state = wait(&shared, state, STORE_AGAIN);
                        continue;
                    }
                }
            }
            let idle_unload = shared.settings.idle_unload;
            let idle = state.idle_since.elapsed();
            let is_kept = is_idle && state.model == Model::Kept;
            if is_kept && idle >= idle_unload {
                state = self.rest(&shared, state);
                continue;
            }
            let until = if is_kept {
                idle_unload.saturating_sub(idle)
            } else {
                // Nothing is due; a wake-up will come.
                Duration::from_hours(1)
            };
            state = wait(&shared, state, until);
        }
    }

    /// Gives the model up, without the lock: that may take a while.
    fn rest<'a>(
        &mut self,
        shared: &'a Shared,
        mut state: MutexGuard<'_, State>,
    ) -> MutexGuard<'a, State> {
        state.model = Model::Nothing;
        drop(state);
        self.give_up_model();
        // Others may have waited for this before they take a job.
        shared.wake.notify_all();
        shared.lock()
    }

    fn give_up_model(&mut self) {
        if catch_unwind(AssertUnwindSafe(|| self.runner.rest())).is_ok() {
            tracing::info!("the model was unloaded");
        } else {
            tracing::error!("unloading the model panicked");
        }
    }

    fn one(&mut self, job: &Arc<Job>, cancel: &CancelFlag) {
        let _span = tracing::info_span!("job", prompt_id = %job.id).entered();
        let mut follower = Follower::new(Arc::clone(&self.shared), job);
        let runner = &mut self.runner;
        let mut report = |report| follower.hear(report);
        // A defect met on one job must not cost the others.
        let result = catch_unwind(AssertUnwindSafe(|| {
            runner.run(job, &mut report, cancel).map_err(Box::new)
        }));
        let result = result.unwrap_or_else(|_| {
            tracing::error!("the job panicked");
            // What it left is not to be trusted.
            self.shared.lock().model = Model::Nothing;
            self.give_up_model();
            Err(Box::new(Failure::defect()))
        });
        follower.end(job, result);
    }
}

fn wait<'a>(
    shared: &Shared,
    state: MutexGuard<'a, State>,
    time: Duration,
) -> MutexGuard<'a, State> {
    let waited = shared.wake.wait_timeout(state, time);
    waited.unwrap_or_else(PoisonError::into_inner).0
}

impl Shared {
    /// Takes the first job out of the line and marks it as running.
    fn start(&self, state: &mut State, job: &Arc<Job>) -> Result<(Arc<Job>, CancelFlag)> {
        let at_ms = now_ms();
        let started = Arc::new(Job {
            attempts: job.attempts + 1,
            state: job.state.clone().apply(Transition::Start { at_ms })?,
            ..Job::clone(job)
        });
        state.store.update([&*started])?;
        state.line.remove(job.id);
        let cancel = CancelFlag::new();
        state.running.add(Arc::clone(&started), cancel.clone());
        state.model = Model::Kept;
        tracing::info!(prompt_id = %job.id, attempt = started.attempts, "started");
        let event = Event::Started {
            job: reference(job),
            at_ms,
        };
        self.tell(state, event);
        self.tell_positions(state);
        Ok((started, cancel))
    }
}

/// Turns what the runner reports of one job into events.
struct Follower {
    shared: Arc<Shared>,
    job: Arc<JobRef>,
    classes: Arc<Job>,
    progress: Progress,
    /// The node that was heard of last.
    node: Option<NodeId>,
    began: Instant,
    /// How long it has waited for its turn on the network.
    waited: Duration,
    /// When a stage ended last.
    stage_ended: Instant,
    outputs: Vec<Output>,
}

impl Follower {
    fn new(shared: Arc<Shared>, job: &Arc<Job>) -> Self {
        let mut follower = Self {
            shared,
            job: reference(job),
            classes: Arc::clone(job),
            progress: Progress::default(),
            node: None,
            began: Instant::now(),
            waited: Duration::ZERO,
            stage_ended: Instant::now(),
            outputs: Vec::new(),
        };
        let first = follower.progress.begin();
        let event = follower.progress_event(&first);
        follower.tell([event]);
        follower
    }

    fn hear(&mut self, report: Report) {
        let job = Arc::clone(&self.job);
        match report {
            Report::Planned(parts) => {
                let state = self.shared.lock();
                let elapsed = self.elapsed();
                self.progress.plan(parts, &state.rates, elapsed);
            }
            Report::NodeStarted(node) => {
                let class = self.classes.node_class(&node).unwrap_or_default();
                let class = class.to_owned();
                self.tell([Event::NodeStarted { job, node, class }]);
            }
            Report::Stage { node, event } => {
                self.note_waiting(&event);
                let elapsed = self.elapsed();
                if let tintype_engine::Event::Ended(stage, took) = &event {
                    tracing::info!(%node, stage = stage.as_str(), ms = millis(*took), "stage");
                }
                let telling = self.progress.update(&node, &event, elapsed);
                self.node = Some(node.clone());
                if let Some(telling) = telling {
                    let value = self.progress.of_node(&node).unwrap_or_default();
                    let of_node = Event::NodeProgress {
                        job,
                        node,
                        value: value * 100.0,
                        max: 100.0,
                    };
                    let of_job = self.progress_event(&telling);
                    self.tell([of_node, of_job]);
                }
            }
            Report::NodeEnded { node, outputs } => {
                self.outputs.extend(outputs.iter().cloned());
                self.tell([Event::NodeEnded { job, node, outputs }]);
            }
        }
    }

    /// How long the job was worked on so far.
    fn elapsed(&self) -> Duration {
        self.began.elapsed().saturating_sub(self.waited)
    }

    /// Between the stage before the network's and the network's own, another job has its turn.
    fn note_waiting(&mut self, event: &tintype_engine::Event) {
        match event {
            tintype_engine::Event::Started(Stage::Inference) => {
                self.waited += self.stage_ended.elapsed();
            }
            tintype_engine::Event::Ended(..) => self.stage_ended = Instant::now(),
            _ => {}
        }
    }

    fn progress_event(&self, telling: &Telling) -> Event {
        Event::Progress {
            job: Arc::clone(&self.job),
            value: telling.value,
            stage: telling.stage,
            node: self.node.clone(),
            elapsed_ms: millis(telling.elapsed),
            eta_ms: telling.left.map(millis),
        }
    }

    fn tell<const N: usize>(&self, events: [Event; N]) {
        let mut state = self.shared.lock();
        for event in events {
            self.shared.tell(&mut state, event);
        }
    }

    /// The job is over: stores what became of it, then tells.
    fn end(mut self, job: &Job, result: Ran) {
        let elapsed = self.elapsed();
        let shared = Arc::clone(&self.shared);
        let mut state = shared.lock();
        let ending = Ending {
            started_at_ms: match job.state {
                JobState::Running { started_at_ms } => Some(started_at_ms),
                _ => None,
            },
            ended_at_ms: now_ms(),
            elapsed_ms: millis(elapsed),
            timings: self.progress.timings(),
            outputs: self.outputs.clone(),
        };
        let transition = transition(&state, job, result, ending);
        let mut ended = job.clone();
        match ended.state.clone().apply(transition) {
            Ok(state) => ended.state = state,
            Err(error) => tracing::error!(%error, "a defect"),
        }
        if ended.state == JobState::Queued {
            // The server took it back; it was no attempt.
            ended.attempts = ended.attempts.saturating_sub(1);
        }
        loop {
            match state.store.update([&ended]) {
                Ok(()) => break,
                Err(error) => tracing::error!(%error, "the end of the job can't be stored yet"),
            }
            if state.is_stopping {
                // The store still says that it runs, so it will run again.
                shared.let_go(&mut state, job.id, LetGo::PutBack);
                shared.wake.notify_all();
                return;
            }
            state = wait(&shared, state, STORE_AGAIN);
        }
        if matches!(ended.state, JobState::Completed(_)) {
            let is_alone = state.running.is_alone(job.id);
            self.learn(&mut state, is_alone);
        }
        self.announce(&mut state, ended);
    }

    fn announce(&mut self, state: &mut State, ended: Job) {
        state.idle_since = Instant::now();
        tracing::info!(
            outcome = ended.state.name(),
            elapsed_ms = ended.state.ending().map(|ending| ending.elapsed_ms),
            code = ended.state.failure().map(|failure| failure.code.as_str()),
            "ended"
        );
        let id = ended.id;
        if ended.state == JobState::Queued {
            self.shared.let_go(state, id, LetGo::PutBack);
            state.line.put_back(Arc::new(ended));
            self.shared.tell_positions(state);
        } else {
            if matches!(ended.state, JobState::Completed(_)) {
                let whole = self.progress.finish(self.elapsed());
                self.shared.tell(state, self.progress_event(&whole));
            }
            self.shared.tell_end(state, &ended);
            self.shared.let_go(state, id, LetGo::Ended);
            // Those behind it have moved up.
            self.shared.tell_positions(state);
            if let Err(error) = state.store.retain(self.shared.settings.retention) {
                tracing::warn!(%error, "the history could not be shortened");
            }
        }
        self.shared.wake.notify_all();
    }

    /// Jobs beside each other slow each other down; what such a one took is better than nothing, but
    /// not as good as what is known of one alone.
    fn learn(&self, state: &mut State, is_alone: bool) {
        for (part, measured) in self.progress.lessons() {
            if !is_alone && state.rates.knows(&part.key) {
                continue;
            }
            let changed = state.rates.learn(&part.key, &part.expected, measured);
            if let Err(error) = state.store.keep_rates(&part.key, &changed) {
                tracing::warn!(%error, "what was learned of this computer could not be kept");
            }
        }
    }
}

/// What becomes of the job that has run.
fn transition(state: &State, job: &Job, result: Ran, ending: Ending) -> Transition {
    let is_unwanted = state.running.is_unwanted(job.id);
    match result {
        Ok(outputs) => Transition::Complete(Ending { outputs, ..ending }),
        Err(failure) if failure.code != ErrorCode::Cancelled => Transition::Fail(ending, *failure),
        Err(_) if !is_unwanted && state.is_stopping => Transition::Requeue,
        Err(_) => Transition::Cancel(ending),
    }
}
