//! The photo's own lightness with a network's colors, at full resolution.

use rayon::prelude::*;
use tintype_protocol::CancelFlag;

use crate::curves::srgb_encoded;
use crate::gamut::{BLOCK, compress, is_outside};
use crate::lab::{lightness, linear_of};
use crate::luminances::luminances;
use crate::upsample::Upsampler;
use crate::{Adjustment, ChromaMap, Error, Gamut, Photo, Pixels, Result, Upsampling};

/// Rows between two looks at the cancel flag and two reports: enough for every core to have some.
const STRIP_ROWS: usize = 32;

/// How colors are laid under a photo's lightness.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Merging {
    /// How they are brought to the photo's resolution.
    pub upsampling: Upsampling,
    /// What becomes of those that sRGB cannot show.
    pub gamut: Gamut,
    /// What is changed about them before.
    pub adjustment: Adjustment,
}

impl Default for Merging {
    /// What looks best. docs/photo-quality.md has the figures.
    fn default() -> Self {
        Self {
            upsampling: Upsampling::JointBilateral,
            gamut: Gamut::Compress,
            adjustment: Adjustment::default(),
        }
    }
}

impl Merging {
    /// As the published pipeline does it.
    #[must_use]
    pub fn reference() -> Self {
        Self {
            upsampling: Upsampling::Nearest,
            gamut: Gamut::Clip,
            adjustment: Adjustment::default(),
        }
    }
}

/// Gives each pixel of `photo` the color that `chroma` has there and keeps its lightness. The result is
/// RGB, as deep as the photo, with the photo's transparency. `progress` hears a rising share, 0..=1.
///
/// # Errors
/// [`Error::Cancelled`].
pub fn merge(
    photo: &Photo,
    chroma: &ChromaMap,
    merging: &Merging,
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> Result<Photo> {
    let adjusted = chroma.adjusted(&merging.adjustment, photo, cancel)?;
    let mut job = Job {
        photo,
        upsampler: &Upsampler::new(&adjusted, photo, merging.upsampling, cancel)?,
        gamut: merging.gamut,
        cancel,
        progress,
    };
    let pixels = match photo.pixels() {
        Pixels::Gray8(_) | Pixels::Rgb8(_) => Pixels::Rgb8(job.run()?),
        Pixels::Gray16(_) | Pixels::Rgb16(_) => Pixels::Rgb16(job.run()?),
    };
    Ok(photo.repainted(pixels))
}

/// A channel of a result's pixel.
trait Level: Copy + Default + Send {
    /// The nearest to an sRGB value in 0..=1.
    fn of(encoded: f32) -> Self;
}

impl Level for u8 {
    #[inline]
    fn of(encoded: f32) -> Self {
        (encoded * 255.0 + 0.5) as Self
    }
}

impl Level for u16 {
    #[inline]
    fn of(encoded: f32) -> Self {
        (encoded * 65535.0 + 0.5) as Self
    }
}

struct Job<'a> {
    photo: &'a Photo,
    upsampler: &'a Upsampler<'a>,
    gamut: Gamut,
    cancel: &'a CancelFlag,
    progress: &'a mut dyn FnMut(f32),
}

impl Job<'_> {
    /// Strip after strip, the rows of each in parallel.
    fn run<L: Level>(&mut self) -> Result<Vec<L>> {
        let (width, height) = (self.photo.width() as usize, self.photo.height() as usize);
        let (photo, upsampler, gamut) = (self.photo, self.upsampler, self.gamut);
        let instructions = pulp::Arch::new();
        let mut result = vec![L::default(); 3 * width * height];
        for (index, strip) in result.chunks_mut(3 * width * STRIP_ROWS).enumerate() {
            if self.cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            let top = index * STRIP_ROWS;
            strip.par_chunks_mut(3 * width).enumerate().for_each_init(
                || Row::new(width),
                |row, (line, levels)| {
                    instructions.dispatch(ColorRow {
                        row: &mut *row,
                        photo,
                        upsampler,
                        y: top + line,
                        gamut,
                    });
                    row.write(levels);
                },
            );
            let done = (top + STRIP_ROWS).min(height);
            (self.progress)(done as f32 / height as f32);
        }
        Ok(result)
    }
}

/// A call of [`Row::color`], to be compiled once for each set of instructions that there may be.
///
/// A closure would do, but nothing makes compilers put its body where the instructions are known.
struct ColorRow<'a> {
    row: &'a mut Row,
    photo: &'a Photo,
    upsampler: &'a Upsampler<'a>,
    y: usize,
    gamut: Gamut,
}

impl pulp::NullaryFnOnce for ColorRow<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "see above")]
    fn call(self) {
        self.row
            .color(self.photo, self.upsampler, self.y, self.gamut);
    }
}

/// One row of pixels on its way.
struct Row {
    luminance: Vec<f32>,
    lightness: Vec<f32>,
    a: Vec<f32>,
    b: Vec<f32>,
    /// Linear light first, sRGB values at last.
    rgb: [Vec<f32>; 3],
}

#[allow(
    clippy::inline_always,
    reason = "each must become part of its caller's instruction set"
)]
impl Row {
    fn new(width: usize) -> Self {
        let line = || vec![0.0; width];
        Self {
            luminance: line(),
            lightness: line(),
            a: line(),
            b: line(),
            rgb: [line(), line(), line()],
        }
    }

    /// Fills in the sRGB values of row `y`.
    #[inline(always)]
    fn color(&mut self, photo: &Photo, upsampler: &Upsampler, y: usize, gamut: Gamut) {
        let width = self.luminance.len();
        luminances(photo.pixels(), y * width, &mut self.luminance);
        for (l, y) in self.lightness.iter_mut().zip(&self.luminance) {
            *l = lightness(*y);
        }
        upsampler.row(y, &self.lightness, &mut self.a, &mut self.b);
        let [red, green, blue] = &mut self.rgb;
        let rgb = red.iter_mut().zip(green).zip(blue);
        let colors = self.luminance.iter().zip(&self.a).zip(&self.b);
        for (((r, g), b), ((y, chroma_a), chroma_b)) in rgb.zip(colors) {
            [*r, *g, *b] = linear_of(*y, *chroma_a, *chroma_b);
        }
        match gamut {
            // What is written is clipped anyway.
            Gamut::Clip => {}
            Gamut::Compress => self.compress(),
        }
        // Not flattened: compilers take one plain loop at a time for many pixels at once.
        for channel in &mut self.rgb {
            for value in channel {
                *value = srgb_encoded(*value);
            }
        }
    }

    /// Those that are outside, in blocks.
    #[inline(always)]
    fn compress(&mut self) {
        let width = self.luminance.len();
        let (mut places, mut count) = ([0; BLOCK], 0);
        for i in 0..width {
            if is_outside([self.rgb[0][i], self.rgb[1][i], self.rgb[2][i]]) {
                places[count] = i;
                count += 1;
            }
            if count == BLOCK || (count > 0 && i + 1 == width) {
                self.compress_block(&places, count);
                count = 0;
            }
        }
    }

    #[inline(always)]
    fn compress_block(&mut self, places: &[usize; BLOCK], count: usize) {
        let (mut colors, mut y) = ([[0.0; BLOCK]; 3], [0.0; BLOCK]);
        for (lane, i) in places[..count].iter().enumerate() {
            y[lane] = self.luminance[*i];
            for (color, channel) in colors.iter_mut().zip(&self.rgb) {
                color[lane] = channel[*i];
            }
        }
        compress(&mut colors, &y);
        for (lane, i) in places[..count].iter().enumerate() {
            for (color, channel) in colors.iter().zip(&mut self.rgb) {
                channel[*i] = color[lane];
            }
        }
    }

    /// Rounds them to levels.
    fn write<L: Level>(&self, levels: &mut [L]) {
        let [red, green, blue] = &self.rgb;
        let rgb = red.iter().zip(green).zip(blue);
        for (pixel, ((r, g), b)) in levels.as_chunks_mut().0.iter_mut().zip(rgb) {
            *pixel = [L::of(*r), L::of(*g), L::of(*b)];
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
        let merging = Merging {
            adjustment: Adjustment {
                strength,
                ..Adjustment::default()
            },
            ..Merging::default()
        };
        merge(photo, map, &merging, &CancelFlag::new(), &mut |_| {}).unwrap()
    }

    fn warm() -> ChromaMap {
        ChromaMap::new(1, 1, vec![12.0, 20.0]).unwrap()
    }

    /// The sRGB value, 0..=1, of the gray that is as light.
    fn gray_of(rgb: [f32; 3]) -> f32 {
        srgb_encoded(crate::lab::luminance(rgb))
    }

    #[test]
    fn lightness_is_the_photos_own_to_the_last_bit_of_8() {
        let grays: Vec<u8> = (0..=255).collect();
        for color in [[12.0, 20.0], [-60.0, 50.0], [90.0, -110.0]] {
            let map = ChromaMap::new(1, 1, color.to_vec()).unwrap();
            let result = merged(&photo(Pixels::Gray8(grays.clone()), 256, 1), &map, 1.0);
            let Pixels::Rgb8(rgb) = result.pixels() else {
                panic!("not 8 bits")
            };
            for (gray, pixel) in rgb.as_chunks::<3>().0.iter().enumerate() {
                let level = gray_of(pixel.map(crate::srgb::linear_of_8)) * 255.0;
                // A channel's own rounding is half a level; all three together are less than one.
                assert!(
                    (level - gray as f32).abs() < 0.75,
                    "{gray} became {pixel:?}"
                );
            }
        }
    }

    #[test]
    fn lightness_is_the_photos_own_to_the_last_bit_of_16() {
        let grays: Vec<u16> = (0..=u16::MAX).step_by(7).collect();
        let width = grays.len() as u32;
        for color in [[12.0, 20.0], [-60.0, 50.0], [90.0, -110.0]] {
            let map = ChromaMap::new(1, 1, color.to_vec()).unwrap();
            let result = merged(&photo(Pixels::Gray16(grays.clone()), width, 1), &map, 1.0);
            let Pixels::Rgb16(rgb) = result.pixels() else {
                panic!("not 16 bits")
            };
            for (gray, pixel) in grays.iter().zip(rgb.as_chunks::<3>().0) {
                let level = gray_of(pixel.map(crate::srgb::linear_of_16)) * 65535.0;
                assert!(
                    (level - f32::from(*gray)).abs() < 1.0,
                    "{gray} became {pixel:?}"
                );
            }
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
            &Merging::reference(),
            &cancel,
            &mut progress,
        );
        assert!(matches!(result, Err(Error::Cancelled)));
        assert_eq!(strips, 1);
    }
}
