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

/// How many steps a range is divided into: one less than there are, since z is rounded, and half a step more
/// than 255 would come out as 0.
const STEPS: f64 = 254.0;

/// Activations as unsigned bytes.
pub(crate) struct Bytes {
    pub(crate) values: Tensor,
    /// s
    pub(crate) scale: f64,
    /// z, 0 to 255
    pub(crate) zero: i64,
}

impl Bytes {
    /// The bytes that stand for floats.
    ///
    /// # Errors
    /// libtorch's own, also where a value is no number.
    pub(crate) fn of(x: &Tensor, fused: &Fused) -> Result<Self> {
        let (least, largest) = x.f_aminmax(None::<i64>, false)?;
        // Zero has to be among what can be stood for: much of what comes out of a GELU is about that.
        let least = least.f_double_value(&[])?.min(0.0);
        let largest = largest.f_double_value(&[])?.max(0.0);
        let range = largest - least;
        // All is zero: any scale does.
        let scale = if range == 0.0 { 1.0 } else { range / STEPS };
        let zero = (-least / scale).round();
        // To go from floats to bytes cuts off what is behind the point: with a half added, it rounds.
        Ok(Self {
            values: fused.to_bytes(x, 1.0 / scale, zero + 0.5)?,
            scale,
            zero: zero as i64,
        })
    }
}

/// A matrix of signed bytes, laid out for the products.
pub(crate) struct QuantizedWeight {
    pub(crate) packed: Tensor,
    /// `[C_out]`
    pub(crate) scales: Tensor,
    /// `[C_out]`, all zero, as the operator wants to be told.
    pub(crate) zeros: Tensor,
}

impl QuantizedWeight {
    /// # Shapes
    /// `[C_out, C_in]` of floats.
    pub(crate) fn pack(weight: &Tensor, fused: &Fused) -> Result<Self> {
        let largest = weight.f_abs()?.f_amax([1].as_slice(), true)?;
        // An output whose weights are all zero has any scale.
        let scales = (largest / 127.0).f_clamp_min(f64::from(f32::MIN_POSITIVE))?;
        let whole = weight.f_div(&scales)?.f_round()?.f_clamp(-127.0, 127.0)?;
        let scales = scales.f_reshape([-1])?;
        Ok(Self {
            packed: fused.pack_quantized(&whole.f_to_kind(Kind::Int8)?)?,
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
    pub(crate) fn forward_and(&self, x: &Tensor, activation: Activation) -> Result<Tensor> {
        let bytes = Bytes::of(x, &self.fused)?;
        self.fused
            .quantized(&bytes, &self.weight, &self.bias, activation)
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
            let back = (bytes.values.to_kind(Kind::Float) - bytes.zero as f64) * bytes.scale;
            let furthest = (back - &x).abs().max().double_value(&[]);
            assert!(
                furthest <= bytes.scale * 0.5001,
                "{furthest} of {}",
                bytes.scale
            );
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
            let found = quantized.forward_and(&x, activation).unwrap();
            assert_eq!(found.size(), expected.size());
            let error = (found - &expected).square().mean(Kind::Float);
            let relative = (error / expected.square().mean(Kind::Float)).sqrt();
            assert!(relative.double_value(&[]) < 0.02, "{relative:?}");
        }
    }
}
