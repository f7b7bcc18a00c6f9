//! How long the stages around the network are expected to take.
//!
//! Counted in pixels times a rate for each kind of work: nanoseconds for a pixel of a grainy photo of 24
//! megapixels at 8 bits, on 2 cores of an AMD EPYC, as the photo crate's example `rates` prints them.
//! Another computer is slower or faster at all of them alike, and for progress only the proportions matter.

use std::time::Duration;

use tintype_photo::{OutputFormat, PhotoInfo, ScaleMethod, Scaling, SourceFormat};

/// The stage [`Preprocess`](crate::Stage::Preprocess) without mending: making the network's input, of so many pixels. The
/// photo's own hardly count.
pub(crate) fn expected_preprocess(input_pixels: f64) -> Duration {
    Duration::from_millis(3) + nanoseconds(input_pixels * 33.0)
}

/// The stage [`Load`](crate::Stage::Load): reading and decoding.
#[must_use]
pub fn expected_load(photo: &PhotoInfo) -> Duration {
    let nanoseconds = match photo.format {
        SourceFormat::Jpeg => 16.0,
        SourceFormat::Png => 9.0,
        SourceFormat::Tiff => 7.5,
        SourceFormat::WebP => 18.0,
        SourceFormat::Bmp => 13.0,
        SourceFormat::Gif => 10.0,
        // Lossy ones take less than half of it, lossless ones half as much again.
        SourceFormat::Jpeg2000 => 200.0,
        SourceFormat::JpegXl => 65.0,
        SourceFormat::CameraRaw => 100.0,
    };
    per_pixel(photo, nanoseconds * depth(photo))
}

/// The stage [`Preprocess`](crate::Stage::Preprocess) of [`Run::scale`](crate::Run::scale). Nothing
/// for a scaling that will be refused.
#[must_use]
pub fn expected_scale(photo: &PhotoInfo, scaling: &Scaling) -> Duration {
    let Ok(result) = scaling.result_info(photo) else {
        return Duration::ZERO;
    };
    // For a pixel of the photo and one of the result: only some methods look at all of the photo.
    let (of_photo, of_result) = match scaling.method {
        ScaleMethod::NearestExact => (0.01, 2.2),
        ScaleMethod::Bilinear => (0.1, 5.6),
        ScaleMethod::Area => (0.2, 5.8),
        ScaleMethod::Bicubic => (0.1, 6.2),
        ScaleMethod::Lanczos => (1.5, 10.3),
    };
    per_pixel(photo, of_photo * depth(photo)) + per_pixel(&result, of_result * depth(photo))
}

/// The stage [`Postprocess`](crate::Stage::Postprocess), where the network's colors are of so many pixels.
pub(crate) fn expected_postprocess(photo: &PhotoInfo, input_pixels: f64) -> Duration {
    per_pixel(photo, 7.0) + nanoseconds(input_pixels * 150.0)
}

/// The stage [`Save`](crate::Stage::Save): encoding and writing the photo with its colors.
#[must_use]
pub fn expected_save(photo: &PhotoInfo, format: OutputFormat) -> Duration {
    match format {
        OutputFormat::Jpeg { .. } => per_pixel(photo, 4.0),
        OutputFormat::Png => per_pixel(photo, 12.0 * depth(photo)),
        OutputFormat::Tiff => per_pixel(photo, 2.5 * depth(photo)),
        OutputFormat::WebP => per_pixel(photo, 11.0),
        OutputFormat::JpegXl => per_pixel(photo, 25.0 * depth(photo)),
    }
}

/// How many times as much there is to move as at 8 bits.
fn depth(photo: &PhotoInfo) -> f64 {
    f64::from(photo.bytes_per_channel)
}

fn per_pixel(photo: &PhotoInfo, nanoseconds: f64) -> Duration {
    self::nanoseconds(f64::from(photo.width) * f64::from(photo.height) * nanoseconds)
}

fn nanoseconds(nanoseconds: f64) -> Duration {
    Duration::from_secs_f64(nanoseconds * 1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tintype_photo::{Crop, ScaleMethod};

    fn photo(side: u32, bytes_per_channel: u8) -> PhotoInfo {
        PhotoInfo {
            width: side,
            height: side,
            format: SourceFormat::Png,
            channels: 1,
            bytes_per_channel,
            has_alpha: false,
        }
    }

    #[test]
    fn more_pixels_and_deeper_ones_take_longer() {
        let to = |width| Scaling {
            method: ScaleMethod::Area,
            width,
            height: 0,
            crop: Crop::Disabled,
        };
        let times = |photo: PhotoInfo| {
            [
                expected_load(&photo),
                expected_save(&photo, OutputFormat::Png),
                expected_scale(&photo, &to(512)),
            ]
        };
        let base = times(photo(1000, 1));
        for more in [times(photo(2000, 1)), times(photo(1000, 2))] {
            assert!(base.iter().zip(more).all(|(less, more)| *less < more));
        }
        let photo = photo(1000, 1);
        assert!(expected_scale(&photo, &to(512)) < expected_scale(&photo, &to(4096)));
        assert_eq!(expected_scale(&photo, &to(20_000)), Duration::ZERO);
    }
}
