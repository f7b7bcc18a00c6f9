//! The two dialects: translations of one event into messages.
//!
//! Neither has a path of its own: what [`Hub`](crate::hub::Hub) hears from the queue goes through
//! both. A dialect decides what is said in which words and to whom, never when.

mod comfyui;
mod tintype;

use std::str::FromStr;

use axum::extract::ws::Utf8Bytes;
use serde::Serialize;
use tintype_jobs::Event;
use tintype_protocol::models::Transfer;
use tintype_protocol::{ClientId, Language, PromptId};

use crate::live::{Ended, LiveJob, Overview};
use crate::outbox::{Merge, Outgoing};

/// A language of messages on the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Dialect {
    /// Our own.
    #[default]
    Tintype,
    /// ComfyUI's.
    ComfyUi,
}

/// The text names no dialect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no dialect: use tintype or comfyui")]
pub struct UnknownDialect(String);

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(text: &str) -> Result<Self, UnknownDialect> {
        match text {
            "tintype" => Ok(Self::Tintype),
            "comfyui" => Ok(Self::ComfyUi),
            _ => Err(UnknownDialect(text.to_owned())),
        }
    }
}

impl std::fmt::Display for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Tintype => "tintype",
            Self::ComfyUi => "comfyui",
        })
    }
}

/// What a message's words depend on, besides what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Tongue {
    pub(crate) dialect: Dialect,
    pub(crate) language: Language,
}

/// Whom a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The sockets of the client that queued the job.
    Owner,
    /// Every socket.
    Everyone,
}

/// A message and whom it is for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Addressed {
    pub(crate) audience: Audience,
    pub(crate) message: Outgoing,
}

impl Tongue {
    /// What is said when something happens to a job. `job` is as it is after the event.
    pub(crate) fn event(self, event: &Event, job: &LiveJob, now: Overview) -> Vec<Addressed> {
        match self.dialect {
            Dialect::Tintype => tintype::event(event, job, now),
            Dialect::ComfyUi => comfyui::event(event, job, now),
        }
    }

    /// What is said when a job has ended.
    pub(crate) fn ended(self, ended: &Ended, now: Overview) -> Vec<Addressed> {
        match self.dialect {
            Dialect::Tintype => tintype::ended(ended, now, self.language),
            Dialect::ComfyUi => comfyui::ended(ended, now, self.language),
        }
    }

    /// The first thing said on a socket: how the server is, and this client's `jobs`.
    pub(crate) fn greeting<'a>(
        self,
        client: &ClientId,
        jobs: impl Iterator<Item = &'a LiveJob>,
        now: Overview,
    ) -> Vec<Outgoing> {
        match self.dialect {
            Dialect::Tintype => tintype::greeting(jobs, now),
            Dialect::ComfyUi => comfyui::greeting(client, jobs, now),
        }
    }

    /// What is said when something is done to a model. ComfyUI has no word for it.
    pub(crate) fn model(self, transfer: &Transfer) -> Option<Outgoing> {
        match self.dialect {
            Dialect::Tintype => Some(tintype::model(transfer)),
            Dialect::ComfyUi => None,
        }
    }

    /// What is said of a job that ended while its client was away. ComfyUI's clients look such jobs
    /// up in the history.
    pub(crate) fn missed(self, ended: &Ended, now: Overview) -> Vec<Outgoing> {
        match self.dialect {
            Dialect::Tintype => tintype::ended(ended, now, self.language)
                .into_iter()
                .filter(|addressed| addressed.audience == Audience::Owner)
                .map(|addressed| addressed.message)
                .collect(),
            Dialect::ComfyUi => Vec::new(),
        }
    }
}

/// A message as it goes out.
pub(crate) fn outgoing(message: &impl Serialize, merge: Option<Merge>) -> Outgoing {
    Outgoing {
        text: text(message),
        merge,
        ends: None,
    }
}

/// A job's last message as it goes out.
fn last(message: &impl Serialize, job: PromptId) -> Outgoing {
    Outgoing {
        ends: Some(job),
        ..outgoing(message, None)
    }
}

fn text(message: &impl Serialize) -> Utf8Bytes {
    // The wire types have text for keys and no failing serializer, so this can't fail.
    serde_json::to_string(message).unwrap_or_default().into()
}

/// A message that every socket hears.
fn to_everyone(message: &impl Serialize, merge: Option<Merge>) -> Addressed {
    Addressed {
        audience: Audience::Everyone,
        message: outgoing(message, merge),
    }
}

/// A message that the job's own client hears.
fn to_owner(message: &impl Serialize, merge: Option<Merge>) -> Addressed {
    Addressed {
        audience: Audience::Owner,
        message: outgoing(message, merge),
    }
}
