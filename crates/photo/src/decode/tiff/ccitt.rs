//! The codings of fax machines, which scanners still use for black and white: runs of white and black
//! (ITU-T T.4), or how a row differs from the one above (T.6). The tables of codes are the `fax` crate's.

use std::convert::Infallible;

use fax::maps::{Mode, black, mode, white};
use fax::{BitReader as _, ByteReader, Color};

/// Which of the codings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Rows of runs that start at whole bytes, with no marks between them (TIFF's compression 2).
    Runs,
    /// Group 3: rows of runs, each after a mark; if `mixed`, a bit tells which rows are coded as in group
    /// 4.
    Group3 { mixed: bool },
    /// Group 4: every row by the one above, the first by a white one.
    Group4,
}

/// Zeros behind the data, since codes are looked up by more bits than they may have.
const PADDING: usize = 4;

/// Decodes `rows` of `width` pixels into bits, of which 1 is black; rows start at whole bytes. `None` if
/// the data makes no sense or ends early.
pub(crate) fn decode(data: &[u8], coding: Coding, width: u32, rows: usize) -> Option<Vec<u8>> {
    let bytes = data.iter().copied().chain([0; PADDING]);
    let mut reader = ByteReader::new(bytes.map(Ok::<_, Infallible>)).ok()?;
    let row_bytes = width.div_ceil(8) as usize;
    let mut bits = vec![0; row_bytes.checked_mul(rows)?];
    // Positions at which the color changes, white coming first.
    let (mut above, mut changes) = (Vec::new(), Vec::new());
    for row in bits.chunks_exact_mut(row_bytes) {
        changes.clear();
        let by_runs = match coding {
            Coding::Runs => true,
            Coding::Group4 => false,
            Coding::Group3 { mixed } => {
                skip_mark(&mut reader);
                !mixed || take_bit(&mut reader)?
            }
        };
        if by_runs {
            runs(&mut reader, width, &mut changes)?;
        } else {
            differences(&mut reader, width, &above, &mut changes)?;
        }
        if coding == Coding::Runs {
            let rest = reader.bits_to_byte_boundary();
            reader.consume(rest).ok()?;
        }
        blacken(row, &changes, width);
        std::mem::swap(&mut above, &mut changes);
    }
    Some(bits)
}

type Bits<R> = ByteReader<R>;

/// Skips an end-of-line mark, eleven zeros or more and a one, if it comes next. No code starts with
/// nine zeros.
fn skip_mark<R: Iterator<Item = Result<u8, Infallible>>>(reader: &mut Bits<R>) {
    if reader.peek(9) != Some(0) {
        return;
    }
    while reader.peek(1) == Some(0) {
        let Ok(()) = reader.consume(1);
    }
    let Ok(()) = reader.consume(1);
}

fn take_bit<R: Iterator<Item = Result<u8, Infallible>>>(reader: &mut Bits<R>) -> Option<bool> {
    let bit = reader.peek(1)?;
    let Ok(()) = reader.consume(1);
    Some(bit == 1)
}

/// One run: codes of multiples of 64, then one of less.
fn run<R: Iterator<Item = Result<u8, Infallible>>>(
    reader: &mut Bits<R>,
    color: Color,
) -> Option<u32> {
    let mut length = 0u32;
    loop {
        let part = match color {
            Color::White => white::decode(reader),
            Color::Black => black::decode(reader),
        }?;
        length = length.checked_add(part.into())?;
        if part < 64 {
            return Some(length);
        }
    }
}

/// A row of runs. One that reaches over the edge ends there.
fn runs<R: Iterator<Item = Result<u8, Infallible>>>(
    reader: &mut Bits<R>,
    width: u32,
    changes: &mut Vec<u32>,
) -> Option<()> {
    let (mut at, mut color) = (0u32, Color::White);
    while at < width {
        at = at.checked_add(run(reader, color)?)?.min(width);
        changes.push(at);
        color = !color;
    }
    Some(())
}

/// A row coded by the one above (T.6, 2.2): `at` is its a0, `below` its b1.
fn differences<R: Iterator<Item = Result<u8, Infallible>>>(
    reader: &mut Bits<R>,
    width: u32,
    above: &[u32],
    changes: &mut Vec<u32>,
) -> Option<()> {
    let (mut at, mut color) = (0u32, Color::White);
    // The first pixel itself may be where the color above changes.
    let mut is_start = true;
    // Changes above that lie behind `at` stay behind it.
    let mut passed = 0;
    while at < width {
        while passed < above.len() && above[passed] <= at && !(is_start && above[passed] == at) {
            passed += 1;
        }
        // Changes to black are at even places; the next to the other color than ours is looked for.
        let wants_odd = usize::from(color == Color::Black);
        let next = passed + usize::from(passed % 2 != wants_odd);
        let change_above = |i: usize| above.get(i).copied().unwrap_or(width).min(width);
        match mode::decode(reader)? {
            Mode::Pass => at = change_above(next + 1),
            Mode::Vertical(delta) => {
                let to = i64::from(change_above(next)) + i64::from(delta);
                let to = u32::try_from(to).ok().filter(|to| *to >= at)?;
                at = to.min(width);
                changes.push(at);
                color = !color;
                // A step to the left may bring a change above back into reach.
                passed = passed.saturating_sub(1);
            }
            Mode::Horizontal => {
                for color in [color, !color] {
                    at = at.checked_add(run(reader, color)?)?.min(width);
                    changes.push(at);
                }
            }
            Mode::Extension | Mode::EOF => return None,
        }
        is_start = false;
    }
    Some(())
}

/// Sets the bits from every change at an even place to the next.
fn blacken(row: &mut [u8], changes: &[u32], width: u32) {
    for pair in changes.chunks(2) {
        let from = pair[0] as usize;
        let to = pair.get(1).copied().unwrap_or(width) as usize;
        for x in from..to {
            row[x / 8] |= 0x80 >> (x % 8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_of_runs() {
        // White 2 (0111), black 3 (10), white 3 (1000); then the row is full.
        let data = [0b0111_1010, 0b0000_0000];
        let bits = decode(&data, Coding::Runs, 8, 1);
        assert_eq!(bits, Some(vec![0b0011_1000]));
    }

    #[test]
    fn group_4_as_the_crate_encodes_it() {
        let rows: [[u8; 3]; 5] = [
            [0b0011_1000, 0xFF, 0x01],
            [0b0111_1000, 0x7F, 0x80],
            [0, 0, 0],
            [0xFF, 0xFF, 0xFF],
            [0b1000_0001, 0b0100_0010, 0b1111_0000],
        ];
        let mut encoder = fax::encoder::Encoder::new(fax::VecWriter::new());
        for row in rows {
            let color = |bit| if bit { Color::Black } else { Color::White };
            let pels = fax::slice_bits(&row).map(color);
            let Ok(()) = encoder.encode_line(pels, 24);
        }
        let Ok(writer) = encoder.finish();
        let bits = decode(&writer.finish(), Coding::Group4, 24, 5);
        assert_eq!(bits.as_deref(), Some(rows.as_flattened()));
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        assert_eq!(decode(&[], Coding::Group4, 24, 5), None);
        assert_eq!(decode(&[0; 20], Coding::Runs, 24, 5), None);
    }
}
