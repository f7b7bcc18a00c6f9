//! The command line, driven as a process on good, bad and mixed folders.

mod batches;
mod bench;
mod files;
mod interrupt;
mod json;
mod memory;
mod usage;
