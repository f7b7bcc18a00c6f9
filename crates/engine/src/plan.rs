//! Foreseeing a photo's way: the network's input, the time, the memory.

use std::time::Duration;

use tintype_photo::PhotoInfo;

use crate::{Colorizer, Error, Geometry, Machine, Options, Result, SIZE_MIN, SIZE_STEP};
use crate::{Stage, Timings};

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
    /// How long each stage is predicted to take.
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
    colorizer: &dyn Colorizer,
    machine: Machine,
) -> Result<Plan> {
    let options = options.checked()?;
    let (input_width, input_height) = input_size(photo, &options);
    let peak_bytes = peak_bytes(photo, &options, colorizer);
    if peak_bytes > machine.available_bytes {
        return Err(Error::OutOfMemory {
            size: options.size,
            needed_bytes: peak_bytes,
            available_bytes: machine.available_bytes,
            suggested_size: largest_size_that_fits(photo, &options, colorizer, machine),
        });
    }
    let expected = expected_times(photo, colorizer.expected_time(input_width, input_height));
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
    colorizer: &dyn Colorizer,
    machine: Machine,
) -> Option<u32> {
    let fits = |size: u32| {
        let options = Options {
            size,
            ..options.clone()
        };
        peak_bytes(photo, &options, colorizer) <= machine.available_bytes
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
/// encoder's, with both photos in memory.
fn peak_bytes(photo: &PhotoInfo, options: &Options, colorizer: &dyn Colorizer) -> u64 {
    let (width, height) = input_size(photo, options);
    let (source, result) = (photo.decoded_bytes(), photo.colorized_bytes());
    let network = colorizer.peak_bytes(width, height);
    // Encoders build the compressed file next to the pixels; lossless ones barely compress grain.
    let merge = 2 * result;
    let peak = source + network.max(merge);
    (peak as f64 * MARGIN_FACTOR) as u64 + MARGIN_BYTES
}

/// Nanoseconds a megapixel of the photo on one stage, on 2 cores: medians for JPEG in and out,
/// measured by `cargo xtask bench stages`.
const LOAD_NS_PER_PIXEL: f64 = 12.0;
const POSTPROCESS_NS_PER_PIXEL: f64 = 25.0;
const SAVE_NS_PER_PIXEL: f64 = 25.0;
/// The network's input depends on the input size, not on the photo's.
const PREPROCESS: Duration = Duration::from_millis(15);

fn expected_times(photo: &PhotoInfo, inference: Duration) -> Timings {
    let pixels = f64::from(photo.width) * f64::from(photo.height);
    let per_pixel = |nanoseconds: f64| Duration::from_secs_f64(pixels * nanoseconds * 1e-9);
    let mut expected = Timings::default();
    expected.set(Stage::Load, per_pixel(LOAD_NS_PER_PIXEL));
    expected.set(Stage::Preprocess, PREPROCESS);
    expected.set(Stage::Inference, inference);
    expected.set(Stage::Postprocess, per_pixel(POSTPROCESS_NS_PER_PIXEL));
    expected.set(Stage::Save, per_pixel(SAVE_NS_PER_PIXEL));
    expected
}
