//! oneDNN's operators that do a product, its bias and what follows it in one go, on weights that are laid out
//! for them once at load.
//!
//! libtorch has them for its own compiler, under `mkldnn::`, and out of reach of its C interface; but TorchScript
//! may call any operator. `fused.py` is such a script; from it the archive is made that libtorch loads. On 2
//! cores with AVX-512 a packed product takes a tenth to a fifth less time than a plain one, and a GELU
//! that would go over its result again comes for nothing.

use std::io::{Cursor, Write as _};
use std::sync::Arc;

use tch::{CModule, IValue, Kind, TchError, Tensor};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::Result;
use crate::quantized::{Bytes, QuantizedWeight};

const SCRIPT: &str = include_str!("fused.py");

/// An object of the script's class without attributes, as Python pickles it (protocol 2).
const OBJECT: &[u8] = b"\x80\x02c__torch__\nFused\n)\x81}b.";
/// An empty tuple: the script has no constants.
const CONSTANTS: &[u8] = b"\x80\x02).";
/// Of the archive's format; what newer operators would need is not used.
const VERSION: &[u8] = b"3\n";

/// What follows a product, element by element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    Nothing,
    /// With the error function, not by tanh.
    Gelu,
    Relu,
}

impl Activation {
    /// As oneDNN's operators call it.
    fn name(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Gelu => "gelu",
            Self::Relu => "relu",
        }
    }
}

/// The loaded operators.
pub(crate) struct Fused(CModule);

impl Fused {
    /// Loads them, if this libtorch has them and this processor can run them on that kind of number.
    pub(crate) fn load(kind: Kind) -> Option<Arc<Self>> {
        let archive = archive()?;
        let fused = Self(CModule::load_data(&mut Cursor::new(archive)).ok()?);
        let tried = fused.try_out(kind);
        tried.is_ok().then(|| Arc::new(fused))
    }

    /// What is missing shows only when it is used.
    fn try_out(&self, kind: Kind) -> Result<Tensor> {
        let some = Tensor::f_ones([16, 16], (kind, tch::Device::Cpu))?;
        let packed = self.pack_linear(&some)?;
        self.linear(&some, &packed, &some.f_get(0)?, Activation::Gelu)
    }

    /// # Shapes
    /// `[C_out, C_in]` to an opaque tensor of the same size.
    pub(crate) fn pack_linear(&self, weight: &Tensor) -> Result<Tensor> {
        Ok(self
            .0
            .method_ts("pack_linear", &[&weight.f_contiguous()?])?)
    }

    /// A product over the last axis, with its bias and what follows.
    ///
    /// # Shapes
    /// `[..., C_in]` to `[..., C_out]`; `weight` as packed, `bias` `[C_out]`.
    pub(crate) fn linear(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        activation: Activation,
    ) -> Result<Tensor> {
        let method = match activation {
            Activation::Nothing => "linear",
            Activation::Gelu => "linear_gelu",
            Activation::Relu => "linear_relu",
        };
        Ok(self.0.method_ts(method, &[x, weight, bias])?)
    }

    /// As [`linear`](Self::linear), added to `other`.
    ///
    /// # Shapes
    /// `other` as the result, `[..., C_out]`.
    pub(crate) fn linear_add(
        &self,
        x: &Tensor,
        other: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
    ) -> Result<Tensor> {
        Ok(self.0.method_ts("linear_add", &[x, other, weight, bias])?)
    }

    /// Floats times a factor, and something more, without what is behind the point, as bytes.
    pub(crate) fn to_bytes(&self, x: &Tensor, factor: f64, more: f64) -> Result<Tensor> {
        let arguments = [
            IValue::Tensor(x.shallow_clone()),
            IValue::Double(factor),
            IValue::Tensor(Tensor::f_scalar_tensor(
                more,
                (Kind::Float, tch::Device::Cpu),
            )?),
        ];
        self.tensor("to_bytes", &arguments)
    }

    /// # Shapes
    /// `[C_out, C_in]` of 8-bit integers to an opaque tensor.
    pub(crate) fn pack_quantized(&self, weight: &Tensor) -> Result<Tensor> {
        let weight = weight.f_contiguous()?;
        Ok(self.0.method_ts("pack_quantized", &[weight])?)
    }

    /// A product of integers over the last axis, with its bias and what follows in floats.
    ///
    /// # Shapes
    /// `[..., C_in]` of unsigned bytes to `[..., C_out]` of floats; `weight` as packed.
    pub(crate) fn quantized(
        &self,
        x: &Bytes,
        weight: &QuantizedWeight,
        bias: &Tensor,
        activation: Activation,
    ) -> Result<Tensor> {
        let arguments = [
            IValue::Tensor(x.values.shallow_clone()),
            IValue::Double(x.steps.scale),
            IValue::Int(x.steps.zero),
            IValue::Tensor(weight.packed.shallow_clone()),
            IValue::Tensor(weight.scales.shallow_clone()),
            IValue::Tensor(weight.zeros.shallow_clone()),
            IValue::Tensor(bias.shallow_clone()),
            IValue::String(activation.name().to_owned()),
        ];
        self.tensor("quantized", &arguments)
    }

    /// As [`pack_quantized`](Self::pack_quantized), for a convolution at stride 1.
    ///
    /// # Shapes
    /// `[C_out, C_in, K, K]` of 8-bit integers and their scales `[C_out]` to an opaque tensor.
    pub(crate) fn pack_quantized_conv(
        &self,
        weight: &Tensor,
        scales: &Tensor,
        padding: i64,
    ) -> Result<Tensor> {
        let arguments = [
            IValue::Tensor(weight.shallow_clone()),
            IValue::Tensor(scales.shallow_clone()),
            IValue::IntList(vec![1; 2]),
            IValue::IntList(vec![padding; 2]),
            IValue::IntList(some_size(weight, 1)),
        ];
        self.tensor("pack_quantized_conv", &arguments)
    }

    /// A convolution of integers at stride 1, with what follows in floats. Zero must be stood for by 0.
    ///
    /// # Shapes
    /// `[N, C_in, H, W]` of unsigned bytes, channels last in memory, to `[N, C_out, H', W']` of floats, also
    /// channels last; `weight` as packed.
    pub(crate) fn quantized_conv(
        &self,
        x: &Bytes,
        weight: &QuantizedWeight,
        padding: [i64; 2],
        activation: Activation,
    ) -> Result<Tensor> {
        let arguments = [
            IValue::Tensor(x.values.shallow_clone()),
            IValue::Double(x.steps.scale),
            IValue::Tensor(weight.packed.shallow_clone()),
            IValue::Tensor(weight.scales.shallow_clone()),
            IValue::Tensor(weight.zeros.shallow_clone()),
            IValue::IntList(padding.to_vec()),
            IValue::String(activation.name().to_owned()),
        ];
        self.tensor("quantized_conv", &arguments)
    }

    /// Packs the weight of a convolution that is not grouped. Any size of input can be given to it then.
    ///
    /// # Shapes
    /// `[C_out, C_in, K, K]` to an opaque tensor of the same size.
    pub(crate) fn pack_conv(&self, weight: &Tensor, stride: i64, padding: i64) -> Result<Tensor> {
        let arguments = [
            IValue::Tensor(weight.shallow_clone()),
            IValue::IntList(vec![stride; 2]),
            IValue::IntList(vec![padding; 2]),
            IValue::IntList(some_size(weight, stride)),
        ];
        self.tensor("pack_conv", &arguments)
    }

    /// A convolution with its bias and what follows.
    ///
    /// # Shapes
    /// `[N, C_in, H, W]`, channels last in memory, to `[N, C_out, H', W']`, also channels last.
    pub(crate) fn conv(
        &self,
        x: &Tensor,
        (weight, bias): (&Tensor, Option<&Tensor>),
        stride: i64,
        padding: [i64; 2],
        activation: Activation,
    ) -> Result<Tensor> {
        let arguments = [
            IValue::Tensor(x.shallow_clone()),
            IValue::Tensor(weight.shallow_clone()),
            bias.map_or(IValue::None, |bias| IValue::Tensor(bias.shallow_clone())),
            IValue::IntList(vec![stride; 2]),
            IValue::IntList(padding.to_vec()),
            IValue::String(activation.name().to_owned()),
        ];
        self.tensor("conv", &arguments)
    }

    fn tensor(&self, method: &str, arguments: &[IValue]) -> Result<Tensor> {
        match self.0.method_is(method, arguments)? {
            IValue::Tensor(tensor) => Ok(tensor),
            other => Err(TchError::Kind(format!("{method} gave {other:?}")).into()),
        }
    }
}

/// The size of an input that a convolution can be told when its weight is packed. One is wanted, but the layout that
/// is chosen does not depend on it.
///
/// # Shapes
/// `weight` `[C_out, C_in, K, K]`.
fn some_size(weight: &Tensor, stride: i64) -> Vec<i64> {
    let (inputs, kernel) = (weight.size()[1], weight.size()[2]);
    let side = 32 * stride + kernel - 1;
    vec![1, inputs, side, side]
}

/// The archive that TorchScript loads: the script, and one object of its class.
fn archive() -> Option<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let files = [
        ("data.pkl", OBJECT),
        ("code/__torch__.py", SCRIPT.as_bytes()),
        ("constants.pkl", CONSTANTS),
        ("version", VERSION),
    ];
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in files {
        archive.start_file(format!("fused/{name}"), stored).ok()?;
        archive.write_all(bytes).ok()?;
    }
    Some(archive.finish().ok()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    const FLOAT: (Kind, Device) = (Kind::Float, Device::Cpu);

    /// Whether this libtorch has them at all: it does on every x86, where speed was measured.
    fn fused() -> Option<Arc<Fused>> {
        let fused = Fused::load(Kind::Float);
        assert!(fused.is_some() || !cfg!(target_arch = "x86_64"));
        fused
    }

    #[test]
    fn a_packed_product_is_the_plain_one_and_what_follows() {
        let Some(fused) = fused() else { return };
        tch::manual_seed(3);
        let (x, weight, bias) = (
            Tensor::randn([2, 7, 5, 24], FLOAT),
            Tensor::randn([40, 24], FLOAT),
            Tensor::randn([40], FLOAT),
        );
        let packed = fused.pack_linear(&weight).unwrap();
        let plain = x.linear(&weight, Some(&bias));
        for (activation, expected) in [
            (Activation::Nothing, plain.shallow_clone()),
            (Activation::Gelu, plain.gelu("none")),
            (Activation::Relu, plain.relu()),
        ] {
            let found = fused.linear(&x, &packed, &bias, activation).unwrap();
            assert!(
                found.allclose(&expected, 1e-4, 1e-5, false),
                "{activation:?}"
            );
        }
        let other = Tensor::randn([2, 7, 5, 40], FLOAT);
        let found = fused.linear_add(&x, &other, &packed, &bias).unwrap();
        assert!(found.allclose(&(other + plain), 1e-4, 1e-5, false));
    }

    #[test]
    fn a_packed_convolution_is_the_plain_one_at_any_size() {
        let Some(fused) = fused() else { return };
        tch::manual_seed(4);
        let weight = Tensor::randn([20, 12, 3, 3], FLOAT);
        let packed = fused.pack_conv(&weight, 1, 1).unwrap();
        for (height, width) in [(4, 4), (31, 50), (130, 128)] {
            let x = Tensor::randn([1, height, width, 12], FLOAT).permute([0, 3, 1, 2]);
            let expected = x
                .conv2d(&weight, None::<&Tensor>, [1; 2], [0, 1], [1; 2], 1)
                .relu();
            let found = fused
                .conv(&x, (&packed, None), 1, [0, 1], Activation::Relu)
                .unwrap();
            assert!(
                found.allclose(&expected, 1e-4, 1e-4, false),
                "{height}x{width}"
            );
            // Channels are still last in memory.
            assert_eq!(found.stride()[1], 1);
        }
    }
}
