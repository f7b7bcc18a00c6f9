//! The ConvNeXt encoder and its four features.
//!
//! Names and order follow the original: <https://github.com/facebookresearch/ConvNeXt> as
//! DDColor uses it, with one more layer norm on the output of each stage. `gamma` (layer scale) is
//! folded into `pwconv2`, and the decoder's batch norm on each feature into that layer norm, by
//! `tintype-checkpoint`.

use tch::Tensor;
use tintype_checkpoint::Architecture;

use crate::Result;
use crate::block::Block;
use crate::fused::Activation;
use crate::layers::{Conv, LayerNorm};
use crate::loader::Loader;
use crate::pacer::Pacer;
use crate::wide::WideLinear;

/// Of every layer norm in ConvNeXt.
const EPS: f64 = 1e-6;

/// How many resolutions the encoder works at.
const STAGES: usize = 4;

/// What the decoder gets to see.
pub(crate) struct Features {
    /// At 1/4, 1/8 and 1/16 of the input, fine to coarse, each `[N, H, W, C]`.
    pub(crate) skips: Vec<Tensor>,
    /// At 1/32 of the input. `[N, H, W, C]`
    pub(crate) coarsest: Tensor,
}

pub(crate) struct Encoder {
    stem: Conv,
    stem_norm: LayerNorm,
    downsamples: Vec<Downsample>,
    stages: Vec<Vec<ConvNextBlock>>,
    norms: Vec<LayerNorm>,
}

impl Encoder {
    pub(crate) fn load(at: &Loader, architecture: &Architecture) -> Result<Self> {
        let stem = at.at("downsample_layers.0");
        let stages = architecture.depths.iter().enumerate();
        Ok(Self {
            stem: Conv::patches(&stem.at(0), 4)?,
            stem_norm: LayerNorm::load(&stem.at(1), EPS)?,
            downsamples: (1..STAGES)
                .map(|i| Downsample::load(&at.at(format_args!("downsample_layers.{i}"))))
                .collect::<Result<_>>()?,
            stages: stages
                .map(|(stage, &depth)| {
                    let at = at.at("stages").at(stage);
                    (0..depth)
                        .map(|block| ConvNextBlock::load(&at.at(block), architecture.dims[stage]))
                        .collect()
                })
                .collect::<Result<_>>()?,
            norms: (0..STAGES)
                .map(|i| LayerNorm::load(&at.at(format_args!("norm{i}")), EPS))
                .collect::<Result<_>>()?,
        })
    }

    /// The features at 1/4, 1/8, 1/16 and 1/32 of the input, normed (and for the first three, with
    /// the decoder's batch norm applied).
    ///
    /// # Shapes
    /// `[N, H, W, 3]` to four of `[N, H / 2^(i+2), W / 2^(i+2), dims[i]]`.
    pub(crate) fn forward(&self, image: &Tensor, pacer: &mut Pacer) -> Result<Features> {
        let mut skips = Vec::with_capacity(STAGES - 1);
        let mut x = pacer.step(Block::Stem, || {
            self.stem_norm.forward(&self.stem.forward(image)?)
        })?;
        for (stage, (blocks, norm)) in self.stages.iter().zip(&self.norms).enumerate() {
            if stage > 0 {
                let downsample = &self.downsamples[stage - 1];
                x = pacer.step(Block::Downsample { stage }, || downsample.forward(&x))?;
            }
            for block in blocks {
                let mixed = pacer.step(Block::Depthwise { stage }, || block.mix(&x))?;
                let wide = pacer.step(Block::Expand { stage }, || block.widen(&mixed))?;
                x = pacer.step(Block::Reduce { stage }, || block.narrow(x, &wide))?;
            }
            if stage < STAGES - 1 {
                skips.push(norm.forward(&x)?);
            }
        }
        Ok(Features {
            skips,
            coarsest: self.norms[STAGES - 1].forward(&x)?,
        })
    }
}

/// Halves the resolution: layer norm, then a 2x2 convolution at stride 2.
struct Downsample {
    norm: LayerNorm,
    conv: Conv,
}

impl Downsample {
    fn load(at: &Loader) -> Result<Self> {
        Ok(Self {
            norm: LayerNorm::load(&at.at(0), EPS)?,
            conv: Conv::patches(&at.at(1), 2)?,
        })
    }

    /// # Shapes
    /// `[N, H, W, C]` to `[N, H / 2, W / 2, C']`.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.conv.forward(&self.norm.forward(x)?)
    }
}

/// Depthwise 7x7, layer norm, four times wider, GELU, back, added to the input.
struct ConvNextBlock {
    depthwise: Conv,
    norm: LayerNorm,
    expand: WideLinear,
    reduce: WideLinear,
}

impl ConvNextBlock {
    fn load(at: &Loader, width: usize) -> Result<Self> {
        Ok(Self {
            depthwise: Conv::depthwise(&at.at("dwconv"))?,
            norm: LayerNorm::load(&at.at("norm"), EPS)?,
            expand: WideLinear::load(&at.at("pwconv1"), 4 * width)?,
            reduce: WideLinear::load(&at.at("pwconv2"), width)?,
        })
    }

    /// The first part.
    ///
    /// # Shapes
    /// `[N, H, W, C]` to the same.
    fn mix(&self, x: &Tensor) -> Result<Tensor> {
        self.norm.forward(&self.depthwise.forward(x)?)
    }

    /// The second part.
    ///
    /// # Shapes
    /// `[N, H, W, C]` to `[N, H, W, 4 C]`.
    fn widen(&self, mixed: &Tensor) -> Result<Tensor> {
        self.expand.forward_and(mixed, Activation::Gelu)
    }

    /// The third part, added to the block's input.
    ///
    /// # Shapes
    /// `[N, H, W, C]` and `[N, H, W, 4 C]` to `[N, H, W, C]`.
    fn narrow(&self, x: Tensor, wide: &Tensor) -> Result<Tensor> {
        self.reduce.forward_onto(wide, x)
    }
}
