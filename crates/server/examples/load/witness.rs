//! What sockets are told, and whether that is all of it and in order.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedSender;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::{CLIENTS, Result, SOCKETS};

/// What one socket was told of one job.
#[derive(Default)]
pub(crate) struct Story {
    job: String,
    chapter: Chapter,
    /// The last progress.
    value: f64,
    /// When the progress of the network came.
    inference: Vec<Instant>,
    /// Of all messages, byte for byte and in order.
    digest: DefaultHasher,
    messages: usize,
    /// What is wrong with it.
    pub(crate) fault: Option<String>,
}

/// The parts of a story, each of which must follow the one before.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Chapter {
    #[default]
    Unheard,
    Queued,
    Executing,
    Started,
    Completed,
    Stopped,
}

/// Reads a socket until the server closes it; sends each story on when it is over or turns out wrong.
///
/// # Errors
/// A broken connection, or a job of which the end was not told.
pub(crate) async fn read(
    mut socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    told: UnboundedSender<Story>,
) -> Result<()> {
    let mut stories: HashMap<String, Story> = HashMap::new();
    let mut over = HashSet::new();
    while let Some(message) = socket.next().await {
        let at = Instant::now();
        let text = match message? {
            Message::Text(text) => text,
            Message::Close(_) => break,
            _ => continue,
        };
        let message: Value = serde_json::from_str(&text)?;
        // What names no job is of the server, and may be merged.
        let Some(job) = message["data"]["prompt_id"].as_str() else {
            continue;
        };
        let story = stories.entry(job.to_owned()).or_default();
        if over.contains(job) || story.hear(&message, at).is_none() {
            story.fault = Some(format!("out of order after {:?}: {text}", story.chapter));
        }
        text.as_str().hash(&mut story.digest);
        story.messages += 1;
        if (story.fault.is_some() || story.chapter == Chapter::Stopped)
            && let Some((job, story)) = stories.remove_entry(job)
        {
            over.insert(job.clone());
            // Nobody receives any more once a fault has ended the round.
            let _ = told.send(Story { job, ..story });
        }
    }
    match stories.keys().next() {
        Some(job) => Err(format!("the end of {job} was never told").into()),
        None => Ok(()),
    }
}

impl Story {
    /// Takes a message in; none if it may not come now.
    fn hear(&mut self, message: &Value, at: Instant) -> Option<()> {
        let data = &message["data"];
        let kind = message["type"].as_str()?;
        self.chapter = match (self.chapter, kind, data["status"].as_str()) {
            (Chapter::Unheard | Chapter::Queued, "status", Some("queued")) => Chapter::Queued,
            (Chapter::Queued, "status", Some("executing")) => Chapter::Executing,
            (Chapter::Executing, "execution_start", _) => Chapter::Started,
            (Chapter::Started, "progress", _) => {
                let value = data["value"].as_f64()?;
                if value < self.value || value > 100.0 {
                    return None;
                }
                self.value = value;
                if data["stage"] == "inference" {
                    self.inference.push(at);
                }
                Chapter::Started
            }
            (Chapter::Started, "status", Some("completed")) if self.value == 100.0 => {
                Chapter::Completed
            }
            (Chapter::Completed, "execution_stop", _) if data["outcome"] == "completed" => {
                Chapter::Stopped
            }
            _ => return None,
        };
        Some(())
    }

    /// How long after its report each message of the network's progress came. The first and the last
    /// such message are the stage's own, its beginning and end. None where some were not told.
    fn latencies<'a>(
        &'a self,
        reports: &'a [Instant],
    ) -> Option<impl Iterator<Item = Option<Duration>> + 'a> {
        if self.inference.len() != reports.len() + 2 {
            return None;
        }
        let heard = self.inference[1..].iter().zip(reports);
        Some(heard.map(|(heard, report)| heard.checked_duration_since(*report)))
    }
}

/// What all stories of a round say together.
#[derive(Default)]
pub(crate) struct Findings {
    /// In rising order.
    pub(crate) latencies: Vec<Duration>,
    /// Messages about jobs.
    pub(crate) messages: usize,
    /// Stories in which it can't be known which message tells of which report.
    pub(crate) left_out: usize,
}

/// Compares what the sockets of each client were told.
///
/// # Errors
/// A job that a socket was told otherwise of than another, or not at all.
pub(crate) fn compare(
    queued: &[String],
    stories: Vec<Story>,
    reports: &[Vec<Instant>],
) -> Result<Findings> {
    let mut by_job: HashMap<String, Vec<Story>> = HashMap::new();
    for story in stories {
        by_job.entry(story.job.clone()).or_default().push(story);
    }
    let mut findings = Findings::default();
    // One job runs at a time and the line is first come, first served, so the nth call of the
    // colorizer belonged to the nth job.
    for (job, reports) in queued.iter().zip(reports) {
        let stories = by_job.remove(job).unwrap_or_default();
        let mut digests = stories.iter().map(|story| story.digest.finish());
        let first = digests.next();
        if stories.len() != SOCKETS / CLIENTS || digests.any(|digest| Some(digest) != first) {
            return Err(
                format!("the sockets of one client were not told the same of {job}").into(),
            );
        }
        for story in &stories {
            findings.messages += story.messages;
            let Some(latencies) = story.latencies(reports) else {
                findings.left_out += 1;
                continue;
            };
            for latency in latencies {
                let latency = latency.ok_or("a message came before its report")?;
                findings.latencies.push(latency);
            }
        }
    }
    findings.latencies.sort_unstable();
    Ok(findings)
}
