//! Progress bars: one for each photo at work, one for the batch.

use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressStyle};
use tintype_engine::{Event, Meter, Outcome};
use tintype_protocol::{Language, ModelPrecision};

use super::plain::done_line;
use super::{Failure, Reporter, Tally, failure_line, notes, shown};
use crate::words;

/// Steps of a bar for each photo; finer than any terminal is wide.
const STEPS: u64 = 1000;

pub(super) struct Terminal {
    language: Language,
    bars: MultiProgress,
    /// The photos at work, the one that began first at the front.
    at_work: Vec<AtWork>,
    /// Only for more than one photo.
    batch: Option<ProgressBar>,
    started: Instant,
    ended: u64,
    /// Whether the precision was decided just now.
    is_decided_now: bool,
}

/// A photo at work.
struct AtWork {
    source: PathBuf,
    bar: ProgressBar,
    meter: Meter,
}

/// How every bar of this program looks, but for its color.
pub(crate) fn bar_style(color: &str) -> ProgressStyle {
    let template = format!("{{bar:30.{color}}} {{percent:>3}} %  {{wide_msg}}");
    // The templates are our own; a bad one would show as a plain bar.
    ProgressStyle::with_template(&template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─")
}

impl Terminal {
    pub(super) fn new(photos: usize, language: Language) -> Self {
        let bars = MultiProgress::new();
        let batch = (photos > 1).then(|| {
            let batch = bars.add(ProgressBar::new(photos as u64 * STEPS));
            batch.set_style(bar_style("blue"));
            batch
        });
        Self {
            language,
            bars,
            at_work: Vec::new(),
            batch,
            started: Instant::now(),
            ended: 0,
            is_decided_now: false,
        }
    }

    fn photo_ended(&mut self, source: &Path) {
        self.at_work.retain(|photo| {
            let has_ended = photo.source == source;
            if has_ended {
                photo.bar.finish_and_clear();
            }
            !has_ended
        });
        self.ended += 1;
        self.move_batch();
    }

    /// The batch's bar: photos that have ended, and how far those at work are.
    fn move_batch(&self) {
        let Some(batch) = &self.batch else { return };
        let steps: u64 = self.at_work.iter().map(|photo| photo.bar.position()).sum();
        let position = self.ended * STEPS + steps;
        batch.set_position(position);
        let photos = batch.length().unwrap_or(0) / STEPS;
        let elapsed = self.started.elapsed();
        let left = if position > 0 {
            let remaining = (photos * STEPS - position) as f64 / position as f64;
            HumanDuration(elapsed.mul_f64(remaining)).to_string()
        } else {
            String::new()
        };
        batch.set_message(words::batch_progress(
            self.language,
            self.ended,
            photos,
            &left,
        ));
    }

    fn say(&self, line: &str) {
        // On an error of the terminal there is nobody left to tell.
        let _ = self.bars.println(line);
    }
}

impl Reporter for Terminal {
    fn comparing(&mut self) {
        self.is_decided_now = true;
        self.say(words::comparing(self.language));
    }

    fn loaded(&mut self, precision: &ModelPrecision) {
        if self.is_decided_now {
            self.say(precision.why.pick(self.language));
        }
    }

    fn start(&mut self, source: &Path) {
        let bar = ProgressBar::new(STEPS);
        let bar = match &self.batch {
            Some(batch) => self.bars.insert_before(batch, bar),
            None => self.bars.add(bar),
        };
        bar.set_style(bar_style("yellow"));
        bar.set_message(shown(source).display().to_string());
        self.at_work.push(AtWork {
            source: source.to_owned(),
            bar,
            meter: Meter::new(),
        });
        self.move_batch();
    }

    fn event(&mut self, source: &Path, event: &Event) {
        let mut photos = self.at_work.iter_mut();
        let Some(photo) = photos.find(|photo| photo.source == source) else {
            return;
        };
        let steps = (photo.meter.update(0, event) * STEPS as f32) as u64;
        photo.bar.set_position(steps);
        if let Event::Started(stage) = event {
            let (name, stage) = (shown(source), words::stage(self.language, *stage));
            photo
                .bar
                .set_message(format!("{}  {stage}", name.display()));
        }
        self.move_batch();
    }

    fn done(&mut self, source: &Path, destination: &Path, outcome: &Outcome) {
        self.say(&done_line(source, destination, outcome));
        for note in notes(outcome, self.language) {
            self.say(&format!("  {note}"));
        }
        self.photo_ended(source);
    }

    fn failed(&mut self, source: &Path, failure: &Failure) {
        self.say(&failure_line(source, failure));
        self.photo_ended(source);
    }

    fn cancelled(&mut self, _source: &Path) {}

    fn finish(&mut self, tally: Tally, interrupted: bool) {
        for photo in &self.at_work {
            photo.bar.finish_and_clear();
        }
        if let Some(batch) = &self.batch {
            batch.finish_and_clear();
        }
        if interrupted {
            eprintln!("{}", words::stopped(self.language));
        }
        eprintln!("{}", words::summary(self.language, tally));
    }
}
