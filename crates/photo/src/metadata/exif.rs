//! EXIF as a list of fields: read from a block or from a TIFF (`exif_read.rs`), changed, and written as a
//! block (`exif_write.rs`).
//!
//! A block of EXIF is a small TIFF without a picture (CIPA DC-008, section 4.5): directories of fields,
//! of which the main one points to those of the camera's settings, of the place (GPS) and of
//! interoperability. A second main directory describes the thumbnail; it is not read, since it would
//! show the old picture.
//!
//! Libraries that write EXIF know each field by name and move everything about. Here unknown fields
//! pass through, and the maker's note stays at its very place: its insides hold offsets that nobody but
//! the maker can correct.

use std::ops::Range;

use super::exif_write::Block;

/// Fields of the main directory.
pub(crate) const IMAGE_WIDTH: u16 = 0x0100;
pub(crate) const IMAGE_HEIGHT: u16 = 0x0101;
pub(crate) const ORIENTATION: u16 = 0x0112;
pub(crate) const X_RESOLUTION: u16 = 0x011A;
pub(crate) const Y_RESOLUTION: u16 = 0x011B;
pub(crate) const RESOLUTION_UNIT: u16 = 0x0128;
pub(crate) const EXIF_POINTER: u16 = 0x8769;
pub(crate) const GPS_POINTER: u16 = 0x8825;
/// Fields of the camera's directory.
pub(crate) const COLOR_SPACE: u16 = 0xA001;
pub(crate) const PIXEL_WIDTH: u16 = 0xA002;
pub(crate) const PIXEL_HEIGHT: u16 = 0xA003;
pub(crate) const INTEROP_POINTER: u16 = 0xA005;
pub(crate) const GAMMA: u16 = 0xA500;
pub(crate) const MAKER_NOTE: u16 = 0x927C;
/// The field of the directory of interoperability that names the color space.
pub(crate) const INTEROP_INDEX: u16 = 0x0001;

/// Kinds of value, by TIFF's numbers.
pub(crate) const ASCII: u16 = 2;
pub(crate) const SHORT: u16 = 3;
pub(crate) const LONG: u16 = 4;
pub(crate) const RATIONAL: u16 = 5;

/// The order of bytes in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    Little,
    Big,
}

/// A field: what it is, and its value's bytes in the order of its block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) tag: u16,
    pub(crate) kind: u16,
    pub(crate) bytes: Vec<u8>,
}

/// A directory: fields, each tag once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Directory(pub(crate) Vec<Field>);

/// All that EXIF tells of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exif {
    pub(crate) order: ByteOrder,
    pub(crate) main: Directory,
    pub(crate) camera: Directory,
    pub(crate) gps: Directory,
    pub(crate) interop: Directory,
    /// Where the maker's note has to stay.
    pub(crate) note_at: Option<usize>,
    /// Whether something could not be read.
    pub(crate) is_damaged: bool,
}

impl Exif {
    /// Nothing yet.
    pub(crate) fn empty() -> Self {
        Self {
            order: ByteOrder::Big,
            main: Directory::default(),
            camera: Directory::default(),
            gps: Directory::default(),
            interop: Directory::default(),
            note_at: None,
            is_damaged: false,
        }
    }

    /// Whether it tells nothing.
    pub(crate) fn is_empty(&self) -> bool {
        [&self.main, &self.camera, &self.gps, &self.interop]
            .iter()
            .all(|directory| directory.0.is_empty())
    }

    /// Writes a block, without a thumbnail.
    pub(crate) fn to_block(&self) -> Vec<u8> {
        Block::write(self, self.note_range())
    }

    /// The same without the maker's note, which often is the most of it.
    pub(crate) fn without_maker_note(mut self) -> Self {
        self.camera.take(MAKER_NOTE);
        self.note_at = None;
        self
    }

    fn note_range(&self) -> Option<Range<usize>> {
        let start = self.note_at?;
        let note = self.camera.get(MAKER_NOTE)?;
        // A note of up to four bytes lies in the directory itself.
        (note.bytes.len() > 4).then(|| start..start + note.bytes.len())
    }

    pub(crate) fn short(&self, tag: u16, value: u16) -> Field {
        Field {
            tag,
            kind: SHORT,
            bytes: self.order.u16(value).to_vec(),
        }
    }

    pub(crate) fn long(&self, tag: u16, value: u32) -> Field {
        Field {
            tag,
            kind: LONG,
            bytes: self.order.u32(value).to_vec(),
        }
    }

    pub(crate) fn rational(&self, tag: u16, (over, under): (u32, u32)) -> Field {
        Field {
            tag,
            kind: RATIONAL,
            bytes: [self.order.u32(over), self.order.u32(under)].concat(),
        }
    }

    /// The number that a field of the main directory starts with; a fraction where it is one.
    pub(crate) fn number(&self, tag: u16) -> Option<f64> {
        let field = self.main.get(tag)?;
        let at = |start: usize| {
            let bytes = field.bytes.get(start..start + 4)?;
            Some(self.order.read_u32(bytes.try_into().ok()?))
        };
        match field.kind {
            SHORT => {
                let bytes = field.bytes.get(..2)?.try_into().ok()?;
                Some(f64::from(self.order.read_u16(bytes)))
            }
            LONG => at(0).map(f64::from),
            RATIONAL => Some(f64::from(at(0)?) / f64::from(at(4)?)),
            _ => None,
        }
    }
}

impl Directory {
    pub(crate) fn get(&self, tag: u16) -> Option<&Field> {
        self.0.iter().find(|field| field.tag == tag)
    }

    /// Takes a field out.
    pub(crate) fn take(&mut self, tag: u16) -> Option<Field> {
        let index = self.0.iter().position(|field| field.tag == tag)?;
        Some(self.0.remove(index))
    }

    /// Puts a field in, in place of the one it had.
    pub(crate) fn set(&mut self, field: Field) {
        self.take(field.tag);
        self.0.push(field);
    }

    /// Puts a field in only in place of one that it had.
    pub(crate) fn replace(&mut self, field: Field) {
        if self.take(field.tag).is_some() {
            self.0.push(field);
        }
    }
}

impl ByteOrder {
    pub(crate) const NATIVE: Self = if cfg!(target_endian = "little") {
        Self::Little
    } else {
        Self::Big
    };

    pub(crate) fn u16(self, value: u16) -> [u8; 2] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }

    pub(crate) fn u32(self, value: u32) -> [u8; 4] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }

    pub(crate) fn read_u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    pub(crate) fn read_u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    pub(crate) fn read_u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            Self::Little => u64::from_le_bytes(bytes),
            Self::Big => u64::from_be_bytes(bytes),
        }
    }
}

/// Bytes of one value of a kind; `None` for kinds that are unknown.
pub(crate) fn value_bytes(kind: u16) -> Option<usize> {
    match kind {
        1 | ASCII | 6 | 7 => Some(1),
        SHORT | 8 => Some(2),
        LONG | 9 | 11 | 13 => Some(4),
        RATIONAL | 10 | 12 | 16 | 17 | 18 => Some(8),
        _ => None,
    }
}

/// Bytes of the numbers that a value of a kind is made of: a fraction is two.
pub(crate) fn number_bytes(kind: u16) -> usize {
    match kind {
        RATIONAL | 10 => 4,
        _ => value_bytes(kind).unwrap_or(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Orientation 6, a description, a camera's directory with a maker's note at 100, GPS, and a
    /// second main directory.
    fn block() -> Vec<u8> {
        let mut bytes = b"MM\0\x2A\0\0\0\x08".to_vec();
        let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
            let head = [tag.to_be_bytes(), kind.to_be_bytes()].concat();
            [head, count.to_be_bytes().to_vec(), value.to_vec()].concat()
        };
        bytes.extend(4u16.to_be_bytes());
        bytes.extend(entry(0x010E, ASCII, 6, [0, 0, 0, 120]));
        bytes.extend(entry(ORIENTATION, SHORT, 1, [0, 6, 0, 0]));
        bytes.extend(entry(EXIF_POINTER, LONG, 1, [0, 0, 0, 64]));
        bytes.extend(entry(GPS_POINTER, LONG, 1, [0, 0, 0, 82]));
        bytes.extend(82u32.to_be_bytes());
        bytes.resize(64, 0);
        bytes.extend(1u16.to_be_bytes());
        bytes.extend(entry(MAKER_NOTE, 7, 9, [0, 0, 0, 102]));
        bytes.extend([0; 4]);
        bytes.extend(1u16.to_be_bytes());
        bytes.extend(entry(1, ASCII, 2, *b"N\0\0\0"));
        bytes.extend([0; 6]);
        assert_eq!(bytes.len(), 102);
        bytes.extend(b"MAKERNOTE");
        bytes.resize(120, 0);
        bytes.extend(b"Hello\0");
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Exif> {
        Exif::read(bytes, 1 << 16, |_| true)
    }

    #[test]
    fn every_directory_is_read_and_comes_back_from_what_is_written() {
        let exif = read(&block()).unwrap();
        assert_eq!(exif.main.get(0x010E).unwrap().bytes, b"Hello\0");
        assert_eq!(exif.number(ORIENTATION), Some(6.0));
        assert_eq!(exif.gps.get(1).unwrap().bytes, b"N\0");
        assert!(!exif.is_damaged);
        let back = read(&exif.to_block()).unwrap();
        assert_eq!((&back.camera, &back.gps), (&exif.camera, &exif.gps));
        assert_eq!(back.main.get(0x010E), exif.main.get(0x010E));
    }

    #[test]
    fn the_makers_note_stays_where_it_was() {
        let mut exif = read(&block()).unwrap();
        assert_eq!(&exif.to_block()[102..111], b"MAKERNOTE");
        // More fields than there is room for before it go behind it.
        for tag in 0x9000..0x9010 {
            let field = exif.rational(tag, (u32::from(tag), 7));
            exif.camera.set(field);
        }
        let block = exif.to_block();
        assert_eq!(&block[102..111], b"MAKERNOTE");
        assert_eq!(read(&block).unwrap().camera.0.len(), 17);
        assert!(exif.without_maker_note().to_block().len() < block.len());
    }

    #[test]
    fn the_thumbnails_directory_is_gone() {
        let written = read(&block()).unwrap().to_block();
        let count = u16::from_be_bytes([written[8], written[9]]);
        let next = 10 + 12 * usize::from(count);
        assert_eq!(written[next..next + 4], [0; 4]);
    }

    #[test]
    fn damage_costs_what_it_hits_and_no_more() {
        let whole = block();
        for at in 0..whole.len() {
            for change in [0x01, 0x80, 0xFF] {
                let mut bad = whole.clone();
                bad[at] ^= change;
                if let Some(exif) = read(&bad) {
                    let _ = exif.to_block();
                }
            }
            if let Some(exif) = read(&whole[..at]) {
                let _ = exif.to_block();
            }
        }
        let cut = read(&whole[..122]).unwrap();
        assert!(cut.is_damaged);
        assert_eq!(cut.number(ORIENTATION), Some(6.0));
    }

    #[test]
    fn a_small_block_cannot_grow_beyond_its_budget() {
        // 200 fields, all of them the same 4 KB.
        let mut bytes = b"II\x2A\0\x08\0\0\0".to_vec();
        bytes.extend(200u16.to_le_bytes());
        for tag in 0..200u16 {
            bytes.extend([tag.to_le_bytes(), 7u16.to_le_bytes()].concat());
            bytes.extend([4096u32.to_le_bytes(), 8u32.to_le_bytes()].concat());
        }
        bytes.resize(5000, 0);
        let exif = read(&bytes).unwrap();
        assert_eq!(exif.main.0.len(), 16);
        assert!(exif.is_damaged);
    }
}
