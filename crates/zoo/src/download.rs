//! Downloading a published file: source after source, try after try, until its hash is right.

use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::{Client, Url, redirect};
use tintype_protocol::CancelFlag;
use tintype_protocol::models::TransferStep;

use crate::catalogue::PublishedFile;
use crate::client;
use crate::part::Part;
use crate::reason::{Reason, Tried};
use crate::report::Reporter;
use crate::source::{Expected, Failure, Source};
use crate::{Error, Result};

/// How patient downloads are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How long a connection may take.
    pub connect: Duration,
    /// How long nothing may arrive before another try.
    pub stall: Duration,
    /// Tries of one source in a row that bring nothing.
    pub tries: u32,
    /// The wait before the second try, doubled for each further one.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            stall: Duration::from_secs(30),
            tries: 4,
            pause: Duration::from_secs(1),
        }
    }
}

/// A file that is here, and is what it should be.
pub(crate) struct Fetched {
    pub(crate) part: Part,
    pub(crate) sha256: String,
    pub(crate) origin: String,
}

/// One download on its way.
pub(crate) struct Download<'a, 'r> {
    /// What it is for.
    pub(crate) id: &'a str,
    /// Files of which one is enough, best first.
    pub(crate) files: &'a [PublishedFile],
    /// Where unfinished files lie.
    pub(crate) folder: &'a Path,
    /// What its user has agreed to, in bytes.
    pub(crate) accepted: u64,
    pub(crate) patience: Patience,
    pub(crate) cancel: &'a CancelFlag,
    pub(crate) reporter: &'a mut Reporter<'r>,
}

impl Download<'_, '_> {
    /// Fetches a file from the first source that has it.
    ///
    /// # Errors
    /// [`Error::Unreachable`] with what each source answered; what has arrived stays for another try.
    pub(crate) fn run(mut self) -> Result<Fetched> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|source| Error::store(self.folder, source))?;
        runtime.block_on(self.fetch())
    }

    async fn fetch(&mut self) -> Result<Fetched> {
        let client = client(self.patience.connect).map_err(|error| Error::NoNetwork {
            reason: error.to_string(),
        })?;
        let mut tried = Vec::new();
        for numbered in self.files.iter().enumerate() {
            for address in &numbered.1.sources {
                let source = Source {
                    client: &client,
                    address,
                    stall: self.patience.stall,
                    // Where the catalogue knows a size only about, that is what was agreed to.
                    limit: self.accepted.saturating_add(self.accepted / 20),
                    cancel: self.cancel,
                };
                match self.fetch_from(numbered, &source).await {
                    Ok(fetched) => return Ok(fetched),
                    Err(Failure::Broken(reason) | Failure::Useless(reason)) => {
                        let host = host_of(address);
                        tracing::warn!(host, ?reason, "a source failed");
                        tried.push(Tried { host, reason });
                    }
                    Err(Failure::Local(error)) => return Err(Error::store(self.folder, error)),
                    Err(Failure::Cancelled) => return Err(Error::Cancelled),
                }
            }
        }
        Err(Error::Unreachable {
            model: self.id.to_owned(),
            tried,
        })
    }

    /// Fetches a file from one source.
    async fn fetch_from(
        &mut self,
        (number, file): (usize, &PublishedFile),
        source: &Source<'_>,
    ) -> std::result::Result<Fetched, Failure> {
        let key = file.part_key(self.id, number);
        let mut part = Part::open(self.folder, &key).map_err(Failure::Local)?;
        let mut expected = Expected {
            bytes: file.bytes,
            sha256: file.sha256.clone(),
        };
        self.reporter.source(host_of(source.address));
        loop {
            let was_begun = part.length() > 0;
            self.fill(&mut part, &mut expected, source).await?;
            let found = self.reporter.check(part.path(), self.cancel);
            let found = found.map_err(Failure::Local)?.ok_or(Failure::Cancelled)?;
            if expected.sha256.as_deref() == Some(&found) {
                return Ok(Fetched {
                    part,
                    sha256: found,
                    origin: source.address.to_owned(),
                });
            }
            if !was_begun {
                part.remove().map_err(Failure::Local)?;
                return Err(Failure::Useless(Reason::WrongContent));
            }
            // The fault may be in what was here before.
            part.start_over().map_err(Failure::Local)?;
        }
    }

    /// Takes in all that is missing, again and again as long as that brings something.
    async fn fill(
        &mut self,
        part: &mut Part,
        expected: &mut Expected,
        source: &Source<'_>,
    ) -> std::result::Result<(), Failure> {
        let mut failures = 0;
        let mut furthest = part.length();
        loop {
            self.reporter
                .step(TransferStep::Connecting, part.length(), expected.bytes);
            let mut tell = |done, total| {
                self.reporter.step(TransferStep::Downloading, done, total);
            };
            match source.fill(part, expected, &mut tell).await {
                Ok(()) => return part.sync().map_err(Failure::Local),
                Err(Failure::Broken(reason)) => {
                    // A line that breaks every minute still brings the file in the end; a source that has it
                    // begun anew again and again does not.
                    failures = if part.length() > furthest {
                        1
                    } else {
                        failures + 1
                    };
                    furthest = furthest.max(part.length());
                    if failures >= self.patience.tries {
                        return Err(Failure::Broken(reason));
                    }
                    tracing::info!(?reason, have = part.length(), "trying again");
                    self.pause(failures).await?;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// Waits before another try, twice as long each time.
    async fn pause(&self, failures: u32) -> std::result::Result<(), Failure> {
        let end = Instant::now() + self.patience.pause * 2u32.saturating_pow(failures - 1);
        while Instant::now() < end {
            if self.cancel.is_cancelled() {
                return Err(Failure::Cancelled);
            }
            let rest = end.saturating_duration_since(Instant::now());
            tokio::time::sleep(rest.min(Duration::from_millis(50))).await;
        }
        Ok(())
    }
}

fn client(connect: Duration) -> reqwest::Result<Client> {
    client::builder(connect)
        .user_agent(concat!("tintype/", env!("CARGO_PKG_VERSION")))
        // Followed by hand: hubs say in the hop what the file behind it is.
        .redirect(redirect::Policy::none())
        .build()
}

/// The host of an address, with its port where it is not the usual one.
pub(crate) fn host_of(address: &str) -> String {
    let url = Url::parse(address).ok();
    let host = url.as_ref().and_then(|url| {
        let host = url.host_str()?;
        Some(match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        })
    });
    host.unwrap_or_else(|| address.to_owned())
}
