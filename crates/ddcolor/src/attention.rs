//! Multi-head attention as PyTorch's `nn.MultiheadAttention` stores it.

use tch::{Device, Kind, Tensor};

use crate::Result;
use crate::fused::Activation;
use crate::layers::Linear;
use crate::loader::Loader;
use crate::wide::{Operand, WideLinear};

/// Of every attention in DDColor; it can't be read off a checkpoint's shapes.
pub(crate) const HEADS: i64 = 8;

/// How many keys are attended to at once: with 100 queries and 4 heads, about a megabyte of how well they match.
const KEYS_IN_CACHE: i64 = 1024;

/// Projections of queries, keys and values, attention in [`HEADS`] heads, output projection.
pub(crate) struct Attention {
    query: Linear,
    key: WideLinear,
    value: WideLinear,
    output: Linear,
}

impl Attention {
    /// Reads `in_proj_weight` `[3 C, C]` (query, key, value from top to bottom), `in_proj_bias`
    /// `[3 C]` and `out_proj`. `sharers` is how many attentions take in the same keys and values.
    pub(crate) fn load(at: &Loader, sharers: usize) -> Result<Self> {
        let (weight, bias) = (at.tensor("in_proj_weight")?, at.tensor("in_proj_bias")?);
        let width = weight.size()[1];
        let part = |i: i64| -> Result<Linear> {
            let weight = weight.f_narrow(0, i * width, width)?;
            Ok(Linear::plain(weight, bias.f_narrow(0, i * width, width)?))
        };
        let wide = |i: i64| WideLinear::of(part(i)?, at, sharers * width as usize);
        Ok(Self {
            query: part(0)?.packed(at)?,
            key: wide(1)?,
            value: wide(2)?,
            output: Linear::load(&at.at("out_proj"))?,
        })
    }

    /// What keys or values are made of, for all attentions that take it in.
    pub(crate) fn operand(&self, x: Tensor) -> Result<Operand> {
        self.key.operand(x)
    }

    /// # Shapes
    /// `[N, L, C]` to `[N, HEADS, L, C / HEADS]`.
    pub(crate) fn keys(&self, x: &Operand) -> Result<Tensor> {
        split_heads(&self.key.forward(x, Activation::Nothing)?)
    }

    /// # Shapes
    /// `[N, L, C]` to `[N, HEADS, L, C / HEADS]`.
    pub(crate) fn values(&self, x: &Operand) -> Result<Tensor> {
        split_heads(&self.value.forward(x, Activation::Nothing)?)
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
    if keys.device() == Device::Cpu && keys.kind() != Kind::Float {
        return attend_in_cache(queries, keys, values);
    }
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

/// [`attend`] for processors: few queries and many keys is not what libtorch's own is made for. The keys are
/// taken some at a time, so that how well they match stays in the cache between one step and the next;
/// each lot's sums are brought to one scale at the end (as in Milakov and Gimelshein, *Online normalizer
/// calculation for softmax*, <https://arxiv.org/abs/1805.02867>).
fn attend_in_cache(queries: &Tensor, keys: &Tensor, values: &Tensor) -> Result<Tensor> {
    let (length, width) = (keys.size()[2], keys.size()[3]);
    let queries = queries.f_mul_scalar((width as f64).powf(-0.5))?;
    let (mut sums, mut totals, mut tops) = (Vec::new(), Vec::new(), Vec::new());
    for from in (0..length).step_by(KEYS_IN_CACHE as usize) {
        let lot = |x: &Tensor| -> Result<Tensor> {
            let lot = x.f_narrow(2, from, KEYS_IN_CACHE.min(length - from))?;
            // oneDNN would copy it for each product; the product of fp32 takes it as it lies.
            Ok(match lot.kind() {
                Kind::Float => lot,
                _ => lot.f_contiguous()?,
            })
        };
        let mut matches = queries.f_matmul(&lot(keys)?.f_transpose(2, 3)?)?; // [N, HEADS, Q, lot]
        let top = matches.f_amax([-1], true)?;
        let weights = matches.f_sub_(&top)?.f_exp_()?;
        totals.push(weights.f_sum_dim_intlist([-1].as_slice(), true, Kind::Float)?);
        sums.push(weights.f_matmul(&lot(values)?)?);
        tops.push(top.f_to_kind(Kind::Float)?);
    }
    let (sums, totals, tops) = (
        Tensor::f_stack(&sums, 0)?.f_to_kind(Kind::Float)?,
        Tensor::f_stack(&totals, 0)?,
        Tensor::f_stack(&tops, 0)?,
    );
    let scales = tops.f_sub(&tops.f_amax([0], true)?)?.f_exp()?;
    let over_lots = |x: &Tensor| {
        x.f_mul(&scales)?
            .f_sum_dim_intlist([0].as_slice(), false, None)
    };
    let mean = over_lots(&sums)?.f_div(&over_lots(&totals)?)?;
    Ok(mean.f_to_kind(values.kind())?)
}

/// # Shapes
/// `[N, L, C]` to `[N, HEADS, L, C / HEADS]`.
fn split_heads(x: &Tensor) -> Result<Tensor> {
    let (n, length, width) = x.size3()?;
    Ok(x.f_view([n, length, HEADS, width / HEADS])?
        .f_transpose(1, 2)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attending_in_lots_is_attending_to_all_at_once() {
        tch::manual_seed(5);
        let random =
            |length: i64| Tensor::randn([2, HEADS, length, 16], (Kind::Float, Device::Cpu));
        for length in [1, 100, KEYS_IN_CACHE, 3 * KEYS_IN_CACHE + 7] {
            // Large enough that no single lot is where all matches are.
            let (queries, keys, values) = (random(9) * 4, random(length), random(length));
            let scores = queries.matmul(&keys.transpose(2, 3)) * 0.25;
            let expected = scores.softmax(-1, Kind::Float).matmul(&values);
            let found = attend(&queries, &keys, &values).unwrap();
            assert!(found.allclose(&expected, 1e-4, 1e-5, false), "{length}");
        }
    }
}
