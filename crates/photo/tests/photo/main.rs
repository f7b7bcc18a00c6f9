//! Photographs through the crate's public face: files in, files out.

#![allow(
    clippy::unwrap_used,
    reason = "clippy allows it in tests, but not in what they share"
)]

#[cfg(feature = "camera-raw")]
mod camera_raw;
mod colors;
mod corpus;
mod damage;
mod goldens;
mod kinds;
mod limits;
mod metadata;
mod orientation;
mod progress;
mod recoloring;
mod restoring;
mod saving;
mod support;
