//! The tail: from the finest map and the color embeddings to the ab plane, fused.
//!
//! The published code upsamples the finest map by 4 to full size at nf/2 channels (256 for the
//! published checkpoints), multiplies every pixel with the color embeddings, and refines the Q
//! products and the image with a 1x1 convolution to 2 channels:
//!
//! ```text
//! ab = R_q · E · blur(shuffle(relu(conv(x)))) + R_x · rgb + b
//! ```
//!
//! with E the embeddings `[Q, C]` and `R = [R_q | R_x]` the refinement `[2, Q + 3]`. Everything after
//! the ReLU is linear, and shuffle and blur act on each channel alike, so they commute with the
//! product over channels. With `M = R_q · E`, a `[2, C]` matrix,
//!
//! ```text
//! ab = blur(shuffle(M · relu(conv(x)))) + R_x · rgb + b
//! ```
//!
//! and the shuffle and blur run on 2 channels instead of C; the full-size map of C channels is never
//! built. Of the convolution's 16 C rows only those for a few pixels are alive at a time.

use std::ops::Range;

use tch::{Kind, Tensor};

use crate::Result;
use crate::block::Block;
use crate::fused::Activation;
use crate::layers::Linear;
use crate::loader::Loader;
use crate::pacer::Pacer;
use crate::pixel_decoder::{blur, sub_pixel_major};
use crate::wide::{Operand, WideLinear};

/// The last shuffle's factor: from 1/4 of the input's resolution to all of it.
const SCALE: i64 = 4;
/// In how many bands of pixels it is done, one after another.
pub(crate) const BANDS: usize = 16;
/// How many pixels of the finest map are done at once: with 16 sub-pixels of 256 channels, 2 to 4 MB.
const CACHED: i64 = 256;
/// How many pixels each pixel of the finest map becomes.
const SUB_PIXELS: i64 = SCALE * SCALE;

pub(crate) struct Tail {
    /// `last_shuf`'s 1x1 convolution, its rows sub-pixel first: C for each.
    conv: WideLinear,
    /// `R_q` `[2, Q]`.
    refine_queries: Tensor,
    /// `R_x` and `b`, in fp32: `[2, 3]` and `[2]`.
    refine_image: Linear,
}

impl Tail {
    pub(crate) fn load(root: &Loader) -> Result<Self> {
        let conv = Linear::load_plain(&root.at("decoder.last_shuf.conv.0"))?;
        let conv = sub_pixel_major(&conv, SUB_PIXELS)?;
        let outputs = conv.weight.size()[0] as usize;
        let refine = root.at("refine_net.0.0");
        let weight = refine.tensor_fp32("weight")?.f_flatten(1, -1)?; // [2, Q + 3]
        let queries = weight.size()[1] - 3;
        let fp32 = |tensor: &Tensor| -> Result<Tensor> {
            Ok(tensor.f_contiguous()?.f_to_device(root.device)?)
        };
        Ok(Self {
            conv: WideLinear::of(conv, root, outputs)?,
            refine_queries: root.place(&weight.f_narrow(1, 0, queries)?)?,
            refine_image: Linear::plain(
                fp32(&weight.f_narrow(1, queries, 3)?)?,
                fp32(&refine.tensor_fp32("bias")?)?,
            ),
        })
    }

    /// # Shapes
    /// The finest map `[N, H / 4, W / 4, C]`, the embeddings `[N, Q, C]` and the normalized image
    /// `[N, H, W, 3]` in fp32, to ab `[N, 2, H, W]` in fp32.
    pub(crate) fn forward(
        &self,
        finest: &Tensor,
        embeddings: &Tensor,
        image: &Tensor,
        pacer: &mut Pacer,
    ) -> Result<Tensor> {
        let (n, h, w) = (finest.size()[0], finest.size()[1], finest.size()[2]);
        let pixels = self.conv.operand(finest.f_flatten(1, 2)?)?; // [N, h w, C]
        let mix = self
            .refine_queries
            .f_matmul(embeddings)?
            .f_transpose(1, 2)?; // [N, C, 2]
        let mut bands = Vec::with_capacity(BANDS);
        for band in 0..BANDS as i64 {
            let (from, to) = (
                h * w * band / BANDS as i64,
                h * w * (band + 1) / BANDS as i64,
            );
            bands.push(pacer.step(Block::Tail, || self.band(&pixels, from..to, &mix))?);
        }
        let ab = Tensor::f_cat(&bands, 1)?
            .f_view([n, h, w, SCALE, SCALE, 2])?
            .f_permute([0, 1, 3, 2, 4, 5])?
            .f_reshape([n, SCALE * h, SCALE * w, 2])?;
        let ab = blur(&ab)?.f_add_(&self.refine_image.forward(image)?)?;
        Ok(ab.f_permute([0, 3, 1, 2])?.f_contiguous()?)
    }

    /// Some pixels of the finest map, by few that stay in the processor's cache with all their sub-pixels.
    ///
    /// # Shapes
    /// `[N, h w, C]`, of which L pixels are taken, and `[N, C, 2]` to `[N, L * SUB_PIXELS, 2]` in fp32.
    fn band(&self, pixels: &Operand, band: Range<i64>, mix: &Tensor) -> Result<Tensor> {
        let (n, channels) = (mix.size()[0], mix.size()[1]);
        let mut parts = Vec::new();
        for from in band.clone().step_by(CACHED as usize) {
            let pixels = pixels.narrow(1, from, CACHED.min(band.end - from))?;
            let wide = self.conv.forward(&pixels, Activation::Relu)?;
            parts.push(wide.f_view([n, -1, channels])?.f_matmul(mix)?);
        }
        Ok(Tensor::f_cat(&parts, 1)?.f_to_kind(Kind::Float)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{nchw, nhwc};
    use tch::Device;
    use tintype_protocol::CancelFlag;

    /// The published order of operations, written out: shuffle, blur, color product, refinement.
    fn published(conv: &Linear, refine: &Linear, x: &Tensor, e: &Tensor, image: &Tensor) -> Tensor {
        let shuffled = nchw(&conv.forward(x).unwrap().relu())
            .unwrap()
            .pixel_shuffle(SCALE);
        let full = blur(&nhwc(&shuffled).unwrap().contiguous()).unwrap(); // [N, H, W, C]
        let products = full
            .flatten(1, 2)
            .matmul(&e.transpose(1, 2))
            .view([1, 16, 24, -1]);
        let joined = Tensor::cat(&[&products, image], -1);
        nchw(&refine.forward(&joined).unwrap()).unwrap()
    }

    #[test]
    fn the_fused_tail_equals_the_published_order_of_operations() {
        tch::manual_seed(2);
        let options = (Kind::Float, Device::Cpu);
        let (inputs, channels, queries) = (6, 5, 7);
        let random = |shape: &[i64]| Tensor::randn(shape, options);
        let conv = Linear::plain(random(&[16 * channels, inputs]), random(&[16 * channels]));
        let refine = Linear::plain(random(&[2, queries + 3]), random(&[2]));
        let (x, e) = (random(&[1, 4, 6, inputs]), random(&[1, queries, channels]));
        let image = random(&[1, 16, 24, 3]);

        let ordered = sub_pixel_major(&conv, 16).unwrap();
        let tail = Tail {
            conv: WideLinear::Exact(ordered),
            refine_queries: refine.weight.narrow(1, 0, queries),
            refine_image: Linear::plain(
                refine.weight.narrow(1, queries, 3),
                refine.bias.shallow_clone(),
            ),
        };
        let (cancel, mut ignore) = (CancelFlag::new(), |_| {});
        let mut pacer = Pacer::new(vec![(Block::Tail, 1.0); 16], &cancel, &mut ignore);
        let found = tail.forward(&x, &e, &image, &mut pacer).unwrap();
        let expected = published(&conv, &refine, &x, &e, &image);
        assert!(found.allclose(&expected, 1e-4, 1e-4, false));
    }
}
