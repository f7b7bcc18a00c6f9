//! How a server is set up.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use tintype_engine::PHOTOS_AT_ONCE;
use tintype_zoo::{Catalogue, ModelStore, Patience};

use crate::{Dialect, Limits};

/// The port that is asked for first: ComfyUI's.
pub const DEFAULT_PORT: u16 = 8188;

/// How a server is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen. Only loopback addresses are taken.
    pub address: IpAddr,
    /// The port, and what to do where another program has it.
    pub port: Port,
    /// Whether tokens are asked for.
    pub access: Access,
    /// The dialect of sockets that don't ask for one.
    pub dialect: Dialect,
    /// Origins of pages that may talk to the server, besides the app's own window.
    pub origins: Vec<String>,
    /// The queue's file and the folders of photos.
    pub places: Places,
    /// Where models lie and come from.
    pub shelf: Shelf,
    /// How the queue behaves.
    pub queue: tintype_jobs::Settings,
    /// How many jobs run at once; they take turns on the network.
    pub at_once: usize,
    /// The bounds.
    pub limits: Limits,
    /// How long a running job may take to end once the server stops; then it is queued again.
    pub grace: Duration,
}

/// Which port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// This one, or a free one where it is taken.
    Preferably(u16),
    /// This one or none.
    Exactly(u16),
}

/// Whether tokens are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Every request needs a token.
    Tokens,
    /// Any program on this computer may do anything that the server does.
    Open,
}

/// Where the server keeps what it keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The queue and the history.
    pub database: PathBuf,
    /// What results were colored with.
    pub colors: PathBuf,
    /// Photos that were uploaded.
    pub input: PathBuf,
    /// Results.
    pub output: PathBuf,
    /// Previews; emptied when the server starts.
    pub temp: PathBuf,
    /// The log's files.
    pub logs: PathBuf,
}

impl Places {
    /// Everything in one folder.
    #[must_use]
    pub fn in_folder(folder: &std::path::Path) -> Self {
        Self {
            database: folder.join("jobs.sqlite"),
            colors: folder.join("colors"),
            input: folder.join("input"),
            output: folder.join("output"),
            temp: folder.join("temp"),
            logs: folder.join("logs"),
        }
    }
}

/// Where models lie and come from.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// Where they lie.
    pub store: ModelStore,
    /// What can be downloaded.
    pub catalogue: Catalogue,
    /// How patient downloads are.
    pub patience: Patience,
}

impl Default for Shelf {
    /// The user's own models, and the built-in catalogue.
    fn default() -> Self {
        Self {
            store: ModelStore::of_user(),
            catalogue: Catalogue::built_in().clone(),
            patience: Patience::default(),
        }
    }
}

impl Config {
    /// The defaults, with everything kept in these places.
    #[must_use]
    pub fn new(places: Places) -> Self {
        Self {
            address: Ipv4Addr::LOCALHOST.into(),
            port: Port::Preferably(DEFAULT_PORT),
            access: Access::Tokens,
            dialect: Dialect::default(),
            origins: Vec::new(),
            places,
            shelf: Shelf::default(),
            queue: tintype_jobs::Settings::default(),
            at_once: PHOTOS_AT_ONCE,
            limits: Limits::default(),
            grace: Duration::from_secs(10),
        }
    }

    /// The address and port that are tried first.
    pub(crate) fn first_address(&self) -> SocketAddr {
        let (Port::Preferably(port) | Port::Exactly(port)) = self.port;
        SocketAddr::new(self.address, port)
    }
}
