//! PyTorch's zip format: `NAME/data.pkl` describes tensors whose numbers lie in `NAME/data/KEY`.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::archive::Archive;
use crate::checkpoint::Entry;
use crate::error::shortened;
use crate::fault::{ArchiveFault, TensorFault};
use crate::pickle::{self, TensorRecord};
use crate::{Error, Result};

const PICKLE: &str = "data.pkl";

/// Lists the tensors of a PyTorch checkpoint.
pub(crate) fn read(file: &[u8]) -> Result<BTreeMap<String, Entry>> {
    let archive = Archive::read(file)?;
    let folder = folder(&archive)?;
    let content = |name: &str| {
        archive
            .member(&format!("{folder}{name}"))
            .and_then(|range| file.get(range))
    };
    // Absent in files from before PyTorch 2.0, all of which are little-endian.
    if let Some(order) = content("byteorder")
        && order.trim_ascii() != b"little"
    {
        return Err(Error::ByteOrder {
            found: shortened(&String::from_utf8_lossy(&order[..order.len().min(16)])),
        });
    }
    let records = pickle::state_dict(content(PICKLE).unwrap_or_default())?;
    let mut tensors = BTreeMap::new();
    for (name, record) in records {
        match entry(&record, &archive, folder) {
            Ok(entry) => tensors.insert(name, entry),
            Err(fault) => {
                return Err(Error::Tensor {
                    name: shortened(&name),
                    fault,
                });
            }
        };
    }
    refuse_shared(&tensors)?;
    Ok(tensors)
}

/// The folder in the archive that everything is in, with its slash; PyTorch names it after the file.
fn folder<'a>(archive: &Archive<'a>) -> Result<&'a str> {
    let mut folders = archive.names().filter_map(|name| {
        name.strip_suffix(PICKLE)
            .filter(|folder| folder.is_empty() || folder.ends_with('/'))
    });
    match (folders.next(), folders.count()) {
        (Some(folder), 0) => Ok(folder),
        (first, more) => {
            let found = usize::from(first.is_some()) + more;
            Err(ArchiveFault::NoPickle { found }.into())
        }
    }
}

/// Checks a tensor's description against the archive.
fn entry(
    record: &TensorRecord,
    archive: &Archive,
    folder: &str,
) -> std::result::Result<Entry, TensorFault> {
    let TensorRecord {
        storage,
        offset,
        shape,
        strides,
    } = record;
    if !is_contiguous(shape, strides) {
        let (shape, strides) = (shape.clone(), strides.clone());
        return Err(TensorFault::Strides { shape, strides });
    }
    let overflow = || TensorFault::Overflow {
        shape: shape.clone(),
    };
    let size = storage.dtype.size();
    let count = shape
        .iter()
        .try_fold(1usize, |n, &side| n.checked_mul(side))
        .ok_or_else(overflow)?;
    let start = offset.checked_mul(size).ok_or_else(overflow)?;
    let end = count
        .checked_mul(size)
        .and_then(|len| start.checked_add(len))
        .ok_or_else(overflow)?;
    let member = archive
        .member(&format!("{folder}data/{}", storage.key))
        .ok_or_else(|| TensorFault::NoStorage {
            storage: shortened(storage.key),
        })?;
    if end > member.len() {
        return Err(TensorFault::OutOfRange {
            needed: end,
            available: member.len(),
        });
    }
    let range = member.start + start..member.start + end;
    Ok(Entry {
        dtype: storage.dtype,
        shape: shape.clone(),
        range,
    })
}

/// Whether strides are those of rows laid out one after another. A side of 1 may have any stride.
fn is_contiguous(shape: &[usize], strides: &[usize]) -> bool {
    let mut expected = 1usize;
    shape.len() == strides.len()
        && (shape.contains(&0)
            || shape.iter().zip(strides).rev().all(|(&side, &stride)| {
                let fits = side == 1 || stride == expected;
                // A product too large is refused as an overflow afterwards.
                expected = expected.saturating_mul(side);
                fits
            }))
}

/// In `DDColor` no tensor shares bytes with another, and this keeps the sum of all tensors, and so
/// what is ever allocated for them, under the size of the file.
fn refuse_shared(tensors: &BTreeMap<String, Entry>) -> Result<()> {
    let mut sorted: Vec<(&str, &Range<usize>)> = tensors
        .iter()
        .map(|(name, entry)| (name.as_str(), &entry.range))
        .filter(|(_, range)| !range.is_empty())
        .collect();
    sorted.sort_by_key(|(_, range)| range.start);
    match sorted
        .windows(2)
        .find(|pair| pair[0].1.end > pair[1].1.start)
    {
        Some(pair) => Err(Error::Tensor {
            name: shortened(pair[1].0),
            fault: TensorFault::Shared {
                other: shortened(pair[0].0),
            },
        }),
        None => Ok(()),
    }
}
