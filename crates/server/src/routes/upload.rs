//! `POST /upload/image`: a photo into the input folder.

use std::io;
use std::path::Path;
use std::sync::Arc;

use axum::Json;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{Multipart, State};
use tempfile::NamedTempFile;
use tintype_jobs::FolderError;
use tintype_protocol::{FolderKind, Uploaded};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use crate::app::App;
use crate::refusal::Refusal;
use crate::views;

/// The longest text field in bytes: names of folders are short.
const TEXT_BYTES: usize = 4096;

/// What the parts of the form say.
#[derive(Default)]
struct Form {
    image: Option<(String, NamedTempFile)>,
    subfolder: String,
    kind: FolderKind,
    overwrite: bool,
}

pub(crate) async fn image(
    State(app): State<Arc<App>>,
    mut multipart: Multipart,
) -> Result<Json<Uploaded>, Refusal> {
    let mut form = Form {
        kind: FolderKind::Input,
        ..Form::default()
    };
    while let Some(field) = unstalled(&app, multipart.next_field())
        .await?
        .map_err(|error| broken(&error))?
    {
        read_field(&app, field, &mut form).await?;
    }
    let Some((name, file)) = form.image else {
        return Err(Refusal::bad_request(
            "The form has no file called \"image\". Send the photo under that name.",
            "表单中没有名为 “image” 的文件。请用这个名称上传照片。",
        ));
    };
    let (kind, subfolder, overwrite) = (form.kind, form.subfolder, form.overwrite);
    let added = app
        .blocking(move |app| app.folders.add(kind, &subfolder, &name, file, overwrite))
        .await?
        .map_err(|error| Refusal::of(&error))?;
    Ok(Json(Uploaded {
        name: added.filename,
        subfolder: added.subfolder,
        kind,
    }))
}

async fn read_field(app: &Arc<App>, field: Field<'_>, form: &mut Form) -> Result<(), Refusal> {
    match field.name().unwrap_or_default() {
        "image" => {
            let name = field.file_name().unwrap_or_default().to_owned();
            form.image = Some((name, receive(app, field).await?));
        }
        "subfolder" => form.subfolder = text(app, field).await?,
        "overwrite" => {
            form.overwrite = matches!(text(app, field).await?.as_str(), "true" | "1");
        }
        "type" => {
            let kind = text(app, field).await?;
            form.kind = views::parse_folder_kind(&kind).ok_or_else(|| {
                Refusal::bad_request(
                    "\"type\" is none of input, output and temp.",
                    "“type” 只能是 input、output 或 temp。",
                )
            })?;
        }
        // Masks and the like are for nodes that there are none of here.
        _ => {
            text(app, field).await?;
        }
    }
    Ok(())
}

/// Writes a file as it comes, in the input folder, where it can be renamed from.
async fn receive(app: &Arc<App>, mut field: Field<'_>) -> Result<NamedTempFile, Refusal> {
    let folder = app.folders.unfinished();
    let named = app
        .blocking(move |_| NamedTempFile::new_in(folder))
        .await?
        .map_err(|error| unwritable(&app.folders.unfinished(), error))?;
    let handle = named
        .reopen()
        .map_err(|error| unwritable(&app.folders.unfinished(), error))?;
    let mut file = File::from_std(handle);
    let mut bytes = 0;
    while let Some(chunk) = unstalled(app, field.chunk())
        .await?
        .map_err(|error| broken(&error))?
    {
        bytes += chunk.len() as u64;
        if bytes > app.limits.upload_bytes {
            return Err(Refusal::too_large(app.limits.upload_bytes));
        }
        file.write_all(&chunk)
            .await
            .map_err(|error| unwritable(&app.folders.unfinished(), error))?;
    }
    file.flush()
        .await
        .map_err(|error| unwritable(&app.folders.unfinished(), error))?;
    Ok(named)
}

async fn text(app: &App, mut field: Field<'_>) -> Result<String, Refusal> {
    let mut bytes = Vec::new();
    while let Some(chunk) = unstalled(app, field.chunk())
        .await?
        .map_err(|error| broken(&error))?
    {
        if bytes.len() + chunk.len() > TEXT_BYTES {
            return Err(Refusal::bad_request(
                "A text field of the form is too long.",
                "表单中的文本字段过长。",
            ));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Waits for the next part of an upload, but not for ever.
async fn unstalled<T>(app: &App, next: impl Future<Output = T>) -> Result<T, Refusal> {
    timeout(app.limits.stall_timeout, next).await.map_err(|_| {
        Refusal::bad_request(
            "The upload stood still for too long. Send it again.",
            "上传停滞时间过长。请重新上传。",
        )
    })
}

/// The upload can't be written.
fn unwritable(folder: &Path, source: io::Error) -> Refusal {
    Refusal::of(&FolderError::Unusable {
        path: folder.to_owned(),
        source,
    })
}

fn broken(error: &MultipartError) -> Refusal {
    Refusal::bad_request(
        &format!("The form can't be read: {error}. Send it as multipart/form-data."),
        &format!("无法读取表单：{error}。请以 multipart/form-data 发送。"),
    )
}
