//! The packages in use: installed into a clean system, used by the window and by the command line, and
//! removed without a trace but what is the user's.

mod root;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use sha2::{Digest as _, Sha256};

use super::linux::stage::files_below;
use super::linux::tarball;
use super::product::{NAME, Product};
use crate::places::Places;
use crate::{run, window};
use root::{Root, USER, home};

/// A gray photo of the project's own.
const SAMPLE: &str = "src-tauri/sample/bank-1908.jpg";
/// Names the app that the window's tests start instead of their own build.
const APP_VARIABLE: &str = "TINTYPE_TEST_APP";
/// Names the folder that the window's tests put pictures of it into.
const PICTURES_VARIABLE: &str = "TINTYPE_TEST_PICTURES";
/// The tests of the window that an installed app has to pass: photos dropped on it by the system's own drag
/// and drop, colored, and dragged out again.
const WINDOW_TESTS: [&str; 2] = ["dragging::", "coloring::"];
/// What the server logs when the window's page has opened its socket.
const READY: &str = "socket opened";
/// How long a program may take on a busy computer.
const PATIENCE: Duration = Duration::from_mins(3);

/// Fails where a clean system can't be made.
pub(super) fn ensure_possible() -> Result<()> {
    ensure!(
        run::output(Command::new("id").arg("-u"))?.trim() == "0",
        "a clean system is installed and entered as root only: run this as root"
    );
    ensure!(
        run::is_on_path("apt-get"),
        "a clean system is installed from apt's sources: run this on Debian or a relative"
    );
    Ok(())
}

/// Does all of it; pictures of the window are left in `target`.
pub(super) fn run(
    places: &Places,
    product: &Product,
    target: &Path,
    packages: &[PathBuf],
) -> Result<()> {
    let room = target.join("check");
    let (shared, pictures) = (room.join("shared"), room.join("pictures"));
    for folder in [&shared, &pictures] {
        fs::create_dir_all(folder)?;
    }
    let named = |end: &str| {
        packages
            .iter()
            .find(|path| path.to_string_lossy().ends_with(end))
    };
    let deb = named(".deb").context("there is no Debian package")?;
    let samples = places.root.join("src-tauri/sample");
    let root = step("a clean system", || {
        // The tests' folders and the sample are in the same places inside, and so is the display.
        let display = PathBuf::from("/tmp/.X11-unix");
        fs::create_dir_all(&display)?;
        Root::make(&room.join("root"), vec![shared.clone(), samples, display])
    })?;
    let home = root.at(&home().to_string_lossy());
    let photo = root::home().join("Pictures/bank.jpg");
    let installed = step("installing the Debian package with apt", || {
        install(&root, deb)
    })?;
    step("the command line colors a photo", || {
        give(&root, &places.root.join(SAMPLE), &photo)?;
        colored_by(&root, "tintype", &photo)
    })?;
    step("the app opens a photo for a user", || opened(&root, &photo))?;
    step("the window's tests on the installed app", || {
        window_tests(places, &root, &room, &shared, &pictures)
    })?;
    step("removing it", || {
        run::output(&mut root.command(["dpkg", "--verify", NAME]))?;
        let before = sums(&home)?;
        removed(&root, &installed)?;
        ensure!(before == sums(&home)?, "what is the user's has changed");
        ensure!(
            before
                .keys()
                .any(|name| name.starts_with(".local/share/tintype")),
            "the app has kept nothing for the user"
        );
        Ok(())
    })?;
    if let Some(archive) = named(".tar.xz") {
        step("the archive, for one user", || {
            unpacked(&root, product, archive, &photo)
        })?;
    }
    println!("pictures of the window: {}", pictures.display());
    Ok(())
}

fn step<T>(name: &str, action: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("== {name}");
    let start = Instant::now();
    let result = action().with_context(|| name.to_owned())?;
    println!("== {name}: ok ({:.1} s)", start.elapsed().as_secs_f32());
    Ok(result)
}

/// Installs the package and gives all its files.
fn install(root: &Root, deb: &Path) -> Result<Vec<String>> {
    fs::copy(deb, root.at("tmp/tintype.deb"))?;
    let words = [
        "apt-get",
        "install",
        "--yes",
        "--no-install-recommends",
        "/tmp/tintype.deb",
    ];
    run::output(&mut root.command(words))?;
    let listed = run::output(&mut root.command(["dpkg", "--listfiles", NAME]))?;
    let files: Vec<_> = listed
        .lines()
        .filter(|name| {
            root.at(name)
                .symlink_metadata()
                .is_ok_and(|file| !file.is_dir())
        })
        .map(str::to_owned)
        .collect();
    ensure!(
        files.iter().any(|name| name.ends_with("/libtorch_cpu.so")),
        "libtorch is not inside: {listed}"
    );
    Ok(files)
}

/// Puts a photo among the user's.
fn give(root: &Root, source: &Path, photo: &Path) -> Result<()> {
    let at = root.at(&photo.to_string_lossy());
    let folder = photo.parent().context("a photo is in a folder")?;
    run::output(&mut root.command_of_user([Path::new("mkdir"), Path::new("-p"), folder]))?;
    fs::copy(source, at)?;
    let owner = format!("{USER}:{USER}");
    run::output(&mut root.command([Path::new("chown"), Path::new(&owner), photo]))?;
    Ok(())
}

/// Colors the photo with the command line, and looks whether there is a result that is another picture.
fn colored_by(root: &Root, program: &str, photo: &Path) -> Result<()> {
    let out = home().join("colored");
    let out = out.to_string_lossy();
    let words = [program, "colorize", &photo.to_string_lossy(), "--out", &out].map(str::to_owned);
    run::output(&mut root.command_of_user(words))?;
    let results = files_below(&root.at(&out))?;
    let [result] = &results[..] else {
        bail!("not one result but {results:?}");
    };
    let (result, original) = (
        fs::read(root.at(&out).join(result))?,
        fs::read(root.at(&photo.to_string_lossy()))?,
    );
    // The marks of a JPEG.
    ensure!(
        result.starts_with(&[0xff, 0xd8, 0xff]) && result != original,
        "the result is no other picture"
    );
    fs::remove_dir_all(root.at(&out))?;
    Ok(())
}

/// Starts the app as "Open with" does, and waits until its window has taken the photo in.
fn opened(root: &Root, photo: &Path) -> Result<()> {
    let display = Display::start()?;
    let data = root.at(&home().join(".local/share/tintype").to_string_lossy());
    let words = [
        format!("DISPLAY={}", display.name),
        "GDK_BACKEND=x11".to_owned(),
        "NO_AT_BRIDGE=1".to_owned(),
        "tintype-app".to_owned(),
        photo.to_string_lossy().into_owned(),
    ];
    let mut app = Group::start(&mut root.command_of_user(words))?;
    let name = photo.file_name().context("a photo has a name")?;
    let start = Instant::now();
    let is_done =
        || is_logged(&data.join("logs"), READY) && data.join("input").join(name).is_file();
    while !is_done() {
        if let Some(status) = app.0.try_wait()? {
            bail!("the app ended ({status})");
        }
        ensure!(
            start.elapsed() < PATIENCE,
            "no window has taken the photo in"
        );
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

fn is_logged(logs: &Path, words: &str) -> bool {
    let files = fs::read_dir(logs).into_iter().flatten().flatten();
    files
        .filter_map(|file| fs::read_to_string(file.path()).ok())
        .any(|log| log.contains(words))
}

/// Runs tests of the window on the installed app instead of their own build.
fn window_tests(
    places: &Places,
    root: &Root,
    room: &Path,
    shared: &Path,
    pictures: &Path,
) -> Result<()> {
    let app = room.join("tintype-app");
    root.script("/usr/bin/tintype-app", &app)?;
    let driver = window::driver(places)?.context("no driver of windows here")?;
    // As `cargo xtask test` builds them, so that they are not built anew.
    let arguments = "test --workspace --locked --test window --";
    let arguments: Vec<_> = arguments.split(' ').collect();
    let mut command = run::cargo(places, &arguments);
    command
        .args(WINDOW_TESTS)
        .env(window::DRIVER_VARIABLE, driver)
        .env(APP_VARIABLE, app)
        .env(PICTURES_VARIABLE, pictures)
        .env("TMPDIR", shared)
        .env("NO_PROXY", "127.0.0.1,localhost");
    run::check(&mut run::with_libtorch(places, command))
}

/// Purges the package, and looks whether anything of it is left.
fn removed(root: &Root, files: &[String]) -> Result<()> {
    run::output(&mut root.command(["apt-get", "purge", "--yes", NAME]))?;
    let own = [format!("/usr/lib/{NAME}"), format!("/usr/share/doc/{NAME}")];
    let left: Vec<_> = files
        .iter()
        .chain(&own)
        .filter(|name| root.at(name).symlink_metadata().is_ok())
        .map(String::as_str)
        .collect();
    ensure!(left.is_empty(), "these were left: {}", left.join(", "));
    let status = root
        .command(["dpkg", "--status", NAME])
        .stderr(Stdio::null())
        .output()?;
    ensure!(!status.status.success(), "dpkg still knows the package");
    Ok(())
}

/// Installs the archive for the user, colors a photo with it, and removes it.
fn unpacked(root: &Root, product: &Product, archive: &Path, photo: &Path) -> Result<()> {
    let home = home().to_string_lossy().into_owned();
    let folder = format!("/tmp/{}", tarball::top_folder(product));
    // From outside: a clean system has no xz.
    let mut tar = Command::new("tar");
    tar.arg("-C").arg(root.at("tmp")).arg("-xf").arg(archive);
    run::output(&mut tar)?;
    let before = sums(&root.at(&home))?;
    let installer = format!("{folder}/{}", tarball::INSTALLER);
    run::output(&mut root.command_of_user([installer.as_str()]))?;
    let program = format!("{home}/.local/bin/tintype");
    colored_by(root, &program, photo)?;
    let launcher = format!("{home}/.local/share/applications/{}.desktop", product.id);
    let launcher = fs::read_to_string(root.at(&launcher))?;
    let start = format!("Exec=\"{home}/.local/bin/tintype-app\" %F");
    ensure!(
        launcher.lines().any(|line| line == start),
        "the menu starts another: {launcher}"
    );
    run::output(&mut root.command_of_user([installer.as_str(), "--uninstall"]))?;
    let mut after = sums(&root.at(&home))?;
    // The desktop's own lists, and what the command line keeps, are no files of the package.
    after.retain(|name, _| before.contains_key(name) || name.contains("tintype"));
    let is_new = |name: &&String| !before.contains_key(*name) && !name.contains("share/tintype/");
    let left: Vec<_> = after.keys().filter(is_new).map(String::as_str).collect();
    ensure!(left.is_empty(), "these were left: {}", left.join(", "));
    ensure!(
        before.keys().all(|name| after.contains_key(name)),
        "the user's files are gone"
    );
    Ok(())
}

/// Hashes of all files below a folder.
fn sums(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut sums = BTreeMap::new();
    for name in files_below(folder)? {
        let path = folder.join(&name);
        // A socket or a link that leads nowhere outside of the system is no file of anyone's.
        if path.symlink_metadata()?.is_file() {
            let digest = Sha256::digest(fs::read(path)?);
            sums.insert(name.to_string_lossy().into_owned(), digest.to_vec());
        }
    }
    Ok(sums)
}

/// A display that nobody sees.
struct Display {
    name: String,
    _server: Group,
}

impl Display {
    fn start() -> Result<Self> {
        let mut command = Command::new("Xvfb");
        command
            .args([
                "-displayfd",
                "1",
                "-ac",
                "-nolisten",
                "tcp",
                "-screen",
                "0",
                "1280x800x24",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut server = Group::start(&mut command)?;
        let printed = server.0.stdout.take().context("Xvfb says nothing")?;
        let mut number = String::new();
        BufReader::new(printed).read_line(&mut number)?;
        Ok(Self {
            name: format!(":{}", number.trim()),
            _server: server,
        })
    }
}

/// A program and all that it starts, ended together when this is dropped.
struct Group(Child);

impl Group {
    fn start(command: &mut Command) -> Result<Self> {
        let child = command.process_group(0).spawn();
        Ok(Self(child.with_context(|| {
            format!("`{}` could not be started", run::shown(command))
        })?))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // The shell's own `kill` is on every system, and takes a group spelled so.
        let kill = format!("kill -15 -{}", self.0.id());
        let _ = Command::new("sh")
            .args(["-c", &kill])
            .stderr(Stdio::null())
            .status();
        let _ = self.0.wait();
    }
}
