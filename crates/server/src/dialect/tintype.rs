//! Our own dialect.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use tintype_jobs::Event;
use tintype_protocol::models::Transfer;
use tintype_protocol::{
    ErrorBody, ExecutionStart, ExecutionStop, JobStatus, Language, Outcome, Progress,
    ServerMessage, Status,
};

use super::{Addressed, Audience, last, outgoing, to_everyone, to_owner};
use crate::live::{Ended, LiveJob, LiveState, Overview};
use crate::outbox::{Merge, Outgoing};
use crate::views;

pub(super) fn event(event: &Event, job: &LiveJob, now: Overview) -> Vec<Addressed> {
    match event {
        Event::Queued { .. } => vec![
            to_owner(&of_job(job, now), None),
            to_everyone(&of_server(now), Some(Merge::Overview)),
        ],
        Event::Started { at_ms, .. } => {
            let start = ServerMessage::ExecutionStart(ExecutionStart {
                prompt_id: job.id,
                timestamp: *at_ms,
            });
            vec![
                to_owner(&of_job(job, now), None),
                to_owner(&start, None),
                to_everyone(&of_server(now), Some(Merge::Overview)),
            ]
        }
        Event::Progress { .. } => progress(job)
            .map(|progress| to_owner(&progress, Some(Merge::Progress(job.id))))
            .into_iter()
            .collect(),
        // Nodes are ComfyUI's view of a job; ours is its stages. The end has its own function.
        Event::NodeStarted { .. }
        | Event::NodeProgress { .. }
        | Event::NodeEnded { .. }
        | Event::Ended { .. } => Vec::new(),
    }
}

pub(super) fn ended(ended: &Ended, now: Overview, language: Language) -> Vec<Addressed> {
    let mut messages = Vec::with_capacity(4);
    if let Some(failure) = &ended.failure {
        let error = ServerMessage::Error(ErrorBody {
            code: failure.code,
            message: failure.message.pick(language).to_owned(),
            messages: failure.message.clone(),
            prompt_id: Some(ended.id),
            hint: views::hint(failure),
        });
        messages.push(to_owner(&error, None));
    }
    let status = ServerMessage::Status(Status {
        status: match ended.outcome {
            Outcome::Completed => JobStatus::Completed,
            Outcome::Failed => JobStatus::Failed,
            Outcome::Cancelled => JobStatus::Cancelled,
        },
        prompt_id: Some(ended.id),
        queue_remaining: now.remaining,
        position: None,
    });
    messages.push(to_owner(&status, None));
    let stop = ServerMessage::ExecutionStop(ExecutionStop {
        prompt_id: ended.id,
        outcome: ended.outcome,
        outputs: ended.outputs.clone(),
        elapsed_ms: ended.elapsed_ms,
        timings: ended.timings.clone(),
    });
    messages.push(Addressed {
        audience: Audience::Owner,
        message: last(&stop, ended.id),
    });
    messages.push(to_everyone(&of_server(now), Some(Merge::Overview)));
    messages
}

pub(super) fn greeting<'a>(
    jobs: impl Iterator<Item = &'a LiveJob>,
    now: Overview,
) -> Vec<Outgoing> {
    let mut messages = vec![outgoing(&of_server(now), Some(Merge::Overview))];
    for job in jobs {
        messages.push(outgoing(&of_job(job, now), None));
        if let Some(progress) = progress(job) {
            messages.push(outgoing(&progress, Some(Merge::Progress(job.id))));
        }
    }
    messages
}

/// The end must arrive; of what comes before only the newest counts.
pub(super) fn model(transfer: &Transfer) -> Outgoing {
    let mut id = DefaultHasher::new();
    transfer.model.hash(&mut id);
    let merge = (!transfer.step.is_end()).then(|| Merge::Model(id.finish()));
    outgoing(&ServerMessage::Model(transfer.clone()), merge)
}

fn of_server(now: Overview) -> ServerMessage {
    ServerMessage::Status(Status {
        status: now.status,
        prompt_id: None,
        queue_remaining: now.remaining,
        position: None,
    })
}

fn of_job(job: &LiveJob, now: Overview) -> ServerMessage {
    let (status, position) = match job.state {
        LiveState::Queued { position } => (JobStatus::Queued, Some(position)),
        LiveState::Running => (JobStatus::Executing, None),
    };
    ServerMessage::Status(Status {
        status,
        prompt_id: Some(job.id),
        queue_remaining: now.remaining,
        position,
    })
}

fn progress(job: &LiveJob) -> Option<ServerMessage> {
    let progress = job.progress.as_ref()?;
    Some(ServerMessage::Progress(Progress {
        value: progress.value,
        max: Progress::MAX,
        prompt_id: job.id,
        stage: progress.stage,
        node: progress.node.clone(),
        elapsed_ms: progress.elapsed_ms,
        eta_ms: progress.eta_ms,
    }))
}
