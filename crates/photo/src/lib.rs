//! A photograph in memory: decode, orientation, Lab, resample, merge, encode.
//!
//! | file | what it does |
//! | --- | --- |
//! | `limits.rs`, `format.rs` | what is read and written, and up to which size |
//! | `decode.rs`, `header.rs`, `split.rs`, `upright.rs`, `jpeg.rs`, `jpeg_fault.rs`, `jpeg_end.rs` | from a file to a [`Photo`], upright |
//! | `srgb.rs`, `lab.rs`, `curves.rs`, `luminances.rs` | sRGB, linear light and CIE Lab |
//! | `area.rs`, `network_input.rs` | the small gray picture that a network sees |
//! | `chroma.rs`, `merge.rs` | a network's colors, laid under the photo's own lightness |
//! | `upsample.rs`, `joint_bilateral.rs`, `sixteen.rs`, `mean_lightness.rs` | colors brought to the photo's resolution |
//! | `gamut.rs` | colors that sRGB cannot show |
//! | `restore/` | tint, borders, tone, dust and scratches |
//! | `adjust.rs` | a result's colors changed after the fact |
//! | `share.rs`, `counted_io.rs`, `cancel_io.rs` | progress and stopping |
//! | `scaling.rs`, `scale.rs` | another size |
//! | `layout.rs`, `encode.rs`, `png.rs`, `save.rs` | back to a file, whole or not at all |
//!
//! The photo's own lightness is never resampled: whatever size the colors were made at, every detail
//! of the result is the original's. Full-size work goes by strips, so that no float copy of the whole
//! photo ever exists.
//!
//! This crate knows no tensors, networks or jobs.

mod adjust;
mod area;
mod cancel_io;
mod chroma;
mod counted_io;
mod curves;
mod decode;
mod encode;
mod error;
mod explain;
mod format;
mod gamut;
mod header;
mod joint_bilateral;
mod jpeg;
mod jpeg_end;
mod jpeg_fault;
mod lab;
mod layout;
mod limits;
mod luminances;
mod mean_lightness;
mod merge;
mod network_input;
mod photo;
mod png;
mod restore;
mod save;
mod scale;
mod scaling;
mod share;
mod sixteen;
mod split;
mod srgb;
mod upright;
mod upsample;

pub use adjust::{Adjustment, adjust};
pub use area::Area;
pub use chroma::{ChromaMap, Upsampling};
pub use decode::PhotoFile;
pub use error::Error;
pub use format::{JPEG_QUALITY, OutputFormat, SourceFormat};
pub use gamut::Gamut;
pub use limits::Limits;
pub use merge::{Merging, merge};
pub use network_input::{Layout, NetworkInput, View};
pub use photo::{Alpha, Photo, PhotoInfo, Pixels};
pub use restore::{
    DefectMask, Frame, Neutral, Tint, Tone, find_defects, find_frame, measure_tint, neutralize,
    repair, restore_tone,
};
pub use save::{Overwrite, discard_unfinished, save, save_with_progress};
pub use scale::{scale, scale_with_progress};
pub use scaling::{Crop, SCALE_SIDE_MAX, ScaleMethod, Scaling};

/// What this crate's functions return.
pub type Result<T> = std::result::Result<T, Error>;
