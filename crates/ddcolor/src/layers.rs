//! The few kinds of layer that every block is made of.
//!
//! All activations are channels-last: `[N, H, W, C]`, or `[N, L, C]` for sequences. In that layout
//! a 1x1 convolution is a [`Linear`], a layer norm over channels needs no transpose, and oneDNN's
//! convolutions run without reordering. Published weights use the names that each `load` reads.

use std::sync::Arc;

use tch::Tensor;

use crate::Result;
use crate::fused::{Activation, Fused};
use crate::loader::Loader;

/// A matrix product over the last axis; also a 1x1 convolution.
pub(crate) struct Linear {
    pub(crate) weight: Tensor, // [C_out, C_in], opaque where packed
    pub(crate) bias: Tensor,   // [C_out]
    /// What the weight is packed for, if it is.
    packed_for: Option<Arc<Fused>>,
}

impl Linear {
    /// Reads `weight` (`[C_out, C_in]` or `[C_out, C_in, 1, 1]`) and `bias`.
    pub(crate) fn load(at: &Loader) -> Result<Self> {
        let Some(fused) = &at.fused else {
            return Self::load_plain(at);
        };
        Ok(Self {
            weight: at.packed_linear("weight", fused)?,
            bias: at.tensor("bias")?,
            packed_for: Some(Arc::clone(fused)),
        })
    }

    /// As [`load`](Self::load), for rearranging before it is [`packed`](Self::packed).
    pub(crate) fn load_plain(at: &Loader) -> Result<Self> {
        let weight = at.tensor("weight")?;
        let (outputs, inputs) = (weight.size()[0], weight.size()[1]);
        let weight = weight.f_reshape([outputs, inputs])?;
        Ok(Self::plain(weight, at.tensor("bias")?))
    }

    pub(crate) fn plain(weight: Tensor, bias: Tensor) -> Self {
        Self {
            weight,
            bias,
            packed_for: None,
        }
    }

    /// The same, on weights that are laid out for the fused operators, where there are such.
    pub(crate) fn packed(self, at: &Loader) -> Result<Self> {
        let Some(fused) = &at.fused else {
            return Ok(self);
        };
        Ok(Self {
            weight: fused.pack_linear(&self.weight)?,
            bias: self.bias,
            packed_for: Some(Arc::clone(fused)),
        })
    }

    /// # Shapes
    /// `[..., C_in]` to `[..., C_out]`.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.forward_and(x, Activation::Nothing)
    }

    /// With a GELU or ReLU after it.
    ///
    /// # Shapes
    /// `[..., C_in]` to `[..., C_out]`.
    pub(crate) fn forward_and(&self, x: &Tensor, activation: Activation) -> Result<Tensor> {
        if let Some(fused) = &self.packed_for {
            return fused.linear(x, &self.weight, &self.bias, activation);
        }
        let mut y = x.f_linear(&self.weight, Some(&self.bias))?;
        Ok(match activation {
            Activation::Nothing => y,
            Activation::Gelu => y.f_gelu_("none")?,
            Activation::Relu => y.f_relu_()?,
        })
    }

    /// Added to `other`.
    ///
    /// # Shapes
    /// `[..., C_in]` and `[..., C_out]` to `[..., C_out]`.
    pub(crate) fn forward_onto(&self, x: &Tensor, mut other: Tensor) -> Result<Tensor> {
        match &self.packed_for {
            Some(fused) => fused.linear_add(x, &other, &self.weight, &self.bias),
            None => Ok(other.f_add_(&self.forward(x)?)?),
        }
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
    weight: Tensor, // [C_out, C_in / groups, K, K], channels-last in memory, opaque where packed
    bias: Option<Tensor>,
    outputs: i64,
    stride: i64,
    padding: i64,
    groups: i64,
    /// What the weight is packed for, if it is.
    packed_for: Option<Arc<Fused>>,
}

impl Conv {
    /// Reads `weight` and `bias`; no padding: each output sees its own K x K patch.
    pub(crate) fn patches(at: &Loader, stride: i64) -> Result<Self> {
        let conv = Self {
            stride,
            padding: 0,
            ..Self::load_plain(at)?
        };
        Self {
            bias: Some(at.tensor("bias")?),
            ..conv
        }
        .packed(at)
    }

    /// Reads a depthwise `weight` and `bias`; padded to keep the resolution. It gains nothing by being
    /// packed.
    pub(crate) fn depthwise(at: &Loader) -> Result<Self> {
        let conv = Self::load_plain(at)?;
        Ok(Self {
            bias: Some(at.tensor("bias")?),
            groups: conv.outputs,
            ..conv
        })
    }

    /// Reads a `weight` that has no bias; padded to keep the resolution, and not [`packed`](Self::packed) yet.
    pub(crate) fn load_plain(at: &Loader) -> Result<Self> {
        let weight = channels_last(&at.tensor("weight")?)?;
        Ok(Self {
            bias: None,
            outputs: weight.size()[0],
            stride: 1,
            padding: weight.size()[2] / 2,
            groups: 1,
            weight,
            packed_for: None,
        })
    }

    /// The same, on a weight that is laid out for the fused operators, where there are such.
    pub(crate) fn packed(self, at: &Loader) -> Result<Self> {
        let Some(fused) = &at.fused else {
            return Ok(self);
        };
        Ok(Self {
            weight: fused.pack_conv(&self.weight, self.stride, self.padding)?,
            packed_for: Some(Arc::clone(fused)),
            ..self
        })
    }

    /// # Shapes
    /// `[N, H, W, C_in]` to `[N, H', W', C_out]`.
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.padded_by(x, [self.padding; 2], Activation::Nothing)
    }

    /// As [`forward`](Self::forward) with a ReLU after it, but with the rows above and below that the padding
    /// stands for already there, so that a picture can be done in bands.
    ///
    /// # Shapes
    /// `[N, H + K - 1, W, C_in]` to `[N, H, W, C_out]`.
    pub(crate) fn forward_rows_relu(&self, x: &Tensor) -> Result<Tensor> {
        self.padded_by(x, [0, self.padding], Activation::Relu)
    }

    /// How many channels come out.
    pub(crate) fn outputs(&self) -> i64 {
        self.outputs
    }

    /// `[C_out, C_in / groups, K, K]`, opaque where packed.
    pub(crate) fn weight(&self) -> &Tensor {
        &self.weight
    }

    /// How often each input is multiplied, edges aside.
    pub(crate) fn multiplications(&self) -> usize {
        let size = self.weight.size();
        (self.outputs * size[2] * size[3]) as usize
    }

    fn padded_by(&self, x: &Tensor, padding: [i64; 2], after: Activation) -> Result<Tensor> {
        let (weight, bias) = (&self.weight, self.bias.as_ref());
        let y = if let Some(fused) = &self.packed_for {
            fused.conv(&nchw(x)?, (weight, bias), self.stride, padding, after)?
        } else {
            let stride = [self.stride; 2];
            let mut y = nchw(x)?.f_conv2d(weight, bias, stride, padding, [1; 2], self.groups)?;
            match after {
                Activation::Nothing => y,
                Activation::Gelu => y.f_gelu_("none")?,
                Activation::Relu => y.f_relu_()?,
            }
        };
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
