//! From folded weights to tensors on a device.

use std::sync::Arc;

use tch::{Device, Kind, Tensor};
use tintype_checkpoint::Weights;
use tintype_protocol::Precision;

use crate::Result;
use crate::device::torch_kind;
use crate::fused::Fused;
use crate::quantized::QuantizedWeight;

/// As often must each input be multiplied for the product to be faster in integers, the making of them included:
/// measured on an Intel Xeon with AVX512-VNNI, where 192 outputs of 768 inputs took 1.7 times as long as in
/// floats, and 384 of 1536 0.8 times.
const WORTH_QUANTIZING: usize = 384;

/// A place in the checkpoint's tree of names, and where its tensors are to go.
///
/// `loader.at("encoder").at("arch")` mirrors the published names, so that the code of a block
/// reads like the checkpoint it loads.
#[derive(Clone)]
pub(crate) struct Loader<'a> {
    weights: &'a Weights,
    prefix: String,
    pub(crate) device: Device,
    pub(crate) kind: Kind,
    /// Where layers are better packed.
    pub(crate) fused: Option<Arc<Fused>>,
    /// Whether layers that can be quantized are to be.
    is_quantized: bool,
}

impl<'a> Loader<'a> {
    pub(crate) fn new(weights: &'a Weights, device: Device, precision: Precision) -> Self {
        let kind = torch_kind(precision);
        Self {
            weights,
            prefix: String::new(),
            device,
            kind,
            fused: (device == Device::Cpu).then(|| Fused::load(kind)).flatten(),
            is_quantized: precision == Precision::Int8,
        }
    }

    /// What quantized layers run on, if layers are to be quantized and it can be had, and if it pays where each
    /// input is multiplied that often.
    pub(crate) fn quantizer(&self, multiplications: usize) -> Option<&Arc<Fused>> {
        let is_worth_it = self.is_quantized && multiplications >= WORTH_QUANTIZING;
        self.fused.as_ref().filter(|_| is_worth_it)
    }

    /// One step down the tree; `name` may hold dots.
    pub(crate) fn at(&self, name: impl std::fmt::Display) -> Self {
        Self {
            prefix: self.name(&name.to_string()),
            ..self.clone()
        }
    }

    /// The tensor `prefix.name` on the device, in the working precision.
    pub(crate) fn tensor(&self, name: &str) -> Result<Tensor> {
        Ok(self
            .tensor_fp32(name)?
            .f_to_kind(self.kind)?
            .f_to_device(self.device)?)
    }

    /// The tensor `prefix.name` on the CPU in fp32, for arithmetic that is done once at load.
    pub(crate) fn tensor_fp32(&self, name: &str) -> Result<Tensor> {
        let folded = self.weights.tensor(&self.name(name))?;
        let shape: Vec<i64> = folded.shape.iter().map(|&side| side as i64).collect();
        Ok(Tensor::f_from_slice(&folded.f32s())?.f_reshape(shape)?)
    }

    /// The matrix `prefix.name`, of `[C_out, C_in]` or `[C_out, C_in, 1, 1]`, packed straight from the checkpoint's
    /// file: a large one is never in memory twice.
    pub(crate) fn packed_linear(&self, name: &str, fused: &Fused) -> Result<Tensor> {
        self.with_matrix(name, |matrix| {
            fused.pack_linear(&matrix.f_to_kind(self.kind)?)
        })
    }

    /// As [`packed_linear`](Self::packed_linear), in integers.
    pub(crate) fn quantized_linear(&self, name: &str, fused: &Fused) -> Result<QuantizedWeight> {
        self.with_matrix(name, |matrix| QuantizedWeight::pack(matrix, fused))
    }

    fn with_matrix<T>(&self, name: &str, pack: impl FnOnce(&Tensor) -> Result<T>) -> Result<T> {
        let folded = self.weights.tensor(&self.name(name))?;
        let values = folded.f32s();
        let (outputs, inputs) = (folded.shape[0], values.len() / folded.shape[0].max(1));
        pack(&lent(&values, [outputs as i64, inputs as i64])?)
    }

    /// Whatever was computed at load, moved to where the rest is.
    pub(crate) fn place(&self, tensor: &Tensor) -> Result<Tensor> {
        Ok(tensor
            .f_contiguous()?
            .f_to_kind(self.kind)?
            .f_to_device(self.device)?)
    }

    fn name(&self, name: &str) -> String {
        if self.prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.prefix)
        }
    }
}

/// A tensor over values that are somebody else's. Nothing may keep it, nor anything that shares its memory.
fn lent(values: &[f32], shape: [i64; 2]) -> Result<Tensor> {
    let is_whole = shape[0].checked_mul(shape[1]) == i64::try_from(values.len()).ok();
    let shape = if is_whole { shape } else { [0, 0] };
    #[allow(unsafe_code, reason = "what is packed need not be copied first")]
    // SAFETY: the pointer is good for as many values as the shape has; `with_matrix` alone uses it, while
    // it holds the values, and packing reads them into memory of its own.
    let tensor = unsafe {
        Tensor::f_from_blob(
            values.as_ptr().cast(),
            &shape,
            &[shape[1], 1],
            Kind::Float,
            Device::Cpu,
        )
    };
    Ok(tensor?)
}
