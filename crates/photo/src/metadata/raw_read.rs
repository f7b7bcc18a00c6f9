//! What a camera's raw file tells: EXIF as in any TIFF, or where Canon's and Fujifilm's newer files keep it.

use super::MAX_BYTES;
use super::exif::{Directory, Exif, MAKER_NOTE};
use super::found::Found;
#[cfg(feature = "camera-raw")]
use super::{Metadata, exif::ORIENTATION};
use super::{jpeg_read, tiff_read};
#[cfg(feature = "camera-raw")]
use image::metadata::Orientation;

use crate::decode::raw::{canon_blocks, fujifilm_jpeg, is_in_boxes};

#[cfg(feature = "camera-raw")]
const MAKE: u16 = 0x010F;
#[cfg(feature = "camera-raw")]
const MODEL: u16 = 0x0110;

/// Collects what the file holds, without the maker's note: it describes the sensor's pixels, of which none is left.
pub(crate) fn find(file: &[u8]) -> Found {
    let found = if let Some(jpeg) = fujifilm_jpeg(file) {
        jpeg_read::find(jpeg)
    } else if is_in_boxes(file) {
        in_boxes(file)
    } else {
        tiff_read::find(file)
    };
    let from_block = found
        .exif
        .as_deref()
        .and_then(|block| Exif::read(block, MAX_BYTES, |_| true));
    let fields = from_block.or(found.fields).map(|mut exif| {
        // Gone is also what tells how the small copy in front, or the sensor's own picture, lay.
        exif.main
            .0
            .retain(|field| tiff_read::is_about_the_photo(field.tag));
        exif.without_maker_note()
    });
    Found {
        fields,
        exif: None,
        // The pixels are sRGB by now, and no inks.
        icc: None,
        is_cmyk: false,
        ..found
    }
}

#[cfg(feature = "camera-raw")]
impl Metadata {
    /// How the camera was held.
    pub(crate) fn orientation(&self) -> Orientation {
        let number = self.exif.as_ref().and_then(|exif| exif.number(ORIENTATION));
        number
            .and_then(|number| Orientation::from_exif(number as u8))
            .unwrap_or(Orientation::NoTransforms)
    }

    /// Who made the camera.
    pub(crate) fn make(&self) -> Option<String> {
        self.text(MAKE)
    }

    /// What the camera is called.
    pub(crate) fn model(&self) -> Option<String> {
        self.text(MODEL)
    }

    fn text(&self, tag: u16) -> Option<String> {
        let field = self.exif.as_ref()?.main.get(tag)?;
        let text = String::from_utf8_lossy(&field.bytes);
        let text = text.trim_matches(['\0', ' ']);
        (!text.is_empty()).then(|| text.to_owned())
    }
}

/// Canon's CR3 has each directory of EXIF as a TIFF of its own.
fn in_boxes(file: &[u8]) -> Found {
    let mut read = canon_blocks(file).map(|block| {
        let block = block?;
        Exif::read(block, MAX_BYTES, |_| true)
    });
    let mut main = |at: usize| read[at].take().map(|exif| (exif.order, exif.main));
    let Some((order, photo)) = main(0) else {
        return Found {
            is_damaged: true,
            ..Found::default()
        };
    };
    // Orders of bytes that differ would have to be turned, and no camera mixes them.
    let mut same_order = |at: usize| match main(at) {
        Some((its, directory)) if its == order => directory,
        _ => Directory::default(),
    };
    let mut exif = Exif {
        order,
        main: photo,
        camera: same_order(1),
        gps: same_order(2),
        ..Exif::empty()
    };
    exif.camera.take(MAKER_NOTE);
    Found {
        fields: Some(exif),
        ..Found::default()
    }
}
