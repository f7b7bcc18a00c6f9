//! The sizes of a network, read off the shapes of its tensors.

use crate::{Checkpoint, Error, Result};

/// Blocks of a stage and layers of the color decoder at most. The large network has 27 and 9.
const MAX_COUNT: usize = 64;

/// The sizes that tell one `DDColor` from another. All are numbers of channels unless said.
///
/// Tiny, large and the bundled starter are this one struct. What never differs is not in it: four
/// encoder stages, three decoder levels, three scales that the color decoder looks at, eight
/// attention heads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Architecture {
    /// `ConvNeXt` blocks of each encoder stage. 3, 3, 9, 3 in the tiny network.
    pub depths: [usize; 4],
    /// Channels of each encoder stage. 96, 192, 384, 768 in the tiny network.
    pub dims: [usize; 4],
    /// Channels of the pixel decoder. 512 in the published networks.
    pub nf: usize,
    /// Channels of the color decoder. 256 in the published networks.
    pub hidden: usize,
    /// Color queries. 100 in the published networks.
    pub queries: usize,
    /// Layers of the color decoder. 9 in the published networks.
    pub layers: usize,
    /// Width inside the color decoder's feed-forward layers. 2048 in the published networks.
    pub ffn: usize,
}

impl Architecture {
    /// Attention heads of the color decoder. No shape tells their number.
    pub const HEADS: usize = 8;
    /// Scales of the image that the color decoder's layers look at in turn.
    pub const SCALES: usize = 3;

    /// Length of a color embedding and channels of the finest map: half of [`nf`](Self::nf).
    #[must_use]
    pub fn color_dim(&self) -> usize {
        self.nf / 2
    }

    /// Reads the sizes off a checkpoint, published or folded.
    ///
    /// This looks at one tensor for each size. That all others agree is for the strict accounting in
    /// [`Weights`](crate::Weights) to find out.
    ///
    /// # Errors
    /// [`Error::NotDdcolor`] if a tensor to read a size off is missing or has the wrong number of
    /// dimensions, [`Error::Architecture`] if a size is out of range.
    pub fn of(checkpoint: &Checkpoint) -> Result<Self> {
        let read = || {
            let side = |name: &str, dims: usize, side: usize| {
                checkpoint
                    .shape(name)
                    .filter(|shape| shape.len() == dims)?
                    .get(side)
                    .copied()
            };
            let count = |name: &dyn Fn(usize) -> String| {
                (0..=MAX_COUNT)
                    .take_while(|&index| checkpoint.shape(&name(index)).is_some())
                    .count()
            };
            let mut depths = [0; 4];
            let mut dims = [0; 4];
            for stage in 0..4 {
                let block = |block| format!("encoder.arch.stages.{stage}.{block}.dwconv.weight");
                depths[stage] = count(&block);
                dims[stage] = side(&block(0), 4, 0)?;
            }
            let conv = "decoder.layers.0.conv.0.weight";
            let nf = side(conv, 4, 0).or_else(|| side(&format!("{conv}_orig"), 4, 0))?;
            let queries = "decoder.color_decoder.query_feat.weight";
            let ffn = |layer| {
                format!("decoder.color_decoder.transformer_ffn_layers.{layer}.linear1.weight")
            };
            Some(Self {
                depths,
                dims,
                nf,
                hidden: side(queries, 2, 1)?,
                queries: side(queries, 2, 0)?,
                layers: count(&ffn),
                ffn: side(&ffn(0), 2, 0)?,
            })
        };
        let architecture = read().ok_or_else(|| Error::NotDdcolor {
            tensors: checkpoint.names().len(),
            first: checkpoint.names().next().map(crate::error::shortened),
        })?;
        architecture.check()?;
        Ok(architecture)
    }

    /// Bounds that no sensible network exceeds, so that no later product of sizes can overflow.
    fn check(&self) -> Result<()> {
        let check = |what, found: usize, good: bool, allowed| {
            if good {
                Ok(())
            } else {
                Err(Error::Architecture {
                    what,
                    found,
                    allowed,
                })
            }
        };
        for depth in self.depths {
            check(
                "depths",
                depth,
                (1..=MAX_COUNT).contains(&depth),
                "from 1 to 64",
            )?;
        }
        for dim in self.dims {
            check("dims", dim, (1..=4096).contains(&dim), "from 1 to 4096")?;
        }
        let (nf, hidden) = (self.nf, self.hidden);
        check(
            "nf",
            nf,
            (2..=4096).contains(&nf) && nf % 2 == 0,
            "even and from 2 to 4096",
        )?;
        // Sine and cosine of two coordinates ask for a multiple of 4, the heads for one of 8.
        let good = (8..=4096).contains(&hidden) && hidden % Self::HEADS == 0;
        check("hidden", hidden, good, "a multiple of 8 from 8 to 4096")?;
        check(
            "queries",
            self.queries,
            (1..=4096).contains(&self.queries),
            "from 1 to 4096",
        )?;
        check(
            "layers",
            self.layers,
            (1..=MAX_COUNT).contains(&self.layers),
            "from 1 to 64",
        )?;
        check(
            "ffn",
            self.ffn,
            (1..=65_536).contains(&self.ffn),
            "from 1 to 65536",
        )
    }
}
