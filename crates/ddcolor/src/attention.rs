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
            let weight = weight.f_narrow(0, i * width, width)?;
            Linear::plain(weight, bias.f_narrow(0, i * width, width)?).packed(at)
        };
        Ok(Self {
            query: part(0)?,
            key: part(1)?,
            value: part(2)?,
            output: Linear::load(&at.at("out_proj"))?,
        })
    }

    /// # Shapes
    /// `[N, L, C]` to `[N, HEADS, L, C / HEADS]`.
    pub(crate) fn keys(&self, x: &Tensor) -> Result<Tensor> {
        split_heads(&self.key.forward(x)?)
    }

    /// # Shapes
    /// `[N, L, C]` to `[N, HEADS, L, C / HEADS]`.
    pub(crate) fn values(&self, x: &Tensor) -> Result<Tensor> {
        split_heads(&self.value.forward(x)?)
    }

    /// # Shapes
    /// `[N, Q, C]` to `[N, HEADS, Q, C / HEADS]`.
    pub(crate) fn queries(&self, x: &Tensor) -> Result<Tensor> {
        split_heads(&self.query.forward(x)?)
    }

    /// Joins the heads, from first to last in one part or several, and projects the output.
    ///
    /// # Shapes
    /// Parts of `[N, HEADS, Q, C / HEADS]` to `[N, Q, C]`.
    pub(crate) fn output(&self, heads: &[Tensor]) -> Result<Tensor> {
        let heads = Tensor::f_cat(heads, 1)?;
        self.output
            .forward(&heads.f_transpose(1, 2)?.f_flatten(2, 3)?)
    }
}

/// What each head sees: means of the values, weighted by how well their keys match its query.
///
/// # Shapes
/// `queries` `[N, HEADS, Q, C / HEADS]` to the same; `keys` and `values` `[N, HEADS, L, C / HEADS]`.
pub(crate) fn attend(queries: &Tensor, keys: &Tensor, values: &Tensor) -> Result<Tensor> {
    Ok(Tensor::f_scaled_dot_product_attention(
        queries,
        keys,
        values,
        None::<&Tensor>,
        0.0,
        false,
        None,
        false,
    )?)
}

/// # Shapes
/// `[N, L, C]` to `[N, HEADS, L, C / HEADS]`.
fn split_heads(x: &Tensor) -> Result<Tensor> {
    let (n, length, width) = x.size3()?;
    Ok(x.f_view([n, length, HEADS, width / HEADS])?
        .f_transpose(1, 2)?)
}
