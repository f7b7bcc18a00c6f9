//! Reading EXIF from bytes that may be anything.

use super::exif::{
    ByteOrder, Directory, EXIF_POINTER, Exif, Field, GPS_POINTER, INTEROP_POINTER, MAKER_NOTE,
    value_bytes,
};

/// Most fields of a directory that are looked at: cameras write fewer than 100.
const MAX_FIELDS: u64 = 4096;
/// A maker's note further away than this lies in no block that a JPEG could hold.
const FARTHEST_NOTE: usize = 1 << 16;

impl Exif {
    /// Reads a block of EXIF, or the first directory of a TIFF, classic or big. Of the main directory
    /// only the tags that `keep` likes are read, and of all no more than `max_bytes`. `None` if it is
    /// no such thing.
    pub(crate) fn read(bytes: &[u8], max_bytes: usize, keep: impl Fn(u16) -> bool) -> Option<Self> {
        let mut reader = Reader::new(bytes, max_bytes)?;
        let start = reader.start()?;
        let mut main = reader.directory(start, |tag| {
            keep(tag) || tag == EXIF_POINTER || tag == GPS_POINTER
        })?;
        let camera_at = reader.pointer(&mut main, EXIF_POINTER);
        let gps_at = reader.pointer(&mut main, GPS_POINTER);
        let mut note_at = None;
        let mut camera = reader.child(camera_at, &mut note_at);
        let gps = reader.child(gps_at, &mut None);
        let interop_at = reader.pointer(&mut camera, INTEROP_POINTER);
        let interop = reader.child(interop_at, &mut None);
        Some(Self {
            order: reader.order,
            main,
            camera,
            gps,
            interop,
            note_at: note_at.filter(|at| *at < FARTHEST_NOTE),
            is_damaged: reader.is_damaged,
        })
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    order: ByteOrder,
    /// Offsets of 64 bits.
    is_big: bool,
    /// How many bytes of values may still be read: many fields can point to the same large one.
    budget: usize,
    is_damaged: bool,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8], budget: usize) -> Option<Self> {
        let (order, version) = match bytes.get(..4)? {
            [b'I', b'I', version, 0] => (ByteOrder::Little, *version),
            [b'M', b'M', 0, version] => (ByteOrder::Big, *version),
            // What Olympus writes there.
            [b'I', b'I', b'R', b'O' | b'S'] => (ByteOrder::Little, 42),
            [b'M', b'M', b'O', b'R'] => (ByteOrder::Big, 42),
            _ => return None,
        };
        // 42 is TIFF, 43 is BigTIFF; 85 and others are makers' own, laid out as TIFF is.
        Some(Self {
            bytes,
            order,
            is_big: version == 43,
            budget,
            is_damaged: false,
        })
    }

    fn slice(&self, at: u64, length: usize) -> Option<&'a [u8]> {
        let at = usize::try_from(at).ok()?;
        self.bytes.get(at..at.checked_add(length)?)
    }

    fn u16(&self, at: u64) -> Option<u16> {
        let bytes = self.slice(at, 2)?.try_into().ok()?;
        Some(self.order.read_u16(bytes))
    }

    /// An offset or a count, as wide as this file has them.
    fn word(&self, at: u64) -> Option<u64> {
        if self.is_big {
            let bytes = self.slice(at, 8)?.try_into().ok()?;
            Some(self.order.read_u64(bytes))
        } else {
            let bytes = self.slice(at, 4)?.try_into().ok()?;
            Some(u64::from(self.order.read_u32(bytes)))
        }
    }

    fn start(&self) -> Option<u64> {
        self.word(if self.is_big { 8 } else { 4 })
    }

    /// Where another directory is, taken out of this one.
    fn pointer(&self, directory: &mut Directory, tag: u16) -> Option<u64> {
        let field = directory.take(tag)?;
        match field.bytes.as_slice() {
            [a, b, c, d] => Some(u64::from(self.order.read_u32([*a, *b, *c, *d]))),
            bytes => Some(self.order.read_u64(bytes.try_into().ok()?)),
        }
    }

    /// The directory at a place that another points to, and where the maker's note in it is.
    fn child(&mut self, at: Option<u64>, note_at: &mut Option<usize>) -> Directory {
        let Some(at) = at else {
            return Directory::default();
        };
        let directory = self.directory(at, |_| true);
        self.is_damaged |= directory.is_none();
        let directory = directory.unwrap_or_default();
        if directory.get(MAKER_NOTE).is_some() {
            *note_at = self.place_of(at, MAKER_NOTE);
        }
        directory
    }

    /// Where in the bytes the entries of a directory start, and how many they are.
    fn entries(&self, at: u64) -> Option<(u64, u64)> {
        if self.is_big {
            Some((at.checked_add(8)?, self.word(at)?))
        } else {
            Some((at.checked_add(2)?, u64::from(self.u16(at)?)))
        }
    }

    fn entry_bytes(&self) -> u64 {
        if self.is_big { 20 } else { 12 }
    }

    fn directory(&mut self, at: u64, keep: impl Fn(u16) -> bool) -> Option<Directory> {
        let (start, count) = self.entries(at)?;
        let mut directory = Directory::default();
        for index in 0..count.min(MAX_FIELDS) {
            let entry = start.checked_add(index * self.entry_bytes())?;
            let Some(tag) = self.u16(entry) else {
                // The directory ends early; what came before it is sound.
                self.is_damaged = true;
                break;
            };
            if !keep(tag) || directory.get(tag).is_some() {
                continue;
            }
            match self.field(entry, tag) {
                Some(field) => directory.0.push(field),
                None => self.is_damaged = true,
            }
        }
        Some(directory)
    }

    fn field(&mut self, entry: u64, tag: u16) -> Option<Field> {
        let kind = self.u16(entry + 2)?;
        let count = usize::try_from(self.word(entry + 4)?).ok()?;
        let length = count.checked_mul(value_bytes(kind)?)?;
        self.budget = self.budget.checked_sub(length)?;
        let bytes = self.slice(self.value_at(entry, length)?, length)?.to_vec();
        Some(Field { tag, kind, bytes })
    }

    /// Where a value is: in its entry if it fits there.
    fn value_at(&self, entry: u64, length: usize) -> Option<u64> {
        let (slot, room) = if self.is_big {
            (entry + 12, 8)
        } else {
            (entry + 8, 4)
        };
        if length <= room {
            Some(slot)
        } else {
            self.word(slot)
        }
    }

    fn place_of(&self, directory: u64, tag: u16) -> Option<usize> {
        let (start, count) = self.entries(directory)?;
        let entry = (0..count.min(MAX_FIELDS))
            .map(|index| start + index * self.entry_bytes())
            .find(|entry| self.u16(*entry) == Some(tag))?;
        let place = self.value_at(entry, usize::MAX)?;
        // In a TIFF the offset says nothing about where the note will be in a block.
        usize::try_from(place).ok().filter(|_| !self.is_big)
    }
}
