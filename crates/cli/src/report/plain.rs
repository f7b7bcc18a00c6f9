//! A line for each photo, for logs and pipes.

use std::path::Path;

use tintype_engine::{Event, Outcome};
use tintype_protocol::{Language, ModelPrecision};

use super::{Failure, Reporter, Tally, failure_line, notes, shown};
use crate::words;

pub(super) struct Plain {
    language: Language,
    /// Whether the precision was decided just now.
    is_decided_now: bool,
}

impl Plain {
    pub(super) fn new(language: Language) -> Self {
        Self {
            language,
            is_decided_now: false,
        }
    }
}

impl Reporter for Plain {
    fn comparing(&mut self) {
        self.is_decided_now = true;
        eprintln!("{}", words::comparing(self.language));
    }

    fn loaded(&mut self, precision: &ModelPrecision) {
        if self.is_decided_now {
            eprintln!("{}", precision.why.pick(self.language));
        }
    }

    fn start(&mut self, _source: &Path) {}

    fn event(&mut self, _source: &Path, _event: &Event) {}

    fn done(&mut self, source: &Path, destination: &Path, outcome: &Outcome) {
        println!("{}", done_line(source, destination, outcome));
        for note in notes(outcome, self.language) {
            eprintln!("{}: {note}", shown(source).display());
        }
    }

    fn failed(&mut self, source: &Path, failure: &Failure) {
        eprintln!("{}", failure_line(source, failure));
    }

    fn cancelled(&mut self, _source: &Path) {}

    fn finish(&mut self, tally: Tally, interrupted: bool) {
        if interrupted {
            eprintln!("{}", words::stopped(self.language));
        }
        eprintln!("{}", words::summary(self.language, tally));
    }
}

pub(super) fn done_line(source: &Path, destination: &Path, outcome: &Outcome) -> String {
    let seconds = outcome.timings.total().as_secs_f64();
    format!(
        "{} -> {} ({seconds:.1} s)",
        shown(source).display(),
        shown(destination).display()
    )
}
