//! The curves of CIE Lab and sRGB, written without branches.
//!
//! Each is a handful of additions and products, so that compilers run them on many pixels at once. A table would have to
//! fetch its entries one by one, and quotients and square roots take processors as long as ten products.
#![allow(
    clippy::inline_always,
    reason = "each must become part of its caller's instruction set"
)]

/// Below this, the cube root of Lab gives way to a straight line.
pub(crate) const LAB_THRESHOLD: f32 = 0.008_856;
const LAB_SLOPE: f32 = 7.787;
const LAB_OFFSET: f32 = 16.0 / 116.0;

/// What is missing of x^(-1/3) and x^(-1/4), where a guess is within some percent: both are power series of how far x
/// times the guess's third or fourth power is off from 1, at most 0.105 or 0.125. These are the best polynomials there,
/// to within 5e-9 and 9e-9, from the first power on; before it is 1.
const MISSING_OF_THIRD: [f32; 5] = [
    0.333_333_33,
    0.222_215,
    0.172_838_3,
    0.145_830_54,
    0.125_820_52,
];
const MISSING_OF_FOURTH: [f32; 5] = [
    0.250_000_1,
    0.156_240_35,
    0.117_155_4,
    0.096_875_09,
    0.083_812_244,
];
/// 1.055 * s^(5/3) - 0.055 around s = [`MIDDLE`], where s^4 is in 0.003..=1, to within 2e-8.
const SRGB: [f32; 10] = [
    0.427_006_07,
    1.285_349_1,
    0.685_514_45,
    -0.121_831_08,
    0.065_274_05,
    -0.049_723_31,
    0.038_196_855,
    -0.028_417_407,
    0.079_415_92,
    -0.119_375_32,
];
const MIDDLE: f32 = 0.625;

/// x * y + z, where `FUSED` by one instruction: to be asked for only in what is compiled for processors that have it,
/// since the others take a hundred times as long for it.
#[inline(always)]
pub(crate) fn mul_add<const FUSED: bool>(x: f32, y: f32, z: f32) -> f32 {
    if FUSED { x.mul_add(y, z) } else { x * y + z }
}

/// A polynomial, its constant first, by Horner's rule.
#[inline(always)]
fn polynomial<const FUSED: bool, const N: usize>(coefficients: &[f32; N], x: f32) -> f32 {
    let mut sum = coefficients[N - 1];
    for i in (0..N - 1).rev() {
        sum = mul_add::<FUSED>(sum, x, coefficients[i]);
    }
    sum
}

/// The cube root of a number that is not negative, to within 3e-7 of it.
#[inline(always)]
pub(crate) fn cube_root<const FUSED: bool>(x: f32) -> f32 {
    // A third of the exponent, by 1/4 + 1/16 + 1/64 + ...: Warren, "Hacker's Delight", 2nd edition, section 11-2.
    let bits = x.to_bits();
    let third = (bits >> 2) + (bits >> 4);
    let third = third + (third >> 4);
    let third = third + (third >> 8);
    let guess = f32::from_bits(0x54A2_0000 - third);
    let off = mul_add::<FUSED>(-x * guess, guess * guess, 1.0);
    let missing = off * polynomial::<FUSED, _>(&MISSING_OF_THIRD, off);
    let inverse = mul_add::<FUSED>(guess, missing, guess);
    x * inverse * inverse
}

/// The fourth root of a number that is not negative, to within 3e-7 of it.
#[inline(always)]
fn fourth_root<const FUSED: bool>(x: f32) -> f32 {
    let guess = f32::from_bits(0x4F58_0000 - (x.to_bits() >> 2));
    let square = guess * guess;
    let off = mul_add::<FUSED>(-x * square, square, 1.0);
    let missing = off * polynomial::<FUSED, _>(&MISSING_OF_FOURTH, off);
    let inverse = mul_add::<FUSED>(guess, missing, guess);
    x * inverse * inverse * inverse
}

/// The curve of Lab from a share of the white's X, Y or Z, 0..=1, to 4/29..=1.
#[inline(always)]
pub(crate) fn lab_curve<const FUSED: bool>(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    let line = mul_add::<FUSED>(LAB_SLOPE, t, LAB_OFFSET);
    let root = cube_root::<FUSED>(t);
    if t > LAB_THRESHOLD { root } else { line }
}

/// Back from [`lab_curve`], and on beyond both its ends.
#[inline(always)]
pub(crate) fn lab_curve_inverse(f: f32) -> f32 {
    let knee = LAB_SLOPE * LAB_THRESHOLD + LAB_OFFSET;
    let (cube, line) = (f * f * f, (f - LAB_OFFSET) * (1.0 / LAB_SLOPE));
    if f > knee { cube } else { line }
}

/// The sRGB value 0..=1 of linear light (IEC 61966-2-1); what lies outside 0..=1 is clipped.
#[inline(always)]
pub(crate) fn srgb_encoded(linear: f32) -> f32 {
    srgb_encoded_by::<false>(linear)
}

/// The same, where `FUSED` by [`mul_add`] in one instruction.
#[inline(always)]
pub(crate) fn srgb_encoded_by<const FUSED: bool>(linear: f32) -> f32 {
    let x = linear.clamp(0.0, 1.0);
    // x^(1/2.4) = (x^(1/4))^(5/3), which is nearly straight.
    let curve = polynomial::<FUSED, _>(&SRGB, fourth_root::<FUSED>(x) - MIDDLE);
    let line = 12.92 * x;
    if x > 0.003_130_8 { curve } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> impl Iterator<Item = f32> {
        (0..=1_000_000).map(|i| i as f32 / 1e6)
    }

    #[test]
    fn cube_roots_are_right_to_seven_digits() {
        for x in samples().chain([1e-20, 1e-9, 8.0, 27.0]) {
            let exact = f64::from(x).cbrt();
            let found = f64::from(cube_root::<false>(x));
            assert!(
                (found - exact).abs() <= 3e-7 * exact + 1e-12,
                "{x}: {found} for {exact}"
            );
        }
    }

    #[test]
    fn srgb_is_far_finer_than_a_level_of_16_bits() {
        for x in samples() {
            let exact = if x <= 0.003_130_8 {
                12.92 * f64::from(x)
            } else {
                1.055 * f64::from(x).powf(1.0 / 2.4) - 0.055
            };
            let levels = (f64::from(srgb_encoded(x)) - exact).abs() * 65535.0;
            assert!(levels < 0.05, "{x}: off by {levels} levels");
        }
    }

    #[test]
    fn what_is_out_of_range_is_clipped() {
        assert_eq!(srgb_encoded(-1.0), 0.0);
        assert!((srgb_encoded(2.0) - 1.0).abs() < 1e-6);
        assert_eq!(lab_curve::<false>(-1.0), LAB_OFFSET);
    }

    #[test]
    fn the_curve_of_lab_leads_back() {
        for x in samples() {
            assert!(
                (lab_curve_inverse(lab_curve::<false>(x)) - x).abs() < 1e-6,
                "{x}"
            );
        }
    }
}
