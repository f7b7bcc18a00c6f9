//! What a raw file claims, looked at before `rawler` is: it believes what it reads, makes room for all of it, and
//! follows directories wherever they lead. A program that runs out of memory is ended by the system, and one in a
//! circle of directories never ends; neither can be caught.

use std::collections::HashSet;

use super::{corrupt, unsupported_variety};
use crate::decode::raw::{DESCRIPTION, boxes, canon_blocks, is_in_boxes};
use crate::metadata::ByteOrder;
use crate::{Error, Limits, Result, SourceFormat};

/// Cameras write fewer than ten.
const MOST_DIRECTORIES: usize = 64;
/// The most that `rawler` reads of one.
const MOST_ENTRIES: u64 = 4096;
/// What a value may claim to hold beyond the file's end, before it is found not to be there.
const MOST_BYTES_AHEAD: u64 = 1 << 28;
/// What all values together may hold: each lies in the file once, and some are looked at several times.
const MOST_TIMES_THE_FILE: u64 = 8;
const ALWAYS_BYTES: u64 = 1 << 24;
/// Pixels that a decoder may make of each that is left in the end: masked borders, and tiles that reach beyond them.
const PADDING: u64 = 4;
/// Red, green, blue, and another green or emerald.
const MOST_SAMPLES: u64 = 4;
/// Boxes lie in boxes.
const DEEPEST_BOX: usize = 12;

const WIDTH: u16 = 0x0100;
const HEIGHT: u16 = 0x0101;
const COMPRESSION: u16 = 0x0103;
const STRIPS: u16 = 0x0111;
const SAMPLES: u16 = 0x0115;
const TILE_WIDTH: u16 = 0x0142;
const TILE_HEIGHT: u16 = 0x0143;
const TILES: u16 = 0x0144;
const SUB_IMAGES: u16 = 0x014A;
const EXIF: u16 = 0x8769;
const PROFILE: u16 = 0x8773;
const GPS: u16 = 0x8825;
const MAKER_NOTE: u16 = 0x927C;
const FUJIFILM: u16 = 0xF000;
const FUJIFILM_WIDTH: u16 = 0xF001;
const FUJIFILM_HEIGHT: u16 = 0xF002;
/// Where Panasonic has the size.
const PANASONIC_WIDTH: u16 = 2;
const PANASONIC_HEIGHT: u16 = 3;

/// JPEG XL: its decoder's threads would end the program with a panic in one.
const JPEG_XL: u64 = 52_546;

/// What makers' notes start with, and where their directory is then.
const NOTES: [(&[u8], usize); 6] = [
    (b"OLYMPUS", 12),
    (b"OLYMP", 8),
    (b"FUJIFILM", 12),
    (b"SONY DSC ", 12),
    (b"AOC\0", 4),
    (b"PENTAX", 8),
];

/// Looks a raw file through.
///
/// # Errors
/// [`Error::TooManyPixels`], [`Error::UnsupportedVariety`], or [`Error::Corrupt`] for what no camera writes.
pub(super) fn check(file: &[u8], limits: &Limits) -> Result<()> {
    let mut claims = Claims {
        file,
        limits,
        budget: (file.len() as u64 * MOST_TIMES_THE_FILE).max(ALWAYS_BYTES),
        directories: 0,
    };
    if file.starts_with(b"FUJIFILM") {
        claims.fujifilm()
    } else if is_in_boxes(file) {
        claims.canon()
    } else {
        claims.tiff(0)
    }
}

struct Claims<'a> {
    file: &'a [u8],
    limits: &'a Limits,
    /// How many bytes of values may still be made room for.
    budget: u64,
    /// How many directories there were so far.
    directories: usize,
}

/// A TIFF in the file: where it starts, and its order of bytes.
#[derive(Clone, Copy)]
struct Tiff {
    base: usize,
    order: ByteOrder,
}

/// A directory's field.
#[derive(Clone, Copy)]
struct Entry {
    tag: u16,
    kind: u16,
    count: u64,
    /// Where in the file its value is.
    value: usize,
}

impl<'a> Claims<'a> {
    fn tiff(&mut self, base: usize) -> Result<()> {
        let start = self.file.get(base..).unwrap_or_default();
        let order = match start {
            [b'I', b'I', ..] => ByteOrder::Little,
            [b'M', b'M', ..] => ByteOrder::Big,
            _ => return Err(corrupt("a directory is missing")),
        };
        let tiff = Tiff { base, order };
        let mut next = self.u32(tiff, base + 4).unwrap_or(0);
        let mut seen = HashSet::new();
        while next != 0 {
            if !seen.insert(next) {
                return Err(corrupt("its directories go round in a circle"));
            }
            next = self.directory(tiff, next as usize + base, true)?;
        }
        Ok(())
    }

    /// Looks a directory through and tells where the next one is.
    fn directory(&mut self, tiff: Tiff, at: usize, has_children: bool) -> Result<u32> {
        self.directories += 1;
        if self.directories > MOST_DIRECTORIES {
            return Err(corrupt("there are too many directories"));
        }
        let count = u64::from(self.u16(tiff, at).unwrap_or(0)).min(MOST_ENTRIES) as usize;
        let entries: Vec<Entry> = (0..count)
            .map_while(|i| self.entry(tiff, at + 2 + 12 * i))
            .collect();
        for entry in &entries {
            self.value(*entry)?;
        }
        self.size(tiff, &entries)?;
        for entry in entries.iter().filter(|_| has_children) {
            match entry.tag {
                SUB_IMAGES | EXIF | GPS | PROFILE | FUJIFILM => self.children(tiff, *entry)?,
                _ => {}
            }
        }
        if let Some(note) = entries.iter().find(|entry| entry.tag == MAKER_NOTE) {
            self.maker_note(tiff, *note)?;
        }
        Ok(self.u32(tiff, at + 2 + 12 * count).unwrap_or(0))
    }

    fn children(&mut self, tiff: Tiff, entry: Entry) -> Result<()> {
        const LONG: u16 = 4;
        const UNDEFINED: u16 = 7;
        match entry.kind {
            LONG => {
                for i in 0..entry.count.min(MOST_DIRECTORIES as u64 + 1) as usize {
                    if let Some(at) = self.u32(tiff, entry.value + 4 * i) {
                        self.directory(tiff, tiff.base + at as usize, false)?;
                    }
                }
            }
            UNDEFINED => _ = self.directory(tiff, entry.value, false)?,
            _ => {}
        }
        Ok(())
    }

    /// The maker's own directory, which starts where its name says.
    fn maker_note(&mut self, tiff: Tiff, entry: Entry) -> Result<()> {
        let note = self.file.get(entry.value..).unwrap_or_default();
        if note.starts_with(b"Nikon\0\x02") {
            return self.nikon(entry.value + 10);
        }
        let name = NOTES.iter().find(|(name, _)| note.starts_with(name));
        let skipped = name.map_or(0, |(_, length)| *length);
        let (order, marked) = match note.get(skipped..skipped + 2) {
            Some(b"II") => (ByteOrder::Little, 2),
            Some(b"MM") => (ByteOrder::Big, 2),
            _ => (tiff.order, 0),
        };
        let at = entry.value + skipped + marked;
        self.directory(Tiff { order, ..tiff }, at, false)?;
        Ok(())
    }

    /// A whole TIFF of its own, of which `rawler` takes the first directory to be where it always is.
    fn nikon(&mut self, base: usize) -> Result<()> {
        let order = match self.file.get(base..base + 2) {
            Some(b"II") => ByteOrder::Little,
            _ => ByteOrder::Big,
        };
        self.directory(Tiff { base, order }, base + 8, false)?;
        Ok(())
    }

    /// That a value takes no more room than there is.
    fn value(&mut self, entry: Entry) -> Result<()> {
        let bytes = entry.count.saturating_mul(2 * value_bytes(entry.kind));
        let ahead = (self.file.len().saturating_sub(entry.value) as u64).saturating_mul(2);
        if bytes > ahead {
            // It will be found missing, after room was made for it.
            return if bytes > MOST_BYTES_AHEAD {
                Err(corrupt("a value is larger than the file"))
            } else {
                Ok(())
            };
        }
        self.budget = self
            .budget
            .checked_sub(bytes)
            .ok_or_else(|| corrupt("its values overlap"))?;
        Ok(())
    }

    /// That the picture of a directory, if it has one, is within the limits.
    fn size(&self, tiff: Tiff, entries: &[Entry]) -> Result<()> {
        let number = |tag: u16| {
            let entry = entries.iter().find(|entry| entry.tag == tag)?;
            self.number(tiff, *entry)
        };
        let side = |tag: u16, others: u16| number(tag).or_else(|| number(others));
        let is_panasonic = self.file.starts_with(b"IIU\0");
        let (other_width, other_height) = if is_panasonic {
            (PANASONIC_WIDTH, PANASONIC_HEIGHT)
        } else {
            (FUJIFILM_WIDTH, FUJIFILM_HEIGHT)
        };
        let (width, height) = (side(WIDTH, other_width), side(HEIGHT, other_height));
        let (Some(width), Some(height)) = (width, height) else {
            return Ok(());
        };
        self.sides(width, height)?;
        if number(SAMPLES).is_some_and(|samples| samples > MOST_SAMPLES) {
            return Err(unsupported_variety("more than four colors"));
        }
        if number(COMPRESSION) == Some(JPEG_XL) {
            return Err(unsupported_variety("pixels packed as JPEG XL"));
        }
        if let (Some(wide), Some(high)) = (number(TILE_WIDTH), number(TILE_HEIGHT)) {
            self.sides(wide, high)?;
            self.padded(width + wide, height + high)?;
        }
        for entry in entries {
            if matches!(entry.tag, STRIPS | TILES) {
                self.lossless_jpegs(tiff, *entry)?;
            }
        }
        Ok(())
    }

    /// That JPEGs without loss, which have a size of their own, have one within the limits.
    fn lossless_jpegs(&self, tiff: Tiff, entry: Entry) -> Result<()> {
        // As many as lie in the file, which `value` saw to.
        for i in 0..entry.count.min(self.file.len() as u64) as usize {
            let at = if entry.count == 1 {
                self.number(tiff, entry)
            } else {
                self.u32(tiff, entry.value + 4 * i).map(u64::from)
            };
            let at = at.and_then(|at| usize::try_from(at).ok());
            let jpeg = at.and_then(|at| self.file.get(tiff.base.checked_add(at)?..));
            if let Some((width, height)) = jpeg.and_then(lossless_size) {
                self.padded(width, height)?;
            }
        }
        Ok(())
    }

    /// Fujifilm's RAF: two TIFFs, and a directory of their own making (read in `rawler`'s way).
    fn fujifilm(&mut self) -> Result<()> {
        let whole = Tiff {
            base: 0,
            order: ByteOrder::Big,
        };
        let place = |claims: &Self, at| claims.u32(whole, at).map(|at| at as usize);
        if let Some(jpeg) = place(self, 84) {
            self.tiff(jpeg.saturating_add(12))?;
        }
        let pixels = place(self, 100).unwrap_or(0);
        if let Some(b"II" | b"MM") = self.file.get(pixels..pixels.saturating_add(2)) {
            self.tiff(pixels)?;
        }
        let own = place(self, 92).unwrap_or(0);
        let mut at = own.saturating_add(4);
        for _ in 0..self.u32(whole, own).unwrap_or(0).min(4000) {
            let (Some(tag), Some(length)) = (self.u16(whole, at), self.u16(whole, at + 2)) else {
                break;
            };
            if tag == WIDTH
                && let (Some(height), Some(width)) =
                    (self.u16(whole, at + 4), self.u16(whole, at + 6))
            {
                self.sides(width.into(), height.into())?;
            }
            at += 4 + usize::from(length);
        }
        Ok(())
    }

    /// Canon's CR3: boxes that end within those that hold them, with no more entries than bytes.
    fn canon(&mut self) -> Result<()> {
        self.boxes(self.file, 0)?;
        for block in canon_blocks(self.file).into_iter().flatten() {
            self.block(block)?;
        }
        Ok(())
    }

    fn boxes(&mut self, bytes: &'a [u8], depth: usize) -> Result<()> {
        if depth > DEEPEST_BOX {
            return Err(corrupt("its boxes are too deep"));
        }
        let mut end = 0;
        for (kind, content) in boxes(bytes) {
            end = content.as_ptr().addr() - bytes.as_ptr().addr() + content.len();
            match &kind {
                b"moov" | b"trak" | b"mdia" | b"minf" | b"stbl" => {
                    self.boxes(content, depth + 1)?;
                }
                b"uuid" => {
                    if let Some(inner) = content.strip_prefix(&DESCRIPTION) {
                        self.boxes(inner, depth + 1)?;
                    }
                }
                // Before the boxes in these lie how many there are, and what a frame of a film is.
                b"stsd" => self.boxes(content.get(8..).unwrap_or_default(), depth + 1)?,
                b"CRAW" => self.boxes(content.get(82..).unwrap_or_default(), depth + 1)?,
                b"CMT3" => self.block(content)?,
                b"stts" | b"stsc" | b"co64" => counted(content, 4)?,
                b"stsz" | b"CTMD" => counted(content, 8)?,
                b"CMP1" => {
                    let number = |at| number_in_box(content, at);
                    let sizes = (number(8), number(12), number(16), number(20));
                    if let (Some(width), Some(height), Some(wide), Some(high)) = sizes {
                        self.sides(width, height)?;
                        self.padded(wide, high)?;
                    }
                }
                _ => {}
            }
        }
        // What is left of a box that ends in the middle of another would be believed, too.
        if bytes.len() - end >= 8 {
            return Err(Error::Truncated {
                format: SourceFormat::CameraRaw,
            });
        }
        Ok(())
    }

    /// A TIFF in a box.
    fn block(&mut self, block: &'a [u8]) -> Result<()> {
        let mut inner = Claims {
            file: block,
            ..*self
        };
        inner.tiff(0)?;
        (self.budget, self.directories) = (inner.budget, inner.directories);
        Ok(())
    }

    fn sides(&self, width: u64, height: u64) -> Result<()> {
        let side = |length: u64| u32::try_from(length).unwrap_or(u32::MAX);
        self.limits.check_pixels(side(width), side(height))
    }

    /// As [`sides`](Self::sides), of a picture with all that is cut off before anyone sees it.
    fn padded(&self, width: u64, height: u64) -> Result<()> {
        let most = self.limits.max_pixels.saturating_mul(PADDING);
        if width.saturating_mul(height) > most.max(ALWAYS_BYTES) {
            return self
                .sides(width, height)
                .and(Err(corrupt("a tile is too large")));
        }
        Ok(())
    }

    fn entry(&self, tiff: Tiff, at: usize) -> Option<Entry> {
        let kind = self.u16(tiff, at + 2)?;
        let count = u64::from(self.u32(tiff, at + 4)?);
        let value = if count.saturating_mul(value_bytes(kind)) <= 4 {
            at + 8
        } else {
            tiff.base + self.u32(tiff, at + 8)? as usize
        };
        Some(Entry {
            tag: self.u16(tiff, at)?,
            kind,
            count,
            value,
        })
    }

    /// The first number of a value.
    fn number(&self, tiff: Tiff, entry: Entry) -> Option<u64> {
        match value_bytes(entry.kind) {
            1 => self.file.get(entry.value).copied().map(u64::from),
            2 => self.u16(tiff, entry.value).map(u64::from),
            _ => self.u32(tiff, entry.value).map(u64::from),
        }
    }

    fn u16(&self, tiff: Tiff, at: usize) -> Option<u16> {
        let bytes = self.file.get(at..)?.first_chunk()?;
        Some(tiff.order.read_u16(*bytes))
    }

    fn u32(&self, tiff: Tiff, at: usize) -> Option<u32> {
        let bytes = self.file.get(at..)?.first_chunk()?;
        Some(tiff.order.read_u32(*bytes))
    }
}

fn number_in_box(content: &[u8], at: usize) -> Option<u64> {
    let bytes = content.get(at..)?.first_chunk()?;
    Some(u64::from(u32::from_be_bytes(*bytes)))
}

/// That a box holds no more entries than bytes.
fn counted(content: &[u8], at: usize) -> Result<()> {
    match number_in_box(content, at) {
        Some(count) if count > content.len() as u64 => {
            Err(corrupt("a box claims more than it holds"))
        }
        _ => Ok(()),
    }
}

/// Bytes of one value of a kind of TIFF's; unknown kinds are taken for bytes.
fn value_bytes(kind: u16) -> u64 {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 => 4,
        5 | 10 | 12 => 8,
        _ => 1,
    }
}

/// The samples in a row and the rows of a JPEG without loss (ITU-T T.81, annex H), if it is one.
fn lossless_size(jpeg: &[u8]) -> Option<(u64, u64)> {
    let mut rest = jpeg.strip_prefix(&[0xFF, 0xD8])?;
    loop {
        let &[0xFF, marker, high, low] = rest.first_chunk()? else {
            return None;
        };
        let segment = rest.get(4..)?;
        match marker {
            0xC3 => {
                let &[_, h1, h0, w1, w0, components] = segment.first_chunk()?;
                let width = u64::from(u16::from_be_bytes([w1, w0]));
                let height = u64::from(u16::from_be_bytes([h1, h0]));
                return Some((width * u64::from(components), height));
            }
            // The pixels begin.
            0xDA => return None,
            _ => rest = rest.get(2 + usize::from(u16::from_be_bytes([high, low])).max(2)..)?,
        }
    }
}
