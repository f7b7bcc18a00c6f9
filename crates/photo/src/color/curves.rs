//! The curves of CIE Lab and sRGB, written without branches.
//!
//! Each is a handful of additions, products, quotients and square roots, so that compilers run them
//! on many pixels at once. A table would have to fetch its entries one by one.
#![allow(
    clippy::inline_always,
    reason = "each must become part of its caller's instruction set"
)]

/// Below this, the cube root of Lab gives way to a straight line.
pub(crate) const LAB_THRESHOLD: f32 = 0.008_856;
const LAB_SLOPE: f32 = 7.787;
const LAB_OFFSET: f32 = 16.0 / 116.0;

/// The cube root of a number that is not negative, to within 3e-7 of it.
#[inline(always)]
pub(crate) fn cube_root(x: f32) -> f32 {
    // A third of the exponent, by 1/4 + 1/16 + 1/64 + ..., is within 4 % of the root: "acbrt" in
    // Warren, "Hacker's Delight", 2nd edition, section 11-2.
    let bits = x.to_bits();
    let third = (bits >> 2) + (bits >> 4);
    let third = third + (third >> 4);
    let third = third + (third >> 8);
    let guess = f32::from_bits(0x2A51_37A0 + third);
    // Halley's iteration triples the correct digits each time.
    let halley = |root: f32| {
        let cube = root * root * root;
        // The last term is nothing beside the others, unless both are 0.
        root * (cube + 2.0 * x) / (2.0 * cube + x + f32::MIN_POSITIVE)
    };
    halley(halley(guess))
}

/// The curve of Lab from a share of the white's X, Y or Z, 0..=1, to 4/29..=1.
#[inline(always)]
pub(crate) fn lab_curve(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    let (root, line) = (cube_root(t), LAB_SLOPE * t + LAB_OFFSET);
    if t > LAB_THRESHOLD { root } else { line }
}

/// Back from [`lab_curve`], and on beyond both its ends.
#[inline(always)]
pub(crate) fn lab_curve_inverse(f: f32) -> f32 {
    let knee = LAB_SLOPE * LAB_THRESHOLD + LAB_OFFSET;
    let (cube, line) = (f * f * f, (f - LAB_OFFSET) / LAB_SLOPE);
    if f > knee { cube } else { line }
}

/// The sRGB value 0..=1 of linear light (IEC 61966-2-1); what lies outside 0..=1 is clipped.
#[inline(always)]
pub(crate) fn srgb_encoded(linear: f32) -> f32 {
    let x = linear.clamp(0.0, 1.0);
    // x^(1/2.4) = x^(5/12) = x^(1/3) * (x^(1/3))^(1/4).
    let root = cube_root(x);
    let power = root * root.sqrt().sqrt();
    let (curve, line) = (1.055 * power - 0.055, 12.92 * x);
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
            let found = f64::from(cube_root(x));
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
            assert!(levels < 0.03, "{x}: off by {levels} levels");
        }
    }

    #[test]
    fn what_is_out_of_range_is_clipped() {
        assert_eq!(srgb_encoded(-1.0), 0.0);
        assert!((srgb_encoded(2.0) - 1.0).abs() < 1e-6);
        assert_eq!(lab_curve(-1.0), LAB_OFFSET);
    }

    #[test]
    fn the_curve_of_lab_leads_back() {
        for x in samples() {
            assert!((lab_curve_inverse(lab_curve(x)) - x).abs() < 1e-6, "{x}");
        }
    }
}
