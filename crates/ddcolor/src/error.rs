//! What can go wrong between a checkpoint and an ab plane.

use tch::TchError;
use tintype_protocol::Device;

/// An error of loading or running the network.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The checkpoint is not one that can be used.
    #[error(transparent)]
    Checkpoint(#[from] tintype_checkpoint::Error),

    /// The input is no `[N, 3, H, W]` with both sides positive multiples of
    /// [`SIDE_STEP`](crate::SIDE_STEP), or its data has another length.
    #[error(
        "the input must be [N, 3, H, W] with sides that are multiples of 32, found [{batch}, 3, {height}, {width}] with {len} values"
    )]
    InputShape {
        /// N as given.
        batch: usize,
        /// H as given.
        height: usize,
        /// W as given.
        width: usize,
        /// How many values came with it.
        len: usize,
    },

    /// The device asked for is not in this machine, or not in this build of libtorch.
    #[error("device {device} is not available")]
    DeviceUnavailable {
        /// The device asked for.
        device: Device,
    },

    /// libtorch could not allocate.
    #[error("libtorch ran out of memory")]
    OutOfMemory(#[source] TchError),

    /// Any other error out of libtorch; a defect of this crate or of the installation.
    #[error("libtorch failed")]
    Torch(#[source] TchError),

    /// The cancel flag was raised.
    #[error("cancelled")]
    Cancelled,
}

/// How libtorch's allocators word their failure. There is no error code to go by: the C++
/// exception reaches us as text. (`c10/core/impl/alloc_cpu.cpp`, `CUDACachingAllocator.cpp` and
/// `MPSAllocator.mm` of PyTorch 2.13; the last is the C++ library's own.)
const OUT_OF_MEMORY_WORDINGS: [&str; 5] = [
    "can't allocate memory",
    "not enough memory",
    "CUDA out of memory",
    "MPS backend out of memory",
    "std::bad_alloc",
];

impl From<TchError> for Error {
    fn from(error: TchError) -> Self {
        let text = error.to_string();
        if OUT_OF_MEMORY_WORDINGS
            .iter()
            .any(|wording| text.contains(wording))
        {
            Self::OutOfMemory(error)
        } else {
            Self::Torch(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allocation_that_cannot_succeed_is_told_apart_from_other_failures() {
        let absurd = tch::Tensor::f_zeros([1 << 46], (tch::Kind::Float, tch::Device::Cpu));
        assert!(matches!(
            absurd.map_err(Error::from),
            Err(Error::OutOfMemory(_))
        ));

        let options = (tch::Kind::Float, tch::Device::Cpu);
        let mismatch = tch::Tensor::zeros([2, 3], options)
            .f_matmul(&tch::Tensor::zeros([2, 3], options))
            .map_err(Error::from);
        assert!(matches!(mismatch, Err(Error::Torch(_))));
    }
}
