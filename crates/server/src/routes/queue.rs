//! The queue: what waits, and stopping it.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};
use tintype_protocol::comfyui::ExecInfoOuter;
use tintype_protocol::{InterruptRequest, PromptId, Removal};

use super::prompt::parse;
use crate::app::App;
use crate::refusal::Refusal;
use crate::views;

/// `GET /prompt`.
pub(crate) async fn length(State(app): State<Arc<App>>) -> Json<ExecInfoOuter> {
    let remaining = u32::try_from(app.jobs.remaining()).unwrap_or(u32::MAX);
    Json(ExecInfoOuter::new(remaining))
}

/// `GET /queue`.
pub(crate) async fn show(State(app): State<Arc<App>>) -> Result<Json<Value>, Refusal> {
    let queue = app.blocking(|app| app.jobs.queue()).await?;
    let entries = |jobs: &[Arc<tintype_jobs::Job>]| -> Vec<Value> {
        jobs.iter().map(|job| views::queue_entry(job)).collect()
    };
    Ok(Json(json!({
        "queue_running": entries(&queue.running),
        "queue_pending": entries(&queue.pending),
    })))
}

/// `POST /queue`: takes jobs out that have not begun.
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let removal: Removal = parse(&body)?;
    app.blocking(move |app| {
        if removal.clear == Some(true) {
            app.jobs.clear()?;
        }
        app.jobs.delete(&ids(&removal))?;
        Ok(())
    })
    .await?
    .map_err(|error: tintype_jobs::Error| Refusal::of(&error))?;
    Ok(StatusCode::OK)
}

/// `POST /interrupt`: stops the job that runs, or the one that is named wherever it is.
pub(crate) async fn interrupt(
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let request: InterruptRequest = if body.is_empty() {
        InterruptRequest::default()
    } else {
        parse(&body)?
    };
    let id =
        match request.prompt_id.as_deref().filter(|id| !id.is_empty()) {
            None => None,
            Some(text) => Some(text.parse::<PromptId>().map_err(|_| {
                Refusal::bad_request("prompt_id is no UUID.", "prompt_id 不是 UUID。")
            })?),
        };
    app.jobs.interrupt(id);
    Ok(StatusCode::OK)
}

/// `POST /free`: gives the model's memory back once nothing runs.
pub(crate) async fn free(State(app): State<Arc<App>>) -> StatusCode {
    app.jobs.free();
    StatusCode::OK
}

/// The ids of a removal that are ids at all; there can be no job under the others.
pub(super) fn ids(removal: &Removal) -> Vec<PromptId> {
    let texts = removal.delete.iter().flatten();
    texts.filter_map(|text| text.parse().ok()).collect()
}
