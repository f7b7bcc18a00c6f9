//! The DDColor network on libtorch: folded weights in, `[N, 3, H, W]` gray in, `[N, 2, H, W]` ab out.
//!
//! DDColor is Kang et al., *DDColor: Towards Photo-Realistic Image Colorization via Dual
//! Decoders*, ICCV 2023 (<https://arxiv.org/abs/2212.11613>). A ConvNeXt encoder (Liu et al.,
//! *A ConvNet for the 2020s*, <https://arxiv.org/abs/2201.03545>) gives features at 1/4, 1/8, 1/16
//! and 1/32 of the input; a pixel decoder brings them back up in the manner of a U-Net; a color
//! decoder turns learned queries into color embeddings by attending to three of its scales; and
//! the product of both, refined by one 1x1 convolution, is the ab plane.
//!
//! | file | part |
//! | --- | --- |
//! | `encoder.rs` | ConvNeXt and its four normed features |
//! | `pixel_decoder.rs` | pixel-shuffle upsampling and the U-Net's blocks |
//! | `color_decoder.rs` | queries, attention, color embeddings |
//! | `tail.rs` | the fused last shuffle, color product and refinement |
//! | `model.rs` | the whole, run block by block |
//! | `layers.rs`, `fused.rs` | the few kinds of layer, on oneDNN's packed weights where they can be had |
//! | `quantized.rs` | the widest products in 8-bit integers |
//! | `block.rs`, `cost.rs`, `pacer.rs` | what a block is, its share of the time, progress and cancel |
//! | `device.rs`, `cuda.rs` | choosing a device; the part of libtorch for NVIDIA's, where that is apart |
//! | `memory.rs` | the peak memory a run will need |
//!
//! Every activation is kept channels-last, `[N, H, W, C]` in memory, from the stem to the tail.
//! This crate knows no files, photos or jobs; the checkpoint's format is `tintype-checkpoint`'s.

mod attention;
mod block;
mod color_decoder;
mod cost;
mod cuda;
mod device;
mod encoder;
mod error;
mod explain;
mod fused;
mod layers;
mod loader;
mod memory;
mod model;
mod pacer;
mod pixel_decoder;
mod pool;
mod position;
mod quantized;
mod tail;
mod wide;

pub use block::Block;
pub use cost::{BlockTime, expected_time, multiply_adds};
pub use cuda::{CudaPart, cuda_part, offer_cuda};
pub use device::{LIBTORCH_VERSION, resolve_device, set_threads, threads};
pub use error::Error;
pub use memory::{peak_bytes, resident_bytes};
pub use model::{Ab, GrayInput, Model};
pub use pacer::Progress;

/// What this crate's functions return.
pub type Result<T> = std::result::Result<T, Error>;

/// The input's sides must be multiples of this: the encoder halves the resolution five times.
pub const SIDE_STEP: usize = 32;
