//! The jobs that are worked on, of which one is told of.
//!
//! While one has the network, the next is read and the one before is saved. To whoever listens, jobs still run
//! one after another: clients that show one bar would see it jump between two. So what happens to a job is
//! kept until all that began before it have ended.

use std::sync::Arc;

use tintype_protocol::{CancelFlag, PromptId};

use crate::{Event, Job, Outcome};

/// The jobs that are worked on, the one that began first at the front.
#[derive(Default)]
pub(crate) struct InHand(Vec<Running>);

/// A job on a worker's thread.
struct Running {
    job: Arc<Job>,
    cancel: CancelFlag,
    /// Whether no other job has run at the same time.
    is_alone: bool,
    /// Whether the user asked for the end, as against a server that stops.
    is_unwanted: bool,
    /// Whether it only waits to be told of.
    has_ended: bool,
    /// What is still to be told.
    untold: Vec<Event>,
}

/// Why a job is no longer in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LetGo {
    /// It has ended; its end was given to be told.
    Ended,
    /// It is queued again, so to others it never began.
    PutBack,
}

impl InHand {
    /// Takes a job in hand.
    pub(crate) fn add(&mut self, job: Arc<Job>, cancel: CancelFlag) {
        let is_alone = self.is_empty();
        for other in &mut self.0 {
            other.is_alone = false;
        }
        self.0.push(Running {
            job,
            cancel,
            is_alone,
            is_unwanted: false,
            has_ended: false,
            untold: Vec::new(),
        });
    }

    /// Whether nothing runs.
    pub(crate) fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// How many jobs run.
    pub(crate) fn count(&self) -> usize {
        self.0.iter().filter(|running| !running.has_ended).count()
    }

    /// The job that is told of.
    pub(crate) fn front(&self) -> Option<&Arc<Job>> {
        self.0.first().map(|running| &running.job)
    }

    /// The jobs that run behind it: to others they wait.
    pub(crate) fn behind(&self) -> impl Iterator<Item = &Arc<Job>> {
        let behind = self.0.iter().skip(1).filter(|running| !running.has_ended);
        behind.map(|running| &running.job)
    }

    /// Whether a job may begin now. One that the program died on before runs alone: if it dies again, that
    /// costs no other job an attempt.
    pub(crate) fn allows(&self, job: &Job) -> bool {
        let is_first_try = |running: &Running| running.has_ended || running.job.attempts <= 1;
        self.is_empty() || job.attempts == 0 && self.0.iter().all(is_first_try)
    }

    /// Whether no other job has run at the same time as this one.
    pub(crate) fn is_alone(&self, id: PromptId) -> bool {
        let mut all = self.0.iter();
        all.any(|running| running.job.id == id && running.is_alone)
    }

    /// Whether the user asked for the end of a job.
    pub(crate) fn is_unwanted(&self, id: PromptId) -> bool {
        let mut all = self.0.iter();
        all.any(|running| running.job.id == id && running.is_unwanted)
    }

    /// Stops the job that is told of, if it is the one named or none is named, or one behind it that is
    /// named. Returns whether there is such a job.
    pub(crate) fn interrupt(&mut self, id: Option<PromptId>) -> bool {
        let is_meant = |running: &&mut Running| id.is_none_or(|id| id == running.job.id);
        let mut running = self.0.iter_mut().filter(|running| !running.has_ended);
        running.find(is_meant).map(Running::cancel).is_some()
    }

    /// Stops jobs behind the one that is told of; returns how many.
    pub(crate) fn cancel_behind(&mut self, is_meant: impl Fn(PromptId) -> bool) -> usize {
        let behind = self.0.iter_mut().skip(1);
        let meant = behind.filter(|running| !running.has_ended && is_meant(running.job.id));
        meant.map(Running::cancel).count()
    }

    /// Stops all jobs behind the one that is told of, because the server stops.
    pub(crate) fn stop_behind(&self) {
        for running in self.0.iter().skip(1) {
            running.cancel.cancel();
        }
    }

    /// Stops all jobs, because the server stops.
    pub(crate) fn stop(&self) {
        for running in &self.0 {
            running.cancel.cancel();
        }
    }

    /// What is to be told now of an event: all of a job that is at the front or not in hand; of one behind it
    /// only that it was cancelled, as of any job that waits. The rest is kept.
    pub(crate) fn due(&mut self, event: Event) -> Option<Event> {
        let id = event.job().id;
        let mut behind = self.0.iter_mut().skip(1);
        let Some(running) = behind.find(|running| running.job.id == id) else {
            return Some(event);
        };
        let is_cancelled = matches!(
            event,
            Event::Ended {
                outcome: Outcome::Cancelled,
                ..
            }
        );
        if is_cancelled {
            running.untold.clear();
            return Some(event);
        }
        // Of how far it has come, the last is enough.
        running.untold.retain(|earlier| !replaces(&event, earlier));
        running.untold.push(event);
        None
    }

    /// Takes a job out of hand. Returns what is to be told now that was kept: of those that come to the front.
    pub(crate) fn let_go(&mut self, id: PromptId, how: LetGo) -> Vec<Event> {
        if let Some(index) = self.0.iter().position(|running| running.job.id == id) {
            let running = &mut self.0[index];
            running.has_ended = true;
            if how == LetGo::PutBack || running.untold.is_empty() {
                self.0.remove(index);
            }
        }
        let mut now = Vec::new();
        while let Some(front) = self.0.first_mut() {
            now.append(&mut front.untold);
            if !front.has_ended {
                break;
            }
            self.0.remove(0);
        }
        now
    }
}

impl Running {
    fn cancel(&mut self) {
        self.is_unwanted = true;
        self.cancel.cancel();
    }
}

fn replaces(event: &Event, earlier: &Event) -> bool {
    match (event, earlier) {
        (Event::Progress { .. }, Event::Progress { .. }) => true,
        (Event::NodeProgress { node, .. }, Event::NodeProgress { node: other, .. }) => {
            node == other
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{JobRef, JobState};
    use serde_json::Value;
    use tintype_engine::{Stage, Timings};

    fn job(attempts: u32) -> Arc<Job> {
        Arc::new(Job {
            id: PromptId::random(),
            number: 0.0,
            client: None,
            workflow: Value::Null,
            outputs: Vec::new(),
            extra_data: Value::Null,
            queued_at_ms: 0,
            attempts,
            state: JobState::Queued,
        })
    }

    fn reference(job: &Job) -> Arc<JobRef> {
        Arc::new(JobRef {
            id: job.id,
            client: None,
        })
    }

    fn started(job: &Job) -> Event {
        let job = reference(job);
        Event::Started { job, at_ms: 0 }
    }

    fn progress(job: &Job, value: f32) -> Event {
        Event::Progress {
            job: reference(job),
            value,
            stage: Stage::Load,
            node: None,
            elapsed_ms: 0,
            eta_ms: None,
        }
    }

    fn ended(job: &Job, outcome: Outcome) -> Event {
        Event::Ended {
            job: reference(job),
            outcome,
            outputs: Vec::new(),
            at_ms: 0,
            elapsed_ms: 0,
            timings: Timings::default(),
        }
    }

    fn in_hand<const N: usize>(jobs: &[Arc<Job>; N]) -> InHand {
        let mut in_hand = InHand::default();
        for job in jobs {
            in_hand.add(Arc::clone(job), CancelFlag::new());
        }
        in_hand
    }

    #[test]
    fn a_job_is_told_of_once_all_before_it_have_ended_and_its_progress_once() {
        let jobs = [job(1), job(1), job(1)];
        let mut hand = in_hand(&jobs);
        assert!(hand.due(started(&jobs[0])).is_some());
        for event in [
            started(&jobs[1]),
            progress(&jobs[1], 1.0),
            progress(&jobs[1], 2.0),
            ended(&jobs[1], Outcome::Completed),
            started(&jobs[2]),
        ] {
            assert_eq!(hand.due(event), None);
        }
        assert!(hand.let_go(jobs[1].id, LetGo::Ended).is_empty());
        assert_eq!(hand.count(), 2);
        let told = hand.let_go(jobs[0].id, LetGo::Ended);
        assert_eq!(
            told,
            [
                started(&jobs[1]),
                progress(&jobs[1], 2.0),
                ended(&jobs[1], Outcome::Completed),
                started(&jobs[2]),
            ]
        );
        assert_eq!(hand.front().unwrap().id, jobs[2].id);
        assert!(hand.due(progress(&jobs[2], 3.0)).is_some());
    }

    #[test]
    fn one_that_is_cancelled_before_its_turn_never_began() {
        let jobs = [job(1), job(1)];
        let mut hand = in_hand(&jobs);
        hand.due(started(&jobs[1]));
        assert_eq!(hand.cancel_behind(|_| true), 1);
        assert!(hand.is_unwanted(jobs[1].id) && !hand.is_unwanted(jobs[0].id));
        assert!(hand.due(ended(&jobs[1], Outcome::Cancelled)).is_some());
        assert!(hand.let_go(jobs[1].id, LetGo::Ended).is_empty());
        assert!(hand.let_go(jobs[0].id, LetGo::Ended).is_empty());
        assert!(hand.is_empty());
    }

    #[test]
    fn one_that_goes_back_to_the_queue_is_not_told_of() {
        let jobs = [job(1), job(1)];
        let mut hand = in_hand(&jobs);
        hand.due(started(&jobs[1]));
        assert!(hand.let_go(jobs[1].id, LetGo::PutBack).is_empty());
        assert!(hand.let_go(jobs[0].id, LetGo::Ended).is_empty());
    }

    #[test]
    fn one_that_the_program_died_on_runs_alone() {
        assert!(in_hand(&[]).allows(&job(1)));
        assert!(in_hand(&[job(1)]).allows(&job(0)));
        assert!(!in_hand(&[job(1)]).allows(&job(1)));
        assert!(!in_hand(&[job(2)]).allows(&job(0)));
    }
}
