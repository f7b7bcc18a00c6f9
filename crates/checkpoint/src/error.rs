//! What can be wrong with a checkpoint.

use std::io;
use std::path::PathBuf;

use crate::fault::{ArchiveFault, PickleFault, SafetensorsFault, TensorFault};

/// A result whose error is about a checkpoint.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a checkpoint cannot be used. Names of tensors and members come from the file, shortened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be opened or mapped.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The folded weights cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file that was to be made.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The content is neither a zip archive nor safetensors.
    #[error("neither a zip archive nor safetensors")]
    UnknownFormat,
    /// A pickle or tar without the zip around it, as PyTorch wrote before version 1.6.
    #[error("a PyTorch file of the old format, from before version 1.6")]
    OldTorchFormat,
    /// A zip archive that is damaged, or holds what a checkpoint never does.
    #[error("bad archive: {0}")]
    Archive(#[from] ArchiveFault),
    /// The numbers are stored in the byte order of another kind of machine.
    #[error("byte order `{found}`, only `little` is read")]
    ByteOrder {
        /// What the file says.
        found: String,
    },
    /// The pickle does something that data does not need.
    #[error("bad pickle at byte {offset}: {fault}")]
    Pickle {
        /// Where in the pickle, counted from its start.
        offset: usize,
        /// What it does.
        fault: PickleFault,
    },
    /// The header of a safetensors file is not right.
    #[error("bad safetensors: {0}")]
    Safetensors(#[from] SafetensorsFault),
    /// One tensor's description contradicts itself or the file.
    #[error("tensor `{name}`: {fault}")]
    Tensor {
        /// The tensor.
        name: String,
        /// What is wrong with it.
        fault: TensorFault,
    },
    /// The file is sound, but the network in it is another one.
    #[error("not DDColor: {tensors} tensors, {}", match first { Some(name) => format!("first `{name}`"), None => "none".to_owned() })]
    NotDdcolor {
        /// How many tensors the file holds.
        tensors: usize,
        /// The first of them in alphabetical order.
        first: Option<String>,
    },
    /// A size read off the tensors is beyond what this program runs.
    #[error("{what} is {found}, not {allowed}")]
    Architecture {
        /// The size, by its field in [`Architecture`](crate::Architecture).
        what: &'static str,
        /// What the file says.
        found: usize,
        /// What would do.
        allowed: &'static str,
    },
    /// A tensor that the network needs is not there.
    #[error("tensor `{name}` of shape {expected:?} is missing")]
    Missing {
        /// The tensor.
        name: String,
        /// The shape it ought to have.
        expected: Vec<usize>,
    },
    /// A tensor is there that the network has no use for.
    #[error("tensor `{name}` of shape {shape:?} has no place in the network")]
    Unexpected {
        /// The tensor.
        name: String,
        /// The shape it has.
        shape: Vec<usize>,
    },
    /// A tensor has another shape than the rest of the network asks for.
    #[error("tensor `{name}` has shape {found:?}, expected {expected:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// The shape it ought to have.
        expected: Vec<usize>,
        /// The shape it has.
        found: Vec<usize>,
    },
    /// The file asks for its input to be normalised otherwise than by `ImageNet`'s statistics.
    #[error("`{name}` is not ImageNet's")]
    Normalization {
        /// `mean` or `std`.
        name: &'static str,
    },
    /// A folded file of a version that this program does not know.
    #[error("folded format version `{found}`, only `1` is read")]
    FoldedVersion {
        /// What the file says.
        found: String,
    },
    /// [`Weights::tensor`](crate::Weights::tensor) was asked for a name that the network lacks.
    /// A defect of the program, not of the file.
    #[error("the folded network has no tensor `{name}`")]
    NoSuchTensor {
        /// The name asked for.
        name: String,
    },
}

/// A name from a file, cut to what a person can read.
pub(crate) fn shortened(name: &str) -> String {
    const LONGEST: usize = 120;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &name[..end]),
        None => name.to_owned(),
    }
}
