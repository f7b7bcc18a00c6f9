//! A photograph in memory: decode, orientation, metadata, color profiles, Lab, resample, merge, encode.
//!
//! | part | what it does |
//! | --- | --- |
//! | `limits.rs`, `format.rs` | what is read and written, and up to which size |
//! | `decode/` | from a file to a [`Photo`], upright |
//! | `metadata/` | what a file tells beside its pixels, read and written |
//! | `profile/` | color profiles: to sRGB on the way in, named on the way out |
//! | `color/` | sRGB, linear light, CIE Lab, and what sRGB cannot show |
//! | `restore/` | tint, borders, tone, dust and scratches |
//! | `photo.rs`, `samples.rs` | a photo in memory, or what of it is too large for that in a file |
//! | `area.rs`, `network_input.rs` | the small gray picture that a network sees |
//! | `merge/` | a network's colors, laid under the photo's own lightness; a result's colors changed after the fact |
//! | `coloring/` | what a result was colored with, in a file, and its colors merged anew from that |
//! | `scale/` | another size |
//! | `mark.rs` | a small sign that a photo was colored |
//! | `encode/` | back to a file, whole or not at all |
//! | `progress/` | progress and stopping |
//!
//! The photo's own lightness is never resampled: whatever size the colors were made at, every detail
//! of the result is the original's. Full-size work goes by strips, so that no float copy of the whole
//! photo ever exists.
//!
//! This crate knows no tensors, networks or jobs.

mod area;
mod color;
mod coloring;
mod decode;
mod encode;
mod error;
mod explain;
mod format;
mod limits;
mod mark;
mod merge;
mod metadata;
mod network_input;
mod photo;
mod profile;
mod progress;
mod restore;
mod samples;
mod scale;

pub use area::Area;
pub use color::gamut::Gamut;
pub use coloring::{Coloring, ColoringError, recolor};
pub use decode::PhotoFile;
pub use encode::{
    Keep, OutputSpace, Overwrite, SaveOptions, discard_unfinished, save, save_with_progress,
};
pub use error::Error;
pub use format::{JPEG_QUALITY, OutputFormat, SourceFormat};
pub use limits::Limits;
pub use mark::palette_mark;
pub use merge::{Adjustment, ChromaMap, Merging, Upsampling, adjust, merge};
pub use metadata::{Metadata, MetadataKind, MetadataNote, Provenance, Resolution};
pub use network_input::{Layout, NetworkInput, View};
pub use photo::{Alpha, Photo, PhotoInfo, Pixels};
pub use restore::{
    DefectMask, Frame, Neutral, Tint, Tone, find_defects, find_frame, measure_tint, neutralize,
    repair, restore_tone,
};
pub use samples::Samples;
pub use scale::{Crop, SCALE_SIDE_MAX, ScaleMethod, Scaling, scale, scale_with_progress};

/// What this crate's functions return.
pub type Result<T> = std::result::Result<T, Error>;
