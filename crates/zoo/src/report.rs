//! How far a download, a check or an import has come.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use tintype_protocol::CancelFlag;
use tintype_protocol::models::{Transfer, TransferStep};

use crate::hash::sha256;

/// What is heard of a transfer before it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What is being done.
    pub step: TransferStep,
    /// Bytes of this step that are done.
    pub done: u64,
    /// Bytes of this step in all.
    pub total: Option<u64>,
    /// The speed of the last seconds.
    pub bytes_per_second: Option<u64>,
    /// How long the step will probably take from now on.
    pub eta: Option<Duration>,
    /// The host that it comes from.
    pub source: Option<String>,
}

impl Report {
    /// The report on the wire.
    #[must_use]
    pub fn of_model(self, model: &str) -> Transfer {
        let eta = self.eta.map(|eta| eta.as_millis());
        Transfer {
            model: model.to_owned(),
            step: self.step,
            received: self.done,
            bytes: self.total,
            bytes_per_second: self.bytes_per_second,
            eta_ms: eta.map(|ms| u64::try_from(ms).unwrap_or(u64::MAX)),
            source: self.source,
            error: None,
        }
    }
}

/// Reports a few times a second, and at once when the step changes.
pub(crate) struct Reporter<'a> {
    hear: &'a mut dyn FnMut(Report),
    source: Option<String>,
    last: Option<(TransferStep, Instant)>,
    speed: Speed,
    /// Of a file that is one of many: the bytes of those before it, and of all.
    many: Option<(u64, u64)>,
}

impl<'a> Reporter<'a> {
    const EVERY: Duration = Duration::from_millis(200);

    pub(crate) fn new(hear: &'a mut dyn FnMut(Report)) -> Self {
        Self {
            hear,
            source: None,
            last: None,
            speed: Speed::default(),
            many: None,
        }
    }

    /// The file that comes next is one of many, of which `before` bytes are here already and `all` will be.
    /// They are told of as one download.
    pub(crate) fn one_of_many(&mut self, before: u64, all: u64) {
        self.many = Some((before, all));
    }

    /// Says where what comes next is from.
    pub(crate) fn source(&mut self, host: String) {
        self.source = Some(host);
    }

    /// Says how far a step has come.
    pub(crate) fn step(&mut self, step: TransferStep, done: u64, total: Option<u64>) {
        match (self.many, step) {
            (Some((before, all)), TransferStep::Connecting | TransferStep::Downloading) => {
                self.tell(step, before + done, Some(all));
            }
            // Between two downloads, checking the one would make the whole seem to begin anew.
            (Some(_), TransferStep::Checking) => {}
            _ => self.tell(step, done, total),
        }
    }

    /// Says how far the check of what is installed has come.
    pub(crate) fn checking(&mut self, done: u64, total: u64) {
        self.tell(TransferStep::Checking, done, Some(total));
    }

    fn tell(&mut self, step: TransferStep, done: u64, total: Option<u64>) {
        let now = Instant::now();
        let is_new = self.last.is_none_or(|(last, _)| last != step);
        if is_new {
            self.speed = Speed::default();
        }
        self.speed.note(now, done);
        let is_early = self
            .last
            .is_some_and(|(_, told)| now.duration_since(told) < Self::EVERY);
        if !is_new && is_early && total != Some(done) {
            return;
        }
        self.last = Some((step, now));
        let rate = match step {
            TransferStep::Downloading | TransferStep::Checking | TransferStep::Unpacking => {
                self.speed.bytes_per_second()
            }
            _ => None,
        };
        let rest = total.map(|total| total.saturating_sub(done));
        let eta = rest
            .zip(rate.filter(|rate| *rate > 0))
            .map(|(rest, rate)| Duration::from_secs_f64(rest as f64 / rate as f64));
        (self.hear)(Report {
            step,
            done,
            total,
            bytes_per_second: rate,
            eta,
            source: self.source.clone(),
        });
    }
}

impl Reporter<'_> {
    /// The SHA-256 of a file, told of as [`TransferStep::Checking`]; none if it was cancelled.
    ///
    /// # Errors
    /// Where the file can't be read.
    pub(crate) fn check(&mut self, path: &Path, cancel: &CancelFlag) -> io::Result<Option<String>> {
        let total = path.metadata()?.len();
        sha256(path, &mut |done| {
            self.step(TransferStep::Checking, done, Some(total));
            !cancel.is_cancelled()
        })
    }
}

/// The speed of late: what came in the last seconds.
#[derive(Default)]
struct Speed(VecDeque<(Instant, u64)>);

impl Speed {
    const WINDOW: Duration = Duration::from_secs(5);
    /// Before this nothing sensible can be said.
    const LEAST: Duration = Duration::from_millis(300);
    /// How close marks may lie: a fast line brings thousands of chunks a second.
    const APART: Duration = Duration::from_millis(50);

    fn note(&mut self, now: Instant, done: u64) {
        let marks = &mut self.0;
        if marks.back().is_some_and(|(_, last)| *last > done) {
            // Started over.
            marks.clear();
        }
        match marks.len() {
            // The newest mark moves until it is far enough from the one before.
            length if length > 1 && now.duration_since(marks[length - 2].0) < Self::APART => {
                marks[length - 1] = (now, done);
            }
            _ => marks.push_back((now, done)),
        }
        while marks.len() > 2 && now.duration_since(marks[0].0) > Self::WINDOW {
            marks.pop_front();
        }
    }

    fn bytes_per_second(&self) -> Option<u64> {
        let ((begin, before), (end, after)) = self.0.front().zip(self.0.back())?;
        let time = end.duration_since(*begin);
        (time >= Self::LEAST).then(|| ((after - before) as f64 / time.as_secs_f64()) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_belong_together_are_one_download() {
        let mut heard = Vec::new();
        let mut hear = |report: Report| heard.push((report.step, report.done, report.total));
        let mut reporter = Reporter::new(&mut hear);
        reporter.one_of_many(0, 30);
        reporter.step(TransferStep::Downloading, 10, Some(10));
        reporter.step(TransferStep::Checking, 5, Some(10));
        reporter.one_of_many(10, 30);
        reporter.step(TransferStep::Downloading, 20, Some(20));
        reporter.step(TransferStep::Unpacking, 1, Some(40));
        assert_eq!(
            heard,
            [
                (TransferStep::Downloading, 10, Some(30)),
                (TransferStep::Downloading, 30, Some(30)),
                (TransferStep::Unpacking, 1, Some(40)),
            ]
        );
    }

    #[test]
    fn speed_is_that_of_the_last_seconds_and_starts_anew_with_the_file() {
        let begin = Instant::now();
        let at = |ms: u64| begin + Duration::from_millis(ms);
        let mut speed = Speed::default();
        for tenth in 0..=100 {
            // A second of nothing, then 1000 bytes a second.
            speed.note(at(tenth * 100), (tenth * 100).saturating_sub(1000));
        }
        assert_eq!(speed.bytes_per_second(), Some(1000));
        speed.note(at(10_100), 5);
        assert_eq!(speed.bytes_per_second(), None);
    }

    #[test]
    fn a_new_step_and_the_end_of_one_are_told_at_once() {
        let mut heard = Vec::new();
        let mut hear = |report: Report| heard.push((report.step, report.done));
        let mut reporter = Reporter::new(&mut hear);
        for done in 0..=1000 {
            reporter.step(TransferStep::Downloading, done, Some(1000));
        }
        reporter.step(TransferStep::Checking, 0, Some(1000));
        assert_eq!(heard.first(), Some(&(TransferStep::Downloading, 0)));
        assert_eq!(heard.last(), Some(&(TransferStep::Checking, 0)));
        assert!(heard.contains(&(TransferStep::Downloading, 1000)));
        assert!(heard.len() < 100, "{}", heard.len());
    }
}
