//! Jobs that have ended.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use tintype_protocol::{PromptId, Removal};

use super::prompt::parse;
use super::queue::ids;
use crate::app::App;
use crate::refusal::Refusal;
use crate::views;

/// What `GET /history` can be asked.
#[derive(Debug, Deserialize)]
pub(crate) struct HistoryQuery {
    max_items: Option<usize>,
    /// ComfyUI's clients send -1 for none.
    offset: Option<i64>,
}

/// `GET /history`: the newest last, as ComfyUI has it.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<Value>, Refusal> {
    let offset = query.offset.and_then(|offset| usize::try_from(offset).ok());
    let jobs = app
        .blocking(move |app| app.jobs.history(query.max_items, offset.unwrap_or(0)))
        .await?
        .map_err(|error| Refusal::of(&error))?;
    let entries = jobs.iter().map(views::history_entry);
    Ok(Json(Value::Object(entries.collect())))
}

/// `GET /history/ID`: an unknown id gives an empty object, as ComfyUI has it.
pub(crate) async fn one(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let Ok(id) = id.parse::<PromptId>() else {
        return Ok(Json(Value::Object(Map::new())));
    };
    let job = app
        .blocking(move |app| app.jobs.job(id))
        .await?
        .map_err(|error| Refusal::of(&error))?;
    let ended = job.filter(|job| job.state.is_terminal());
    let entries = ended.iter().map(views::history_entry);
    Ok(Json(Value::Object(entries.collect())))
}

/// `POST /history`: forgets entries; photos and results stay. With all entries goes what is kept of their
/// results' colors.
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let removal: Removal = parse(&body)?;
    app.blocking(move |app| {
        if removal.clear == Some(true) {
            app.jobs.forget_all()?;
            if let Err(error) = app.colors.clear() {
                tracing::warn!(%error, "the colors of results could not be removed");
            }
        }
        app.jobs.forget(&ids(&removal))?;
        Ok(())
    })
    .await?
    .map_err(|error: tintype_jobs::Error| Refusal::of(&error))?;
    Ok(StatusCode::OK)
}
