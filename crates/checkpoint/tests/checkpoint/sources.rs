//! Where the tests' checkpoints come from: the reference's micro network, and a tiny one made here.

use std::path::PathBuf;

use tintype_checkpoint::{Architecture, layout};

use crate::files::{Tensor, safetensors, torch};

/// The published architecture at small sizes with random weights and every term alive.
pub(crate) fn micro_path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens/micro.pth")
}

/// Sizes so small that a whole checkpoint is some tens of kilobytes.
pub(crate) fn tiny() -> Architecture {
    Architecture {
        depths: [1, 1, 2, 1],
        dims: [2, 3, 4, 5],
        nf: 4,
        hidden: 8,
        queries: 2,
        layers: 1,
        ffn: 3,
    }
}

/// The tensors of a published checkpoint of these sizes, with numbers that are all different.
pub(crate) fn published(architecture: &Architecture) -> Vec<Tensor> {
    let mut seed = 1u32;
    layout::published(architecture)
        .into_iter()
        .map(|tensor| {
            let count = tensor.shape.iter().product();
            let numbers = std::iter::repeat_with(|| {
                // A linear congruential generator (Numerical Recipes' constants) is random enough,
                // and 0.1..1.1 suits variances too.
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                0.1 + f32::from((seed >> 16) as u16) / 65536.0
            });
            Tensor::f32(
                &tensor.name,
                &tensor.shape,
                &numbers.take(count).collect::<Vec<_>>(),
            )
        })
        .collect()
}

/// A tiny published checkpoint as PyTorch saves it.
pub(crate) fn tiny_torch() -> Vec<u8> {
    torch(&published(&tiny()))
}

/// The same as safetensors.
pub(crate) fn tiny_safetensors() -> Vec<u8> {
    safetensors(&published(&tiny()), &[])
}
