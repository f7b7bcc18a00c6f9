//! Colors that sRGB cannot show, brought to ones that it can.

use std::fmt;
use std::str::FromStr;

use crate::color::curves::{cube_root, mul_add};
use crate::color::lab::luminance;

/// What becomes of a color that sRGB cannot show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gamut {
    /// Each channel is cut off by itself, as in the published pipeline: hue and lightness shift.
    Clip,
    /// The chroma is reduced as far as it takes, at the same hue of Oklch and the same lightness.
    Compress,
}

impl Gamut {
    /// Every way there is.
    pub const ALL: [Self; 2] = [Self::Clip, Self::Compress];
}

impl fmt::Display for Gamut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clip => "clip",
            Self::Compress => "compress",
        })
    }
}

/// The text names no treatment of what is out of gamut.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no treatment of what is out of gamut: use compress or clip")]
pub struct UnknownGamut(String);

impl FromStr for Gamut {
    type Err = UnknownGamut;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|gamut| gamut.to_string() == text)
            .ok_or_else(|| UnknownGamut(text.to_owned()))
    }
}

/// How many colors are compressed at once: several times as many as processors have lanes for, since each halving waits
/// for the one before it, and others can be worked on meanwhile.
pub(crate) const BLOCK: usize = 64;

/// Linear light of some colors, one array a channel.
pub(crate) type Block = [[f32; BLOCK]; 3];

/// Light this far below 0 is black at 16 bits, where a level is 1e-6.
const BELOW: f32 = 1e-7;
/// Light this far above 1 is white at 16 bits, where a level is 3e-5.
const ABOVE: f32 = 1e-6;

/// Halvings of the chroma's range: the last is a sixteen-thousandth of it, far below a level of 8 bits.
const HALVINGS: usize = 14;

/// Whether sRGB has no such color.
#[inline]
pub(crate) fn is_outside([r, g, b]: [f32; 3]) -> bool {
    // Without branches, so that many are looked at at once.
    (lower(lower(r, g), b) < -BELOW) | (higher(higher(r, g), b) > 1.0 + ABOVE)
}

/// As `f32::min`, for what is a number: that is one instruction.
#[inline(always)]
#[allow(clippy::inline_always, reason = "as compress")]
fn lower(one: f32, other: f32) -> f32 {
    if one < other { one } else { other }
}

/// As `f32::max`, likewise.
#[inline(always)]
#[allow(clippy::inline_always, reason = "as compress")]
fn higher(one: f32, other: f32) -> f32 {
    if one > other { one } else { other }
}

/// Moves each color toward the gray of its luminance `y` (0..=1) until sRGB has it.
///
/// The way there is a straight line in Oklab (Ottosson, "A perceptual color space for image
/// processing", 2020), scaled to keep the luminance: a factor on linear light is one on all of
/// Oklab, so neither changes the hue of Oklch. Oklab's own axes are never needed, since lines are
/// lines already between the cube roots of its three cone responses.
#[inline(always)]
#[allow(
    clippy::inline_always,
    reason = "it must become part of its caller's instruction set"
)]
pub(crate) fn compress<const FUSED: bool>(colors: &mut Block, y: &[f32; BLOCK]) {
    let mut gray = [0.0; BLOCK];
    let mut way = [[0.0; BLOCK]; 3];
    for i in 0..BLOCK {
        gray[i] = cube_root::<FUSED>(y[i]);
        let cones = cones([colors[0][i], colors[1][i], colors[2][i]]);
        for (way, cone) in way.iter_mut().zip(cones) {
            way[i] = cube_root::<FUSED>(cone.abs()).copysign(cone) - gray[i];
        }
    }
    let (mut inside, mut step) = ([0.0; BLOCK], 0.5);
    for _ in 0..HALVINGS {
        for i in 0..BLOCK {
            let (rgb, own_y) =
                on_the_way::<FUSED>(gray[i], [way[0][i], way[1][i], way[2][i]], inside[i] + step);
            // Scaled by y / own_y: without the division.
            let lowest = lower(lower(rgb[0], rgb[1]), rgb[2]);
            let highest = higher(higher(rgb[0], rgb[1]), rgb[2]);
            let fits = lowest >= -BELOW && highest * y[i] <= own_y;
            inside[i] += if fits { step } else { 0.0 };
        }
        step *= 0.5;
    }
    for i in 0..BLOCK {
        let (rgb, own_y) =
            on_the_way::<FUSED>(gray[i], [way[0][i], way[1][i], way[2][i]], inside[i]);
        let scale = if own_y > 0.0 { y[i] / own_y } else { 0.0 };
        for (color, value) in colors.iter_mut().zip(rgb) {
            color[i] = value * scale;
        }
    }
}

/// Linear light and its luminance at a share of the way from gray to a color.
#[inline(always)]
#[allow(clippy::inline_always, reason = "as compress")]
fn on_the_way<const FUSED: bool>(gray: f32, way: [f32; 3], share: f32) -> ([f32; 3], f32) {
    let [l, m, s] = way.map(|way| {
        let root = mul_add::<FUSED>(share, way, gray);
        root * root * root
    });
    // The inverse of the matrix in `cones`, as Ottosson gives it.
    let mixed = |of_l: f32, of_m: f32, of_s: f32| {
        mul_add::<FUSED>(of_l, l, mul_add::<FUSED>(of_m, m, of_s * s))
    };
    let rgb = [
        mixed(4.076_741_7, -3.307_711_6, 0.230_969_94),
        mixed(-1.268_438, 2.609_757_4, -0.341_319_4),
        mixed(-0.004_196_086_3, -0.703_418_6, 1.707_614_7),
    ];
    (rgb, luminance(rgb))
}

/// The responses of Oklab's three cones to linear light.
#[inline(always)]
#[allow(clippy::inline_always, reason = "as compress")]
fn cones([r, g, b]: [f32; 3]) -> [f32; 3] {
    [
        0.412_221_46 * r + 0.536_332_55 * g + 0.051_445_995 * b,
        0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b,
        0.088_302_46 * r + 0.281_718_85 * g + 0.629_978_7 * b,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::lab::linear_of;
    use proptest::prelude::*;

    /// The hue of Oklch in radians and its chroma.
    fn hue_and_chroma(rgb: [f32; 3]) -> (f32, f32) {
        let [l, m, s] = cones(rgb).map(f32::cbrt);
        let a = 1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s;
        let b = 0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s;
        (b.atan2(a), a.hypot(b))
    }

    fn compressed(rgb: [f32; 3], y: f32) -> [f32; 3] {
        let mut colors = rgb.map(|value| [value; BLOCK]);
        compress::<false>(&mut colors, &[y; BLOCK]);
        colors.map(|channel| channel[3])
    }

    proptest! {
        #[test]
        fn any_color_gets_one_that_srgb_has_of_the_same_lightness_and_hue(
            y in 0.001f32..0.999, a in -128f32..127.0, b in -128f32..127.0,
        ) {
            let wanted = linear_of(y, a, b);
            prop_assume!(is_outside(wanted));
            let found = compressed(wanted, y);
            prop_assert!(found.iter().all(|v| (-1e-6..=1.00001).contains(v)), "{found:?}");
            prop_assert!((luminance(found) - y).abs() < 1e-4 * y.max(0.01), "{found:?} for {y}");
            let ((hue, chroma), (expected, before)) = (hue_and_chroma(found), hue_and_chroma(wanted));
            let turn = (hue - expected).sin().atan2((hue - expected).cos()).abs();
            prop_assert!(chroma < 0.004 || turn < 0.02, "{hue} for {expected} at {chroma}");
            prop_assert!(chroma <= before * 1.001);
            // No more is taken than must be: some channel is at an end.
            let (low, high) = (found.iter().copied().fold(1.0, f32::min), found.iter().copied().fold(0.0, f32::max));
            prop_assert!(low < 2e-3 || high > 0.998, "{found:?}");
        }
    }

    #[test]
    fn black_and_white_have_no_color() {
        for y in [0.0, 1.0] {
            for value in compressed(linear_of(y, 40.0, -30.0), y) {
                assert!((value - y).abs() < 2e-3, "{value} for {y}");
            }
        }
    }
}
