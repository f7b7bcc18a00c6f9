//! The few kinds of layer that every block is made of.
//!
//! All activations are channels-last: `[N, H, W, C]`, or `[N, L, C]` for sequences. In that layout
//! a 1x1 convolution is a [`Linear`], a layer norm over channels needs no transpose, and oneDNN's
//! convolutions run without reordering. Published weights use the names that each `load` reads.

use tch::Tensor;

use crate::Result;
use crate::loader::Loader;

/// A matrix product over the last axis; also a 1x1 convolution.
pub(crate) struct Linear {
    pub(crate) weight: Tensor, // [C_out, C_in]
    pub(crate) bias: Tensor,   // [C_out]
}

impl Linear {
    /// Reads `weight` (`[C_out, C_in]` or `[C_out, C_in, 1, 1]`) and `bias`.
    pub(crate) fn load(at: &Loader) -> Result<Self> {
        let weight = at.tensor("weight")?;
        let (outputs, inputs) = (weight.size()[0], weight.size()[1]);
        Ok(Self {
            weight: weight.f_reshape([outputs, inputs])?,
            bias: at.tensor("bias")?,
        })
    }

    /// # Shapes
    /// `[..., C_in]` to `[..., C_out]`.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(x.f_linear(&self.weight, Some(&self.bias))?)
    }
}

/// Layer norm over the last axis.
pub(crate) struct LayerNorm {
    weight: Tensor, // [C]
    bias: Tensor,   // [C]
    eps: f64,
}

impl LayerNorm {
    /// ConvNeXt uses 1e-6 (its `LayerNorm`), the color decoder PyTorch's default of 1e-5.
    pub(crate) fn load(at: &Loader, eps: f64) -> Result<Self> {
        Ok(Self {
            weight: at.tensor("weight")?,
            bias: at.tensor("bias")?,
            eps,
        })
    }

    /// # Shapes
    /// `[..., C]` to the same.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (weight, bias) = (Some(&self.weight), Some(&self.bias));
        Ok(x.f_layer_norm(self.weight.size(), weight, bias, self.eps, false)?)
    }
}

/// A convolution of more than one pixel.
pub(crate) struct Conv {
    weight: Tensor, // [C_out, C_in / groups, K, K], channels-last in memory
    bias: Option<Tensor>,
    stride: i64,
    padding: i64,
    groups: i64,
}

impl Conv {
    /// Reads `weight` and `bias`; no padding: each output sees its own K x K patch.
    pub(crate) fn patches(at: &Loader, stride: i64) -> Result<Self> {
        let (weight, bias) = (
            channels_last(&at.tensor("weight")?)?,
            Some(at.tensor("bias")?),
        );
        Ok(Self {
            weight,
            bias,
            stride,
            padding: 0,
            groups: 1,
        })
    }

    /// Reads a depthwise `weight` and `bias`; padded to keep the resolution.
    pub(crate) fn depthwise(at: &Loader) -> Result<Self> {
        let weight = channels_last(&at.tensor("weight")?)?;
        let (groups, padding) = (weight.size()[0], weight.size()[2] / 2);
        Ok(Self {
            weight,
            bias: Some(at.tensor("bias")?),
            stride: 1,
            padding,
            groups,
        })
    }

    /// Reads a `weight` that has no bias; padded to keep the resolution.
    pub(crate) fn without_bias(at: &Loader) -> Result<Self> {
        let weight = channels_last(&at.tensor("weight")?)?;
        let padding = weight.size()[2] / 2;
        Ok(Self {
            weight,
            bias: None,
            stride: 1,
            padding,
            groups: 1,
        })
    }

    /// # Shapes
    /// `[N, H, W, C_in]` to `[N, H', W', C_out]`.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.padded_by(x, [self.padding; 2])
    }

    /// As [`forward`](Self::forward), but with the rows above and below that the padding stands for
    /// already there, so that a picture can be done in bands.
    ///
    /// # Shapes
    /// `[N, H + K - 1, W, C_in]` to `[N, H, W, C_out]`.
    pub(crate) fn forward_rows(&self, x: &Tensor) -> Result<Tensor> {
        self.padded_by(x, [0, self.padding])
    }

    /// How many channels come out.
    pub(crate) fn outputs(&self) -> i64 {
        self.weight.size()[0]
    }

    fn padded_by(&self, x: &Tensor, padding: [i64; 2]) -> Result<Tensor> {
        let y = nchw(x)?.f_conv2d(
            &self.weight,
            self.bias.as_ref(),
            [self.stride; 2],
            padding,
            [1; 2],
            self.groups,
        )?;
        // libtorch keeps the input's layout, so this copies only where a device chose otherwise.
        Ok(nhwc(&y)?.f_contiguous()?)
    }
}

/// A view of channels-last data in the order of axes that libtorch's convolutions want.
///
/// # Shapes
/// `[N, H, W, C]` to `[N, C, H, W]`, same memory.
pub(crate) fn nchw(x: &Tensor) -> Result<Tensor> {
    Ok(x.f_permute([0, 3, 1, 2])?)
}

/// The inverse of [`nchw`].
///
/// # Shapes
/// `[N, C, H, W]` to `[N, H, W, C]`, same memory.
pub(crate) fn nhwc(x: &Tensor) -> Result<Tensor> {
    Ok(x.f_permute([0, 2, 3, 1])?)
}

/// A copy with channels last in memory, under the same axes.
fn channels_last(weight: &Tensor) -> Result<Tensor> {
    nchw(&nhwc(weight)?.f_contiguous()?)
}
