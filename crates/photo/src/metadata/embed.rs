//! What goes into a result.

use super::exif::{self, Exif};
use super::{Metadata, MetadataKind, MetadataNote, Resolution, iptc, xmp};
use crate::{Keep, OutputFormat, Photo, SaveOptions};

/// What a result holds beside its pixels, ready to be written.
#[derive(Debug, Default)]
pub(crate) struct Embedded {
    pub(crate) exif: Option<Exif>,
    pub(crate) xmp: Option<String>,
    pub(crate) iptc: Option<Vec<u8>>,
    pub(crate) icc: Option<Vec<u8>>,
    pub(crate) resolution: Option<Resolution>,
    /// What did not get in.
    pub(crate) notes: Vec<MetadataNote>,
}

impl Embedded {
    /// What the options let a photo keep. `icc` is the profile of the pixels as they will be written,
    /// if one is to be named, and `is_srgb` whether they are sRGB.
    pub(crate) fn of(
        photo: &Photo,
        options: &SaveOptions,
        icc: Option<Vec<u8>>,
        is_srgb: bool,
    ) -> Self {
        let nothing = Metadata::default();
        let metadata = match options.keep {
            Keep::Everything => photo.metadata(),
            Keep::Private => &nothing,
        };
        let resolution = photo.metadata().resolution;
        let size = (photo.width(), photo.height());
        let mut notes = Vec::new();
        let added = match &metadata.iptc {
            // It has no place there, but XMP can say most of it.
            Some(iptc) if matches!(options.format, OutputFormat::WebP | OutputFormat::JpegXl) => {
                let (properties, is_all) = iptc::as_properties(iptc);
                if !is_all {
                    notes.push(MetadataNote::NoPlace(MetadataKind::Iptc));
                }
                properties
            }
            _ => Vec::new(),
        };
        let changes = xmp::Changes {
            size,
            is_srgb,
            provenance: options.provenance.as_ref(),
            added,
        };
        let exif = metadata.exif.clone();
        let mut embedded = Self {
            exif: exif.map(|exif| updated(exif, size, resolution, is_srgb)),
            xmp: xmp::changed(metadata.xmp.as_deref(), &changes),
            iptc: metadata.iptc.clone(),
            icc,
            resolution,
            notes,
        };
        embedded.fit(options.format);
        embedded
    }

    /// Arranges things the way that a format has them.
    fn fit(&mut self, format: OutputFormat) {
        match format {
            OutputFormat::Jpeg { .. } => {
                // One segment holds all of it.
                let too_long = |exif: &Exif| exif.to_block().len() > super::jpeg_write::MAX_EXIF;
                if self.exif.as_ref().is_some_and(too_long) {
                    let shorter = self.exif.take().map(Exif::without_maker_note);
                    self.exif = shorter.filter(|exif| !too_long(exif));
                    self.notes.push(MetadataNote::TooLarge(MetadataKind::Exif));
                }
            }
            OutputFormat::Png | OutputFormat::Tiff => {}
            OutputFormat::WebP | OutputFormat::JpegXl => {
                self.iptc = None;
                // Only EXIF has a place for the resolution.
                if let (None, Some(resolution)) = (&self.exif, self.resolution) {
                    let mut exif = Exif::empty();
                    set_resolution(&mut exif, resolution);
                    self.exif = Some(exif);
                }
            }
        }
    }
}

/// EXIF that tells of the result: upright, with its size and the color space it is in.
fn updated(
    mut exif: Exif,
    (width, height): (u32, u32),
    resolution: Option<Resolution>,
    is_srgb: bool,
) -> Exif {
    let upright = exif.short(exif::ORIENTATION, 1);
    exif.main.replace(upright);
    for (tag, side) in [(exif::IMAGE_WIDTH, width), (exif::IMAGE_HEIGHT, height)] {
        let field = exif.long(tag, side);
        exif.main.replace(field);
    }
    if let Some(resolution) = resolution {
        set_resolution(&mut exif, resolution);
    }
    if !exif.camera.0.is_empty() {
        for (tag, side) in [(exif::PIXEL_WIDTH, width), (exif::PIXEL_HEIGHT, height)] {
            let field = exif.long(tag, side);
            exif.camera.set(field);
        }
    }
    // 1 is sRGB; anything else is left to the profile.
    let space = exif.short(exif::COLOR_SPACE, if is_srgb { 1 } else { 0xFFFF });
    exif.camera.replace(space);
    if is_srgb {
        exif.camera.take(exif::GAMMA);
        // "R03" there would say Adobe RGB.
        if let Some(mut index) = exif.interop.take(exif::INTEROP_INDEX) {
            index.bytes = b"R98\0".to_vec();
            exif.interop.set(index);
        }
    }
    exif
}

fn set_resolution(exif: &mut Exif, resolution: Resolution) {
    let [x, y] = resolution.fractions();
    for field in [
        exif.rational(exif::X_RESOLUTION, x),
        exif.rational(exif::Y_RESOLUTION, y),
        // Inches.
        exif.short(exif::RESOLUTION_UNIT, 2),
    ] {
        exif.main.set(field);
    }
}
