//! The safetensors format: a JSON header that names byte ranges, then the bytes.
//!
//! The `safetensors` crate parses and checks the header: ranges without holes or overlaps, sizes that
//! fit shapes. Before it may, this module bounds what it would trust: the number of tensors and the
//! length of the header (the crate allows 100 MB), names given twice (it keeps one of them), and
//! ranges that end past the file (version 0.6.2 adds such an end to the header's length without
//! checking the sum).

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use safetensors::SafeTensors;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use crate::checkpoint::Entry;
use crate::error::shortened;
use crate::fault::{SafetensorsFault, TensorFault};
use crate::pickle::MAX_DIMS;
use crate::{DType, Error, Result};

/// Bytes of a header at most. The large published checkpoint needs about 150 KiB.
const MAX_HEADER: usize = 1 << 19;
/// Tensors at most. The large published checkpoint has about a thousand.
const MAX_TENSORS: usize = 4096;
/// The key beside the tensors under which texts may stand.
const METADATA: &str = "__metadata__";

/// Tensors by name, and the texts that the file says about itself.
pub(crate) type Contents = (BTreeMap<String, Entry>, BTreeMap<String, String>);

/// Whether a file begins like safetensors: a length, then the JSON object of that length.
pub(crate) fn recognizes(file: &[u8]) -> bool {
    file.get(8) == Some(&b'{')
}

/// Lists the tensors of a safetensors file.
pub(crate) fn read(file: &[u8]) -> Result<Contents> {
    let header = header(file)?;
    let data_len = file.len() - 8 - header.len();
    check_header(header, data_len)?;
    let (header_len, metadata) =
        SafeTensors::read_metadata(file).map_err(SafetensorsFault::Format)?;
    let mut tensors = BTreeMap::new();
    for (name, info) in metadata.tensors() {
        let fail = |fault| Error::Tensor {
            name: shortened(&name),
            fault,
        };
        if info.shape.len() > MAX_DIMS {
            let found = info.shape.len();
            return Err(fail(TensorFault::Dimensions {
                found,
                limit: MAX_DIMS,
            }));
        }
        let dtype = dtype(info.dtype).map_err(fail)?;
        let start = 8 + header_len;
        let range = start + info.data_offsets.0..start + info.data_offsets.1;
        tensors.insert(
            name,
            Entry {
                dtype,
                shape: info.shape.clone(),
                range,
            },
        );
    }
    let texts = metadata.metadata().iter().flatten();
    Ok((
        tensors,
        texts
            .map(|(key, text)| (key.clone(), text.clone()))
            .collect(),
    ))
}

/// The JSON of a file, if its length is sane.
fn header(file: &[u8]) -> std::result::Result<&[u8], SafetensorsFault> {
    let (len, rest) = file
        .split_first_chunk::<8>()
        .ok_or(SafetensorsFault::HeaderOutOfRange)?;
    let len = u64::from_le_bytes(*len);
    if len > MAX_HEADER as u64 {
        return Err(SafetensorsFault::HeaderTooLarge {
            found: len,
            limit: MAX_HEADER,
        });
    }
    rest.get(..len as usize)
        .ok_or(SafetensorsFault::HeaderOutOfRange)
}

fn dtype(dtype: safetensors::Dtype) -> std::result::Result<DType, TensorFault> {
    use safetensors::Dtype as D;
    Ok(match dtype {
        D::F64 => DType::F64,
        D::F32 => DType::F32,
        D::F16 => DType::F16,
        D::BF16 => DType::BF16,
        D::I64 => DType::I64,
        D::I32 => DType::I32,
        D::I16 => DType::I16,
        D::I8 => DType::I8,
        D::U8 => DType::U8,
        D::BOOL => DType::Bool,
        other => {
            return Err(TensorFault::UnknownDType {
                found: format!("{other:?}"),
            });
        }
    })
}

/// Walks the header without building anything but a set of names.
fn check_header(header: &[u8], data_len: usize) -> Result<()> {
    let mut fault = None;
    let check = HeaderCheck {
        data_len: data_len as u64,
        fault: &mut fault,
    };
    let mut json = serde_json::Deserializer::from_slice(header);
    let outcome = check.deserialize(&mut json).and_then(|()| json.end());
    match (fault, outcome) {
        (Some(fault), _) => Err(fault),
        (None, Err(error)) => Err(SafetensorsFault::Json(error).into()),
        (None, Ok(())) => Ok(()),
    }
}

/// Visits the header's entries; what it finds wrong it leaves in `fault`.
struct HeaderCheck<'f> {
    data_len: u64,
    fault: &'f mut Option<Error>,
}

/// The one part of a tensor's entry that is looked at here.
#[derive(serde::Deserialize)]
struct Offsets {
    data_offsets: (u64, u64),
}

impl<'de> DeserializeSeed<'de> for HeaderCheck<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for HeaderCheck<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<(), A::Error> {
        let mut names = HashSet::new();
        // serde wants an error of its own to stop; the one that is reported waits in `fault`.
        let stop = || A::Error::custom("stopped");
        while let Some(name) = map.next_key::<String>()? {
            if names.len() > MAX_TENSORS {
                *self.fault = Some(SafetensorsFault::TooMany { limit: MAX_TENSORS }.into());
                return Err(stop());
            }
            if name == METADATA {
                map.next_value::<IgnoredAny>()?;
            } else {
                let Offsets {
                    data_offsets: (start, end),
                } = map.next_value()?;
                if start > end || end > self.data_len {
                    let (needed, available) = (end as usize, self.data_len as usize);
                    let fault = TensorFault::OutOfRange { needed, available };
                    *self.fault = Some(Error::Tensor {
                        name: shortened(&name),
                        fault,
                    });
                    return Err(stop());
                }
            }
            if names.contains(&name) {
                let name = shortened(&name);
                *self.fault = Some(SafetensorsFault::Duplicate { name }.into());
                return Err(stop());
            }
            names.insert(name);
        }
        Ok(())
    }
}
