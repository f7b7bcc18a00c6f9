//! Saving folded weights as safetensors.
//!
//! The file is written here and not by the `safetensors` crate for two promises: the same weights
//! make the same bytes (the crate writes its texts in random order), and the numbers start at a
//! multiple of 64 bytes, so that mapped f32 can be used where they lie.

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use half::{bf16, f16};
use serde_json::json;

use crate::fault::TensorFault;
use crate::{Error, Result, Weights};

/// Keys and values of the texts by which a folded file is recognized.
pub(crate) const FORMAT_KEY: &str = "format";
pub(crate) const FORMAT: &str = "tintype-folded";
pub(crate) const VERSION_KEY: &str = "version";
pub(crate) const VERSION: &str = "1";
pub(crate) const SOURCE_KEY: &str = "source_sha256";
const MADE_BY_KEY: &str = "made_by";

/// Where the numbers start in the file, in bytes, is a multiple of this: a cache line.
const ALIGNMENT: usize = 64;

/// The precision that weights are stored in. The network computes in whatever precision it is loaded
/// at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// Exactly as folded.
    F32,
    /// Half the size, 11 significant bits. Refused if a weight is too large for it.
    F16,
    /// Half the size, 8 significant bits.
    BF16,
}

impl Storage {
    fn name(self) -> &'static str {
        match self {
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::BF16 => "BF16",
        }
    }

    fn size(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::BF16 => 2,
        }
    }

    /// The little-endian bytes of these numbers.
    fn encode(self, numbers: &[f32]) -> std::result::Result<Cow<'_, [u8]>, TensorFault> {
        Ok(match self {
            Self::F32 if cfg!(target_endian = "little") => {
                Cow::Borrowed(bytemuck::cast_slice(numbers))
            }
            Self::F32 => numbers.iter().flat_map(|n| n.to_le_bytes()).collect(),
            Self::F16 => {
                let halves: Vec<f16> = numbers.iter().map(|&n| f16::from_f32(n)).collect();
                if !halves.iter().all(|half| half.is_finite()) {
                    let largest = numbers.iter().fold(0f32, |max, n| max.max(n.abs()));
                    return Err(TensorFault::TooLargeForHalf {
                        largest: largest.to_string(),
                    });
                }
                halves.iter().flat_map(|half| half.to_le_bytes()).collect()
            }
            Self::BF16 => numbers
                .iter()
                .flat_map(|&n| bf16::from_f32(n).to_le_bytes())
                .collect(),
        })
    }
}

impl Weights {
    /// Writes the folded weights as safetensors.
    ///
    /// The file appears whole or not at all: it is written beside `path` under another name, flushed
    /// to the disk and renamed. The same weights make the same bytes.
    ///
    /// # Errors
    /// [`Error::Write`] if the file cannot be written, [`Error::Tensor`] if a weight does not fit
    /// `storage`.
    pub fn save(&self, path: &Path, storage: Storage) -> Result<()> {
        let failed = |source| Error::Write {
            path: path.to_owned(),
            source,
        };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut file = temporary_in(folder).map_err(failed)?;
        let mut out = BufWriter::new(file.as_file_mut());
        out.write_all(&self.header(storage)?).map_err(failed)?;
        for name in self.names() {
            let tensor = self.tensor(name)?;
            let numbers = tensor.f32s();
            let bytes = storage.encode(&numbers).map_err(|fault| Error::Tensor {
                name: name.to_owned(),
                fault,
            })?;
            out.write_all(&bytes).map_err(failed)?;
        }
        out.flush().map_err(failed)?;
        drop(out);
        file.as_file().sync_all().map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        Ok(())
    }

    /// The length of the JSON and the JSON, padded with spaces as the format allows.
    fn header(&self, storage: Storage) -> Result<Vec<u8>> {
        let mut entries = serde_json::Map::new();
        entries.insert(
            "__metadata__".to_owned(),
            json!({
                FORMAT_KEY: FORMAT,
                VERSION_KEY: VERSION,
                SOURCE_KEY: self.source_sha256(),
                MADE_BY_KEY: concat!("tintype-checkpoint ", env!("CARGO_PKG_VERSION")),
            }),
        );
        let mut start = 0;
        for name in self.names() {
            let shape = self.tensor(name)?.shape;
            let end = start + shape.iter().product::<usize>() * storage.size();
            let entry =
                json!({ "dtype": storage.name(), "shape": shape, "data_offsets": [start, end] });
            entries.insert(name.to_owned(), entry);
            start = end;
        }
        let mut json = serde_json::Value::Object(entries).to_string().into_bytes();
        json.resize((8 + json.len()).next_multiple_of(ALIGNMENT) - 8, b' ');
        let mut header = (json.len() as u64).to_le_bytes().to_vec();
        header.append(&mut json);
        Ok(header)
    }
}

/// A file without a name yet, which vanishes if it is dropped.
fn temporary_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tintype-").suffix(".partial");
    // Otherwise the file would stay readable for its owner only, whatever the umask says.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}
