//! The details of [`Error`](crate::Error): what exactly is wrong, by layer of the file.

use crate::DType;

/// What is wrong with the zip archive around a PyTorch checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveFault {
    /// The archive's directory is not where it should be: most often a file cut short.
    #[error("its directory is missing or damaged")]
    Directory,
    /// More members than any checkpoint has.
    #[error("{found} members, at most {limit} are read")]
    TooManyMembers {
        /// What the directory says.
        found: u64,
        /// What is allowed.
        limit: usize,
    },
    /// A member is compressed. PyTorch stores.
    #[error("member `{member}` is compressed")]
    Compressed {
        /// The member.
        member: String,
    },
    /// A member is encrypted.
    #[error("member `{member}` is encrypted")]
    Encrypted {
        /// The member.
        member: String,
    },
    /// A member reaches past the end of the file, or its two headers contradict each other.
    #[error("member `{member}` does not lie inside the file")]
    OutOfRange {
        /// The member.
        member: String,
    },
    /// Two members share bytes.
    #[error("members `{first}` and `{second}` overlap")]
    Overlap {
        /// The one that starts first.
        first: String,
        /// The other.
        second: String,
    },
    /// Two members have one name.
    #[error("two members are named `{member}`")]
    Duplicate {
        /// The name.
        member: String,
    },
    /// A name is not UTF-8.
    #[error("a member's name is not UTF-8")]
    Name,
    /// There is no `data.pkl`, or more than one: a zip archive, but none of PyTorch's.
    #[error("{found} members named `data.pkl`, there should be one")]
    NoPickle {
        /// How many there are.
        found: usize,
    },
}

/// What a pickle does that is not needed to describe tensors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PickleFault {
    /// An opcode that builds something other than data.
    #[error("opcode {name} (0x{code:02x}) is refused")]
    Opcode {
        /// The byte.
        code: u8,
        /// Its name in Python's `pickletools`, or `unknown`.
        name: &'static str,
    },
    /// A name to import that is not one of the few that describe tensors.
    #[error("global `{module}.{name}` is refused")]
    Global {
        /// The module.
        module: String,
        /// The name in it.
        name: String,
    },
    /// A version of the format that is not read.
    #[error("protocol {found}, only 2 to 5 are read")]
    Protocol {
        /// What the file says.
        found: u8,
    },
    /// The pickle ends in the middle of an instruction, or without STOP.
    #[error("it ends too early")]
    Truncated,
    /// Something follows after STOP.
    #[error("something follows after its end")]
    TrailingBytes,
    /// A string is not UTF-8.
    #[error("a string is not UTF-8")]
    Text,
    /// An instruction takes more from the stack than there is.
    #[error("{opcode} finds nothing on the stack")]
    EmptyStack {
        /// The instruction.
        opcode: &'static str,
    },
    /// An instruction meets a value of a kind that it can't work on.
    #[error("{opcode} expects {expected}")]
    Kind {
        /// The instruction.
        opcode: &'static str,
        /// What it needs.
        expected: &'static str,
    },
    /// A number that does not fit 64 bits, or is negative where a count is meant.
    #[error("a number is out of range")]
    Number,
    /// The memo holds nothing under that number.
    #[error("memo entry {index} was never stored")]
    Memo {
        /// The number.
        index: u32,
    },
    /// More of something than any checkpoint has.
    #[error("more than {limit} {what}")]
    TooMany {
        /// What is counted.
        what: &'static str,
        /// How many are allowed.
        limit: usize,
    },
    /// What was built is no dictionary from names to tensors.
    #[error("it holds no state dict")]
    NoStateDict,
    /// Two entries of the state dict have one name.
    #[error("two tensors are named `{name}`")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// An entry of the state dict is something other than a tensor.
    #[error("`{name}` is no tensor")]
    NotATensor {
        /// The entry.
        name: String,
    },
}

/// What is wrong with a safetensors file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SafetensorsFault {
    /// The header is larger than any checkpoint's.
    #[error("the header is {found} bytes long, at most {limit} are read")]
    HeaderTooLarge {
        /// What the file says.
        found: u64,
        /// What is allowed.
        limit: usize,
    },
    /// The header reaches past the end of the file: most often a file cut short.
    #[error("the header does not lie inside the file")]
    HeaderOutOfRange,
    /// The header is no JSON, or not the JSON that it should be.
    #[error("the header cannot be parsed: {0}")]
    Json(#[from] serde_json::Error),
    /// Two tensors have one name.
    #[error("two tensors are named `{name}`")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// More tensors than any checkpoint has.
    #[error("more than {limit} tensors")]
    TooMany {
        /// What is allowed.
        limit: usize,
    },
    /// The `safetensors` crate refuses it: holes, overlaps, sizes that contradict shapes.
    #[error(transparent)]
    Format(#[from] safetensors::SafeTensorError),
}

/// What is wrong with the description of one tensor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TensorFault {
    /// More dimensions than any tensor of a network has.
    #[error("{found} dimensions, at most {limit} are read")]
    Dimensions {
        /// What the file says.
        found: usize,
        /// What is allowed.
        limit: usize,
    },
    /// The number of bytes does not fit the machine's address.
    #[error("shape {shape:?} is absurd")]
    Overflow {
        /// The shape.
        shape: Vec<usize>,
    },
    /// The strides are not those of a contiguous tensor.
    #[error("shape {shape:?} with strides {strides:?} is not contiguous")]
    Strides {
        /// The shape, in elements.
        shape: Vec<usize>,
        /// The strides, in elements.
        strides: Vec<usize>,
    },
    /// The storage it refers to is not in the file.
    #[error("its storage `{storage}` is not in the file")]
    NoStorage {
        /// The storage's key.
        storage: String,
    },
    /// It reaches past the end of its storage.
    #[error("it needs {needed} bytes of its storage, which has {available}")]
    OutOfRange {
        /// Bytes up to the tensor's end, from the storage's start.
        needed: usize,
        /// Bytes the storage has.
        available: usize,
    },
    /// It shares bytes with another tensor. In `DDColor` none does.
    #[error("it shares bytes with `{other}`")]
    Shared {
        /// The other tensor.
        other: String,
    },
    /// A kind of number that is not read at all.
    #[error("numbers of kind {found} are not read")]
    UnknownDType {
        /// What the file says.
        found: String,
    },
    /// Whole numbers or truth values where weights should be.
    #[error("it holds {found} where weights should be")]
    NotFloat {
        /// What it holds.
        found: DType,
    },
    /// An infinite number or none at all, in the file or after folding.
    #[error("it holds infinities or NaN")]
    NotFinite,
    /// A number too large for float16.
    #[error("{largest} is too large for float16")]
    TooLargeForHalf {
        /// The magnitude, written out.
        largest: String,
    },
}
