//! A profile's way to sRGB.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use moxcms::{
    ColorProfile, DataColorSpace, Layout, RenderingIntent, Transform16BitExecutor, TransformOptions,
};

use crate::PhotoInfo;

/// Values of 16 bits by which neighboring values of 8 bits differ.
const STEP_OF_8: u16 = 257;
/// A picture whose colors a profile would move by less than this is sRGB already: profiles of it differ
/// in how they round.
const SAME: u16 = STEP_OF_8 * 3 / 4;
/// White has to be so much lighter than black, or the profile makes no sense.
const LEAST_CONTRAST: u16 = 1 << 14;
/// Steps on each side of the cube of colors that a profile is tried with.
const TRIED: u16 = 6;

/// How the pixels of a file become sRGB.
pub(crate) struct Conversion {
    pub(crate) way: Way,
    /// Whether the result has to have 16 bits because 8 would make two tones one.
    pub(crate) is_widening: bool,
}

/// One of the ways.
pub(crate) enum Way {
    /// What each of the 65 536 grays becomes.
    Gray(Box<[u16]>),
    Rgb(Arc<Transform16BitExecutor>),
    /// Cyan, magenta, yellow, black; 65 535 is all of an ink.
    Inks(Arc<Transform16BitExecutor>),
}

/// The profile is damaged, makes no sense, or is one for other pixels.
pub(crate) struct Ignored;

impl Conversion {
    /// What a profile asks for. `None` if that is nothing.
    pub(crate) fn plan(
        icc: &[u8],
        info: &PhotoInfo,
        is_cmyk: bool,
    ) -> Result<Option<Self>, Ignored> {
        // Tried out here, once and for all: a profile that makes the library panic does so now.
        let planned = catch_unwind(AssertUnwindSafe(|| {
            let profile = ColorProfile::new_from_slice(icc).ok()?;
            let is_eight = info.bytes_per_channel == 1;
            match (profile.color_space, is_cmyk, info.channels) {
                (DataColorSpace::Gray, false, 1) => gray(&profile, Layout::Gray, is_eight),
                (DataColorSpace::Rgb, false, 1) => gray(&profile, Layout::Rgb, is_eight),
                (DataColorSpace::Rgb, false, 3) => rgb(&profile, is_eight),
                (DataColorSpace::Cmyk, true, _) => inks(&profile, is_eight),
                _ => None,
            }
        }));
        Ok(planned.ok().flatten().ok_or(Ignored)?.0)
    }

    /// Bytes for each channel of a pixel after it.
    pub(crate) fn bytes_per_channel(&self, before: u8) -> u8 {
        if self.is_widening { 2 } else { before }
    }
}

/// What was found out of a sound profile; `None` where there is nothing to do.
struct Plan(Option<Conversion>);

/// Exact arithmetic, and the rendering that a profile's tables were made for.
pub(crate) fn options() -> TransformOptions {
    TransformOptions {
        rendering_intent: RenderingIntent::Perceptual,
        prefer_fixed_point: false,
        ..TransformOptions::default()
    }
}

fn executor(profile: &ColorProfile, layout: Layout) -> Option<Arc<Transform16BitExecutor>> {
    let srgb = ColorProfile::new_srgb();
    profile
        .create_transform_16bit(layout, &srgb, Layout::Rgb, options())
        .ok()
}

/// Gray by a gray profile, or by what an RGB profile makes of equal parts.
fn gray(profile: &ColorProfile, layout: Layout, is_eight: bool) -> Option<Plan> {
    let channels = if layout == Layout::Gray { 1 } else { 3 };
    let ramp: Vec<u16> = (0..=u16::MAX)
        .flat_map(|v| std::iter::repeat_n(v, channels))
        .collect();
    let rgb = transformed(&*executor(profile, layout)?, &ramp, channels)?;
    // Equal parts stay equal but for rounding.
    let table: Box<[u16]> = rgb.as_chunks::<3>().0.iter().map(|rgb| rgb[1]).collect();
    if table[usize::from(u16::MAX)].saturating_sub(table[0]) < LEAST_CONTRAST {
        return None;
    }
    let moved = (0..=u16::MAX).any(|v| table[usize::from(v)].abs_diff(v) >= SAME);
    let is_widening = is_eight && loses_tones(|v| [table[usize::from(v)]; 3]);
    Some(Plan(moved.then_some(Conversion {
        way: Way::Gray(table),
        is_widening,
    })))
}

fn rgb(profile: &ColorProfile, is_eight: bool) -> Option<Plan> {
    let executor = executor(profile, Layout::Rgb)?;
    let grays: Vec<u16> = (0..=255).flat_map(|v| [v * STEP_OF_8; 3]).collect();
    let ramp = transformed(&*executor, &grays, 3)?;
    let ramp = ramp.as_chunks::<3>().0;
    if ramp[255][1].saturating_sub(ramp[0][1]) < LEAST_CONTRAST {
        return None;
    }
    let cube = cube();
    let tried = transformed(&*executor, &cube, 3)?;
    let differs =
        |from: &[u16], to: &[u16]| from.iter().zip(to).any(|(f, t)| f.abs_diff(*t) >= SAME);
    let moved = differs(&grays, ramp.as_flattened()) || differs(&cube, &tried);
    let is_widening = is_eight && loses_tones(|v| ramp[usize::from(v / STEP_OF_8)]);
    Some(Plan(moved.then_some(Conversion {
        way: Way::Rgb(executor),
        is_widening,
    })))
}

fn inks(profile: &ColorProfile, is_eight: bool) -> Option<Plan> {
    let executor = executor(profile, Layout::Rgba)?;
    let tried = cube();
    let tried: Vec<u16> = tried
        .as_chunks::<3>()
        .0
        .iter()
        .flat_map(|c| [c[0], c[1], c[2], 0])
        .collect();
    transformed(&*executor, &tried, 4)?;
    let ends = transformed(&*executor, &[0, 0, 0, 0, 0, 0, 0, u16::MAX], 4)?;
    if ends[1].saturating_sub(ends[4]) < LEAST_CONTRAST {
        return None;
    }
    Some(Plan(Some(Conversion {
        way: Way::Inks(executor),
        // Four inks have more tones than three colors.
        is_widening: is_eight,
    })))
}

/// Colors all over the cube, three values each.
fn cube() -> Vec<u16> {
    let level = |i: u16| i * (u16::MAX / (TRIED - 1));
    let side = || (0..TRIED).map(level);
    side()
        .flat_map(|r| side().flat_map(move |g| side().flat_map(move |b| [r, g, b])))
        .collect()
}

fn transformed(
    executor: &Transform16BitExecutor,
    values: &[u16],
    channels: usize,
) -> Option<Vec<u16>> {
    let mut result = vec![0; values.len() / channels * 3];
    executor.transform(values, &mut result).ok()?;
    Some(result)
}

/// Whether two of the 256 grays would fall together at 8 bits.
fn loses_tones(at: impl Fn(u16) -> [u16; 3]) -> bool {
    let eight = |v: u16| at(v * STEP_OF_8).map(|value| (u32::from(value) + 128) / 257);
    (1..256).any(|v| {
        let (one, next) = (eight(v - 1), eight(v));
        one.iter().zip(next).any(|(one, next)| *one == next)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceFormat;

    fn info(channels: u8) -> PhotoInfo {
        PhotoInfo {
            width: 1,
            height: 1,
            format: SourceFormat::Png,
            channels,
            bytes_per_channel: 1,
            has_alpha: false,
        }
    }

    fn plan(profile: &ColorProfile, channels: u8) -> Result<Option<Conversion>, Ignored> {
        Conversion::plan(&profile.encode().unwrap(), &info(channels), false)
    }

    #[test]
    fn srgb_by_any_name_asks_for_nothing() {
        let mut srgb = ColorProfile::new_srgb();
        srgb.description = None;
        srgb.cicp = None;
        for channels in [1, 3] {
            assert!(matches!(plan(&srgb, channels), Ok(None)), "{channels}");
        }
        // The name alone makes nothing sRGB.
        let mut other = ColorProfile::new_adobe_rgb();
        other.description = ColorProfile::new_srgb().description;
        assert!(matches!(plan(&other, 3), Ok(Some(_))));
    }

    #[test]
    fn tones_that_8_bits_would_lose_ask_for_16() {
        let widens = |profile: &ColorProfile, channels| match plan(profile, channels) {
            Ok(Some(conversion)) => conversion.is_widening,
            _ => panic!("no conversion"),
        };
        assert!(widens(&ColorProfile::new_adobe_rgb(), 3));
        assert!(widens(&ColorProfile::new_gray_with_gamma(2.2), 1));
        // Its tones are sRGB's, only its colors are others.
        assert!(!widens(&ColorProfile::new_display_p3(), 3));
    }

    #[test]
    fn profiles_of_other_pixels_and_noise_are_ignored() {
        assert!(plan(&ColorProfile::new_gray_with_gamma(2.2), 3).is_err());
        assert!(Conversion::plan(b"no profile", &info(3), false).is_err());
        let mut flat = ColorProfile::new_srgb();
        flat.cicp = None;
        let curve = Some(moxcms::ToneReprCurve::Lut(vec![20_000; 16]));
        (flat.red_trc, flat.green_trc, flat.blue_trc) = (curve.clone(), curve.clone(), curve);
        assert!(plan(&flat, 3).is_err());
    }

    #[test]
    fn damaged_profiles_never_panic() {
        let whole = ColorProfile::new_adobe_rgb().encode().unwrap();
        for at in (0..whole.len()).step_by(3) {
            let _ = Conversion::plan(&whole[..at], &info(3), false);
            let mut bad = whole.clone();
            bad[at] ^= 0x5A;
            let _ = Conversion::plan(&bad, &info(3), false);
        }
    }
}
