//! The colors of a TIFF that need more than their samples: a palette, or how luma and chroma were made.

use image::ImageResult;

use crate::SourceFormat;
use crate::decode::fault::{damaged, unsupported};

/// Colors by number.
#[derive(Debug)]
pub(crate) struct Palette(Vec<[u8; 3]>);

impl Palette {
    /// From the tag's 16-bit values: all reds, then all greens, then all blues.
    ///
    /// # Errors
    /// Too few of them, or more than 8 bits a number.
    pub(crate) fn of(map: &[u16], bits: u32) -> ImageResult<Self> {
        if bits > 8 {
            return Err(unsupported(
                SourceFormat::Tiff,
                format!("a palette of {bits} bits"),
            ));
        }
        let colors = 1usize << bits;
        if map.len() < 3 * colors {
            return Err(damaged(SourceFormat::Tiff, "the palette is too short"));
        }
        // Some programs wrote 8-bit values here.
        let shift = if map.iter().all(|value| *value < 256) {
            0
        } else {
            8
        };
        let color = |i: usize| [0, 1, 2].map(|channel| (map[channel * colors + i] >> shift) as u8);
        Ok(Self((0..colors).map(color).collect()))
    }

    /// The color of that number.
    pub(crate) fn color(&self, number: u16) -> [u8; 3] {
        // There are as many colors as there are numbers.
        self.0.get(number as usize).copied().unwrap_or_default()
    }
}

/// Luma and chroma to red, green and blue (TIFF 6.0, section 21), by tables of what each value of each
/// sample adds.
#[derive(Debug)]
pub(crate) struct YCbCr {
    /// Pixels across and down that share their chroma.
    pub(crate) block: (usize, usize),
    luma: [f32; 256],
    red_of_cr: [f32; 256],
    blue_of_cb: [f32; 256],
    green_of_cb: [f32; 256],
    green_of_cr: [f32; 256],
}

impl YCbCr {
    /// From the tags `YCbCrCoefficients`, `ReferenceBlackWhite` and `YCbCrSubSampling`, with TIFF's usual
    /// values for what is missing.
    ///
    /// # Errors
    /// Blocks of a size that doesn't exist.
    pub(crate) fn of(
        coefficients: Option<Vec<f32>>,
        reference: Option<Vec<f32>>,
        block: Option<&[u16]>,
    ) -> ImageResult<Self> {
        let block = match block {
            None => (2, 2),
            Some(&[across @ (1 | 2 | 4), down @ (1 | 2 | 4)]) => {
                (usize::from(across), usize::from(down))
            }
            Some(_) => return Err(damaged(SourceFormat::Tiff, "blocks of chroma of no size")),
        };
        let usable = |numbers: Option<Vec<f32>>, count| {
            numbers.filter(|n| n.len() == count && n.iter().all(|n| n.is_finite()))
        };
        let [r, g, b] = usable(coefficients, 3)
            .and_then(|n| n.try_into().ok())
            .filter(|[_, g, _]: &[f32; 3]| *g > 0.0)
            .unwrap_or([0.299, 0.587, 0.114]);
        let [y0, y1, b0, b1, r0, r1] = usable(reference, 6)
            .and_then(|n| n.try_into().ok())
            .filter(|[y0, y1, b0, b1, r0, r1]: &[f32; 6]| y0 < y1 && b0 < b1 && r0 < r1)
            .unwrap_or([0.0, 255.0, 128.0, 255.0, 128.0, 255.0]);
        let table = |f: &dyn Fn(f32) -> f32| std::array::from_fn(|value| f(value as f32));
        let cb = |code: f32| (code - b0) * 127.0 / (b1 - b0);
        let cr = |code: f32| (code - r0) * 127.0 / (r1 - r0);
        Ok(Self {
            block,
            luma: table(&|code| (code - y0) * 255.0 / (y1 - y0)),
            red_of_cr: table(&|code| cr(code) * (2.0 - 2.0 * r)),
            blue_of_cb: table(&|code| cb(code) * (2.0 - 2.0 * b)),
            green_of_cb: table(&|code| -cb(code) * (2.0 - 2.0 * b) * b / g),
            green_of_cr: table(&|code| -cr(code) * (2.0 - 2.0 * r) * r / g),
        })
    }

    pub(crate) fn rgb(&self, [y, cb, cr]: [u16; 3]) -> [u8; 3] {
        // 8-bit samples, as the layout was checked for.
        let [y, cb, cr] = [y, cb, cr].map(|sample| usize::from(sample & 0xFF));
        let luma = self.luma[y];
        let green = luma + self.green_of_cb[cb] + self.green_of_cr[cr];
        [luma + self.red_of_cr[cr], green, luma + self.blue_of_cb[cb]]
            .map(|light| (light + 0.5).clamp(0.0, 255.0) as u8)
    }

    /// Pixels of three samples each from blocks: in each block, the luma of its pixels, then its chroma.
    /// Of `rows` rows of `width` pixels; the blocks at the edges reach over them.
    pub(crate) fn unblocked(&self, blocks: &[u8], width: usize, rows: usize) -> Vec<u8> {
        let (across, down) = self.block;
        let block_bytes = across * down + 2;
        let row_blocks = width.div_ceil(across);
        let mut pixels = vec![0; width * rows * 3];
        for (i, block) in blocks.chunks_exact(block_bytes).enumerate() {
            let (left, top) = (i % row_blocks * across, i / row_blocks * down);
            for (j, luma) in block[..across * down].iter().enumerate() {
                let (x, y) = (left + j % across, top + j / across);
                if x < width && y < rows {
                    let at = (y * width + x) * 3;
                    pixels[at..at + 3].copy_from_slice(&[
                        *luma,
                        block[block_bytes - 2],
                        block[block_bytes - 1],
                    ]);
                }
            }
        }
        pixels
    }

    /// How many bytes the blocks of so many pixels have.
    pub(crate) fn blocked_bytes(&self, width: usize, rows: usize) -> usize {
        let (across, down) = self.block;
        width.div_ceil(across) * rows.div_ceil(down) * (across * down + 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_tags_it_is_the_usual_ycbcr() {
        let color = YCbCr::of(None, None, Some(&[1, 1])).unwrap();
        assert_eq!(color.rgb([128, 128, 128]), [128; 3]);
        // Red of JPEG: Y 76, Cb 85, Cr 255.
        let [r, g, b] = color.rgb([76, 85, 255]);
        assert!(r >= 253 && g <= 1 && b <= 1, "{r} {g} {b}");
    }

    #[test]
    fn a_reference_of_video_is_stretched() {
        let video = vec![16.0, 235.0, 128.0, 240.0, 128.0, 240.0];
        let color = YCbCr::of(None, Some(video), None).unwrap();
        assert_eq!(color.rgb([16, 128, 128]), [0; 3]);
        assert_eq!(color.rgb([235, 128, 128]), [255; 3]);
        assert_eq!(color.block, (2, 2));
    }

    #[test]
    fn blocks_are_spread_and_cut_at_the_edge() {
        let color = YCbCr::of(None, None, Some(&[2, 1])).unwrap();
        let pixels = color.unblocked(&[1, 2, 8, 9, 3, 4, 6, 7], 3, 1);
        assert_eq!(pixels, [1, 8, 9, 2, 8, 9, 3, 6, 7]);
        assert_eq!(color.blocked_bytes(3, 1), 8);
    }

    #[test]
    fn a_palette_of_8_bit_values_is_taken_as_one() {
        let map = [0, 255, 0, 128, 0, 1];
        assert_eq!(Palette::of(&map, 1).unwrap().color(1), [255, 128, 1]);
        let map = map.map(|value| value * 257);
        assert_eq!(Palette::of(&map, 1).unwrap().color(1), [255, 128, 1]);
        assert!(Palette::of(&map, 2).is_err());
    }
}
