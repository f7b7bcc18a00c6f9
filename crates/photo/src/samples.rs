//! The values of a picture: in memory, or where they are many, in a file without a name that the system
//! may keep on disk.
//!
//! A scan of 400 megapixels takes 1.2 GB, and its result as much again. Most passes go over them once, row
//! by row, so that they need not be in memory as a whole; a mapped file looks to them like a slice, and the
//! system writes out and drops what it has no room for.

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;

use bytemuck::Pod;
use memmap2::{MmapMut, MmapOptions};

/// Values of more bytes than these are held in a file: several of that size beside a network fit where
/// there are 4 GB. Unit tests send small ones there, too, so that whatever they test is tested with both.
pub(crate) const MEMORY_BYTES: u64 = if cfg!(test) { 1 << 12 } else { 256 << 20 };

/// A run of values.
pub struct Samples<T>(Held<T>);

enum Held<T> {
    InMemory(Vec<T>),
    InFile(Mapped),
}

/// A file of this process's own, for as long as this lives.
struct Mapped {
    map: MmapMut,
}

/// Where large temporary files belong: `/tmp` is in memory on many systems.
pub(crate) fn large_files() -> PathBuf {
    let on_disk = PathBuf::from("/var/tmp");
    if cfg!(unix) && std::env::var_os("TMPDIR").is_none() && on_disk.is_dir() {
        return on_disk;
    }
    std::env::temp_dir()
}

/// How many of so many bytes of values are taken from memory for good: none of those in a file.
pub(crate) fn memory_bytes(bytes: u64) -> u64 {
    if bytes > MEMORY_BYTES { 0 } else { bytes }
}

impl<T: Pod> Samples<T> {
    /// So many zeros. They are in memory where they are few, and where no disk has room for them.
    pub(crate) fn zeroed(count: usize) -> Self {
        let bytes = count.saturating_mul(size_of::<T>());
        let mapped = (bytes as u64 > MEMORY_BYTES).then(|| Mapped::zeroed(bytes));
        Self(match mapped {
            Some(Ok(mapped)) => Held::InFile(mapped),
            Some(Err(_)) | None => Held::InMemory(vec![T::zeroed(); count]),
        })
    }

    /// A copy of a slice.
    pub(crate) fn of(values: &[T]) -> Self {
        let mut copy = Self::zeroed(values.len());
        copy.copy_from_slice(values);
        copy
    }

    /// The bytes of the values, in the machine's order.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(self)
    }
}

impl Mapped {
    fn zeroed(bytes: usize) -> io::Result<Self> {
        let file = tempfile::tempfile_in(large_files())?;
        // All of it at once: a disk that is full later can't be told from damage to a map.
        fs4::FileExt::allocate(&file, bytes as u64)?;
        if file.metadata()?.len() < bytes as u64 {
            file.set_len(bytes as u64)?;
        }
        let map = map(&file, bytes)?;
        // The map keeps the file.
        Ok(Self { map })
    }
}

#[allow(
    unsafe_code,
    reason = "a mapped file is only as safe as the file is one's own"
)]
fn map(file: &File, bytes: usize) -> io::Result<MmapMut> {
    // SAFETY: the file was made just now, has no name that anyone could open it by, and is as long as what
    // is mapped; nothing shortens it or writes to it but through this map.
    unsafe { MmapOptions::new().len(bytes).map_mut(file) }
}

impl<T: Pod> Deref for Samples<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.0 {
            Held::InMemory(values) => values,
            // Maps begin at a page.
            Held::InFile(mapped) => bytemuck::cast_slice(&mapped.map),
        }
    }
}

impl<T: Pod> DerefMut for Samples<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match &mut self.0 {
            Held::InMemory(values) => values,
            Held::InFile(mapped) => bytemuck::cast_slice_mut(&mut mapped.map),
        }
    }
}

impl<T> From<Vec<T>> for Samples<T> {
    fn from(values: Vec<T>) -> Self {
        Self(Held::InMemory(values))
    }
}

impl<T> FromIterator<T> for Samples<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Vec::from_iter(values).into()
    }
}

impl<T: Pod> Clone for Samples<T> {
    fn clone(&self) -> Self {
        Self::of(self)
    }
}

impl<T: Pod + PartialEq> PartialEq for Samples<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Pod + Eq> Eq for Samples<T> {}

impl<T: Pod + fmt::Debug> fmt::Debug for Samples<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_a_file_are_values_like_others() {
        let count = MEMORY_BYTES as usize;
        let mut many = Samples::<u16>::zeroed(count);
        assert!(matches!(many.0, Held::InFile(_)));
        assert!(many.iter().all(|value| *value == 0));
        many[count - 1] = 7;
        let copy = many.clone();
        many[0] = 1;
        assert_eq!((copy[0], copy[count - 1]), (0, 7));
        assert_ne!(copy, many);
        let plain = Samples::from(copy.to_vec());
        assert!(matches!(plain.0, Held::InMemory(_)));
        assert_eq!(copy, plain);
    }

    #[test]
    fn few_values_stay_in_memory() {
        let few = Samples::<u8>::zeroed(MEMORY_BYTES as usize);
        assert!(matches!(few.0, Held::InMemory(_)));
        assert_eq!(memory_bytes(MEMORY_BYTES), MEMORY_BYTES);
        assert_eq!(memory_bytes(MEMORY_BYTES + 1), 0);
    }

    #[test]
    fn what_no_disk_has_room_for_is_in_memory() {
        assert!(Mapped::zeroed(1 << 60).is_err());
    }
}
