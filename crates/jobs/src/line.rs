//! The jobs that wait, in the order in which they will run.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tintype_protocol::PromptId;

use crate::Job;

/// Positions that are told again when they change. Telling all of a long queue at every step would
/// grow with its square; who waits further back can do with its length.
const TOLD_PLACES: usize = 20;

/// The jobs that wait.
#[derive(Debug, Default)]
pub(crate) struct Line {
    /// By number; of equals, in the order in which they came.
    jobs: Vec<Arc<Job>>,
    /// The position that was told last of each job.
    told: HashMap<PromptId, usize>,
}

impl Line {
    /// Adds a job behind all of the same or a lower number; returns its position, 1 being the next.
    pub(crate) fn insert(&mut self, job: Arc<Job>) -> usize {
        let index = self
            .jobs
            .partition_point(|other| other.number.total_cmp(&job.number).is_le());
        self.jobs.insert(index, job);
        index + 1
    }

    /// Puts a job back before all of the same number: it has come before them.
    pub(crate) fn put_back(&mut self, job: Arc<Job>) {
        let index = self
            .jobs
            .partition_point(|other| other.number.total_cmp(&job.number).is_lt());
        self.jobs.insert(index, job);
    }

    /// The job that runs next.
    pub(crate) fn first(&self) -> Option<&Arc<Job>> {
        self.jobs.first()
    }

    /// Takes a job out.
    pub(crate) fn remove(&mut self, id: PromptId) -> Option<Arc<Job>> {
        let index = self.jobs.iter().position(|job| job.id == id)?;
        self.told.remove(&id);
        Some(self.jobs.remove(index))
    }

    /// Takes several jobs out, in one go: each by itself would be as long as the line.
    pub(crate) fn remove_all(&mut self, ids: &HashSet<PromptId>) {
        self.jobs.retain(|job| !ids.contains(&job.id));
        self.told.retain(|id, _| !ids.contains(id));
    }

    /// All jobs, the next first.
    pub(crate) fn jobs(&self) -> &[Arc<Job>] {
        &self.jobs
    }

    /// The positions to tell of after a change: of jobs that were never told of, and of the first
    /// places where they are not what was told last. So many jobs wait before all of these.
    pub(crate) fn take_changes(&mut self, before: usize) -> Vec<(Arc<Job>, usize)> {
        let mut changed = Vec::new();
        for (index, job) in self.jobs.iter().enumerate() {
            let position = before + index + 1;
            let due = match self.told.get(&job.id) {
                None => true,
                Some(told) => position <= TOLD_PLACES && *told != position,
            };
            if due {
                self.told.insert(job.id, position);
                changed.push((Arc::clone(job), position));
            }
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::JobState;
    use serde_json::Value;

    fn job(number: f64) -> Arc<Job> {
        Arc::new(Job {
            id: PromptId::random(),
            number,
            client: None,
            workflow: Value::Null,
            outputs: Vec::new(),
            extra_data: Value::Null,
            queued_at_ms: 0,
            attempts: 0,
            state: JobState::Queued,
        })
    }

    #[test]
    fn lower_numbers_run_earlier_and_equal_ones_in_the_order_they_came() {
        let mut line = Line::default();
        let (a, b, c, d) = (job(1.0), job(1.0), job(-2.0), job(0.5));
        for job in [&a, &b, &c, &d] {
            line.insert(Arc::clone(job));
        }
        let order: Vec<_> = line.jobs().iter().map(|job| job.id).collect();
        assert_eq!(order, [c.id, d.id, a.id, b.id]);
    }

    #[test]
    fn a_position_is_told_when_it_is_new_and_when_it_changes_near_the_front() {
        let mut line = Line::default();
        let jobs: Vec<_> = (0..30).map(|number| job(f64::from(number))).collect();
        for job in &jobs {
            line.insert(Arc::clone(job));
        }
        assert_eq!(line.take_changes(0).len(), 30);
        assert!(line.take_changes(0).is_empty());
        line.remove(jobs[0].id);
        let told = line.take_changes(0);
        let positions: Vec<_> = told.iter().map(|(_, position)| *position).collect();
        assert_eq!(positions, (1..=20).collect::<Vec<_>>());
        assert_eq!(line.take_changes(1).first().unwrap().1, 2);
    }
}
