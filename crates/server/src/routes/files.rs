//! `GET /view`: photos, results, and renditions of both.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use tintype_engine::Restoration;
use tintype_jobs::{FolderError, Folders};
use tintype_photo::{Adjustment, Limits, PhotoFile, Tone};
use tintype_protocol::CancelFlag;
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
    /// Of a rendition, see `engine::Restoration`; a mask by its name in the input folder.
    levels: Option<f32>,
    contrast: Option<f32>,
    dust: Option<f32>,
    defects: Option<String>,
}

impl ViewQuery {
    /// What is to be made of the file; none for the file itself.
    fn rendition(&self, folders: &Folders) -> Result<Option<Rendition>, Refusal> {
        let Some(preview) = self.preview.as_deref() else {
            return Ok(None);
        };
        let format = Format::parse(preview);
        let thumbnail = Rendition::thumbnail(format);
        Ok(Some(Rendition {
            long_side: match self.size {
                None => thumbnail.long_side,
                Some(0) => None,
                Some(size) => Some(size),
            },
            restoration: self.restoration(folders)?,
            adjustment: self.adjustment(),
            ..thumbnail
        }))
    }

    /// What the colors are to be, if anything is said of them. What is not said is as usual.
    fn adjustment(&self) -> Option<Adjustment> {
        let asked = [self.strength, self.warmth, self.taming];
        let usual = Adjustment::default();
        asked.iter().any(Option::is_some).then(|| {
            Adjustment {
                strength: self.strength.unwrap_or(usual.strength),
                warmth: self.warmth.unwrap_or(usual.warmth),
                taming: self.taming.unwrap_or(usual.taming),
            }
            .clamped()
        })
    }

    fn restoration(&self, folders: &Folders) -> Result<Restoration, Refusal> {
        let tone = Tone {
            levels: self.levels.unwrap_or_default(),
            contrast: self.contrast.unwrap_or_default(),
        };
        let mask = self.defects.as_deref().filter(|name| !name.is_empty());
        let mask = mask.map(|name| folders.resolve(name)).transpose();
        Ok(Restoration {
            tone: tone.clamped(),
            dust: self.dust.unwrap_or_default(),
            defects: mask.map_err(|error| refusal(&error))?,
            // Writing on a border is no dust.
            borders: true,
            ..Restoration::none()
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
    let path = app
        .blocking(move |app| {
            let found = app
                .folders
                .find(kind, &query.subfolder, &query.filename)
                .map_err(|error| refusal(&error))?;
            match query.rendition(&app.folders)? {
                None => Ok(found),
                Some(rendition) => rendition::of(&app.folders, &app.colors, &found, &rendition)
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

/// What `GET /defects` is asked for.
#[derive(Debug, Deserialize)]
pub(crate) struct DefectsQuery {
    #[serde(default)]
    filename: String,
    #[serde(default)]
    subfolder: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    /// How readily dust and scratches are found, 0..=1.
    sensitivity: Option<f32>,
}

/// How readily dust and scratches are found where nobody says it.
const SENSITIVITY: f32 = 0.5;

/// `GET /defects`: the dust and scratches that would be repaired, as a gray PNG of the photo's size, white
/// where they are.
pub(crate) async fn defects(
    State(app): State<Arc<App>>,
    Query(query): Query<DefectsQuery>,
) -> Result<Response, Refusal> {
    let kind = views::parse_folder_kind(query.kind.as_deref().unwrap_or("input"))
        .ok_or_else(Refusal::not_found)?;
    let png = app
        .blocking(move |app| {
            let path = app
                .folders
                .find(kind, &query.subfolder, &query.filename)
                .map_err(|error| refusal(&error))?;
            let sensitivity = query.sensitivity.unwrap_or(SENSITIVITY);
            found(&path, sensitivity).map_err(|error| Refusal::of(&error))
        })
        .await??;
    Ok(([(header::CONTENT_TYPE, "image/png")], png).into_response())
}

fn found(path: &Path, sensitivity: f32) -> tintype_engine::Result<Vec<u8>> {
    let cancel = CancelFlag::new();
    let photo = PhotoFile::read(path, &Limits::default(), &cancel)?.decode()?;
    Ok(tintype_engine::defects(&photo, sensitivity, &cancel)?.to_png()?)
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
