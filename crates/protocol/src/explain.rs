//! Errors in words: what happened, and what to do next.

use crate::{ErrorCode, Language};

/// An error in the words of the person who has to do something about it.
///
/// Both parts are whole sentences without the name of the file, which whoever prints them puts in
/// front: `scan.jpg: The file ends in the middle of the picture. Copy it again from the original.`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What happened.
    pub cause: String,
    /// What to do next.
    pub cure: String,
}

impl Explanation {
    /// Joins a cause and a cure; the cure may be empty where the cause says it already.
    pub fn new(cause: impl Into<String>, cure: impl Into<String>) -> Self {
        Self {
            cause: cause.into(),
            cure: cure.into(),
        }
    }
}

impl std::fmt::Display for Explanation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Chinese sets no space between sentences; its full stop is wide enough.
        let needs_space = !self.cure.is_empty() && !self.cause.ends_with('。');
        write!(
            f,
            "{}{}{}",
            self.cause,
            if needs_space { " " } else { "" },
            self.cure
        )
    }
}

/// Implemented by the error type of every library crate, next to the type itself.
///
/// `Display` of these errors is for logs and developers; this is for the user.
pub trait Explain: std::error::Error {
    /// The code a program acts on.
    fn code(&self) -> ErrorCode;

    /// The words a person acts on.
    fn explain(&self, language: Language) -> Explanation;
}
