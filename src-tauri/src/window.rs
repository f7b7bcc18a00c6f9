//! The window, and the files that it is opened with.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tauri::utils::config::BackgroundThrottlingPolicy;
use tauri::{App, AppHandle, Emitter as _, Manager as _, WebviewUrl, WebviewWindowBuilder};

use crate::shell::Shell;

/// The window's name to Tauri.
pub(crate) const MAIN: &str = "main";
/// Width and height in points.
const USUAL_SIZE: (f64, f64) = (1280.0, 800.0);
/// Told to the page when there are files to open; it then asks for them.
const OPENED: &str = "tintype://opened";

/// Opens the window.
///
/// # Errors
/// What Tauri says.
pub(crate) fn open(app: &App) -> tauri::Result<()> {
    let (width, height) = first_size(app)?;
    WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default())
        .title("Tintype")
        .inner_size(width, height)
        .min_inner_size(760.0, 520.0)
        // A bar in a window behind others is to go on moving.
        .background_throttling(BackgroundThrottlingPolicy::Disabled)
        .build()?;
    Ok(())
}

/// The size of a window that was never sized by hand: the usual one, or all of a smaller screen.
fn first_size(app: &App) -> tauri::Result<(f64, f64)> {
    let (width, height) = USUAL_SIZE;
    let Some(monitor) = app.primary_monitor()? else {
        return Ok(USUAL_SIZE);
    };
    let screen = monitor.size().to_logical::<f64>(monitor.scale_factor());
    Ok((width.min(screen.width), height.min(screen.height)))
}

/// The program was started a second time: its files are for this window.
pub(crate) fn second_start(app: &AppHandle, arguments: Vec<String>, folder: &str) {
    let arguments = arguments.into_iter().skip(1).map(OsString::from);
    hand_over(app, files_of(arguments, Some(Path::new(folder))));
}

/// macOS opens files by an event.
#[cfg(target_os = "macos")]
pub(crate) fn opened(app: &AppHandle, urls: &[tauri::Url]) {
    let files = urls.iter().filter_map(|url| url.to_file_path().ok());
    hand_over(app, files.collect());
}

fn hand_over(app: &AppHandle, files: Vec<PathBuf>) {
    app.state::<Shell>().will_open(files);
    if let Err(error) = app.emit(OPENED, ()) {
        tracing::warn!(%error, "the window did not hear of files to open");
    }
    if let Some(window) = app.get_webview_window(MAIN) {
        // A window system that does not let a program come to the front is no reason to fail.
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
}

/// The files among a command line's arguments, made absolute from the folder that it was given in.
pub(crate) fn files_of(
    arguments: impl IntoIterator<Item = OsString>,
    folder: Option<&Path>,
) -> Vec<PathBuf> {
    let is_file = |argument: &OsString| !argument.as_encoded_bytes().starts_with(b"-");
    let absolute = |argument: OsString| match folder {
        Some(folder) => folder.join(argument),
        None => std::path::absolute(&argument).unwrap_or_else(|_| argument.into()),
    };
    arguments
        .into_iter()
        .filter(is_file)
        .map(absolute)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_meant_from_the_folder_that_they_were_given_in() {
        let arguments = ["a.jpg", "-v", "--flag", "sub/b.png"].map(OsString::from);
        let files = files_of(arguments, Some(Path::new("folder")));
        let expected = [
            Path::new("folder").join("a.jpg"),
            Path::new("folder").join("sub/b.png"),
        ];
        assert_eq!(files, expected);
    }
}
