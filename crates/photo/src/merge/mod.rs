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
use crate::color::curves::{lab_curve, srgb_encoded_by};
use crate::color::gamut::{BLOCK, compress, is_outside};
use crate::color::lab::{lightness_on_curve, linear_on_curve};
use crate::color::luminances::luminances;
use crate::samples::Samples;
use crate::{Area, Error, Frame, Gamut, Photo, Pixels, Result};

/// Rows between two looks at the cancel flag and two reports: enough for every core to have some.
const STRIP_ROWS: usize = 32;
/// Pixels that are looked at together for whether sRGB has them all.
const LOOK: usize = 16;
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

/// A float of this size is followed by the next whole number: added to a smaller one it rounds that, and leaves it in its
/// lowest bits. Unlike `as`, which looks at each value by itself whether it fits, this works on many at once.
const ROUNDING: f32 = (1 << 23) as f32;

impl Level for u8 {
    #[inline]
    fn of(encoded: f32) -> Self {
        (encoded * 255.0 + ROUNDING).to_bits() as Self
    }
}

impl Level for u16 {
    #[inline]
    fn of(encoded: f32) -> Self {
        (encoded * 65535.0 + ROUNDING).to_bits() as Self
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
                        levels,
                    });
                },
            );
            let done = (top + STRIP_ROWS).min(height);
            (self.progress)(done as f32 / height as f32);
        }
        Ok(result)
    }
}

/// A call of [`Row::color`] and [`Row::write`], to be compiled once for each set of instructions that there may be.
///
/// A closure would do, but nothing makes compilers put its body where the instructions are known.
struct ColorRow<'a, L> {
    row: &'a mut Row,
    colors: &'a Colors<'a>,
    y: usize,
    levels: &'a mut [L],
}

impl<L: Level> pulp::WithSimd for ColorRow<'_, L> {
    type Output = ();

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "see above")]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        // All vector instructions that there is code for come with fused ones.
        if S::IS_SCALAR {
            self.row.color::<false>(self.colors, self.y);
        } else {
            self.row.color::<true>(self.colors, self.y);
        }
        self.row.write(self.levels);
    }
}

/// One row of pixels on its way.
struct Row {
    luminance: Vec<f32>,
    /// Lab's curve of the luminance: L is made of it, and X and Z as well.
    curve: Vec<f32>,
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
            curve: line(),
            lightness: line(),
            a: line(),
            b: line(),
            rgb: [line(), line(), line()],
        }
    }

    /// Fills in the sRGB values of row `y`.
    #[inline(always)]
    fn color<const FUSED: bool>(&mut self, colors: &Colors, y: usize) {
        let width = self.luminance.len();
        luminances(colors.photo.pixels(), y * width, &mut self.luminance);
        let curve = self.curve.iter_mut().zip(&mut self.lightness);
        for ((fy, l), y) in curve.zip(&self.luminance) {
            *fy = lab_curve::<FUSED>(*y);
            *l = lightness_on_curve(*y, *fy);
        }
        self.chroma::<FUSED>(colors, y);
        let [red, green, blue] = &mut self.rgb;
        let rgb = red.iter_mut().zip(green).zip(blue);
        let light = self.luminance.iter().zip(&self.curve);
        let lab = light.zip(&self.a).zip(&self.b);
        for (((r, g), b), (((y, fy), chroma_a), chroma_b)) in rgb.zip(lab) {
            [*r, *g, *b] = linear_on_curve::<FUSED>((*y, *fy), *chroma_a, *chroma_b);
        }
        match colors.gamut {
            // What is written is clipped anyway.
            Gamut::Clip => {}
            Gamut::Compress => self.compress::<FUSED>(),
        }
        // Not flattened: compilers take one plain loop at a time for many pixels at once.
        for channel in &mut self.rgb {
            for value in channel {
                *value = srgb_encoded_by::<FUSED>(*value);
            }
        }
    }

    /// a and b of row `y`: those of the map within the frame, none in the border.
    #[inline(always)]
    fn chroma<const FUSED: bool>(&mut self, colors: &Colors, y: usize) {
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
            colors.upsampler.row::<FUSED>(
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
    fn compress<const FUSED: bool>(&mut self) {
        let width = self.luminance.len();
        let (mut places, mut count) = ([0; BLOCK], 0);
        for start in (0..width).step_by(LOOK) {
            let look = start..(start + LOOK).min(width);
            // Mostly there is none, which is seen at once.
            if !self.has_outside(look.clone()) {
                continue;
            }
            for i in look {
                if is_outside([self.rgb[0][i], self.rgb[1][i], self.rgb[2][i]]) {
                    places[count] = i;
                    count += 1;
                }
                if count == BLOCK {
                    self.compress_block::<FUSED>(&places, count);
                    count = 0;
                }
            }
        }
        if count > 0 {
            self.compress_block::<FUSED>(&places, count);
        }
    }

    #[inline(always)]
    fn has_outside(&self, pixels: std::ops::Range<usize>) -> bool {
        let [red, green, blue] = &self.rgb;
        let rgb = red[pixels.clone()].iter().zip(&green[pixels.clone()]);
        let mut outside = 0;
        for ((r, g), b) in rgb.zip(&blue[pixels]) {
            outside += u32::from(is_outside([*r, *g, *b]));
        }
        outside > 0
    }

    #[inline(always)]
    fn compress_block<const FUSED: bool>(&mut self, places: &[usize; BLOCK], count: usize) {
        let (mut colors, mut y) = ([[0.0; BLOCK]; 3], [0.0; BLOCK]);
        for (lane, i) in places[..count].iter().enumerate() {
            y[lane] = self.luminance[*i];
            for (color, channel) in colors.iter_mut().zip(&self.rgb) {
                color[lane] = channel[*i];
            }
        }
        compress::<FUSED>(&mut colors, &y);
        for (lane, i) in places[..count].iter().enumerate() {
            for (color, channel) in colors.iter().zip(&mut self.rgb) {
                channel[*i] = color[lane];
            }
        }
    }

    /// Rounds them to levels.
    #[inline(always)]
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
