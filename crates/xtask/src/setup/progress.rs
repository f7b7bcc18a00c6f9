//! How far a download is, for a person at a terminal or for a log.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// A file this small, in bytes, is here before its tenths are read.
const WORTH_TENTHS: u64 = 50_000_000;

/// Shows the progress of one download.
#[derive(Debug)]
pub(super) enum Progress {
    /// A bar that redraws itself.
    Bar(ProgressBar),
    /// A line each tenth, where a bar would fill the log.
    Lines {
        /// What is being fetched.
        label: String,
        /// The tenth that was last printed; 0 before the first.
        printed: u64,
    },
    /// Nothing: tests.
    #[cfg(test)]
    Silent,
}

impl Progress {
    /// For standard error, as it is connected.
    pub(super) fn new(label: &str) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::Lines {
                label: label.to_owned(),
                printed: 0,
            };
        }
        let style = ProgressStyle::with_template(
            "{msg} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
        );
        let bar = ProgressBar::no_length().with_message(label.to_owned());
        Self::Bar(match style {
            Ok(style) => bar.with_style(style),
            // The template is constant, so this is a defect; the plain bar serves as well.
            Err(_) => bar,
        })
    }

    /// `done` bytes of `total` are here before the transfer (re)starts.
    pub(super) fn begin(&mut self, done: u64, total: Option<u64>) {
        match self {
            Self::Bar(bar) => {
                if let Some(total) = total {
                    bar.set_length(total);
                }
                bar.set_position(done);
                // Speed is that of this transfer, not of an earlier one's bytes.
                bar.reset_eta();
            }
            Self::Lines { label, .. } => {
                let total = total.map_or("?".into(), megabytes);
                eprintln!("{label}: {} of {total} MB", megabytes(done));
            }
            #[cfg(test)]
            Self::Silent => {}
        }
    }

    /// `done` bytes of `total` are here now.
    pub(super) fn at(&mut self, done: u64, total: Option<u64>) {
        match self {
            Self::Bar(bar) => bar.set_position(done),
            Self::Lines { label, printed } => {
                let Some(total) = total.filter(|&total| total >= WORTH_TENTHS) else {
                    return;
                };
                let tenth = done * 10 / total;
                if tenth > *printed {
                    *printed = tenth;
                    eprintln!("{label}: {} %", tenth * 10);
                }
            }
            #[cfg(test)]
            Self::Silent => {}
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

fn megabytes(bytes: u64) -> String {
    // Rounded up, so that no file is nothing.
    bytes.div_ceil(1_000_000).to_string()
}
