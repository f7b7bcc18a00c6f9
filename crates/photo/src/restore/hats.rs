//! Top hats: how far a pixel stands out of everything of a size.
//!
//! The opening of a plane by a square (the least of each window, then the greatest of that) wipes out
//! whatever is brighter than its surroundings and nowhere as wide as the square; the white top hat is
//! what was wiped out (J. Serra, "Image Analysis and Mathematical Morphology", 1982; R. Gonzalez and
//! R. Woods, "Digital Image Processing", chapter on morphology).
//!
//! `imageproc` has these operations too, but only for whole pictures in one go, without strips,
//! several cores, or a way to stop.

use rayon::prelude::*;
use tintype_protocol::CancelFlag;

use super::values::quantile;
use crate::samples::Samples;
use crate::{Error, Result};

/// Rows of a strip. Each needs four times the square's radius more, so that few would waste work.
const STRIP_ROWS: usize = 128;
/// The share of a tile's pixels that stand out less than what is called its level.
const LEVEL_SHARE: f32 = 0.9;

/// A plane of 8-bit values.
#[derive(Clone, Copy)]
pub(super) struct Plane<'a> {
    pub(super) width: usize,
    pub(super) values: &'a [u8],
}

impl Plane<'_> {
    pub(super) fn height(&self) -> usize {
        self.values.len() / self.width
    }
}

/// The white top hat by a square of `2 * radius + 1`: a plane as large.
pub(super) fn top_hat(plane: Plane, radius: usize, cancel: &CancelFlag) -> Result<Samples<u8>> {
    let mut hats = Samples::zeroed(plane.values.len());
    hats.par_chunks_mut(STRIP_ROWS * plane.width)
        .enumerate()
        .try_for_each(|(index, hats)| {
            if cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            let top = index * STRIP_ROWS;
            let (opened, stride) = opened(plane, top, hats.len() / plane.width, radius);
            let source = &plane.values[top * plane.width..];
            for (y, row) in hats.chunks_mut(plane.width).enumerate() {
                let opened = &opened[y * stride..];
                for ((hat, value), opened) in
                    row.iter_mut().zip(&source[y * plane.width..]).zip(opened)
                {
                    // An opening is nowhere above its plane.
                    *hat = value - opened;
                }
            }
            Ok(())
        })?;
    Ok(hats)
}

/// The opening of some rows, and the length of a row of it; what is right of the plane is padding.
fn opened(plane: Plane, top: usize, rows: usize, radius: usize) -> (Vec<u8>, usize) {
    let (width, height, pad) = (plane.width, plane.height(), 2 * radius);
    let stride = width + 2 * pad;
    // What lies outside must not count: it is as bright as can be for the least of a window, ...
    let mut values = vec![u8::MAX; (rows + 2 * pad) * stride];
    for (y, row) in values.chunks_exact_mut(stride).enumerate() {
        if let Some(y) = (top + y).checked_sub(pad)
            && y < height
        {
            row[pad..pad + width].copy_from_slice(&plane.values[y * width..(y + 1) * width]);
        }
    }
    let mut spare = vec![0; values.len()];
    let window = 2 * radius + 1;
    slide(&mut values, &mut spare, window, (1, stride), u8::min);
    // ... and as dark as can be for the greatest. Windows now begin `radius` before their middle.
    for (y, row) in values.chunks_exact_mut(stride).enumerate() {
        let is_inside = (top + y).checked_sub(radius).is_some_and(|y| y < height);
        if is_inside {
            row[..radius].fill(0);
            row[radius + width..].fill(0);
        } else {
            row.fill(0);
        }
    }
    slide(&mut values, &mut spare, window, (1, stride), u8::max);
    (values, stride)
}

/// Makes each value that of the window that begins there, along one axis and then along the other.
///
/// A window of twice the length is the better of two; so a window of any length takes some doublings
/// and one more step, each of them a pass that runs on many values at a time. Windows that reach over
/// the end of a row or of the plane hold nonsense: the caller's padding is as wide as they are.
fn slide(
    values: &mut Vec<u8>,
    spare: &mut Vec<u8>,
    window: usize,
    steps: (usize, usize),
    better: impl Fn(u8, u8) -> u8,
) {
    for step in [steps.0, steps.1] {
        let mut covered = 1;
        while covered < window {
            let shift = covered.min(window - covered);
            let reach = values.len().saturating_sub(shift * step);
            let pairs = values[..reach].iter().zip(&values[values.len() - reach..]);
            for (value, (one, other)) in spare.iter_mut().zip(pairs) {
                *value = better(*one, *other);
            }
            spare[reach..].copy_from_slice(&values[reach..]);
            std::mem::swap(values, spare);
            covered += shift;
        }
    }
}

/// How much pixels stand out where nothing is wrong, tile by tile: the grain and the detail there.
pub(super) struct Levels {
    across: usize,
    side: usize,
    values: Vec<f32>,
}

impl Levels {
    /// Of top hats, in tiles of `side` pixels.
    pub(super) fn of(hats: Plane, side: usize) -> Self {
        let (across, down) = (hats.width.div_ceil(side), hats.height().div_ceil(side));
        let own: Vec<f32> = (0..across * down)
            .into_par_iter()
            .map(|tile| level(hats, (tile % across * side, tile / across * side), side))
            .collect();
        // Detail seldom ends where a tile does: each is at least near its most detailed neighbor.
        let with_neighbors = |tile: usize| {
            let (x, y) = (tile % across, tile / across);
            let mut near: Vec<f32> = (y.saturating_sub(1)..(y + 2).min(down))
                .flat_map(|y| (x.saturating_sub(1)..(x + 2).min(across)).map(move |x| (x, y)))
                .map(|(x, y)| own[y * across + x])
                .collect();
            own[tile].max(quantile(&mut near, 0.75))
        };
        let values = (0..own.len()).map(with_neighbors).collect();
        Self {
            across,
            side,
            values,
        }
    }

    /// The level at a pixel, between the middles of tiles.
    pub(super) fn at(&self, x: usize, y: usize) -> f32 {
        let last = (self.across - 1, self.values.len() / self.across - 1);
        let place = |i: usize, last: usize| {
            let at = (i as f32 / self.side as f32 - 0.5).clamp(0.0, last as f32);
            (at as usize, (at as usize + 1).min(last), at.fract())
        };
        let ((left, right, across), (top, bottom, down)) = (place(x, last.0), place(y, last.1));
        let along = |y: usize| {
            let (one, other) = (
                self.values[y * self.across + left],
                self.values[y * self.across + right],
            );
            one + (other - one) * across
        };
        along(top) + (along(bottom) - along(top)) * down
    }
}

/// The level of the tile that begins at a pixel.
fn level(hats: Plane, (left, top): (usize, usize), side: usize) -> f32 {
    let mut counts = [0usize; 256];
    let (right, bottom) = (
        (left + side).min(hats.width),
        (top + side).min(hats.height()),
    );
    for y in top..bottom {
        for hat in &hats.values[y * hats.width + left..y * hats.width + right] {
            counts[usize::from(*hat)] += 1;
        }
    }
    let below = ((right - left) * (bottom - top)) as f32 * LEVEL_SHARE;
    let mut sum = 0;
    let is_enough = |count: &usize| {
        sum += count;
        sum as f32 >= below
    };
    counts.iter().position(is_enough).unwrap_or(255) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, without any tricks.
    fn plainly(plane: Plane, radius: usize) -> Vec<u8> {
        let (width, height) = (plane.width as i64, plane.height() as i64);
        let windows = |values: &[u8], better: fn(u8, u8) -> u8| -> Vec<u8> {
            let r = radius as i64;
            (0..width * height)
                .map(|i| {
                    let (x, y) = (i % width, i / width);
                    (y - r..=y + r)
                        .flat_map(|y| (x - r..=x + r).map(move |x| (x, y)))
                        .filter(|(x, y)| (0..width).contains(x) && (0..height).contains(y))
                        .map(|(x, y)| values[(y * width + x) as usize])
                        .reduce(better)
                        .unwrap()
                })
                .collect()
        };
        let opened = windows(&windows(plane.values, u8::min), u8::max);
        plane
            .values
            .iter()
            .zip(opened)
            .map(|(v, o)| v - o)
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn a_top_hat_is_what_its_definition_says(
            values in proptest::collection::vec(0u8.., 1..900), width in 1usize..40, radius in 1usize..6,
        ) {
            let width = width.min(values.len());
            let plane = Plane { width, values: &values[..values.len() / width * width] };
            let found = top_hat(plane, radius, &CancelFlag::new()).unwrap();
            prop_assert_eq!(found.to_vec(), plainly(plane, radius));
        }
    }

    #[test]
    fn strips_meet_without_a_seam() {
        let values: Vec<u8> = (0..7 * 300u32).map(|i| (i * i % 251) as u8).collect();
        let plane = Plane {
            width: 7,
            values: &values,
        };
        let found = top_hat(plane, 3, &CancelFlag::new()).unwrap();
        assert_eq!(found.to_vec(), plainly(plane, 3));
    }

    #[test]
    fn levels_lie_between_their_tiles() {
        let values: Vec<u8> = (0..64 * 32)
            .map(|i| if i % 64 < 32 { 10 } else { 30 })
            .collect();
        let plane = Plane {
            width: 64,
            values: &values,
        };
        let levels = Levels::of(plane, 32);
        // The nearest rank of two neighbors is the higher one: detail counts for the tile beside it.
        assert!(levels.at(0, 0) >= 10.0);
        assert_eq!(levels.at(63, 31), 30.0);
    }

    #[test]
    fn cancelling_stops() {
        let cancel = CancelFlag::new();
        cancel.cancel();
        let plane = Plane {
            width: 1,
            values: &[1, 2],
        };
        assert!(matches!(top_hat(plane, 1, &cancel), Err(Error::Cancelled)));
    }
}
