//! ComfyUI's dialect: its messages, in its order.

use std::collections::BTreeMap;

use tintype_jobs::Event;
use tintype_protocol::comfyui::{
    Cached, ComfyMessage, ExecInfoOuter, Executed, Executing, ExecutionError, Images, Interrupted,
    Moment, NodeProgress, NodeState, NodeStateKind, ProgressState, QueueStatus,
};
use tintype_protocol::{ClientId, Language, NodeId, Outcome, Output};

use super::{Addressed, Audience, last, outgoing, to_everyone, to_owner};
use crate::live::{Ended, LiveJob, LiveState, Overview};
use crate::outbox::{Merge, Outgoing};
use crate::views;

pub(super) fn event(event: &Event, job: &LiveJob, now: Overview) -> Vec<Addressed> {
    match event {
        // A job that moves up has not changed the queue's length, and there is nothing else to say.
        Event::Queued { .. } => vec![queue(now)],
        Event::Started { at_ms, .. } => vec![
            to_owner(
                &ComfyMessage::ExecutionStart(Moment {
                    prompt_id: job.id,
                    timestamp: *at_ms,
                }),
                None,
            ),
            to_owner(
                &ComfyMessage::ExecutionCached(Cached {
                    nodes: Vec::new(),
                    prompt_id: job.id,
                    timestamp: *at_ms,
                }),
                None,
            ),
        ],
        Event::NodeStarted { node, .. } => vec![progress_state(job), executing(job, node)],
        Event::NodeProgress { node, .. } => node_progress(job, node),
        Event::NodeEnded { node, outputs, .. } => {
            let mut messages = node_progress(job, node);
            if !outputs.is_empty() {
                messages.push(executed(job, node, outputs));
            }
            messages
        }
        // The share of the whole job is ours; ComfyUI knows the share of each node.
        Event::Progress { .. } | Event::Ended { .. } => Vec::new(),
    }
}

pub(super) fn ended(ended: &Ended, now: Overview, language: Language) -> Vec<Addressed> {
    if !ended.has_started {
        // Taken out of the queue: it never was an execution.
        return vec![queue(now)];
    }
    let end = match (ended.outcome, &ended.failure) {
        (Outcome::Completed, _) => ComfyMessage::ExecutionSuccess(Moment {
            prompt_id: ended.id,
            timestamp: ended.at_ms,
        }),
        (Outcome::Failed, Some(failure)) => {
            ComfyMessage::ExecutionError(Box::new(execution_error(ended, failure, language)))
        }
        (Outcome::Cancelled | Outcome::Failed, _) => {
            ComfyMessage::ExecutionInterrupted(Interrupted {
                prompt_id: ended.id,
                node_id: ended.node_id(),
                node_type: ended.node_class(),
                executed: ended.executed.clone(),
                timestamp: ended.at_ms,
            })
        }
    };
    let nothing_left = ComfyMessage::Executing(Executing {
        node: None,
        display_node: None,
        prompt_id: Some(ended.id),
    });
    vec![
        to_owner(&end, None),
        queue(now),
        Addressed {
            audience: Audience::Owner,
            message: last(&nothing_left, ended.id),
        },
    ]
}

pub(super) fn greeting<'a>(
    client: &ClientId,
    jobs: impl Iterator<Item = &'a LiveJob>,
    now: Overview,
) -> Vec<Outgoing> {
    let status = ComfyMessage::Status(QueueStatus {
        status: ExecInfoOuter::new(now.remaining),
        sid: Some(client.as_str().to_owned()),
    });
    let mut messages = vec![outgoing(&status, None)];
    for job in jobs.filter(|job| job.state == LiveState::Running) {
        let executing = ComfyMessage::Executing(Executing {
            node: job.node.as_ref().map(|node| node.id.clone()),
            display_node: None,
            prompt_id: None,
        });
        messages.push(outgoing(&executing, None));
    }
    messages
}

fn queue(now: Overview) -> Addressed {
    let status = ComfyMessage::Status(QueueStatus {
        status: ExecInfoOuter::new(now.remaining),
        sid: None,
    });
    to_everyone(&status, Some(Merge::Overview))
}

fn executing(job: &LiveJob, node: &NodeId) -> Addressed {
    let executing = ComfyMessage::Executing(Executing {
        node: Some(node.clone()),
        display_node: Some(node.clone()),
        prompt_id: Some(job.id),
    });
    to_owner(&executing, None)
}

fn node_progress(job: &LiveJob, node: &NodeId) -> Vec<Addressed> {
    let Some(state) = job.nodes.get(node) else {
        return Vec::new();
    };
    let progress = ComfyMessage::Progress(NodeProgress {
        value: state.value,
        max: state.max,
        prompt_id: job.id,
        node: node.clone(),
    });
    vec![
        progress_state(job),
        to_owner(&progress, Some(Merge::Progress(job.id))),
    ]
}

fn progress_state(job: &LiveJob) -> Addressed {
    let nodes = job.nodes.iter().map(|(node, progress)| {
        let state = NodeState {
            value: progress.value,
            max: progress.max,
            state: if progress.finished {
                NodeStateKind::Finished
            } else {
                NodeStateKind::Running
            },
            node_id: node.clone(),
            prompt_id: job.id,
            display_node_id: node.clone(),
            parent_node_id: None,
            real_node_id: node.clone(),
        };
        (node.clone(), state)
    });
    let message = ComfyMessage::ProgressState(ProgressState {
        prompt_id: job.id,
        nodes: nodes.collect(),
    });
    to_owner(&message, Some(Merge::ProgressState(job.id)))
}

fn executed(job: &LiveJob, node: &NodeId, outputs: &[Output]) -> Addressed {
    let images = outputs.iter().map(views::image).collect();
    let message = ComfyMessage::Executed(Executed {
        node: node.clone(),
        display_node: node.clone(),
        output: Images { images },
        prompt_id: job.id,
    });
    to_owner(&message, None)
}

fn execution_error(
    ended: &Ended,
    failure: &tintype_jobs::Failure,
    language: Language,
) -> ExecutionError {
    ExecutionError {
        prompt_id: ended.id,
        node_id: failure.node.clone().unwrap_or_else(|| ended.node_id()),
        node_type: failure
            .node_class
            .clone()
            .unwrap_or_else(|| ended.node_class()),
        executed: ended.executed.clone(),
        exception_message: failure.message.pick(language).to_owned(),
        exception_type: failure.code.as_str().to_owned(),
        traceback: Vec::new(),
        current_inputs: BTreeMap::new(),
        current_outputs: Vec::new(),
        timestamp: ended.at_ms,
    }
}
