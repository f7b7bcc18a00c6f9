//! A photograph in memory: decode, orientation, metadata, color profiles, Lab, resample, merge, encode.
//!
//! | file | what it does |
//! | --- | --- |
//! | `limits.rs`, `format.rs` | what is read and written, and up to which size |
//! | `decode.rs`, `header.rs`, `split.rs`, `upright.rs`, `jpeg.rs`, `jpeg_fault.rs`, `jpeg_end.rs` | from a file to a [`Photo`], upright |
//! | `metadata/` | what a file tells beside its pixels, read and written |
//! | `color/` | color profiles: to sRGB on the way in, named on the way out |
//! | `srgb.rs`, `lab.rs` | sRGB, linear light and CIE Lab |
//! | `network_input.rs` | the small gray picture that a network sees |
//! | `chroma.rs`, `merge.rs` | a network's colors, laid under the photo's own lightness |
//! | `adjust.rs` | a result's colors changed after the fact |
//! | `share.rs`, `counted_io.rs`, `cancel_io.rs` | progress and stopping |
//! | `scaling.rs`, `scale.rs` | another size |
//! | `mark.rs` | a small sign that a photo was colored |
//! | `layout.rs`, `encode.rs`, `png.rs`, `save_options.rs`, `save.rs` | back to a file, whole or not at all |
//!
//! The photo's own lightness is never resampled: whatever size the colors were made at, every detail
//! of the result is the original's. Full-size work goes by strips, so that no float copy of the whole
//! photo ever exists.
//!
//! This crate knows no tensors, networks or jobs.

mod adjust;
mod cancel_io;
mod chroma;
mod color;
mod counted_io;
mod decode;
mod encode;
mod error;
mod explain;
mod format;
mod header;
mod jpeg;
mod jpeg_end;
mod jpeg_fault;
mod lab;
mod layout;
mod limits;
mod mark;
mod merge;
mod metadata;
mod network_input;
mod photo;
mod png;
mod save;
mod save_options;
mod scale;
mod scaling;
mod share;
mod split;
mod srgb;
mod upright;

pub use adjust::{Adjustment, adjust};
pub use chroma::{ChromaMap, Upsampling};
pub use decode::PhotoFile;
pub use error::Error;
pub use format::{JPEG_QUALITY, OutputFormat, SourceFormat};
pub use limits::Limits;
pub use mark::palette_mark;
pub use merge::merge;
pub use metadata::{Metadata, MetadataKind, MetadataNote, Provenance, Resolution};
pub use network_input::NetworkInput;
pub use photo::{Alpha, Photo, PhotoInfo, Pixels};
pub use save::{discard_unfinished, save, save_with_progress};
pub use save_options::{Keep, OutputSpace, Overwrite, SaveOptions};
pub use scale::{scale, scale_with_progress};
pub use scaling::{Crop, SCALE_SIDE_MAX, ScaleMethod, Scaling};

/// What this crate's functions return.
pub type Result<T> = std::result::Result<T, Error>;
