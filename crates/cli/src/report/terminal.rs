//! Progress bars: one for the photo at work, one for the batch.

use std::path::Path;
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
    photo: ProgressBar,
    /// Only for more than one photo.
    batch: Option<ProgressBar>,
    meter: Meter,
    started: Instant,
    ended: u64,
    /// Whether the precision was decided just now.
    is_decided_now: bool,
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
        let photo = bars.add(ProgressBar::new(STEPS));
        photo.set_style(bar_style("yellow"));
        let batch = (photos > 1).then(|| {
            let batch = bars.add(ProgressBar::new(photos as u64 * STEPS));
            batch.set_style(bar_style("blue"));
            batch
        });
        Self {
            language,
            bars,
            photo,
            batch,
            meter: Meter::new(),
            started: Instant::now(),
            ended: 0,
            is_decided_now: false,
        }
    }

    fn photo_ended(&mut self) {
        self.ended += 1;
        self.move_batch(0);
    }

    /// The batch's bar: photos that have ended, and how far the present one is.
    fn move_batch(&self, steps: u64) {
        let Some(batch) = &self.batch else { return };
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
        self.meter = Meter::new();
        self.photo.set_position(0);
        self.photo.set_message(shown(source).display().to_string());
        self.move_batch(0);
    }

    fn event(&mut self, event: &Event) {
        let steps = (self.meter.update(0, event) * STEPS as f32) as u64;
        self.photo.set_position(steps);
        if let Event::Started(stage) = event {
            let name = self.photo.message();
            let name = name.split("  ").next().unwrap_or_default().to_owned();
            self.photo
                .set_message(format!("{name}  {}", words::stage(self.language, *stage)));
        }
        self.move_batch(steps);
    }

    fn done(&mut self, source: &Path, destination: &Path, outcome: &Outcome) {
        self.say(&done_line(source, destination, outcome));
        for note in notes(outcome, self.language) {
            self.say(&format!("  {note}"));
        }
        self.photo_ended();
    }

    fn failed(&mut self, source: &Path, failure: &Failure) {
        self.say(&failure_line(source, failure));
        self.photo_ended();
    }

    fn cancelled(&mut self, _source: &Path) {}

    fn finish(&mut self, tally: Tally, interrupted: bool) {
        self.photo.finish_and_clear();
        if let Some(batch) = &self.batch {
            batch.finish_and_clear();
        }
        if interrupted {
            eprintln!("{}", words::stopped(self.language));
        }
        eprintln!("{}", words::summary(self.language, tally));
    }
}
