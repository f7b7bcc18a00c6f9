//! A display, a session bus, the driver and the app: each test has its own.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// How long a test waits for what must come. An app in a debug build on a busy machine takes its time.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long the driver may take over one call, after which it hangs. Ten thousand rows are drawn in less.
const ANSWER_PATIENCE: Duration = Duration::from_mins(2);
/// Where `cargo xtask test` says that the driver is.
const DRIVER_VARIABLE: &str = "TINTYPE_TAURI_DRIVER";

/// Names another app to test than Cargo's: `cargo xtask dist --check` has one installed.
const APP_VARIABLE: &str = "TINTYPE_TEST_APP";
/// Names a folder for pictures of the window, for those who want to see what a test saw.
const PICTURES_VARIABLE: &str = "TINTYPE_TEST_PICTURES";

/// Windows are driven one after the other: they measure time, and would take it from each other.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// How a desk is set up.
pub(crate) struct Setup {
    pub(crate) locale: &'static str,
    pub(crate) size: (u32, u32),
    /// The app's arguments.
    pub(crate) arguments: Vec<PathBuf>,
    /// Models that can be downloaded; none leaves the app's own catalogue.
    pub(crate) catalogue: Option<PathBuf>,
    /// Where the app is to ask for newer versions; none leaves the project's own address.
    pub(crate) releases: Option<String>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            locale: "en_US.UTF-8",
            size: (1280, 800),
            arguments: Vec::new(),
            catalogue: None,
            releases: None,
        }
    }
}

/// The app on a display, and whoever sits there.
pub(crate) struct Desk {
    client: Option<Client>,
    runtime: Runtime,
    bus: Child,
    display: Child,
    pub(crate) display_name: String,
    setup: Setup,
    /// Everything that the app and the test put on disk.
    pub(crate) root: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::with(Setup::default())
    }

    pub(crate) fn with(setup: Setup) -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        Self::in_folder(tempfile::tempdir().unwrap(), setup, turn)
    }

    fn in_folder(root: TempDir, setup: Setup, turn: MutexGuard<'static, ()>) -> Self {
        fs::create_dir_all(root.path().join("dialogs")).unwrap();
        let (display, display_name) = start_display(setup.size);
        let (port, native_port) = (free_port(), free_port());
        let bus = start_driver(root.path(), &display_name, &setup, port, native_port);
        let runtime = Runtime::new().unwrap();
        let client = runtime.block_on(connect(port, &setup));
        let desk = Self {
            client: Some(client),
            runtime,
            bus,
            display,
            display_name,
            setup,
            root,
            _turn: turn,
        };
        // Only then does it hear of files that are dropped.
        desk.until("document.querySelector('main[aria-busy=false]')");
        desk
    }

    /// Ends the app as a power cut would and starts it again on the same files.
    pub(crate) fn again_after_a_crash(mut self) -> Self {
        signal_kill(i64::from(self.process().unwrap()));
        self.client = None;
        end(&mut self.bus);
        end(&mut self.display);
        let root = std::mem::replace(&mut self.root, tempfile::tempdir().unwrap());
        let setup = std::mem::take(&mut self.setup);
        drop(self);
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        Self::in_folder(root, setup, turn)
    }

    fn client(&self) -> &Client {
        self.client.as_ref().unwrap()
    }

    /// Runs a function's body in the page.
    #[track_caller]
    pub(crate) fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.answer_of(script, self.client().execute(script, arguments))
    }

    /// Runs a function's body that calls its last argument when it is done.
    #[track_caller]
    pub(crate) fn run_async(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.answer_of(script, self.client().execute_async(script, arguments))
    }

    /// What the driver answers a call, which it has to do in time.
    #[track_caller]
    fn answer_of<T>(&self, what: &str, call: impl Future<Output = Result<T, CmdError>>) -> T {
        let limited = async { tokio::time::timeout(ANSWER_PATIENCE, call).await };
        let answer = self.runtime.block_on(limited);
        answer
            .unwrap_or_else(|_| panic!("the driver hangs: {what}"))
            .unwrap_or_else(|error| panic!("{what}: {error}"))
    }

    /// The value of an expression.
    #[track_caller]
    pub(crate) fn value(&self, expression: &str) -> Value {
        self.run(&format!("return {expression}"), Vec::new())
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub(crate) fn until(&self, expression: &str) {
        self.until_within(expression, PATIENCE);
    }

    #[track_caller]
    pub(crate) fn until_within(&self, expression: &str, patience: Duration) {
        let end = Instant::now() + patience;
        while self.value(&format!("Boolean({expression})")) != Value::Bool(true) {
            assert!(
                Instant::now() < end,
                "never true: {expression}\n{}",
                self.text("body")
            );
            std::thread::sleep(Duration::from_millis(40));
        }
    }

    #[track_caller]
    fn wait_for(&self, css: &str) {
        self.until(&format!("document.querySelector({})", json!(css)));
    }

    /// Clicks what the mouse would hit at the middle of the first such element.
    #[track_caller]
    pub(crate) fn click(&self, css: &str) {
        self.wait_for(css);
        let script = "const target = document.querySelector(arguments[0]); \
            target.scrollIntoView({block: 'nearest'}); const box = target.getBoundingClientRect(); \
            const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2); \
            if (!target.contains(hit)) return hit?.outerHTML ?? 'nothing'; hit.click(); return ''";
        let over = self.run(script, vec![json!(css)]);
        assert_eq!(over, "", "this lies over {css}");
    }

    /// Clicks the button that says so.
    #[track_caller]
    pub(crate) fn press(&self, text: &str) {
        let button = format!(
            "[...document.querySelectorAll('button')].find((b) => b.textContent.trim() === {text} \
             || b.getAttribute('aria-label') === {text})",
            text = json!(text)
        );
        self.until(&format!("{button} && !{button}.disabled"));
        self.run(&format!("{button}.click()"), Vec::new());
    }

    /// Types keys at whatever has the focus; modifiers by their names, and `hold` for a key that stays down.
    #[track_caller]
    pub(crate) fn key(&self, key: &str, modifiers: &str) {
        let script = "const [key, modifiers] = arguments; const target = document.activeElement; \
            const how = {key, bubbles: true, cancelable: true, ctrlKey: modifiers.includes('ctrl'), \
            shiftKey: modifiers.includes('shift')}; \
            target.dispatchEvent(new KeyboardEvent('keydown', how)); \
            if (!modifiers.includes('hold')) target.dispatchEvent(new KeyboardEvent('keyup', how));";
        self.run(script, vec![json!(key), json!(modifiers)]);
    }

    /// Sets a field as typing or dragging would.
    #[track_caller]
    pub(crate) fn set(&self, css: &str, value: &str) {
        self.wait_for(css);
        let script = "const [css, value] = arguments; const field = document.querySelector(css); \
            field.value = value; field.dispatchEvent(new Event('input', {bubbles: true})); \
            field.dispatchEvent(new Event('change', {bubbles: true}));";
        self.run(script, vec![json!(css), json!(value)]);
    }

    #[track_caller]
    pub(crate) fn text(&self, css: &str) -> String {
        let text = self.value(&format!(
            "document.querySelector({})?.innerText ?? ''",
            json!(css)
        ));
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until the window says something.
    #[track_caller]
    pub(crate) fn until_said(&self, text: &str) {
        self.until(&format!(
            "document.body.innerText.includes({})",
            json!(text)
        ));
    }

    /// Drops files onto the window: the event that the system's drag and drop ends in.
    #[track_caller]
    pub(crate) fn drop_files(&self, files: &[&Path]) {
        let script = "const [paths, done] = arguments; \
            window.__TAURI_INTERNALS__.invoke('plugin:event|emit', {event: 'tauri://drag-drop', \
            payload: {paths, position: {x: 5, y: 5}}}).then(() => done(true), (e) => done(String(e)));";
        assert_eq!(self.run_async(script, vec![json!(files)]), true);
    }

    /// What the next dialog of a kind is answered.
    pub(crate) fn will_answer(&self, dialog: &str, path: &Path) {
        let file = self.root.path().join("dialogs").join(dialog);
        fs::write(file, path.to_str().unwrap()).unwrap();
    }

    /// The app's folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// The files in the app's outputs folder.
    pub(crate) fn outputs(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.data().join("output"))
            .into_iter()
            .flatten();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    /// Where the session's bus is, which the app has joined.
    pub(crate) fn bus_address(&self) -> String {
        let address = fs::read_to_string(self.root.path().join("bus")).unwrap();
        address.trim().to_owned()
    }

    /// Starts the app a second time, on the same display and bus.
    pub(crate) fn start_again_with(&self, file: &Path) {
        let mut command = Command::new(app());
        command
            .arg(file)
            .env("DBUS_SESSION_BUS_ADDRESS", self.bus_address());
        // Its data are its own: the second start is to end before it opens them.
        surroundings(
            &mut command,
            &self.root.path().join("second"),
            &self.display_name,
            &self.setup,
        );
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(status.unwrap().success());
    }

    /// Waits until what was last changed has been drawn, and colors have faded over.
    pub(crate) fn settle(&self) {
        let drawn = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => \
            setTimeout(() => done(true), 250)))";
        self.run_async(drawn, Vec::new());
    }

    /// The app's process, if it runs: of all that the driver has started, the one of its name.
    pub(crate) fn process(&self) -> Option<u32> {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        ids.into_iter().find(|id: &u32| {
            // `PID (NAME) STATE PARENT GROUP ...`, see proc_pid_stat(5).
            let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            let Some((name, rest)) = stat.rsplit_once(") ") else {
                return false;
            };
            name.ends_with("(tintype-app")
                && rest.split(' ').nth(2) == Some(&self.bus.id().to_string())
        })
    }

    /// Keeps a picture of the window, if somebody wants to see it.
    pub(crate) fn keep_picture(&self, name: &str) {
        if let Some(folder) = std::env::var_os(PICTURES_VARIABLE) {
            self.settle();
            let path = Path::new(&folder).join(name).with_extension("png");
            fs::write(path, self.screenshot()).unwrap();
        }
    }

    /// The window as a PNG.
    pub(crate) fn screenshot(&self) -> Vec<u8> {
        self.answer_of("screenshot", self.client().screenshot())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            // A window that is gone already can't be closed.
            let limited = async { tokio::time::timeout(ANSWER_PATIENCE, client.close()).await };
            let _ = self.runtime.block_on(limited);
        }
        end(&mut self.bus);
        end(&mut self.display);
    }
}

/// A photo of the project's own.
pub(crate) fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../src-tauri/sample/bank-1908.jpg")
}

/// A gray picture of any size as a PNG.
pub(crate) fn gray_png(path: &Path, width: u32, height: u32, seed: u32) {
    let gray = image::GrayImage::from_fn(width, height, |x, y| {
        image::Luma([((x * 3 + y * 2 + seed * 7) % 256) as u8])
    });
    gray.save(path).unwrap();
}

/// The app: which Cargo builds before its tests, unless another is named.
fn app() -> PathBuf {
    let named = std::env::var_os(APP_VARIABLE);
    named.map_or_else(|| env!("CARGO_BIN_EXE_tintype-app").into(), PathBuf::from)
}

fn start_display((width, height): (u32, u32)) -> (Child, String) {
    let mut child = Command::new("Xvfb")
        .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0"])
        .arg(format!("{width}x{height}x24"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    let mut number = String::new();
    let mut printed = BufReader::new(child.stdout.take().unwrap());
    printed.read_line(&mut number).unwrap();
    (child, format!(":{}", number.trim()))
}

/// What the app sees of the system: folders of the test's own, and nothing of the user's.
fn surroundings(command: &mut Command, root: &Path, display: &str, setup: &Setup) {
    command
        .env("DISPLAY", display)
        .env("TINTYPE_DATA", root.join("data"))
        .env("TINTYPE_TEST_DIALOGS", root.join("dialogs"))
        .env("XDG_DATA_HOME", root.join("share"))
        .env("XDG_CONFIG_HOME", root.join("config"))
        .env("XDG_CACHE_HOME", root.join("cache"))
        .env("LANG", setup.locale)
        .env("LC_ALL", setup.locale)
        .env("GDK_BACKEND", "x11")
        .env("NO_AT_BRIDGE", "1")
        .env_remove("WAYLAND_DISPLAY");
    if let Some(catalogue) = &setup.catalogue {
        command.env("TINTYPE_CATALOGUE", catalogue);
    }
    if let Some(releases) = &setup.releases {
        command.env("TINTYPE_RELEASES", releases);
    }
}

fn start_driver(root: &Path, display: &str, setup: &Setup, port: u16, native_port: u16) -> Child {
    let driver = std::env::var(DRIVER_VARIABLE)
        .unwrap_or_else(|_| panic!("{DRIVER_VARIABLE} is not set: run `cargo xtask test`"));
    // The bus' address is written down for a second start of the app.
    let script = "printf %s \"$DBUS_SESSION_BUS_ADDRESS\" > \"$1\"; shift; exec \"$@\"";
    let mut command = Command::new("dbus-run-session");
    command
        .args(["--", "sh", "-c", script, "sh"])
        .arg(root.join("bus"))
        .arg(driver)
        .args([
            "--port",
            &port.to_string(),
            "--native-port",
            &native_port.to_string(),
        ])
        .stdout(Stdio::null())
        .stderr(fs::File::create(root.join("driver.log")).unwrap())
        .process_group(0);
    surroundings(&mut command, root, display, setup);
    command.spawn().unwrap()
}

async fn connect(port: u16, setup: &Setup) -> Client {
    let arguments: Vec<_> = setup
        .arguments
        .iter()
        .map(|path| path.to_str().unwrap())
        .collect();
    let capabilities = json!({
        "browserName": "wry",
        "tauri:options": {"application": app(), "args": arguments},
    });
    let Value::Object(capabilities) = capabilities else {
        unreachable!("written as an object above")
    };
    let end = Instant::now() + PATIENCE;
    loop {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities.clone());
        let address = format!("http://127.0.0.1:{port}");
        let limited = tokio::time::timeout(ANSWER_PATIENCE, builder.connect(&address)).await;
        match limited.expect("the driver answers in time") {
            Ok(client) => return client,
            // The driver listens before what it passes requests on to does.
            Err(error) => assert!(Instant::now() < end, "no window: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Ends a child and all that it has started.
fn end(child: &mut Child) {
    signal_kill(-i64::from(child.id()));
    let _ = child.wait();
}

/// Ends a process, or if negative a group of them. The shell's own `kill` is on every system.
fn signal_kill(id: i64) {
    // The one spelling that every shell takes for a group too.
    let kill = format!("kill -9 {id}");
    let mut shell = Command::new("sh");
    // What has ended already can't be ended.
    let _ = shell.args(["-c", &kill]).stderr(Stdio::null()).status();
}
