//! What the page may ask for: each command is a call of what does it, off the window's thread.

#![allow(
    clippy::needless_pass_by_value,
    reason = "Tauri gives commands what they own"
)]

use std::path::{Path, PathBuf};

use tauri::ipc::{Channel, Invoke};
use tauri::{AppHandle, Manager as _, State, WebviewWindow, Wry};
use tauri_plugin_notification::NotificationExt as _;
use tintype_protocol::shell::{
    Adjustment, Arrival, CommandError, Forecast, ResultFile, SaveFormat, Saved, Session, Settings,
    VersionNews,
};
use tintype_protocol::{ErrorCode, PromptId};

use crate::drag_out::drag_out;
use crate::error::{Result, defect, explained, plain};
use crate::report::report;
use crate::results;
use crate::shell::Shell;
use crate::taskbar::Taskbar;

/// The sample that can be tried with one click, and its name.
const SAMPLE: &[u8] = include_bytes!("../sample/bank-1908.jpg");
const SAMPLE_NAME: &str = "bank-1908.jpg";
/// What a job's adjustment is kept under.
const ADJUSTMENT: &str = "adjustment";

/// All of them.
pub(crate) fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        session,
        files_to_open,
        add_files,
        add_sample,
        pick_photos,
        pick_models,
        pick_folder,
        forecast,
        save_result,
        save_over_original,
        save_all,
        copy_result,
        show_result,
        drag_result,
        adjust_job,
        pause,
        is_paused,
        change_settings,
        programs_address,
        show_models_folder,
        look_for_newer_version,
        show_newer_version,
        copy_report,
        notify,
        show_progress,
        restart
    ]
}

/// Runs what takes its time where it holds up no window.
async fn blocking<T: Send + 'static>(
    app: AppHandle,
    work: impl FnOnce(&Shell) -> Result<T> + Send + 'static,
) -> Result<T> {
    tauri::async_runtime::spawn_blocking(move || work(&app.state::<Shell>()))
        .await
        .map_err(|error| defect(&error))?
}

#[tauri::command]
fn session(shell: State<'_, Shell>) -> Session {
    shell.session()
}

#[tauri::command]
fn files_to_open(shell: State<'_, Shell>) -> Vec<PathBuf> {
    shell.take_to_open()
}

#[tauri::command]
async fn add_files(app: AppHandle, paths: Vec<PathBuf>, arrivals: Channel<Arrival>) -> Result<()> {
    blocking(app, move |shell| {
        // A page that is gone hears nothing, and needs not.
        shell.add(&paths, &mut |arrival| drop(arrivals.send(arrival)));
        Ok(())
    })
    .await
}

#[tauri::command]
async fn add_sample(app: AppHandle, arrivals: Channel<Arrival>) -> Result<()> {
    blocking(app, move |shell| {
        let folder = shell.folders.unfinished();
        let path = folder.join(SAMPLE_NAME);
        std::fs::write(&path, SAMPLE).map_err(|error| unwritable(&path, &error))?;
        shell.add(&[path], &mut |arrival| drop(arrivals.send(arrival)));
        Ok(())
    })
    .await
}

#[tauri::command]
async fn pick_photos(app: AppHandle, title: String) -> Vec<PathBuf> {
    let answer = app.state::<Shell>().dialogs.photos(&title);
    answer.await
}

#[tauri::command]
async fn pick_models(app: AppHandle, title: String) -> Vec<PathBuf> {
    let answer = app.state::<Shell>().dialogs.models(&title);
    answer.await
}

#[tauri::command]
async fn pick_folder(app: AppHandle, title: String) -> Option<PathBuf> {
    let answer = app.state::<Shell>().dialogs.folder(&title);
    answer.await
}

#[tauri::command]
async fn forecast(
    app: AppHandle,
    name: String,
    checkpoint: String,
    sizes: Vec<u32>,
) -> Result<Forecast> {
    blocking(app, move |shell| shell.forecast(&name, &checkpoint, &sizes)).await
}

#[tauri::command]
async fn save_result(
    app: AppHandle,
    result: ResultFile,
    format: SaveFormat,
    title: String,
) -> Result<Saved> {
    let name = results::proposed_name(&result, format);
    let extension = results::output_format(format).extension();
    let answer = app.state::<Shell>().dialogs.save(&title, &name, extension);
    let Some(mut to) = answer.await else {
        return Ok(Saved::Closed);
    };
    if to.extension().is_none() {
        to.set_extension(extension);
    }
    blocking(app, move |shell| {
        shell.save_result(&result, format, &to, false)
    })
    .await
}

#[tauri::command]
async fn save_over_original(
    app: AppHandle,
    result: ResultFile,
    format: SaveFormat,
    path: PathBuf,
) -> Result<Saved> {
    blocking(app, move |shell| {
        shell.save_result(&result, format, &path, true)
    })
    .await
}

#[tauri::command]
async fn save_all(
    app: AppHandle,
    results: Vec<ResultFile>,
    format: SaveFormat,
    template: String,
    folder: PathBuf,
    saved: Channel<u32>,
) -> Result<Saved> {
    blocking(app, move |shell| {
        let mut tell = |count| drop(saved.send(count));
        shell.save_all(&results, format, &template, &folder, &mut tell)
    })
    .await
}

#[tauri::command]
async fn copy_result(app: AppHandle, result: ResultFile) -> Result<()> {
    blocking(app, move |shell| {
        shell.clipboard.put_photo(&shell.adjusted(&result)?)
    })
    .await
}

#[tauri::command]
async fn show_result(app: AppHandle, result: ResultFile) -> Result<()> {
    blocking(app, move |shell| {
        results::show(&shell.result_path(&result)?)
    })
    .await
}

#[tauri::command]
async fn drag_result(app: AppHandle, window: WebviewWindow, result: ResultFile) -> Result<()> {
    let path = blocking(app.clone(), move |shell| shell.file_to_give(&result)).await?;
    let (tell, told) = tokio::sync::oneshot::channel();
    // Window systems take drags from their own thread alone.
    app.run_on_main_thread(move || drop(tell.send(drag_out(&window, &path))))
        .map_err(|error| defect(&error))?;
    told.await.map_err(|error| defect(&error))?
}

#[tauri::command]
async fn adjust_job(app: AppHandle, prompt_id: PromptId, adjustment: Adjustment) -> Result<bool> {
    blocking(app, move |shell| {
        let value = serde_json::to_value(adjustment).map_err(|error| defect(&error))?;
        let noted = shell.jobs.note(prompt_id, ADJUSTMENT, &value);
        noted.map_err(|error| explained(&error, None))
    })
    .await
}

#[tauri::command]
fn pause(shell: State<'_, Shell>, paused: bool) {
    shell.jobs.pause(paused);
}

#[tauri::command]
fn is_paused(shell: State<'_, Shell>) -> bool {
    shell.jobs.is_paused()
}

#[tauri::command]
async fn change_settings(app: AppHandle, settings: Settings) -> Result<()> {
    blocking(app, move |shell| {
        let changed = shell.change_settings(settings);
        changed.map_err(|error| unwritable(&crate::places::data(), &error))
    })
    .await
}

#[tauri::command]
fn programs_address(shell: State<'_, Shell>) -> Option<String> {
    shell.programs_address()
}

#[tauri::command]
async fn show_models_folder(app: AppHandle) -> Result<()> {
    blocking(app, |shell| {
        let folder = shell.models.folder();
        std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        opener::open(folder).map_err(|error| {
            plain(
                ErrorCode::Internal,
                format!(
                    "The file manager could not be opened ({error}). The folder is {}.",
                    folder.display()
                ),
                format!(
                    "无法打开文件管理器（{error}）。文件夹位于 {}。",
                    folder.display()
                ),
            )
        })
    })
    .await
}

/// None where the settings do not allow it.
#[tauri::command]
async fn look_for_newer_version(app: AppHandle) -> Result<Option<VersionNews>> {
    blocking(app, |shell| Ok(shell.look_for_newer_version())).await
}

#[tauri::command]
async fn show_newer_version(app: AppHandle) -> Result<()> {
    blocking(app, Shell::show_newer_version).await
}

#[tauri::command]
async fn copy_report(app: AppHandle, error: CommandError) -> Result<()> {
    blocking(app, move |shell| {
        let logs = crate::places::data().join("logs");
        shell.clipboard.put_text(report(&error, &logs))
    })
    .await
}

#[tauri::command]
fn notify(app: AppHandle, title: String, body: String) {
    if let Err(error) = app.notification().builder().title(title).body(body).show() {
        tracing::info!(%error, "no notification");
    }
}

/// The progress of all that is queued, 0 to 1; none where nothing is. No system has to show it.
#[tauri::command]
fn show_progress(taskbar: State<'_, Taskbar>, window: WebviewWindow, share: Option<f64>) {
    taskbar.show(&window, share);
}

/// Ends as closing the window does, which stops the server, and starts again.
#[tauri::command]
fn restart(app: AppHandle) {
    app.request_restart();
}

fn unwritable(path: &Path, error: &std::io::Error) -> CommandError {
    let path = path.display();
    plain(
        ErrorCode::OutputUnwritable,
        format!("{path} can't be written to: {error}. Free some space or choose another folder."),
        format!("无法写入 {path}：{error}。请释放空间或选择其他文件夹。"),
    )
}
