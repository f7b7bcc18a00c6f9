//! The names that a pickle may import.

use crate::DType;
use crate::error::shortened;
use crate::fault::PickleFault;

/// What an importable name means to this reader. None of it is code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Global {
    /// `collections.OrderedDict`: a dictionary.
    OrderedDict,
    /// `torch._utils._rebuild_tensor_v2`: a tensor from a storage, offset, shape and strides.
    RebuildTensor,
    /// `torch._utils._rebuild_parameter`: the tensor in its first argument.
    RebuildParameter,
    /// `torch.FloatStorage` and its kin: the kind of a storage's numbers.
    Storage(DType),
}

impl Global {
    /// The meaning of `module.name`, or a refusal that names it.
    pub(super) fn named(module: &str, name: &str) -> Result<Self, PickleFault> {
        Ok(match (module, name) {
            ("collections", "OrderedDict") => Self::OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2") => Self::RebuildTensor,
            ("torch._utils", "_rebuild_parameter") => Self::RebuildParameter,
            ("torch", "DoubleStorage") => Self::Storage(DType::F64),
            ("torch", "FloatStorage") => Self::Storage(DType::F32),
            ("torch", "HalfStorage") => Self::Storage(DType::F16),
            ("torch", "BFloat16Storage") => Self::Storage(DType::BF16),
            ("torch", "LongStorage") => Self::Storage(DType::I64),
            ("torch", "IntStorage") => Self::Storage(DType::I32),
            ("torch", "ShortStorage") => Self::Storage(DType::I16),
            ("torch", "CharStorage") => Self::Storage(DType::I8),
            ("torch", "ByteStorage") => Self::Storage(DType::U8),
            ("torch", "BoolStorage") => Self::Storage(DType::Bool),
            _ => {
                return Err(PickleFault::Global {
                    module: shortened(module),
                    name: shortened(name),
                });
            }
        })
    }
}
