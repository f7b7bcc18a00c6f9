//! What the last process left behind, taken up by this one.

use std::sync::Arc;

use crate::clock::now_ms;
use crate::jobs::Shared;
use crate::{Ending, Failure, Job, JobState, Result, Transition};

impl Shared {
    /// Puts every job that has not ended into the line. A job that was running when the process died
    /// may have killed it, so it is tried again only so often.
    pub(crate) fn recover(&self) -> Result<()> {
        let mut state = self.lock();
        let (mut waiting, mut changed, mut given_up) = (Vec::new(), Vec::new(), Vec::new());
        for job in state.store.waiting()? {
            let JobState::Running { started_at_ms } = job.state else {
                waiting.push(job);
                continue;
            };
            let job = recovered(job, started_at_ms, self.settings.retries)?;
            if job.state.is_terminal() {
                given_up.push(job);
            } else {
                changed.push(job.clone());
                waiting.push(job);
            }
        }
        state.store.update(changed.iter().chain(&given_up))?;
        for job in waiting {
            state.line.insert(Arc::new(job));
        }
        for job in given_up {
            self.tell_end(&mut state, &job);
        }
        self.tell_positions(&mut state);
        Ok(())
    }
}

/// What becomes of a job that was running when the process died.
fn recovered(job: Job, started_at_ms: u64, retries: u32) -> Result<Job> {
    // The first attempt is not a retry.
    let transition = if job.attempts > retries {
        tracing::error!(prompt_id = %job.id, attempts = job.attempts, "given up");
        let ending = Ending {
            started_at_ms: Some(started_at_ms),
            ended_at_ms: now_ms(),
            ..Ending::default()
        };
        Transition::Fail(ending, Failure::ended_too_often(job.attempts))
    } else {
        tracing::warn!(prompt_id = %job.id, attempts = job.attempts,
            "the program ended while this job ran; it is queued again");
        Transition::Requeue
    };
    Ok(Job {
        state: job.state.clone().apply(transition)?,
        ..job
    })
}
