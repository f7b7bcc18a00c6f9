//! Foreseeing a photo's way: the network's input, the time, the memory.

use tintype_photo::{JPEG_QUALITY, OutputFormat, PhotoInfo};

use crate::expected::{expected_postprocess, expected_preprocess};
use crate::{Costs, Error, Geometry, Machine, Options, Result, SIZE_MIN, SIZE_STEP};
use crate::{Stage, Timings, expected_load, expected_save};

/// What is known before anything large is touched.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The options, checked, with the size on a step.
    pub options: Options,
    /// Width of the network's input in pixels.
    pub input_width: u32,
    /// Height of the network's input in pixels.
    pub input_height: u32,
    /// The most memory that the photo's way is predicted to take, on top of what the loaded model
    /// holds already.
    pub peak_bytes: u64,
    /// How long each stage is predicted to take; [`Stage::Save`] as if the result were in the photo's
    /// own format.
    pub expected: Timings,
}

/// The program's own bookkeeping, and what allocators keep back.
const MARGIN_BYTES: u64 = 96 << 20;
/// Predictions may be off by this factor before it matters.
const MARGIN_FACTOR: f64 = 1.1;

/// Plans the way of one photo.
///
/// # Errors
/// Options out of range, and [`Error::OutOfMemory`] with the largest size that fits where the
/// prediction, with a margin, exceeds what `machine` has.
pub fn plan(
    photo: &PhotoInfo,
    options: &Options,
    costs: &dyn Costs,
    machine: Machine,
) -> Result<Plan> {
    let options = options.checked()?;
    let (input_width, input_height) = input_size(photo, &options);
    let peak_bytes = peak_bytes(photo, &options, costs);
    if peak_bytes > machine.available_bytes {
        return Err(Error::OutOfMemory {
            size: options.size,
            needed_bytes: peak_bytes,
            available_bytes: machine.available_bytes,
            suggested_size: largest_size_that_fits(photo, &options, costs, machine),
        });
    }
    let mut expected = Timings::default();
    expected.set(Stage::Load, expected_load(photo));
    let mending = options.restoration.expected(photo);
    let input_pixels = f64::from(input_width) * f64::from(input_height);
    expected.set(
        Stage::Preprocess,
        expected_preprocess(input_pixels) + mending,
    );
    let inference = costs.expected_time(input_width, input_height);
    expected.set(Stage::Inference, inference);
    expected.set(
        Stage::Postprocess,
        expected_postprocess(photo, input_pixels),
    );
    let as_original = OutputFormat::same_as(photo.format, JPEG_QUALITY);
    expected.set(Stage::Save, expected_save(photo, as_original));
    Ok(Plan {
        options,
        input_width,
        input_height,
        peak_bytes,
        expected,
    })
}

/// The largest input size up to the one asked for that is predicted to fit this photo and machine;
/// none if even the smallest does not.
#[must_use]
pub fn largest_size_that_fits(
    photo: &PhotoInfo,
    options: &Options,
    costs: &dyn Costs,
    machine: Machine,
) -> Option<u32> {
    let fits = |size: u32| {
        let options = Options {
            size,
            ..options.clone()
        };
        peak_bytes(photo, &options, costs) <= machine.available_bytes
    };
    (SIZE_MIN..=options.size)
        .rev()
        .filter(|size| size % SIZE_STEP == 0)
        .find(|size| fits(*size))
}

/// Width and height of the network's input, both multiples of [`SIZE_STEP`].
fn input_size(photo: &PhotoInfo, options: &Options) -> (u32, u32) {
    let size = options.size;
    match options.geometry {
        Geometry::Square => (size, size),
        Geometry::Fit => {
            let long = u64::from(photo.width.max(photo.height)).max(1);
            let side = |length: u32| {
                let scaled = (u64::from(length) * u64::from(size)).div_ceil(long) as u32;
                scaled.next_multiple_of(SIZE_STEP).clamp(SIZE_STEP, size)
            };
            (side(photo.width), side(photo.height))
        }
    }
}

/// The fullest moment is either the network's, with the photo waiting, or the merge's and the
/// encoder's, with both photos in memory; or of some kinds of file the decoder's.
fn peak_bytes(photo: &PhotoInfo, options: &Options, costs: &dyn Costs) -> u64 {
    let (width, height) = input_size(photo, options);
    let (source, result) = (photo.decoded_bytes(), photo.colorized_bytes());
    let network = costs.peak_bytes(width, height);
    // Encoders build the compressed file next to the pixels; lossless ones barely compress grain.
    let merge = 2 * result;
    let mending = options.restoration.peak_bytes(photo);
    let peak = source
        + mending
            .saturating_add(network.max(merge))
            .max(photo.decoding_bytes());
    (peak as f64 * MARGIN_FACTOR) as u64 + MARGIN_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::Fake;
    use tintype_photo::SourceFormat;

    fn photo(width: u32, height: u32) -> PhotoInfo {
        PhotoInfo {
            width,
            height,
            format: SourceFormat::Jpeg,
            channels: 3,
            bytes_per_channel: 1,
            has_alpha: false,
        }
    }

    fn machine(available_bytes: u64) -> Machine {
        Machine {
            total_bytes: available_bytes,
            available_bytes,
        }
    }

    fn options(size: u32, geometry: Geometry) -> Options {
        Options {
            size,
            geometry,
            ..Options::default()
        }
    }

    #[test]
    fn a_size_that_cannot_fit_is_answered_with_the_largest_that_can() {
        let (photo, asked) = (photo(1000, 800), options(2048, Geometry::Square));
        let machine = machine(1_000_000_000);
        let error = plan(&photo, &asked, &Fake, machine).unwrap_err();
        let Error::OutOfMemory {
            size: 2048,
            suggested_size: Some(fits),
            ..
        } = error
        else {
            panic!("{error}");
        };
        assert!(plan(&photo, &options(fits, Geometry::Square), &Fake, machine).is_ok());
        let next = options(fits + SIZE_STEP, Geometry::Square);
        assert!(plan(&photo, &next, &Fake, machine).is_err());
    }

    #[test]
    fn a_raw_file_is_counted_with_what_its_decoder_takes() {
        let peak = |format, width| {
            let raw = PhotoInfo {
                format,
                bytes_per_channel: 2,
                ..photo(width, 10_000)
            };
            let options = Options::default();
            plan(&raw, &options, &Fake, machine(u64::MAX))
                .unwrap()
                .peak_bytes
        };
        // So large that both photos lie in files.
        let (raw, tiff) = (SourceFormat::CameraRaw, SourceFormat::Tiff);
        assert!(peak(raw, 15_000) > peak(tiff, 15_000));
        assert!(peak(raw, 15_000) > 8 * 15_000 * 10_000);
        assert!(peak(raw, 1000) == peak(tiff, 1000));
    }

    #[test]
    fn a_photo_that_leaves_no_room_for_any_size_gets_no_suggestion() {
        let error = plan(
            &photo(9_000, 9_000),
            &Options::default(),
            &Fake,
            machine(500_000_000),
        );
        assert!(matches!(
            error,
            Err(Error::OutOfMemory {
                suggested_size: None,
                ..
            })
        ));
    }

    #[test]
    fn a_fitted_input_keeps_the_aspect_on_steps() {
        let plan_of = |width, height| {
            let asked = options(512, Geometry::Fit);
            let plan = plan(&photo(width, height), &asked, &Fake, machine(u64::MAX)).unwrap();
            (plan.input_width, plan.input_height)
        };
        assert_eq!(plan_of(1000, 500), (512, 256));
        assert_eq!(plan_of(500, 1000), (256, 512));
        assert_eq!(plan_of(1000, 553), (512, 288));
        assert_eq!(plan_of(10_000, 1), (512, 32));
    }
}
