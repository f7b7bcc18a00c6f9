//! Sepia and yellowed paper, measured.
//!
//! A toned or yellowed print is a gray picture on a curve through color space: each lightness has one
//! color. A photo in color has many for each. So the curve is measured, and then how far pixels lie
//! from it, as a difference in CIE Lab (CIE 1976, "Delta E").

use super::values::{linear_at, quantile};
use crate::color::lab::{luminance, of_linear};
use crate::{Photo, Pixels};

/// At most about this many pixels are looked at, evenly spread.
const SAMPLES: usize = 100_000;
/// Points of the curve.
const POINTS: usize = 12;
/// Weaker than this, nobody sees a tint: about twice the smallest difference that can be seen.
const VISIBLE: f32 = 2.5;
/// How far from the curve the worst tenth and the worst fiftieth may begin, and by how much more for
/// each unit of strength: stains and the noise of a scan grow with the tint.
const TENTH: (f32, f32) = (4.0, 0.08);
const FIFTIETH: (f32, f32) = (8.0, 0.15);
/// The lightest share of pixels, taken for paper without picture.
const PAPER: f32 = 0.02;

/// The tint of a photo, as [`measure_tint`] finds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Tint {
    /// L, a and b with rising L; empty for a gray photo.
    curve: Vec<[f32; 3]>,
    paper_white: [f32; 3],
    strength: f32,
    hue: f32,
    is_monochrome: bool,
}

impl Tint {
    /// No tint at all, as a gray photo has it.
    #[must_use]
    pub fn none() -> Self {
        Self {
            curve: Vec::new(),
            paper_white: [1.0; 3],
            strength: 0.0,
            hue: 0.0,
            is_monochrome: true,
        }
    }

    /// Whether the photo is a gray picture under a tint that can be seen.
    #[must_use]
    pub fn is_tinted(&self) -> bool {
        self.is_monochrome && self.strength >= VISIBLE
    }

    /// Whether each lightness has one color, be it gray.
    #[must_use]
    pub fn is_monochrome(&self) -> bool {
        self.is_monochrome
    }

    /// How far the tint is from gray: the root mean square of its chroma over the photo, in Delta E.
    #[must_use]
    pub fn strength(&self) -> f32 {
        self.strength
    }

    /// The hue in degrees of the ab plane, -180..=180: yellowed paper lies at about 90, sepia at 60 to
    /// 80. 0 where there is no tint.
    #[must_use]
    pub fn hue(&self) -> f32 {
        self.hue
    }

    /// The color of the paper, as far as the photo shows any: linear light of its lightest tones.
    #[must_use]
    pub fn paper_white(&self) -> [f32; 3] {
        self.paper_white
    }

    /// The tint's a and b at a lightness of 0..=100.
    #[must_use]
    pub fn at(&self, lightness: f32) -> [f32; 2] {
        let above = self.curve.partition_point(|point| point[0] < lightness);
        match (
            above.checked_sub(1).map(|below| self.curve[below]),
            self.curve.get(above),
        ) {
            (Some([l, a, b]), Some([next_l, next_a, next_b])) => {
                let share = (lightness - l) / (next_l - l).max(1e-3);
                [a + (next_a - a) * share, b + (next_b - b) * share]
            }
            (Some([_, a, b]), None) | (None, Some(&[_, a, b])) => [a, b],
            (None, None) => [0.0; 2],
        }
    }
}

/// Measures a photo's tint on at most about 100 000 pixels; takes some milliseconds and 2 MB.
#[must_use]
pub fn measure_tint(photo: &Photo) -> Tint {
    if matches!(photo.pixels(), Pixels::Gray8(_) | Pixels::Gray16(_)) {
        return Tint::none();
    }
    let mut samples = samples(photo);
    let paper_white = paper_white(&mut samples);
    let mut labs: Vec<_> = samples.into_iter().map(of_linear).collect();
    let curve = curve(&mut labs);
    let mut tint = Tint {
        curve,
        paper_white,
        ..Tint::none()
    };
    let (mut square, mut sum) = (0.0f64, [0.0f64; 2]);
    let mut distances = Vec::with_capacity(labs.len());
    for [l, a, b] in &labs {
        let [tint_a, tint_b] = tint.at(*l);
        square += f64::from(tint_a * tint_a + tint_b * tint_b);
        sum = [sum[0] + f64::from(tint_a), sum[1] + f64::from(tint_b)];
        distances.push((a - tint_a).hypot(b - tint_b));
    }
    tint.strength = (square / labs.len() as f64).sqrt() as f32;
    if tint.strength > 0.0 {
        tint.hue = sum[1].atan2(sum[0]).to_degrees() as f32;
    }
    let within = |distances: &mut [f32], share, (most, more): (f32, f32)| {
        quantile(distances, share) <= most + more * tint.strength
    };
    tint.is_monochrome =
        within(&mut distances, 0.9, TENTH) && within(&mut distances, 0.98, FIFTIETH);
    tint
}

/// Linear light of pixels on a grid over the photo.
fn samples(photo: &Photo) -> Vec<[f32; 3]> {
    let (width, height) = (photo.width() as usize, photo.height() as usize);
    let step = ((width * height) as f64 / SAMPLES as f64).sqrt().ceil() as usize;
    let step = step.max(1);
    (step / 2..height)
        .step_by(step)
        .flat_map(|y| (step / 2..width).step_by(step).map(move |x| y * width + x))
        // A photo thinner than a step shows at least its first pixel.
        .chain((width.min(height) <= step / 2).then_some(0))
        .map(|i| linear_at(photo, i))
        .collect()
}

/// The medians of the lightest samples, channel by channel.
fn paper_white(samples: &mut [[f32; 3]]) -> [f32; 3] {
    let lighter = |one: &[f32; 3], other: &[f32; 3]| luminance(*other).total_cmp(&luminance(*one));
    samples.sort_unstable_by(lighter);
    let count = ((samples.len() as f32 * PAPER) as usize).max(1);
    let lightest = &samples[..count];
    std::array::from_fn(|channel| {
        let mut values: Vec<_> = lightest.iter().map(|rgb| rgb[channel]).collect();
        quantile(&mut values, 0.5)
    })
}

/// The medians of L, a and b in groups of equal size with rising L: a median lets neither stains nor
/// a colored stamp bend the curve.
fn curve(labs: &mut [[f32; 3]]) -> Vec<[f32; 3]> {
    labs.sort_unstable_by(|one, other| one[0].total_cmp(&other[0]));
    let group = labs.len().div_ceil(POINTS).max(1);
    labs.chunks(group)
        .map(|group| {
            std::array::from_fn(|i| {
                let mut values: Vec<_> = group.iter().map(|lab| lab[i]).collect();
                quantile(&mut values, 0.5)
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::lab::encoded_of;
    use crate::color::srgb::linear_of_8;
    use crate::restore::testing::{color, gray, noise};

    /// A slope with grain, in the color that a and b have at each lightness.
    fn toned(a: f32, b: f32) -> Photo {
        color(64, 64, |x, y| {
            let level = (x * 4) as f32 + 3.0 * noise(x, y);
            let light = linear_of_8(level.clamp(0.0, 255.0) as u8);
            // Tints are strongest in the middle tones.
            let middle = 4.0 * light.sqrt() * (1.0 - light.sqrt());
            encoded_of(light, a * middle, b * middle).map(|v| (v * 255.0).round() as u8)
        })
    }

    #[test]
    fn sepia_is_found_with_its_hue_and_strength() {
        for strength in [0.5, 1.0, 2.0] {
            let tint = measure_tint(&toned(6.0 * strength, 14.0 * strength));
            assert!(tint.is_tinted(), "{tint:?}");
            assert!((tint.hue() - 66.8).abs() < 4.0, "{}", tint.hue());
            let whole = 15.2 * strength;
            assert!(tint.strength() > 0.5 * whole && tint.strength() < whole);
        }
    }

    #[test]
    fn gray_has_no_tint_in_one_channel_or_three() {
        assert_eq!(
            measure_tint(&gray(9, 9, |x, y| (x * y) as u8)),
            Tint::none()
        );
        let tint = measure_tint(&color(9, 9, |x, y| [(x * y) as u8; 3]));
        assert!(tint.is_monochrome() && !tint.is_tinted(), "{tint:?}");
        assert!(tint.strength() < 0.5);
    }

    #[test]
    fn a_photo_in_color_is_not_taken_for_sepia() {
        // Sky over sand, with a little of everything else: warm on the whole.
        let photo = color(64, 64, |x, y| {
            let grain = (6.0 * noise(x, y)) as i32;
            let rgb = match (x / 8, y / 8) {
                (_, 0..3) => [120, 150, 190],
                (2, 5) => [60, 110, 50],
                (5, 5) => [170, 60, 50],
                _ => [180, 150, 110],
            };
            rgb.map(|v: i32| (v + grain + (x as i32 - 32) / 2).clamp(0, 255) as u8)
        });
        let tint = measure_tint(&photo);
        assert!(!tint.is_monochrome() && !tint.is_tinted(), "{tint:?}");
    }

    #[test]
    fn slivers_and_single_pixels_are_measured() {
        for (width, height) in [(1, 1), (1, 700), (700, 1)] {
            let tint = measure_tint(&color(width, height, |_, _| [200, 170, 120]));
            assert!(tint.is_tinted(), "{width}x{height}: {tint:?}");
        }
    }
}
