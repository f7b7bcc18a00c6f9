//! The color space of a result.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use moxcms::{ColorProfile, Layout, Transform16BitExecutor, WHITE_POINT_D50};
use tintype_protocol::CancelFlag;

use super::convert::run;
use super::sample::mapped;
use super::transform::options;
use crate::{OutputSpace, Photo, Pixels, Result};

/// The longest profile that is written: those of three curves and a matrix have a few KB.
const MAX_BYTES: usize = 1 << 20;

/// A photo as it will be written.
pub(crate) struct Written<'a> {
    pub(crate) photo: Cow<'a, Photo>,
    /// The profile that says what its pixels mean, if one is to be named.
    pub(crate) icc: Option<Vec<u8>>,
    pub(crate) is_srgb: bool,
}

/// sRGB as a profile, without anything that changes from day to day.
static SRGB: LazyLock<Option<Vec<u8>>> = LazyLock::new(|| {
    let mut profile = ColorProfile::new_srgb();
    // Of a display's profile of version 4, the white is that of the connection space.
    profile.media_white_point = Some(WHITE_POINT_D50.to_xyzd());
    profile.encode().ok()
});

/// Converts a photo to the space that is asked for. `progress` hears a rising share, 0..=1, if there is
/// anything to convert.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled).
pub(crate) fn for_output<'a>(
    photo: &'a Photo,
    space: OutputSpace,
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> Result<Written<'a>> {
    let icc = photo.metadata().icc_profile();
    if let (OutputSpace::Source, Some(icc)) = (space, icc)
        && let Some(executor) = back_to(icc)
    {
        let converted = converted(photo, &*executor, cancel, progress)?;
        return Ok(Written {
            photo: Cow::Owned(converted),
            icc: Some(icc.to_vec()),
            is_srgb: false,
        });
    }
    Ok(Written {
        photo: Cow::Borrowed(photo),
        // A photo without a profile is sRGB everywhere, and its result needs none either.
        icc: icc.and_then(|_| SRGB.clone()),
        is_srgb: true,
    })
}

/// The way from sRGB to a profile of curves and a matrix. Those of gray, inks and tables have none
/// that is theirs alone.
fn back_to(icc: &[u8]) -> Option<Arc<Transform16BitExecutor>> {
    if icc.len() > MAX_BYTES {
        return None;
    }
    catch_unwind(AssertUnwindSafe(|| {
        let profile = ColorProfile::new_from_slice(icc).ok()?;
        let has_tables =
            profile.lut_a_to_b_perceptual.is_some() || profile.lut_a_to_b_colorimetric.is_some();
        if !profile.is_matrix_shaper() || has_tables {
            return None;
        }
        let executor = ColorProfile::new_srgb()
            .create_transform_16bit(Layout::Rgb, &profile, Layout::Rgb, options())
            .ok()?;
        let mut tried = [0; 6];
        executor
            .transform(&[0, 0, 0, 65_535, 65_535, 65_535], &mut tried)
            .ok()?;
        (tried[4] > tried[1]).then_some(executor)
    }))
    .ok()
    .flatten()
}

fn converted(
    photo: &Photo,
    executor: &Transform16BitExecutor,
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> Result<Photo> {
    let run = run(executor);
    let spread = |before: &[u16], after: &mut [u16]| {
        let grays: Vec<u16> = before.iter().flat_map(|v| [*v; 3]).collect();
        run(&grays, after);
    };
    let pixels = match photo.pixels() {
        Pixels::Gray8(p) => Pixels::Rgb8(mapped::<_, _, 1, 3>(
            p.as_chunks().0,
            spread,
            cancel,
            progress,
        )?),
        Pixels::Gray16(p) => Pixels::Rgb16(mapped::<_, _, 1, 3>(
            p.as_chunks().0,
            spread,
            cancel,
            progress,
        )?),
        Pixels::Rgb8(p) => Pixels::Rgb8(mapped::<_, _, 3, 3>(
            p.as_chunks().0,
            &run,
            cancel,
            progress,
        )?),
        Pixels::Rgb16(p) if photo.is_written_at_8() => {
            let narrow: Vec<u8> = mapped::<_, _, 3, 3>(p.as_chunks().0, &run, cancel, progress)?;
            Pixels::Rgb8(narrow)
        }
        Pixels::Rgb16(p) => Pixels::Rgb16(mapped::<_, _, 3, 3>(
            p.as_chunks().0,
            &run,
            cancel,
            progress,
        )?),
    };
    Ok(photo.repainted(pixels))
}
