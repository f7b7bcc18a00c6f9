//! Telling the raw files of cameras from pictures: most of them are TIFFs, and read as such they would be
//! their own thumbnails.

/// A directory of TIFF as it lies in a file, classic or big.
struct Directory<'a> {
    file: &'a [u8],
    entries: usize,
    count: usize,
    is_big: bool,
    is_big_endian: bool,
}

/// What the camera's file is called, if the TIFF is one.
pub(crate) fn name(file: &[u8]) -> Option<&'static str> {
    const SUBFILE_TYPE: u16 = 254;
    const MAKE: u16 = 271;
    const SUB_IMAGES: u16 = 330;
    const DNG_VERSION: u16 = 50_706;
    if file.get(8..10) == Some(b"CR") {
        return Some("Canon RAW");
    }
    let directory = Directory::first(file)?;
    if directory.value(DNG_VERSION).is_some() {
        return Some("DNG RAW");
    }
    // A smaller copy in front, a camera's name, and the picture itself out of sight: Nikon, Sony and others.
    let is_thumbnail = directory.value(SUBFILE_TYPE)? & 1 == 1;
    let has = |tag| directory.value(tag).is_some();
    (is_thumbnail && has(MAKE) && has(SUB_IMAGES)).then_some("camera RAW")
}

impl<'a> Directory<'a> {
    fn first(file: &'a [u8]) -> Option<Self> {
        let mut directory = Self {
            file,
            entries: 0,
            count: 0,
            is_big: false,
            is_big_endian: file.first() == Some(&b'M'),
        };
        directory.is_big = directory.number(2, 2)? == 43;
        let (at, size, count_size) = if directory.is_big {
            (8, 8, 8)
        } else {
            (4, 4, 2)
        };
        let start = usize::try_from(directory.number(at, size)?).ok()?;
        directory.count = usize::try_from(directory.number(start, count_size)?).ok()?;
        directory.entries = start.checked_add(count_size)?;
        Some(directory)
    }

    fn number(&self, at: usize, size: usize) -> Option<u64> {
        let bytes = self.file.get(at..at.checked_add(size)?)?;
        let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.is_big_endian {
            bytes.iter().fold(0, add)
        } else {
            bytes.iter().rev().fold(0, add)
        })
    }

    /// The first number of a tag, or where its numbers lie if it has more than fit.
    fn value(&self, tag: u16) -> Option<u64> {
        let (entry_bytes, value_at, value_bytes) =
            if self.is_big { (20, 12, 8) } else { (12, 8, 4) };
        let room = self.file.len().saturating_sub(self.entries) / entry_bytes;
        let entry = (0..self.count.min(room))
            .map(|i| self.entries + i * entry_bytes)
            .find(|entry| self.number(*entry, 2) == Some(tag.into()))?;
        self.number(entry + value_at, value_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A TIFF of a directory and nothing else; each tag holds one 32-bit number.
    fn tiff(tags: &[(u16, u32)]) -> Vec<u8> {
        let mut file = b"II*\0\x08\0\0\0".to_vec();
        file.extend((tags.len() as u16).to_le_bytes());
        for (tag, value) in tags {
            file.extend(tag.to_le_bytes());
            file.extend([4, 0, 1, 0, 0, 0]);
            file.extend(value.to_le_bytes());
        }
        file
    }

    #[test]
    fn a_thumbnail_before_a_cameras_picture_is_no_photo() {
        assert_eq!(name(&tiff(&[(254, 0), (50_706, 4)])), Some("DNG RAW"));
        let nikon = [(254, 1), (271, 9), (330, 99)];
        assert_eq!(name(&tiff(&nikon)), Some("camera RAW"));
        assert_eq!(name(&tiff(&[(254, 0), (271, 9), (330, 99)])), None);
        assert_eq!(name(&tiff(&[(254, 1)])), None);
        assert_eq!(name(b"II*\0\x10\0\0\0CR\x02\0"), Some("Canon RAW"));
        assert_eq!(name(b"MM\0*\xFF\xFF\xFF\xFF"), None);
    }
}
