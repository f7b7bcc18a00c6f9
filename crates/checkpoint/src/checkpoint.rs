//! A file with named tensors, of either format, checked against itself and not yet against the
//! network.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::archive::Archive;
use crate::bytes::Bytes;
use crate::{DType, Error, Result, safetensors_file, torch_file};

/// Where a tensor lies in the file. The range is inside the file and fits the shape.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) dtype: DType,
    pub(crate) shape: Vec<usize>,
    pub(crate) range: Range<usize>,
}

/// A checkpoint file: its tensors by name.
///
/// The content decides what the file is, its name does not. Numbers stay in the file until they are
/// asked for.
pub struct Checkpoint {
    bytes: Bytes,
    label: String,
    tensors: BTreeMap<String, Entry>,
    texts: BTreeMap<String, String>,
}

/// One tensor of a [`Checkpoint`], where it lies in the file.
#[derive(Debug, Clone, Copy)]
pub struct TensorView<'a> {
    /// Its sides, outermost first. Empty for a single number.
    pub shape: &'a [usize],
    /// The kind of its numbers.
    pub dtype: DType,
    bytes: &'a [u8],
}

impl TensorView<'_> {
    /// The numbers as f32, row by row: borrowed from the file where it holds f32 at an aligned place.
    #[must_use]
    pub fn f32s(&self) -> Cow<'_, [f32]> {
        self.dtype.f32s(self.bytes)
    }

    /// The numbers as f32, row by row, in memory of their own.
    #[must_use]
    pub fn to_f32(&self) -> Vec<f32> {
        self.f32s().into_owned()
    }
}

impl Checkpoint {
    /// Maps a file and lists its tensors.
    ///
    /// # Errors
    /// [`Error::Read`] if the file cannot be mapped, else as [`from_bytes`](Self::from_bytes).
    pub fn open(path: &Path) -> Result<Self> {
        Self::new(Bytes::map(path)?, path.display().to_string())
    }

    /// Lists the tensors of a file in memory; `label` stands for its name.
    ///
    /// # Errors
    /// Whatever makes the file unreadable or contradicts itself: [`Error::UnknownFormat`],
    /// [`Error::OldTorchFormat`], [`Error::Archive`], [`Error::ByteOrder`], [`Error::Pickle`],
    /// [`Error::Safetensors`], [`Error::Tensor`].
    pub fn from_bytes(bytes: impl Into<Cow<'static, [u8]>>, label: &str) -> Result<Self> {
        Self::new(Bytes::Held(bytes.into()), label.to_owned())
    }

    fn new(bytes: Bytes, label: String) -> Result<Self> {
        let (tensors, texts) = if Archive::recognizes(&bytes) {
            (torch_file::read(&bytes)?, BTreeMap::new())
        } else if safetensors_file::recognizes(&bytes) {
            safetensors_file::read(&bytes)?
        } else if is_old_torch(&bytes) {
            return Err(Error::OldTorchFormat);
        } else {
            return Err(Error::UnknownFormat);
        };
        Ok(Self {
            bytes,
            label,
            tensors,
            texts,
        })
    }

    /// The path, or what [`from_bytes`](Self::from_bytes) was told.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The names of all tensors in alphabetical order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The tensor of that name.
    #[must_use]
    pub fn tensor(&self, name: &str) -> Option<TensorView<'_>> {
        self.tensors.get(name).map(|entry| self.view(entry))
    }

    /// What a safetensors file says about itself under that key.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.texts.get(key).map(String::as_str)
    }

    /// The SHA-256 of the whole file in lower-case hexadecimal. Reads all of it.
    #[must_use]
    pub fn sha256(&self) -> String {
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(&*self.bytes) {
            use std::fmt::Write as _;
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }

    pub(crate) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|entry| entry.shape.as_slice())
    }

    fn view<'a>(&'a self, entry: &'a Entry) -> TensorView<'a> {
        // The range was checked when the entry was made; an empty tensor is the honest answer to a
        // defect here, as its length contradicts the shape.
        let bytes = self.bytes.get(entry.range.clone()).unwrap_or_default();
        TensorView {
            shape: &entry.shape,
            dtype: entry.dtype,
            bytes,
        }
    }
}

impl std::fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checkpoint")
            .field("label", &self.label)
            .field("tensors", &self.tensors.len())
            .finish_non_exhaustive()
    }
}

/// A bare pickle (PROTO 2, as written until PyTorch 1.6) or the tar archive before that.
fn is_old_torch(file: &[u8]) -> bool {
    file.starts_with(&[0x80, 2]) || file.get(257..262) == Some(b"ustar")
}
