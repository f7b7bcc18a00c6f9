//! Tintype: the desktop app.
//!
//! A window, and the job server running in the same process. The window's page talks to the server
//! as every other program would, over its own token; what a page can't do by itself, such as dialogs,
//! files by their paths and settings, it asks for by the commands in [`commands`]. This crate knows
//! nothing of how a photo is colorized, and is the only one that knows Tauri.

// No console window beside the app on Windows.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arrivals;
mod clipboard;
mod commands;
mod dialogs;
mod drag_out;
mod error;
mod forecast;
mod newer;
mod places;
mod report;
mod results;
mod scripted;
mod settings;
mod shell;
mod taskbar;
mod window;

use std::process::ExitCode;

use tauri::{Manager as _, RunEvent};

use crate::shell::Shell;
use crate::taskbar::Taskbar;

fn main() -> ExitCode {
    let shell = match Shell::start() {
        Ok(shell) => shell,
        Err(message) => {
            dialogs::say_that_it_cannot_start(&message);
            return ExitCode::FAILURE;
        }
    };
    shell.will_open(window::files_of(std::env::args_os().skip(1), None));
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(
            |app, arguments, folder| {
                window::second_start(app, arguments, &folder);
            },
        ))
        .plugin(tauri_plugin_window_state::Builder::default().build())
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_websocket::init())
        .manage(shell)
        .manage(Taskbar::default())
        .invoke_handler(commands::handler())
        .setup(|app| Ok(window::open(app)?))
        .build(tauri::generate_context!());
    match app {
        Ok(app) => {
            app.run(|app, event| match event {
                // The running job ends or is queued again; what waits goes on at the next start.
                RunEvent::Exit => app.state::<Shell>().stop(),
                #[cfg(target_os = "macos")]
                RunEvent::Opened { urls } => window::opened(app, &urls),
                _ => {}
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            dialogs::say_that_it_cannot_start(&error.to_string());
            ExitCode::FAILURE
        }
    }
}
