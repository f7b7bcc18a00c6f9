//! Layers that may be in integers: those that multiply each input so often that making a byte of it pays.

use std::sync::Arc;

use tch::Tensor;

use crate::Result;
use crate::fused::{Activation, Fused};
use crate::layers::{Conv, Linear};
use crate::loader::Loader;
use crate::quantized::{Bytes, QuantizedConv, QuantizedLinear, QuantizedWeight};

/// What one wide layer or several take in.
pub(crate) enum Operand {
    Floats(Tensor),
    Bytes(Bytes),
}

impl Operand {
    /// In integers where there is something to make them.
    pub(crate) fn new(x: Tensor, quantizer: Option<&Fused>) -> Result<Self> {
        Ok(match quantizer {
            Some(fused) => Self::Bytes(Bytes::of(&x, fused)?),
            None => Self::Floats(x),
        })
    }

    /// As floats, which bytes only stand for.
    fn floats(&self) -> Result<Tensor> {
        match self {
            Self::Floats(x) => Ok(x.shallow_clone()),
            Self::Bytes(x) => x.floats(),
        }
    }

    /// As bytes, which are made of floats each time that they are asked for.
    fn bytes(&self, fused: &Fused) -> Result<Bytes> {
        match self {
            Self::Floats(x) => Bytes::of(x, fused),
            Self::Bytes(x) => x.viewed(|x| Ok(x.shallow_clone())),
        }
    }

    /// A part, in the same memory.
    pub(crate) fn narrow(&self, axis: i64, from: i64, length: i64) -> Result<Self> {
        let part = |x: &Tensor| Ok(x.f_narrow(axis, from, length)?);
        Ok(match self {
            Self::Floats(x) => Self::Floats(part(x)?),
            Self::Bytes(x) => Self::Bytes(x.viewed(part)?),
        })
    }
}

/// A matrix product over the last axis.
pub(crate) enum WideLinear {
    Exact(Linear),
    Quantized(QuantizedLinear),
}

impl WideLinear {
    /// Reads what [`Linear::load`] reads, straight from the checkpoint's file. `multiplications` is how often each
    /// input is multiplied once it is a byte: by as many weights as there are outputs, if nobody else takes it.
    pub(crate) fn load(at: &Loader, multiplications: usize) -> Result<Self> {
        let Some(fused) = at.quantizer(multiplications) else {
            return Ok(Self::Exact(Linear::load(at)?));
        };
        let weight = at.quantized_linear("weight", fused)?;
        let linear = QuantizedLinear::new(weight, at.tensor("bias")?, Arc::clone(fused));
        Ok(Self::Quantized(linear))
    }

    /// The same of a product that was loaded [plain](Linear::load_plain) and rearranged.
    pub(crate) fn of(plain: Linear, at: &Loader, multiplications: usize) -> Result<Self> {
        let Some(fused) = at.quantizer(multiplications) else {
            return Ok(Self::Exact(plain.packed(at)?));
        };
        let weight = QuantizedWeight::pack(&plain.weight, fused)?;
        let linear = QuantizedLinear::new(weight, plain.bias, Arc::clone(fused));
        Ok(Self::Quantized(linear))
    }

    /// What it takes in, made of floats once, for as many of its kind as read it.
    pub(crate) fn operand(&self, x: Tensor) -> Result<Operand> {
        Operand::new(
            x,
            match self {
                Self::Exact(_) => None,
                Self::Quantized(linear) => Some(linear.fused()),
            },
        )
    }

    /// With what follows.
    ///
    /// # Shapes
    /// `[..., C_in]` to `[..., C_out]`.
    pub(crate) fn forward(&self, x: &Operand, activation: Activation) -> Result<Tensor> {
        match self {
            Self::Exact(linear) => linear.forward_and(&x.floats()?, activation),
            Self::Quantized(linear) => linear.forward_and(&x.bytes(linear.fused())?, activation),
        }
    }

    /// As [`Linear::forward_and`].
    ///
    /// # Shapes
    /// `[..., C_in]` to `[..., C_out]`.
    pub(crate) fn forward_and(&self, x: &Tensor, activation: Activation) -> Result<Tensor> {
        self.forward(&Operand::Floats(x.shallow_clone()), activation)
    }

    /// As [`Linear::forward_onto`].
    ///
    /// # Shapes
    /// `[..., C_in]` and `[..., C_out]` to `[..., C_out]`.
    pub(crate) fn forward_onto(&self, x: &Tensor, mut other: Tensor) -> Result<Tensor> {
        match self {
            Self::Exact(linear) => linear.forward_onto(x, other),
            Self::Quantized(_) => Ok(other.f_add_(&self.forward_and(x, Activation::Nothing)?)?),
        }
    }
}

/// A convolution of what is never negative, without a bias.
pub(crate) enum WideConv {
    Exact(Conv),
    Quantized(QuantizedConv),
}

impl WideConv {
    /// Reads what [`Conv::load_plain`] reads.
    pub(crate) fn load(at: &Loader) -> Result<Self> {
        let plain = Conv::load_plain(at)?;
        Ok(match at.quantizer(plain.multiplications()) {
            Some(fused) => Self::Quantized(QuantizedConv::pack(plain.weight(), fused)?),
            None => Self::Exact(plain.packed(at)?),
        })
    }

    /// As [`Conv::forward_rows_relu`].
    ///
    /// # Shapes
    /// `[N, H + K - 1, W, C_in]` to `[N, H, W, C_out]`.
    pub(crate) fn forward_rows_relu(&self, rows: &Operand) -> Result<Tensor> {
        match self {
            Self::Exact(conv) => conv.forward_rows_relu(&rows.floats()?),
            Self::Quantized(conv) => conv.forward_rows_relu(&rows.bytes(conv.fused())?),
        }
    }

    /// How many channels come out.
    pub(crate) fn outputs(&self) -> i64 {
        match self {
            Self::Exact(conv) => conv.outputs(),
            Self::Quantized(conv) => conv.outputs(),
        }
    }

    /// What makes the bytes that it takes in, if it takes any.
    pub(crate) fn quantizer(&self) -> Option<&Fused> {
        match self {
            Self::Exact(_) => None,
            Self::Quantized(conv) => Some(conv.fused()),
        }
    }
}
