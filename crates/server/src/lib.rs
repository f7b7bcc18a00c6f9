//! The job server: photos in, live progress out, on loopback only.
//!
//! [`Server::start`] opens the queue, listens, and tells every socket what happens, in our own
//! dialect or in ComfyUI's. `tintype serve` and the app run the same server. What it speaks is in
//! `PROTOCOL.md`; who is let in is in [`auth`](Tokens) and `guard`. It knows no windows, and nothing
//! of how a photo is colorized: that is behind [`Models`](tintype_jobs::Models), which `network`
//! implements over the installed models.

mod accept;
mod app;
mod auth;
mod caller;
mod catalog;
/// For the fuzz target alone: what strangers send must be reachable without a socket. No API.
#[doc(hidden)]
pub mod client_message;
mod config;
mod dialect;
mod error;
mod explain;
mod features;
mod guard;
mod hub;
mod limits;
mod live;
mod logs;
#[cfg(feature = "ddcolor")]
mod network;
mod outbox;
mod refusal;
mod rendition;
mod routes;
mod serve;
mod socket;
mod views;

pub use auth::Tokens;
pub use config::{Access, Config, DEFAULT_PORT, Places, Port, Shelf};
pub use dialect::{Dialect, UnknownDialect};
pub use error::Error;
pub use limits::Limits;
pub use logs::{FILTER_VARIABLE, start as start_log, tail as log_tail};
#[cfg(feature = "ddcolor")]
pub use network::{InstalledModels, LoadedModel};
pub use serve::Server;

/// What this crate's functions return.
pub type Result<T> = std::result::Result<T, Error>;
