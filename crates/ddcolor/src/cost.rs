//! How long each block is expected to take, relative to the others.
//!
//! A first run of a size is paced by counted operations times a measured rate for each kind of
//! block; every later run of that size by what the run before it took.

use std::collections::HashMap;
use std::time::Duration;

use tintype_checkpoint::Architecture;

use crate::block::Block;
use crate::color_decoder::parts;
use crate::pixel_decoder::bands;

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

/// How long a run of `[N, 3, H, W]` on a model of this architecture is expected to take: a count of
/// operations at the rates of one desktop processor, fp32.
#[must_use]
pub fn expected_time(
    architecture: &Architecture,
    batch: usize,
    height: usize,
    width: usize,
) -> Duration {
    let blocks = Block::sequence(architecture).into_iter();
    let size = (batch, height, width);
    Duration::from_secs_f64(
        blocks
            .map(|block| expected_seconds(architecture, block, size))
            .sum(),
    )
}

/// How many multiply-adds a run of `[N, 3, H, W]` consists of, without what is only moved or added.
#[must_use]
pub fn multiply_adds(
    architecture: &Architecture,
    batch: usize,
    height: usize,
    width: usize,
) -> f64 {
    Block::sequence(architecture)
        .into_iter()
        .filter(|block| !matches!(block, Block::Join { .. } | Block::Position { .. }))
        .map(|block| operations(architecture, block, (batch, height, width)))
        .sum()
}

/// Nanoseconds for a million multiply-adds, by kind of block: medians of 15 runs of the bundled
/// starter at 512x512 on 2 cores of an AMD EPYC with AVX-512, fp32, rounded. Measured by
/// `cargo xtask bench blocks`.
fn nanoseconds_per_million(block: Block) -> f64 {
    match block {
        // The widest map of all, at stage 0, is written for the first time here: memory, not arithmetic.
        Block::Stem | Block::Depthwise { .. } | Block::Expand { stage: 0 } => 26_000.0,
        Block::Downsample { .. } => 15_000.0,
        Block::Expand { .. } | Block::Project { .. } => 13_000.0,
        Block::Reduce { .. } => 11_000.0,
        Block::Upsample { .. } => 17_000.0,
        // For a million values that are moved or added.
        Block::Join { .. } | Block::Position { .. } => 250_000.0,
        Block::Merge { .. } => 9_500.0,
        Block::Keys { .. } | Block::Values { .. } => 17_500.0,
        Block::Attend { .. } => 28_000.0,
        Block::ColorLayer { .. } => 42_000.0,
        Block::Tail => 14_000.0,
    }
}

/// Bytes of weights that come from memory in a second, whatever the size of the input: no cache holds all of
/// them from one run to the next. For small inputs of a large model that is a good part of the time.
const WEIGHT_BYTES_PER_SECOND: f64 = 10e9;

fn expected_seconds(architecture: &Architecture, block: Block, size: InputSize) -> f64 {
    let work = work(architecture, block, size);
    let arithmetic = work.operations() * nanoseconds_per_million(block) * 1e-15;
    arithmetic + 4.0 * work.weights() / WEIGHT_BYTES_PER_SECOND
}

/// Multiply-adds of one block.
#[must_use]
pub(crate) fn operations(architecture: &Architecture, block: Block, size: InputSize) -> f64 {
    work(architecture, block, size).operations()
}

/// What a block consists of.
#[derive(Debug, Clone, Copy)]
struct Work {
    /// Pixels, or queries.
    items: usize,
    /// Multiply-adds for each of them.
    each: usize,
    /// Whether those are with weights, each of which is used once an item.
    has_weights: bool,
}

impl Work {
    fn operations(self) -> f64 {
        self.items as f64 * self.each as f64
    }

    /// The number of weights.
    fn weights(self) -> f64 {
        if self.has_weights {
            self.each as f64
        } else {
            0.0
        }
    }
}

/// The items of one block times the sizes of the matrices that each of them meets.
fn work(architecture: &Architecture, block: Block, (batch, height, width): InputSize) -> Work {
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
    let (items, each) = match block {
        Block::Stem => (pixels(2), 3 * 16 * dims[0]),
        Block::Downsample { stage } => (pixels(stage + 2), 4 * dims[stage - 1] * dims[stage]),
        Block::Depthwise { stage } => (pixels(stage + 2), dims[stage] * 49),
        Block::Expand { stage } | Block::Reduce { stage } => {
            (pixels(stage + 2), 4 * dims[stage] * dims[stage])
        }
        Block::Upsample { level } => {
            let inputs = if level == 0 { dims[3] } else { nf };
            (level_pixels(level), inputs * level_width(level))
        }
        // Moved, not multiplied.
        Block::Join { level } => (level_pixels(level), level_width(level) + dims[2 - level]),
        Block::Merge { level } => {
            let inputs = level_width(level) + dims[2 - level];
            (
                level_pixels(level) / bands(level),
                9 * inputs * level_width(level),
            )
        }
        Block::Project { level } => (level_pixels(level), level_width(level) * hidden),
        // Added, not multiplied.
        Block::Position { level } => (level_pixels(level), hidden),
        Block::Keys { level } | Block::Values { level } => (level_pixels(level), hidden * hidden),
        Block::Attend { level } => (level_pixels(level) / parts(level), 2 * hidden * queries),
        Block::ColorLayer { .. } => {
            let each = hidden * (6 * hidden + 2 * queries + 2 * ffn);
            (batch * queries, each)
        }
        Block::Tail => (pixels(2), (nf / 2) * (nf / 2 + 2)),
    };
    let has_weights = !matches!(
        block,
        Block::Join { .. } | Block::Position { .. } | Block::Attend { .. }
    );
    Work {
        items,
        each,
        has_weights,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The checkpoint of the golden tests.
    const MICRO: Architecture = Architecture {
        depths: [3, 3, 9, 3],
        dims: [16, 32, 48, 64],
        nf: 64,
        hidden: 32,
        queries: 20,
        layers: 9,
        ffn: 64,
    };

    const STARTER: Architecture = Architecture {
        depths: [2, 2, 6, 2],
        dims: [48, 96, 192, 384],
        nf: 128,
        hidden: 128,
        queries: 48,
        layers: 3,
        ffn: 256,
    };

    /// The published networks.
    const TINY: Architecture = Architecture {
        depths: [3, 3, 9, 3],
        dims: [96, 192, 384, 768],
        nf: 512,
        hidden: 256,
        queries: 100,
        layers: 9,
        ffn: 2048,
    };
    const LARGE: Architecture = Architecture {
        depths: [3, 3, 27, 3],
        dims: [192, 384, 768, 1536],
        ..TINY
    };

    #[test]
    fn no_block_moves_the_bar_by_more_than_five_points() {
        for architecture in [MICRO, STARTER, TINY, LARGE] {
            for side in [256, 384, 512, 1024] {
                let plan = CostBook::default().plan(&architecture, (1, side, side));
                let total: f64 = plan.iter().map(|(_, seconds)| seconds).sum();
                for (block, seconds) in plan {
                    let points = seconds / total * 100.0;
                    assert!(points <= 5.0, "{block} at {side}: {points}");
                }
            }
        }
    }

    #[test]
    fn a_run_that_has_been_paces_the_next_of_its_size() {
        let (mut book, size) = (CostBook::default(), (1, 64, 64));
        let first = book.plan(&MICRO, size);
        let durations = vec![Duration::from_millis(2); first.len()];
        book.record(size, durations);
        let second = book.plan(&MICRO, size);
        assert!(second.iter().all(|(_, seconds)| *seconds == 0.002));
        assert_eq!(book.measured(&MICRO, size).len(), first.len());
        assert_eq!(book.plan(&MICRO, (1, 32, 32)).len(), first.len());
        assert!(book.measured(&MICRO, (1, 32, 32)).is_empty());
    }
}
