//! A photograph in memory: decode, orientation, metadata, color profiles, Lab, resample, merge, encode.
//!
//! | file | what it does |
//! | --- | --- |
//! | `limits.rs`, `format.rs` | what is read and written, and up to which size |
//! | `decode.rs`, `header.rs`, `pages.rs`, `raw.rs`, `split.rs`, `upright.rs` | from a file to a [`Photo`], upright |
//! | `jpeg.rs`, `jpeg_fault.rs`, `jpeg_end.rs`, `gif.rs`, `jpeg2000.rs`, `jpeg_xl.rs` | decoders that `image` has not, or not so well |
//! | `tiff.rs`, `tiff_layout.rs`, `tiff_piece.rs`, `tiff_color.rs`, `jpeg_piece.rs`, `ccitt.rs` | TIFF, in all that scanners make of it |
//! | `cmyk.rs`, `decoder_fault.rs` | what those decoders share |
//! | `metadata/` | what a file tells beside its pixels, read and written |
//! | `color/` | color profiles: to sRGB on the way in, named on the way out |
//! | `srgb.rs`, `lab.rs`, `curves.rs`, `luminances.rs` | sRGB, linear light and CIE Lab |
//! | `area.rs`, `network_input.rs` | the small gray picture that a network sees |
//! | `chroma.rs`, `merge.rs` | a network's colors, laid under the photo's own lightness |
//! | `upsample.rs`, `joint_bilateral.rs`, `sixteen.rs`, `mean_lightness.rs` | colors brought to the photo's resolution |
//! | `gamut.rs` | colors that sRGB cannot show |
//! | `restore/` | tint, borders, tone, dust and scratches |
//! | `adjust.rs` | a result's colors changed after the fact |
//! | `share.rs`, `counted_io.rs`, `cancel_io.rs` | progress and stopping |
//! | `scaling.rs`, `scale.rs` | another size |
//! | `mark.rs` | a small sign that a photo was colored |
//! | `layout.rs`, `encode.rs`, `png.rs`, `jpeg_writer.rs`, `jxl_writer.rs`, `jxl_boxes.rs`, `save_options.rs`, `save.rs` | back to a file, whole or not at all |
//!
//! The photo's own lightness is never resampled: whatever size the colors were made at, every detail
//! of the result is the original's. Full-size work goes by strips, so that no float copy of the whole
//! photo ever exists.
//!
//! This crate knows no tensors, networks or jobs.

mod adjust;
mod area;
mod cancel_io;
mod ccitt;
mod chroma;
mod cmyk;
mod color;
mod counted_io;
mod curves;
mod decode;
mod decoder_fault;
mod encode;
mod error;
mod explain;
mod format;
mod gamut;
mod gif;
mod header;
mod joint_bilateral;
mod jpeg;
mod jpeg2000;
mod jpeg_end;
mod jpeg_fault;
mod jpeg_piece;
mod jpeg_writer;
mod jpeg_xl;
mod jxl_boxes;
mod jxl_writer;
mod lab;
mod layout;
mod limits;
mod luminances;
mod mark;
mod mean_lightness;
mod merge;
mod metadata;
mod network_input;
mod pages;
mod photo;
mod png;
mod raw;
mod restore;
mod save;
mod save_options;
mod scale;
mod scaling;
mod share;
mod sixteen;
mod split;
mod srgb;
mod tiff;
mod tiff_color;
mod tiff_layout;
mod tiff_piece;
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
pub use mark::palette_mark;
pub use merge::{Merging, merge};
pub use metadata::{Metadata, MetadataKind, MetadataNote, Provenance, Resolution};
pub use network_input::{Layout, NetworkInput, View};
pub use photo::{Alpha, Photo, PhotoInfo, Pixels};
pub use restore::{
    DefectMask, Frame, Neutral, Tint, Tone, find_defects, find_frame, measure_tint, neutralize,
    repair, restore_tone,
};
pub use save::{discard_unfinished, save, save_with_progress};
pub use save_options::{Keep, OutputSpace, Overwrite, SaveOptions};
pub use scale::{scale, scale_with_progress};
pub use scaling::{Crop, SCALE_SIDE_MAX, ScaleMethod, Scaling};

/// What this crate's functions return.
pub type Result<T> = std::result::Result<T, Error>;
