//! Pictures of photos for showing: smaller, adjusted, or in a format that a page can show. Made once each
//! and kept in the temp folder.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use tintype_engine::{Error as EngineError, Restoration};
use tintype_jobs::{ColorStore, FolderKind, Folders};
use tintype_photo::{
    Adjustment, Crop, Error, JPEG_QUALITY, Keep, Limits, OutputFormat, Overwrite, PhotoFile,
    SaveOptions, ScaleMethod, Scaling, save, scale,
};
use tintype_protocol::CancelFlag;

/// The longest side of a thumbnail in pixels: sharp at 256 points on a dense screen.
const THUMBNAIL: u32 = 512;
/// The folder within the temp folder.
const FOLDER: &str = "renditions";

/// How a photo is to be shown.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rendition {
    /// How it is encoded.
    pub(crate) format: Format,
    /// The longest side in pixels; none keeps the photo's own size.
    pub(crate) long_side: Option<u32>,
    /// What is mended about it.
    pub(crate) restoration: Restoration,
    /// What its colors are to be; none leaves them as they are.
    pub(crate) adjustment: Option<Adjustment>,
}

/// How a rendition is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Without loss; the quality that was asked for does not matter.
    WebP,
    /// With this quality, 1..=100.
    Jpeg(u8),
}

impl Format {
    /// Reads ComfyUI's `preview=FORMAT;QUALITY`; what it does not know is WebP, as there.
    pub(crate) fn parse(preview: &str) -> Self {
        let (format, quality) = preview.split_once(';').unwrap_or((preview, ""));
        match format {
            "jpeg" | "jpg" => Self::Jpeg(quality.parse().unwrap_or(JPEG_QUALITY).clamp(1, 100)),
            _ => Self::WebP,
        }
    }

    fn output(self) -> OutputFormat {
        match self {
            Self::WebP => OutputFormat::WebP,
            Self::Jpeg(quality) => OutputFormat::Jpeg { quality },
        }
    }
}

impl Rendition {
    /// A thumbnail, as ComfyUI gives it where it is asked for no size.
    pub(crate) fn thumbnail(format: Format) -> Self {
        Self {
            format,
            long_side: Some(THUMBNAIL),
            restoration: Restoration::none(),
            adjustment: None,
        }
    }
}

/// A rendition of a file, made now if there is none yet. Touches the disk.
///
/// # Errors
/// What reading the photo or writing the rendition says.
pub(crate) fn of(
    folders: &Folders,
    colors: &ColorStore,
    source: &Path,
    rendition: &Rendition,
) -> Result<PathBuf, EngineError> {
    let folder = folders.path(FolderKind::Temp).join(FOLDER);
    let unreadable = |source| Error::OutputUnwritable {
        path: folder.clone(),
        source,
    };
    let path = folder.join(name(source, rendition).map_err(unreadable)?);
    if path.is_file() {
        return Ok(path);
    }
    fs::create_dir_all(&folder).map_err(unreadable)?;
    // Not to be stopped: whoever asked may have gone, but the next one gets it at once.
    let cancel = CancelFlag::new();
    let mut photo = PhotoFile::read(source, &Limits::default(), &cancel)?.decode()?;
    if rendition.restoration.changes_photo() {
        photo = rendition.restoration.mended(&photo, &cancel)?;
    }
    let long_side = rendition.long_side.unwrap_or(u32::MAX);
    let (width, height) = fit(photo.width(), photo.height(), long_side);
    // Scaled first: there are fewer pixels to color then.
    let mut shown = if (width, height) == (photo.width(), photo.height()) {
        photo
    } else {
        let scaling = Scaling {
            method: ScaleMethod::Area,
            width,
            height,
            crop: Crop::Disabled,
        };
        scale(&photo, &scaling, &cancel)?
    };
    if let Some(adjustment) = &rendition.adjustment {
        shown = colors.adjusted(source, shown, adjustment, &cancel)?;
    }
    // Two requests for one rendition write the same.
    let format = rendition.format.output();
    let options = SaveOptions {
        // It is there to be looked at; whoever wants to know more has the result itself.
        keep: Keep::Private,
        ..SaveOptions::new(format, Overwrite::Replace)
    };
    save(&shown, &path, &options, &cancel)?;
    Ok(path)
}

/// A name that changes with the file, by path, length and time, and with what is made of it.
fn name(source: &Path, rendition: &Rendition) -> std::io::Result<String> {
    let metadata = source.metadata()?;
    let mut hasher = DefaultHasher::new();
    source.hash(&mut hasher);
    metadata.len().hash(&mut hasher);
    metadata.modified().ok().hash(&mut hasher);
    rendition.long_side.hash(&mut hasher);
    let adjustment = rendition.adjustment.map(
        |Adjustment {
             strength,
             warmth,
             taming,
         }| [strength, warmth, taming].map(f32::to_bits),
    );
    adjustment.hash(&mut hasher);
    let Restoration {
        tone,
        dust,
        defects,
        ..
    } = &rendition.restoration;
    [tone.levels, tone.contrast, *dust]
        .map(f32::to_bits)
        .hash(&mut hasher);
    // A mask that was painted on is another file: uploads never replace one.
    defects.hash(&mut hasher);
    let hash = hasher.finish();
    Ok(match rendition.format {
        Format::WebP => format!("{hash:016x}.webp"),
        Format::Jpeg(quality) => format!("{hash:016x}-{quality}.jpg"),
    })
}

/// The size with the long side shortened, never lengthened.
fn fit(width: u32, height: u32, long_side: u32) -> (u32, u32) {
    let long = width.max(height).max(1);
    if long <= long_side {
        return (width, height);
    }
    let side = |length: u32| {
        let scaled = u64::from(length) * u64::from(long_side) / u64::from(long);
        (scaled as u32).max(1)
    };
    (side(width), side(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbnail_keeps_the_aspect_and_is_never_larger_than_the_photo() {
        assert_eq!(fit(4000, 3000, 512), (512, 384));
        assert_eq!(fit(3000, 4000, 512), (384, 512));
        assert_eq!(fit(100, 50, 512), (100, 50));
        assert_eq!(fit(65_535, 1, 512), (512, 1));
    }

    #[test]
    fn a_preview_is_asked_for_as_in_comfyui() {
        assert_eq!(Format::parse("webp;90"), Format::WebP);
        assert_eq!(Format::parse("jpeg;80"), Format::Jpeg(80));
        assert_eq!(Format::parse("jpeg"), Format::Jpeg(JPEG_QUALITY));
        assert_eq!(Format::parse("jpeg;900"), Format::Jpeg(JPEG_QUALITY));
        assert_eq!(Format::parse("avif;1"), Format::WebP);
    }
}
