//! Models on their way onto a computer, against hosts that break, lie, stall and change their minds.

#![allow(
    clippy::unwrap_used,
    reason = "in a test a failure is to end the test where it happens"
)]

mod cuda;
mod download;
mod host;
mod import;
mod place;
mod updates;
