//! `cargo xtask bench start`: from starting the app to a window that can be used.
//!
//! It can be used once its page has opened its socket to the server, which the server logs.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::places::Places;
use crate::{app, run, window};

/// Starts that are timed; the first finds nothing in the system's cache and is listed by itself.
const STARTS: usize = 11;
/// What the server logs then.
const READY: &str = "socket opened";
/// How often is looked, which is how exact the times are.
const TICK: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_mins(1);

/// Builds the app and times its starts, each on an empty folder.
pub(crate) fn run(places: &Places) -> Result<ExitCode> {
    app::ensure_display("cargo xtask bench start")?;
    window::build(places)?;
    let mut times = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        times.push(start(places)?);
    }
    let first = times.remove(0);
    times.sort();
    let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
    println!("first start: {}", seconds(first));
    println!(
        "median of {} more: {}, slowest {}",
        times.len(),
        seconds(times[times.len() / 2]),
        seconds(times[times.len() - 1])
    );
    Ok(ExitCode::SUCCESS)
}

fn start(places: &Places) -> Result<Duration> {
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(app::program(places));
    command
        .env("TINTYPE_DATA", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut command = run::with_libtorch(places, command);
    let begin = Instant::now();
    let mut child = command.spawn()?;
    let logs = folder.path().join("logs");
    while !is_ready(&logs) && begin.elapsed() < PATIENCE {
        thread::sleep(TICK);
    }
    let time = begin.elapsed();
    child.kill()?;
    child.wait()?;
    ensure!(time < PATIENCE, "the window did not open");
    Ok(time)
}

fn is_ready(logs: &Path) -> bool {
    let files = fs::read_dir(logs).into_iter().flatten().flatten();
    files
        .filter_map(|file| fs::read_to_string(file.path()).ok())
        .any(|log| log.contains(READY))
}
