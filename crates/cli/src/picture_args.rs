//! What the command line says about a picture: what is mended, how it is colored, how it is saved.

use std::path::PathBuf;

use clap::Args;
use tintype_engine::{Options, Restoration};
use tintype_photo::{Adjustment, Gamut, Keep, Merging, OutputSpace, Tone, Upsampling};

use crate::args::FormatChoice;

#[derive(Debug, Args)]
#[command(next_help_heading = "Restoration")]
pub(crate) struct RestorationArguments {
    /// Color borders and the edges of the scan as well, rather than find them and leave them as they are
    #[arg(long)]
    pub(crate) color_borders: bool,

    /// Show the network sepia and yellowed paper as they are
    #[arg(long)]
    pub(crate) keep_tint: bool,

    /// Stretch faded tones, in percent, 0 to 100
    #[arg(
        long, value_name = "PERCENT",
        default_value_t = 0,
        value_parser = clap::value_parser!(u16).range(0..=100),
    )]
    pub(crate) levels: u16,

    /// Raise local contrast, in percent, 0 to 100
    #[arg(
        long, value_name = "PERCENT",
        default_value_t = 0,
        value_parser = clap::value_parser!(u16).range(0..=100),
    )]
    pub(crate) contrast: u16,

    /// Find and repair dust and scratches: how readily, in percent, 0 (not at all) to 100
    #[arg(
        long, value_name = "PERCENT",
        default_value_t = 0,
        value_parser = clap::value_parser!(u16).range(0..=100),
    )]
    pub(crate) dust: u16,

    /// A picture of the photo's size in which dust and scratches are white, in place of those that would be
    /// found: for a single photo
    #[arg(long, value_name = "MASK", conflicts_with = "dust")]
    pub(crate) defects: Option<PathBuf>,
}

impl RestorationArguments {
    pub(crate) fn restoration(&self) -> Restoration {
        Restoration {
            borders: !self.color_borders,
            neutral: !self.keep_tint,
            tone: Tone {
                levels: f32::from(self.levels) / 100.0,
                contrast: f32::from(self.contrast) / 100.0,
            },
            dust: f32::from(self.dust) / 100.0,
            defects: self.defects.clone(),
        }
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Colors")]
pub(crate) struct MergingArguments {
    /// How colors are brought to the photo's full size
    #[arg(
        long, value_name = "joint-bilateral|bicubic|bilinear|nearest",
        default_value_t = Options::default().merging.upsampling,
    )]
    pub(crate) upsample: Upsampling,

    /// What becomes of colors that can't be shown; compress: less of them at the same hue and
    /// lightness; clip: cut off as the published pipeline does
    #[arg(long, value_name = "compress|clip", default_value_t = Options::default().merging.gamut)]
    pub(crate) gamut: Gamut,

    /// Strength of the colors in percent, 0 to 200
    #[arg(
        long, value_name = "PERCENT",
        default_value_t = 100,
        value_parser = clap::value_parser!(u16).range(0..=200),
    )]
    pub(crate) strength: u16,

    /// From cool, -100, to warm, 100
    #[arg(
        long, value_name = "PERCENT",
        default_value_t = 0,
        allow_negative_numbers = true,
        value_parser = clap::value_parser!(i16).range(-100..=100),
    )]
    pub(crate) warmth: i16,

    /// How far reds and violets are tamed in percent, 0 to 100: where they come in patches
    #[arg(
        long, value_name = "PERCENT",
        default_value_t = 0,
        value_parser = clap::value_parser!(u16).range(0..=100),
    )]
    pub(crate) taming: u16,
}

impl MergingArguments {
    pub(crate) fn merging(&self) -> Merging {
        Merging {
            upsampling: self.upsample,
            gamut: self.gamut,
            adjustment: Adjustment {
                strength: f32::from(self.strength) / 100.0,
                warmth: f32::from(self.warmth) / 100.0,
                taming: f32::from(self.taming) / 100.0,
            },
        }
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Saving")]
pub(crate) struct SavingArguments {
    /// Format of the results; same: that of the original, or PNG where it can't be written
    #[arg(short, long, value_name = "FORMAT", default_value = "same")]
    pub(crate) format: FormatChoice,

    /// Quality of JPEG results, 1 to 100
    #[arg(
        long, value_name = "N",
        default_value_t = tintype_photo::JPEG_QUALITY,
        value_parser = clap::value_parser!(u8).range(1..=100),
    )]
    pub(crate) quality: u8,

    /// Keep date, place, camera and captions, or strip them; the color profile and the resolution stay
    #[arg(long, value_name = "keep|strip", default_value_t = Keep::default())]
    pub(crate) metadata: Keep,

    /// The color space of results: sRGB, or the original's own
    #[arg(long, value_name = "srgb|source", default_value_t = OutputSpace::default())]
    pub(crate) color_space: OutputSpace,

    /// Leave out the note, in a result's XMP, of what colored it
    #[arg(long)]
    pub(crate) no_note: bool,

    /// Paint a small palette into a corner of results
    #[arg(long)]
    pub(crate) mark: bool,

    /// Give results the times of their original's file
    #[arg(long)]
    pub(crate) file_times: bool,
}
