//! The crate seen from outside: sound files of both formats, unsound ones, and hostile ones.

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
