//! What the server is and has.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tintype_protocol::SystemStats;

use crate::app::App;
use crate::refusal::Refusal;
use crate::{features as flags, logs as log_files, views};

/// Lines of the log that are given when no number is asked for, and the most that are.
const LOG_LINES: usize = 200;
const LOG_LINES_MAX: usize = 2000;

/// `GET /object_info`.
pub(crate) async fn node_types(State(app): State<Arc<App>>) -> Result<Json<Value>, Refusal> {
    let types = app.blocking(App::node_types).await?;
    let entries = types.iter().map(views::node_type);
    Ok(Json(Value::Object(entries.collect())))
}

/// `GET /object_info/CLASS`: an unknown class gives an empty object, as ComfyUI has it.
pub(crate) async fn node_type(
    State(app): State<Arc<App>>,
    Path(class): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let types = app.blocking(App::node_types).await?;
    let entries = types.iter().map(views::node_type);
    let one: Map<_, _> = entries.filter(|(name, _)| *name == class).collect();
    Ok(Json(Value::Object(one)))
}

/// `GET /system_stats`.
pub(crate) async fn stats(State(app): State<Arc<App>>) -> Result<Json<SystemStats>, Refusal> {
    Ok(Json(app.blocking(|_| views::system_stats()).await?))
}

/// `GET /features`.
pub(crate) async fn features(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!(flags::flags(app.limits.upload_bytes)))
}

/// `GET /models`.
pub(crate) async fn model_folders() -> Json<Value> {
    Json(json!(["checkpoints"]))
}

/// `GET /models/FOLDER`.
pub(crate) async fn models(
    State(app): State<Arc<App>>,
    Path(folder): Path<String>,
) -> Result<Json<Vec<String>>, Refusal> {
    if folder != "checkpoints" {
        return Err(Refusal::not_found());
    }
    Ok(Json(app.blocking(|app| app.models.names()).await?))
}

/// `GET /embeddings` and `GET /extensions`: there are none.
pub(crate) async fn nothing() -> Json<[(); 0]> {
    Json([])
}

/// What `GET /logs` can be asked.
#[derive(Debug, Deserialize)]
pub(crate) struct LogQuery {
    lines: Option<usize>,
}

/// `GET /logs`: the newest lines, oldest first, each a JSON object.
pub(crate) async fn logs(
    State(app): State<Arc<App>>,
    Query(query): Query<LogQuery>,
) -> Result<Json<Vec<Value>>, Refusal> {
    let lines = query.lines.unwrap_or(LOG_LINES).min(LOG_LINES_MAX);
    let tail = app
        .blocking(move |app| log_files::tail(&app.logs, lines))
        .await?
        .map_err(|error| {
            tracing::warn!(%error, "the log can't be read");
            Refusal::internal()
        })?;
    let parsed = tail
        .iter()
        .filter_map(|line| serde_json::from_str(line).ok());
    Ok(Json(parsed.collect()))
}
