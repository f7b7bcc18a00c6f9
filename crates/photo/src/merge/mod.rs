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
mod tests;
