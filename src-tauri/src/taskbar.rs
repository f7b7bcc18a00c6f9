//! The progress on the taskbar or dock.

use tauri::WebviewWindow;

/// What shows the progress; the app has one.
#[derive(Default)]
pub(crate) struct Taskbar {
    #[cfg(target_os = "linux")]
    launcher: launcher::Launcher,
}

impl Taskbar {
    /// Shows a share from 0 to 1; none takes the progress away. A system that shows none is no error.
    pub(crate) fn show(&self, window: &WebviewWindow, share: Option<f64>) {
        #[cfg(target_os = "linux")]
        {
            let _ = window;
            self.launcher.show(share);
        }
        #[cfg(not(target_os = "linux"))]
        {
            use tauri::window::{ProgressBarState, ProgressBarStatus};

            let state = ProgressBarState {
                status: Some(match share {
                    Some(_) => ProgressBarStatus::Normal,
                    None => ProgressBarStatus::None,
                }),
                progress: share.map(|share| (share * 100.0).round() as u64),
            };
            if let Err(error) = window.set_progress_bar(state) {
                tracing::debug!(%error, "no progress on the taskbar");
            }
        }
    }
}

/// Told to whoever listens on the session's bus, as Ubuntu's dock and Plasma's taskbar do:
/// <https://wiki.ubuntu.com/Unity/LauncherAPI>. Tauri's own way needs a library that has left most systems.
#[cfg(target_os = "linux")]
mod launcher {
    use std::collections::HashMap;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::thread;

    use zbus::blocking::Connection;
    use zbus::zvariant::Value;

    /// The launcher's file that the app's packages install.
    const LAUNCHER: &str = "application://org.tintype.app.desktop";

    pub(super) struct Launcher(Sender<Option<f64>>);

    impl Default for Launcher {
        fn default() -> Self {
            let (tell, told) = channel();
            // One thread of its own: what is told keeps its order, and no window waits for the bus.
            thread::spawn(move || {
                if let Err(error) = tell_all(&told) {
                    tracing::debug!(%error, "no progress on the taskbar");
                }
            });
            Self(tell)
        }
    }

    impl Launcher {
        pub(super) fn show(&self, share: Option<f64>) {
            // Without a bus nobody listens any more.
            let _ = self.0.send(share);
        }
    }

    fn tell_all(told: &Receiver<Option<f64>>) -> zbus::Result<()> {
        let mut bus = None;
        let mut last = None;
        while let Ok(share) = told.recv() {
            let share = told.try_iter().last().unwrap_or(share);
            if share == last {
                continue;
            }
            last = share;
            let bus = match &bus {
                Some(bus) => bus,
                None => bus.insert(Connection::session()?),
            };
            let state = HashMap::from([
                ("progress", Value::from(share.unwrap_or(0.0))),
                ("progress-visible", Value::from(share.is_some())),
            ]);
            let update = (LAUNCHER, state);
            let interface = "com.canonical.Unity.LauncherEntry";
            bus.emit_signal(None::<()>, "/org/tintype/app", interface, "Update", &update)?;
        }
        Ok(())
    }
}
