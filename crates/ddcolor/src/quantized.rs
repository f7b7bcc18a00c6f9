//! Products in 8-bit integers: how numbers become integers.
//!
//! A float x is stood for by an integer q with x = s (q - z). Weights have a scale s for each output and no z,
//! activations one s and z for the whole tensor, taken from its least and largest value at each run, so that
//! nothing has to be known of a checkpoint before (Jacob et al., *Quantization and Training of Neural Networks
//! for Efficient Integer-Arithmetic-Only Inference*, CVPR 2018, section 2.1).

use std::sync::Arc;

use tch::{Kind, Tensor};

use crate::Result;
use crate::fused::{Activation, Fused};
use crate::layers::{nchw, nhwc};

/// How many steps a range is divided into: one less than there are, since z is rounded, and half a step more
/// than 255 would come out as 0.
const STEPS: f64 = 254.0;

/// How bytes stand for floats.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Steps {
    /// s
    pub(crate) scale: f64,
    /// z, 0 to 255; 0 where no float is negative
    pub(crate) zero: i64,
}

impl Steps {
    /// Those that fit all floats of some tensors.
    ///
    /// # Errors
    /// libtorch's own.
    pub(crate) fn spanning(tensors: &[&Tensor]) -> Result<Self> {
        // Zero has to be among what can be stood for: much of what comes out of a GELU is about that.
        let (mut least, mut largest) = (0_f64, 0_f64);
        for x in tensors {
            let (low, high) = x.f_aminmax(None::<i64>, false)?;
            least = least.min(low.f_double_value(&[])?);
            largest = largest.max(high.f_double_value(&[])?);
        }
        let range = largest - least;
        // All is zero: any scale does.
        let scale = if range == 0.0 { 1.0 } else { range / STEPS };
        let zero = (-least / scale).round() as i64;
        Ok(Self { scale, zero })
    }

    /// The bytes that stand for floats.
    ///
    /// # Shapes
    /// Any to the same.
    pub(crate) fn bytes(self, x: &Tensor, fused: &Fused) -> Result<Tensor> {
        // To go from floats to bytes cuts off what is behind the point: with a half added, it rounds.
        fused.to_bytes(x, 1.0 / self.scale, self.zero as f64 + 0.5)
    }
}

/// Activations as unsigned bytes.
pub(crate) struct Bytes {
    pub(crate) values: Tensor,
    pub(crate) steps: Steps,
}

impl Bytes {
    /// The bytes that stand for floats.
    ///
    /// # Errors
    /// libtorch's own.
    pub(crate) fn of(x: &Tensor, fused: &Fused) -> Result<Self> {
        let steps = Steps::spanning(&[x])?;
        Ok(Self {
            values: steps.bytes(x, fused)?,
            steps,
        })
    }

    /// What they stand for.
    pub(crate) fn floats(&self) -> Result<Tensor> {
        let whole = self.values.f_to_kind(Kind::Float)?;
        Ok((whole.f_sub_scalar(self.steps.zero)?).f_mul_scalar(self.steps.scale)?)
    }

    /// The same bytes, looked at otherwise.
    pub(crate) fn viewed(&self, view: impl FnOnce(&Tensor) -> Result<Tensor>) -> Result<Self> {
        Ok(Self {
            values: view(&self.values)?,
            steps: self.steps,
        })
    }
}

/// Weights as signed bytes, laid out for the products.
pub(crate) struct QuantizedWeight {
    pub(crate) packed: Tensor,
    /// `[C_out]`
    pub(crate) scales: Tensor,
    /// `[C_out]`, all zero, as the operators want to be told.
    pub(crate) zeros: Tensor,
}

impl QuantizedWeight {
    /// # Shapes
    /// `[C_out, C_in]` of floats.
    pub(crate) fn pack(weight: &Tensor, fused: &Fused) -> Result<Self> {
        Self::packed(weight, |whole, _| fused.pack_quantized(whole))
    }

    /// # Shapes
    /// `[C_out, C_in, K, K]` of floats.
    pub(crate) fn pack_conv(weight: &Tensor, padding: i64, fused: &Fused) -> Result<Self> {
        Self::packed(weight, |whole, scales| {
            fused.pack_quantized_conv(whole, scales, padding)
        })
    }

    /// # Shapes
    /// `[C_out, ...]` of floats; `pack` is given as many whole numbers and `[C_out]` scales.
    fn packed(
        weight: &Tensor,
        pack: impl FnOnce(&Tensor, &Tensor) -> Result<Tensor>,
    ) -> Result<Self> {
        let others: Vec<i64> = (1..weight.dim() as i64).collect();
        let largest = weight.f_abs()?.f_amax(others, true)?;
        // An output whose weights are all zero has any scale.
        let scales = (largest / 127.0).f_clamp_min(f64::from(f32::MIN_POSITIVE))?;
        let whole = weight.f_div(&scales)?.f_round()?.f_clamp(-127.0, 127.0)?;
        let scales = scales.f_reshape([-1])?;
        Ok(Self {
            packed: pack(&whole.f_to_kind(Kind::Int8)?, &scales)?,
            zeros: scales.f_zeros_like()?.f_to_kind(Kind::Int)?,
            scales,
        })
    }
}

/// A matrix product over the last axis in integers.
pub(crate) struct QuantizedLinear {
    weight: QuantizedWeight,
    bias: Tensor, // [C_out]
    fused: Arc<Fused>,
}

impl QuantizedLinear {
    pub(crate) fn new(weight: QuantizedWeight, bias: Tensor, fused: Arc<Fused>) -> Self {
        Self {
            weight,
            bias,
            fused,
        }
    }

    /// # Shapes
    /// `[..., C_in]` to `[..., C_out]`.
    pub(crate) fn forward_and(&self, x: &Bytes, activation: Activation) -> Result<Tensor> {
        self.fused
            .quantized(x, &self.weight, &self.bias, activation)
    }

    /// What makes the bytes that it takes.
    pub(crate) fn fused(&self) -> &Fused {
        &self.fused
    }
}

/// A convolution in integers, at stride 1, of what is never negative.
pub(crate) struct QuantizedConv {
    weight: QuantizedWeight,
    outputs: i64,
    /// Left and right.
    padding: i64,
    fused: Arc<Fused>,
}

impl QuantizedConv {
    /// # Shapes
    /// `weight` `[C_out, C_in, K, K]` of floats.
    pub(crate) fn pack(weight: &Tensor, fused: &Arc<Fused>) -> Result<Self> {
        let padding = weight.size()[2] / 2;
        Ok(Self {
            weight: QuantizedWeight::pack_conv(weight, padding, fused)?,
            outputs: weight.size()[0],
            padding,
            fused: Arc::clone(fused),
        })
    }

    /// As [`Conv::forward_rows_relu`](crate::layers::Conv::forward_rows_relu).
    ///
    /// # Shapes
    /// `[N, H + K - 1, W, C_in]` to `[N, H, W, C_out]`.
    pub(crate) fn forward_rows_relu(&self, rows: &Bytes) -> Result<Tensor> {
        let (rows, padding) = (rows.viewed(nchw)?, [0, self.padding]);
        let y = self
            .fused
            .quantized_conv(&rows, &self.weight, padding, Activation::Relu)?;
        Ok(nhwc(&y)?.f_contiguous()?)
    }

    /// How many channels come out.
    pub(crate) fn outputs(&self) -> i64 {
        self.outputs
    }

    /// What makes the bytes that it takes.
    pub(crate) fn fused(&self) -> &Fused {
        &self.fused
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    const FLOAT: (Kind, Device) = (Kind::Float, Device::Cpu);

    #[test]
    fn bytes_are_within_half_a_step_of_what_they_stand_for() {
        let Some(fused) = Fused::load(Kind::Float) else {
            return;
        };
        tch::manual_seed(5);
        for x in [
            Tensor::randn([9, 33], FLOAT),
            Tensor::rand([9, 33], FLOAT) + 2.0,
            Tensor::rand([9, 33], FLOAT) - 5.0,
            Tensor::zeros([9, 33], FLOAT),
        ] {
            let bytes = Bytes::of(&x, &fused).unwrap();
            let furthest = (bytes.floats().unwrap() - &x).abs().max();
            let (furthest, scale) = (furthest.double_value(&[]), bytes.steps.scale);
            assert!(furthest <= scale * 0.5001, "{furthest} of {scale}");
        }
    }

    #[test]
    fn a_product_in_integers_is_nearly_the_one_in_floats() {
        let Some(fused) = Fused::load(Kind::Float) else {
            return;
        };
        tch::manual_seed(6);
        let x = Tensor::randn([2, 7, 5, 64], FLOAT);
        let (weight, bias) = (Tensor::randn([48, 64], FLOAT), Tensor::randn([48], FLOAT));
        let packed = QuantizedWeight::pack(&weight, &fused).unwrap();
        let quantized = QuantizedLinear::new(packed, bias.shallow_clone(), fused);
        let plain = x.linear(&weight, Some(&bias));
        for (activation, expected) in [
            (Activation::Nothing, plain.shallow_clone()),
            (Activation::Gelu, plain.gelu("none")),
        ] {
            let bytes = Bytes::of(&x, quantized.fused()).unwrap();
            let found = quantized.forward_and(&bytes, activation).unwrap();
            assert_nearly(&found, &expected);
        }
    }

    #[test]
    fn a_convolution_in_integers_is_nearly_the_one_in_floats() {
        let Some(fused) = Fused::load(Kind::Float) else {
            return;
        };
        tch::manual_seed(7);
        let weight = Tensor::randn([20, 12, 3, 3], FLOAT);
        let quantized = QuantizedConv::pack(&weight, &fused).unwrap();
        for (height, width) in [(4, 4), (31, 50)] {
            let x = Tensor::rand([2, height, width, 12], FLOAT);
            let bytes = Bytes::of(&x, quantized.fused()).unwrap();
            let found = quantized.forward_rows_relu(&bytes).unwrap();
            let plain = nchw(&x).unwrap();
            let plain = plain.conv2d(&weight, None::<&Tensor>, [1; 2], [0, 1], [1; 2], 1);
            assert_nearly(&found, &nhwc(&plain.relu()).unwrap());
        }
    }

    fn assert_nearly(found: &Tensor, expected: &Tensor) {
        assert_eq!(found.size(), expected.size());
        let error = (found - expected).square().mean(Kind::Float);
        let relative = (error / expected.square().mean(Kind::Float)).sqrt();
        assert!(relative.double_value(&[]) < 0.02, "{relative:?}");
    }
}
