//! Errors in words: what happened, and what to do next.

use serde::{Deserialize, Serialize};

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

impl Explanation {
    /// What every crate says when its work was cancelled.
    #[must_use]
    pub fn cancelled(language: Language) -> Self {
        language.pick(
            Self::new(
                "Stopped at your request.",
                "Start it again whenever you like.",
            ),
            Self::new("已按您的要求停止。", "可以随时重新开始。"),
        )
    }
}

/// One message in every language there is, for what is stored or sent before it is known who will
/// read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub struct Wording {
    /// In English.
    #[serde(rename = "en")]
    pub english: String,
    /// In Simplified Chinese.
    #[serde(rename = "zh-CN")]
    pub chinese: String,
}

impl Wording {
    /// One message from its two wordings.
    pub fn new(english: impl Into<String>, chinese: impl Into<String>) -> Self {
        Self {
            english: english.into(),
            chinese: chinese.into(),
        }
    }

    /// An error's cause and cure, with the name of what it is about in front where there is one:
    /// `scan.jpg: The file ends in the middle of the picture. ...`
    pub fn of(error: &(impl Explain + ?Sized), subject: Option<&str>) -> Self {
        let say = |language| {
            let explanation = error.explain(language);
            match subject {
                Some(subject) => format!("{subject}: {explanation}"),
                None => explanation.to_string(),
            }
        };
        Self::new(say(Language::English), say(Language::Chinese))
    }

    /// The wording in one language.
    #[must_use]
    pub fn pick(&self, language: Language) -> &str {
        language.pick(&self.english, &self.chinese)
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
