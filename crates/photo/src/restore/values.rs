//! Pixels of every kind, read and written alike, and the photo made small.

use bytemuck::Pod;
use rayon::prelude::*;
use tintype_protocol::CancelFlag;

use crate::color::curves::srgb_encoded;
use crate::color::lab::luminance;
use crate::color::srgb::{linear_of_8, linear_of_16};
use crate::samples::Samples;
use crate::{Error, Photo, Pixels, Result};

/// Rows between two looks at the cancel flag and two reports: enough for every core to have some.
const STRIP_ROWS: usize = 64;
/// Most values along one axis of a block that are looked at when a photo is made small: more would
/// change the mean of a block by less than the grain does.
const LOOKS: usize = 4;

/// One channel of one pixel.
pub(super) trait Value: Pod + Send + Sync {
    /// Linear light, 0..=1.
    fn linear(self) -> f32;

    /// The sRGB value, 0..=1.
    fn encoded(self) -> f32;

    /// The nearest value to an sRGB value in 0..=1.
    fn nearest(encoded: f32) -> Self;
}

impl Value for u8 {
    #[inline]
    fn linear(self) -> f32 {
        linear_of_8(self)
    }

    #[inline]
    fn encoded(self) -> f32 {
        f32::from(self) / 255.0
    }

    #[inline]
    fn nearest(encoded: f32) -> Self {
        // `as` saturates, so that what lies outside 0..=1 is clipped.
        (encoded * 255.0).round() as Self
    }
}

impl Value for u16 {
    #[inline]
    fn linear(self) -> f32 {
        linear_of_16(self)
    }

    #[inline]
    fn encoded(self) -> f32 {
        f32::from(self) / 65535.0
    }

    #[inline]
    fn nearest(encoded: f32) -> Self {
        (encoded * 65535.0).round() as Self
    }
}

/// Linear light of one pixel of 1 or 3 channels.
#[inline]
pub(super) fn linear<V: Value>(pixel: &[V]) -> [f32; 3] {
    match pixel {
        [r, g, b] => [r.linear(), g.linear(), b.linear()],
        gray => [gray[0].linear(); 3],
    }
}

/// The sRGB value, 0..=1, of the gray that is as light as one pixel of 1 or 3 channels.
#[inline]
pub(super) fn lightness<V: Value>(pixel: &[V]) -> f32 {
    match pixel {
        [gray] => gray.encoded(),
        color => srgb_encoded(luminance(linear(color))),
    }
}

/// Linear light of pixel `i`.
pub(super) fn linear_at(photo: &Photo, i: usize) -> [f32; 3] {
    match photo.pixels() {
        Pixels::Gray8(p) => linear(&p[i..=i]),
        Pixels::Gray16(p) => linear(&p[i..=i]),
        Pixels::Rgb8(p) => linear(&p[3 * i..3 * i + 3]),
        Pixels::Rgb16(p) => linear(&p[3 * i..3 * i + 3]),
    }
}

/// [`lightness`] of pixel `i`.
pub(super) fn lightness_at(photo: &Photo, i: usize) -> f32 {
    match photo.pixels() {
        Pixels::Gray8(p) => p[i].encoded(),
        Pixels::Gray16(p) => p[i].encoded(),
        Pixels::Rgb8(p) => lightness(&p[3 * i..3 * i + 3]),
        Pixels::Rgb16(p) => lightness(&p[3 * i..3 * i + 3]),
    }
}

/// Makes rows of `to` channels out of rows of `from` channels, strip after strip, the rows of each in
/// parallel. `change` is given the number of a row, the old row and the new one to fill.
pub(super) fn map_rows<S: Value, T: Value>(
    source: &[S],
    width: usize,
    (from, to): (usize, usize),
    (cancel, progress): (&CancelFlag, &mut dyn FnMut(f32)),
    change: impl Fn(usize, &[S], &mut [T]) + Sync,
) -> Result<Samples<T>> {
    let height = source.len() / from / width;
    let mut result = Samples::zeroed(width * height * to);
    for (index, strip) in result.chunks_mut(to * width * STRIP_ROWS).enumerate() {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let top = index * STRIP_ROWS;
        strip
            .par_chunks_mut(to * width)
            .zip(source[top * from * width..].par_chunks(from * width))
            .enumerate()
            .for_each(|(row, (new, old))| change(top + row, old, new));
        progress((top + STRIP_ROWS).min(height) as f32 / height as f32);
    }
    Ok(result)
}

/// A plane of [`lightness`], smaller than the photo by a whole factor.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Small {
    pub(super) width: usize,
    pub(super) height: usize,
    /// How many pixels of the photo, along either axis, one of these stands for.
    pub(super) factor: usize,
    pub(super) values: Vec<f32>,
}

impl Small {
    /// The photo with at most `side` pixels along its longer side, each the mean of a block.
    pub(super) fn of(photo: &Photo, side: u32) -> Self {
        let (full_width, full_height) = (photo.width() as usize, photo.height() as usize);
        let factor = full_width.max(full_height).div_ceil(side as usize).max(1);
        let (width, height) = (full_width.div_ceil(factor), full_height.div_ceil(factor));
        let step = factor.div_ceil(LOOKS);
        let mut values = vec![0.0; width * height];
        values
            .par_chunks_mut(width)
            .enumerate()
            .for_each(|(y, row)| {
                let rows = (y * factor..((y + 1) * factor).min(full_height)).step_by(step);
                let looked_at = rows.len();
                for y in rows {
                    let line = y * full_width..(y + 1) * full_width;
                    let rgb = 3 * line.start..3 * line.end;
                    match photo.pixels() {
                        Pixels::Gray8(p) => add_looks::<_, 1>(row, &p[line], factor),
                        Pixels::Gray16(p) => add_looks::<_, 1>(row, &p[line], factor),
                        Pixels::Rgb8(p) => add_looks::<_, 3>(row, &p[rgb], factor),
                        Pixels::Rgb16(p) => add_looks::<_, 3>(row, &p[rgb], factor),
                    }
                }
                for (x, value) in row.iter_mut().enumerate() {
                    let columns = factor.min(full_width - x * factor).div_ceil(step);
                    *value /= (looked_at * columns) as f32;
                }
            });
        Self {
            width,
            height,
            factor,
            values,
        }
    }

    pub(super) fn at(&self, x: usize, y: usize) -> f32 {
        self.values[y * self.width + x]
    }
}

/// Adds what is looked at of each block's part of a line of pixels.
fn add_looks<V: Value, const CHANNELS: usize>(sums: &mut [f32], line: &[V], factor: usize) {
    let pixels = line.as_chunks::<CHANNELS>().0;
    for (sum, block) in sums.iter_mut().zip(pixels.chunks(factor)) {
        for pixel in block.iter().step_by(factor.div_ceil(LOOKS)) {
            *sum += lightness(pixel);
        }
    }
}

/// The value below which `share` of the values lie; they are put in another order. 0 for none.
pub(super) fn quantile(values: &mut [f32], share: f32) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let index = ((values.len() - 1) as f32 * share).round() as usize;
    *values.select_nth_unstable_by(index, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::testing::gray;

    #[test]
    fn a_small_picture_has_the_means_of_blocks_up_to_the_edges() {
        let photo = gray(3, 2, |x, y| (x * 40 + y * 20) as u8);
        let small = Small::of(&photo, 2);
        assert_eq!((small.width, small.height, small.factor), (2, 1, 2));
        assert!((small.at(0, 0) * 255.0 - 30.0).abs() < 1e-3);
        assert!((small.at(1, 0) * 255.0 - 90.0).abs() < 1e-3);
    }

    #[test]
    fn quantiles_are_values_of_the_list() {
        let mut values = vec![5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!(quantile(&mut values, 0.0), 1.0);
        assert_eq!(quantile(&mut values, 0.5), 3.0);
        assert_eq!(quantile(&mut values, 1.0), 5.0);
        assert_eq!(quantile(&mut [], 0.5), 0.0);
    }
}
