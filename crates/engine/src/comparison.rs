//! How far apart the colors of two networks are, and which is faster, on old photos inside the program.

use palette::color_difference::Ciede2000 as _;
use palette::{FromColor as _, Lab, Srgb, white_point::D65};
use tintype_photo::{Limits, Photo, PhotoFile, Pixels};
use tintype_protocol::{CancelFlag, ColorDifference, Precision};

use crate::{Colorizer, Comparison, Event, Machine, Options, Result, Stage, colorize_photo, plan};

/// Buildings, a street, faces; `photos/SOURCES.md` says where they are from.
static PHOTOS: [&[u8]; 3] = [
    include_bytes!("../photos/bank-1908.jpg"),
    include_bytes!("../photos/street-1915.jpg"),
    include_bytes!("../photos/migrant-mother-1936.jpg"),
];

/// The photos' own long side in pixels. A larger input would take longer and show the same.
const SIZE: u32 = 256;

/// The photos as a network colors them.
pub(crate) struct Colored {
    photos: Vec<Photo>,
    /// What the network took in its quickest run for each pixel of its input. The first run also allocates, and a
    /// computer that does something else for a moment makes a run slower, never faster.
    seconds_per_pixel: f64,
}

/// Has a network color the photos.
///
/// # Errors
/// As [`colorize_photo`].
pub(crate) fn colored(colorizer: &mut dyn Colorizer, cancel: &CancelFlag) -> Result<Colored> {
    let options = Options {
        size: SIZE,
        ..Options::default()
    };
    let mut photos = Vec::with_capacity(PHOTOS.len());
    let mut seconds_per_pixel = f64::INFINITY;
    // The first once more, since its first run does not count.
    for bytes in PHOTOS.iter().chain(&PHOTOS[..1]) {
        let photo = PhotoFile::from_bytes(bytes.to_vec(), &Limits::default())?.decode()?;
        let plan = plan(&photo.info(), &options, colorizer, Machine::probe())?;
        let mut observer = |event| {
            if let Event::Ended(Stage::Inference, took) = event {
                let pixels = f64::from(plan.input_width) * f64::from(plan.input_height);
                seconds_per_pixel = seconds_per_pixel.min(took.as_secs_f64() / pixels);
            }
        };
        let colorized = colorize_photo(&photo, &options, colorizer, &mut observer, cancel)?;
        if photos.len() < PHOTOS.len() {
            photos.push(colorized.photo);
        }
    }
    Ok(Colored {
        photos,
        seconds_per_pixel,
    })
}

/// What is to be said of another arithmetic where fp32 and it have colored the photos.
pub(crate) fn compared(fp32: &Colored, precision: Precision, other: &Colored) -> Comparison {
    Comparison {
        precision,
        difference: difference(&fp32.photos, &other.photos),
        speedup: fp32.seconds_per_pixel / other.seconds_per_pixel,
    }
}

/// How far two networks' pictures of the same photos are apart, over the pixels of all of them. What can't
/// be compared, pixel by pixel, is infinitely far.
fn difference(one: &[Photo], other: &[Photo]) -> ColorDifference {
    let (one, other) = (colors(one), colors(other));
    if one.len() != other.len() || one.is_empty() {
        return ColorDifference {
            mean: f64::INFINITY,
            percentile_99: f64::INFINITY,
        };
    }
    let pairs = one.into_iter().zip(other);
    let mut differences: Vec<f64> = pairs
        .map(|(one, other)| f64::from(one.difference(other)))
        .collect();
    differences.sort_by(f64::total_cmp);
    let count = differences.len();
    ColorDifference {
        mean: differences.iter().sum::<f64>() / count as f64,
        percentile_99: differences[count * 99 / 100],
    }
}

/// The colors of every pixel. A colored photo is in color, so that gray ones have none.
fn colors(photos: &[Photo]) -> Vec<Lab<D65, f32>> {
    let lab = |color: Srgb<f32>| Lab::from_color(color);
    let mut colors = Vec::new();
    for photo in photos {
        match photo.pixels() {
            Pixels::Rgb8(values) => {
                let pixels = values.as_chunks::<3>().0.iter();
                colors.extend(pixels.map(|pixel| lab(Srgb::from(*pixel).into_format())));
            }
            Pixels::Rgb16(values) => {
                let pixels = values.as_chunks::<3>().0.iter();
                colors.extend(pixels.map(|pixel| lab(Srgb::from(*pixel).into_format())));
            }
            Pixels::Gray8(_) | Pixels::Gray16(_) => {}
        }
    }
    colors
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tintype_photo::{ChromaMap, NetworkInput};
    use tintype_protocol::Device;

    use super::*;
    use crate::fake::Fake;
    use crate::{Costs, Error};

    /// Paints everything in one color, of that a and b.
    struct Tinted(f32);

    impl Colorizer for Tinted {
        fn colorize(
            &mut self,
            input: &NetworkInput,
            progress: &mut dyn FnMut(f32),
            cancel: &CancelFlag,
        ) -> Result<ChromaMap> {
            Fake.colorize(input, progress, cancel)?;
            let plane = input.width as usize * input.height as usize;
            let data = vec![self.0; 2 * plane];
            Ok(ChromaMap::new(input.width, input.height, data)?)
        }

        fn costs(&self) -> Arc<dyn Costs + Send + Sync> {
            Fake.costs()
        }
    }

    impl Costs for Tinted {
        fn peak_bytes(&self, width: u32, height: u32) -> u64 {
            Fake.peak_bytes(width, height)
        }

        fn expected_time(&self, width: u32, height: u32) -> Duration {
            Fake.expected_time(width, height)
        }

        fn device(&self) -> Device {
            Fake.device()
        }

        fn precision(&self) -> Precision {
            Fake.precision()
        }
    }

    #[test]
    fn a_network_is_as_far_from_another_as_its_colors_are() {
        let colored = |tint| {
            let colored = colored(&mut Tinted(tint), &CancelFlag::new());
            colored.unwrap().photos
        };
        let warm = colored(12.0);
        let same = difference(&warm, &colored(12.0));
        assert_eq!((same.mean, same.percentile_99), (0.0, 0.0));
        let near = difference(&warm, &colored(13.0));
        let far = difference(&warm, &colored(24.0));
        assert!((0.2..1.5).contains(&near.mean), "{near:?}");
        assert!(far.mean > 3.0 * near.mean, "{far:?}");
        assert!(far.percentile_99 >= far.mean, "{far:?}");
        assert!(difference(&warm, &warm[1..]).mean.is_infinite());
    }

    #[test]
    fn it_stops_when_asked() {
        let cancel = CancelFlag::new();
        cancel.cancel();
        let stopped = colored(&mut Tinted(1.0), &cancel);
        assert!(matches!(stopped, Err(Error::Cancelled)));
    }
}
