//! Changing a result's colors after the fact, without the network.
//!
//! All of it happens to a and b of CIE Lab, pixel by pixel; lightness stays the photo's own.

use rayon::prelude::*;
use tintype_protocol::CancelFlag;

use crate::color::lab::{encoded_of, luminance, of_linear};
use crate::color::srgb::{linear_of_8, linear_of_16};
use crate::{Error, Photo, Pixels, Result};

/// What is changed. The default changes nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adjustment {
    /// Factor on the colors, 0 (gray) to 2.
    pub strength: f32,
    /// From cool, -1, to warm, 1.
    pub warmth: f32,
    /// How far reds and violets are tamed, 0..=1: where networks that color photos go wrong most often
    /// is in patches of these.
    pub taming: f32,
}

impl Default for Adjustment {
    fn default() -> Self {
        Self {
            strength: 1.0,
            warmth: 0.0,
            taming: 0.0,
        }
    }
}

/// Shift of a and b at full warmth: along the line of daylight at D65, about 1800 K away.
const WARM: [f32; 2] = [2.5, 12.0];
/// What is left of the chroma of a color in the middle of the tamed hues, at full taming.
const TAMED: f32 = 0.25;
/// The tamed hues in degrees of the ab plane: from violet over magenta to red. Skin lies at 40 to 70.
const TAMED_FROM: f32 = -75.0;
const TAMED_TO: f32 = 30.0;
/// Degrees over which taming fades in and out, so that it leaves no edges.
const FADE: f32 = 20.0;
/// Pixels between two looks at the cancel flag.
const STRIP: usize = 1 << 18;

impl Adjustment {
    /// Whether it changes anything.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// The same with every value brought into its range; what is no number becomes the default.
    #[must_use]
    pub fn clamped(&self) -> Self {
        let into = |value: f32, low: f32, high: f32, default: f32| {
            if value.is_nan() {
                default
            } else {
                value.clamp(low, high)
            }
        };
        Self {
            strength: into(self.strength, 0.0, 2.0, 1.0),
            warmth: into(self.warmth, -1.0, 1.0, 0.0),
            taming: into(self.taming, 0.0, 1.0, 0.0),
        }
    }

    /// The chroma that a color of lightness `l` (0..=100) and chroma `a`, `b` gets.
    pub(crate) fn apply(&self, [l, a, b]: [f32; 3]) -> [f32; 2] {
        let tamed = 1.0 - self.taming * (1.0 - TAMED) * tamed_share(b.atan2(a).to_degrees());
        let factor = self.strength * tamed;
        // Black stays black and white white: there is no room for chroma at either end.
        let middle = (l * (100.0 - l) / 2500.0).clamp(0.0, 1.0);
        let warmth = self.warmth * middle;
        [a * factor + WARM[0] * warmth, b * factor + WARM[1] * warmth]
    }
}

/// 1 in the middle of the tamed hues, 0 outside, and in between at their ends.
fn tamed_share(hue: f32) -> f32 {
    let inside = (hue - TAMED_FROM).min(TAMED_TO - hue);
    (inside / FADE).clamp(0.0, 1.0)
}

/// Adjusts a photo's colors. The result is RGB, as deep as the photo, with its transparency.
///
/// # Errors
/// [`Error::Cancelled`].
pub fn adjust(photo: &Photo, adjustment: &Adjustment, cancel: &CancelFlag) -> Result<Photo> {
    let adjustment = adjustment.clamped();
    let eight = |linear: [f32; 3]| changed(linear, &adjustment).map(|v| (v * 255.0).round() as u8);
    let sixteen =
        |linear: [f32; 3]| changed(linear, &adjustment).map(|v| (v * 65535.0).round() as u16);
    let pixels = match photo.pixels() {
        Pixels::Gray8(p) => Pixels::Rgb8(each(p, 1, cancel, |p| eight([linear_of_8(p[0]); 3]))?),
        Pixels::Rgb8(p) => Pixels::Rgb8(each(p, 3, cancel, |p| {
            eight([p[0], p[1], p[2]].map(linear_of_8))
        })?),
        Pixels::Gray16(p) => {
            Pixels::Rgb16(each(p, 1, cancel, |p| sixteen([linear_of_16(p[0]); 3]))?)
        }
        Pixels::Rgb16(p) => Pixels::Rgb16(each(p, 3, cancel, |p| {
            sixteen([p[0], p[1], p[2]].map(linear_of_16))
        })?),
    };
    Ok(photo.repainted(pixels))
}

fn changed(linear: [f32; 3], adjustment: &Adjustment) -> [f32; 3] {
    let [a, b] = adjustment.apply(of_linear(linear));
    encoded_of(luminance(linear), a, b)
}

/// Maps each pixel of `channels` values to three.
fn each<T: Copy + Default + Send + Sync>(
    source: &[T],
    channels: usize,
    cancel: &CancelFlag,
    change: impl Fn(&[T]) -> [T; 3] + Sync,
) -> Result<Vec<T>> {
    let mut result = vec![T::default(); source.len() / channels * 3];
    let strips = result
        .chunks_mut(3 * STRIP)
        .zip(source.chunks(channels * STRIP));
    for (to, from) in strips {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        to.par_chunks_exact_mut(3)
            .zip(from.par_chunks_exact(channels))
            .with_min_len(1024)
            .for_each(|(to, from)| to.copy_from_slice(&change(from)));
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceFormat;
    use proptest::prelude::*;

    fn adjusted(rgb: [u8; 3], adjustment: Adjustment) -> [u8; 3] {
        let pixels = Pixels::Rgb8(rgb.to_vec());
        let photo = Photo::new(1, 1, SourceFormat::Png, pixels, None);
        match adjust(&photo, &adjustment, &CancelFlag::new())
            .unwrap()
            .pixels()
        {
            Pixels::Rgb8(p) => [p[0], p[1], p[2]],
            other => panic!("{other:?}"),
        }
    }

    fn with(change: impl FnOnce(&mut Adjustment)) -> Adjustment {
        let mut adjustment = Adjustment::default();
        change(&mut adjustment);
        adjustment
    }

    proptest! {
        #[test]
        fn nothing_changes_nothing(rgb: [u8; 3]) {
            let found = adjusted(rgb, Adjustment::default());
            for (found, original) in found.into_iter().zip(rgb) {
                prop_assert!(found.abs_diff(original) <= 1, "{found} for {original}");
            }
        }

        #[test]
        fn without_strength_everything_is_gray_of_its_own_lightness(rgb: [u8; 3]) {
            let [r, g, b] = adjusted(rgb, with(|a| a.strength = 0.0));
            prop_assert!(r.abs_diff(g) <= 1 && g.abs_diff(b) <= 1);
            let (old, new) = (rgb.map(linear_of_8), [r, g, b].map(linear_of_8));
            prop_assert!((luminance(old) - luminance(new)).abs() < 0.01);
        }
    }

    #[test]
    fn warmth_turns_gray_to_yellow_and_coolness_to_blue_and_neither_touches_black_or_white() {
        let gray = [128; 3];
        let [r, _, b] = adjusted(gray, with(|a| a.warmth = 1.0));
        assert!(r > 134 && b < 120, "{r} {b}");
        let [r, _, b] = adjusted(gray, with(|a| a.warmth = -1.0));
        assert!(r < 122 && b > 135, "{r} {b}");
        for end in [[0; 3], [255; 3]] {
            assert_eq!(adjusted(end, with(|a| a.warmth = 1.0)), end);
        }
    }

    #[test]
    fn taming_calms_violet_and_leaves_skin_and_sky() {
        let spread = |[r, g, b]: [u8; 3]| r.max(g).max(b) - r.min(g).min(b);
        let tamed = |rgb| spread(adjusted(rgb, with(|a| a.taming = 1.0)));
        let violet = [150, 90, 150];
        assert!(tamed(violet) * 2 < spread(violet));
        for kept in [[210, 160, 130], [120, 160, 210], [90, 130, 80]] {
            assert!(tamed(kept).abs_diff(spread(kept)) <= 1, "{kept:?}");
        }
    }

    #[test]
    fn what_is_out_of_range_or_no_number_is_brought_into_it() {
        let wild = Adjustment {
            strength: 9.0,
            warmth: -5.0,
            taming: f32::NAN,
        };
        let tame = Adjustment {
            strength: 2.0,
            warmth: -1.0,
            taming: 0.0,
        };
        assert_eq!(wild.clamped(), tame);
    }

    #[test]
    fn sixteen_bits_stay_sixteen_and_transparency_is_kept() {
        let alpha = Some(crate::Alpha::Sixteen(vec![9, 10]));
        let pixels = Pixels::Gray16(vec![20_000, 20_010]);
        let photo = Photo::new(2, 1, SourceFormat::Tiff, pixels, alpha.clone());
        let result = adjust(&photo, &with(|a| a.warmth = 0.5), &CancelFlag::new()).unwrap();
        let Pixels::Rgb16(p) = result.pixels() else {
            panic!("not 16 bits")
        };
        assert_ne!(p[..3], p[3..]);
        assert_eq!(result.alpha(), alpha.as_ref());
    }
}
