//! Pixels in the order and depth that encoders want.
//!
//! A photo may take a gigabyte, so what already lies as the encoder wants it is lent, not copied.

use std::borrow::Cow;

use image::ExtendedColorType;
use rayon::prelude::*;

use crate::progress::Share;
use crate::{Alpha, Photo, Pixels};

/// Pixels row by row, in the native byte order.
pub(crate) struct Layout<'a> {
    pub(crate) bytes: Cow<'a, [u8]>,
    pub(crate) color: ExtendedColorType,
}

/// RGB at 8 bits, without transparency: what shines through is white, the color of paper.
pub(crate) fn over_white<'a>(photo: &'a Photo, progress: &mut dyn FnMut(f32)) -> Layout<'a> {
    let color = ExtendedColorType::Rgb8;
    let bytes = match (photo.pixels(), photo.alpha()) {
        (Pixels::Rgb8(p), None) => p.into(),
        (_, None) => arrange(photo, progress, |i| photo.rgb_8(i)).into(),
        (_, Some(alpha)) => arrange(photo, progress, |i| {
            let alpha = u32::from(alpha.eight(i));
            let mix =
                |value: u8| ((u32::from(value) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
            photo.rgb_8(i).map(mix)
        })
        .into(),
    };
    Layout { bytes, color }
}

/// RGB at 8 bits, or RGBA if there is transparency.
pub(crate) fn eight_bits<'a>(photo: &'a Photo, progress: &mut dyn FnMut(f32)) -> Layout<'a> {
    let (bytes, color) = match (photo.pixels(), photo.alpha()) {
        (Pixels::Rgb8(p), None) => (p.into(), ExtendedColorType::Rgb8),
        (_, None) => {
            let bytes = arrange(photo, progress, |i| photo.rgb_8(i));
            (bytes.into(), ExtendedColorType::Rgb8)
        }
        (_, Some(alpha)) => {
            let bytes = arrange(photo, progress, |i| {
                let [r, g, b] = photo.rgb_8(i);
                [r, g, b, alpha.eight(i)]
            });
            (bytes.into(), ExtendedColorType::Rgba8)
        }
    };
    Layout { bytes, color }
}

/// As [`eight_bits`], but with 16 of them if the photo has those.
pub(crate) fn as_deep_as_it_is<'a>(photo: &'a Photo, progress: &mut dyn FnMut(f32)) -> Layout<'a> {
    let (bytes, color) = match (photo.pixels(), photo.alpha()) {
        _ if photo.is_written_at_8() => return eight_bits(photo, progress),
        (Pixels::Gray8(_) | Pixels::Rgb8(_), _) => return eight_bits(photo, progress),
        (Pixels::Rgb16(p), None) => (bytemuck::cast_slice(p).into(), ExtendedColorType::Rgb16),
        (_, None) => {
            let bytes = arrange(photo, progress, |i| -> [u8; 6] {
                bytemuck::cast(photo.rgb_16(i))
            });
            (bytes.into(), ExtendedColorType::Rgb16)
        }
        (_, Some(alpha)) => {
            let bytes = arrange(photo, progress, |i| -> [u8; 8] {
                let [r, g, b] = photo.rgb_16(i);
                bytemuck::cast([r, g, b, alpha.sixteen(i)])
            });
            (bytes.into(), ExtendedColorType::Rgba16)
        }
    };
    Layout { bytes, color }
}

/// Pixels between two reports, and what one thread arranges at once.
const PIECE: usize = 1 << 16;
const THREADS_PIECE: usize = 1 << 12;

/// The bytes of all pixels, of which `at` gives one.
fn arrange<const N: usize>(
    photo: &Photo,
    progress: &mut dyn FnMut(f32),
    at: impl Fn(usize) -> [u8; N] + Sync,
) -> Vec<u8> {
    let share = Share::new(progress);
    let count = photo.width() as usize * photo.height() as usize;
    let mut pixels = vec![[0; N]; count];
    for (index, piece) in pixels.chunks_mut(PIECE).enumerate() {
        let start = index * PIECE;
        piece
            .par_chunks_mut(THREADS_PIECE)
            .enumerate()
            .for_each(|(index, piece)| {
                let start = start + index * THREADS_PIECE;
                for (i, pixel) in piece.iter_mut().enumerate() {
                    *pixel = at(start + i);
                }
            });
        share.reach((start + piece.len()) as u64, count as u64);
    }
    pixels.into_flattened()
}

impl Photo {
    fn rgb_8(&self, i: usize) -> [u8; 3] {
        match self.pixels() {
            Pixels::Gray8(p) => [p[i]; 3],
            Pixels::Gray16(p) => [round_to_8(p[i]); 3],
            Pixels::Rgb8(p) => [p[3 * i], p[3 * i + 1], p[3 * i + 2]],
            Pixels::Rgb16(p) => [p[3 * i], p[3 * i + 1], p[3 * i + 2]].map(round_to_8),
        }
    }

    fn rgb_16(&self, i: usize) -> [u16; 3] {
        match self.pixels() {
            Pixels::Gray16(p) => [p[i]; 3],
            Pixels::Rgb16(p) => [p[3 * i], p[3 * i + 1], p[3 * i + 2]],
            Pixels::Gray8(_) | Pixels::Rgb8(_) => self.rgb_8(i).map(spread_to_16),
        }
    }
}

impl Alpha {
    fn eight(&self, i: usize) -> u8 {
        match self {
            Self::Eight(a) => a[i],
            Self::Sixteen(a) => round_to_8(a[i]),
        }
    }

    fn sixteen(&self, i: usize) -> u16 {
        match self {
            Self::Eight(a) => spread_to_16(a[i]),
            Self::Sixteen(a) => a[i],
        }
    }
}

/// The nearest 8-bit value: 65 535 is 257 times 255.
fn round_to_8(value: u16) -> u8 {
    ((u32::from(value) + 128) / 257) as u8
}

fn spread_to_16(value: u8) -> u16 {
    u16::from(value) * 257
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceFormat;

    fn photo(pixels: Pixels, alpha: Option<Alpha>) -> Photo {
        Photo::new(1, 1, SourceFormat::Png, pixels, alpha)
    }

    fn is_lent(layout: &Layout) -> bool {
        matches!(layout.bytes, Cow::Borrowed(_))
    }

    #[test]
    fn what_lies_as_it_is_wanted_is_lent() {
        let (eight, sixteen) = (
            photo(Pixels::Rgb8(vec![1, 2, 3]), None),
            photo(Pixels::Rgb16(vec![1, 2, 3]), None),
        );
        let mut silent = |_| panic!("nothing is done");
        assert!(is_lent(&over_white(&eight, &mut silent)));
        assert!(is_lent(&eight_bits(&eight, &mut silent)));
        assert!(is_lent(&as_deep_as_it_is(&eight, &mut silent)));
        assert!(is_lent(&as_deep_as_it_is(&sixteen, &mut silent)));
        assert!(!is_lent(&eight_bits(&sixteen, &mut |_| {})));
    }

    #[test]
    fn every_kind_of_pixel_is_brought_to_what_the_encoder_takes() {
        let gray = photo(Pixels::Gray16(vec![0x1234]), Some(Alpha::Eight(vec![2])));
        let layout = as_deep_as_it_is(&gray, &mut |_| {});
        assert_eq!(layout.color, ExtendedColorType::Rgba16);
        let values: [u16; 4] = bytemuck::pod_read_unaligned(&layout.bytes);
        assert_eq!(values, [0x1234, 0x1234, 0x1234, 0x0202]);
        let layout = eight_bits(&gray, &mut |_| {});
        assert_eq!(*layout.bytes, [0x12, 0x12, 0x12, 2]);
        let half = photo(Pixels::Gray8(vec![101]), Some(Alpha::Sixteen(vec![0x8080])));
        // 101 at 128 of 255 over white: (101 * 128 + 255 * 127) / 255 = 177.7.
        assert_eq!(*over_white(&half, &mut |_| {}).bytes, [178; 3]);
    }
}
