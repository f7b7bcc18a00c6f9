//! The luminance of many pixels at once.

use crate::Pixels;
use crate::color::lab::luminance;
use crate::color::srgb::{linear_of_8, linear_of_16};

/// Fills `y` with the luminance, 0..=1, of the pixels from number `start` on.
pub(crate) fn luminances(pixels: &Pixels, start: usize, y: &mut [f32]) {
    let gray = start..start + y.len();
    let rgb = 3 * start..3 * (start + y.len());
    match pixels {
        Pixels::Gray8(p) => each(y, &p[gray], |v| linear_of_8(*v)),
        Pixels::Gray16(p) => each(y, &p[gray], |v| linear_of_16(*v)),
        Pixels::Rgb8(p) => each(y, p[rgb].as_chunks().0, |v: &[u8; 3]| {
            luminance(v.map(linear_of_8))
        }),
        Pixels::Rgb16(p) => each(y, p[rgb].as_chunks().0, |v: &[u16; 3]| {
            luminance(v.map(linear_of_16))
        }),
    }
}

fn each<T>(y: &mut [f32], pixels: &[T], of: impl Fn(&T) -> f32) {
    for (y, pixel) in y.iter_mut().zip(pixels) {
        *y = of(pixel);
    }
}
