//! Bringing a photo to another size.

mod scaling;

pub use scaling::{Crop, SCALE_SIDE_MAX, ScaleMethod, Scaling};

use bytemuck::Pod;
use fast_image_resize::images::{TypedCroppedImage, TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8, U8x3, U16, U16x3};
use fast_image_resize::{Filter, FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};
use tintype_protocol::CancelFlag;

use self::scaling::Window;
use crate::samples::Samples;
use crate::{Alpha, Error, Photo, Pixels, Result};

/// Rows of the result between two looks at the cancel flag. Fewer would make neighboring strips work
/// out too many of the same rows of the photo twice.
const STRIP_ROWS: usize = 24;

/// Brings a photo to another size, as deep as it is. Transparency is scaled like a color of its own, so
/// that no color depends on it.
///
/// # Errors
/// [`Error::ScaledTooLarge`] and [`Error::Cancelled`].
pub fn scale(photo: &Photo, scaling: &Scaling, cancel: &CancelFlag) -> Result<Photo> {
    scale_with_progress(photo, scaling, cancel, &mut |_| {})
}

/// As [`scale`], and `progress` hears a rising share of the work, 0..=1.
///
/// # Errors
/// As [`scale`].
pub fn scale_with_progress(
    photo: &Photo,
    scaling: &Scaling,
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> Result<Photo> {
    let result = scaling.result_info(&photo.info())?;
    let source = (photo.width(), photo.height());
    let size = (result.width, result.height);
    let window = scaling.window(source.0, source.1);
    if size == source && (window.width, window.height) == source {
        return Ok(photo.clone());
    }
    let planes = 1 + usize::from(photo.alpha().is_some());
    let mut job = Job {
        source,
        window,
        size,
        options: ResizeOptions::new()
            .resize_alg(algorithm(scaling.method))
            .use_alpha(false),
        cancel,
        progress,
        rows_done: 0,
        rows: planes * size.1 as usize,
    };
    let pixels = match photo.pixels() {
        Pixels::Gray8(p) => Pixels::Gray8(job.run::<U8>(p)?),
        Pixels::Gray16(p) => Pixels::Gray16(job.run::<U16>(p)?),
        Pixels::Rgb8(p) => Pixels::Rgb8(job.run::<U8x3>(p)?),
        Pixels::Rgb16(p) => Pixels::Rgb16(job.run::<U16x3>(p)?),
    };
    let alpha = match photo.alpha() {
        None => None,
        Some(Alpha::Eight(a)) => Some(Alpha::Eight(job.run::<U8>(a)?)),
        Some(Alpha::Sixteen(a)) => Some(Alpha::Sixteen(job.run::<U16>(a)?)),
    };
    Ok(Photo::new(size.0, size.1, photo.format(), pixels, alpha).described_as(photo))
}

/// The library's name for a method: `Interpolation` keeps its few neighbors at any scale,
/// `Convolution` widens with it.
fn algorithm(method: ScaleMethod) -> ResizeAlg {
    match method {
        ScaleMethod::NearestExact => ResizeAlg::Nearest,
        ScaleMethod::Bilinear => ResizeAlg::Interpolation(FilterType::Bilinear),
        ScaleMethod::Area => ResizeAlg::Convolution(FilterType::Box),
        ScaleMethod::Bicubic => {
            let filter = Filter::new("cubic convolution", cubic, 2.0);
            // The support above is positive, which is all that is checked.
            let kind = filter.map_or(FilterType::CatmullRom, FilterType::Custom);
            ResizeAlg::Interpolation(kind)
        }
        ScaleMethod::Lanczos => ResizeAlg::Convolution(FilterType::Lanczos3),
    }
}

/// The kernel of cubic convolution (R. Keys, 1981) with a = -0.75, which PyTorch and OpenCV use;
/// the library's own has -0.5.
pub(crate) fn cubic(x: f64) -> f64 {
    const A: f64 = -0.75;
    let x = x.abs();
    if x < 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A
    } else {
        0.0
    }
}

struct Job<'a> {
    source: (u32, u32),
    window: Window,
    size: (u32, u32),
    options: ResizeOptions,
    cancel: &'a CancelFlag,
    progress: &'a mut dyn FnMut(f32),
    rows_done: usize,
    /// Of all planes together.
    rows: usize,
}

impl Job<'_> {
    /// Scales one plane, strip after strip. `values` is as long as `source` and the kind of pixel say.
    ///
    /// The kind is given in the type, so that the program holds the library's code for four kinds and not for all: the
    /// compiler turned that for floats into other bytes each time, and a release would not be the same twice.
    fn run<P: PixelTrait>(&mut self, values: &[P::Component]) -> Result<Samples<P::Component>>
    where
        P::Component: Pod,
    {
        const FITS: &str = "the window lies in the photo, and every buffer is as long as its size";
        let Window {
            left,
            top,
            width,
            height,
        } = self.window;
        let bytes = bytemuck::cast_slice(values);
        let whole =
            TypedImageRef::<P>::from_buffer(self.source.0, self.source.1, bytes).expect(FITS);
        // Cut out for good, so that nothing outside of it shines in.
        let source = TypedCroppedImage::from_ref(&whole, left, top, width, height).expect(FITS);
        let channels = values.len() / (self.source.0 as usize * self.source.1 as usize);
        let line = self.size.0 as usize * channels;
        let mut result = Samples::zeroed(line * self.size.1 as usize);
        let mut resizer = Resizer::new();
        // How many rows of the window a row of the result stands for.
        let step = f64::from(height) / f64::from(self.size.1);
        for (index, strip) in result.chunks_mut(line * STRIP_ROWS).enumerate() {
            if self.cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            let rows = strip.len() / line;
            let first = step * (index * STRIP_ROWS) as f64;
            // Rounding must not push the last strip beyond the window.
            let tall = (step * rows as f64).min(f64::from(height) - first);
            let options = self.options.crop(0.0, first, f64::from(width), tall);
            let strip = bytemuck::cast_slice_mut(strip);
            let mut strip =
                TypedImage::<P>::from_buffer(self.size.0, rows as u32, strip).expect(FITS);
            resizer
                .resize_typed(&source, &mut strip, &options)
                .expect(FITS);
            self.rows_done += rows;
            (self.progress)(self.rows_done as f32 / self.rows as f32);
        }
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Crop, SourceFormat};

    fn to(width: u32, height: u32, method: ScaleMethod) -> Scaling {
        Scaling {
            method,
            width,
            height,
            crop: Crop::Disabled,
        }
    }

    fn gray(width: u32, height: u32, value: impl Fn(u32, u32) -> u8) -> Photo {
        let at = |i: u32| value(i % width, i / width);
        let pixels = Pixels::Gray8((0..width * height).map(at).collect());
        Photo::new(width, height, SourceFormat::Png, pixels, None)
    }

    fn scaled(photo: &Photo, scaling: &Scaling) -> Photo {
        scale(photo, scaling, &CancelFlag::new()).unwrap()
    }

    fn levels(photo: &Photo) -> Vec<u8> {
        match photo.pixels() {
            Pixels::Gray8(p) => p.to_vec(),
            _ => panic!("not gray"),
        }
    }

    /// `torch.nn.functional.interpolate` of 0, 40, 80, 200 to 2 and 8, and Pillow's Lanczos.
    #[test]
    fn each_method_gives_what_comfyui_gives() {
        let row = gray(4, 1, |x, _| [0, 40, 80, 200][x as usize]);
        let of = |width, method| levels(&scaled(&row, &to(width, 1, method)));
        assert_eq!(of(2, ScaleMethod::NearestExact), [40, 200]);
        assert_eq!(of(2, ScaleMethod::Bilinear), [20, 140]);
        assert_eq!(of(2, ScaleMethod::Area), [20, 140]);
        assert_eq!(
            of(8, ScaleMethod::NearestExact),
            [0, 0, 40, 40, 80, 80, 200, 200]
        );
        assert_eq!(of(8, ScaleMethod::Area), [0, 0, 40, 40, 80, 80, 200, 200]);
        assert_eq!(
            of(8, ScaleMethod::Bilinear),
            [0, 10, 30, 50, 70, 110, 170, 200]
        );
        // Inside, where no edge is near: weights -0.10546875, 0.87890625, 0.26171875, -0.03515625.
        assert_eq!(of(8, ScaleMethod::Bicubic)[3..5], [49, 60]);
    }

    #[test]
    fn strips_meet_without_a_seam() {
        let tall = gray(16, 300, |x, y| (x * 3 + (y * y) % 199) as u8);
        for method in ScaleMethod::ALL {
            for height in [97, 300, 700] {
                let found = levels(&scaled(&tall, &to(40, height, method)));
                let mut expected = TypedImage::<U8>::new(40, height);
                let source = levels(&tall);
                let source = TypedImageRef::<U8>::from_buffer(16, 300, &source).unwrap();
                let options = ResizeOptions::new().resize_alg(algorithm(method));
                Resizer::new()
                    .resize_typed(&source, &mut expected, &options)
                    .unwrap();
                let off = found.iter().zip(expected.pixels());
                let worst = off.map(|(f, e)| f.abs_diff(e.0)).max();
                assert!(worst <= Some(1), "{method} to {height}: {worst:?}");
            }
        }
    }

    #[test]
    fn sixteen_bits_colors_and_transparency_are_kept() {
        let pixels = Pixels::Rgb16([[1000, 2000, 3000]; 64].concat().into());
        let alpha = Some(Alpha::Eight(vec![77; 64].into()));
        let photo = Photo::new(8, 8, SourceFormat::Tiff, pixels, alpha);
        for method in ScaleMethod::ALL {
            let small = scaled(&photo, &to(3, 5, method));
            let expected = Pixels::Rgb16([[1000, 2000, 3000]; 15].concat().into());
            assert_eq!(small.pixels(), &expected, "{method}");
            assert_eq!(small.alpha(), Some(&Alpha::Eight(vec![77; 15].into())));
            assert_eq!(small.format(), SourceFormat::Tiff);
        }
    }

    #[test]
    fn nothing_from_outside_the_middle_shines_in() {
        let photo = gray(12, 4, |x, _| if (4..8).contains(&x) { 100 } else { 255 });
        for method in ScaleMethod::ALL {
            let scaling = Scaling {
                crop: Crop::Center,
                ..to(9, 9, method)
            };
            assert_eq!(levels(&scaled(&photo, &scaling)), [100; 81], "{method}");
        }
    }

    #[test]
    fn a_photo_that_keeps_its_size_stays_as_it_is() {
        let photo = gray(5, 3, |x, y| (x * 50 + y) as u8);
        for (width, height) in [(0, 0), (5, 3), (5, 0)] {
            let scaling = to(width, height, ScaleMethod::Lanczos);
            assert_eq!(scaled(&photo, &scaling), photo);
        }
    }

    #[test]
    fn it_reports_and_stops_between_strips() {
        let photo = gray(4, 4, |x, _| x as u8);
        let (cancel, mut seen) = (CancelFlag::new(), Vec::new());
        let scaling = to(4, 96, ScaleMethod::Bilinear);
        scale_with_progress(&photo, &scaling, &cancel, &mut |share| seen.push(share)).unwrap();
        assert_eq!(seen, [0.25, 0.5, 0.75, 1.0]);
        let result = scale_with_progress(&photo, &scaling, &cancel, &mut |_| cancel.cancel());
        assert!(matches!(result, Err(Error::Cancelled)));
    }
}
