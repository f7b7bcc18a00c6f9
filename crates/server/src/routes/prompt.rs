//! `POST /prompt`: a workflow into the queue.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde_json::{Map, Value};
use tintype_jobs::NewJob;
use tintype_protocol::{ClientId, ErrorCode, PromptAccepted, PromptId, PromptRequest, Wording};
use tintype_workflow as workflow;

use crate::app::App;
use crate::caller::Caller;
use crate::refusal::Refusal;
use crate::views;

pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<PromptAccepted>, Refusal> {
    workflow::within_bounds(&body)
        .map_err(|error| Refusal::of(&error).named("invalid_prompt", error.to_string()))?;
    let request: PromptRequest = parse(&body)?;
    let client = caller.acting_as(request.client_id.clone())?;
    app.blocking(move |app| queue(app, request, client)).await?
}

/// Checks everything, then stores. Touches the disk.
fn queue(
    app: &App,
    request: PromptRequest,
    client: Option<ClientId>,
) -> Result<Json<PromptAccepted>, Refusal> {
    let id = match &request.prompt_id {
        Some(text) => Some(text.parse::<PromptId>().map_err(|_| bad_id())?),
        None => None,
    };
    if request.prompt.is_null() {
        return Err(no_prompt());
    }
    let prompt = workflow::read_value(request.prompt)
        .map_err(|error| Refusal::of(&error).named("invalid_prompt", error.to_string()))?;
    let graph = workflow::check(&prompt, &app.catalog()).map_err(|rejection| {
        let types = app.node_types();
        Refusal::of(&rejection)
            .named(rejection.kind.as_str(), "")
            .with_node_errors(views::node_errors(&rejection, &types))
    })?;
    let submitted = app
        .jobs
        .submit(NewJob {
            id,
            client,
            workflow: prompt.to_api(),
            outputs: graph.outputs(),
            extra_data: request
                .extra_data
                .unwrap_or_else(|| Value::Object(Map::new())),
            front: request.front.unwrap_or(false),
            number: request.number,
        })
        .map_err(|error| Refusal::of(&error))?;
    Ok(Json(PromptAccepted {
        prompt_id: submitted.id,
        number: submitted.number,
        node_errors: Map::new(),
    }))
}

/// Reads a body as JSON, whatever its `Content-Type` says: real clients send `text/plain`.
///
/// # Errors
/// `BAD_REQUEST` that names the place in the text.
pub(super) fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        Refusal::bad_request(
            &format!("The body is not the JSON that is expected here: {error}. Correct it and send it again."),
            &format!("请求内容不是所需的 JSON:{error}。请改正后重新发送。"),
        )
        .named("invalid_prompt", error.to_string())
    })
}

fn no_prompt() -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        ErrorCode::WorkflowInvalid,
        Wording::new(
            "The request has no workflow. Put it under \"prompt\".",
            "请求中没有工作流。请把它放在 “prompt” 下。",
        ),
    )
    .named("no_prompt", "")
}

fn bad_id() -> Refusal {
    Refusal::bad_request(
        "prompt_id is no UUID. Leave it out to get one.",
        "prompt_id 不是 UUID。可以省略，由服务生成。",
    )
    .named("invalid_prompt_id", "prompt_id")
}
