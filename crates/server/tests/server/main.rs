//! The server through its sockets and routes, with a colorizer that the tests hold the reins of.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are outside of test functions"
)]

mod at_once;
mod bench;
mod comfyui_dialect;
mod http;
mod letting_in;
mod models;
mod network;
mod own_dialect;
mod recoloring;
mod strangers;
mod uploads;
