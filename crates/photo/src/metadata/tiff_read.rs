//! What the tags of a TIFF tell. Its directory is EXIF's main directory and describes the picture, too,
//! so only those tags are taken that stay true of a result.

use super::MAX_BYTES;
use super::exif::{self, Exif};
use super::found::Found;

const PHOTOMETRIC: u16 = 0x0106;
const XMP: u16 = 0x02BC;
const IPTC: u16 = 0x83BB;
const PHOTOSHOP: u16 = 0x8649;
const ICC: u16 = 0x8773;
/// The value of the photometric interpretation for inks, usually cyan, magenta, yellow and black.
const SEPARATED: f64 = 5.0;

/// Whether a tag of a TIFF's directory tells of the photo rather than of how its pixels lie. Of the
/// thousands that are registered, those that EXIF has for a main directory.
pub(crate) fn is_about_the_photo(tag: u16) -> bool {
    matches!(
        tag,
        // Document's name, description, make and model.
        0x010D..=0x0110
        // Orientation, resolution, the page's name.
        | exif::ORIENTATION
        | exif::X_RESOLUTION
        | exif::Y_RESOLUTION
        | exif::RESOLUTION_UNIT
        | 0x011D
        // Software, date, artist, computer.
        | 0x0131
        | 0x0132
        | 0x013B
        | 0x013C
        // Rating, copyright, and what Windows notes.
        | 0x4746
        | 0x4749
        | 0x8298
        | 0x9C9B..=0x9C9F
    )
}

/// Collects what the tags hold.
pub(crate) fn find(tiff: &[u8]) -> Found {
    let keep =
        |tag| is_about_the_photo(tag) || matches!(tag, PHOTOMETRIC | XMP | IPTC | PHOTOSHOP | ICC);
    let Some(mut fields) = Exif::read(tiff, MAX_BYTES, keep) else {
        return Found {
            is_damaged: true,
            ..Found::default()
        };
    };
    let is_cmyk = fields.number(PHOTOMETRIC) == Some(SEPARATED);
    fields.main.take(PHOTOMETRIC);
    let mut take = |tag| fields.main.take(tag).map(|field| field.bytes);
    let (xmp, icc) = (take(XMP), take(ICC));
    let (iptc, photoshop) = (take(IPTC), take(PHOTOSHOP));
    Found {
        xmp,
        icc,
        iptc: iptc.or(photoshop),
        is_cmyk,
        is_damaged: fields.is_damaged,
        fields: Some(fields),
        ..Found::default()
    }
}
