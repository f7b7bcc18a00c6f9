//! What the server answers to over HTTP.

mod files;
mod history;
mod prompt;
mod queue;
mod system;
mod upload;
mod zoo;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::app::App;
use crate::guard::APP_ORIGINS;
use crate::refusal::Refusal;
use crate::{caller, socket};

/// Everything, at the root and under `/api`.
pub(crate) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .merge(routes())
        .nest("/api", routes())
        .fallback(async || Refusal::not_found())
        .layer(DefaultBodyLimit::max(app.limits.body_bytes))
        .layer(middleware::from_fn_with_state(
            Arc::clone(app),
            caller::check,
        ))
        .layer(cors(&app.origins))
        .layer(CatchPanicLayer::custom(|_| {
            axum::response::IntoResponse::into_response(Refusal::internal())
        }))
        .with_state(Arc::clone(app))
}

fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/ws", get(socket::upgrade))
        .route("/prompt", post(prompt::submit).get(queue::length))
        .route("/queue", get(queue::show).post(queue::remove))
        .route("/interrupt", post(queue::interrupt))
        .route("/free", post(queue::free))
        .route("/history", get(history::list).post(history::remove))
        .route("/history/{id}", get(history::one))
        .route(
            "/upload/image",
            post(upload::image).layer(DefaultBodyLimit::disable()),
        )
        .route("/view", get(files::view))
        .route("/defects", get(files::defects))
        .route("/object_info", get(system::node_types))
        .route("/object_info/{class}", get(system::node_type))
        .route("/system_stats", get(system::stats))
        .route("/features", get(system::features))
        .route("/models", get(system::model_folders))
        .route("/models/{folder}", get(system::models))
        .route("/zoo", get(zoo::list))
        .route("/zoo/download", post(zoo::download))
        .route("/zoo/cancel", post(zoo::cancel))
        .route("/zoo/verify", post(zoo::verify))
        .route("/zoo/remove", post(zoo::remove))
        .route("/embeddings", get(system::nothing))
        .route("/extensions", get(system::nothing))
        .route("/logs", get(system::logs))
        .route("/healthz", get(async || "ok"))
}

/// Lets the pages that `guard` lets in read the answers.
fn cors(more: &[String]) -> CorsLayer {
    let origins = APP_ORIGINS
        .into_iter()
        .chain(more.iter().map(String::as_str))
        .filter_map(|origin| HeaderValue::from_str(origin).ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("comfy-user"),
        ])
}
