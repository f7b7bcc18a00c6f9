//! The blocks that a run of the network consists of, in their order.

use std::fmt;

use tintype_checkpoint::Architecture;

use crate::pixel_decoder::LEVELS;
use crate::tail::SUB_PIXELS;

/// One uninterruptible piece of a run. Progress is reported and cancelling honored after each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Block {
    /// The encoder's 4x4 convolution at stride 4, which takes in the image.
    Stem,
    /// The 2x2 convolution at stride 2 before encoder stage `stage` (1..=3).
    Downsample {
        /// The stage it leads into.
        stage: usize,
    },
    /// One ConvNeXt block.
    ConvNext {
        /// Encoder stage, 0..=3.
        stage: usize,
    },
    /// Doubling the resolution in the pixel decoder.
    Upsample {
        /// Decoder level, 0..=2, from coarse to fine.
        level: usize,
    },
    /// The 3x3 convolution over the upsampled map and the encoder's feature.
    Merge {
        /// Decoder level, 0..=2, from coarse to fine.
        level: usize,
    },
    /// Bringing a decoder level to the color decoder's width.
    Project {
        /// Decoder level, 0..=2, from coarse to fine.
        level: usize,
    },
    /// One layer of the color decoder: cross-attention, self-attention, feed-forward.
    ColorLayer {
        /// The decoder level that it attends to.
        level: usize,
    },
    /// One of the sixteen sub-pixels of the fused tail.
    Tail,
}

impl Block {
    /// Every block of a run, in the order in which [`Model::run`](crate::Model::run) passes them.
    #[must_use]
    pub fn sequence(architecture: &Architecture) -> Vec<Self> {
        let mut blocks = vec![Self::Stem];
        for (stage, &depth) in architecture.depths.iter().enumerate() {
            if stage > 0 {
                blocks.push(Self::Downsample { stage });
            }
            blocks.extend(std::iter::repeat_n(Self::ConvNext { stage }, depth));
        }
        for level in 0..LEVELS {
            blocks.extend([Self::Upsample { level }, Self::Merge { level }]);
        }
        blocks.extend((0..LEVELS).map(|level| Self::Project { level }));
        blocks.extend((0..architecture.layers).map(|i| Self::ColorLayer { level: i % LEVELS }));
        blocks.extend(std::iter::repeat_n(Self::Tail, SUB_PIXELS));
        blocks
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stem => f.write_str("stem"),
            Self::Downsample { stage } => write!(f, "downsample {stage}"),
            Self::ConvNext { stage } => write!(f, "convnext {stage}"),
            Self::Upsample { level } => write!(f, "upsample {level}"),
            Self::Merge { level } => write!(f, "merge {level}"),
            Self::Project { level } => write!(f, "project {level}"),
            Self::ColorLayer { level } => write!(f, "color layer on level {level}"),
            Self::Tail => f.write_str("tail"),
        }
    }
}
