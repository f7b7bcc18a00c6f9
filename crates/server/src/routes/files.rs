//! `GET /view`: photos, results, and renditions of both.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use tintype_jobs::FolderError;
use tintype_photo::Adjustment;
use tower_http::services::ServeFile;

use crate::app::App;
use crate::refusal::Refusal;
use crate::rendition::{Format, Rendition};
use crate::{rendition, views};

/// What `GET /view` is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct ViewQuery {
    #[serde(default)]
    filename: String,
    #[serde(default)]
    subfolder: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    /// `webp;90` or `jpeg;90`: the format of a rendition and its quality.
    preview: Option<String>,
    /// Of a rendition, the longest side in pixels, 0 for the photo's own; a thumbnail's if absent.
    size: Option<u32>,
    /// Of a rendition, see `photo::Adjustment`.
    strength: Option<f32>,
    warmth: Option<f32>,
    taming: Option<f32>,
}

impl ViewQuery {
    /// What is to be made of the file; none for the file itself.
    fn rendition(&self) -> Option<Rendition> {
        let format = Format::parse(self.preview.as_deref()?);
        let thumbnail = Rendition::thumbnail(format);
        let nothing = Adjustment::default();
        let adjustment = Adjustment {
            strength: self.strength.unwrap_or(nothing.strength),
            warmth: self.warmth.unwrap_or(nothing.warmth),
            taming: self.taming.unwrap_or(nothing.taming),
        };
        Some(Rendition {
            long_side: match self.size {
                None => thumbnail.long_side,
                Some(0) => None,
                Some(size) => Some(size),
            },
            adjustment: adjustment.clamped(),
            ..thumbnail
        })
    }
}

pub(crate) async fn view(
    State(app): State<Arc<App>>,
    Query(query): Query<ViewQuery>,
    request: Request,
) -> Result<Response, Refusal> {
    let kind = views::parse_folder_kind(query.kind.as_deref().unwrap_or("output"))
        .ok_or_else(Refusal::not_found)?;
    let rendition = query.rendition();
    let path = app
        .blocking(move |app| {
            let found = app
                .folders
                .find(kind, &query.subfolder, &query.filename)
                .map_err(|error| refusal(&error))?;
            match rendition {
                None => Ok(found),
                Some(rendition) => rendition::of(&app.folders, &found, &rendition)
                    .map_err(|error| Refusal::of(&error)),
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
