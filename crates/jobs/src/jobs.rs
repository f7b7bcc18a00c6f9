//! The handle on the queue.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tintype_protocol::PromptId;

use crate::clock::now_ms;
use crate::in_hand::{InHand, LetGo};
use crate::line::Line;
use crate::rates::Rates;
use crate::store::Store;
use crate::{
    Ending, Error, Event, Job, JobRef, JobState, NewJob, Outcome, Result, Runner, Settings,
    Transition, worker,
};

/// Where events go: called in order, under the queue's lock, so it must neither wait nor call back.
pub type Sink = Box<dyn Fn(Event) + Send + Sync>;

/// The queue. Clones are handles on the same one; dropping them stops nothing, [`Jobs::stop`] does.
#[derive(Clone)]
pub struct Jobs(pub(crate) Arc<Shared>);

/// What the handles and the worker share.
pub(crate) struct Shared {
    /// One lock for the order of jobs, their store and their events: what is told in one order has
    /// happened in that order. It is never held while a job runs.
    state: Mutex<State>,
    /// Wakes the worker.
    pub(crate) wake: Condvar,
    pub(crate) settings: Settings,
    sink: Sink,
    workers: Mutex<Vec<JoinHandle<()>>>,
}

pub(crate) struct State {
    pub(crate) store: Store,
    pub(crate) line: Line,
    pub(crate) running: InHand,
    pub(crate) rates: Rates,
    next_number: f64,
    pub(crate) is_paused: bool,
    pub(crate) is_stopping: bool,
    pub(crate) model: Model,
    /// Since when nothing runs, if nothing does.
    pub(crate) idle_since: Instant,
}

/// The model that the runners hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Model {
    /// None.
    Nothing,
    /// The one that was used last.
    Kept,
    /// The same, which is to be given up as soon as nothing runs.
    Due,
}

/// The queue at one moment.
#[derive(Debug, Clone, Default)]
pub struct Queue {
    /// The job that runs, if one does.
    pub running: Vec<Arc<Job>>,
    /// The jobs that wait, the next first. It may be worked on already while the one that runs has the
    /// network; nobody hears of that before its turn.
    pub pending: Vec<Arc<Job>>,
}

/// A job that was taken in.
#[derive(Debug, Clone, PartialEq)]
pub struct Submitted {
    /// Its id.
    pub id: PromptId,
    /// Its place in the queue, as a number that lower ones run before.
    pub number: f64,
}

impl Jobs {
    /// Opens the queue in a file, or makes one, takes up what the last process left, and starts a
    /// worker for each runner: so many jobs run at once. Jobs that were running then are queued again, those that were so too often fail; the
    /// sink hears of both, and of every job that waits, before this returns.
    ///
    /// # Errors
    /// [`Error::InUse`] and the other errors of the store.
    pub fn open(
        database: &Path,
        settings: Settings,
        runners: Vec<Box<dyn Runner>>,
        sink: Sink,
    ) -> Result<Self> {
        let store = Store::open(database)?;
        store.retain(settings.retention)?;
        let (rates, next_number) = (store.rates()?, store.largest_number()? + 1.0);
        let jobs = Self(Arc::new(Shared {
            state: Mutex::new(State {
                store,
                line: Line::default(),
                running: InHand::default(),
                rates,
                next_number,
                is_paused: false,
                is_stopping: false,
                model: Model::Nothing,
                idle_since: Instant::now(),
            }),
            wake: Condvar::new(),
            settings,
            sink,
            workers: Mutex::new(Vec::new()),
        }));
        jobs.0.recover()?;
        for runner in runners {
            let worker = worker::start(Arc::clone(&jobs.0), runner);
            let worker = worker.map_err(|source| Error::Unusable {
                path: database.to_owned(),
                source,
            })?;
            jobs.0.workers().push(worker);
        }
        Ok(jobs)
    }

    /// Where a damaged store was put when this one was opened in its place, with whatever jobs and
    /// history it held; none if all was well.
    #[must_use]
    pub fn put_aside(&self) -> Option<PathBuf> {
        self.0.lock().store.put_aside().map(Path::to_owned)
    }

    /// Takes a job in. It is on disk when this returns.
    ///
    /// # Errors
    /// [`Error::QueueFull`], [`Error::DuplicateId`], [`Error::Stopping`], or the store's own.
    pub fn submit(&self, new: NewJob) -> Result<Submitted> {
        let mut state = self.0.lock();
        if state.is_stopping {
            return Err(Error::Stopping);
        }
        let limit = self.0.settings.queue_limit;
        if state.remaining() >= limit {
            return Err(Error::QueueFull { limit });
        }
        let next = state.next_number;
        let number = match new.number {
            // Adding zero turns -0 into 0, which SQLite takes for equal and the line does not.
            Some(number) if number.is_finite() => number + 0.0,
            _ if new.front => -next,
            _ => next,
        };
        let job = Arc::new(Job {
            id: new.id.unwrap_or_else(PromptId::random),
            number,
            client: new.client,
            workflow: new.workflow,
            outputs: new.outputs,
            extra_data: new.extra_data,
            queued_at_ms: now_ms(),
            attempts: 0,
            state: JobState::Queued,
        });
        state.store.insert(&job)?;
        state.next_number += 1.0;
        state.line.insert(Arc::clone(&job));
        tracing::info!(prompt_id = %job.id, number, "queued");
        self.0.tell_positions(&mut state);
        self.0.wake.notify_all();
        Ok(Submitted { id: job.id, number })
    }

    /// Stops the running job, if it is the one named or none is named. Returns whether there is such
    /// a job; its end is told as an event.
    #[allow(
        clippy::must_use_candidate,
        reason = "who only wants the job to end need not ask whether there was one"
    )]
    pub fn interrupt(&self, id: Option<PromptId>) -> bool {
        self.0.lock().running.interrupt(id)
    }

    /// Ends a job wherever it is, waiting or running. Returns whether it was either.
    ///
    /// # Errors
    /// The store's own.
    pub fn cancel(&self, id: PromptId) -> Result<bool> {
        // Under one lock, or it could go from one place to the other in between.
        let mut state = self.0.lock();
        Ok(self.0.delete(&mut state, &[id])? > 0 || state.running.interrupt(Some(id)))
    }

    /// Takes jobs out that wait; they end as cancelled. Returns how many there were.
    ///
    /// # Errors
    /// The store's own; then none is taken out.
    pub fn delete(&self, ids: &[PromptId]) -> Result<usize> {
        self.0.delete(&mut self.0.lock(), ids)
    }

    /// Takes all jobs out that wait; they end as cancelled. Returns how many there were.
    ///
    /// # Errors
    /// The store's own; then none is taken out.
    pub fn clear(&self) -> Result<usize> {
        let mut state = self.0.lock();
        let behind = state.running.cancel_behind(|_| true);
        let jobs = state.line.jobs().to_vec();
        Ok(behind + self.0.cancel_waiting(&mut state, &jobs)?)
    }

    /// The queue at this moment.
    #[must_use]
    pub fn queue(&self) -> Queue {
        let state = self.0.lock();
        Queue {
            running: state.running.front().cloned().into_iter().collect(),
            pending: state
                .running
                .behind()
                .chain(state.line.jobs())
                .cloned()
                .collect(),
        }
    }

    /// How many jobs wait or run.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.0.lock().remaining()
    }

    /// One job, wherever it is.
    ///
    /// # Errors
    /// The store's own.
    pub fn job(&self, id: PromptId) -> Result<Option<Job>> {
        self.0.lock().store.job(id)
    }

    /// Jobs that have ended, the oldest first: the newest `max_items` after the `offset` newest.
    ///
    /// # Errors
    /// The store's own.
    pub fn history(&self, max_items: Option<usize>, offset: usize) -> Result<Vec<Job>> {
        self.0.lock().store.history(max_items, offset)
    }

    /// Sets one field of what is kept with a job that has ended, such as how its result was adjusted.
    /// Returns whether there is such a job.
    ///
    /// # Errors
    /// The store's own.
    pub fn note(&self, id: PromptId, field: &str, value: &Value) -> Result<bool> {
        self.0.lock().store.note(id, field, value)
    }

    /// Removes entries of the history; files stay. Returns how many there were.
    ///
    /// # Errors
    /// The store's own.
    pub fn forget(&self, ids: &[PromptId]) -> Result<usize> {
        self.0.lock().store.forget(ids)
    }

    /// Removes the whole history; files stay. Returns how many entries there were.
    ///
    /// # Errors
    /// The store's own.
    pub fn forget_all(&self) -> Result<usize> {
        self.0.lock().store.forget_all()
    }

    /// Holds the queue, or lets it go on. Jobs that run go on to their end.
    pub fn pause(&self, paused: bool) {
        self.0.lock().is_paused = paused;
        self.0.wake.notify_all();
    }

    /// Whether the queue is held.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.0.lock().is_paused
    }

    /// Gives the model's memory back as soon as nothing runs.
    pub fn free(&self) {
        let mut state = self.0.lock();
        if state.model == Model::Kept {
            state.model = Model::Due;
        }
        drop(state);
        self.0.wake.notify_all();
    }

    /// Stops the queue: takes nothing new in, lets the running job end within the time of grace or queues
    /// it again, which does not count as an attempt, and returns when the workers have ended.
    pub fn stop(&self, grace: Duration) {
        let mut state = self.0.lock();
        state.is_stopping = true;
        state.running.stop_behind();
        self.0.wake.notify_all();
        let is_running = |state: &mut State| !state.running.is_empty();
        let waited = self.0.wake.wait_timeout_while(state, grace, is_running);
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.running.stop();
        drop(state);
        for worker in std::mem::take(&mut *self.0.workers()) {
            if worker.join().is_err() {
                tracing::error!("a worker had ended by a panic");
            }
        }
    }
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // The store is consistent at every moment, and what is in memory is set after it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn workers(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells what has happened, or keeps it until it is the job's turn to be told of. The lock is held,
    /// which keeps the order.
    pub(crate) fn tell(&self, state: &mut State, event: Event) {
        if let Some(event) = state.running.due(event) {
            self.tell_now(event);
        }
    }

    fn tell_now(&self, event: Event) {
        // A defect of whoever listens must cost neither the job nor the worker.
        if catch_unwind(AssertUnwindSafe(|| (self.sink)(event))).is_err() {
            tracing::error!("an event was not heard: its listener panicked");
        }
    }

    /// A job is no longer in hand; whoever is next is now told of.
    pub(crate) fn let_go(&self, state: &mut State, id: PromptId, how: LetGo) {
        for event in state.running.let_go(id, how) {
            self.tell_now(event);
        }
    }

    fn delete(&self, state: &mut State, ids: &[PromptId]) -> Result<usize> {
        let ids: HashSet<_> = ids.iter().collect();
        let behind = state.running.cancel_behind(|id| ids.contains(&id));
        let waiting = state.line.jobs().iter();
        let named = waiting.filter(|job| ids.contains(&job.id)).cloned();
        let jobs: Vec<_> = named.collect();
        Ok(behind + self.cancel_waiting(state, &jobs)?)
    }

    fn cancel_waiting(&self, state: &mut State, jobs: &[Arc<Job>]) -> Result<usize> {
        let at_ms = now_ms();
        let mut cancelled = Vec::with_capacity(jobs.len());
        for job in jobs {
            let ending = Ending {
                ended_at_ms: at_ms,
                ..Ending::default()
            };
            // Whatever waits is queued, so it can be cancelled.
            if let Ok(state) = job.state.clone().apply(Transition::Cancel(ending)) {
                cancelled.push(Job {
                    state,
                    ..Job::clone(job)
                });
            }
        }
        state.store.update(&cancelled)?;
        state
            .line
            .remove_all(&cancelled.iter().map(|job| job.id).collect());
        for job in &cancelled {
            tracing::info!(prompt_id = %job.id, "taken out of the queue");
            self.tell_end(state, job);
        }
        self.tell_positions(state);
        Ok(cancelled.len())
    }

    /// Tells the positions that have changed.
    pub(crate) fn tell_positions(&self, state: &mut State) {
        let before = state.running.behind().count();
        for (job, position) in state.line.take_changes(before) {
            let job = reference(&job);
            self.tell(state, Event::Queued { job, position });
        }
    }

    /// Tells that a job has ended.
    pub(crate) fn tell_end(&self, state: &mut State, job: &Job) {
        let (ending, outcome) = match &job.state {
            JobState::Completed(ending) => (ending, Outcome::Completed),
            JobState::Failed(ending, failure) => (ending, Outcome::Failed(failure.clone())),
            JobState::Cancelled(ending) => (ending, Outcome::Cancelled),
            JobState::Queued | JobState::Running { .. } => return,
        };
        let event = Event::Ended {
            job: reference(job),
            outcome,
            outputs: ending.outputs.clone(),
            at_ms: ending.ended_at_ms,
            elapsed_ms: ending.elapsed_ms,
            timings: ending.timings,
        };
        self.tell(state, event);
    }
}

impl State {
    fn remaining(&self) -> usize {
        self.line.jobs().len() + self.running.count()
    }
}

/// How events name a job.
pub(crate) fn reference(job: &Job) -> Arc<JobRef> {
    Arc::new(JobRef {
        id: job.id,
        client: job.client.clone(),
    })
}
