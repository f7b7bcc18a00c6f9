//! The models: what there is, and fetching, checking and removing them.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Value, json};
use tintype_protocol::models::{Addon, DownloadRequest, ModelRequest, ModelState, Zoo as ZooView};

use super::prompt::parse;
use crate::app::App;
use crate::refusal::Refusal;

/// `GET /zoo`.
pub(crate) async fn list(State(app): State<Arc<App>>) -> Result<Json<ZooView>, Refusal> {
    let view = app.blocking(|app| {
        let mut models = app.zoo.models();
        for model in &mut models {
            if model.state == ModelState::Installed {
                model.precision = app.models.precision(&model.checkpoint);
            }
        }
        ZooView {
            models,
            addons: addons(app),
            folder: app.zoo.store().models_folder().display().to_string(),
        }
    });
    Ok(Json(view.await?))
}

fn addons(app: &App) -> Vec<Addon> {
    let mut addons = app.zoo.addons();
    #[cfg(feature = "ddcolor")]
    for addon in &mut addons {
        tell_use(addon);
    }
    addons
}

/// Completes an addon by what came of loading it.
#[cfg(feature = "ddcolor")]
fn tell_use(addon: &mut Addon) {
    use tintype_engine::{CudaPart, cuda_part};
    use tintype_protocol::Wording;

    match cuda_part() {
        CudaPart::NotLoaded => {}
        CudaPart::Loaded => addon.is_used = true,
        CudaPart::Failed(reason) => {
            addon.hindrance = Some(Wording::new(
                format!(
                    "It can't be loaded: {reason}. Check it, or remove it and download it again."
                ),
                format!("无法加载：{reason}。请校验，或移除后重新下载。"),
            ));
        }
    }
}

/// `POST /zoo/download`: begins, or goes on with, a download. The socket tells how it goes.
pub(crate) async fn download(
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let DownloadRequest {
        model,
        accept_bytes,
    } = parse(&body)?;
    changed(&app, move |app| {
        app.zoo.start_download(&model, accept_bytes)
    })
    .await
}

/// `POST /zoo/verify`: compares an installed model with what it was. The socket tells how it goes.
pub(crate) async fn verify(
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let ModelRequest { model } = parse(&body)?;
    changed(&app, move |app| app.zoo.start_verify(&model)).await
}

/// `POST /zoo/remove`.
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let ModelRequest { model } = parse(&body)?;
    changed(&app, move |app| {
        // The worker may hold the very file that is to go.
        app.jobs.free();
        app.zoo.remove(&model)
    })
    .await
}

/// `POST /zoo/cancel`: stops what is being done to a model; nothing may be.
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let ModelRequest { model } = parse(&body)?;
    app.zoo.cancel(&model);
    Ok(Json(json!({})))
}

async fn changed(
    app: &Arc<App>,
    change: impl FnOnce(&App) -> tintype_zoo::Result<()> + Send + 'static,
) -> Result<Json<Value>, Refusal> {
    let done = app.blocking(change).await?;
    done.map_err(|error| Refusal::of(&error))?;
    Ok(Json(json!({})))
}
