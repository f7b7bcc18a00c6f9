//! Workflows from file to pictures.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are outside of test functions"
)]

mod checking;
mod published;
mod reading;
mod running;
mod support;
