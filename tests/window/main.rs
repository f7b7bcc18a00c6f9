//! The app as a user meets it: the real window on a display that nobody sees, driven through
//! `WebDriver`, with the real server and the bundled starter model behind it.
//!
//! Run by `cargo xtask test`, which builds the app and brings the driver.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    reason = "in a test a failure is to end the test where it happens"
)]

mod accessibility;
mod addons;
mod batch;
mod coloring;
mod desk;
mod dragging;
mod history;
mod looking;
mod models;
mod neighbor;
mod notices;
mod opening;
mod restoring;
mod saving;
mod screenshots;
mod settings;
mod trouble;
