//! End-to-end tests: what a user would notice.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "clippy exempts test functions, not the helpers that they share"
)]

mod edges;
mod network_goldens;
mod picture_goldens;
