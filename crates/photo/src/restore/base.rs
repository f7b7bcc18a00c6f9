//! The large tones of a picture, without its detail and without halos at its edges.
//!
//! The guided filter (K. He, J. Sun and X. Tang, "Guided Image Filtering", 2010), guided by the
//! picture itself and reckoned on a small copy of it, as in K. He and J. Sun, "Fast Guided Filter"
//! (2015): near each pixel the base is `a * value + b`, and only `a` and `b` are brought to full size.

use rayon::prelude::*;

use super::values::Small;

/// Size of the small copy.
pub(super) const SIDE: u32 = 400;
/// How far around a pixel tones are averaged, as a share of the longer side.
const RADIUS: f32 = 1.0 / 16.0;
/// Variances above this are edges and stay: that of a step of about a fifth of the whole range.
const EDGE: f32 = 0.01;

/// The base of a picture, for any pixel of the photo.
pub(super) struct Base {
    width: usize,
    height: usize,
    factor: f32,
    /// `a` and `b`.
    lines: Vec<[f32; 2]>,
}

impl Base {
    /// Of a small copy whose values went through the same curve as the pixels will have.
    pub(super) fn of(small: &Small) -> Self {
        let (width, height) = (small.width, small.height);
        let radius = ((width.max(height) as f32 * RADIUS) as usize).max(1);
        let mean = |values: &[f32]| box_mean(values, width, radius);
        let squares: Vec<f32> = small.values.iter().map(|v| v * v).collect();
        let (means, squares) = (mean(&small.values), mean(&squares));
        let (a, b): (Vec<f32>, Vec<f32>) = means
            .iter()
            .zip(&squares)
            .map(|(mean, square)| {
                let variance = (square - mean * mean).max(0.0);
                let a = variance / (variance + EDGE);
                (a, mean * (1.0 - a))
            })
            .unzip();
        let lines = mean(&a).into_iter().zip(mean(&b));
        Self {
            width,
            height,
            factor: small.factor as f32,
            lines: lines.map(|(a, b)| [a, b]).collect(),
        }
    }

    /// Fills `row` with `a` and `b` at each pixel of row `y` of the photo.
    pub(super) fn row(&self, y: usize, row: &mut [[f32; 2]]) {
        let (top, bottom, down) = place(y, self.factor, self.height);
        let (top, bottom) = (
            &self.lines[top * self.width..],
            &self.lines[bottom * self.width..],
        );
        let mix = |one: f32, other: f32, share: f32| one + (other - one) * share;
        for (x, line) in row.iter_mut().enumerate() {
            let (left, right, across) = place(x, self.factor, self.width);
            *line = std::array::from_fn(|i| {
                let upper = mix(top[left][i], top[right][i], across);
                let lower = mix(bottom[left][i], bottom[right][i], across);
                mix(upper, lower, down)
            });
        }
    }
}

/// The two neighbors of a pixel in the small copy, and how much the second counts.
#[inline]
fn place(i: usize, factor: f32, length: usize) -> (usize, usize, f32) {
    let at = ((i as f32 + 0.5) / factor - 0.5).clamp(0.0, (length - 1) as f32);
    let first = at as usize;
    (first, (first + 1).min(length - 1), at - first as f32)
}

/// The mean within `radius` of each value, over what lies inside.
fn box_mean(values: &[f32], width: usize, radius: usize) -> Vec<f32> {
    let mut across = vec![0.0; values.len()];
    across
        .par_chunks_mut(width)
        .zip(values.par_chunks(width))
        .for_each(|(to, from)| means(from.iter().copied(), to.iter_mut(), radius));
    let height = values.len() / width;
    let mut result = vec![0.0; values.len()];
    let mut column = vec![0.0; height];
    for x in 0..width {
        let from = across[x..].iter().step_by(width).copied();
        means(from, column.iter_mut(), radius);
        for (to, mean) in result[x..].iter_mut().step_by(width).zip(&column) {
            *to = *mean;
        }
    }
    result
}

/// The same along one line, by running sums.
fn means<'a>(
    from: impl Iterator<Item = f32>,
    to: impl Iterator<Item = &'a mut f32>,
    radius: usize,
) {
    let mut sums = vec![0.0f64];
    for value in from {
        sums.push(sums[sums.len() - 1] + f64::from(value));
    }
    let length = sums.len() - 1;
    for (i, to) in to.enumerate() {
        let (first, last) = (i.saturating_sub(radius), (i + radius + 1).min(length));
        *to = ((sums[last] - sums[first]) / (last - first) as f64) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::testing::{gray, noise};

    #[test]
    fn detail_is_left_out_and_a_strong_edge_stays() {
        let level = |x: u32, y: u32| {
            let side = if x < 200 { 40.0 } else { 210.0 };
            (side + 6.0 * noise(x, y)) as u8
        };
        let small = Small::of(&gray(400, 100, level), SIDE);
        let base = Base::of(&small);
        let mut row = vec![[0.0; 2]; 400];
        base.row(50, &mut row);
        let at = |x: usize| {
            let value = small.at(x, 50);
            255.0 * (row[x][0] * value + row[x][1])
        };
        for x in [20, 100, 170] {
            assert!((at(x) - 40.0).abs() < 12.0, "{} at {x}", at(x));
            assert!(
                (at(399 - x) - 210.0).abs() < 12.0,
                "{} at {}",
                at(399 - x),
                399 - x
            );
        }
        // Right at the edge there is no halo: either side is nearer to itself than to the other.
        assert!(
            at(196) < 80.0 && at(203) > 170.0,
            "{}, {}",
            at(196),
            at(203)
        );
    }

    #[test]
    fn a_box_mean_is_a_mean_of_what_lies_inside() {
        let found = box_mean(&[0.0, 3.0, 6.0, 9.0], 4, 1);
        assert_eq!(found, [1.5, 3.0, 6.0, 7.5]);
        assert_eq!(box_mean(&[0.0, 3.0, 6.0, 9.0], 1, 1), found);
    }
}
