//! What the app's commands share: the server, the settings, and who the window is.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tintype_engine::Hardware;
use tintype_jobs::{ColorStore, Folders, Jobs, Retention};
use tintype_protocol::shell::{Session, Settings};
use tintype_protocol::{ClientId, Explain, Language, Wording};
use tintype_server::{Config, InstalledModels, Places, Port, Server, start_log};
use tintype_zoo::{Catalogue, ModelStore, Updates, Zoo};
use tokio::runtime::Runtime;

use crate::clipboard::Clipboard;
use crate::dialogs::{self, Dialogs};
use crate::forecast::CostsByCheckpoint;
use crate::places;
use crate::settings::SettingsFile;

/// How long a token is good for; longer than anyone keeps a window open.
const TOKEN_LIFETIME: Duration = Duration::from_hours(24 * 30);
/// Who the window is to the server: the same at each start, so that it hears of what it queued before.
const WINDOW: &str = "tintype-window";
/// Who other programs are to the server.
const PROGRAMS: &str = "programs";
const DAY: Duration = Duration::from_hours(24);

/// Everything that lives as long as the app.
pub(crate) struct Shell {
    pub(crate) jobs: Jobs,
    pub(crate) folders: Folders,
    pub(crate) colors: ColorStore,
    pub(crate) models: Arc<InstalledModels>,
    pub(crate) zoo: Zoo,
    pub(crate) updates: Updates,
    pub(crate) costs: CostsByCheckpoint,
    pub(crate) dialogs: Box<dyn Dialogs>,
    pub(crate) clipboard: Clipboard,
    session: Session,
    programs_token: String,
    settings: Mutex<SettingsFile>,
    /// Files that were given before the window could take them.
    to_open: Mutex<Vec<PathBuf>>,
    /// None once stopped. A lock of its own: stopping takes seconds.
    running: Mutex<Option<(Runtime, Server)>>,
    /// Writes what is still to be logged when dropped.
    _log: Box<dyn std::any::Any + Send + Sync>,
}

impl Shell {
    /// Reads the settings and starts the server.
    ///
    /// # Errors
    /// What to tell the user, in the system's language.
    pub(crate) fn start() -> Result<Self, String> {
        let language = system_language();
        let explain = |error: &dyn Explain| error.explain(language).to_string();
        let data = places::data();
        let settings = SettingsFile::read(&data);
        let mut config = config(&data, settings.get());
        config.shelf.catalogue = Catalogue::load().map_err(|error| explain(&error))?;
        let log = start_log(&config.places.logs, cfg!(debug_assertions))
            .map_err(|error| explain(&error))?;
        let store = config.shelf.store.clone();
        let models = models(store, settings.get()).with_nvidia(&config.shelf.catalogue);
        let models = Arc::new(models);
        let runtime = Runtime::new().map_err(|error| error.to_string())?;
        let server = runtime
            .block_on(Server::start(config, Arc::clone(&models) as _))
            .map_err(|error| explain(&error))?;
        let session = Session {
            address: server.address().to_string(),
            token: token(&server, WINDOW).map_err(|error| explain(&error))?,
            client_id: WINDOW.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            system_language: language,
            settings: settings.get().clone(),
            notice: server.jobs().put_aside().map(|path| put_aside(&path)),
        };
        Ok(Self {
            jobs: server.jobs().clone(),
            folders: server.folders().clone(),
            colors: server.colors().clone(),
            models,
            zoo: server.zoo().clone(),
            updates: Updates::new(&data),
            costs: CostsByCheckpoint::default(),
            dialogs: dialogs::of_environment(),
            clipboard: Clipboard::default(),
            session,
            programs_token: token(&server, PROGRAMS).map_err(|error| explain(&error))?,
            settings: Mutex::new(settings),
            to_open: Mutex::default(),
            running: Mutex::new(Some((runtime, server))),
            _log: Box::new(log),
        })
    }

    /// What the window needs before it can show anything.
    pub(crate) fn session(&self) -> Session {
        Session {
            settings: self.lock_settings().get().clone(),
            ..self.session.clone()
        }
    }

    /// The way in for other programs, where the user lets them in.
    pub(crate) fn programs_address(&self) -> Option<String> {
        let is_open = self.lock_settings().get().is_open_to_programs;
        let (address, token) = (&self.session.address, &self.programs_token);
        is_open.then(|| format!("ws://{address}/ws?clientId={PROGRAMS}&token={token}"))
    }

    /// Whether results get the times of their original's file.
    pub(crate) fn gives_file_times(&self) -> bool {
        self.lock_settings().get().saving.file_times
    }

    /// Keeps other settings.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) fn change_settings(&self, settings: Settings) -> std::io::Result<()> {
        self.lock_settings().set(settings)
    }

    /// Keeps files for the window to ask for.
    pub(crate) fn will_open(&self, files: Vec<PathBuf>) {
        let mut to_open = self.to_open.lock().unwrap_or_else(PoisonError::into_inner);
        to_open.extend(files);
    }

    /// The files that were kept, once.
    pub(crate) fn take_to_open(&self) -> Vec<PathBuf> {
        std::mem::take(&mut *self.to_open.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Stops the server; the running job ends in time or is queued again.
    pub(crate) fn stop(&self) {
        let running = self
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some((runtime, server)) = running {
            runtime.block_on(server.stop());
        }
    }

    fn lock_settings(&self) -> MutexGuard<'_, SettingsFile> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn system_language() -> Language {
    Language::from_locale(&sys_locale::get_locale().unwrap_or_default())
}

fn config(data: &std::path::Path, settings: &Settings) -> Config {
    let mut places = Places::in_folder(data);
    if let Some(output) = &settings.output {
        places.output = output.into();
    }
    let mut config = Config::new(places);
    if let Some(port) = settings.port {
        config.port = Port::Preferably(port);
    }
    if let Some(days) = settings.history_days {
        config.queue.retention = Retention {
            max_age: Some(DAY * days),
            ..config.queue.retention
        };
    }
    config
}

/// The models on the device of the settings. What a file of settings says that nothing understands is
/// as if it were not said.
fn models(store: ModelStore, settings: &Settings) -> InstalledModels {
    let device = settings
        .device
        .as_deref()
        .and_then(|text| text.parse().ok());
    let hardware = Hardware::new(
        device.unwrap_or_default(),
        settings.precision.into(),
        settings.threads.map(usize::from),
    );
    InstalledModels::new(store, hardware)
}

fn token(server: &Server, client: &str) -> Result<String, tintype_server::Error> {
    // Both names are ours and have only letters, digits and hyphens.
    let Ok(client) = ClientId::new(client.to_owned()) else {
        return Ok(String::new());
    };
    Ok(server.token(&client, TOKEN_LIFETIME)?.unwrap_or_default())
}

fn put_aside(path: &std::path::Path) -> Wording {
    let path = path.display();
    Wording::new(
        format!(
            "The queue and history were damaged and could not be read. They were kept at {path}, and new ones were begun. Photos and results are untouched."
        ),
        format!(
            "队列和历史记录已损坏，无法读取。原文件保存在 {path}，并已重新开始记录。照片和结果不受影响。"
        ),
    )
}
