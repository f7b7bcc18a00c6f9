//! Whether a newer version of the program has been released.
//!
//! Here, since no other crate has a client. Whoever calls it has its user's consent; what is sent is one
//! request for a public page, the same from every computer, and not more than once a day. Nothing is ever
//! downloaded or installed: where there is a newer version, its page is to be opened in a browser.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::{Response, StatusCode, header, redirect};
use semver::Version;
use serde::{Deserialize, Serialize};
use tintype_protocol::Language;

use crate::client;
use crate::download::host_of;
use crate::reason::Reason;
use crate::record::write_whole;

/// Names another address to ask than the project's own.
pub const RELEASES_VARIABLE: &str = "TINTYPE_RELEASES";
/// Where the project is.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");
/// This program's version.
const CURRENT: &str = env!("CARGO_PKG_VERSION");
/// What the program calls itself: its host wants a name. Not more, so that no two computers differ.
const AGENT: &str = "Tintype";
/// What is kept of the last time, within the data folder.
const RECORD: &str = "updates.json";
const DAY: Duration = Duration::from_hours(24);
/// Hops from the address to the answer, should the project move.
const MAX_HOPS: usize = 3;
/// A release with long notes and many files takes a tenth of it.
const MAX_BYTES: usize = 1 << 20;
/// How long a connection, and how long the whole answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// This is the newest version.
    Newest,
    /// There is a newer one.
    Newer(Version),
}

/// Why nothing was found out. No work of the user's fails by it, so that it has no error code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoNews {
    /// The host could not be reached, or refuses.
    #[error("{host}: {}", reason.text(Language::English))]
    Source {
        /// The host.
        host: String,
        /// What was wrong.
        reason: Reason,
    },

    /// What the host answered names no version.
    #[error("{host} names no version")]
    Unreadable {
        /// The host.
        host: String,
    },

    /// The last try was less than a day ago, and found nothing out.
    #[error("tried less than a day ago")]
    TriedToday,

    /// When it was last tried can't be written down, so that it would be tried too often.
    #[error("cannot write {}", path.display())]
    Unkept {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl NoNews {
    /// What happened and what comes next, for a person.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let say = |english: String, chinese: String| language.pick(english, chinese);
        let again = language.pick(
            " It is tried again when Tintype starts, a day from now.",
            "一天后启动 Tintype 时会再次尝试。",
        );
        let cause = match self {
            Self::Source { host, reason } => say(
                format!(
                    "{host} could not be asked ({}).",
                    reason.text(Language::English)
                ),
                format!("无法查询 {host}（{}）。", reason.text(Language::Chinese)),
            ),
            Self::Unreadable { host } => say(
                format!("What {host} answers could not be understood."),
                format!("无法理解 {host} 返回的内容。"),
            ),
            Self::TriedToday => say(
                "The last try, less than a day ago, found nothing out.".to_owned(),
                "上次尝试在一天之内，未能查到结果。".to_owned(),
            ),
            Self::Unkept { path, source } => say(
                format!("{} can't be written to: {source}.", path.display()),
                format!("无法写入 {}：{source}。", path.display()),
            ),
        };
        cause + again
    }
}

/// Asks for newer versions.
#[derive(Debug)]
pub struct Updates {
    address: String,
    current: Version,
    record: PathBuf,
    patience: Duration,
    /// One at a time: the second one finds what the first has found.
    turn: Mutex<()>,
}

/// What is kept of the last time.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Record {
    /// Seconds since 1970.
    asked: u64,
    /// The newest version there was.
    latest: Option<Version>,
}

impl Updates {
    /// The project's releases, or those at the address that [`RELEASES_VARIABLE`] names. `folder` is where
    /// it is kept when they were last asked for.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        let address = std::env::var(RELEASES_VARIABLE).ok();
        let address = address.filter(|address| !address.is_empty());
        Self::at(&address.unwrap_or_else(latest_release), folder)
    }

    /// The releases that are listed at `address`.
    #[must_use]
    pub fn at(address: &str, folder: &Path) -> Self {
        Self {
            address: address.to_owned(),
            // Cargo takes no other.
            current: Version::parse(CURRENT).unwrap_or_else(|_| Version::new(0, 0, 0)),
            record: folder.join(RECORD),
            patience: PATIENCE,
            turn: Mutex::default(),
        }
    }

    /// The same, as another version of the program.
    #[must_use]
    pub fn as_version(self, current: Version) -> Self {
        Self { current, ..self }
    }

    /// The same, waiting no longer than this for an answer.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Finds out whether there is a newer version: asks, or where that was done in the last day, says what
    /// was found then. `now` is the time.
    ///
    /// # Errors
    /// [`NoNews`], which costs nobody anything.
    pub fn look(&self, now: SystemTime) -> Result<News, NoNews> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let record = self.read();
        let since = UNIX_EPOCH + Duration::from_secs(record.asked);
        // A time that is still to come is a clock that was wrong.
        if now.duration_since(since).is_ok_and(|passed| passed < DAY) {
            let latest = record.latest.ok_or(NoNews::TriedToday)?;
            return Ok(self.compared(latest));
        }
        let asked = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        // Written before: a host that never answers is not asked at every start either.
        self.write(&Record { asked, ..record })?;
        let latest = self.ask()?;
        self.write(&Record {
            asked,
            latest: Some(latest.clone()),
        })?;
        Ok(self.compared(latest))
    }

    /// The page of the newest version that was found, where it is newer than this one. It is made of nothing
    /// that came over the network but the version.
    #[must_use]
    pub fn page(&self) -> Option<String> {
        let latest = self.read().latest?;
        (latest > self.current).then(|| release_page(&latest))
    }

    fn compared(&self, latest: Version) -> News {
        if latest > self.current {
            News::Newer(latest)
        } else {
            News::Newest
        }
    }

    fn read(&self) -> Record {
        let text = fs::read(&self.record).unwrap_or_default();
        // One that can't be read is as none.
        serde_json::from_slice(&text).unwrap_or_default()
    }

    fn write(&self, record: &Record) -> Result<(), NoNews> {
        let written = serde_json::to_vec_pretty(record)
            .map_err(Into::into)
            .and_then(|text| write_whole(&self.record, &text));
        written.map_err(|source| NoNews::Unkept {
            path: self.record.clone(),
            source,
        })
    }

    fn ask(&self) -> Result<Version, NoNews> {
        let host = || host_of(&self.address);
        let failed = |reason| NoNews::Source {
            host: host(),
            reason,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(Reason::Connection(error.to_string())))?;
        let answer = runtime.block_on(self.answer()).map_err(failed)?;
        version_of(&answer).ok_or_else(|| NoNews::Unreadable { host: host() })
    }

    /// What the host answers, as far as it is short enough to be an answer at all.
    async fn answer(&self) -> Result<Vec<u8>, Reason> {
        let broken = |error: reqwest::Error| {
            if error.is_timeout() {
                Reason::Silent(self.patience.as_secs())
            } else if error.is_redirect() {
                Reason::LeadsAstray
            } else {
                Reason::Connection(client::innermost(&error))
            }
        };
        let is_own = self.address.starts_with("http://127.0.0.1:");
        if !is_own && !self.address.starts_with("https://") {
            return Err(Reason::BadAddress);
        }
        let client = client::builder(self.patience)
            .user_agent(AGENT)
            .timeout(self.patience)
            .redirect(redirect::Policy::limited(MAX_HOPS))
            .https_only(!is_own)
            .build()
            .map_err(broken)?;
        let request = client
            .get(&self.address)
            .header(header::ACCEPT, "application/vnd.github+json");
        let response = request.send().await.map_err(broken)?;
        if response.status() != StatusCode::OK {
            return Err(Reason::Status(response.status().as_u16()));
        }
        beginning(response).await.map_err(broken)
    }
}

/// The body; of one that is too long the beginning, which nothing understands.
async fn beginning(mut response: Response) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BYTES {
            break;
        }
    }
    Ok(body)
}

/// The version of a release as the host describes it.
fn version_of(answer: &[u8]) -> Option<Version> {
    #[derive(Deserialize)]
    struct Release {
        tag_name: String,
    }
    let release: Release = serde_json::from_slice(answer).ok()?;
    let version = release.tag_name.strip_prefix('v')?.parse().ok()?;
    Some(version)
}

/// Where the host says which release is the latest; drafts and previews are none.
fn latest_release() -> String {
    let (site, project) = ("https://github.com/", "https://api.github.com/repos/");
    format!("{}/releases/latest", REPOSITORY.replacen(site, project, 1))
}

fn release_page(version: &Version) -> String {
    format!("{REPOSITORY}/releases/tag/v{version}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_is_asked_and_its_page_shown() {
        let address = latest_release();
        assert!(
            address.starts_with("https://api.github.com/repos/"),
            "{address}"
        );
        assert!(address.ends_with("/releases/latest"), "{address}");
        let page = release_page(&Version::new(1, 2, 3));
        assert_eq!(page, format!("{REPOSITORY}/releases/tag/v1.2.3"));
    }

    #[test]
    fn a_version_is_read_and_nothing_else_is() {
        let read =
            |tag: &str| version_of(format!(r#"{{"tag_name": "{tag}", "id": 1}}"#).as_bytes());
        assert_eq!(read("v1.2.3"), Some(Version::new(1, 2, 3)));
        for bad in ["1.2.3", "v1.2", "vnext", "", "v1.2.3/../..", "v1.2.3 "] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(version_of(b"{}"), None);
        assert_eq!(version_of(b"[]"), None);
    }

    #[test]
    fn every_reason_is_told_in_both_languages() {
        let host = || "localhost".to_owned();
        for reason in [
            NoNews::Source {
                host: host(),
                reason: Reason::Status(404),
            },
            NoNews::Unreadable { host: host() },
            NoNews::TriedToday,
            NoNews::Unkept {
                path: "a".into(),
                source: std::io::ErrorKind::StorageFull.into(),
            },
        ] {
            let english = reason.text(Language::English);
            assert!(english.is_ascii() && english.contains(". "), "{english}");
            let chinese = reason.text(Language::Chinese);
            assert!(chinese.contains("\u{3002}"), "{chinese}");
            assert_eq!(chinese.split('\u{3002}').count(), 3, "{chinese}");
        }
    }
}
