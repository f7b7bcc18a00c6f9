//! One source of a file: asking for it, from where the last try stopped, and taking in what comes.

use std::io;
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Client, Response, StatusCode, Url};
use tintype_protocol::CancelFlag;

use crate::client::innermost;
use crate::part::{Origin, Part};
use crate::reason::Reason;

/// Hops from an address to where the file really is. Hubs need one or two.
const MAX_HOPS: usize = 8;
/// How soon a request to stop is heard while nothing arrives.
const TICK: Duration = Duration::from_millis(100);
/// The hub's own names for what the file behind a hop is like.
const HUB_SHA256: &str = "x-linked-etag";
const HUB_BYTES: &str = "x-linked-size";

/// What is known of a file before it is here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) bytes: Option<u64>,
    pub(crate) sha256: Option<String>,
}

/// Why a source gave no file.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Another try may go better; what has arrived is kept.
    Broken(Reason),
    /// It has another file, or none: the next source is to be tried.
    Useless(Reason),
    /// This computer's own trouble: no source can help.
    Local(io::Error),
    /// Its user stopped it.
    Cancelled,
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self::Broken(Reason::Connection(innermost(&error)))
    }
}

/// Reads one file from one address.
pub(crate) struct Source<'a> {
    pub(crate) client: &'a Client,
    pub(crate) address: &'a str,
    /// More bytes than this are not taken.
    pub(crate) limit: u64,
    /// How long nothing may arrive.
    pub(crate) stall: Duration,
    pub(crate) cancel: &'a CancelFlag,
}

impl Source<'_> {
    /// Takes in what is missing of a file. `expected` is completed by what the source says, where the
    /// catalogue knows nothing. `tell` hears how many bytes are there and how many there will be.
    pub(crate) async fn fill(
        &self,
        part: &mut Part,
        expected: &mut Expected,
        tell: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<(), Failure> {
        if expected.bytes.is_some_and(|bytes| part.length() > bytes) {
            part.start_over().map_err(Failure::Local)?;
        }
        if expected.bytes == Some(part.length()) && expected.sha256.is_some() {
            return Ok(());
        }
        let mut response = self.ask(part, expected).await?;
        if Self::has_all(&response, part, expected) {
            return Ok(());
        }
        self.settle_start(&response, part, expected)?;
        let origin = Origin {
            source: self.address.to_owned(),
            etag: text(response.headers(), header::ETAG.as_str()),
        };
        part.comes_from(origin).map_err(Failure::Local)?;
        tell(part.length(), expected.bytes);
        while let Some(chunk) = self.chunk(&mut response, part, expected, tell).await? {
            let length = part.length() + chunk.as_ref().len() as u64;
            if length > expected.bytes.unwrap_or(self.limit) {
                return Err(Failure::Useless(Reason::TooMuch));
            }
            part.add(chunk.as_ref()).map_err(Failure::Local)?;
            tell(part.length(), expected.bytes);
        }
        match expected.bytes {
            Some(bytes) if part.length() < bytes => Err(Failure::Broken(Reason::EndedEarly {
                missing: bytes - part.length(),
            })),
            _ => Ok(()),
        }
    }

    /// The next bytes; none at the end of the file.
    async fn chunk(
        &self,
        response: &mut Response,
        part: &Part,
        expected: &Expected,
        tell: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<Option<impl AsRef<[u8]> + use<>>, Failure> {
        let mut still_here = || tell(part.length(), expected.bytes);
        match self
            .within_patience(response.chunk(), &mut still_here)
            .await
        {
            // HTTP's own words for a line that broke say less than how much is missing.
            Err(Failure::Broken(Reason::Connection(_))) if expected.bytes.is_some() => {
                let bytes = expected.bytes.unwrap_or_default();
                let missing = bytes.saturating_sub(part.length());
                Err(Failure::Broken(Reason::EndedEarly { missing }))
            }
            came => came,
        }
    }

    /// Asks for what is missing, and follows to where the file is.
    async fn ask(&self, part: &Part, expected: &mut Expected) -> Result<Response, Failure> {
        let mut url = Url::parse(self.address).map_err(|_| Failure::Useless(Reason::BadAddress))?;
        for _ in 0..MAX_HOPS {
            let request = self.client.get(url.clone()).headers(self.headers(part));
            let response = self.within_patience(request.send(), &mut || ()).await?;
            if expected.sha256.is_none() {
                announced(response.headers(), expected);
            }
            let status = response.status();
            if status.is_redirection() {
                let to = text(response.headers(), header::LOCATION.as_str());
                let next = to.and_then(|to| url.join(&to).ok());
                let next = next.ok_or(Failure::Useless(Reason::LeadsAstray))?;
                if url.scheme() == "https" && next.scheme() != "https" {
                    return Err(Failure::Useless(Reason::LeadsAstray));
                }
                url = next;
            } else if status.is_success() || status == StatusCode::RANGE_NOT_SATISFIABLE {
                return Ok(response);
            } else if status.is_server_error()
                || matches!(
                    status,
                    StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT
                )
            {
                return Err(Failure::Broken(Reason::Status(status.as_u16())));
            } else {
                return Err(Failure::Useless(Reason::Status(status.as_u16())));
            }
        }
        Err(Failure::Useless(Reason::LeadsAstray))
    }

    fn headers(&self, part: &Part) -> HeaderMap {
        let mut headers = HeaderMap::new();
        // Offsets count the file's own bytes.
        let plain = HeaderValue::from_static("identity");
        headers.insert(header::ACCEPT_ENCODING, plain);
        if part.length() == 0 {
            return headers;
        }
        let range = HeaderValue::from_str(&format!("bytes={}-", part.length()));
        let Ok(range) = range else {
            return headers;
        };
        headers.insert(header::RANGE, range);
        // The server is to send the whole file if it is another by now. A weak name says only that two
        // states look alike.
        let from = part.from();
        let is_strong = |etag: &&String| !etag.starts_with("W/");
        if from.source == self.address
            && let Some(etag) = from.etag.as_ref().filter(is_strong)
            && let Ok(etag) = HeaderValue::from_str(etag)
        {
            headers.insert(header::IF_RANGE, etag);
        }
        headers
    }

    /// Whether nothing is missing any more, of a file whose length was not known before.
    fn has_all(response: &Response, part: &Part, expected: &Expected) -> bool {
        response.status() == StatusCode::RANGE_NOT_SATISFIABLE
            && expected.sha256.is_some()
            && expected.bytes == Some(part.length())
    }

    /// Compares what the source is about to send with what was asked for.
    fn settle_start(
        &self,
        response: &Response,
        part: &mut Part,
        expected: &mut Expected,
    ) -> Result<(), Failure> {
        let total = match response.status() {
            StatusCode::PARTIAL_CONTENT => {
                let range = text(response.headers(), header::CONTENT_RANGE.as_str());
                let range = range.as_deref().and_then(range_of);
                let Some((_, total)) = range.filter(|(start, _)| *start == part.length()) else {
                    part.start_over().map_err(Failure::Local)?;
                    return Err(Failure::Broken(Reason::WrongPart));
                };
                if is_other_state(response.headers(), part.from(), self.address) {
                    part.start_over().map_err(Failure::Local)?;
                    return Err(Failure::Broken(Reason::Changed));
                }
                total
            }
            StatusCode::RANGE_NOT_SATISFIABLE => {
                part.start_over().map_err(Failure::Local)?;
                return Err(Failure::Broken(Reason::TooShort));
            }
            _ => {
                // The whole file: ranges are ignored, or the file is another by now.
                part.start_over().map_err(Failure::Local)?;
                response.content_length()
            }
        };
        if total
            .or(expected.bytes)
            .is_some_and(|total| total > self.limit)
        {
            return Err(Failure::Useless(Reason::TooLarge));
        }
        match (expected.bytes, total) {
            (Some(expected), Some(found)) if expected != found => {
                Err(Failure::Useless(Reason::WrongLength { found, expected }))
            }
            (None, total) => {
                expected.bytes = total;
                match &expected.sha256 {
                    Some(_) => Ok(()),
                    None => Err(Failure::Useless(Reason::NoHash)),
                }
            }
            _ => Ok(()),
        }
    }

    /// Waits for something from the source, but not for ever, and not when asked to stop. `idle` is
    /// called while nothing comes.
    async fn within_patience<T>(
        &self,
        coming: impl Future<Output = reqwest::Result<T>>,
        idle: &mut dyn FnMut(),
    ) -> Result<T, Failure> {
        let mut coming = std::pin::pin!(coming);
        let mut waited = Duration::ZERO;
        loop {
            if self.cancel.is_cancelled() {
                return Err(Failure::Cancelled);
            }
            match tokio::time::timeout(TICK, &mut coming).await {
                Ok(came) => return Ok(came?),
                Err(_) if waited >= self.stall => {
                    return Err(Failure::Broken(Reason::Silent(self.stall.as_secs())));
                }
                Err(_) => {
                    waited += TICK;
                    idle();
                }
            }
        }
    }
}

/// What a hub says of the file behind a hop.
fn announced(headers: &HeaderMap, expected: &mut Expected) {
    let hash = text(headers, HUB_SHA256);
    let hash = hash.map(|hash| hash.trim_matches('"').to_ascii_lowercase());
    let is_sha256 = |hash: &String| hash.len() == 64 && hash.chars().all(|c| c.is_ascii_hexdigit());
    expected.sha256 = hash.filter(is_sha256);
    if expected.bytes.is_none() && expected.sha256.is_some() {
        expected.bytes = text(headers, HUB_BYTES).and_then(|bytes| bytes.parse().ok());
    }
}

/// Whether an answer is about another state of the file than the one that has begun to arrive.
fn is_other_state(headers: &HeaderMap, from: &Origin, address: &str) -> bool {
    let now = text(headers, header::ETAG.as_str());
    from.source == address && from.etag.is_some() && now.is_some() && from.etag != now
}

/// Start and total of `bytes 5-9/10`; a total of `*` is unknown.
fn range_of(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.trim().parse().ok()?, total.trim().parse().ok()))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_and_nothing_else_is() {
        assert_eq!(range_of("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(range_of("bytes 5-9/*"), Some((5, None)));
        for bad in ["", "bytes", "bytes */10", "items 5-9/10", "bytes x-9/10"] {
            assert_eq!(range_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_hub_announces_hash_and_length_together() {
        let announce = |hash: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HUB_SHA256, HeaderValue::from_str(hash).unwrap());
            headers.insert(HUB_BYTES, HeaderValue::from_static("7"));
            let mut expected = Expected::default();
            announced(&headers, &mut expected);
            expected
        };
        let hash = "AB".repeat(32);
        let expected = announce(&format!("\"{hash}\""));
        assert_eq!(expected.sha256, Some(hash.to_lowercase()));
        assert_eq!(expected.bytes, Some(7));
        // A hash of another kind, as for small files, says nothing.
        assert_eq!(announce("\"abc\""), Expected::default());
    }
}
