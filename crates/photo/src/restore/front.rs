//! A defect filled from its edge inwards.
//!
//! After A. Telea, "An Image Inpainting Technique Based on the Fast Marching Method" (2004): pixels are
//! filled in the order of their distance from what is known, each from the known ones around it, which
//! count by nearness, by the direction of the front and by their distance from the edge. Telea's
//! gradients are left out: on grain they are noise. Instead some rounds of diffusion (Laplace's
//! equation by Gauss and Seidel) smooth the ridge where the fronts meet.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tintype_protocol::CancelFlag;

use super::parts::Run;
use crate::{Error, Result};

/// How far away pixels count.
const RADIUS: i64 = 4;
/// Rounds of diffusion.
const ROUNDS: usize = 8;
/// Pixels between two looks at the cancel flag.
const PATIENCE: usize = 1 << 14;

/// What surrounds a defect.
pub(super) trait Surroundings: Sync {
    /// The color of a pixel that is known: inside the photo and in no defect.
    fn known(&self, x: i64, y: i64) -> Option<[f32; 3]>;
}

/// A defect's pixels, numbered row by row. It takes memory for these only, whatever its extent.
pub(super) struct Region<'a> {
    runs: &'a [Run],
    /// The number of each run's first pixel.
    numbers: Vec<usize>,
    /// The first run of each row from the top, and one more.
    rows: Vec<usize>,
    len: usize,
}

impl<'a> Region<'a> {
    /// Of runs whose rows rise; every row between the first and the last has one.
    pub(super) fn new(runs: &'a [Run]) -> Self {
        let mut region = Self {
            runs,
            numbers: Vec::with_capacity(runs.len()),
            rows: Vec::new(),
            len: 0,
        };
        for (i, run) in runs.iter().enumerate() {
            if i == 0 || runs[i - 1].y != run.y {
                region.rows.push(i);
            }
            region.numbers.push(region.len);
            region.len += run.to - run.from;
        }
        region.rows.push(runs.len());
        region
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Every pixel, in the order of their numbers.
    pub(super) fn pixels(&self) -> impl Iterator<Item = (i64, i64)> {
        let row = |run: &'a Run| (run.from..run.to).map(|x| (x as i64, run.y as i64));
        self.runs.iter().flat_map(row)
    }

    /// The number of a pixel, if it belongs to the defect.
    pub(super) fn number(&self, x: i64, y: i64) -> Option<usize> {
        let row = usize::try_from(y).ok()?.checked_sub(self.runs[0].y)?;
        let x = usize::try_from(x).ok()?;
        let (first, last) = (*self.rows.get(row)?, *self.rows.get(row + 1)?);
        let runs = &self.runs[first..last];
        let i = runs.partition_point(|run| run.to <= x);
        let run = runs.get(i)?;
        (x >= run.from).then(|| self.numbers[first + i] + x - run.from)
    }
}

/// The defect's pixels filled in, or nothing where nothing around it is known.
pub(super) fn fill(
    region: &Region,
    around: &impl Surroundings,
    cancel: &CancelFlag,
) -> Result<Option<Vec<[f32; 3]>>> {
    let mut front = Front {
        region,
        around,
        places: region.pixels().collect(),
        distances: vec![f32::INFINITY; region.len()],
        values: vec![None; region.len()],
        waiting: BinaryHeap::new(),
    };
    front.march(cancel)?;
    let Some(mut values) = front.values.into_iter().collect::<Option<Vec<_>>>() else {
        return Ok(None);
    };
    for _ in 0..ROUNDS {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        diffuse(region, around, &mut values);
    }
    Ok(Some(values))
}

struct Front<'a, S> {
    region: &'a Region<'a>,
    around: &'a S,
    places: Vec<(i64, i64)>,
    /// How far each pixel lies from what was known at first.
    distances: Vec<f32>,
    /// None until the front has passed.
    values: Vec<Option<[f32; 3]>>,
    /// Distances, as bits (which sort like the numbers, none being negative), and numbers.
    waiting: BinaryHeap<Reverse<(u32, usize)>>,
}

impl<S: Surroundings> Front<'_, S> {
    fn march(&mut self, cancel: &CancelFlag) -> Result<()> {
        for number in 0..self.places.len() {
            self.approach(number);
        }
        let mut passed = 0;
        while let Some(Reverse((bits, number))) = self.waiting.pop() {
            if self.values[number].is_some() || f32::from_bits(bits) > self.distances[number] {
                continue;
            }
            if passed % PATIENCE == 0 && cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            passed += 1;
            self.values[number] = Some(self.mixed(number));
            let (x, y) = self.places[number];
            for (x, y) in [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)] {
                if let Some(next) = self.region.number(x, y)
                    && self.values[next].is_none()
                {
                    self.approach(next);
                }
            }
        }
        Ok(())
    }

    /// The distance of a pixel that the front has passed: 0 where it always was known.
    fn passed(&self, x: i64, y: i64) -> f32 {
        match self.region.number(x, y) {
            Some(number) if self.values[number].is_some() => self.distances[number],
            None if self.around.known(x, y).is_some() => 0.0,
            _ => f32::INFINITY,
        }
    }

    /// Reckons a pixel's distance from its neighbors' (the eikonal equation, upwind).
    fn approach(&mut self, number: usize) {
        let (x, y) = self.places[number];
        let across = self.passed(x - 1, y).min(self.passed(x + 1, y));
        let down = self.passed(x, y - 1).min(self.passed(x, y + 1));
        let (near, far) = (across.min(down), across.max(down));
        let distance = if far - near < 1.0 {
            (near + far + (2.0 - (far - near) * (far - near)).sqrt()) / 2.0
        } else {
            near + 1.0
        };
        if distance < self.distances[number] {
            self.distances[number] = distance;
            self.waiting.push(Reverse((distance.to_bits(), number)));
        }
    }

    /// Which way the front moves at a pixel.
    fn direction(&self, x: i64, y: i64) -> [f32; 2] {
        let slope =
            |before: f32, after: f32, here: f32| match (before.is_finite(), after.is_finite()) {
                (true, true) => (after - before) / 2.0,
                (true, false) => here - before,
                (false, true) => after - here,
                (false, false) => 0.0,
            };
        let here = self.region.number(x, y).map_or(0.0, |i| self.distances[i]);
        [
            slope(self.passed(x - 1, y), self.passed(x + 1, y), here),
            slope(self.passed(x, y - 1), self.passed(x, y + 1), here),
        ]
    }

    /// The color of a pixel that the front has reached.
    fn mixed(&self, number: usize) -> [f32; 3] {
        let (x, y) = self.places[number];
        let [along_x, along_y] = self.direction(x, y);
        let (mut sum, mut whole) = ([0.0f32; 3], 0.0f32);
        for dy in -RADIUS..=RADIUS {
            for dx in -RADIUS..=RADIUS {
                let square = (dx * dx + dy * dy) as f32;
                if square > (RADIUS * RADIUS) as f32 {
                    continue;
                }
                let (value, distance) = match self.region.number(x + dx, y + dy) {
                    Some(other) => match self.values[other] {
                        Some(value) => (value, self.distances[other]),
                        None => continue,
                    },
                    None => match self.around.known(x + dx, y + dy) {
                        Some(value) => (value, 0.0),
                        None => continue,
                    },
                };
                let toward = (dx as f32 * along_x + dy as f32 * along_y).abs() / square.sqrt();
                let level = 1.0 / (1.0 + (self.distances[number] - distance).abs());
                // Never nothing, so that a pixel whose neighbors all lie aside still has a color.
                let weight = toward.max(0.01) * level / square;
                whole += weight;
                for (sum, value) in sum.iter_mut().zip(value) {
                    *sum += weight * value;
                }
            }
        }
        sum.map(|sum| sum / whole.max(f32::MIN_POSITIVE))
    }
}

/// Makes each pixel the mean of its neighbors, in place.
fn diffuse(region: &Region, around: &impl Surroundings, values: &mut [[f32; 3]]) {
    for (number, (x, y)) in region.pixels().enumerate() {
        let (mut sum, mut count) = ([0.0; 3], 0.0);
        for (x, y) in [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)] {
            let value = match region.number(x, y) {
                Some(other) => Some(values[other]),
                None => around.known(x, y),
            };
            if let Some(value) = value {
                count += 1.0;
                for (sum, value) in sum.iter_mut().zip(value) {
                    *sum += value;
                }
            }
        }
        if count > 0.0 {
            values[number] = sum.map(|sum| sum / count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ramp;

    impl Surroundings for Ramp {
        fn known(&self, x: i64, y: i64) -> Option<[f32; 3]> {
            ((0..30).contains(&x) && (0..30).contains(&y)).then_some([x as f32, y as f32, 7.0])
        }
    }

    fn square(from: usize, to: usize) -> Vec<Run> {
        (from..to).map(|y| Run { y, from, to }).collect()
    }

    #[test]
    fn a_hole_in_a_slope_is_filled_with_the_slope() {
        let runs = square(10, 16);
        let region = Region::new(&runs);
        let values = fill(&region, &Ramp, &CancelFlag::new()).unwrap().unwrap();
        for ((x, y), [found_x, found_y, same]) in region.pixels().zip(values) {
            assert!((found_x - x as f32).abs() < 1.0, "{found_x} at {x}, {y}");
            assert!((found_y - y as f32).abs() < 1.0, "{found_y} at {x}, {y}");
            assert!((same - 7.0).abs() < 1e-3);
        }
    }

    #[test]
    fn a_hole_at_a_corner_is_filled_from_the_sides_that_there_are() {
        let runs = square(0, 5);
        let values = fill(&Region::new(&runs), &Ramp, &CancelFlag::new()).unwrap();
        assert!(
            values
                .unwrap()
                .iter()
                .all(|[.., same]| (same - 7.0).abs() < 1e-3)
        );
    }

    #[test]
    fn nothing_can_be_made_of_nothing() {
        struct Void;
        impl Surroundings for Void {
            fn known(&self, _: i64, _: i64) -> Option<[f32; 3]> {
                None
            }
        }
        let runs = square(3, 6);
        assert!(
            fill(&Region::new(&runs), &Void, &CancelFlag::new())
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn pixels_are_numbered_row_by_row() {
        let runs = [
            Run {
                y: 2,
                from: 1,
                to: 3,
            },
            Run {
                y: 2,
                from: 5,
                to: 6,
            },
            Run {
                y: 3,
                from: 3,
                to: 5,
            },
        ];
        let region = Region::new(&runs);
        let numbers: Vec<_> = region.pixels().map(|(x, y)| region.number(x, y)).collect();
        assert_eq!(numbers, (0..5).map(Some).collect::<Vec<_>>());
        for (x, y) in [
            (0, 2),
            (3, 2),
            (4, 2),
            (6, 2),
            (2, 3),
            (5, 3),
            (3, 1),
            (3, 4),
            (-1, 2),
        ] {
            assert_eq!(region.number(x, y), None, "{x}, {y}");
        }
    }
}
