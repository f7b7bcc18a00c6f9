//! One strip or tile of a TIFF: from its packed bytes to pixels.

use std::io::Read as _;

use flate2::read::ZlibDecoder;
use image::ImageResult;
use weezl::{BitOrder, LzwStatus};

use super::layout::{Color, ExtraSample, Method, TiffLayout};
use super::{ccitt, jpeg_piece};
use crate::SourceFormat;
use crate::decode::cmyk;
use crate::decode::fault::{damaged, truncated};

/// The pieces of a band and where their pixels go.
pub(crate) struct Band<'a> {
    /// The packed bytes of each piece, from left to right; of each, all planes.
    pub(crate) packed: Vec<Vec<Vec<u8>>>,
    /// Whole rows of the picture, in the native byte order.
    pub(crate) rows: &'a mut [u8],
}

impl TiffLayout {
    /// Bytes of a pixel of the result.
    pub(crate) fn pixel_bytes(&self) -> usize {
        let channels = if self.is_gray() { 1 } else { 3 };
        let alpha = usize::from(self.extra != ExtraSample::Nothing);
        (channels + alpha) * if self.is_deep() { 2 } else { 1 }
    }

    /// # Errors
    /// Packed bytes that end early or make no sense.
    pub(crate) fn unpack_band(&self, band: Band) -> ImageResult<()> {
        let row_bytes = self.width as usize * self.pixel_bytes();
        let row_count = band.rows.len() / row_bytes;
        let samples = self.pieces.width as usize * self.samples;
        let mut row = vec![0u16; samples];
        for (i, packed) in band.packed.into_iter().enumerate() {
            let planes: Vec<Vec<u8>> = packed
                .into_iter()
                .map(|packed| self.unpack(packed, row_count))
                .collect::<ImageResult<_>>()?;
            let left = i * self.pieces.width as usize;
            let width = (self.width as usize - left).min(self.pieces.width as usize);
            for (y, target) in band.rows.chunks_exact_mut(row_bytes).enumerate() {
                let target = &mut target[left * self.pixel_bytes()..][..width * self.pixel_bytes()];
                self.samples_of_row(&planes, y, &mut row);
                self.pixels_of_row(&row, target);
            }
        }
        Ok(())
    }

    /// `rows` rows of one plane of a piece, as they are without packing.
    fn unpack(&self, mut packed: Vec<u8>, rows: usize) -> ImageResult<Vec<u8>> {
        let width = self.pieces.width as usize;
        let blocked = match &self.color {
            Color::YCbCr(color) if self.blocks().is_some() => Some(color),
            _ => None,
        };
        let length = blocked.map_or(rows * self.piece_row_bytes(), |color| {
            color.blocked_bytes(width, rows)
        });
        let packing = &self.packing;
        if packing.lowest_bit_first && !matches!(packing.method, Method::Jpeg(_)) {
            for byte in &mut packed {
                *byte = byte.reverse_bits();
            }
        }
        let bytes = match &packing.method {
            Method::Stored => {
                packed.truncate(length);
                Ok(packed)
            }
            Method::PackBits => unpack_bits(&packed, length),
            Method::Lzw => unpack_lzw(&packed, length),
            Method::Deflate => unpack_deflate(&packed, length),
            Method::Fax(coding) => ccitt::decode(&packed, *coding, self.pieces.width, rows)
                .ok_or_else(|| damaged(SourceFormat::Tiff, "the rows of the fax make no sense")),
            Method::Jpeg(tables) => {
                let size = (self.pieces.width, rows, self.planes().1);
                jpeg_piece::decode(&with_tables(packed, tables.as_deref()), size)
            }
        }?;
        if bytes.len() < length {
            return Err(truncated());
        }
        Ok(match blocked {
            Some(color) => color.unblocked(&bytes, width, rows),
            None => bytes,
        })
    }

    /// The samples of row `y` of a piece, pixel by pixel.
    fn samples_of_row(&self, planes: &[Vec<u8>], y: usize, row: &mut [u16]) {
        // Blocks have been spread to three bytes a pixel by now, as other rows of 8 bits are.
        let row_bytes = self.piece_row_bytes();
        for (plane, bytes) in planes.iter().enumerate() {
            let bytes = &bytes[y * row_bytes..][..row_bytes];
            if self.is_planar {
                self.read_samples(bytes, row[plane..].iter_mut().step_by(self.samples));
            } else {
                self.read_samples(bytes, row.iter_mut());
            }
        }
        if self.packing.differences {
            let mask = (1u32 << self.bits) - 1;
            for i in self.samples..row.len() {
                let sum = u32::from(row[i]) + u32::from(row[i - self.samples]);
                row[i] = (sum & mask) as u16;
            }
        }
    }

    fn read_samples<'a>(&self, bytes: &[u8], places: impl Iterator<Item = &'a mut u16>) {
        match self.bits {
            8 => places
                .zip(bytes)
                .for_each(|(to, from)| *to = (*from).into()),
            16 => {
                let read = if self.packing.is_big_endian {
                    u16::from_be_bytes
                } else {
                    u16::from_le_bytes
                };
                let values = bytes.as_chunks().0.iter();
                places.zip(values).for_each(|(to, from)| *to = read(*from));
            }
            bits => {
                // The highest bit first, over the edges of bytes.
                let (mut held, mut count, mut rest) = (0u32, 0, bytes.iter());
                for to in places {
                    while count < bits {
                        held = held << 8 | u32::from(*rest.next().unwrap_or(&0));
                        count += 8;
                    }
                    count -= bits;
                    *to = (held >> count & ((1 << bits) - 1)) as u16;
                    held &= (1 << count) - 1;
                }
            }
        }
    }

    /// Writes what the samples mean.
    fn pixels_of_row(&self, row: &[u16], target: &mut [u8]) {
        let pixels = row.chunks_exact(self.samples);
        if self.is_deep() {
            let scale = Scale::new(self.bits, 65_535);
            let bytes = target.chunks_exact_mut(self.pixel_bytes());
            for (pixel, bytes) in pixels.zip(bytes) {
                let values = self.pixel_16(pixel, scale);
                for (value, bytes) in values.iter().zip(bytes.as_chunks_mut().0) {
                    *bytes = value.to_ne_bytes();
                }
            }
        } else {
            let scale = Scale::new(self.bits, 255);
            let bytes = target.chunks_exact_mut(self.pixel_bytes());
            for (pixel, bytes) in pixels.zip(bytes) {
                bytes.copy_from_slice(&self.pixel_8(pixel, scale)[..bytes.len()]);
            }
        }
    }

    /// Gray or RGB of 8 bits, then alpha; whatever comes after the pixel's bytes is nothing.
    fn pixel_8(&self, samples: &[u16], scale: Scale) -> [u8; 4] {
        let at = |i: usize| scale.of(samples[i]) as u8;
        let alpha = match self.extra {
            ExtraSample::Nothing => 255,
            _ => at(self.color.samples()),
        };
        let undo = |value: u8| match self.extra {
            ExtraSample::Premultiplied => divide(value.into(), alpha.into(), 255) as u8,
            _ => value,
        };
        let [r, g, b] = match &self.color {
            Color::Gray { inverted } => {
                let gray = if *inverted { 255 - at(0) } else { at(0) };
                return [undo(gray), alpha, 0, 0];
            }
            Color::Palette(palette) => palette.color(samples[0]),
            Color::Rgb => [at(0), at(1), at(2)],
            Color::Cmyk => cmyk::rgb_8([at(0), at(1), at(2), at(3)]),
            Color::YCbCr(color) => color.rgb([samples[0], samples[1], samples[2]]),
        };
        [undo(r), undo(g), undo(b), alpha]
    }

    /// As [`pixel_8`](Self::pixel_8) at 16 bits, which neither palettes nor `YCbCr` have.
    fn pixel_16(&self, samples: &[u16], scale: Scale) -> [u16; 4] {
        let at = |i: usize| scale.of(samples[i]);
        let alpha = match self.extra {
            ExtraSample::Nothing => 65_535,
            _ => at(self.color.samples()),
        };
        let undo = |value: u16| match self.extra {
            ExtraSample::Premultiplied => divide(value.into(), alpha.into(), 65_535) as u16,
            _ => value,
        };
        let [r, g, b] = match self.color {
            Color::Gray { inverted } => {
                let gray = if inverted { 65_535 - at(0) } else { at(0) };
                return [undo(gray), alpha, 0, 0];
            }
            Color::Cmyk => cmyk::rgb_16([at(0), at(1), at(2), at(3)]),
            Color::Rgb | Color::Palette(_) | Color::YCbCr(_) => [at(0), at(1), at(2)],
        };
        [undo(r), undo(g), undo(b), alpha]
    }
}

/// Stretches samples of some bits to all of 8 or 16.
#[derive(Clone, Copy)]
struct Scale {
    max: u32,
    to: u32,
}

impl Scale {
    fn new(bits: u32, to: u32) -> Self {
        let max = (1 << bits) - 1;
        Self { max, to }
    }

    fn of(self, sample: u16) -> u16 {
        if self.max == self.to {
            return sample;
        }
        ((u32::from(sample) * self.to + self.max / 2) / self.max) as u16
    }
}

/// `value / alpha`, where `max` is 1; nothing is left of what is wholly transparent.
fn divide(value: u32, alpha: u32, max: u32) -> u32 {
    match alpha {
        0 => 0,
        _ => ((u64::from(value) * u64::from(max) + u64::from(alpha) / 2) / u64::from(alpha))
            .min(u64::from(max)) as u32,
    }
}

/// A piece's JPEG with the tables that all pieces share: those without their end, that without its
/// start.
fn with_tables(piece: Vec<u8>, tables: Option<&[u8]>) -> Vec<u8> {
    match (tables, piece.get(2..)) {
        (Some([shared @ .., 0xFF, 0xD9]), Some(rest)) => [shared, rest].concat(),
        _ => piece,
    }
}

/// Unpacks as much as is there: a count of `n` is followed by `n + 1` bytes as they are, one of `-n` by a
/// byte that comes `n + 1` times; -128 is nothing (TIFF 6.0, section 9).
fn unpack_bits(packed: &[u8], length: usize) -> ImageResult<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length);
    let mut rest = packed;
    while let [count, after @ ..] = rest
        && bytes.len() < length
    {
        let count = *count as i8;
        rest = after;
        if count >= 0 {
            let (run, after) = rest
                .split_at_checked(count as usize + 1)
                .ok_or_else(truncated)?;
            bytes.extend_from_slice(run);
            rest = after;
        } else if count != i8::MIN {
            let (byte, after) = rest.split_first().ok_or_else(truncated)?;
            bytes.resize(bytes.len() + 1 + usize::from(count.unsigned_abs()), *byte);
            rest = after;
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

fn unpack_lzw(packed: &[u8], length: usize) -> ImageResult<Vec<u8>> {
    let mut decoder = weezl::decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8);
    let mut bytes = vec![0; length];
    let (mut read, mut written) = (0, 0);
    while written < length {
        let step = decoder.decode_bytes(&packed[read..], &mut bytes[written..]);
        read += step.consumed_in;
        written += step.consumed_out;
        match step.status {
            Ok(LzwStatus::Ok) => {}
            Ok(LzwStatus::Done | LzwStatus::NoProgress) => break,
            Err(error) => return Err(damaged(SourceFormat::Tiff, error)),
        }
    }
    bytes.truncate(written);
    Ok(bytes)
}

fn unpack_deflate(packed: &[u8], length: usize) -> ImageResult<Vec<u8>> {
    let mut bytes = vec![0; length];
    // The decoder calls damage wrong input or data, and an early end an early end.
    ZlibDecoder::new(packed).read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pack_bits_is_unpacked() {
        // Apple's own example, as far as it goes.
        let packed = [
            0xFE, 0xAA, 0x02, 0x80, 0x00, 0x2A, 0xFD, 0xAA, 0x80, 0x00, 7,
        ];
        let bytes = unpack_bits(&packed, 11).unwrap();
        let expected = [
            0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0xAA, 0xAA, 0xAA, 0xAA, 7,
        ];
        assert_eq!(bytes, expected);
        assert_eq!(unpack_bits(&packed, 2).unwrap(), [0xAA, 0xAA]);
        assert!(unpack_bits(&[5, 1], 6).is_err());
    }

    #[test]
    fn what_was_multiplied_is_divided() {
        assert_eq!(divide(64, 128, 255), 128);
        assert_eq!(divide(200, 100, 255), 255);
        assert_eq!(divide(9, 0, 255), 0);
    }

    #[test]
    fn few_bits_are_stretched_to_all() {
        assert_eq!([0, 1, 3].map(|v| Scale::new(2, 255).of(v)), [0, 85, 255]);
        assert_eq!(Scale::new(12, 65_535).of(4095), 65_535);
        assert_eq!(Scale::new(8, 255).of(77), 77);
    }
}
