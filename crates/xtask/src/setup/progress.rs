//! How far a download is, for a person at a terminal or for a log.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// Shows the progress of one download.
#[derive(Debug)]
pub(super) enum Progress {
    /// A bar that redraws itself.
    Bar(ProgressBar),
    /// A line each tenth, where a bar would fill the log.
    Lines {
        /// What is being fetched.
        label: String,
        /// The tenth that was last printed, if any.
        printed: Option<u64>,
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
                printed: None,
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
        if let Self::Bar(bar) = self {
            if let Some(total) = total {
                bar.set_length(total);
            }
            bar.set_position(done);
            // Speed is that of this transfer, not of an earlier one's bytes.
            bar.reset_eta();
        }
    }

    /// `done` bytes of `total` are here now.
    pub(super) fn at(&mut self, done: u64, total: Option<u64>) {
        match self {
            Self::Bar(bar) => bar.set_position(done),
            Self::Lines { label, printed } => {
                let tenth = total
                    .filter(|&total| total > 0)
                    .map(|total| done * 10 / total);
                if tenth > *printed {
                    *printed = tenth;
                    let tenth = tenth.unwrap_or_default();
                    eprintln!("{label}: {} % ({} MB)", tenth * 10, done / 1_000_000);
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
