//! The blocks that a run of the network consists of, in their order.

use std::fmt;

use tintype_checkpoint::Architecture;

use crate::color_decoder::parts;
use crate::pixel_decoder::{LEVELS, bands};
use crate::tail::BANDS;

/// One uninterruptible piece of a run. Progress is reported and cancelling honored after each, so none
/// may take more than a twentieth of the time; what would is taken apart into the operations that it
/// consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Block {
    /// The encoder's 4x4 convolution at stride 4, which takes in the image.
    Stem,
    /// The 2x2 convolution at stride 2 before encoder stage `stage` (1..=3).
    Downsample {
        /// The stage it leads into.
        stage: usize,
    },
    /// The first part of a ConvNeXt block: the 7x7 depthwise convolution and its norm.
    Depthwise {
        /// Encoder stage, 0..=3.
        stage: usize,
    },
    /// The second part of a ConvNeXt block: four times wider, and GELU.
    Expand {
        /// Encoder stage, 0..=3.
        stage: usize,
    },
    /// The third part of a ConvNeXt block: as wide as before, and added to its input.
    Reduce {
        /// Encoder stage, 0..=3.
        stage: usize,
    },
    /// Doubling the resolution in the pixel decoder.
    Upsample {
        /// Decoder level, 0..=2, from coarse to fine.
        level: usize,
    },
    /// Laying the upsampled map and the encoder's feature side by side.
    Join {
        /// Decoder level, 0..=2, from coarse to fine.
        level: usize,
    },
    /// The 3x3 convolution over both, or over one of several bands of their rows.
    Merge {
        /// Decoder level, 0..=2, from coarse to fine.
        level: usize,
    },
    /// Bringing a decoder level to the color decoder's width.
    Project {
        /// Decoder level, 0..=2, from coarse to fine.
        level: usize,
    },
    /// Adding the positions to a projected level.
    Position {
        /// Decoder level, 0..=2, from coarse to fine.
        level: usize,
    },
    /// The cross-attention's keys in a layer of the color decoder.
    Keys {
        /// The decoder level that they are made of.
        level: usize,
    },
    /// The cross-attention's values in a layer of the color decoder.
    Values {
        /// The decoder level that they are made of.
        level: usize,
    },
    /// The cross-attention in a layer of the color decoder, or that of some of its heads.
    Attend {
        /// The decoder level that they attend to.
        level: usize,
    },
    /// The rest of a layer of the color decoder: self-attention and feed-forward.
    ColorLayer {
        /// The decoder level that it has attended to.
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
            for _ in 0..depth {
                blocks.extend([
                    Self::Depthwise { stage },
                    Self::Expand { stage },
                    Self::Reduce { stage },
                ]);
            }
        }
        for level in 0..LEVELS {
            blocks.extend([Self::Upsample { level }, Self::Join { level }]);
            blocks.extend(std::iter::repeat_n(Self::Merge { level }, bands(level)));
        }
        for level in 0..LEVELS {
            blocks.extend([Self::Project { level }, Self::Position { level }]);
        }
        for level in (0..LEVELS).cycle().take(architecture.layers) {
            blocks.extend([Self::Keys { level }, Self::Values { level }]);
            blocks.extend(std::iter::repeat_n(Self::Attend { level }, parts(level)));
            blocks.push(Self::ColorLayer { level });
        }
        blocks.extend(std::iter::repeat_n(Self::Tail, BANDS));
        blocks
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stem => f.write_str("stem"),
            Self::Downsample { stage } => write!(f, "downsample {stage}"),
            Self::Depthwise { stage } => write!(f, "depthwise {stage}"),
            Self::Expand { stage } => write!(f, "expand {stage}"),
            Self::Reduce { stage } => write!(f, "reduce {stage}"),
            Self::Upsample { level } => write!(f, "upsample {level}"),
            Self::Join { level } => write!(f, "join {level}"),
            Self::Merge { level } => write!(f, "merge {level}"),
            Self::Project { level } => write!(f, "project {level}"),
            Self::Position { level } => write!(f, "position {level}"),
            Self::Keys { level } => write!(f, "keys of level {level}"),
            Self::Values { level } => write!(f, "values of level {level}"),
            Self::Attend { level } => write!(f, "attend to level {level}"),
            Self::ColorLayer { level } => write!(f, "color layer on level {level}"),
            Self::Tail => f.write_str("tail"),
        }
    }
}
