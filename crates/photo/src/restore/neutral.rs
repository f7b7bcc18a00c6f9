//! The lightness that a toned or yellowed print had when it was new.

use tintype_protocol::CancelFlag;

use super::tint::Tint;
use super::values::{Value, linear, map_rows};
use crate::color::curves::srgb_encoded;
use crate::color::lab::luminance;
use crate::{Photo, Pixels, Result};

/// How much each channel of linear light counts for luminance: [`luminance`] of the pure channels.
fn shares() -> [f32; 3] {
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(luminance)
}

/// A darker paper than this is no paper: the photo's lightest tone is a dark thing.
const DARKEST_PAPER: f32 = 0.02;

/// From a pixel's color to the luminance that it would have on neutral paper.
///
/// A print on paper of color `w` shows a gray `g` as `g * w` in linear light (von Kries: each channel
/// has its own gain). So `g` is found from three channels, each with noise; the least squares, with
/// the channels weighted as luminance weights them, give `g = sum(s w rgb) / sum(s w w)`. The blue of a
/// yellowed print, which is mostly noise, counts little in that, and on white paper it is luminance.
///
/// `w` is scaled so that its strongest channel is 1: age takes blue, then green, and hardly red. What
/// age took is given back, and a dark photo is not made brighter than it ever was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neutral {
    weights: [f32; 3],
}

impl Neutral {
    /// What undoes a tint; plain luminance for a photo that [has none](Tint::is_tinted).
    #[must_use]
    pub fn of(tint: &Tint) -> Self {
        let white = tint.paper_white();
        let strongest = white.into_iter().fold(0.0, f32::max);
        if !tint.is_tinted() || strongest < DARKEST_PAPER {
            return Self::identity();
        }
        let white = white.map(|channel| channel / strongest);
        let shares = shares();
        let power: f32 = (0..3).map(|c| shares[c] * white[c] * white[c]).sum();
        Self {
            weights: std::array::from_fn(|c| shares[c] * white[c] / power),
        }
    }

    /// Plain luminance.
    #[must_use]
    pub fn identity() -> Self {
        Self { weights: shares() }
    }

    /// The luminance, 0..=1, on neutral paper of a color in linear light, 0..=1.
    #[inline]
    #[must_use]
    pub fn luminance(&self, rgb: [f32; 3]) -> f32 {
        let [r, g, b] = self.weights;
        (r * rgb[0] + g * rgb[1] + b * rgb[2]).min(1.0)
    }
}

/// The photo as a gray one on neutral paper, as deep as it was; unchanged where there is
/// [no tint](Tint::is_tinted). Needs no memory but the result's.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled).
pub fn neutralize(
    photo: &Photo,
    tint: &Tint,
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> Result<Photo> {
    let neutral = Neutral::of(tint);
    let width = photo.width() as usize;
    let task = (cancel, progress);
    let pixels = match photo.pixels() {
        Pixels::Rgb8(p) if tint.is_tinted() => {
            Pixels::Gray8(map_rows(p, width, (3, 1), task, |_, old, new| {
                row(&neutral, old, new);
            })?)
        }
        Pixels::Rgb16(p) if tint.is_tinted() => {
            Pixels::Gray16(map_rows(p, width, (3, 1), task, |_, old, new| {
                row(&neutral, old, new);
            })?)
        }
        _ => return Ok(photo.clone()),
    };
    Ok(photo.repainted(pixels))
}

fn row<V: Value>(neutral: &Neutral, old: &[V], new: &mut [V]) {
    for (pixel, value) in old.chunks_exact(3).zip(new) {
        *value = V::nearest(srgb_encoded(neutral.luminance(linear(pixel))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::lab::encoded_of;
    use crate::color::srgb::linear_of_8;
    use crate::measure_tint;
    use crate::restore::testing::{levels, photo};

    /// Every level in a random order, toned by a function of linear light.
    fn toned(tone: impl Fn(f32) -> [f32; 3]) -> (Vec<u8>, Photo) {
        let grays: Vec<u8> = (0..64u32 * 64).map(|i| (i * 167 % 256) as u8).collect();
        let values = grays.iter().flat_map(|gray| {
            let encoded = tone(linear_of_8(*gray)).map(crate::color::curves::srgb_encoded);
            encoded.map(|v| (v * 255.0).round() as u8)
        });
        let toned = photo(64, 64, Pixels::Rgb8(values.collect()));
        (grays, toned)
    }

    /// The mean and the largest difference to the gray beneath, in levels of 255.
    fn errors(tone: impl Fn(f32) -> [f32; 3]) -> (f32, u8) {
        let (grays, toned) = toned(tone);
        let tint = measure_tint(&toned);
        assert!(tint.is_tinted(), "{tint:?}");
        let found = neutralize(&toned, &tint, &CancelFlag::new(), &mut |_| {}).unwrap();
        let differences = levels(&found).iter().zip(&grays);
        let differences: Vec<u8> = differences.map(|(f, g)| f.abs_diff(*g)).collect();
        let sum: f32 = differences.iter().map(|d| f32::from(*d)).sum();
        let most = differences.iter().copied().max().unwrap();
        (sum / grays.len() as f32, most)
    }

    #[test]
    fn yellowed_paper_becomes_white() {
        for age in [0.2, 0.5, 1.0] {
            let paper = [1.0, 1.0 - 0.2 * age, 1.0 - 0.6 * age];
            let (mean, most) = errors(|light| paper.map(|white| white * light));
            assert!(mean < 1.0 && most <= 3, "{age}: {mean}, {most}");
        }
    }

    #[test]
    fn sepia_toned_silver_becomes_gray() {
        // Toning makes the image's silver denser in blue and thinner in red.
        for strength in [0.15, 0.3, 0.45] {
            let powers = [1.0 - 0.6 * strength, 1.0, 1.0 + strength];
            let (mean, most) = errors(|light| powers.map(|power| light.powf(power)));
            assert!(mean < 5.0 && most <= 8, "{strength}: {mean}, {most}");
        }
    }

    #[test]
    fn a_tint_laid_over_the_lightness_is_taken_off_again() {
        for strength in [0.5, 1.0, 1.5] {
            let tone = |light| {
                let rgb = encoded_of(light, 5.0 * strength, 16.0 * strength);
                rgb.map(crate::color::srgb::to_linear)
            };
            let (mean, most) = errors(tone);
            assert!(mean < 6.0 && most <= 13, "{strength}: {mean}, {most}");
        }
    }

    #[test]
    fn sixteen_bits_stay_sixteen_bits() {
        let values: Vec<u16> = (0..4096u16).flat_map(|i| [i * 15, i * 12, i * 8]).collect();
        let toned = photo(64, 64, Pixels::Rgb16(values));
        let tint = measure_tint(&toned);
        let found = neutralize(&toned, &tint, &CancelFlag::new(), &mut |_| {}).unwrap();
        let Pixels::Gray16(grays) = found.pixels() else {
            panic!("not gray of 16 bits")
        };
        // Nothing went through 8 bits: no two neighboring levels fall together.
        assert!(grays.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn without_a_tint_it_is_luminance_and_the_photo_stays() {
        assert_eq!(Neutral::of(&Tint::none()), Neutral::identity());
        let rgb = [0.3, 0.6, 0.1];
        assert!((Neutral::identity().luminance(rgb) - luminance(rgb)).abs() < 1e-6);
        let colors = (0..64 * 64 * 3).map(|i| (i * 71 % 251) as u8).collect();
        let photo = photo(64, 64, Pixels::Rgb8(colors));
        let tint = measure_tint(&photo);
        let same = neutralize(&photo, &tint, &CancelFlag::new(), &mut |_| {}).unwrap();
        assert_eq!(same, photo);
    }
}
