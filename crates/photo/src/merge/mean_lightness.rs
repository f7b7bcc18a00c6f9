//! A photo's lightness at a map's resolution.

use rayon::prelude::*;
use tintype_protocol::CancelFlag;

use crate::color::lab::lightness;
use crate::color::luminances::luminances;
use crate::{Area, Error, Photo, Result};

/// The mean L, 0..=100, of the pixels that each place of a map over `area` covers, `[H, W]`.
///
/// # Errors
/// [`Error::Cancelled`].
pub(crate) fn mean_lightness(
    photo: &Photo,
    area: Area,
    (width, height): (u32, u32),
    cancel: &CancelFlag,
) -> Result<Vec<f32>> {
    let columns = cells(width, area.width);
    let rows = cells(height, area.height);
    let first = area.top as usize * photo.width() as usize + area.left as usize;
    let mut means = vec![0.0; columns.len() * rows.len()];
    let instructions = pulp::Arch::new();
    let lines = means.par_chunks_exact_mut(columns.len()).zip(&rows);
    lines.try_for_each_init(
        || {
            [
                vec![0.0; area.width as usize],
                vec![0.0; area.width as usize],
            ]
        },
        |[line, sums], (means, rows)| {
            if cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            sums.fill(0.0);
            for y in rows.clone() {
                let start = first + y * photo.width() as usize;
                luminances(photo.pixels(), start, line);
                instructions.dispatch(AddLightness {
                    luminances: line,
                    sums,
                });
            }
            for (mean, columns) in means.iter_mut().zip(&columns) {
                let sum: f32 = sums[columns.clone()].iter().sum();
                *mean = sum / (rows.len() * columns.len()) as f32;
            }
            Ok(())
        },
    )?;
    Ok(means)
}

/// Adds the lightness of luminances to sums, compiled once for each set of instructions that there may be.
struct AddLightness<'a> {
    luminances: &'a [f32],
    sums: &'a mut [f32],
}

impl AddLightness<'_> {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "see above")]
    fn call<const FUSED: bool>(self) {
        for (sum, luminance) in self.sums.iter_mut().zip(self.luminances) {
            *sum += lightness::<FUSED>(*luminance);
        }
    }
}

impl pulp::WithSimd for AddLightness<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "see above")]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        // All vector instructions that there is code for come with fused ones.
        if S::IS_SCALAR {
            self.call::<false>();
        } else {
            self.call::<true>();
        }
    }
}

/// The pixels that each place covers along one axis: at least one.
fn cells(places: u32, length: u32) -> Vec<std::ops::Range<usize>> {
    let edge = |place: u32| (u64::from(place) * u64::from(length) / u64::from(places)) as usize;
    (0..places)
        .map(|place| {
            let start = edge(place);
            start..edge(place + 1).max(start + 1)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Pixels, SourceFormat};

    #[test]
    fn a_place_of_the_map_has_the_mean_lightness_of_its_pixels() {
        let photo = Photo::new(
            4,
            2,
            SourceFormat::Png,
            Pixels::Gray8(vec![0, 255, 255, 255, 0, 255, 0, 0].into()),
            None,
        );
        let found =
            mean_lightness(&photo, Area::whole(&photo), (2, 1), &CancelFlag::new()).unwrap();
        assert!(
            (found[0] - 50.0).abs() < 1e-3 && (found[1] - 50.0).abs() < 1e-3,
            "{found:?}"
        );
        // More places than pixels: each has one.
        assert_eq!(
            mean_lightness(&photo, Area::whole(&photo), (8, 4), &CancelFlag::new())
                .unwrap()
                .len(),
            32
        );
    }
}
