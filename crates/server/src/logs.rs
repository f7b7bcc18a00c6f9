//! The log: JSON lines in a file a day, kept for two weeks, and readable from the app.
//!
//! Every line that is about a job has its `prompt_id`, from the span that `jobs` opens around it.

use std::fs;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{Builder, Rotation};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

use crate::{Error, Result};

/// The beginning of the files' names; the day follows.
const PREFIX: &str = "tintype";
/// The end of the files' names.
const SUFFIX: &str = "log";
/// Files that are kept: two weeks.
const KEPT: usize = 14;
/// The most that is read back from the end of a file.
const TAIL_BYTES: u64 = 256 << 10;
/// What is logged where the environment says nothing: ours in full, others when they warn.
const DEFAULT_FILTER: &str = "warn,tintype=info";
/// The environment variable that says otherwise.
pub const FILTER_VARIABLE: &str = "TINTYPE_LOG";

/// Starts logging for the whole process: to files in `folder`, and to the terminal as well if
/// `terminal` is set. What is logged last is only in the file once the guard is dropped.
///
/// # Errors
/// [`Error::Folder`] if the folder can't be made or written to.
pub fn start(folder: &Path, terminal: bool) -> Result<WorkerGuard> {
    let unusable = |source| Error::Folder {
        path: folder.to_owned(),
        source,
    };
    fs::create_dir_all(folder).map_err(unusable)?;
    let files = Builder::new()
        .rotation(Rotation::DAILY)
        .filename_prefix(PREFIX)
        .filename_suffix(SUFFIX)
        .max_log_files(KEPT)
        .build(folder)
        .map_err(|error| unusable(io::Error::other(error)))?;
    // A full disk must not hold up a job: lines that can't be written are dropped.
    let (writer, guard) = tracing_appender::non_blocking(files);
    let filter = || {
        EnvFilter::try_from_env(FILTER_VARIABLE).unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER))
    };
    let to_file = fmt::layer()
        .json()
        .flatten_event(true)
        .with_writer(writer)
        .with_filter(filter());
    let to_terminal = terminal.then(|| {
        fmt::layer()
            .with_target(false)
            .with_writer(io::stderr)
            .with_filter(filter())
    });
    // A second start in one process, as in tests, keeps the first.
    let _ = tracing_subscriber::registry()
        .with(to_file)
        .with(to_terminal)
        .try_init();
    Ok(guard)
}

/// The newest lines of the log, oldest first, at most `lines` of them.
///
/// # Errors
/// What the system says of the folder or the file; no file yet is an empty log.
pub fn tail(folder: &Path, lines: usize) -> io::Result<Vec<String>> {
    let Some(newest) = newest(folder)? else {
        return Ok(Vec::new());
    };
    let mut file = fs::File::open(newest)?;
    let length = file.metadata()?.len();
    let start = length.saturating_sub(TAIL_BYTES);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // The first line of what was read from the middle is likely a part of one.
    let whole: Vec<_> = text.lines().skip(usize::from(start > 0)).collect();
    let from = whole.len().saturating_sub(lines);
    Ok(whole[from..]
        .iter()
        .map(|line| (*line).to_owned())
        .collect())
}

/// The file of the latest day: their names sort by it.
fn newest(folder: &Path) -> io::Result<Option<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(paths
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(PREFIX) && name.ends_with(SUFFIX)
        })
        .max())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_last_whole_lines_of_the_latest_day() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("tintype.2026-01-01.log", "old\n");
        write("tintype.2026-01-02.log", "one\ntwo\nthree\n");
        write("other.txt", "zzz\n");
        assert_eq!(tail(folder.path(), 2).unwrap(), ["two", "three"]);

        let long = format!("{}\nlast\n", "x".repeat(TAIL_BYTES as usize));
        write("tintype.2026-01-03.log", &long);
        assert_eq!(tail(folder.path(), 10).unwrap(), ["last"]);
    }

    #[test]
    fn before_anything_is_logged_the_log_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing");
        assert!(tail(&missing, 10).unwrap().is_empty());
    }
}
