//! A faded photo's tones brought back: levels and local contrast, both gentle.

use tintype_protocol::CancelFlag;

use super::base::{self, Base};
use super::frame::Frame;
use super::values::{Small, Value, lightness_at, linear, map_rows};
use crate::color::curves::srgb_encoded;
use crate::color::lab::luminance;
use crate::color::srgb::to_linear;
use crate::{Photo, Pixels, Result};

/// The share of pixels at either end that levels may clip.
const CLIPPED: f32 = 0.005;
/// How far black and white may be moved, as sRGB values, so that a night stays a night.
const BLACK_MOST: f32 = 0.25;
const WHITE_LEAST: f32 = 0.6;
/// The largest factor of a stretch.
const STRETCH_MOST: f32 = 1.8;
/// By how much of itself detail is strengthened at full local contrast.
const DETAIL: f32 = 0.5;
/// At most about this many pixels are measured.
const SAMPLES: usize = 400_000;
/// Places of the histogram: finer than any step that could be seen.
const PLACES: usize = 4096;

/// What is done to a photo's tones. The default is nothing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tone {
    /// How far the darkest tones are brought to black and the lightest to white, 0..=1.
    pub levels: f32,
    /// How much detail is set off from the tones around it, 0..=1.
    pub contrast: f32,
}

impl Tone {
    /// Whether it changes anything.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        let tone = self.clamped();
        tone.levels == 0.0 && tone.contrast == 0.0
    }

    /// The same with both values brought into 0..=1; what is no number becomes 0.
    #[must_use]
    pub fn clamped(&self) -> Self {
        let into = |value: f32| {
            if value.is_nan() {
                0.0
            } else {
                value.clamp(0.0, 1.0)
            }
        };
        Self {
            levels: into(self.levels),
            contrast: into(self.contrast),
        }
    }
}

/// Restores a photo's tones, as deep and as colorful as it is; hues stay. Tones are measured within
/// `frame`, so that a border decides nothing.
///
/// Levels clip at most half a percent of the pixels at either end, and stretch within limits. Local
/// contrast can't clip. Takes 4 MB beside the result. `progress` hears a rising share, 0..=1.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled).
pub fn restore_tone(
    photo: &Photo,
    tone: &Tone,
    frame: Option<&Frame>,
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> Result<Photo> {
    if tone.is_nothing() {
        return Ok(photo.clone());
    }
    let tone = tone.clamped();
    let levels = Levels::measured(photo, frame, tone.levels);
    let base = (tone.contrast > 0.0).then(|| {
        let mut small = Small::of(photo, base::SIDE);
        for value in &mut small.values {
            *value = levels.apply(*value);
        }
        Base::of(&small)
    });
    let curve = Curve {
        levels,
        base,
        detail: DETAIL * tone.contrast,
    };
    let (width, task) = (photo.width() as usize, (cancel, progress));
    let pixels = match photo.pixels() {
        Pixels::Gray8(p) => Pixels::Gray8(map_rows(p, width, (1, 1), task, |y, old, new| {
            curve.gray_row(y, old, new);
        })?),
        Pixels::Gray16(p) => Pixels::Gray16(map_rows(p, width, (1, 1), task, |y, old, new| {
            curve.gray_row(y, old, new);
        })?),
        Pixels::Rgb8(p) => Pixels::Rgb8(map_rows(p, width, (3, 3), task, |y, old, new| {
            curve.color_row(y, old, new);
        })?),
        Pixels::Rgb16(p) => Pixels::Rgb16(map_rows(p, width, (3, 3), task, |y, old, new| {
            curve.color_row(y, old, new);
        })?),
    };
    Ok(photo.repainted(pixels))
}

/// A straight line through sRGB values, clipped to 0..=1.
struct Levels {
    black: f32,
    factor: f32,
}

impl Levels {
    /// The line that brings the photo's ends to black and white, `amount` of the way.
    fn measured(photo: &Photo, frame: Option<&Frame>, amount: f32) -> Self {
        let (darkest, lightest) = ends(photo, frame);
        let black = amount * darkest.min(BLACK_MOST);
        let white = 1.0 - amount * (1.0 - lightest.max(WHITE_LEAST));
        let factor = 1.0 / (white - black).max(1.0 / STRETCH_MOST);
        Self { black, factor }
    }

    #[inline]
    fn apply(&self, value: f32) -> f32 {
        ((value - self.black) * self.factor).clamp(0.0, 1.0)
    }
}

/// The sRGB values below and above which [`CLIPPED`] of the pixels lie.
fn ends(photo: &Photo, frame: Option<&Frame>) -> (f32, f32) {
    let (width, height) = (photo.width() as usize, photo.height() as usize);
    let step = ((width * height) as f64 / SAMPLES as f64)
        .sqrt()
        .ceil()
        .max(1.0) as usize;
    let (mut counts, mut all) = (vec![0u32; PLACES], 0u32);
    for y in (0..height).step_by(step) {
        for x in (0..width).step_by(step) {
            if frame.is_some_and(|frame| !frame.is_well_inside(x as u32, y as u32)) {
                continue;
            }
            let value = lightness_at(photo, y * width + x);
            counts[(value * (PLACES - 1) as f32).round() as usize] += 1;
            all += 1;
        }
    }
    let most = all as f32 * CLIPPED;
    let place = |place: usize| place as f32 / (PLACES - 1) as f32;
    (
        first_beyond(counts.iter(), most).map_or(0.0, place),
        first_beyond(counts.iter().rev(), most).map_or(1.0, |from_end| 1.0 - place(from_end)),
    )
}

/// The first place up to which there are more than `most`.
fn first_beyond<'a>(mut counts: impl Iterator<Item = &'a u32>, most: f32) -> Option<usize> {
    let mut sum = 0;
    counts.position(|count| {
        sum += count;
        sum as f32 > most
    })
}

/// Levels, and then detail.
struct Curve {
    levels: Levels,
    base: Option<Base>,
    detail: f32,
}

impl Curve {
    /// The new sRGB value of an old one whose base is `a * value + b`.
    #[inline]
    fn apply(&self, value: f32, [a, b]: [f32; 2]) -> f32 {
        let value = self.levels.apply(value);
        // Neither end can be passed: the nearer one is, the less is added, and never more than half of
        // what is left.
        let room = 2.0 * value.min(1.0 - value);
        value + self.detail * room * (value - (a * value + b))
    }

    /// The base of a row; without local contrast it is the value itself.
    fn lines(&self, y: usize, width: usize) -> Vec<[f32; 2]> {
        let mut lines = vec![[1.0, 0.0]; width];
        if let Some(base) = &self.base {
            base.row(y, &mut lines);
        }
        lines
    }

    fn gray_row<V: Value>(&self, y: usize, old: &[V], new: &mut [V]) {
        let lines = self.lines(y, old.len());
        for ((new, old), line) in new.iter_mut().zip(old).zip(lines) {
            *new = V::nearest(self.apply(old.encoded(), line));
        }
    }

    /// All channels of linear light are multiplied by the same factor, which keeps the hue. Where a
    /// channel would pass 1, gray is mixed in until it doesn't, which keeps hue and lightness.
    fn color_row<V: Value>(&self, y: usize, old: &[V], new: &mut [V]) {
        let lines = self.lines(y, old.len() / 3);
        let pixels = new.chunks_exact_mut(3).zip(old.chunks_exact(3));
        for ((new, old), line) in pixels.zip(lines) {
            let rgb = linear(old);
            let before = luminance(rgb);
            let after = to_linear(self.apply(srgb_encoded(before), line));
            let factor = if before > 0.0 { after / before } else { 0.0 };
            let strongest = rgb.into_iter().fold(0.0, f32::max) * factor;
            let color = if strongest > 1.0 {
                (1.0 - after) / (strongest - after)
            } else {
                1.0
            };
            for (new, channel) in new.iter_mut().zip(rgb) {
                let channel = after + (channel * factor - after) * color;
                *new = V::nearest(srgb_encoded(channel));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::testing::{color, gray, levels, noise, photo};

    const FULL: Tone = Tone {
        levels: 1.0,
        contrast: 0.0,
    };

    fn restored(photo: &Photo, tone: Tone) -> Photo {
        restore_tone(photo, &tone, None, &CancelFlag::new(), &mut |_| {}).unwrap()
    }

    /// A faded slope.
    fn faded() -> Photo {
        gray(256, 40, |x, _| (40 + x * 160 / 255) as u8)
    }

    #[test]
    fn nothing_changes_nothing() {
        let photo = faded();
        assert_eq!(restored(&photo, Tone::default()), photo);
        let none = Tone {
            levels: f32::NAN,
            contrast: -1.0,
        };
        assert_eq!(restored(&photo, none), photo);
    }

    #[test]
    fn a_faded_photo_gets_its_whole_range_and_half_of_it_at_half_the_amount() {
        let range = |amount| {
            let result = restored(
                &faded(),
                Tone {
                    levels: amount,
                    ..FULL
                },
            );
            let levels = levels(&result);
            (*levels.iter().min().unwrap(), *levels.iter().max().unwrap())
        };
        let (darkest, lightest) = range(1.0);
        assert!(darkest <= 1 && lightest >= 254, "{darkest}, {lightest}");
        let (darkest, lightest) = range(0.5);
        assert!((18..26).contains(&darkest) && (222..235).contains(&lightest));
    }

    #[test]
    fn no_more_is_clipped_than_half_a_percent_at_either_end() {
        let grainy = gray(300, 300, |x, y| {
            (128.0 + 25.0 * noise(x, y)).clamp(0.0, 255.0) as u8
        });
        let result = restored(&grainy, FULL);
        let share = |level: u8| {
            let hits = levels(&result).iter().map(|l| u32::from(*l == level));
            hits.sum::<u32>() as f32 / 90_000.0
        };
        // The level that is the end itself lands on black or white too.
        assert!(
            share(0) < 0.01 && share(255) < 0.01,
            "{}, {}",
            share(0),
            share(255)
        );
    }

    #[test]
    fn a_night_stays_a_night() {
        let night = gray(50, 50, |x, _| (x / 2) as u8);
        let brightest = *levels(&restored(&night, FULL)).iter().max().unwrap();
        assert!(brightest < 60, "{brightest}");
    }

    #[test]
    fn a_border_decides_nothing() {
        let bordered = gray(400, 300, |x, y| {
            if x.min(y).min(399 - x).min(299 - y) < 30 {
                252
            } else {
                60 + ((x * 7 + y * 3) % 90) as u8
            }
        });
        let frame = crate::find_frame(&bordered);
        assert!(!frame.is_whole());
        let cancel = CancelFlag::new();
        let inside = restore_tone(&bordered, &FULL, Some(&frame), &cancel, &mut |_| {}).unwrap();
        let brightest = |photo: &Photo| {
            let rows = levels(photo).chunks(400).skip(60).take(180);
            rows.flat_map(|row| &row[60..340]).copied().max().unwrap()
        };
        let (inside, whole) = (brightest(&inside), brightest(&restored(&bordered, FULL)));
        assert!(inside > whole + 30, "{inside}, {whole}");
    }

    #[test]
    fn hue_is_kept_and_nothing_leaves_srgb() {
        let colors = color(60, 60, |x, y| [(60 + x * 2) as u8, (70 + y) as u8, 60]);
        let tone = Tone {
            levels: 1.0,
            contrast: 1.0,
        };
        let result = restored(&colors, tone);
        let (Pixels::Rgb8(old), Pixels::Rgb8(new)) = (colors.pixels(), result.pixels()) else {
            panic!("not RGB of 8 bits")
        };
        // Hue is the share of the middle channel between the least and the strongest, in linear light.
        let hue = |rgb: &[u8]| {
            let [r, g, b] = linear(rgb);
            (g - b) / (r - b)
        };
        for (old, new) in old.chunks(3).zip(new.chunks(3)) {
            if old[0] > old[1] + 30 && new[2] > 40 {
                assert!((hue(old) - hue(new)).abs() < 0.05, "{old:?} became {new:?}");
            }
        }
    }

    #[test]
    fn sixteen_bits_have_no_bands() {
        let values: Vec<u16> = (0..20_000u32).map(|i| (20_000 + i) as u16).collect();
        let tone = Tone {
            levels: 1.0,
            contrast: 1.0,
        };
        let result = restored(&photo(20_000, 1, Pixels::Gray16(values.into())), tone);
        let Pixels::Gray16(found) = result.pixels() else {
            panic!("not gray of 16 bits")
        };
        let steps = found
            .windows(2)
            .map(|pair| i32::from(pair[1]) - i32::from(pair[0]));
        assert!(steps.clone().max().unwrap() <= 4, "{:?}", steps.max());
    }

    #[test]
    fn local_contrast_sets_detail_off_without_clipping() {
        let soft = gray(300, 200, |x, y| (120.0 + 8.0 * noise(x, y)) as u8);
        let tone = Tone {
            levels: 0.0,
            contrast: 1.0,
        };
        let deviation = |photo: &Photo| {
            let levels = levels(photo);
            let mean = levels.iter().map(|l| f32::from(*l)).sum::<f32>() / levels.len() as f32;
            let square = |l: &u8| (f32::from(*l) - mean) * (f32::from(*l) - mean);
            (levels.iter().map(square).sum::<f32>() / levels.len() as f32).sqrt()
        };
        let gain = deviation(&restored(&soft, tone)) / deviation(&soft);
        assert!((1.2..1.6).contains(&gain), "{gain}");
        let harsh = gray(
            300,
            200,
            |x, y| if (x / 9 + y / 9) % 2 == 0 { 3 } else { 250 },
        );
        let result = restored(&harsh, tone);
        assert!(
            levels(&result)
                .iter()
                .all(|level| (1..=254).contains(level))
        );
    }

    #[test]
    fn slivers_are_restored() {
        for (width, height) in [(1, 1), (1, 70), (70, 1)] {
            let tone = Tone {
                levels: 1.0,
                contrast: 1.0,
            };
            let photo = gray(width, height, |x, y| (40 + x + y) as u8);
            assert_eq!(restored(&photo, tone).width(), width);
        }
    }
}
