//! What an old print lost: its neutral tone, its edges, its contrast, and the specks it gained.
//!
//! | file | what it does |
//! | --- | --- |
//! | `tint.rs`, `neutral.rs` | sepia and yellowed paper: measured, and the lightness that lies beneath |
//! | `borders.rs`, `edges.rs`, `frame.rs` | where the picture ends and its border begins |
//! | `tone.rs`, `base.rs` | levels and local contrast |
//! | `mask.rs`, `dust.rs`, `hats.rs`, `parts.rs`, `shape.rs` | dust and scratches found |
//! | `inpaint.rs`, `front.rs`, `grain.rs` | and repaired |
//! | `values.rs` | pixels of every kind, read and written alike |
//!
//! All of it is classical: no network, the same result every time. Nothing here changes a photo that
//! it was not asked to change.

mod base;
mod borders;
mod dust;
mod edges;
mod frame;
mod front;
mod grain;
mod hats;
mod inpaint;
mod mask;
mod neutral;
mod parts;
mod shape;
#[cfg(test)]
mod testing;
mod tint;
mod tone;
mod values;

pub use borders::find_frame;
pub use dust::find_defects;
pub use frame::Frame;
pub(crate) use frame::Lines;
pub use inpaint::repair;
pub use mask::DefectMask;
pub use neutral::{Neutral, neutralize};
pub use tint::{Tint, measure_tint};
pub use tone::{Tone, restore_tone};
