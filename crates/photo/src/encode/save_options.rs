//! How a result is saved.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::{OutputFormat, Provenance};

/// What to do with a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// Leave it and fail.
    Never,
    /// Replace it in one step.
    Replace,
}

/// What of the original's metadata a result keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Keep {
    /// All of it: EXIF with date and place, XMP, IPTC, color profile, resolution.
    #[default]
    Everything,
    /// Nothing that tells of a person, a place or a camera: color profile and resolution only.
    Private,
}

/// The color space of a result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum OutputSpace {
    /// sRGB, which every program understands; named by a profile where the original had one.
    #[default]
    Srgb,
    /// The original's, if its profile is one of RGB by curves and a matrix; else sRGB.
    Source,
}

/// How a result is saved. [`SaveOptions::new`] keeps everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveOptions {
    /// The kind of file.
    pub format: OutputFormat,
    /// What to do if there is one.
    pub overwrite: Overwrite,
    /// What of the original's metadata it keeps.
    pub keep: Keep,
    /// What its numbers mean.
    pub space: OutputSpace,
    /// What made it, if that is to be noted in it.
    pub provenance: Option<Provenance>,
    /// The original, if the result is to have its times of modification and access. Where the system
    /// does not let them be read or set, the result has those of its own making.
    pub file_times_of: Option<PathBuf>,
}

impl SaveOptions {
    /// A result that keeps all metadata, in sRGB, without a note of what made it.
    #[must_use]
    pub fn new(format: OutputFormat, overwrite: Overwrite) -> Self {
        Self {
            format,
            overwrite,
            keep: Keep::default(),
            space: OutputSpace::default(),
            provenance: None,
            file_times_of: None,
        }
    }
}

impl Keep {
    /// Every choice there is.
    pub const ALL: [Self; 2] = [Self::Everything, Self::Private];
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Everything => "keep",
            Self::Private => "strip",
        })
    }
}

impl OutputSpace {
    /// Every choice there is.
    pub const ALL: [Self; 2] = [Self::Srgb, Self::Source];
}

impl fmt::Display for OutputSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Srgb => "srgb",
            Self::Source => "source",
        })
    }
}

/// The text names no such choice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no choice: use {choices}")]
pub struct UnknownChoice {
    text: String,
    choices: &'static str,
}

impl FromStr for Keep {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        named(&Self::ALL, text, "keep or strip")
    }
}

impl FromStr for OutputSpace {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        named(&Self::ALL, text, "srgb or source")
    }
}

fn named<T: Copy + fmt::Display>(
    all: &[T],
    text: &str,
    choices: &'static str,
) -> Result<T, UnknownChoice> {
    let mut all = all.iter();
    let found = all.find(|choice| choice.to_string() == text).copied();
    found.ok_or_else(|| UnknownChoice {
        text: text.to_owned(),
        choices,
    })
}
