//! The zip archive that PyTorch puts around a checkpoint, as a table of contents.
//!
//! This is a reader of our own and not the `zip` crate because that one trusts the archive where
//! this crate must not: it reserves memory by the number of members that the file *claims* (some
//! 300 bytes for each byte of a hostile file), and of two members of one name it silently keeps the
//! last. What PyTorch writes needs little: members are stored, not compressed, so a member is a
//! range of the file, and no byte is copied here.
//!
//! The format is PKWARE's APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (directory), 4.3.14
//! to 4.3.16 (its end) and 4.5.3 (64-bit sizes, which PyTorch writes always).

use std::collections::HashMap;
use std::ops::Range;

use crate::error::shortened;
use crate::fault::ArchiveFault;

/// Members at most. The largest published checkpoint has about a thousand.
const MAX_MEMBERS: usize = 16_384;

const LOCAL_HEADER: (&[u8], usize) = (b"PK\x03\x04", 30);
const DIRECTORY_ENTRY: (&[u8], usize) = (b"PK\x01\x02", 46);
const END: (&[u8], usize) = (b"PK\x05\x06", 22);
const END_64: (&[u8], usize) = (b"PK\x06\x06", 56);
const END_64_LOCATOR: (&[u8], usize) = (b"PK\x06\x07", 20);
/// Flag bits 0 and 6: encrypted, strongly encrypted.
const ENCRYPTED: u16 = 0b0100_0001;

type Result<T> = std::result::Result<T, ArchiveFault>;

/// Where each member's bytes lie in the file. Members never overlap.
#[derive(Debug)]
pub(crate) struct Archive<'a> {
    members: HashMap<&'a str, Member>,
}

/// Where one member lies in the file.
#[derive(Debug)]
struct Member {
    /// Where its local header starts.
    header: usize,
    /// Its bytes, right after that header.
    range: Range<usize>,
}

impl<'a> Archive<'a> {
    /// Whether a file begins like a zip archive that has members.
    pub(crate) fn recognizes(file: &[u8]) -> bool {
        file.starts_with(LOCAL_HEADER.0)
    }

    /// Reads the table of contents of `file`.
    pub(crate) fn read(file: &'a [u8]) -> Result<Self> {
        let (directory, count) = find_directory(file)?;
        if count > MAX_MEMBERS as u64 {
            return Err(ArchiveFault::TooManyMembers {
                found: count,
                limit: MAX_MEMBERS,
            });
        }
        let data = file.get(..directory.start).ok_or(ArchiveFault::Directory)?;
        let mut rest = file.get(directory).ok_or(ArchiveFault::Directory)?;
        // Not reserved by the claimed count: it grows with the entries that are really there.
        let mut members = HashMap::new();
        for _ in 0..count {
            let (name, member) = read_entry(&mut rest, data)?;
            if members.insert(name, member).is_some() {
                return Err(ArchiveFault::Duplicate {
                    member: shortened(name),
                });
            }
        }
        refuse_overlaps(&members)?;
        Ok(Self { members })
    }

    /// The range of the member of that name.
    pub(crate) fn member(&self, name: &str) -> Option<Range<usize>> {
        self.members.get(name).map(|member| member.range.clone())
    }

    /// Every member's name.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.members.keys().copied()
    }
}

/// The range of the directory and its number of entries.
fn find_directory(file: &[u8]) -> Result<(Range<usize>, u64)> {
    let end = find_end(file)?;
    let record = fixed(file, end, END)?;
    let (mut count, mut size, mut start) = (
        u64::from(u16_at(record, 10)),
        u64::from(u32_at(record, 12)),
        u64::from(u32_at(record, 16)),
    );
    let mut limit = end;
    // The locator stands right before the end; where there is one, the 64-bit record is believed.
    if let Some(locator_at) = end.checked_sub(END_64_LOCATOR.1)
        && let Ok(locator) = fixed(file, locator_at, END_64_LOCATOR)
    {
        limit = usize_of(u64_at(locator, 8))?;
        if limit > locator_at {
            return Err(ArchiveFault::Directory);
        }
        let record = fixed(file, limit, END_64)?;
        (count, size, start) = (u64_at(record, 32), u64_at(record, 40), u64_at(record, 48));
    }
    let start = usize_of(start)?;
    let stop = start
        .checked_add(usize_of(size)?)
        .ok_or(ArchiveFault::Directory)?;
    if stop > limit {
        return Err(ArchiveFault::Directory);
    }
    Ok((start..stop, count))
}

/// Where the end record starts: the last place whose comment reaches exactly to the file's end.
fn find_end(file: &[u8]) -> Result<usize> {
    let last = file
        .len()
        .checked_sub(END.1)
        .ok_or(ArchiveFault::Directory)?;
    let first = last.saturating_sub(usize::from(u16::MAX));
    (first..=last)
        .rev()
        .find(|&at| {
            fixed(file, at, END)
                .is_ok_and(|record| at + END.1 + usize::from(u16_at(record, 20)) == file.len())
        })
        .ok_or(ArchiveFault::Directory)
}

/// Takes one entry off the directory.
fn read_entry<'a>(rest: &mut &'a [u8], data: &[u8]) -> Result<(&'a str, Member)> {
    let entry = fixed(rest, 0, DIRECTORY_ENTRY)?;
    let name_len = usize::from(u16_at(entry, 28));
    let extra_len = usize::from(u16_at(entry, 30));
    let comment_len = usize::from(u16_at(entry, 32));
    let variable = rest
        .get(DIRECTORY_ENTRY.1..)
        .ok_or(ArchiveFault::Directory)?;
    let (name, variable) = variable
        .split_at_checked(name_len)
        .ok_or(ArchiveFault::Directory)?;
    let (extra, variable) = variable
        .split_at_checked(extra_len)
        .ok_or(ArchiveFault::Directory)?;
    *rest = variable.get(comment_len..).ok_or(ArchiveFault::Directory)?;

    let name = std::str::from_utf8(name).map_err(|_| ArchiveFault::Name)?;
    let member = || shortened(name);
    if u16_at(entry, 8) & ENCRYPTED != 0 {
        return Err(ArchiveFault::Encrypted { member: member() });
    }
    if u16_at(entry, 10) != 0 {
        return Err(ArchiveFault::Compressed { member: member() });
    }
    let out_of_range = || ArchiveFault::OutOfRange { member: member() };
    let [size, stored, header] = sizes(entry, extra)
        .ok_or_else(out_of_range)?
        .map(|n| usize::try_from(n).ok());
    let (Some(size), Some(stored), Some(header)) = (size, stored, header) else {
        return Err(out_of_range());
    };
    if size != stored {
        return Err(out_of_range());
    }
    let start = data_start(data, header, name).ok_or_else(out_of_range)?;
    let end = start
        .checked_add(size)
        .filter(|&end| end <= data.len())
        .ok_or_else(out_of_range)?;
    Ok((
        name,
        Member {
            header,
            range: start..end,
        },
    ))
}

/// Size, stored size and offset of the local header. Each that reads all ones in the entry stands in
/// the 64-bit extra field (id 1) instead, in this order.
fn sizes(entry: &[u8], mut extra: &[u8]) -> Option<[u64; 3]> {
    let short = [u32_at(entry, 24), u32_at(entry, 20), u32_at(entry, 42)];
    let mut wide: &[u8] = &[];
    while let Some((head, tail)) = extra.split_at_checked(4) {
        let (field, next) = tail.split_at_checked(usize::from(u16_at(head, 2)))?;
        if u16_at(head, 0) == 1 {
            wide = field;
        }
        extra = next;
    }
    let mut sizes = [0; 3];
    for (size, short) in sizes.iter_mut().zip(short) {
        *size = if short == u32::MAX {
            let (number, next) = wide.split_at_checked(8)?;
            wide = next;
            u64_at(number, 0)
        } else {
            u64::from(short)
        };
    }
    Some(sizes)
}

/// Where the member's data starts: after the local header, which must bear the same name.
fn data_start(data: &[u8], header: usize, name: &str) -> Option<usize> {
    let local = fixed(data, header, LOCAL_HEADER).ok()?;
    let name_start = header.checked_add(LOCAL_HEADER.1)?;
    let name_end = name_start.checked_add(usize::from(u16_at(local, 26)))?;
    if data.get(name_start..name_end)? != name.as_bytes() {
        return None;
    }
    name_end.checked_add(usize::from(u16_at(local, 28)))
}

/// Overlapping members are how a small archive unpacks to a huge one. Headers count.
fn refuse_overlaps(members: &HashMap<&str, Member>) -> Result<()> {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by_key(|(_, member)| member.header);
    match sorted
        .windows(2)
        .find(|pair| pair[0].1.range.end > pair[1].1.header)
    {
        Some(pair) => Err(ArchiveFault::Overlap {
            first: shortened(pair[0].0),
            second: shortened(pair[1].0),
        }),
        None => Ok(()),
    }
}

/// The fixed part of a record at `at`, if it is there and bears its signature.
fn fixed<'a>(bytes: &'a [u8], at: usize, (signature, len): (&[u8], usize)) -> Result<&'a [u8]> {
    at.checked_add(len)
        .and_then(|end| bytes.get(at..end))
        .filter(|record| record.starts_with(signature))
        .ok_or(ArchiveFault::Directory)
}

fn usize_of(number: u64) -> Result<usize> {
    usize::try_from(number).map_err(|_| ArchiveFault::Directory)
}

// Offsets below are constants inside records whose length `fixed` has checked.

fn u16_at(record: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([record[at], record[at + 1]])
}

fn u32_at(record: &[u8], at: usize) -> u32 {
    u32::from(u16_at(record, at)) | u32::from(u16_at(record, at + 2)) << 16
}

fn u64_at(record: &[u8], at: usize) -> u64 {
    u64::from(u32_at(record, at)) | u64::from(u32_at(record, at + 4)) << 32
}
