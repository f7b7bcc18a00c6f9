//! Telling the raw files of cameras from pictures: most of them are TIFFs, and read as such they would be
//! their own thumbnails.

/// Colors behind a mosaic of filters, and colors as the sensor has them (DNG 1.7, `PhotometricInterpretation`).
const MOSAIC: u64 = 32_803;
const SENSOR_COLORS: u64 = 34_892;
/// More pictures than any camera puts into one file.
const MOST_SUB_IMAGES: u64 = 16;

/// A directory of TIFF as it lies in a file, classic or big.
struct Directory<'a> {
    file: &'a [u8],
    entries: usize,
    count: usize,
    is_big: bool,
    is_big_endian: bool,
}

/// What a camera's file is called that starts as nothing else does.
pub(crate) fn name_by_start(head: &[u8]) -> Option<&'static str> {
    match head {
        [
            _,
            _,
            _,
            _,
            b'f',
            b't',
            b'y',
            b'p',
            b'c',
            b'r',
            b'x',
            b' ',
            ..,
        ] => Some("Canon RAW"),
        [b'I', b'I', b'R', b'O' | b'S', ..] | [b'M', b'M', b'O', b'R', ..] => Some("Olympus RAW"),
        [b'I', b'I', b'U', 0, ..] => Some("Panasonic RAW"),
        [b'F', b'U', b'J', b'I', b'F', b'I', b'L', b'M', ..] => Some("Fujifilm RAW"),
        _ => None,
    }
}

/// What the camera's file is called, if it is one.
pub(crate) fn name(file: &[u8]) -> Option<&'static str> {
    name_by_start(file).or_else(|| name_of_tiff(file))
}

fn name_of_tiff(file: &[u8]) -> Option<&'static str> {
    const SUBFILE_TYPE: u16 = 254;
    const PHOTOMETRIC: u16 = 262;
    const MAKE: u16 = 271;
    const SUB_IMAGES: u16 = 330;
    const DNG_VERSION: u16 = 50_706;
    if file.get(8..10) == Some(b"CR") {
        return Some("Canon RAW");
    }
    if matches!(file.get(8..12), Some(b"IIII" | b"MMMM")) {
        return Some("Phase One RAW");
    }
    let directory = Directory::first(file)?;
    if directory.value(DNG_VERSION).is_some() {
        return Some("DNG RAW");
    }
    let is_of_sensor =
        |it: &Directory| matches!(it.value(PHOTOMETRIC), Some(MOSAIC | SENSOR_COLORS));
    if is_of_sensor(&directory) || directory.below(SUB_IMAGES).any(|it| is_of_sensor(&it)) {
        return Some("camera RAW");
    }
    // A smaller copy in front, a camera's name, and the picture itself out of sight: Nikon, Sony and others.
    let is_thumbnail = directory.value(SUBFILE_TYPE)? & 1 == 1;
    let has = |tag| directory.value(tag).is_some();
    (is_thumbnail && has(MAKE) && has(SUB_IMAGES)).then_some("camera RAW")
}

/// The name of Canon's box of descriptions.
pub(crate) const DESCRIPTION: [u8; 16] =
    *b"\x85\xC0\xB6\x87\x82\x0F\x11\xE0\x81\x11\xF4\xCE\x46\x2B\x6A\x48";

/// The parts of a file of ISO's base media format, or of a part of one: kind and content. What has no sound length
/// ends them.
pub(crate) fn boxes(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let &[a, b, c, d, kind @ ..] = rest.first_chunk::<8>()?;
        let (start, length) = match u32::from_be_bytes([a, b, c, d]) {
            1 => (16, u64::from_be_bytes(*rest.get(8..16)?.first_chunk()?)),
            length => (8, length.into()),
        };
        let length = usize::try_from(length).ok()?;
        let content = rest.get(start..length)?;
        rest = &rest[length..];
        Some((kind, content))
    })
}

/// Whether a file is of ISO's base media format, as Canon's CR3 is.
pub(crate) fn is_in_boxes(file: &[u8]) -> bool {
    boxes(file).next().is_some_and(|(kind, _)| kind == *b"ftyp")
}

/// What Canon's CR3 tells of the photo, the camera and the place: three TIFFs in its box of descriptions.
pub(crate) fn canon_blocks(file: &[u8]) -> [Option<&[u8]>; 3] {
    let movie = boxes(file).find(|(kind, _)| kind == b"moov");
    let described = movie.and_then(|(_, movie)| {
        boxes(movie)
            .filter(|(kind, _)| kind == b"uuid")
            .find_map(|(_, content)| content.strip_prefix(&DESCRIPTION))
    });
    [*b"CMT1", *b"CMT2", *b"CMT4"].map(|wanted| {
        let (_, block) = boxes(described?).find(|(kind, _)| *kind == wanted)?;
        Some(block)
    })
}

/// The developed picture in Fujifilm's RAF, which holds all that it tells of the photo.
pub(crate) fn fujifilm_jpeg(file: &[u8]) -> Option<&[u8]> {
    const PLACE: usize = 84;
    file.strip_prefix(b"FUJIFILM")?;
    let number = |at: usize| {
        let bytes = file.get(at..)?.first_chunk()?;
        usize::try_from(u32::from_be_bytes(*bytes)).ok()
    };
    let (start, length) = (number(PLACE)?, number(PLACE + 4)?);
    file.get(start..start.checked_add(length)?)
}

impl<'a> Directory<'a> {
    fn first(file: &'a [u8]) -> Option<Self> {
        let mut header = Self {
            file,
            entries: 0,
            count: 0,
            is_big: false,
            is_big_endian: file.first() == Some(&b'M'),
        };
        header.is_big = header.number(2, 2)? == 43;
        let (at, size) = if header.is_big { (8, 8) } else { (4, 4) };
        header.other(header.number(at, size)?)
    }

    /// Another directory of the same file.
    fn other(&self, start: u64) -> Option<Self> {
        let count_size = if self.is_big { 8 } else { 2 };
        let start = usize::try_from(start).ok()?;
        Some(Self {
            entries: start.checked_add(count_size)?,
            count: usize::try_from(self.number(start, count_size)?).ok()?,
            ..*self
        })
    }

    /// The directories that a tag points to.
    fn below(&self, tag: u16) -> impl Iterator<Item = Self> {
        let size = if self.is_big { 8 } else { 4 };
        let entry = self.entry(tag);
        let count = entry.and_then(|entry| self.number(entry + 4, size));
        let value = entry.and_then(|entry| self.number(entry + 4 + size, size));
        let count = count.unwrap_or(0).min(MOST_SUB_IMAGES);
        (0..count).filter_map(move |i| {
            let start = if count == 1 {
                value?
            } else {
                let at = usize::try_from(value?).ok()?;
                self.number(at.checked_add(i as usize * size)?, size)?
            };
            self.other(start)
        })
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
        const SHORT: u64 = 3;
        let entry = self.entry(tag)?;
        let (value_at, value_bytes) = if self.is_big { (12, 8) } else { (8, 4) };
        // A number of 16 bits lies at the front of the room that there is.
        let is_short = self.number(entry + 2, 2) == Some(SHORT)
            && self.number(entry + 4, value_at - 4) == Some(1);
        self.number(entry + value_at, if is_short { 2 } else { value_bytes })
    }

    /// Where the entry of a tag is.
    fn entry(&self, tag: u16) -> Option<usize> {
        let entry_bytes = if self.is_big { 20 } else { 12 };
        let room = self.file.len().saturating_sub(self.entries) / entry_bytes;
        (0..self.count.min(room))
            .map(|i| self.entries + i * entry_bytes)
            .find(|entry| self.number(*entry, 2) == Some(tag.into()))
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
        // Pentax: the mosaic itself in front. Its sub-image may be the directory itself as well as another.
        assert_eq!(name(&tiff(&[(262, 32_803)])), Some("camera RAW"));
        assert_eq!(name(&tiff(&[(262, 2), (330, 8)])), None);
        assert_eq!(name(b"II*\0\x10\0\0\0CR\x02\0"), Some("Canon RAW"));
        assert_eq!(name(b"MM\0*\xFF\xFF\xFF\xFF"), None);
    }
}
