//! The languages that Tintype speaks.

use serde::{Deserialize, Serialize};

/// A language of messages and of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
pub enum Language {
    /// English, also the answer to any language not listed.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    Chinese,
}

impl Language {
    /// Reads a BCP 47 tag or a POSIX locale: `zh-Hans-CN`, `zh_CN.UTF-8`, `en-GB`.
    #[must_use]
    pub fn from_locale(locale: &str) -> Self {
        match locale.split(['-', '_', '.']).next() {
            Some(tag) if tag.eq_ignore_ascii_case("zh") => Self::Chinese,
            _ => Self::English,
        }
    }

    /// Picks between the two wordings of one message.
    #[must_use]
    pub fn pick<T>(self, english: T, chinese: T) -> T {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chinese_locale_is_chinese_and_the_rest_is_english() {
        for locale in ["zh", "zh_CN.UTF-8", "zh-Hans-CN", "ZH-tw"] {
            assert_eq!(Language::from_locale(locale), Language::Chinese, "{locale}");
        }
        for locale in ["en-GB", "C", "", "POSIX", "zha", "de_DE.UTF-8"] {
            assert_eq!(Language::from_locale(locale), Language::English, "{locale}");
        }
    }
}
