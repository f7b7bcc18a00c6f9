//! The memory that a run will need, foreseen from sizes alone.
//!
//! Counted by hand from the code of the blocks: for each part of the network the tensors that are
//! alive together at its fullest moment. The command line's tests hold the count against what a run
//! really takes.

use tintype_checkpoint::Architecture;
use tintype_protocol::Precision;

use crate::Block;
use crate::cost::InputSize;
use crate::pixel_decoder::LEVELS;

/// What oneDNN and the allocator take on top of the tensors themselves, as a factor of them. Most of
/// it is the allocator's: glibc keeps freed blocks of up to 32 MiB for later, and how well they fit
/// what comes next depends on the order in which threads end. One and the same run of the starter at
/// 1024 pixels took between 295 and 447 MB; a forecast has to cover the worst.
const SCRATCH: f64 = 1.6;

/// What a loaded model holds between runs, in bytes: its weights.
#[must_use]
pub fn resident_bytes(parameters: u64, precision: Precision) -> u64 {
    parameters * bytes_per_value(precision)
}

/// The peak of a run of `[N, 3, H, W]` on top of [`resident_bytes`], in bytes.
#[must_use]
pub fn peak_bytes(
    architecture: &Architecture,
    batch: usize,
    height: usize,
    width: usize,
    precision: Precision,
) -> u64 {
    let size = (batch, height, width);
    let image_values = 3 * batch * height * width;
    let peak = Block::sequence(architecture)
        .into_iter()
        .map(|block| live_values(architecture, block, size))
        .max()
        .unwrap_or(0);
    // The input as given, its fp32 copy, the result and its copy, whatever the precision.
    let fixed = (2 * image_values + 2 * image_values * 2 / 3) as u64 * 4;
    let working = (peak + image_values) as u64 * bytes_per_value(precision);
    fixed + (working as f64 * SCRATCH) as u64
}

fn bytes_per_value(precision: Precision) -> u64 {
    match precision {
        // The activations of int8 are floats outside of its products; of weights it has fewer bytes.
        Precision::Fp32 | Precision::Int8 => 4,
        Precision::Bf16 => 2,
    }
}

/// How many values are alive at the fullest moment of a block, what it keeps for later included.
fn live_values(architecture: &Architecture, block: Block, size: InputSize) -> usize {
    let Architecture {
        dims,
        nf,
        hidden,
        queries,
        ..
    } = *architecture;
    let (batch, height, width) = size;
    let pixels = |shift: usize| batch * (height >> shift) * (width >> shift);
    let feature = |stage: usize| pixels(stage + 2) * dims[stage];
    let features_before = |stage: usize| (0..stage).map(feature).sum::<usize>();
    let map_width = |level: usize| if level == 2 { nf / 2 } else { nf };
    let map = |level: usize| pixels(4 - level) * map_width(level);
    let maps_before = |level: usize| (0..level).map(map).sum::<usize>();
    let all_scales = (0..LEVELS)
        .map(|level| 2 * pixels(4 - level) * hidden)
        .sum::<usize>();
    match block {
        // Convolution, then its norm.
        Block::Stem => 2 * feature(0),
        Block::Downsample { stage } => {
            features_before(stage) + 2 * feature(stage - 1) + feature(stage)
        }
        // The input, the convolution's output and the normed one.
        Block::Depthwise { stage } => features_before(stage) + 3 * feature(stage),
        // The residual, the normed input and four times its width; or the same with the output.
        Block::Expand { stage } | Block::Reduce { stage } => {
            features_before(stage) + 7 * feature(stage)
        }
        Block::Upsample { level } => {
            let skips = features_before(LEVELS - level);
            // The widened map, its shuffled copy, the padded copy and the blurred one.
            skips + maps_before(level) + 3 * map(level)
        }
        // The parts and their joined copy; then that, the bands of the result, and the result.
        Block::Join { level } | Block::Merge { level } => {
            let skips = features_before(LEVELS - level);
            let joined = map(level) + feature(2 - level);
            skips + maps_before(level) + 2 * joined + map(level)
        }
        Block::Project { .. } | Block::Position { .. } => {
            maps_before(LEVELS) + all_scales + pixels(2) * hidden
        }
        Block::Keys { level }
        | Block::Values { level }
        | Block::Attend { level }
        | Block::ColorLayer { level } => {
            let keys = pixels(4 - level);
            maps_before(LEVELS) + all_scales + 3 * keys * hidden + 8 * queries * hidden
        }
        Block::Tail => maps_before(LEVELS) + pixels(2) * (nf / 2) * 2 + 2 * pixels(0) * 3,
    }
}
