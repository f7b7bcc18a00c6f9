//! The photo's own lightness with a network's colors, at full resolution.

mod adjust;
mod chroma;
mod joint_bilateral;
mod mean_lightness;
mod sixteen;
mod upsample;

pub use adjust::{Adjustment, adjust};
pub use chroma::{ChromaMap, Upsampling};

use bytemuck::Pod;
use rayon::prelude::*;
use tintype_protocol::CancelFlag;

use self::upsample::Upsampler;
use crate::color::curves::srgb_encoded;
use crate::color::gamut::{BLOCK, compress, is_outside};
use crate::color::lab::{lightness, linear_of};
use crate::color::luminances::luminances;
use crate::samples::Samples;
use crate::{Area, Error, Frame, Gamut, Photo, Pixels, Result};

/// Rows between two looks at the cancel flag and two reports: enough for every core to have some.
const STRIP_ROWS: usize = 32;
/// Rows that a thread takes at least.
const LOT_ROWS: usize = 4;

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

/// Gives each pixel of `photo` the color that `chroma` has there and keeps its lightness. `chroma` covers
/// the picture within `frame`; the borders stay without color. The result is RGB, as deep as the photo,
/// with the photo's transparency. `progress` hears a rising share, 0..=1.
///
/// # Errors
/// [`Error::Cancelled`].
pub fn merge(
    photo: &Photo,
    chroma: &ChromaMap,
    frame: &Frame,
    merging: &Merging,
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> Result<Photo> {
    let area = Area::within(frame);
    let adjusted = chroma.adjusted(&merging.adjustment, photo, area, cancel)?;
    let mut job = Job {
        colors: &Colors {
            photo,
            upsampler: Upsampler::new(&adjusted, photo, area, merging.upsampling, cancel)?,
            area,
            frame,
            gamut: merging.gamut,
        },
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
trait Level: Pod + Send {
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

/// Where the colors of each pixel come from.
struct Colors<'a> {
    photo: &'a Photo,
    upsampler: Upsampler<'a>,
    area: Area,
    frame: &'a Frame,
    gamut: Gamut,
}

struct Job<'a> {
    colors: &'a Colors<'a>,
    cancel: &'a CancelFlag,
    progress: &'a mut dyn FnMut(f32),
}

impl Job<'_> {
    /// Strip after strip, the rows of each in parallel.
    fn run<L: Level>(&mut self) -> Result<Samples<L>> {
        let colors = self.colors;
        let (width, height) = (
            colors.photo.width() as usize,
            colors.photo.height() as usize,
        );
        let instructions = pulp::Arch::new();
        let mut result = Samples::zeroed(3 * width * height);
        for (index, strip) in result.chunks_mut(3 * width * STRIP_ROWS).enumerate() {
            if self.cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            let top = index * STRIP_ROWS;
            let rows = strip.par_chunks_mut(3 * width).enumerate();
            // Each lot of rows allocates its own buffers.
            rows.with_min_len(LOT_ROWS).for_each_init(
                || Row::new(width),
                |row, (line, levels)| {
                    instructions.dispatch(ColorRow {
                        row: &mut *row,
                        colors,
                        y: top + line,
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
    colors: &'a Colors<'a>,
    y: usize,
}

impl pulp::NullaryFnOnce for ColorRow<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "see above")]
    fn call(self) {
        self.row.color(self.colors, self.y);
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
    fn color(&mut self, colors: &Colors, y: usize) {
        let width = self.luminance.len();
        luminances(colors.photo.pixels(), y * width, &mut self.luminance);
        for (l, y) in self.lightness.iter_mut().zip(&self.luminance) {
            *l = lightness(*y);
        }
        self.chroma(colors, y);
        let [red, green, blue] = &mut self.rgb;
        let rgb = red.iter_mut().zip(green).zip(blue);
        let lab = self.luminance.iter().zip(&self.a).zip(&self.b);
        for (((r, g), b), ((y, chroma_a), chroma_b)) in rgb.zip(lab) {
            [*r, *g, *b] = linear_of(*y, *chroma_a, *chroma_b);
        }
        match colors.gamut {
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

    /// a and b of row `y`: those of the map within the frame, none in the border.
    #[inline(always)]
    fn chroma(&mut self, colors: &Colors, y: usize) {
        let Area {
            left,
            top,
            width,
            height,
        } = colors.area;
        let columns = left as usize..(left + width) as usize;
        let row = y
            .checked_sub(top as usize)
            .filter(|row| *row < height as usize);
        if let Some(row) = row {
            colors.upsampler.row(
                row,
                &self.lightness[columns.clone()],
                &mut self.a[columns.clone()],
                &mut self.b[columns.clone()],
            );
        }
        if colors.frame.is_whole() {
            return;
        }
        for (x, (a, b)) in self.a.iter_mut().zip(&mut self.b).enumerate() {
            let is_inside = row.is_some() && columns.contains(&x);
            let coverage = if is_inside {
                colors.frame.coverage(x as u32, y as u32)
            } else {
                0.0
            };
            *a *= coverage;
            *b *= coverage;
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
        merge(
            photo,
            map,
            &whole(photo),
            &merging,
            &CancelFlag::new(),
            &mut |_| {},
        )
        .unwrap()
    }

    fn whole(photo: &Photo) -> Frame {
        Frame::whole(photo.width(), photo.height())
    }

    fn warm() -> ChromaMap {
        ChromaMap::new(1, 1, vec![12.0, 20.0]).unwrap()
    }

    /// The sRGB value, 0..=1, of the gray that is as light.
    fn gray_of(rgb: [f32; 3]) -> f32 {
        srgb_encoded(crate::color::lab::luminance(rgb))
    }

    #[test]
    fn lightness_is_the_photos_own_to_the_last_bit_of_8() {
        let grays: Vec<u8> = (0..=255).collect();
        for color in [[12.0, 20.0], [-60.0, 50.0], [90.0, -110.0]] {
            let map = ChromaMap::new(1, 1, color.to_vec()).unwrap();
            let result = merged(
                &photo(Pixels::Gray8(grays.clone().into()), 256, 1),
                &map,
                1.0,
            );
            let Pixels::Rgb8(rgb) = result.pixels() else {
                panic!("not 8 bits")
            };
            for (gray, pixel) in rgb.as_chunks::<3>().0.iter().enumerate() {
                let level = gray_of(pixel.map(crate::color::srgb::linear_of_8)) * 255.0;
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
            let result = merged(
                &photo(Pixels::Gray16(grays.clone().into()), width, 1),
                &map,
                1.0,
            );
            let Pixels::Rgb16(rgb) = result.pixels() else {
                panic!("not 16 bits")
            };
            for (gray, pixel) in grays.iter().zip(rgb.as_chunks::<3>().0) {
                let level = gray_of(pixel.map(crate::color::srgb::linear_of_16)) * 65535.0;
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
        let result = merged(&photo(Pixels::Gray16(grays.into()), 64, 1), &warm(), 1.0);
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
        let gray = photo(Pixels::Gray8(vec![128].into()), 1, 1);
        let spread = |strength| match merged(&gray, &warm(), strength).pixels() {
            Pixels::Rgb8(p) => i32::from(p[0]) - i32::from(p[2]),
            _ => panic!("not 8 bits"),
        };
        assert_eq!(spread(0.0), 0);
        assert!(spread(0.5) > 0 && spread(0.5) < spread(1.0) && spread(1.0) < spread(2.0));
    }

    #[test]
    fn colors_of_the_original_are_replaced() {
        let red = photo(Pixels::Rgb8(vec![200, 30, 30].into()), 1, 1);
        let neutral = ChromaMap::new(1, 1, vec![0.0, 0.0]).unwrap();
        let Pixels::Rgb8(p) = merged(&red, &neutral, 1.0).pixels().clone() else {
            panic!()
        };
        assert!(p[0] == p[1] && p[1] == p[2], "{p:?}");
    }

    #[test]
    fn a_white_border_stays_without_color() {
        let (width, height) = (400u32, 300u32);
        let grain = |x: u32, y: u32| (x * 7919 + y * 104_729).wrapping_mul(2_654_435_761) >> 26;
        let pixels = (0..width * height).map(|i| {
            let (x, y) = (i % width, i / width);
            let is_picture = (40..360).contains(&x) && (30..270).contains(&y);
            if is_picture {
                60 + grain(x, y) as u8
            } else {
                245
            }
        });
        let framed = photo(Pixels::Gray8(pixels.collect()), width, height);
        let frame = crate::find_frame(&framed);
        assert!(!frame.is_whole());
        let merging = Merging::default();
        let result = merge(
            &framed,
            &warm(),
            &frame,
            &merging,
            &CancelFlag::new(),
            &mut |_| {},
        );
        let result = result.unwrap();
        let Pixels::Rgb8(rgb) = result.pixels() else {
            panic!("not 8 bits")
        };
        let at = |x: u32, y: u32| rgb.as_chunks::<3>().0[(y * width + x) as usize];
        for (x, y) in [(0, 0), (20, 150), (200, 10), (390, 290), (380, 150)] {
            assert_eq!(at(x, y), [245; 3], "{x}, {y}");
        }
        let [r, _, b] = at(200, 150);
        assert!(r > b + 10, "the picture has no color");
    }

    #[test]
    fn transparency_is_kept() {
        let alpha = Some(Alpha::Eight(vec![7, 200].into()));
        let pixels = Pixels::Gray8(vec![10, 20].into());
        let photo = Photo::new(2, 1, SourceFormat::Png, pixels, alpha.clone());
        assert_eq!(merged(&photo, &warm(), 1.0).alpha(), alpha.as_ref());
    }

    #[test]
    fn cancelling_stops_between_strips() {
        let tall = photo(
            Pixels::Gray8(vec![9; 4 * STRIP_ROWS].into()),
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
            &whole(&tall),
            &Merging::reference(),
            &cancel,
            &mut progress,
        );
        assert!(matches!(result, Err(Error::Cancelled)));
        assert_eq!(strips, 1);
    }
}
