//! The photo's own lightness with a network's colors, at full resolution.

use rayon::prelude::*;
use tintype_protocol::CancelFlag;

use crate::chroma::Upsampler;
use crate::lab::{encoded_of, luminance};
use crate::srgb::{linear_of_8, linear_of_16};
use crate::{ChromaMap, Error, Photo, Pixels, Result, Upsampling};

/// Rows between two looks at the cancel flag and two reports: enough for every core to have some.
const STRIP_ROWS: usize = 32;

/// Gives each pixel of `photo` the color that `chroma` has there, `strength` times as strong, and
/// keeps its lightness. The result is RGB, as deep as the photo, with the photo's transparency.
///
/// Where such a color does not exist in sRGB, its channels are clipped, as in the published
/// pipeline. `progress` hears a rising share, 0..=1.
///
/// # Errors
/// [`Error::Cancelled`].
pub fn merge(
    photo: &Photo,
    chroma: &ChromaMap,
    upsampling: Upsampling,
    strength: f32,
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> Result<Photo> {
    let size = (photo.width(), photo.height());
    let upsampler = Upsampler::new(chroma, size, upsampling, strength);
    let mut job = Job {
        upsampler: &upsampler,
        size,
        cancel,
        progress,
    };
    let pixels = match photo.pixels() {
        Pixels::Gray8(p) => Pixels::Rgb8(job.run(&Eight {
            pixels: p,
            channels: 1,
        })?),
        Pixels::Rgb8(p) => Pixels::Rgb8(job.run(&Eight {
            pixels: p,
            channels: 3,
        })?),
        Pixels::Gray16(p) => Pixels::Rgb16(job.run(&Sixteen {
            pixels: p,
            channels: 1,
        })?),
        Pixels::Rgb16(p) => Pixels::Rgb16(job.run(&Sixteen {
            pixels: p,
            channels: 3,
        })?),
    };
    Ok(photo.repainted(pixels))
}

/// How pixels of one depth are read and written.
trait Depth: Sync {
    type Value: Copy + Default + Send;

    /// The luminance of pixel `i`, 0..=1.
    fn luminance(&self, i: usize) -> f32;

    /// The nearest value to an sRGB value in 0..=1.
    fn quantize(encoded: f32) -> Self::Value;
}

struct Eight<'a> {
    pixels: &'a [u8],
    channels: usize,
}

struct Sixteen<'a> {
    pixels: &'a [u16],
    channels: usize,
}

impl Depth for Eight<'_> {
    type Value = u8;

    #[inline]
    fn luminance(&self, i: usize) -> f32 {
        match &self.pixels[i * self.channels..(i + 1) * self.channels] {
            [r, g, b] => luminance([linear_of_8(*r), linear_of_8(*g), linear_of_8(*b)]),
            gray => luminance([linear_of_8(gray[0]); 3]),
        }
    }

    #[inline]
    fn quantize(encoded: f32) -> u8 {
        (encoded * 255.0).round() as u8
    }
}

impl Depth for Sixteen<'_> {
    type Value = u16;

    #[inline]
    fn luminance(&self, i: usize) -> f32 {
        match &self.pixels[i * self.channels..(i + 1) * self.channels] {
            [r, g, b] => luminance([linear_of_16(*r), linear_of_16(*g), linear_of_16(*b)]),
            gray => luminance([linear_of_16(gray[0]); 3]),
        }
    }

    #[inline]
    fn quantize(encoded: f32) -> u16 {
        (encoded * 65535.0).round() as u16
    }
}

struct Job<'a> {
    upsampler: &'a Upsampler<'a>,
    size: (u32, u32),
    cancel: &'a CancelFlag,
    progress: &'a mut dyn FnMut(f32),
}

impl Job<'_> {
    /// Strip after strip, the rows of each in parallel.
    fn run<D: Depth>(&mut self, source: &D) -> Result<Vec<D::Value>> {
        let (width, height) = (self.size.0 as usize, self.size.1 as usize);
        let mut result = vec![D::Value::default(); 3 * width * height];
        for (index, strip) in result.chunks_mut(3 * width * STRIP_ROWS).enumerate() {
            if self.cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            let top = index * STRIP_ROWS;
            let upsampler = self.upsampler;
            strip.par_chunks_mut(3 * width).enumerate().for_each_init(
                || Vec::with_capacity(width),
                |ab, (row, values)| merge_row(source, upsampler, top + row, ab, values),
            );
            let done = (top + STRIP_ROWS).min(height);
            (self.progress)(done as f32 / height as f32);
        }
        Ok(result)
    }
}

fn merge_row<D: Depth>(
    source: &D,
    upsampler: &Upsampler,
    y: usize,
    ab: &mut Vec<[f32; 2]>,
    values: &mut [D::Value],
) {
    upsampler.row(y, ab);
    let start = y * ab.len();
    for (x, (pixel, [a, b])) in values.chunks_exact_mut(3).zip(ab.iter()).enumerate() {
        let rgb = encoded_of(source.luminance(start + x), *a, *b);
        for (value, encoded) in pixel.iter_mut().zip(rgb) {
            *value = D::quantize(encoded);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Alpha, SourceFormat};

    fn photo(pixels: Pixels, width: u32, height: u32) -> Photo {
        Photo::new(width, height, SourceFormat::Png, pixels, None)
    }

    fn merged(photo: &Photo, map: &ChromaMap, strength: f32) -> Photo {
        let cancel = CancelFlag::new();
        merge(
            photo,
            map,
            Upsampling::Bilinear,
            strength,
            &cancel,
            &mut |_| {},
        )
        .unwrap()
    }

    fn warm() -> ChromaMap {
        ChromaMap::new(1, 1, vec![12.0, 20.0]).unwrap()
    }

    #[test]
    fn lightness_is_the_photos_own_to_within_one_level_of_8_bits() {
        let grays: Vec<u8> = (0..=255).collect();
        let result = merged(&photo(Pixels::Gray8(grays), 256, 1), &warm(), 1.0);
        let Pixels::Rgb8(rgb) = result.pixels() else {
            panic!("not 8 bits")
        };
        // From 40 to 210 this color exists in sRGB; outside, clipping must cost lightness.
        for (gray, pixel) in rgb.chunks(3).enumerate().take(210).skip(40) {
            let found = luminance([
                linear_of_8(pixel[0]),
                linear_of_8(pixel[1]),
                linear_of_8(pixel[2]),
            ]);
            let level = crate::srgb::to_encoded(found) * 255.0;
            assert!((level - gray as f32).abs() < 1.0, "{gray} became {pixel:?}");
            assert!(pixel[0] > pixel[2], "{gray} is not warm: {pixel:?}");
        }
    }

    #[test]
    fn sixteen_bits_stay_sixteen_bits() {
        let grays: Vec<u16> = (20_000..20_064).collect();
        let result = merged(&photo(Pixels::Gray16(grays), 64, 1), &warm(), 1.0);
        let Pixels::Rgb16(rgb) = result.pixels() else {
            panic!("not 16 bits")
        };
        // No two neighboring levels fall together in all channels: nothing went through 8 bits.
        assert!(
            rgb.chunks(3)
                .zip(rgb.chunks(3).skip(1))
                .all(|(one, next)| one != next)
        );
    }

    #[test]
    fn without_strength_a_photo_is_gray_and_with_more_it_has_more_color() {
        let gray = photo(Pixels::Gray8(vec![128]), 1, 1);
        let spread = |strength| match merged(&gray, &warm(), strength).pixels() {
            Pixels::Rgb8(p) => i32::from(p[0]) - i32::from(p[2]),
            _ => panic!("not 8 bits"),
        };
        assert_eq!(spread(0.0), 0);
        assert!(spread(0.5) > 0 && spread(0.5) < spread(1.0) && spread(1.0) < spread(2.0));
    }

    #[test]
    fn colors_of_the_original_are_replaced() {
        let red = photo(Pixels::Rgb8(vec![200, 30, 30]), 1, 1);
        let neutral = ChromaMap::new(1, 1, vec![0.0, 0.0]).unwrap();
        let Pixels::Rgb8(p) = merged(&red, &neutral, 1.0).pixels().clone() else {
            panic!()
        };
        assert!(p[0] == p[1] && p[1] == p[2], "{p:?}");
    }

    #[test]
    fn transparency_is_kept() {
        let alpha = Some(Alpha::Eight(vec![7, 200]));
        let pixels = Pixels::Gray8(vec![10, 20]);
        let photo = Photo::new(2, 1, SourceFormat::Png, pixels, alpha.clone());
        assert_eq!(merged(&photo, &warm(), 1.0).alpha(), alpha.as_ref());
    }

    #[test]
    fn cancelling_stops_between_strips() {
        let tall = photo(
            Pixels::Gray8(vec![9; 4 * STRIP_ROWS]),
            1,
            4 * STRIP_ROWS as u32,
        );
        let cancel = CancelFlag::new();
        let mut strips = 0;
        let mut progress = |_| {
            strips += 1;
            cancel.cancel();
        };
        let result = merge(
            &tall,
            &warm(),
            Upsampling::Nearest,
            1.0,
            &cancel,
            &mut progress,
        );
        assert!(matches!(result, Err(Error::Cancelled)));
        assert_eq!(strips, 1);
    }
}
