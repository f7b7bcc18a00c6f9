//! JPEG 2000: archives' and museums' scans. `hayro-jpeg2000` decodes it.

use hayro_jpeg2000::{
    ColorSpace, DecodeError, DecodeSettings, DecoderContext, DecodingError, Image,
};
use image::{ColorType, ExtendedColorType, ImageDecoder, ImageResult};
use rayon::prelude::*;

use super::cmyk;
use crate::SourceFormat;
use crate::decode::fault::{damaged, truncated, unsupported};
use crate::decode::header::color_type_of;

const FORMAT: SourceFormat = SourceFormat::Jpeg2000;

/// Four for the color, one for transparency.
const MOST_COMPONENTS: u16 = 5;
/// A tile's number has 16 bits.
const MOST_TILES: u64 = 1 << 16;
/// Pixels that one thread arranges at once.
const PIECE: usize = 1 << 14;

/// A JPEG 2000 file, bare or in its box.
pub(crate) struct Jpeg2000Decoder<'a> {
    image: Image<'a>,
    bytes: &'a [u8],
    colors: Colors,
    is_deep: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colors {
    Gray,
    Rgb,
    Cmyk,
}

impl Colors {
    fn samples(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::Rgb => 3,
            Self::Cmyk => 4,
        }
    }
}

impl<'a> Jpeg2000Decoder<'a> {
    /// Reads what comes before the pixels.
    ///
    /// # Errors
    /// Damage, or colors that aren't known.
    pub(crate) fn new(bytes: &'a [u8]) -> ImageResult<Self> {
        let (components, tiles) = claims(bytes).ok_or_else(truncated)?;
        if components > MOST_COMPONENTS {
            return Err(unsupported(FORMAT, format!("{components} channels")));
        }
        if tiles > MOST_TILES {
            return Err(damaged(FORMAT, "there are too many tiles"));
        }
        let image = Image::new(bytes, &DecodeSettings::default()).map_err(fault)?;
        let colors = match (image.color_space(), image.color_space().num_channels()) {
            (ColorSpace::Gray | ColorSpace::Icc { .. }, 1) => Colors::Gray,
            (ColorSpace::RGB | ColorSpace::Icc { .. }, 3) => Colors::Rgb,
            (ColorSpace::CMYK | ColorSpace::Icc { .. }, 4) => Colors::Cmyk,
            (_, channels) => {
                return Err(unsupported(FORMAT, format!("{channels} unknown channels")));
            }
        };
        Ok(Self {
            is_deep: image.original_bit_depth() > 8,
            image,
            bytes,
            colors,
        })
    }
}

impl ImageDecoder for Jpeg2000Decoder<'_> {
    fn dimensions(&self) -> (u32, u32) {
        (self.image.width(), self.image.height())
    }

    fn color_type(&self) -> ColorType {
        let is_gray = self.colors == Colors::Gray;
        color_type_of(is_gray, self.image.has_alpha(), self.is_deep)
    }

    fn original_color_type(&self) -> ExtendedColorType {
        match (self.colors, self.is_deep) {
            (Colors::Cmyk, false) => ExtendedColorType::Cmyk8,
            (Colors::Cmyk, true) => ExtendedColorType::Cmyk16,
            _ => self.color_type().into(),
        }
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(match self.image.color_space() {
            ColorSpace::Icc { profile, .. } => Some(profile.clone()),
            _ => None,
        })
    }

    fn read_image(self, buffer: &mut [u8]) -> ImageResult<()> {
        if !is_complete(self.bytes) {
            return Err(truncated());
        }
        let mut context = DecoderContext::default();
        let decoded = self.image.decode(&mut context).map_err(fault)?;
        let planes = decoded.components();
        let pixels = self.image.width() as usize * self.image.height() as usize;
        let has_alpha = self.image.has_alpha();
        let wanted = self.colors.samples() + usize::from(has_alpha);
        if planes.len() < wanted || planes.iter().any(|plane| plane.samples().len() != pixels) {
            return Err(damaged(FORMAT, "the planes have different sizes"));
        }
        let planes: Vec<Plane> = planes[..wanted]
            .iter()
            .map(|plane| Plane {
                samples: plane.samples(),
                max: ((1u64 << plane.bit_depth().min(32)) - 1).max(1) as f32,
            })
            .collect();
        let write: fn(&[Plane], Colors, usize, &mut [u8]) =
            if self.is_deep { pixel_16 } else { pixel_8 };
        let pixel_bytes = usize::from(self.color_type().bytes_per_pixel());
        buffer
            .par_chunks_mut(PIECE * pixel_bytes)
            .enumerate()
            .for_each(|(piece, bytes)| {
                for (i, pixel) in bytes.chunks_exact_mut(pixel_bytes).enumerate() {
                    write(&planes, self.colors, piece * PIECE + i, pixel);
                }
            });
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, buffer: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buffer)
    }
}

/// One channel, of which 0..=`max` is all.
struct Plane<'a> {
    samples: &'a [f32],
    max: f32,
}

impl Plane<'_> {
    fn at(&self, i: usize, all: f32) -> f32 {
        // What the wavelets overshoot is cut off.
        (self.samples[i] / self.max * all + 0.5).clamp(0.0, all)
    }
}

fn pixel_8(planes: &[Plane], colors: Colors, i: usize, pixel: &mut [u8]) {
    let at = |plane: usize| planes[plane].at(i, 255.0) as u8;
    if colors == Colors::Cmyk {
        pixel[..3].copy_from_slice(&cmyk::rgb_8([at(0), at(1), at(2), at(3)]));
        if let Some(alpha) = pixel.get_mut(3) {
            *alpha = at(4);
        }
    } else {
        for (plane, value) in pixel.iter_mut().enumerate() {
            *value = at(plane);
        }
    }
}

fn pixel_16(planes: &[Plane], colors: Colors, i: usize, pixel: &mut [u8]) {
    let at = |plane: usize| planes[plane].at(i, 65_535.0) as u16;
    let values: [u16; 4] = match colors {
        Colors::Cmyk => {
            let [r, g, b] = cmyk::rgb_16([at(0), at(1), at(2), at(3)]);
            [r, g, b, if planes.len() > 4 { at(4) } else { 0 }]
        }
        _ => std::array::from_fn(|plane| if plane < planes.len() { at(plane) } else { 0 }),
    };
    for (value, bytes) in values.iter().zip(pixel.as_chunks_mut().0) {
        *bytes = value.to_ne_bytes();
    }
}

fn fault(error: DecodeError) -> image::ImageError {
    match error {
        DecodeError::Decoding(DecodingError::UnexpectedEof) => truncated(),
        other => damaged(FORMAT, other),
    }
}

/// The coded data: all of the file, or a box of it (ISO 15444-1, annex I). A box that claims more than
/// there is has what is there.
fn coded_data(file: &[u8]) -> Option<&[u8]> {
    if file.starts_with(&[0xFF, 0x4F]) {
        return Some(file);
    }
    let mut rest = file;
    loop {
        let (header, _) = rest.split_at_checked(8)?;
        let (start, length) = match be_32(header) {
            // The last box goes on to the end.
            0 => (8, rest.len() as u64),
            1 => {
                let long = rest.get(8..16)?;
                (
                    16,
                    u64::from(be_32(long)) << 32 | u64::from(be_32(&long[4..])),
                )
            }
            length => (8, length.into()),
        };
        let end = usize::try_from(length).unwrap_or(usize::MAX).max(start);
        if &header[4..8] == b"jp2c" {
            return rest.get(start..end.min(rest.len()));
        }
        rest = rest.get(end..)?;
    }
}

/// Whether the end marker is there. What is missing the decoder takes for detail that was left out, and
/// says nothing.
fn is_complete(file: &[u8]) -> bool {
    let coded = coded_data(file).unwrap_or_default();
    // Some programs fill the last sector with zeros.
    let last = coded.iter().rposition(|byte| *byte != 0);
    last.is_some_and(|last| coded[..=last].ends_with(&[0xFF, 0xD9]))
}

/// How many components and tiles the coded data claims, by its first marker (annex A.5.1). The decoder
/// makes room for all of them, and the header can claim thousands for a byte each.
fn claims(file: &[u8]) -> Option<(u16, u64)> {
    let size = coded_data(file)?.get(8..42)?;
    let at = |i: usize| u64::from(be_32(&size[4 * i..]));
    let [
        width,
        height,
        left,
        top,
        tile_width,
        tile_height,
        tile_left,
        tile_top,
    ] = [0, 1, 2, 3, 4, 5, 6, 7].map(at);
    let tiles = |end: u64, start: u64, first: u64, tile: u64| {
        let from = first.min(start);
        (end.saturating_sub(from)).div_ceil(tile.max(1))
    };
    let across = tiles(width, left, tile_left, tile_width);
    let down = tiles(height, top, tile_top, tile_height);
    let components = u16::from_be_bytes([size[32], size[33]]);
    Some((components, across * down))
}

fn be_32(bytes: &[u8]) -> u32 {
    bytes[..4]
        .iter()
        .fold(0, |value, byte| value << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_coded_data_is_looked_for() {
        let coded = [0xFF, 0x4F, 0xFF, 0x51, 1, 2, 0xFF, 0xD9];
        assert!(is_complete(&coded));
        assert!(is_complete(&[&coded[..], &[0; 4]].concat()));
        assert!(!is_complete(&coded[..6]));
        let mut boxed = b"\0\0\0\x0CjP  \r\n\x87\n\0\0\0\x10jp2c".to_vec();
        boxed.extend(coded);
        assert!(is_complete(&boxed));
        assert!(!is_complete(&boxed[..boxed.len() - 1]));
        assert_eq!(coded_data(&boxed), Some(&coded[..]));
        // A box without a length goes on to the end.
        boxed[15] = 0;
        assert!(is_complete(&boxed));
        assert!(!is_complete(&[0; 7]));
    }

    #[test]
    fn claims_are_read_from_the_first_marker() {
        let mut coded = vec![0xFF, 0x4F, 0xFF, 0x51, 0, 47, 0, 0];
        for number in [100u32, 50, 0, 0, 30, 50, 0, 0] {
            coded.extend(number.to_be_bytes());
        }
        coded.extend([0, 3]);
        assert_eq!(claims(&coded), Some((3, 4)));
        assert_eq!(claims(&coded[..41]), None);
    }
}
