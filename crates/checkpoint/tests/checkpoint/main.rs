//! The crate seen from outside: sound files of both formats, unsound ones, and hostile ones.

#![allow(
    clippy::unwrap_used,
    reason = "clippy allows it in tests, but not in what they share"
)]

mod accounting;
mod allocations;
mod archives;
mod files;
mod folding;
mod mutations;
mod pickles;
mod safetensors_files;
mod saving;
mod sources;
mod tensors;
