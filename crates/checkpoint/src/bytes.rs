//! The bytes of a file, mapped or held.

use std::borrow::Cow;
use std::fs::File;
use std::ops::Deref;
use std::path::Path;

use memmap2::Mmap;

use crate::{Error, Result};

/// A whole file as one slice.
pub(crate) enum Bytes {
    /// Pages of the file, read by the system as they are touched.
    Mapped(Mmap),
    /// Bytes in memory or in the program itself.
    Held(Cow<'static, [u8]>),
}

impl Bytes {
    /// Maps a file.
    pub(crate) fn map(path: &Path) -> Result<Self> {
        let failed = |source| Error::Read {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(failed)?;
        // A folder opens on some systems, and its length means nothing.
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(failed(std::io::Error::from(
                std::io::ErrorKind::IsADirectory,
            )));
        }
        map_file(&file).map(Self::Mapped).map_err(failed)
    }
}

#[allow(
    unsafe_code,
    reason = "mapping a file is unsafe by nature; a large model is not copied"
)]
fn map_file(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: the mapping is read-only and private to this value, and nothing in this program
    // writes to an existing checkpoint: saving makes a new file and renames it over the old one,
    // which leaves the mapped one alive. Should another program change the bytes, this crate would
    // read other numbers: every offset was checked against the length at opening and no byte is
    // trusted to stay as it was checked. Should another program cut the file short, the system ends
    // this one; that is the price of mapping, and every safetensors reader pays it.
    unsafe { Mmap::map(file) }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Held(bytes) => bytes,
        }
    }
}
