//! What a file holds beside its pixels, as it lies there.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::ImageDecoder as _;
use tintype_protocol::CancelFlag;

use super::exif::Exif;
use super::{MAX_BYTES, Resolution};
use crate::decode::header::header;
use crate::{Limits, SourceFormat};

/// Pieces of a file that tell of its picture, not looked into yet.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) exif: Option<Vec<u8>>,
    /// Where there is no block of EXIF but its fields lie in the file's own directories, as in TIFF.
    pub(crate) fields: Option<Exif>,
    pub(crate) xmp: Option<Vec<u8>>,
    /// The rest of an XMP that was too long for one segment of a JPEG.
    pub(crate) more_xmp: Option<Vec<u8>>,
    /// IPTC's datasets, or Photoshop's resources with these among them.
    pub(crate) iptc: Option<Vec<u8>>,
    pub(crate) icc: Option<Vec<u8>>,
    pub(crate) resolution: Option<Resolution>,
    /// Whether there are four inks in the file, of which the decoder makes RGB.
    pub(crate) is_cmyk: bool,
    /// Whether something was there that could not be taken apart.
    pub(crate) is_damaged: bool,
}

impl Found {
    /// Looks through a file. Never fails: what can't be read is not there.
    pub(crate) fn in_file(file: &[u8], format: SourceFormat) -> Self {
        // Other people's parsers on other people's bytes: a panic is damage, too.
        let found = catch_unwind(AssertUnwindSafe(|| match format {
            SourceFormat::Jpeg => super::jpeg_read::find(file),
            SourceFormat::Png => super::png_read::find(file),
            SourceFormat::Tiff => super::tiff_read::find(file),
            SourceFormat::WebP => in_webp(file),
            SourceFormat::Gif | SourceFormat::Jpeg2000 | SourceFormat::JpegXl => {
                by_decoder(file, format)
            }
            SourceFormat::CameraRaw => super::raw_read::find(file),
            SourceFormat::Bmp => Self::default(),
        }));
        found.unwrap_or_else(|_| Self {
            is_damaged: true,
            ..Self::default()
        })
    }

    /// What a decoder told of each.
    fn told<E>(
        icc: Result<Option<Vec<u8>>, E>,
        exif: Result<Option<Vec<u8>>, E>,
        xmp: Result<Option<Vec<u8>>, E>,
    ) -> Self {
        Self {
            is_damaged: icc.is_err() || exif.is_err() || xmp.is_err(),
            icc: icc.unwrap_or_default(),
            exif: exif.unwrap_or_default(),
            xmp: xmp.unwrap_or_default(),
            ..Self::default()
        }
    }
}

/// What the decoder of the picture tells by the way.
fn by_decoder(file: &[u8], format: SourceFormat) -> Found {
    let (limits, cancel) = (Limits::default(), CancelFlag::new());
    let Ok(header) = header(file, Cursor::new(file), format, &limits, &cancel) else {
        // Whoever decodes it will say what is wrong.
        return Found::default();
    };
    let mut decoder = header.decoder;
    Found::told(
        decoder.icc_profile(),
        decoder.exif_metadata(),
        decoder.xmp_metadata(),
    )
}

fn in_webp(file: &[u8]) -> Found {
    let Ok(mut decoder) = image_webp::WebPDecoder::new(Cursor::new(file)) else {
        return Found::default();
    };
    decoder.set_memory_limit(MAX_BYTES);
    Found::told(
        decoder.icc_profile(),
        decoder.exif_metadata(),
        decoder.xmp_metadata(),
    )
}
