//! Reads `DDColor` checkpoints safely and folds them into ready-to-run weights.
//!
//! A checkpoint is a file that a stranger made. This crate treats it so: PyTorch's `.pth`, `.pt` and
//! `.bin` files are zip archives around a *pickle*, a program for Python's object machine that can
//! run anything, and here such a program is never run. A small machine of our own understands the
//! opcodes that build data, refuses every other one by name, and is bounded in every direction. A
//! hostile checkpoint never crashes the program, never runs anything, and never gets memory for what
//! it only claims: listing the tensors of a file takes some 20 MiB at most, and folding them takes
//! memory for numbers that are really in the file, each of which belongs to one tensor.
//!
//! # The way through this crate
//!
//! 1. [`Checkpoint`] maps a file, tells by its content what it is, and lists its tensors. Reading a
//!    tensor is a slice of the file: nothing is copied until somebody asks for numbers.
//! 2. [`Architecture`] reads the sizes of the network off the shapes of those tensors.
//! 3. [`layout`] lists, for an architecture, every tensor with its shape, as published and as
//!    folded. Every tensor of the list must be there and every tensor there must be on the list.
//! 4. Folding turns what is constant once training is over (spectral norms, batch norms, layer
//!    scales) into plain weights.
//! 5. [`Weights`] is what a network is built from. It can be saved as safetensors, and such a file
//!    is mapped from then on and not folded again.
//!
//! # What it does not know
//!
//! No tensor library, no device, no arithmetic of the network itself (that is `tintype-ddcolor`), and
//! nothing of where models live or come from (that is `tintype-zoo`).

mod account;
mod architecture;
mod archive;
mod bytes;
mod checkpoint;
mod dtype;
mod error;
mod explain;
mod fault;
mod fold;
pub mod layout;
mod pickle;
mod safetensors_file;
mod save;
mod torch_file;
mod weights;

pub use architecture::Architecture;
pub use checkpoint::{Checkpoint, TensorView};
pub use dtype::DType;
pub use error::{Error, Result};
pub use fault::{ArchiveFault, PickleFault, SafetensorsFault, TensorFault};
pub use save::Storage;
pub use weights::{FoldedTensor, Weights};
