//! The file that a [`Coloring`] is kept in.
//!
//! Everything is little-endian. A fixed header has room for no surprises, so no library is needed for it:
//!
//! | at | bytes | what |
//! | --- | --- | --- |
//! | 0 | 8 | `TT-COLOR` |
//! | 8 | 4 | version, 1 |
//! | 12 | 8 | width and height of the photo in pixels |
//! | 20 | 36 | its frame: feather, then depth and slope of the left, top, right and bottom end, as floats |
//! | 56 | 1 | which of the four ends there are, the left one as the lowest bit |
//! | 57 | 1 | upsampling, by its place in [`Upsampling::ALL`] |
//! | 58 | 1 | gamut, by its place in [`Gamut::ALL`] |
//! | 59 | 1 | 1 if there is a palette in the corner |
//! | 60 | 12 | strength, warmth and taming, as floats |
//! | 72 | 8 | width and height of the map of colors |
//! | 80 | 4 W H | a, row by row, then b: each as a 16-bit integer of 1/256, which is off by at most 1/512 |
//! | then | 4 | CRC-32 of all before (as in PNG) |

use flate2::Crc;

use crate::restore::Lines;
use crate::{Adjustment, ChromaMap, Coloring, Frame, Gamut, Merging, Upsampling};

const MAGIC: &[u8; 8] = b"TT-COLOR";
const VERSION: u32 = 1;
const HEADER: usize = 80;
const CHECKSUM: usize = 4;
/// Steps of 1 in a or b. With them, -128..128 is what 16 bits hold.
const STEPS: f32 = 256.0;

/// Why a file is none that a [`Coloring`] can be read from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ColoringError {
    /// It does not begin like one.
    #[error("it is no file of a result's colors")]
    NotColors,
    /// A later program wrote it.
    #[error("it is of version {found}, known is {}", VERSION)]
    UnknownVersion {
        /// The version that it says it has.
        found: u32,
    },
    /// It is longer or shorter than it says.
    #[error("it has {found} bytes and should have {expected}")]
    WrongLength {
        /// The length by its header.
        expected: u64,
        /// The length that it has.
        found: u64,
    },
    /// It is not as it was written.
    #[error("its checksum does not match")]
    WrongChecksum,
    /// A value in its header makes no sense.
    #[error("its {0} makes no sense")]
    BadValue(&'static str),
}

impl Coloring {
    /// It as a file. a and b are rounded to 1/256, where a level of 8 bits is about a third of 1.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let Merging {
            upsampling,
            gamut,
            adjustment,
        } = self.merging;
        let (width, height) = self.frame.size();
        let lines = self.frame.lines();
        let chroma = &self.chroma;
        let mut bytes = Vec::with_capacity(HEADER + 2 * chroma.data().len() + CHECKSUM);
        bytes.extend(MAGIC);
        bytes.extend(
            [VERSION, width, height]
                .map(u32::to_le_bytes)
                .as_flattened(),
        );
        let mut float = |value: f32| bytes.extend(value.to_le_bytes());
        float(self.frame.feather());
        for (depth, slope) in lines.map(Option::unwrap_or_default) {
            float(depth);
            float(slope);
        }
        let ends = lines.iter().enumerate();
        bytes.push(ends.fold(0, |bits, (i, line)| bits | u8::from(line.is_some()) << i));
        bytes.push(place_of(&upsampling, &Upsampling::ALL));
        bytes.push(place_of(&gamut, &Gamut::ALL));
        bytes.push(u8::from(self.has_mark));
        for value in [adjustment.strength, adjustment.warmth, adjustment.taming] {
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend(chroma.width().to_le_bytes());
        bytes.extend(chroma.height().to_le_bytes());
        for value in chroma.data() {
            bytes.extend(((value * STEPS).round() as i16).to_le_bytes());
        }
        let checksum = crc(&bytes);
        bytes.extend(checksum.to_le_bytes());
        bytes
    }

    /// Reads a file that [`to_bytes`](Self::to_bytes) made. Takes at most twice the file's length of memory,
    /// whatever it claims: 16 bits become 32.
    ///
    /// # Errors
    /// Any of [`ColoringError`]: nothing is read of a file that is not whole.
    pub fn from_bytes(file: &[u8]) -> Result<Self, ColoringError> {
        let mut fields = Fields(file);
        if fields.take() != Some(*MAGIC) {
            return Err(ColoringError::NotColors);
        }
        let too_short = || ColoringError::WrongLength {
            expected: (HEADER + CHECKSUM) as u64,
            found: file.len() as u64,
        };
        let version = fields.int().ok_or_else(too_short)?;
        if version != VERSION {
            return Err(ColoringError::UnknownVersion { found: version });
        }
        let header = Header::read(&mut fields).ok_or_else(too_short)?;
        let values = checked(file, &header)?;
        header.with(values)
    }
}

/// The bytes of a and b, in a file that is as long as its header says and as it was written.
fn checked<'a>(file: &'a [u8], header: &Header) -> Result<&'a [u8], ColoringError> {
    let [width, height] = header.map.map(u64::from);
    // Two sides of 32 bits give 64 at most, and four times that may be more.
    let of_map = (width * height).saturating_mul(4);
    let expected = of_map.saturating_add((HEADER + CHECKSUM) as u64);
    let found = file.len() as u64;
    let whole = (expected == found)
        .then(|| file.split_last_chunk())
        .flatten();
    let (rest, checksum) = whole.ok_or(ColoringError::WrongLength { expected, found })?;
    if crc(rest) != u32::from_le_bytes(*checksum) {
        return Err(ColoringError::WrongChecksum);
    }
    Ok(&rest[HEADER..])
}

/// What stands before the map, as it stands there.
struct Header {
    photo: [u32; 2],
    feather: f32,
    lines: [[f32; 2]; 4],
    ends: u8,
    upsampling: u8,
    gamut: u8,
    mark: u8,
    adjustment: [f32; 3],
    map: [u32; 2],
}

impl Header {
    fn read(fields: &mut Fields) -> Option<Self> {
        let photo = [fields.int()?, fields.int()?];
        let feather = fields.float()?;
        let mut lines = [[0.0; 2]; 4];
        for value in lines.as_flattened_mut() {
            *value = fields.float()?;
        }
        let [ends, upsampling, gamut, mark] = fields.take()?;
        Some(Self {
            photo,
            feather,
            lines,
            ends,
            upsampling,
            gamut,
            mark,
            adjustment: [fields.float()?, fields.float()?, fields.float()?],
            map: [fields.int()?, fields.int()?],
        })
    }

    /// The whole, with the bytes of a and b.
    fn with(&self, values: &[u8]) -> Result<Coloring, ColoringError> {
        let bad = ColoringError::BadValue;
        if self.ends >> 4 != 0 {
            return Err(bad("frame"));
        }
        let line = |i: usize| (self.ends >> i & 1 != 0).then(|| self.lines[i].into());
        let lines: Lines = std::array::from_fn(line);
        let [strength, warmth, taming] = self.adjustment;
        let adjustment = Adjustment {
            strength,
            warmth,
            taming,
        };
        // What is no number equals nothing, not even itself.
        if adjustment != adjustment.clamped() {
            return Err(bad("adjustment"));
        }
        let values = values.as_chunks().0.iter();
        let chroma = values.map(|value| f32::from(i16::from_le_bytes(*value)) / STEPS);
        Ok(Coloring {
            chroma: ChromaMap::new(self.map[0], self.map[1], chroma.collect())
                .map_err(|_| bad("size"))?,
            frame: Frame::of_lines(self.photo.into(), lines, self.feather)
                .ok_or_else(|| bad("frame"))?,
            merging: Merging {
                upsampling: at(self.upsampling, &Upsampling::ALL)
                    .ok_or_else(|| bad("upsampling"))?,
                gamut: at(self.gamut, &Gamut::ALL).ok_or_else(|| bad("gamut"))?,
                adjustment,
            },
            has_mark: match self.mark {
                0 => false,
                1 => true,
                _ => return Err(bad("mark")),
            },
        })
    }
}

/// What is still to be read of a header.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn int(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn float(&mut self) -> Option<f32> {
        self.take().map(f32::from_le_bytes)
    }
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn place_of<T: PartialEq>(value: &T, all: &[T]) -> u8 {
    // Each list has every value there is.
    all.iter().position(|known| known == value).unwrap_or(0) as u8
}

fn at<T: Copy>(place: u8, all: &[T]) -> Option<T> {
    all.get(usize::from(place)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    prop_compose! {
        fn coloring()(
            size in (1u32..9, 1u32..9),
            seed in any::<u64>(),
            photo in (1u32..70_000, 1u32..70_000),
            lines in prop::array::uniform4(prop::option::of((-99f32..999.0, -0.05f32..0.05))),
            feather in 0.5f32..40.0,
            upsampling in prop::sample::select(Upsampling::ALL.to_vec()),
            gamut in prop::sample::select(Gamut::ALL.to_vec()),
            strength in 0f32..=2.0, warmth in -1f32..=1.0, taming in 0f32..=1.0,
            has_mark: bool,
        ) -> Coloring {
            let value = |i: u64| {
                let mixed = (seed ^ i).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
                mixed as f32 / (1 << 24) as f32 * 255.0 - 128.0
            };
            let values = (0..2 * u64::from(size.0 * size.1)).map(value);
            Coloring {
                chroma: ChromaMap::new(size.0, size.1, values.collect()).unwrap(),
                frame: Frame::of_lines(photo, lines, feather).unwrap(),
                merging: Merging {
                    upsampling,
                    gamut,
                    adjustment: Adjustment { strength, warmth, taming },
                },
                has_mark,
            }
        }
    }

    /// The same bytes with the checksum that belongs to them.
    fn sealed(mut file: Vec<u8>) -> Vec<u8> {
        let end = file.len() - CHECKSUM;
        let checksum = crc(&file[..end]).to_le_bytes();
        file[end..].copy_from_slice(&checksum);
        file
    }

    proptest! {
        #[test]
        fn it_comes_back_as_it_went_but_for_a_512th_of_a_and_b(coloring in coloring()) {
            let read = Coloring::from_bytes(&coloring.to_bytes()).unwrap();
            for (read, written) in read.chroma.data().iter().zip(coloring.chroma.data()) {
                prop_assert!((read - written).abs() <= 1.0 / 512.0, "{read} for {written}");
            }
            // What was read is read again to the last bit.
            prop_assert_eq!(&Coloring::from_bytes(&read.to_bytes()), &Ok(read.clone()));
            prop_assert_eq!(Coloring { chroma: coloring.chroma.clone(), ..read }, coloring);
        }

        #[test]
        fn any_change_is_noticed(coloring in coloring(), at: prop::sample::Index, flip in 1u8..) {
            let mut file = coloring.to_bytes();
            let at = at.index(file.len());
            file[at] ^= flip;
            prop_assert!(Coloring::from_bytes(&file).is_err());
        }

        /// Whoever changes the checksum, too, is told no, or gets something that can be merged.
        #[test]
        fn what_was_changed_on_purpose_is_refused_or_makes_sense(
            coloring in coloring(),
            changes in prop::collection::vec((0usize..HEADER, any::<u8>()), 1..6),
        ) {
            let mut file = coloring.to_bytes();
            for (at, value) in changes {
                file[at] = value;
            }
            if let Ok(read) = Coloring::from_bytes(&sealed(file)) {
                let (left, top, width, height) = read.frame.rectangle();
                prop_assert!(left + width <= read.frame.size().0);
                prop_assert!(top + height <= read.frame.size().1);
                prop_assert_eq!(read.merging.adjustment.clamped(), read.merging.adjustment);
            }
        }

        #[test]
        fn anything_else_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Coloring::from_bytes(&bytes).is_err());
        }
    }

    fn plain() -> Vec<u8> {
        let coloring = Coloring {
            chroma: ChromaMap::new(2, 1, vec![1.0; 4]).unwrap(),
            frame: Frame::whole(20, 10),
            merging: Merging::default(),
            has_mark: false,
        };
        coloring.to_bytes()
    }

    /// With some of its bytes put over by others.
    fn with(at: usize, bytes: &[u8]) -> Result<Coloring, ColoringError> {
        let mut file = plain();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        Coloring::from_bytes(&sealed(file))
    }

    #[test]
    fn each_fault_has_its_name() {
        assert!(with(0, b"TT").is_ok());
        assert_eq!(with(0, b"PNG"), Err(ColoringError::NotColors));
        assert_eq!(
            with(8, &[2]),
            Err(ColoringError::UnknownVersion { found: 2 })
        );
        for (at, bytes, what) in [
            (12, &[0; 4][..], "frame"),
            (20, &f32::NAN.to_le_bytes()[..], "frame"),
            (56, &[0x10][..], "frame"),
            (57, &[4][..], "upsampling"),
            (58, &[2][..], "gamut"),
            (59, &[2][..], "mark"),
            (60, &3f32.to_le_bytes()[..], "adjustment"),
            (64, &f32::NAN.to_le_bytes()[..], "adjustment"),
        ] {
            assert_eq!(with(at, bytes), Err(ColoringError::BadValue(what)), "{at}");
        }
        let mut spoiled = plain();
        spoiled[81] ^= 1;
        assert_eq!(
            Coloring::from_bytes(&spoiled),
            Err(ColoringError::WrongChecksum)
        );
    }

    #[test]
    fn a_size_that_is_not_there_is_refused_before_anything_is_made_of_it() {
        let is_wrong_length =
            |read| matches!(read, Err(ColoringError::WrongLength { found: 92, .. }));
        for huge in [[u32::MAX, u32::MAX], [u32::MAX, 1], [1 << 16, 1 << 16]] {
            let bytes = huge.map(u32::to_le_bytes);
            assert!(is_wrong_length(with(72, bytes.as_flattened())), "{huge:?}");
        }
        let file = plain();
        for length in 8..file.len() {
            let cut = Coloring::from_bytes(&file[..length]);
            assert!(
                matches!(cut, Err(ColoringError::WrongLength { .. })),
                "{length}"
            );
        }
        let longer = [file, vec![0]].concat();
        assert!(matches!(
            Coloring::from_bytes(&longer),
            Err(ColoringError::WrongLength { .. })
        ));
        // An empty map is as long as it says.
        let mut empty = plain();
        empty.truncate(HEADER + CHECKSUM);
        empty[72..80].fill(0);
        assert_eq!(
            Coloring::from_bytes(&sealed(empty)),
            Err(ColoringError::BadValue("size"))
        );
    }
}
