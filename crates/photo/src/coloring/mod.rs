//! What a result was colored with, so that its colors can be changed without the network.

mod file;

pub use file::ColoringError;

use tintype_protocol::CancelFlag;

use crate::mark::with_mark_of;
use crate::{Adjustment, ChromaMap, Frame, Merging, Photo, Result, merge};

/// What a result was colored with: all that made it besides its lightness, which it has itself, since merging
/// keeps that.
///
/// With it, and with the result, [`recolor`] makes what merging would have made with another adjustment. It
/// is kept as a small file of its own: [`Coloring::to_bytes`] and [`Coloring::from_bytes`].
#[derive(Debug, Clone, PartialEq)]
pub struct Coloring {
    /// The network's colors.
    pub chroma: ChromaMap,
    /// The part of the photo that has them.
    pub frame: Frame,
    /// How they were laid under the photo's lightness.
    pub merging: Merging,
    /// Whether the result has a [palette](crate::palette_mark) in its corner, which is no part of the photo.
    pub has_mark: bool,
}

/// A result with its colors merged anew, from those of the network and with another adjustment than its own.
/// The result may have been brought to another size meanwhile, as a whole, such as for a thumbnail.
///
/// As against [`adjust`](crate::adjust), which has only the finished picture, chroma that was adjusted away,
/// that sRGB could not show or that was lost in rounding comes back. With its own adjustment the result stays
/// as it is but for rounding. Under [`Gamut::Clip`](crate::Gamut::Clip) it may not: clipping changes lightness,
/// and what was clipped is lost.
///
/// # Errors
/// [`Error::Cancelled`](crate::Error::Cancelled).
pub fn recolor(
    result: &Photo,
    coloring: &Coloring,
    adjustment: &Adjustment,
    cancel: &CancelFlag,
) -> Result<Photo> {
    let frame = coloring.frame.scaled((result.width(), result.height()));
    let merging = Merging {
        adjustment: *adjustment,
        ..coloring.merging
    };
    let merged = merge(
        result,
        &coloring.chroma,
        &frame,
        &merging,
        cancel,
        &mut |_| {},
    )?;
    Ok(if coloring.has_mark {
        with_mark_of(merged, result, coloring.frame.size())
    } else {
        merged
    })
}
