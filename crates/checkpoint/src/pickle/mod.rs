//! Pickles as data: the one part of a checkpoint that could do harm, read so that it cannot.
//!
//! A pickle is a program for a small stack machine. Python's own runs any function that the program
//! names. The [`machine`] here knows the opcodes that build data and a handful of names that
//! describe tensors, and what it builds are plain [`value`]s: there is nothing in it to call.
//!
//! Sources: Python's `pickletools` module for the opcodes, PyTorch's `torch.serialization` and
//! `torch._utils` for how tensors are described.

mod globals;
mod machine;
mod opcode;
mod reader;
mod state_dict;
mod value;

pub(crate) use state_dict::state_dict;
pub(crate) use value::{MAX_DIMS, TensorRecord};
