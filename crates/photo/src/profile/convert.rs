//! Decoded pixels to sRGB.

use moxcms::Transform16BitExecutor;
use tintype_protocol::CancelFlag;

use super::sample::{Sample, changed, mapped};
use super::transform::{Conversion, Way};
use crate::{Pixels, Result};

/// Converts pixels by what their profile says, to 16 bits if that was planned. `progress` hears a rising
/// share, 0..=1.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled).
pub(crate) fn to_srgb(
    pixels: Pixels,
    conversion: &Conversion,
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> Result<Pixels> {
    let wide = conversion.is_widening;
    match (&conversion.way, pixels) {
        (Way::Gray(table), Pixels::Gray8(p)) if wide => {
            let look_up = look_up(table);
            let pixels = singly(&p);
            Ok(Pixels::Gray16(mapped::<_, _, 1, 1>(
                pixels, look_up, cancel, progress,
            )?))
        }
        (Way::Gray(table), Pixels::Gray8(mut p)) => {
            changed(singly_mut(&mut p), look_up(table), cancel, progress)?;
            Ok(Pixels::Gray8(p))
        }
        (Way::Gray(table), Pixels::Gray16(mut p)) => {
            changed(singly_mut(&mut p), look_up(table), cancel, progress)?;
            Ok(Pixels::Gray16(p))
        }
        (Way::Rgb(executor), Pixels::Rgb8(p)) if wide => {
            let pixels = p.as_chunks::<3>().0;
            let run = run(&**executor);
            Ok(Pixels::Rgb16(mapped::<_, _, 3, 3>(
                pixels, run, cancel, progress,
            )?))
        }
        (Way::Rgb(executor), Pixels::Rgb8(mut p)) => {
            let pixels = p.as_chunks_mut::<3>().0;
            changed(pixels, run(&**executor), cancel, progress)?;
            Ok(Pixels::Rgb8(p))
        }
        (Way::Rgb(executor), Pixels::Rgb16(mut p)) => {
            let pixels = p.as_chunks_mut::<3>().0;
            changed(pixels, run(&**executor), cancel, progress)?;
            Ok(Pixels::Rgb16(p))
        }
        // Inks have been converted as they were decoded, or there was no way to their four channels and
        // they came as RGB. What was planned to be wide has to become so.
        (Way::Inks(_), Pixels::Rgb8(p)) if wide => {
            Ok(Pixels::Rgb16(p.into_iter().map(Sample::wide).collect()))
        }
        (_, pixels) => Ok(pixels),
    }
}

fn look_up(table: &[u16]) -> impl Fn(&[u16], &mut [u16]) + Sync {
    |before, after| {
        for (after, before) in after.iter_mut().zip(before) {
            *after = table[usize::from(*before)];
        }
    }
}

/// What a transform does to some pixels.
pub(crate) fn run(executor: &Transform16BitExecutor) -> impl Fn(&[u16], &mut [u16]) + Sync {
    |before, after| {
        executor
            .transform(before, after)
            .expect("both are whole pixels, and as many of them");
    }
}

fn singly<T>(values: &[T]) -> &[[T; 1]] {
    values.as_chunks().0
}

fn singly_mut<T>(values: &mut [T]) -> &mut [[T; 1]] {
    values.as_chunks_mut().0
}
