//! Grain for a filled defect, taken from beside it: without, it would shine like plastic.
//!
//! What is taken is the difference between pixels and the mean around them, at one distance and in one
//! direction from the defect, chosen so that the tones there are the most like the filled ones. It is
//! held to what is usual beside the defect, so that no edge comes along.

use super::front::{Region, Surroundings};
use super::values::quantile;

/// How far around a pixel its mean goes.
const RADIUS: i64 = 2;
/// Directions and distances that are tried; each distance is longer than the last by half.
const DIRECTIONS: usize = 16;
const DISTANCES: usize = 11;
const NEAREST: f32 = 5.0;
/// About this many of the defect's pixels decide about where from.
const LOOKS: usize = 48;
/// How much grain may differ from the mean, in deviations.
const MOST: f32 = 2.5;

/// Adds grain to a defect's filled pixels.
pub(super) fn add_grain(region: &Region, around: &impl Surroundings, values: &mut [[f32; 3]]) {
    let most = MOST * deviation(region, around);
    let Some((across, down)) = source(region, around, values) else {
        return;
    };
    for (value, (x, y)) in values.iter_mut().zip(region.pixels()) {
        // Where another defect lies in the way, there is no grain to take.
        if let Some(grain) = grain(around, x + across, y + down) {
            for (value, grain) in value.iter_mut().zip(grain) {
                *value += grain.clamp(-most, most);
            }
        }
    }
}

/// A known pixel's difference from the mean around it.
fn grain(around: &impl Surroundings, x: i64, y: i64) -> Option<[f32; 3]> {
    let here = around.known(x, y)?;
    let (mut sum, mut count) = ([0.0; 3], 0.0);
    for y in y - RADIUS..=y + RADIUS {
        for x in x - RADIUS..=x + RADIUS {
            if let Some(value) = around.known(x, y) {
                count += 1.0;
                for (sum, value) in sum.iter_mut().zip(value) {
                    *sum += value;
                }
            }
        }
    }
    Some(std::array::from_fn(|c| here[c] - sum[c] / count))
}

/// The deviation of grain beside a defect, from the median of its size: 1.4826 of that for normal
/// noise (F. Hampel, "The Influence Curve and its Role in Robust Estimation", 1974).
fn deviation(region: &Region, around: &impl Surroundings) -> f32 {
    let every = region.len().div_ceil(4 * LOOKS).max(1);
    let mut sizes: Vec<f32> = region
        .pixels()
        .step_by(every)
        .flat_map(|(x, y)| [(x - 4, y), (x + 4, y), (x, y - 4), (x, y + 4)])
        .filter_map(|(x, y)| grain(around, x, y))
        .map(|grain| grain.into_iter().map(f32::abs).sum::<f32>() / 3.0)
        .collect();
    1.4826 * quantile(&mut sizes, 0.5)
}

/// How far from the defect, across and down, grain is taken: where the tones are nearest to its own.
fn source(region: &Region, around: &impl Surroundings, values: &[[f32; 3]]) -> Option<(i64, i64)> {
    let every = region.len().div_ceil(LOOKS).max(1);
    let looks: Vec<_> = region.pixels().zip(values).step_by(every).collect();
    let cost = |(across, down): (i64, i64)| -> f32 {
        let difference = |((x, y), value): &((i64, i64), &[f32; 3])| {
            match around.known(x + across, y + down) {
                Some(other) => (0..3).map(|c| (other[c] - value[c]).abs()).sum::<f32>(),
                // Worse than any tone, so that a place without gaps wins.
                None => 6.0,
            }
        };
        looks.iter().map(difference).sum()
    };
    let mut best: Option<((i64, i64), f32)> = None;
    for distance in 0..DISTANCES {
        for direction in 0..DIRECTIONS {
            let angle = std::f32::consts::TAU * direction as f32 / DIRECTIONS as f32;
            let length = NEAREST * 1.5f32.powi(distance as i32);
            let offset = (
                (length * angle.cos()).round() as i64,
                (length * angle.sin()).round() as i64,
            );
            let cost = cost(offset);
            if best.is_none_or(|(_, least)| cost < least) {
                best = Some((offset, cost));
            }
        }
    }
    // Where hardly anything is known at any distance, there is no grain to be had.
    best.filter(|(_, cost)| *cost < 3.0 * looks.len() as f32)
        .map(|(offset, _)| offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::parts::Run;
    use crate::restore::testing::noise;

    struct Grainy {
        deviation: f32,
    }

    impl Surroundings for Grainy {
        fn known(&self, x: i64, y: i64) -> Option<[f32; 3]> {
            let is_hole = (40..50).contains(&x) && (40..50).contains(&y);
            let is_inside = (0..90).contains(&x) && (0..90).contains(&y) && !is_hole;
            is_inside.then(|| [0.5 + self.deviation * noise(x as u32, y as u32); 3])
        }
    }

    #[test]
    fn grain_is_as_strong_as_around() {
        let runs: Vec<Run> = (40..50)
            .map(|y| Run {
                y,
                from: 40,
                to: 50,
            })
            .collect();
        let region = Region::new(&runs);
        for deviation in [0.0, 0.02, 0.05] {
            let mut values = vec![[0.5; 3]; region.len()];
            add_grain(&region, &Grainy { deviation }, &mut values);
            let squares: f32 = values.iter().map(|v| (v[0] - 0.5) * (v[0] - 0.5)).sum();
            let found = (squares / values.len() as f32).sqrt();
            assert!(
                (found - deviation).abs() <= 0.25 * deviation,
                "{found} for {deviation}"
            );
        }
    }
}
