//! The color decoder: learned queries attend to three scales and become color embeddings.
//!
//! `MultiScaleColorDecoder` of the published code, after Mask2Former's decoder: in each layer
//! cross-attention, self-attention and a feed-forward network, each with its residual and a layer
//! norm after it.

use tch::Tensor;
use tintype_checkpoint::Architecture;

use crate::Result;
use crate::attention::{Attention, HEADS, attend};
use crate::block::Block;
use crate::fused::Activation;
use crate::layers::{LayerNorm, Linear};
use crate::loader::Loader;
use crate::pacer::Pacer;
use crate::pixel_decoder::LEVELS;
use crate::position::PositionEncodings;
use crate::wide::Operand;

/// PyTorch's default, which the published code leaves as it is.
const EPS: f64 = 1e-5;

/// In how many parts the heads of a cross-attention are done, one after another. Only the finest level
/// has enough keys to take long.
pub(crate) fn parts(level: usize) -> usize {
    if level + 1 == LEVELS { 2 } else { 1 }
}

pub(crate) struct ColorDecoder {
    /// What each query starts as. `[1, Q, C]`
    query_feat: Tensor,
    /// Each query's learned position. `[1, Q, C]`
    query_embed: Tensor,
    /// One per scale, with that scale's `level_embed` added to its bias.
    projections: Vec<Linear>,
    layers: Vec<Layer>,
    norm: LayerNorm,
    color_embed: Vec<Linear>,
    positions: PositionEncodings,
}

/// One scale, ready to be attended to.
struct Scale {
    /// Values. `[N, H * W, C]`
    features: Operand,
    /// Keys: the features with their positions added. `[N, H * W, C]`
    positioned: Operand,
}

impl ColorDecoder {
    pub(crate) fn load(at: &Loader, architecture: &Architecture) -> Result<Self> {
        let level_embed = at.at("level_embed").tensor("weight")?; // [LEVELS, C]
        let projection = |level: usize| -> Result<Linear> {
            let mut linear = Linear::load(&at.at("input_proj").at(level))?;
            linear.bias = linear.bias.f_add(&level_embed.f_get(level as i64)?)?;
            Ok(linear)
        };
        Ok(Self {
            query_feat: at.at("query_feat").tensor("weight")?.f_unsqueeze(0)?,
            query_embed: at.at("query_embed").tensor("weight")?.f_unsqueeze(0)?,
            projections: (0..LEVELS).map(projection).collect::<Result<_>>()?,
            layers: (0..architecture.layers)
                .map(|index| Layer::load(at, index, architecture.layers.div_ceil(LEVELS)))
                .collect::<Result<_>>()?,
            norm: LayerNorm::load(&at.at("decoder_norm"), EPS)?,
            color_embed: (0..3)
                .map(|i| Linear::load(&at.at("color_embed.layers").at(i)))
                .collect::<Result<_>>()?,
            positions: PositionEncodings::new(architecture.hidden, LEVELS),
        })
    }

    /// # Shapes
    /// The pixel decoder's three maps `[N, H_i, W_i, C_i]` to color embeddings `[N, Q, nf / 2]`.
    pub(crate) fn forward(&mut self, maps: &[Tensor], pacer: &mut Pacer) -> Result<Tensor> {
        let mut scales = Vec::with_capacity(LEVELS);
        for (level, map) in maps.iter().enumerate() {
            let features = pacer.step(Block::Project { level }, || {
                self.projections[level].forward(&map.f_flatten(1, 2)?)
            })?;
            let scale = pacer.step(Block::Position { level }, || {
                let (height, width) = (map.size()[1] as usize, map.size()[2] as usize);
                let options = (map.kind(), map.device());
                let positions = self.positions.get(level, height, width, options)?;
                let positioned = features.f_add(&positions)?;
                Ok(Scale {
                    features: self.operand(level, features)?,
                    positioned: self.operand(level, positioned)?,
                })
            })?;
            scales.push(scale);
        }
        let batch = maps[0].size()[0];
        let mut queries = self.query_feat.f_expand([batch, -1, -1], false)?;
        for (index, layer) in self.layers.iter().enumerate() {
            let level = index % LEVELS;
            let (scale, cross) = (&scales[level], &layer.cross_attention);
            let keys = pacer.step(Block::Keys { level }, || cross.keys(&scale.positioned))?;
            let values = pacer.step(Block::Values { level }, || cross.values(&scale.features))?;
            let positioned = cross.queries(&queries.f_add(&self.query_embed)?)?;
            let parts = parts(level) as i64;
            let mut seen = Vec::new();
            for part in 0..parts {
                let size = HEADS / parts;
                let heads = |x: &Tensor| x.f_narrow(1, part * size, size);
                seen.push(pacer.step(Block::Attend { level }, || {
                    attend(&heads(&positioned)?, &heads(&keys)?, &heads(&values)?)
                })?);
            }
            queries = pacer.step(Block::ColorLayer { level }, || {
                layer.forward(&queries, &self.query_embed, &seen)
            })?;
        }
        self.embed_colors(&self.norm.forward(&queries)?)
    }

    /// A level's keys or values, for all layers that attend to it.
    fn operand(&self, level: usize, x: Tensor) -> Result<Operand> {
        match self.layers.get(level) {
            Some(layer) => layer.cross_attention.operand(x),
            None => Ok(Operand::Floats(x)),
        }
    }

    /// A perceptron with two hidden layers.
    ///
    /// # Shapes
    /// `[N, Q, C]` to `[N, Q, nf / 2]`.
    fn embed_colors(&self, queries: &Tensor) -> Result<Tensor> {
        let mut x = queries.shallow_clone();
        for (i, linear) in self.color_embed.iter().enumerate() {
            x = linear.forward(&x)?;
            if i + 1 < self.color_embed.len() {
                x = x.f_relu_()?;
            }
        }
        Ok(x)
    }
}

struct Layer {
    cross_attention: Attention,
    cross_norm: LayerNorm,
    self_attention: Attention,
    self_norm: LayerNorm,
    expand: Linear,
    reduce: Linear,
    feed_forward_norm: LayerNorm,
}

impl Layer {
    /// `sharers` is how many layers attend to the same level.
    fn load(at: &Loader, index: usize, sharers: usize) -> Result<Self> {
        let cross = at.at("transformer_cross_attention_layers").at(index);
        let own = at.at("transformer_self_attention_layers").at(index);
        let feed_forward = at.at("transformer_ffn_layers").at(index);
        Ok(Self {
            cross_attention: Attention::load(&cross.at("multihead_attn"), sharers)?,
            cross_norm: LayerNorm::load(&cross.at("norm"), EPS)?,
            self_attention: Attention::load(&own.at("self_attn"), 1)?,
            self_norm: LayerNorm::load(&own.at("norm"), EPS)?,
            expand: Linear::load(&feed_forward.at("linear1"))?,
            reduce: Linear::load(&feed_forward.at("linear2"))?,
            feed_forward_norm: LayerNorm::load(&feed_forward.at("norm"), EPS)?,
        })
    }

    /// Positions are added to queries and keys, never to values.
    ///
    /// # Shapes
    /// `queries` `[N, Q, C]`, `query_embed` `[1, Q, C]`, and what the heads of the cross-attention have
    /// seen, in parts of `[N, HEADS, Q, C / HEADS]`, to `[N, Q, C]`.
    fn forward(&self, queries: &Tensor, query_embed: &Tensor, seen: &[Tensor]) -> Result<Tensor> {
        let seen = self.cross_attention.output(seen)?;
        let queries = self.cross_norm.forward(&queries.f_add(&seen)?)?;

        let positioned = queries.f_add(query_embed)?;
        let own = &self.self_attention;
        let mixed = attend(
            &own.queries(&positioned)?,
            &own.keys(&Operand::Floats(positioned))?,
            &own.values(&Operand::Floats(queries.shallow_clone()))?,
        )?;
        let mixed = own.output(&[mixed])?;
        let queries = self.self_norm.forward(&queries.f_add(&mixed)?)?;

        let wide = self.expand.forward_and(&queries, Activation::Relu)?;
        self.feed_forward_norm
            .forward(&queries.f_add(&self.reduce.forward(&wide)?)?)
    }
}
