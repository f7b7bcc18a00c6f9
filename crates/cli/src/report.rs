//! How a batch is reported: to a person at a terminal, into a log, or to a program.

mod json;
mod plain;
mod terminal;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use tintype_engine::{Event, Outcome};
use tintype_protocol::{ErrorCode, Explanation, Language, ModelPrecision};

use self::json::Json;
use self::plain::Plain;
use self::terminal::Terminal;
pub(crate) use self::terminal::bar_style;
use crate::words;

/// Why a photo was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: ErrorCode,
    pub(crate) explanation: Explanation,
    /// The largest size that fits, where memory is the trouble.
    pub(crate) suggested_size: Option<u32>,
}

/// How many photos ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) done: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

/// Hears what happens to a batch, in order. Several photos are worked on at once.
pub(crate) trait Reporter: Send {
    /// The model's precision is being decided, which takes a while once.
    fn comparing(&mut self);
    /// The model is there, and runs in that precision.
    fn loaded(&mut self, precision: &ModelPrecision);
    /// A photo begins.
    fn start(&mut self, source: &Path);
    /// Something happened to one that has begun.
    fn event(&mut self, source: &Path, event: &Event);
    /// It is done.
    fn done(&mut self, source: &Path, destination: &Path, outcome: &Outcome);
    /// It could not be done; or an input that no photo was found behind.
    fn failed(&mut self, source: &Path, failure: &Failure);
    /// The batch was stopped while working on this photo.
    fn cancelled(&mut self, source: &Path);
    /// The batch is over.
    fn finish(&mut self, tally: Tally, interrupted: bool);
}

/// JSON if asked for, bars on a terminal, lines elsewhere.
pub(crate) fn reporter(json: bool, photos: usize, language: Language) -> Box<dyn Reporter> {
    if json {
        Box::new(Json::new(language))
    } else if std::io::stderr().is_terminal() {
        Box::new(Terminal::new(photos, language))
    } else {
        Box::new(Plain::new(language))
    }
}

/// A path as people want to see it: below the current folder if it is.
fn shown(path: &Path) -> PathBuf {
    let current = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(current).unwrap_or(path).to_owned()
}

/// What there is to know about a photo that was done: that its file holds more pictures, and what of its
/// metadata was left out.
fn notes(outcome: &Outcome, language: Language) -> Vec<String> {
    let pages = (outcome.pages > 1).then(|| words::first_of(language, outcome.pages));
    let metadata = outcome.notes.iter().map(|note| note.say(language));
    pages.into_iter().chain(metadata).collect()
}

/// The one line that names the file, the cause and the cure.
fn failure_line(source: &Path, failure: &Failure) -> String {
    format!("{}: {}", shown(source).display(), failure.explanation)
}
