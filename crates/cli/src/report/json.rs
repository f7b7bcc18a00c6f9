//! One JSON object a line on standard output, in the vocabulary of the server's protocol.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Map, Value, json};
use tintype_engine::{Event, Meter, Outcome, Stage};
use tintype_protocol::{Language, ModelPrecision, Precision};

use super::{Failure, Reporter, Tally, notes};

pub(super) struct Json {
    language: Language,
    /// The photos at work.
    at_work: HashMap<PathBuf, AtWork>,
    /// The network's arithmetic.
    precision: Option<Precision>,
}

/// A photo at work.
struct AtWork {
    meter: Meter,
    started: Instant,
    /// The last percentage that was printed, so that each is printed once.
    percent: Option<u32>,
}

impl AtWork {
    fn elapsed_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }
}

impl Json {
    pub(super) fn new(language: Language) -> Self {
        Self {
            language,
            at_work: HashMap::new(),
            precision: None,
        }
    }

    /// `predicted_peak_bytes` is what the plan foresaw, for those who want to hold it against the
    /// truth.
    fn stop(&mut self, source: &Path, outcome: &str, outputs: &[&Path], details: &Details) {
        let outputs: Vec<String> = outputs
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        // One that nothing was found behind never began.
        let at_work = self.at_work.remove(source);
        line(
            "execution_stop",
            &json!({
                "file": source.display().to_string(),
                "outcome": outcome,
                "outputs": outputs,
                "elapsed_ms": at_work.map_or(0, |photo| photo.elapsed_ms()),
                "timings": details.timings,
                "predicted_peak_bytes": details.predicted_peak_bytes,
                "precision": self.precision,
                "notes": details.notes,
            }),
        );
    }
}

/// What only a photo that was done can tell.
#[derive(Default)]
struct Details {
    /// Milliseconds by stage.
    timings: Map<String, Value>,
    predicted_peak_bytes: Option<u64>,
    /// What there is to know about it, in sentences.
    notes: Vec<String>,
}

impl Reporter for Json {
    fn comparing(&mut self) {}

    fn loaded(&mut self, precision: &ModelPrecision) {
        self.precision = precision.precision;
        line("precision", &json!(precision));
    }

    fn start(&mut self, source: &Path) {
        let begun = AtWork {
            meter: Meter::new(),
            started: Instant::now(),
            percent: None,
        };
        self.at_work.insert(source.to_owned(), begun);
        let file = source.display().to_string();
        line("execution_start", &json!({ "file": file }));
    }

    fn event(&mut self, source: &Path, event: &Event) {
        let Some(photo) = self.at_work.get_mut(source) else {
            return;
        };
        let fraction = photo.meter.update(0, event);
        let percent = (fraction * 100.0) as u32;
        let at_edge = matches!(event, Event::Started(_) | Event::Ended(..));
        if photo.percent == Some(percent) && !at_edge {
            return;
        }
        photo.percent = Some(percent);
        let elapsed_ms = photo.elapsed_ms();
        let mut data = json!({
            "file": source.display().to_string(),
            "value": percent,
            "max": 100,
            "stage": photo.meter.stage().map(Stage::as_str),
            "elapsed_ms": elapsed_ms,
        });
        if fraction > 0.0 {
            let left = elapsed_ms as f64 * f64::from((1.0 - fraction) / fraction);
            data["eta_ms"] = json!(left as u64);
        }
        line("progress", &data);
    }

    fn done(&mut self, source: &Path, destination: &Path, outcome: &Outcome) {
        let timings = Stage::ALL
            .into_iter()
            .map(|stage| {
                let ms = outcome.timings.get(stage).as_millis() as u64;
                (stage.as_str().to_owned(), json!(ms))
            })
            .collect();
        let details = Details {
            timings,
            predicted_peak_bytes: Some(outcome.plan.peak_bytes),
            notes: notes(outcome, self.language),
        };
        self.stop(source, "completed", &[destination], &details);
    }

    fn failed(&mut self, source: &Path, failure: &Failure) {
        let mut data = json!({
            "file": source.display().to_string(),
            "code": failure.code,
            "message": failure.explanation.to_string(),
        });
        if let Some(size) = failure.suggested_size {
            data["hint"] = json!({ "suggested_size": size });
        }
        line("error", &data);
        self.stop(source, "failed", &[], &Details::default());
    }

    fn cancelled(&mut self, source: &Path) {
        self.stop(source, "cancelled", &[], &Details::default());
    }

    fn finish(&mut self, tally: Tally, interrupted: bool) {
        line(
            "summary",
            &json!({
                "done": tally.done,
                "failed": tally.failed,
                "skipped": tally.skipped,
                "interrupted": interrupted,
            }),
        );
    }
}

fn line(kind: &str, data: &Value) {
    println!("{}", json!({ "type": kind, "data": data }));
}
