//! sRGB and linear light (IEC 61966-2-1): to linear light by table, back, see `curves.rs`.

use std::sync::LazyLock;

/// Intervals of the tables over 0..=1. Between entries they interpolate linearly, which is off by
/// less than 1e-6 everywhere: the curves' only steep part is a straight line.
const INTERVALS: usize = 1 << 16;

static LINEAR_OF_8: LazyLock<[f32; 256]> =
    LazyLock::new(|| std::array::from_fn(|i| to_linear_exact(i as f32 / 255.0)));

static LINEAR_OF_16: LazyLock<Box<[f32]>> = LazyLock::new(|| {
    (0..=u16::MAX)
        .map(|i| to_linear_exact(f32::from(i) / 65535.0))
        .collect()
});

static LINEAR: LazyLock<Table> = LazyLock::new(|| Table::new(to_linear_exact));

/// Linear light 0..=1 of an 8-bit sRGB value.
#[inline]
pub(crate) fn linear_of_8(value: u8) -> f32 {
    LINEAR_OF_8[usize::from(value)]
}

/// Linear light 0..=1 of a 16-bit sRGB value.
#[inline]
pub(crate) fn linear_of_16(value: u16) -> f32 {
    LINEAR_OF_16[usize::from(value)]
}

/// Linear light of an sRGB value in 0..=1.
#[inline]
pub(crate) fn to_linear(encoded: f32) -> f32 {
    LINEAR.at(encoded)
}

fn to_linear_exact(encoded: f32) -> f32 {
    if encoded <= 0.04045 {
        encoded / 12.92
    } else {
        ((encoded + 0.055) / 1.055).powf(2.4)
    }
}

/// A function on 0..=1, sampled.
struct Table(Box<[f32]>);

impl Table {
    fn new(function: impl Fn(f32) -> f32) -> Self {
        // One entry more, so that 1.0 has a right neighbor.
        let sample = |i| function((i as f32 / INTERVALS as f32).min(1.0));
        Self((0..INTERVALS + 2).map(sample).collect())
    }

    /// The function at `x` clipped to 0..=1.
    #[inline]
    fn at(&self, x: f32) -> f32 {
        let position = x.clamp(0.0, 1.0) * INTERVALS as f32;
        let index = position as usize;
        let fraction = position - index as f32;
        let (left, right) = (self.0[index], self.0[index + 1]);
        left + (right - left) * fraction
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::curves::srgb_encoded;

    #[test]
    fn every_16_bit_value_survives_linear_light() {
        for value in 0..=u16::MAX {
            let back = srgb_encoded(linear_of_16(value)) * 65535.0;
            assert!(
                (back - f32::from(value)).abs() < 0.25,
                "{value} became {back}"
            );
        }
    }

    #[test]
    fn the_table_agrees_with_the_curve() {
        for i in 0..=100_000 {
            let x = i as f32 / 100_000.0;
            assert!((to_linear(x) - to_linear_exact(x)).abs() < 1e-6, "{x}");
        }
        assert_eq!(linear_of_8(255), 1.0);
    }
}
