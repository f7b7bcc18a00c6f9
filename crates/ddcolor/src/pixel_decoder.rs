//! The pixel decoder: three blocks that each double the resolution and take in a feature.
//!
//! `UnetBlockWide` and `CustomPixelShuffle_ICNR` of the published code. Their spectral norms and
//! batch norms are folded away by `tintype-checkpoint`; the one left out here as well is the batch
//! norm after each block's 3x3 convolution and ReLU, which is folded forward into the block's readers.

use tch::Tensor;

use crate::Result;
use crate::block::Block;
use crate::encoder::Features;
use crate::fused::{Activation, Fused};
use crate::layers::{Linear, nchw, nhwc};
use crate::loader::Loader;
use crate::pacer::Pacer;
use crate::quantized::{Bytes, Steps};
use crate::wide::{Operand, WideConv};

/// How many levels the pixel decoder has, and how many scales the color decoder attends to.
pub(crate) const LEVELS: usize = 3;

/// In how many bands of rows a merge's convolution is done, one after another. The coarsest level's is
/// quick enough as a whole; more of them would cost time, since every call reorders the weights.
pub(crate) fn bands(level: usize) -> usize {
    if level == 0 { 1 } else { 3 }
}

pub(crate) struct PixelDecoder {
    levels: Vec<Level>,
}

impl PixelDecoder {
    pub(crate) fn load(at: &Loader) -> Result<Self> {
        let levels = (0..LEVELS).map(|level| Level::load(&at.at(level)));
        Ok(Self {
            levels: levels.collect::<Result<_>>()?,
        })
    }

    /// Consumes the encoder's features from coarse to fine, so that each is freed once merged.
    ///
    /// # Shapes
    /// The encoder's four features to three maps, 1/16, 1/8 and 1/4 of the input: `[N, H/16, W/16, nf]`,
    /// `[N, H/8, W/8, nf]` and `[N, H/4, W/4, nf / 2]`.
    pub(crate) fn forward(&self, features: Features, pacer: &mut Pacer) -> Result<Vec<Tensor>> {
        let Features {
            mut skips,
            coarsest,
        } = features;
        let mut maps: Vec<Tensor> = Vec::with_capacity(LEVELS);
        for (i, level) in self.levels.iter().enumerate() {
            let below = maps.last().unwrap_or(&coarsest);
            let up = pacer.step(Block::Upsample { level: i }, || {
                level.upsample.forward(below)
            })?;
            maps.push(level.merge(i, up, skips.pop(), pacer)?);
        }
        Ok(maps)
    }
}

struct Level {
    upsample: Upsample,
    conv: WideConv,
}

impl Level {
    fn load(at: &Loader) -> Result<Self> {
        Ok(Self {
            upsample: Upsample::load(&at.at("shuf.conv.0"))?,
            conv: WideConv::load(&at.at("conv.0"))?,
        })
    }

    /// `relu(conv(relu(cat(up, skip))))`, where `up` is a mean of non-negative values, so that
    /// only the skip needs the inner ReLU.
    ///
    /// # Shapes
    /// `[N, H, W, C_up]` and `[N, H, W, C_skip]` to `[N, H, W, C_out]`.
    fn merge(
        &self,
        level: usize,
        up: Tensor,
        skip: Option<Tensor>,
        pacer: &mut Pacer,
    ) -> Result<Tensor> {
        let (n, height, width, _) = up.size4()?;
        let options = (up.kind(), up.device());
        let bands = bands(level) as i64;
        let padded = pacer.step(Block::Join { level }, || {
            let mut parts = vec![up];
            if let Some(mut skip) = skip {
                parts.push(skip.f_relu_()?);
            }
            joined(&parts, self.conv.quantizer())
        })?;
        let merged = Tensor::f_empty([n, height, width, self.conv.outputs()], options)?;
        for band in 0..bands {
            pacer.step(Block::Merge { level }, || {
                let (from, to) = (height * band / bands, height * (band + 1) / bands);
                // Each row of the result sees the one above and the one below it.
                let rows = padded.narrow(1, from, to - from + 2)?;
                let convolved = self.conv.forward_rows_relu(&rows)?;
                merged.f_narrow(1, from, to - from)?.f_copy_(&convolved)?;
                Ok(())
            })?;
        }
        Ok(merged)
    }
}

/// What a convolution takes in: maps side by side, none of them negative, as floats or bytes.
///
/// # Shapes
/// As [`side_by_side`].
fn joined(parts: &[Tensor], quantizer: Option<&Fused>) -> Result<Operand> {
    let Some(fused) = quantizer else {
        return Ok(Operand::Floats(side_by_side(parts)?));
    };
    // One scale for all, since a sum goes over all their channels.
    let steps = Steps::spanning(&parts.iter().collect::<Vec<_>>())?;
    let bytes = parts.iter().map(|part| steps.bytes(part, fused));
    Ok(Operand::Bytes(Bytes {
        values: side_by_side(&bytes.collect::<Result<Vec<_>>>()?)?,
        steps,
    }))
}

/// With a row of zeros above and below them.
///
/// # Shapes
/// Some `[N, H, W, C_i]` to `[N, H + 2, W, C]`, where C is the sum of all `C_i`.
fn side_by_side(parts: &[Tensor]) -> Result<Tensor> {
    let (n, h, w, _) = parts[0].size4()?;
    let channels = parts.iter().map(|part| part.size()[3]).sum();
    let options = (parts[0].kind(), parts[0].device());
    let padded = Tensor::f_empty([n, h + 2, w, channels], options)?;
    for edge in [0, h + 1] {
        let _ = padded.f_narrow(1, edge, 1)?.f_zero_()?;
    }
    let mut at = 0;
    for part in parts {
        let width = part.size()[3];
        padded
            .f_narrow(1, 1, h)?
            .f_narrow(3, at, width)?
            .f_copy_(part)?;
        at += width;
    }
    Ok(padded)
}

/// A 1x1 convolution to four times the channels, ReLU, pixel shuffle by 2, 2x2 blur.
struct Upsample {
    /// Rows ordered sub-pixel first, `(2 dy + dx) * C + c`, where the checkpoint has
    /// `c * 4 + 2 dy + dx`: a shuffle then moves whole runs of C channels.
    conv: Linear,
}

impl Upsample {
    /// Not in integers, though it would be three times as fast: of the starter's merged maps a few values are far larger
    /// than all others, so that with one scale for all the colors came out visibly different (CIEDE2000 of 1.4 on
    /// average, and of 0.06 without this layer).
    fn load(at: &Loader) -> Result<Self> {
        Ok(Self {
            conv: sub_pixel_major(&Linear::load_plain(at)?, 4)?.packed(at)?,
        })
    }

    /// # Shapes
    /// `[N, H, W, C_in]` to `[N, 2 H, 2 W, C]`.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (n, h, w) = (x.size()[0], x.size()[1], x.size()[2]);
        let y = self.conv.forward_and(x, Activation::Relu)?; // [N, H, W, 4 C]
        let y = y
            .f_view([n, h, w, 2, 2, -1])?
            .f_permute([0, 1, 3, 2, 4, 5])?;
        blur(&y.f_reshape([n, 2 * h, 2 * w, -1])?)
    }
}

/// Reorders the rows of a layer that feeds a pixel shuffle: `[C, S]` to `[S, C]`, S sub-pixels.
pub(crate) fn sub_pixel_major(linear: &Linear, sub_pixels: i64) -> Result<Linear> {
    let (rows, inputs) = (linear.weight.size()[0], linear.weight.size()[1]);
    let weight = linear
        .weight
        .f_view([rows / sub_pixels, sub_pixels, inputs])?;
    let bias = linear.bias.f_view([rows / sub_pixels, sub_pixels])?;
    let in_order = |x: &Tensor| x.f_transpose(0, 1)?.f_contiguous();
    Ok(Linear::plain(
        in_order(&weight)?.f_view([rows, inputs])?,
        in_order(&bias)?.f_view([rows])?,
    ))
}

/// The mean over each pixel and its left, upper and upper-left neighbors, edges replicated: it
/// takes the checkerboard out of a pixel shuffle.
///
/// # Shapes
/// `[N, H, W, C]` to the same.
pub(crate) fn blur(x: &Tensor) -> Result<Tensor> {
    let padded = nchw(x)?.f_replication_pad2d([1, 0, 1, 0])?;
    let mean = padded.f_avg_pool2d([2, 2], [1, 1], [0, 0], false, true, None::<i64>)?;
    Ok(nhwc(&mean)?.f_contiguous()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::{Device, Kind};

    #[test]
    fn the_blur_is_the_mean_of_four_with_replicated_edges() {
        let x = Tensor::from_slice(&[1f32, 2., 3., 4.]).view([1, 2, 2, 1]);
        let y = Vec::<f32>::try_from(blur(&x).unwrap().flatten(0, -1)).unwrap();
        // (0,0) has only copies of itself; (0,1) is (1+1+2+2)/4; (1,0) is (1+1+3+3)/4.
        assert_eq!(y, [1.0, 1.5, 2.0, 2.5]);
    }

    #[test]
    fn reordered_rows_shuffle_to_the_same_picture_as_pixel_shuffle() {
        tch::manual_seed(1);
        let options = (Kind::Float, Device::Cpu);
        let x = Tensor::randn([2, 3, 5, 6], options); // [N, H, W, C_in]
        let conv = Linear::plain(
            Tensor::randn([4 * 7, 6], options),
            Tensor::randn([4 * 7], options),
        );
        let published = nchw(&conv.forward(&x).unwrap().relu())
            .unwrap()
            .pixel_shuffle(2);
        let expected = blur(&nhwc(&published).unwrap().contiguous()).unwrap();

        let upsample = Upsample {
            conv: sub_pixel_major(&conv, 4).unwrap(),
        };
        let found = upsample.forward(&x).unwrap();
        assert_eq!(found.size(), [2, 6, 10, 7]);
        assert!(found.allclose(&expected, 1e-5, 1e-5, false));
    }
}
