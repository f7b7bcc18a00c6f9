//! Small pictures of photos, made once each and kept in the temp folder.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use tintype_jobs::{FolderKind, Folders};
use tintype_photo::{
    Crop, Error, JPEG_QUALITY, Limits, OutputFormat, Overwrite, PhotoFile, ScaleMethod, Scaling,
    save, scale,
};
use tintype_protocol::CancelFlag;

/// The longest side in pixels: sharp at 256 points on a dense screen.
const LONG_SIDE: u32 = 512;
/// The folder within the temp folder.
const FOLDER: &str = "thumbnails";

/// How a thumbnail is encoded.
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

/// The thumbnail of a file, made now if there is none yet. Touches the disk.
///
/// # Errors
/// What reading the photo or writing the thumbnail says.
pub(crate) fn of(folders: &Folders, source: &Path, format: Format) -> Result<PathBuf, Error> {
    let folder = folders.path(FolderKind::Temp).join(FOLDER);
    let unreadable = |source| Error::OutputUnwritable {
        path: folder.clone(),
        source,
    };
    let path = folder.join(name(source, format).map_err(unreadable)?);
    if path.is_file() {
        return Ok(path);
    }
    fs::create_dir_all(&folder).map_err(unreadable)?;
    // Not to be stopped: whoever asked may have gone, but the next one gets it at once.
    let cancel = CancelFlag::new();
    let photo = PhotoFile::read(source, &Limits::default(), &cancel)?.decode()?;
    let (width, height) = fit(photo.width(), photo.height());
    let scaling = Scaling {
        method: ScaleMethod::Area,
        width,
        height,
        crop: Crop::Disabled,
    };
    let small = scale(&photo, &scaling, &cancel)?;
    // Two requests for one thumbnail write the same.
    save(&small, &path, format.output(), Overwrite::Replace, &cancel)?;
    Ok(path)
}

/// A name that changes with the file: by path, length and time.
fn name(source: &Path, format: Format) -> std::io::Result<String> {
    let metadata = source.metadata()?;
    let mut hasher = DefaultHasher::new();
    source.hash(&mut hasher);
    metadata.len().hash(&mut hasher);
    metadata.modified().ok().hash(&mut hasher);
    let hash = hasher.finish();
    Ok(match format {
        Format::WebP => format!("{hash:016x}.webp"),
        Format::Jpeg(quality) => format!("{hash:016x}-{quality}.jpg"),
    })
}

/// The size with the long side shortened, never lengthened.
fn fit(width: u32, height: u32) -> (u32, u32) {
    let long = width.max(height).max(1);
    if long <= LONG_SIDE {
        return (width, height);
    }
    let side = |length: u32| {
        let scaled = u64::from(length) * u64::from(LONG_SIDE) / u64::from(long);
        (scaled as u32).max(1)
    };
    (side(width), side(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbnail_keeps_the_aspect_and_is_never_larger_than_the_photo() {
        assert_eq!(fit(4000, 3000), (512, 384));
        assert_eq!(fit(3000, 4000), (384, 512));
        assert_eq!(fit(100, 50), (100, 50));
        assert_eq!(fit(65_535, 1), (512, 1));
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
