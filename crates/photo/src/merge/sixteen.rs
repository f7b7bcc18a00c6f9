//! The sixteen places of a map around each pixel of a photo, four along either axis.

use crate::ChromaMap;
use crate::scale::cubic;

/// How far a map is continued beyond its edges, so that no place is ever outside.
const MARGIN: usize = 2;

/// Along one axis: for each pixel the first of its four places in a [`Padded`] plane, and how much
/// each of the four counts. The weights of a pixel sum to 1.
pub(crate) struct Sixteen {
    pub(crate) first: Vec<usize>,
    pub(crate) weights: Vec<[f32; 4]>,
}

impl Sixteen {
    /// For `length` pixels over `places` ones. `weights` gets how far a pixel lies beyond the second of
    /// its places, 0..1.
    pub(crate) fn new(places: u32, length: u32, weights: impl Fn(f64) -> [f64; 4]) -> Self {
        let scale = f64::from(places) / f64::from(length);
        let (first, weights) = (0..length)
            .map(|i| {
                let center = (f64::from(i) + 0.5) * scale - 0.5;
                // At least -1, since a center is at least -0.5.
                let second = center.floor();
                let own = weights(center - second);
                let sum: f64 = own.iter().sum();
                (
                    (second + 1.0) as usize,
                    own.map(|weight| (weight / sum) as f32),
                )
            })
            .unzip();
        Self { first, weights }
    }
}

/// Cubic convolution.
pub(crate) fn cubic_weights(beyond: f64) -> [f64; 4] {
    [1.0 + beyond, beyond, 1.0 - beyond, 2.0 - beyond].map(cubic)
}

/// A plane with its edges repeated beyond them.
pub(crate) struct Padded {
    width: usize,
    data: Vec<f32>,
}

impl Padded {
    /// Those of a and b.
    pub(crate) fn both(map: &ChromaMap) -> [Self; 2] {
        let (a, b) = map.planes();
        [a, b].map(|plane| Self::new(plane, map.width() as usize))
    }

    /// Of a plane `[H, W]`.
    pub(crate) fn new(plane: &[f32], width: usize) -> Self {
        let height = plane.len() / width;
        let inside = |i: usize, length: usize| i.saturating_sub(MARGIN).min(length - 1);
        let data = (0..height + 2 * MARGIN)
            .flat_map(|y| {
                let line = &plane[inside(y, height) * width..][..width];
                (0..width + 2 * MARGIN).map(move |x| line[inside(x, width)])
            })
            .collect();
        Self {
            width: width + 2 * MARGIN,
            data,
        }
    }

    /// Row `y`, margins and all.
    pub(crate) fn line(&self, y: usize) -> &[f32] {
        &self.data[y * self.width..(y + 1) * self.width]
    }

    /// Four rows from `first` on.
    pub(crate) fn four(&self, first: usize) -> [&[f32]; 4] {
        std::array::from_fn(|row| self.line(first + row))
    }

    /// Four rows from `first` on, mixed.
    pub(crate) fn mixed(&self, first: usize, weights: &[f32; 4]) -> Vec<f32> {
        let mut mixed = vec![0.0; self.width];
        for (row, weight) in weights.iter().enumerate() {
            for (mixed, value) in mixed.iter_mut().zip(self.line(first + row)) {
                *mixed += weight * value;
            }
        }
        mixed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lie_around_their_pixel_and_beyond_the_edges() {
        let axis = Sixteen::new(3, 6, cubic_weights);
        // Pixel 0 lies at -0.25, between the places -1 and 0, which are 1 and 2 with the margin.
        assert_eq!(axis.first, [0, 1, 1, 2, 2, 3]);
        for weights in &axis.weights {
            assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
        let plane = Padded::new(&[1.0, 2.0, 3.0], 3);
        assert_eq!(plane.line(4), [1.0, 1.0, 1.0, 2.0, 3.0, 3.0, 3.0]);
        assert_eq!(plane.mixed(1, &[0.25; 4]), plane.line(0));
    }
}
