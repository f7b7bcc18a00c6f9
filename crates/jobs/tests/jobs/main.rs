//! The queue from outside, with a runner that the tests hold the reins of.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are outside of test functions"
)]

mod any_order;
mod at_once;
mod coloring;
mod crashing;
mod folders;
mod forecasting;
mod history;
mod running;
mod storing;
mod support;
