//! How long each block is expected to take, relative to the others.
//!
//! A first run of a size is paced by counted operations times a measured rate for each kind of
//! block; every later run of that size by what the run before it took.

use std::collections::HashMap;
use std::time::Duration;

use tintype_checkpoint::Architecture;

use crate::block::Block;

/// N, H and W of an input.
pub(crate) type InputSize = (usize, usize, usize);

/// One block of a run that has been.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlockTime {
    /// The block.
    pub block: Block,
    /// What it took.
    pub elapsed: Duration,
    /// How many multiply-adds it consists of.
    pub operations: f64,
}

/// What earlier runs of this model took.
#[derive(Default)]
pub(crate) struct CostBook {
    measured: HashMap<InputSize, Vec<Duration>>,
}

impl CostBook {
    /// The blocks of a run with the seconds that each is expected to take.
    pub(crate) fn plan(&self, architecture: &Architecture, size: InputSize) -> Vec<(Block, f64)> {
        let blocks = Block::sequence(architecture);
        if let Some(durations) = self.measured.get(&size)
            && durations.len() == blocks.len()
        {
            return blocks
                .into_iter()
                .zip(durations.iter().map(Duration::as_secs_f64))
                .collect();
        }
        blocks
            .into_iter()
            .map(|block| (block, expected_seconds(architecture, block, size)))
            .collect()
    }

    /// The blocks of the last run of that size.
    pub(crate) fn measured(&self, architecture: &Architecture, size: InputSize) -> Vec<BlockTime> {
        let durations = self.measured.get(&size).into_iter().flatten();
        Block::sequence(architecture)
            .into_iter()
            .zip(durations)
            .map(|(block, elapsed)| {
                let operations = operations(architecture, block, size);
                BlockTime {
                    block,
                    elapsed: *elapsed,
                    operations,
                }
            })
            .collect()
    }

    /// Keeps what a whole run took.
    pub(crate) fn record(&mut self, size: InputSize, durations: Vec<Duration>) {
        self.measured.insert(size, durations);
    }
}

/// Nanoseconds for a million multiply-adds, by kind of block: medians of 7 runs of the bundled
/// starter at 512x512 on 2 cores of an AMD EPYC with AVX-512, fp32, rounded. Measured by
/// `cargo xtask bench blocks`.
fn nanoseconds_per_million(block: Block) -> f64 {
    match block {
        Block::Stem => 26_000.0,
        Block::Downsample { .. } => 15_000.0,
        Block::ConvNext { stage: 0 } => 21_000.0,
        Block::ConvNext { .. } => 13_000.0,
        Block::Upsample { .. } => 18_000.0,
        Block::Merge { .. } => 9_500.0,
        // The finest level's keys are written for the first time here: memory, not arithmetic.
        Block::Project { level: 2 } => 97_000.0,
        Block::Project { .. } => 19_000.0,
        Block::ColorLayer { .. } => 24_000.0,
        Block::Tail => 14_000.0,
    }
}

fn expected_seconds(architecture: &Architecture, block: Block, size: InputSize) -> f64 {
    operations(architecture, block, size) * nanoseconds_per_million(block) * 1e-15
}

/// Multiply-adds of one block: pixels times the sizes of the matrices each pixel meets.
#[must_use]
pub(crate) fn operations(
    architecture: &Architecture,
    block: Block,
    (batch, height, width): InputSize,
) -> f64 {
    let Architecture {
        dims,
        nf,
        hidden,
        queries,
        ffn,
        ..
    } = *architecture;
    // Pixels of the map at 1/2^shift of the input's resolution.
    let pixels = |shift: usize| batch * (height >> shift) * (width >> shift);
    // The pixel decoder's levels are at 1/16, 1/8 and 1/4.
    let level_pixels = |level: usize| pixels(4 - level);
    let level_width = |level: usize| if level == 2 { nf / 2 } else { nf };
    let count = match block {
        Block::Stem => pixels(2) * 3 * 16 * dims[0],
        Block::Downsample { stage } => pixels(stage + 2) * 4 * dims[stage - 1] * dims[stage],
        Block::ConvNext { stage } => pixels(stage + 2) * dims[stage] * (49 + 8 * dims[stage]),
        Block::Upsample { level } => {
            let inputs = if level == 0 { dims[3] } else { nf };
            level_pixels(level) * inputs * level_width(level)
        }
        Block::Merge { level } => {
            let inputs = level_width(level) + dims[2 - level];
            level_pixels(level) * 9 * inputs * level_width(level)
        }
        Block::Project { level } => level_pixels(level) * level_width(level) * hidden,
        Block::ColorLayer { level } => {
            let keys = level_pixels(level);
            let cross = 2 * keys * hidden * (hidden + queries);
            cross + batch * queries * hidden * (6 * hidden + 2 * queries + 2 * ffn)
        }
        Block::Tail => pixels(2) * (nf / 2) * (nf / 2 + 2),
    };
    count as f64
}
