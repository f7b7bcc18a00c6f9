//! Jobs: in the queue, at their end, in the history.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Map, Value, json};
use tintype_jobs::{Ending, Event, Job, JobState};
use tintype_protocol::comfyui::{Image, Images};
use tintype_protocol::{
    ErrorBody, ErrorCode, Explanation, Hint, Language, NodeId, Outcome, Output, Stage, Wording,
};

use super::stage;
use crate::live::{Ended, LiveJob};

/// `[number, prompt_id, prompt, extra_data, [output nodes]]`.
pub(crate) fn queue_entry(job: &Job) -> Value {
    let mut extra = match &job.extra_data {
        Value::Object(fields) => fields.clone(),
        _ => Map::new(),
    };
    if let Some(client) = &job.client {
        extra.insert("client_id".to_owned(), json!(client));
    }
    extra.insert("create_time".to_owned(), json!(job.queued_at_ms));
    json!([job.number, job.id, job.workflow, extra, job.outputs])
}

/// A job that has ended, under its id.
pub(crate) fn history_entry(job: &Job) -> (String, Value) {
    let empty = Ending::default();
    let ending = job.state.ending().unwrap_or(&empty);
    let failure = job.state.failure();
    let by_node = images_by_node(&ending.outputs);
    let nodes = by_node.keys().map(|node| {
        let meta = json!({
            "node_id": node, "display_node": node, "parent_node": null, "real_node_id": node,
        });
        (node.to_string(), meta)
    });
    let meta: Map<_, _> = nodes.collect();
    let completed = matches!(job.state, JobState::Completed(_));
    let mut entry = json!({
        "prompt": queue_entry(job),
        "outputs": by_node,
        "status": {
            "status_str": if completed { "success" } else { "error" },
            "completed": completed,
            "messages": messages(job, ending),
        },
        "meta": meta,
        // From here on ours.
        "outcome": outcome(&job.state),
        "ended_at": ending.ended_at_ms,
        "elapsed_ms": ending.elapsed_ms,
        "timings": timings(&ending.timings),
    });
    if let Some(failure) = failure {
        entry["error"] = json!(error_body(job, failure));
    } else if matches!(job.state, JobState::Cancelled(_)) {
        let words = |language| Explanation::cancelled(language).to_string();
        let message = Wording::new(words(Language::English), words(Language::Chinese));
        let cancelled = tintype_jobs::Failure::new(ErrorCode::Cancelled, message);
        entry["error"] = json!(error_body(job, &cancelled));
    }
    (job.id.to_string(), entry)
}

fn images_by_node(outputs: &[Output]) -> BTreeMap<NodeId, Images> {
    let mut by_node: BTreeMap<NodeId, Images> = BTreeMap::new();
    for output in outputs {
        by_node
            .entry(output.node.clone())
            .or_default()
            .images
            .push(image(output));
    }
    by_node
}

/// What the job's socket was told, by ComfyUI's names.
fn messages(job: &Job, ending: &Ending) -> Value {
    let mut messages = Vec::new();
    let moment = |at_ms: u64| json!({"prompt_id": job.id, "timestamp": at_ms});
    if let Some(at_ms) = ending.started_at_ms {
        messages.push(json!(["execution_start", moment(at_ms)]));
        let cached = json!({"nodes": [], "prompt_id": job.id, "timestamp": at_ms});
        messages.push(json!(["execution_cached", cached]));
    }
    let mut last = moment(ending.ended_at_ms);
    let name = match &job.state {
        JobState::Completed(_) => "execution_success",
        JobState::Failed(_, failure) => {
            last["node_id"] = json!(failure.node);
            last["node_type"] = json!(failure.node_class);
            last["exception_type"] = json!(failure.code);
            last["exception_message"] = json!(failure.message.english);
            last["traceback"] = json!([]);
            "execution_error"
        }
        JobState::Cancelled(_) | JobState::Queued | JobState::Running { .. } => {
            "execution_interrupted"
        }
    };
    messages.push(json!([name, last]));
    Value::Array(messages)
}

fn error_body(job: &Job, failure: &tintype_jobs::Failure) -> ErrorBody {
    ErrorBody {
        code: failure.code,
        message: failure.message.pick(Language::English).to_owned(),
        messages: failure.message.clone(),
        prompt_id: Some(job.id),
        hint: hint(failure),
    }
}

/// What may help against a failure.
pub(crate) fn hint(failure: &tintype_jobs::Failure) -> Option<Hint> {
    let hint = Hint {
        suggested_size: failure.suggested_size,
        node: failure.node.clone(),
        node_errors: failure.node_errors.clone(),
    };
    (hint != Hint::default()).then_some(hint)
}

fn outcome(state: &JobState) -> Option<Outcome> {
    match state {
        JobState::Queued | JobState::Running { .. } => None,
        JobState::Completed(_) => Some(Outcome::Completed),
        JobState::Failed(..) => Some(Outcome::Failed),
        JobState::Cancelled(_) => Some(Outcome::Cancelled),
    }
}

/// Milliseconds of each stage that there was.
fn timings(timings: &tintype_engine::Timings) -> BTreeMap<Stage, u64> {
    tintype_engine::Stage::ALL
        .into_iter()
        .filter(|of| !timings.get(*of).is_zero())
        .map(|of| (stage(of), timings.get(of).as_millis() as u64))
        .collect()
}

/// A file as ComfyUI names it.
pub(crate) fn image(output: &Output) -> Image {
    Image {
        filename: output.filename.clone(),
        subfolder: output.subfolder.clone(),
        kind: output.kind,
    }
}

/// A job at its end: from the event, and what was known of it before.
pub(crate) fn ended(event: &Event, job: LiveJob) -> Option<Ended> {
    let Event::Ended {
        outcome,
        outputs,
        at_ms,
        elapsed_ms,
        timings: took,
        ..
    } = event
    else {
        return None;
    };
    let (outcome, failure) = match outcome {
        tintype_jobs::Outcome::Completed => (Outcome::Completed, None),
        tintype_jobs::Outcome::Failed(failure) => (Outcome::Failed, Some(failure.clone())),
        tintype_jobs::Outcome::Cancelled => (Outcome::Cancelled, None),
    };
    Some(Ended {
        id: job.id,
        client: job.client.clone(),
        outcome,
        failure,
        outputs: outputs.clone(),
        elapsed_ms: *elapsed_ms,
        timings: timings(took),
        at_ms: *at_ms,
        has_started: job.has_started(),
        node: job.node,
        executed: job.executed,
        heard: Instant::now(),
    })
}
