//! The colors that a network gave, at the network's own resolution.

use std::fmt;
use std::str::FromStr;

use crate::network_input::{Tap, taps};
use crate::{Error, Result};

/// The a and b planes of CIE Lab for a whole picture, at any resolution.
#[derive(Debug, Clone, PartialEq)]
pub struct ChromaMap {
    width: u32,
    height: u32,
    /// `[2, H, W]`, each in [`AB_MIN`]`..=`[`AB_MAX`].
    data: Vec<f32>,
}

/// The range of a and b in OpenCV's 8-bit convention, which no displayable color leaves; a network
/// may.
const AB_MIN: f32 = -128.0;
const AB_MAX: f32 = 127.0;

/// How colors are brought to a photo's full size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Upsampling {
    /// The nearest color, as in the published pipeline: a larger photo shows squares.
    Nearest,
    /// Between the four nearest.
    Bilinear,
}

impl ChromaMap {
    /// Takes a and b as a network gives them and clamps them to -128..=127.
    ///
    /// # Shapes
    /// `[2, H, W]`.
    ///
    /// # Errors
    /// [`Error::InvalidChroma`] for another length, an empty map, or anything that is no number.
    pub fn new(width: u32, height: u32, mut data: Vec<f32>) -> Result<Self> {
        let expected = 2 * width as usize * height as usize;
        if expected == 0 || data.len() != expected || data.iter().any(|value| !value.is_finite()) {
            return Err(Error::InvalidChroma { width, height });
        }
        for value in &mut data {
            *value = value.clamp(AB_MIN, AB_MAX);
        }
        Ok(Self {
            width,
            height,
            data,
        })
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The a and b planes, `[2, H, W]`.
    #[must_use]
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// The part from the upper left, such as a [`NetworkInput::content`](crate::NetworkInput).
    #[must_use]
    pub fn cropped(self, (width, height): (u32, u32)) -> Self {
        if (width, height) == (self.width, self.height) {
            return self;
        }
        let (width, height) = (width.clamp(1, self.width), height.clamp(1, self.height));
        let rows = self.data.chunks_exact(self.width as usize).enumerate();
        let data = rows
            .filter(|(row, _)| (*row as u32 % self.height) < height)
            .flat_map(|(_, values)| values[..width as usize].iter().copied())
            .collect();
        Self {
            width,
            height,
            data,
        }
    }

    fn planes(&self) -> (&[f32], &[f32]) {
        self.data.split_at(self.data.len() / 2)
    }
}

/// A map ready to be read at another resolution, row by row.
pub(crate) struct Upsampler<'a> {
    map: &'a ChromaMap,
    strength: f32,
    grid: Grid,
}

enum Grid {
    Nearest {
        rows: Vec<usize>,
        columns: Vec<usize>,
    },
    Bilinear {
        rows: Vec<Tap>,
        columns: Vec<Tap>,
    },
}

impl<'a> Upsampler<'a> {
    /// Reads `map` at `width` x `height`, all values times `strength`.
    pub(crate) fn new(
        map: &'a ChromaMap,
        (width, height): (u32, u32),
        upsampling: Upsampling,
        strength: f32,
    ) -> Self {
        let grid = match upsampling {
            Upsampling::Nearest => Grid::Nearest {
                rows: nearest(map.height, height),
                columns: nearest(map.width, width),
            },
            Upsampling::Bilinear => Grid::Bilinear {
                rows: taps(map.height, height, height),
                columns: taps(map.width, width, width),
            },
        };
        Self {
            map,
            strength,
            grid,
        }
    }

    /// Fills `ab` with the colors of one row.
    pub(crate) fn row(&self, y: usize, ab: &mut Vec<[f32; 2]>) {
        ab.clear();
        let width = self.map.width as usize;
        let (a, b) = self.map.planes();
        let line = |plane: &'a [f32], y: usize| &plane[y * width..(y + 1) * width];
        match &self.grid {
            Grid::Nearest { rows, columns } => {
                let (a, b) = (line(a, rows[y]), line(b, rows[y]));
                ab.extend(
                    columns
                        .iter()
                        .map(|&x| [a[x] * self.strength, b[x] * self.strength]),
                );
            }
            Grid::Bilinear { rows, columns } => {
                let row = &rows[y];
                let blend = |plane| -> Vec<f32> {
                    let (upper, lower) = (line(plane, row.first), line(plane, row.second));
                    let pairs = upper.iter().zip(lower);
                    pairs
                        .map(|(u, l)| (u + (l - u) * row.weight) * self.strength)
                        .collect()
                };
                let (a, b) = (blend(a), blend(b));
                let between = |line: &[f32], tap: &Tap| {
                    line[tap.first] + (line[tap.second] - line[tap.first]) * tap.weight
                };
                ab.extend(
                    columns
                        .iter()
                        .map(|tap| [between(&a, tap), between(&b, tap)]),
                );
            }
        }
    }
}

/// Which source pixel each pixel takes: the index times the scale in 32-bit floats, rounded down, as
/// PyTorch's `interpolate(mode="nearest")` has it.
fn nearest(source: u32, length: u32) -> Vec<usize> {
    let scale = source as f32 / length as f32;
    (0..length)
        .map(|i| ((i as f32 * scale) as usize).min(source as usize - 1))
        .collect()
}

impl fmt::Display for Upsampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nearest => "nearest",
            Self::Bilinear => "bilinear",
        })
    }
}

/// The text names no upsampling.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no upsampling: use nearest or bilinear")]
pub struct UnknownUpsampling(String);

impl FromStr for Upsampling {
    type Err = UnknownUpsampling;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        match text {
            "nearest" => Ok(Self::Nearest),
            "bilinear" => Ok(Self::Bilinear),
            _ => Err(UnknownUpsampling(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(map: &ChromaMap, size: (u32, u32), upsampling: Upsampling) -> Vec<Vec<[f32; 2]>> {
        let upsampler = Upsampler::new(map, size, upsampling, 1.0);
        (0..size.1 as usize)
            .map(|y| {
                let mut row = Vec::new();
                upsampler.row(y, &mut row);
                row
            })
            .collect()
    }

    #[test]
    fn what_is_no_map_is_refused_and_what_is_out_of_range_clamped() {
        assert!(ChromaMap::new(2, 2, vec![0.0; 7]).is_err());
        assert!(ChromaMap::new(0, 2, vec![]).is_err());
        assert!(ChromaMap::new(1, 1, vec![f32::NAN, 0.0]).is_err());
        assert!(ChromaMap::new(1, 1, vec![0.0, f32::INFINITY]).is_err());
        assert_eq!(
            ChromaMap::new(1, 1, vec![-500.0, 500.0]).unwrap().data(),
            [-128.0, 127.0]
        );
    }

    #[test]
    fn cropping_keeps_the_upper_left_of_both_planes() {
        let map = ChromaMap::new(3, 2, (0..12).map(|i| i as f32).collect()).unwrap();
        let cropped = map.cropped((2, 1));
        assert_eq!((cropped.width(), cropped.height()), (2, 1));
        assert_eq!(cropped.data(), [0.0, 1.0, 6.0, 7.0]);
    }

    #[test]
    fn nearest_takes_the_pixel_that_pytorch_takes() {
        // torch.nn.functional.interpolate(torch.arange(3.)[None, None], size=7, mode="nearest")
        assert_eq!(nearest(3, 7), [0, 0, 0, 1, 1, 2, 2]);
        assert_eq!(nearest(4, 2), [0, 2]);
        assert_eq!(nearest(256, 256), (0..256).collect::<Vec<_>>());
    }

    #[test]
    fn bilinear_runs_between_pixel_centers_and_holds_at_the_edges() {
        let map = ChromaMap::new(2, 1, vec![0.0, 100.0, 0.0, -100.0]).unwrap();
        let found = &rows(&map, (4, 2), Upsampling::Bilinear)[1];
        assert_eq!(
            *found,
            [[0.0, 0.0], [25.0, -25.0], [75.0, -75.0], [100.0, -100.0]]
        );
    }

    #[test]
    fn at_the_same_size_both_ways_change_nothing() {
        let map = ChromaMap::new(3, 2, (0..12).map(|i| i as f32).collect()).unwrap();
        for upsampling in [Upsampling::Nearest, Upsampling::Bilinear] {
            let found = rows(&map, (3, 2), upsampling);
            assert_eq!(found[1], [[3.0, 9.0], [4.0, 10.0], [5.0, 11.0]]);
        }
    }
}
