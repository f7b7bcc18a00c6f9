//! Multi-head attention as PyTorch's `nn.MultiheadAttention` stores it.

use tch::Tensor;

use crate::Result;
use crate::layers::Linear;
use crate::loader::Loader;

/// Of every attention in DDColor; it can't be read off a checkpoint's shapes.
pub(crate) const HEADS: i64 = 8;

/// Projections of queries, keys and values, attention in [`HEADS`] heads, output projection.
pub(crate) struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
}

impl Attention {
    /// Reads `in_proj_weight` `[3 C, C]` (query, key, value from top to bottom), `in_proj_bias`
    /// `[3 C]` and `out_proj`.
    pub(crate) fn load(at: &Loader) -> Result<Self> {
        let (weight, bias) = (at.tensor("in_proj_weight")?, at.tensor("in_proj_bias")?);
        let width = weight.size()[1];
        let part = |i: i64| -> Result<Linear> {
            Ok(Linear {
                weight: weight.f_narrow(0, i * width, width)?,
                bias: bias.f_narrow(0, i * width, width)?,
            })
        };
        Ok(Self {
            query: part(0)?,
            key: part(1)?,
            value: part(2)?,
            output: Linear::load(&at.at("out_proj"))?,
        })
    }

    /// # Shapes
    /// `query` `[N, Q, C]`, `key` and `value` `[N, L, C]`, to `[N, Q, C]`.
    pub(crate) fn forward(&self, query: &Tensor, key: &Tensor, value: &Tensor) -> Result<Tensor> {
        let query = split_heads(&self.query.forward(query)?)?;
        let key = split_heads(&self.key.forward(key)?)?;
        let value = split_heads(&self.value.forward(value)?)?;
        let mixed = Tensor::f_scaled_dot_product_attention(
            &query,
            &key,
            &value,
            None::<&Tensor>,
            0.0,
            false,
            None,
            false,
        )?; // [N, HEADS, Q, C / HEADS]
        self.output
            .forward(&mixed.f_transpose(1, 2)?.f_flatten(2, 3)?)
    }
}

/// # Shapes
/// `[N, L, C]` to `[N, HEADS, L, C / HEADS]`.
fn split_heads(x: &Tensor) -> Result<Tensor> {
    let (n, length, width) = x.size3()?;
    Ok(x.f_view([n, length, HEADS, width / HEADS])?
        .f_transpose(1, 2)?)
}
