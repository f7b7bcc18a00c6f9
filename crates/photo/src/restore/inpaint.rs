//! Defects repaired: filled from their edges, with the grain of their neighborhood.

use rayon::prelude::*;
use tintype_protocol::CancelFlag;

use super::front::{Region, Surroundings, fill};
use super::grain::add_grain;
use super::mask::DefectMask;
use super::parts::{Run, parts, runs_of};
use super::values::Value;
use crate::samples::Samples;
use crate::{Error, Photo, Pixels, Result};

/// Defects between two looks at the cancel flag and two reports.
const BATCH: usize = 256;

/// Repairs what the mask marks, as deep as the photo is. Pixels that it doesn't mark stay bit for bit
/// what they were; a photo that is marked all over stays as it is.
///
/// Takes the memory of the result and about 60 bytes for each marked pixel. `progress` hears a rising
/// share, 0..=1.
///
/// # Errors
/// [`Error::MaskMismatch`] and [`Error::Cancelled`].
pub fn repair(
    photo: &Photo,
    mask: &DefectMask,
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> Result<Photo> {
    let (expected, found) = (
        (photo.width(), photo.height()),
        (mask.width(), mask.height()),
    );
    if expected != found {
        return Err(Error::MaskMismatch { expected, found });
    }
    let mut job = Job {
        mask,
        cancel,
        progress,
    };
    let pixels = match photo.pixels() {
        Pixels::Gray8(p) => Pixels::Gray8(job.run(p, 1)?),
        Pixels::Gray16(p) => Pixels::Gray16(job.run(p, 1)?),
        Pixels::Rgb8(p) => Pixels::Rgb8(job.run(p, 3)?),
        Pixels::Rgb16(p) => Pixels::Rgb16(job.run(p, 3)?),
    };
    Ok(photo.repainted(pixels))
}

struct Job<'a> {
    mask: &'a DefectMask,
    cancel: &'a CancelFlag,
    progress: &'a mut dyn FnMut(f32),
}

impl Job<'_> {
    fn run<V: Value>(&mut self, source: &[V], channels: usize) -> Result<Samples<V>> {
        let width = self.mask.width() as usize;
        let bytes = self.mask.bytes();
        let runs: Vec<Run> = (0..self.mask.height() as usize)
            .into_par_iter()
            .flat_map_iter(|y| runs_of(y, width, |x| bytes[y * width + x] != 0))
            .collect();
        let defects = parts(&runs);
        let known = Known {
            mask: self.mask,
            pixels: source,
            channels,
        };
        let mut result = Samples::of(source);
        for (index, batch) in defects.chunks(BATCH).enumerate() {
            if self.cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            let filled: Vec<_> = batch
                .par_iter()
                .map(|runs| repaired(runs, &known, self.cancel))
                .collect::<Result<_>>()?;
            for (runs, values) in batch.iter().zip(filled) {
                write(&mut result, (width, channels), runs, &values);
            }
            let done = (index * BATCH + batch.len()) as f32 / defects.len() as f32;
            (self.progress)(done);
        }
        Ok(result)
    }
}

/// A photo without its defects.
struct Known<'a, V> {
    mask: &'a DefectMask,
    pixels: &'a [V],
    channels: usize,
}

impl<V: Value> Surroundings for Known<'_, V> {
    #[inline]
    fn known(&self, x: i64, y: i64) -> Option<[f32; 3]> {
        let (width, height) = (i64::from(self.mask.width()), i64::from(self.mask.height()));
        if !(0..width).contains(&x) || !(0..height).contains(&y) {
            return None;
        }
        let i = (y * width + x) as usize;
        if self.mask.bytes()[i] != 0 {
            return None;
        }
        match &self.pixels[i * self.channels..(i + 1) * self.channels] {
            [r, g, b] => Some([r.encoded(), g.encoded(), b.encoded()]),
            gray => Some([gray[0].encoded(); 3]),
        }
    }
}

/// One defect's new colors; none if nothing around it is known.
fn repaired(runs: &[Run], known: &impl Surroundings, cancel: &CancelFlag) -> Result<Vec<[f32; 3]>> {
    let region = Region::new(runs);
    let Some(mut values) = fill(&region, known, cancel)? else {
        return Ok(Vec::new());
    };
    add_grain(&region, known, &mut values);
    Ok(values)
}

fn write<V: Value>(
    result: &mut [V],
    (width, channels): (usize, usize),
    runs: &[Run],
    values: &[[f32; 3]],
) {
    let places = runs
        .iter()
        .flat_map(|run| run.y * width + run.from..run.y * width + run.to);
    for (place, value) in places.zip(values) {
        let pixel = &mut result[place * channels..(place + 1) * channels];
        for (channel, encoded) in pixel.iter_mut().zip(value) {
            *channel = V::nearest(*encoded);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::testing::{gray, noise, photo};
    use proptest::prelude::*;

    fn fixed(photo: &Photo, mask: &DefectMask) -> Photo {
        repair(photo, mask, &CancelFlag::new(), &mut |_| {}).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(30))]
        #[test]
        fn what_is_not_marked_stays_bit_for_bit(
            bytes in proptest::collection::vec(0u8.., 1..600),
            width in 1usize..30,
            few in 0u8..255,
        ) {
            let width = width.min(bytes.len());
            let count = bytes.len() / width * width;
            let (width, height) = (width as u32, (count / width) as u32);
            let marks: Vec<u8> = bytes[..count].iter().map(|b| if *b < few { 0 } else { 255 }).collect();
            let mask = DefectMask::from_bytes(width, height, marks).unwrap();
            let values: Vec<u16> = (0..3 * count).map(|i| (i * 7919 % 65_536) as u16).collect();
            let result = fixed(&photo(width, height, Pixels::Rgb16(values.clone().into())), &mask);
            let Pixels::Rgb16(found) = result.pixels() else { panic!("not RGB of 16 bits") };
            for (i, mark) in mask.bytes().iter().enumerate() {
                if *mark == 0 {
                    prop_assert_eq!(&found[3 * i..3 * i + 3], &values[3 * i..3 * i + 3]);
                }
            }
        }
    }

    #[test]
    fn a_scratch_through_a_slope_is_gone() {
        let slope = |x: u32, y: u32| (60.0 + x as f32 + 3.0 * noise(x, y)) as u8;
        let mut mask = DefectMask::new(100, 80);
        for y in 0..80 {
            for x in 48..52 {
                mask.set(x, y, true);
            }
        }
        let scratched = gray(100, 80, |x, y| {
            if mask.is_defect(x, y) {
                255
            } else {
                slope(x, y)
            }
        });
        let result = fixed(&scratched, &mask);
        let levels = crate::restore::testing::levels(&result);
        let error =
            |x: u32, y: u32| (f32::from(levels[(y * 100 + x) as usize]) - 60.0 - x as f32).abs();
        let sum: f32 = (0..80)
            .flat_map(|y| (48..52).map(move |x| (x, y)))
            .map(|(x, y)| error(x, y))
            .sum();
        assert!(sum / 320.0 < 4.0, "{}", sum / 320.0);
    }

    #[test]
    fn a_mask_of_another_size_is_refused_and_one_without_marks_changes_nothing() {
        let photo = gray(4, 3, |x, y| (x * y) as u8);
        let refused = repair(
            &photo,
            &DefectMask::new(3, 4),
            &CancelFlag::new(),
            &mut |_| {},
        );
        assert!(matches!(
            refused,
            Err(Error::MaskMismatch {
                expected: (4, 3),
                found: (3, 4)
            })
        ));
        assert_eq!(fixed(&photo, &DefectMask::new(4, 3)), photo);
        let all = DefectMask::from_bytes(4, 3, vec![255; 12]).unwrap();
        assert_eq!(fixed(&photo, &all), photo);
    }

    #[test]
    fn cancelling_stops() {
        let cancel = CancelFlag::new();
        cancel.cancel();
        let mut mask = DefectMask::new(4, 3);
        mask.set(1, 1, true);
        let result = repair(&gray(4, 3, |_, _| 9), &mask, &cancel, &mut |_| {});
        assert!(matches!(result, Err(Error::Cancelled)));
    }
}
