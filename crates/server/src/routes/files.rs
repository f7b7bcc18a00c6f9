//! `GET /view`: photos, results, and thumbnails of both.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use tintype_jobs::FolderError;
use tower_http::services::ServeFile;

use crate::app::App;
use crate::refusal::Refusal;
use crate::{thumbnail, views};

/// What `GET /view` is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct ViewQuery {
    #[serde(default)]
    filename: String,
    #[serde(default)]
    subfolder: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    /// `webp;90` or `jpeg;90`: the format of a thumbnail and its quality.
    preview: Option<String>,
}

pub(crate) async fn view(
    State(app): State<Arc<App>>,
    Query(query): Query<ViewQuery>,
    request: Request,
) -> Result<Response, Refusal> {
    let kind = views::parse_folder_kind(query.kind.as_deref().unwrap_or("output"))
        .ok_or_else(Refusal::not_found)?;
    let preview = query.preview.as_deref().map(thumbnail::Format::parse);
    let path = app
        .blocking(move |app| {
            let found = app
                .folders
                .find(kind, &query.subfolder, &query.filename)
                .map_err(|error| refusal(&error))?;
            match preview {
                None => Ok(found),
                Some(format) => {
                    thumbnail::of(&app.folders, &found, format).map_err(|error| Refusal::of(&error))
                }
            }
        })
        .await??;
    let mut response = match ServeFile::new(&path).try_call(request).await {
        Ok(response) => response.map(Body::new),
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "a file can't be read");
            return Err(Refusal::not_found());
        }
    };
    if response.status() == StatusCode::NOT_FOUND {
        return Err(Refusal::not_found());
    }
    make_harmless(&mut response);
    Ok(response.into_response())
}

fn refusal(error: &FolderError) -> Refusal {
    match error {
        FolderError::NotFound { .. } => Refusal::not_found(),
        error => Refusal::of(error),
    }
}

/// A file that a browser would run is only ever downloaded.
fn make_harmless(response: &mut Response) {
    let headers = response.headers_mut();
    let is_picture = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        // A picture in SVG may hold scripts.
        .is_some_and(|kind| kind.starts_with("image/") && !kind.contains("svg"));
    if !is_picture {
        let bytes = HeaderValue::from_static("application/octet-stream");
        headers.insert(header::CONTENT_TYPE, bytes);
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
}
