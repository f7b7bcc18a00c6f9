//! The command line, driven as a process on good, bad and mixed folders.
#![allow(
    clippy::unwrap_used,
    reason = "clippy exempts test functions, not the helpers that they share"
)]

mod batches;
mod bench;
mod clients;
mod files;
mod interrupt;
mod json;
mod memory;
mod models;
#[cfg(target_os = "linux")]
mod nvidia;
mod precision;
mod serve;
mod usage;
