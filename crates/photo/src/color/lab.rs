//! CIE Lab as OpenCV computes it on floats: L in 0..=100, a and b about -127..=127, white D65.
//!
//! Matrices and constants are those of OpenCV's documentation of `COLOR_RGB2Lab` and
//! `COLOR_Lab2RGB` (<https://docs.opencv.org/4.x/de/d25/imgproc_color_conversions.html>), which the
//! published pipeline uses.

#![allow(
    clippy::inline_always,
    reason = "as in `curves.rs`, which this is made of"
)]

use crate::color::curves::{LAB_THRESHOLD, lab_curve, lab_curve_inverse, mul_add, srgb_encoded};

/// X and Z of the white point; its Y is 1.
const WHITE_X: f32 = 0.950_456;
const WHITE_Z: f32 = 1.088_754;
/// L of small Y is this times Y.
const L_SLOPE: f32 = 903.3;

/// The luminance Y of linear light, 0..=1.
#[inline(always)]
pub(crate) fn luminance(rgb: [f32; 3]) -> f32 {
    0.212_671 * rgb[0] + 0.715_160 * rgb[1] + 0.072_169 * rgb[2]
}

/// Lab of linear light.
#[inline(always)]
pub(crate) fn of_linear(rgb: [f32; 3]) -> [f32; 3] {
    let [r, g, b] = rgb;
    let x = (0.412_453 * r + 0.357_580 * g + 0.180_423 * b) / WHITE_X;
    let y = luminance(rgb);
    let z = (0.019_334 * r + 0.119_193 * g + 0.950_227 * b) / WHITE_Z;
    let (fx, fy, fz) = (
        lab_curve::<false>(x),
        lab_curve::<false>(y),
        lab_curve::<false>(z),
    );
    [
        lightness_on_curve(y, fy),
        500.0 * (fx - fy),
        200.0 * (fy - fz),
    ]
}

/// L, 0..=100, of luminance 0..=1.
#[inline(always)]
pub(crate) fn lightness<const FUSED: bool>(y: f32) -> f32 {
    lightness_on_curve(y, lab_curve::<FUSED>(y))
}

/// The same where Lab's curve of the luminance is known.
#[inline(always)]
pub(crate) fn lightness_on_curve(y: f32, fy: f32) -> f32 {
    let (curve, line) = (116.0 * fy - 16.0, L_SLOPE * y);
    if y > LAB_THRESHOLD { curve } else { line }
}

/// Linear light, perhaps outside 0..=1, of the color whose lightness is that of luminance `y` and
/// whose chroma is `a`, `b`.
///
/// L is never written down: it and Y determine each other, and Y is what a photo gives.
#[inline(always)]
pub(crate) fn linear_of(y: f32, a: f32, b: f32) -> [f32; 3] {
    linear_on_curve::<false>((y, lab_curve::<false>(y)), a, b)
}

/// The same where Lab's curve of the luminance is known.
#[inline(always)]
pub(crate) fn linear_on_curve<const FUSED: bool>((y, fy): (f32, f32), a: f32, b: f32) -> [f32; 3] {
    let x = WHITE_X * lab_curve_inverse(mul_add::<FUSED>(a, 1.0 / 500.0, fy));
    let z = WHITE_Z * lab_curve_inverse(mul_add::<FUSED>(b, -1.0 / 200.0, fy));
    let mixed = |of_x: f32, of_y: f32, of_z: f32| {
        mul_add::<FUSED>(of_x, x, mul_add::<FUSED>(of_z, z, of_y * y))
    };
    [
        mixed(3.240_479, -1.537_15, -0.498_535),
        mixed(-0.969_256, 1.875_991, 0.041_556),
        mixed(0.055_648, -0.204_043, 1.057_311),
    ]
}

/// The same as sRGB values, each clipped to 0..=1.
#[inline(always)]
pub(crate) fn encoded_of(y: f32, a: f32, b: f32) -> [f32; 3] {
    linear_of(y, a, b).map(srgb_encoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::srgb::{linear_of_8, to_linear};
    use proptest::prelude::*;

    fn of_8([r, g, b]: [u8; 3]) -> [f32; 3] {
        of_linear([linear_of_8(r), linear_of_8(g), linear_of_8(b)])
    }

    #[test]
    fn well_known_colors_have_their_well_known_lab() {
        // Computed from the sRGB primaries and D65, as any color calculator gives them.
        for (rgb, lab) in [
            ([255, 255, 255], [100.0, 0.0, 0.0]),
            ([0, 0, 0], [0.0, 0.0, 0.0]),
            ([255, 0, 0], [53.24, 80.09, 67.20]),
            ([0, 255, 0], [87.73, -86.18, 83.18]),
            ([0, 0, 255], [32.30, 79.19, -107.86]),
        ] {
            for (found, expected) in of_8(rgb).into_iter().zip(lab) {
                assert!(
                    (found - expected).abs() < 0.1,
                    "{rgb:?}: {found} for {expected}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn a_color_survives_the_way_to_lab_and_back(rgb: [u8; 3]) {
            let linear = rgb.map(linear_of_8);
            let [_, a, b] = of_linear(linear);
            let back = encoded_of(luminance(linear), a, b);
            for (found, original) in back.into_iter().zip(rgb) {
                prop_assert!((found - f32::from(original) / 255.0).abs() < 1.0 / 255.0);
            }
        }

        #[test]
        fn changing_the_chroma_leaves_the_lightness_where_the_color_exists(
            gray in 20u8..235, a in -25f32..25.0, b in -25f32..25.0,
        ) {
            let y = luminance([linear_of_8(gray); 3]);
            let rgb = encoded_of(y, a, b);
            // A channel at either end was clipped: sRGB has no such color.
            prop_assume!(rgb.iter().all(|value| (1e-4..0.9999).contains(value)));
            let [l, found_a, found_b] = of_linear(rgb.map(to_linear));
            let [expected, ..] = of_linear([linear_of_8(gray); 3]);
            prop_assert!((l - expected).abs() < 0.01, "{l} for {expected}");
            prop_assert!((found_a - a).abs() < 0.05 && (found_b - b).abs() < 0.05);
        }
    }

    #[test]
    fn every_gray_stays_gray_without_chroma() {
        for gray in 0..=255u8 {
            let back = encoded_of(luminance([linear_of_8(gray); 3]), 0.0, 0.0);
            for value in back {
                assert!(
                    (value * 255.0 - f32::from(gray)).abs() < 0.1,
                    "{gray} became {back:?}"
                );
            }
        }
    }
}
