//! Fetching a big file over a bad line.
//!
//! The file grows as `NAME.part` and gets its name when its hash is right. A broken connection
//! or an interrupted run is taken up where it stopped, by HTTP ranges (RFC 9110, section 14); a
//! server that does not know ranges starts over. What a server says about lengths is never
//! trusted further than to decide when to ask again: the hash decides.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow, bail};
use sha2::{Digest, Sha256};
use ureq::http::{Response, StatusCode, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::progress::Progress;

/// No wheel is near this; a server that sends more is not sending a wheel.
const MAX_BYTES: u64 = 8 << 30;

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// For a connection, its TLS handshake included.
    pub(super) connect: Duration,
    /// For the next byte.
    pub(super) silence: Duration,
    /// How often in a row to fail without a byte gained.
    pub(super) attempts: u32,
    /// Before the second attempt; longer before each further one.
    pub(super) pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            silence: Duration::from_mins(1),
            attempts: 5,
            pause: Duration::from_secs(2),
        }
    }
}

/// Fetches files.
#[derive(Debug)]
pub(super) struct Downloader {
    agent: Agent,
    patience: Patience,
}

/// Why an attempt ended.
enum Trouble {
    /// Another attempt may fare better.
    Passing(Error),
    /// It will not.
    Final(Error),
}

impl Downloader {
    /// Through the proxy that the environment names, if any, trusting the certificates that the
    /// system trusts: some networks sign everything with their own.
    pub(super) fn new(patience: Patience) -> Self {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .timeout_connect(Some(patience.connect))
            .timeout_recv_response(Some(patience.silence))
            .timeout_per_read(Some(patience.silence));
        Self {
            agent: config.build().into(),
            patience,
        }
    }

    /// Fetches `url` into `target`, whose SHA-256 must be `sha256` in lower-case hexadecimal.
    pub(super) fn fetch(
        &self,
        url: &str,
        sha256: &str,
        target: &Path,
        progress: &mut Progress,
    ) -> Result<()> {
        let part = target.with_extension("part");
        let resumed = length(&part) > 0;
        self.fetch_whole(url, &part, progress)?;
        if let Err(error) = verify(&part, sha256) {
            fs::remove_file(&part).with_context(|| format!("{} stays", part.display()))?;
            if !resumed {
                return Err(error);
            }
            // The part may have been bad from an earlier run: once more, from nothing.
            self.fetch_whole(url, &part, progress)?;
            if let Err(error) = verify(&part, sha256) {
                fs::remove_file(&part).with_context(|| format!("{} stays", part.display()))?;
                return Err(error);
            }
        }
        progress.finish();
        fs::rename(&part, target).with_context(|| format!("cannot write {}", target.display()))
    }

    /// Attempts until the server says that the file is whole.
    fn fetch_whole(&self, url: &str, part: &Path, progress: &mut Progress) -> Result<()> {
        let mut furthest = length(part);
        let mut failures = 0;
        loop {
            let error = match self.attempt(url, part, progress) {
                Ok(()) => return Ok(()),
                Err(Trouble::Final(error)) => return Err(error),
                Err(Trouble::Passing(error)) => error,
            };
            // Any gain is a reason to go on; a server that starts over each time gains nothing.
            let reached = length(part);
            failures = if reached > furthest { 1 } else { failures + 1 };
            furthest = furthest.max(reached);
            if failures >= self.patience.attempts {
                return Err(error.context(format!(
                    "{url} could not be fetched in {failures} attempts; run the command again to \
                     go on from here"
                )));
            }
            thread::sleep(self.patience.pause * failures);
        }
    }

    fn attempt(&self, url: &str, part: &Path, progress: &mut Progress) -> Result<(), Trouble> {
        let have = length(part);
        // Ranges count the bytes as they are sent, so they must be those of the file itself.
        let mut request = self
            .agent
            .get(url)
            .header(header::ACCEPT_ENCODING, "identity");
        if have > 0 {
            request = request.header(header::RANGE, format!("bytes={have}-"));
        }
        let response = request.call().map_err(|error| match error {
            ureq::Error::BadUri(_) => Trouble::Final(error.into()),
            _ => Trouble::Passing(error.into()),
        })?;
        let (start, total) = match agreed_range(&response, have)? {
            Answer::From(start, total) => (start, total),
            Answer::Whole => return Ok(()),
            Answer::Other(found) => {
                open_at(part, 0).map_err(Trouble::Final)?;
                return Err(Trouble::Passing(anyhow!(
                    "the server was asked for the bytes from {have} on and sent {found}"
                )));
            }
        };
        if total.is_some_and(|total| total > MAX_BYTES) {
            return Err(Trouble::Final(anyhow!("{url} is larger than any wheel")));
        }
        let file = open_at(part, start).map_err(Trouble::Final)?;
        progress.begin(start, total);
        receive(&mut response.into_body(), file, start, total, progress)
    }
}

/// What the server is about to send.
enum Answer {
    /// The file from this byte on, of so many in all if it says so.
    From(u64, Option<u64>),
    /// Nothing: there is no more than we have.
    Whole,
    /// Bytes that nobody asked for. Such a server is only asked for the whole file from then on.
    Other(String),
}

fn agreed_range(response: &Response<Body>, have: u64) -> Result<Answer, Trouble> {
    let text = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    match response.status() {
        StatusCode::OK => Ok(Answer::From(
            0,
            text(header::CONTENT_LENGTH).and_then(|text| text.parse().ok()),
        )),
        StatusCode::PARTIAL_CONTENT => {
            let range = text(header::CONTENT_RANGE).unwrap_or("no range");
            match parse_content_range(range) {
                Some((start, total)) if start == have => Ok(Answer::From(start, total)),
                _ => Ok(Answer::Other(range.to_owned())),
            }
        }
        StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => Ok(Answer::Whole),
        status @ (StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS) => {
            Err(Trouble::Passing(anyhow!("the server answered {status}")))
        }
        status if status.is_server_error() => {
            Err(Trouble::Passing(anyhow!("the server answered {status}")))
        }
        status => Err(Trouble::Final(anyhow!("the server answered {status}"))),
    }
}

/// `bytes 100-199/200`, where `*` for the total means that the server does not know it.
fn parse_content_range(text: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    let total = if total == "*" {
        None
    } else {
        Some(total.parse().ok()?)
    };
    Some((start.parse().ok()?, total))
}

fn open_at(part: &Path, start: u64) -> Result<File> {
    let open = || {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(part)?;
        file.set_len(start)?;
        file.seek(SeekFrom::Start(start))?;
        Ok::<_, io::Error>(file)
    };
    open().with_context(|| format!("cannot write {}", part.display()))
}

fn receive(
    body: &mut Body,
    file: File,
    start: u64,
    total: Option<u64>,
    progress: &mut Progress,
) -> Result<(), Trouble> {
    let mut file = BufWriter::new(file);
    let mut done = start;
    let mut reader = body.as_reader();
    let mut buffer = vec![0; 1 << 16];
    let outcome = loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) if total.is_some_and(|total| done < total) => {
                break Err(Trouble::Passing(anyhow!(
                    "the connection ended at byte {done}"
                )));
            }
            Ok(0) => break Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                let error = Error::from(error).context(format!("broken off at byte {done}"));
                break Err(Trouble::Passing(error));
            }
        };
        file.write_all(&buffer[..count])
            .map_err(|error| unwritable(&error))?;
        done += count as u64;
        if done > MAX_BYTES {
            break Err(Trouble::Final(anyhow!(
                "the server sends more than any wheel holds"
            )));
        }
        progress.at(done, total);
    };
    // What did arrive counts for the next attempt, however this one ended.
    file.flush().map_err(|error| unwritable(&error))?;
    outcome
}

fn unwritable(error: &io::Error) -> Trouble {
    Trouble::Final(anyhow!(
        "the download cannot be written to the disk: {error}"
    ))
}

/// The length of a file in bytes; 0 if there is none.
fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn verify(path: &Path, expected: &str) -> Result<()> {
    let mut hasher = Sha256::new();
    let mut file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    io::copy(&mut file, &mut hasher).with_context(|| format!("cannot read {}", path.display()))?;
    let found = format!("{:x}", hasher.finalize());
    if found != expected {
        bail!(
            "what was downloaded is not what the index names: its SHA-256 is {found} and should \
             be {expected}. It was deleted"
        );
    }
    Ok(())
}

#[cfg(test)]
#[path = "download_tests.rs"]
mod tests;
