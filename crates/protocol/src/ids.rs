//! What jobs, clients and nodes are called by.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A job's id: a UUID, made by the server or brought by the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(transparent)]
#[cfg_attr(debug_assertions, ts(type = "string"))]
pub struct PromptId(Uuid);

impl PromptId {
    /// A new id that nobody else has.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for PromptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for PromptId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// The id that a client gave itself; all its sockets and jobs share it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(try_from = "String")]
#[cfg_attr(debug_assertions, ts(type = "string"))]
pub struct ClientId(String);

/// The text is no client's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a client id has 1 to {} characters, none of them a control character",
    ClientId::MAX_CHARS
)]
pub struct BadClientId;

impl ClientId {
    /// The longest id, in characters: a UUID has 36, and ids are kept and logged.
    pub const MAX_CHARS: usize = 128;

    /// Checks an id from outside.
    ///
    /// # Errors
    /// [`BadClientId`] if it is empty, too long, or holds control characters.
    pub fn new(text: impl Into<String>) -> Result<Self, BadClientId> {
        let text = text.into();
        let length = text.chars().count();
        if length == 0 || length > Self::MAX_CHARS || text.chars().any(char::is_control) {
            return Err(BadClientId);
        }
        Ok(Self(text))
    }

    /// A new id that nobody else has, for a client that brought none.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClientId {
    type Error = BadClientId;

    fn try_from(text: String) -> Result<Self, BadClientId> {
        Self::new(text)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A node's id within its workflow, such as `"3"`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(transparent)]
#[cfg_attr(debug_assertions, ts(type = "string"))]
pub struct NodeId(String);

impl NodeId {
    /// Any text may be a node's id.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for NodeId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_id_survives_being_written_and_read() {
        let id = PromptId::random();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(serde_json::to_value(id).unwrap(), id.to_string());
        assert!("not-a-uuid".parse::<PromptId>().is_err());
    }

    #[test]
    fn a_client_id_is_short_and_printable() {
        let longest = "人".repeat(ClientId::MAX_CHARS);
        for good in ["ddcolor-user-001", "a", longest.as_str()] {
            assert_eq!(ClientId::new(good).unwrap().as_str(), good);
        }
        let too_long = "a".repeat(ClientId::MAX_CHARS + 1);
        for bad in ["", "a\nb", "a\0", too_long.as_str()] {
            assert_eq!(ClientId::new(bad), Err(BadClientId), "{bad:?}");
            assert!(serde_json::from_value::<ClientId>(bad.into()).is_err());
        }
    }
}
