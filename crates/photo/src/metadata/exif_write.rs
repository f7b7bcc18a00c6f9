//! Laying fields of EXIF out as a block.

use std::ops::Range;

use super::exif::{
    ByteOrder, Directory, EXIF_POINTER, Exif, Field, GPS_POINTER, INTEROP_POINTER, MAKER_NOTE,
    value_bytes,
};

const HEADER_BYTES: usize = 8;

/// A block that is being written. It grows at its end, around the place that is taken already.
pub(crate) struct Block {
    bytes: Vec<u8>,
    order: ByteOrder,
    end: usize,
    /// Where the maker's note has to be.
    taken: Option<Range<usize>>,
}

impl Block {
    /// Writes a block of all four directories, and a maker's note to `taken`, if it has to be there.
    pub(crate) fn write(exif: &Exif, taken: Option<Range<usize>>) -> Vec<u8> {
        let taken = taken.filter(|taken| taken.start >= HEADER_BYTES);
        let mut block = Self {
            bytes: Vec::new(),
            order: exif.order,
            end: HEADER_BYTES,
            taken,
        };
        block.header();
        // From the main directory on, each with room for its pointers to those that follow.
        let has_interop = !exif.interop.0.is_empty();
        let has_camera = has_interop || !exif.camera.0.is_empty();
        let has_gps = !exif.gps.0.is_empty();
        let main_fields = exif.main.0.len() + usize::from(has_camera) + usize::from(has_gps);
        let main_at = block.reserve(directory_bytes(main_fields));
        let pointer = |tag, at: usize| exif.long(tag, at as u32);
        let mut main = exif.main.clone();
        if has_camera {
            let fields = exif.camera.0.len() + usize::from(has_interop);
            let at = block.reserve(directory_bytes(fields));
            let mut camera = exif.camera.clone();
            if has_interop {
                let at = block.reserve(directory_bytes(exif.interop.0.len()));
                block.directory(at, &exif.interop);
                camera.set(pointer(INTEROP_POINTER, at));
            }
            block.directory(at, &camera);
            main.set(pointer(EXIF_POINTER, at));
        }
        if has_gps {
            let at = block.reserve(directory_bytes(exif.gps.0.len()));
            block.directory(at, &exif.gps);
            main.set(pointer(GPS_POINTER, at));
        }
        block.directory(main_at, &main);
        let main_at = exif.order.u32(main_at as u32);
        block.put(4, &main_at);
        block.bytes
    }

    fn header(&mut self) {
        let mark = match self.order {
            ByteOrder::Little => b"II",
            ByteOrder::Big => b"MM",
        };
        self.put(0, mark);
        let version = self.order.u16(42);
        self.put(2, &version);
    }

    /// A place for so many bytes, at an even offset as TIFF wants it.
    fn reserve(&mut self, length: usize) -> usize {
        let mut start = self.end.next_multiple_of(2);
        if let Some(taken) = &self.taken
            && start < taken.end
            && start + length > taken.start
        {
            start = taken.end.next_multiple_of(2);
        }
        self.end = start + length;
        start
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        let end = at + bytes.len();
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        self.bytes[at..end].copy_from_slice(bytes);
    }

    /// Writes a directory to its place, and its values to places that are found for them. What comes
    /// after it, the offset of a next directory, is zero: there is none.
    fn directory(&mut self, at: usize, directory: &Directory) {
        let mut fields: Vec<&Field> = directory.0.iter().collect();
        fields.sort_by_key(|field| field.tag);
        let count = self.order.u16(fields.len() as u16);
        self.put(at, &count);
        for (index, field) in fields.iter().enumerate() {
            self.entry(at + 2 + 12 * index, field);
        }
        self.put(at + 2 + 12 * fields.len(), &[0; 4]);
    }

    fn entry(&mut self, at: usize, field: &Field) {
        let count = field.bytes.len() / value_bytes(field.kind).unwrap_or(1);
        let head = [self.order.u16(field.tag), self.order.u16(field.kind)].concat();
        self.put(at, &head);
        let count = self.order.u32(count as u32);
        self.put(at + 4, &count);
        if field.bytes.len() <= 4 {
            self.put(at + 8, &[0; 4]);
            self.put(at + 8, &field.bytes);
            return;
        }
        let place = self.place_of(field);
        self.put(place, &field.bytes);
        let place = self.order.u32(place as u32);
        self.put(at + 8, &place);
    }

    fn place_of(&mut self, field: &Field) -> usize {
        match &self.taken {
            Some(taken) if field.tag == MAKER_NOTE && field.bytes.len() == taken.len() => {
                taken.start
            }
            _ => self.reserve(field.bytes.len()),
        }
    }
}

fn directory_bytes(fields: usize) -> usize {
    2 + 12 * fields + 4
}
