//! What a file tells of its photo beside the pixels, and how that gets into a result.
//!
//! | file | what it does |
//! | --- | --- |
//! | `found.rs`, `jpeg_read.rs`, `png_read.rs`, `tiff_read.rs`, `raw_read.rs` | which pieces a file holds |
//! | `exif.rs`, `exif_read.rs`, `exif_write.rs` | EXIF as a list of fields |
//! | `xmp.rs`, `xmp_join.rs`, `provenance.rs` | XMP, changed without losing what is in it |
//! | `photoshop.rs`, `iptc.rs` | IPTC in its wrapping, and as XMP where there is no place for it |
//! | `note.rs` | what had to be left out |
//! | `embed.rs`, `jpeg_write.rs`, `tiff_write.rs` | what goes into a result, and where |
//!
//! Nothing here ever fails a photo: metadata that is damaged or larger than any is left out, and a note
//! says so.

mod embed;
mod exif;
mod exif_read;
mod exif_write;
mod found;
mod iptc;
mod jpeg_read;
mod jpeg_write;
mod note;
mod photoshop;
mod png_read;
mod provenance;
mod raw_read;
mod resolution;
mod tiff_read;
mod tiff_write;
mod xmp;
mod xmp_join;

pub(crate) use embed::Embedded;
#[cfg(feature = "camera-raw")]
pub(crate) use exif::ByteOrder;
pub(crate) use jpeg_read::has_segment;
pub(crate) use jpeg_write::{JFIF_HEAD, segments};
pub use note::{MetadataKind, MetadataNote};
pub(crate) use photoshop::resource_of as iptc_resource;
pub(crate) use png_read::to_hexadecimal;
pub use provenance::Provenance;
pub use resolution::Resolution;
pub(crate) use tiff_write::write as write_tiff;
pub(crate) use xmp::packet as xmp_packet;

use crate::SourceFormat;
use crate::decode::kind_of;
use exif::Exif;
use found::Found;

/// The most that is read of a file beside its pixels, all together: profiles of printing presses take
/// up to 4 MiB, and nothing else comes near.
pub(crate) const MAX_BYTES: usize = 16 << 20;

/// What a file tells of its photo: EXIF, XMP, IPTC, its color profile and its resolution.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    exif: Option<Exif>,
    xmp: Option<String>,
    iptc: Option<Vec<u8>>,
    icc: Option<Vec<u8>>,
    resolution: Option<Resolution>,
    notes: Vec<MetadataNote>,
}

impl Metadata {
    /// Reads what a file in memory tells beside its picture; `None` if it is of no kind that is read.
    #[must_use]
    pub fn of_file(file: &[u8]) -> Option<Self> {
        let format = kind_of(file)?;
        Some(Self::read(file, format).0)
    }

    /// Reads what a file holds, and whether its pixels are inks (CMYK).
    pub(crate) fn read(file: &[u8], format: SourceFormat) -> (Self, bool) {
        let found = Found::in_file(file, format);
        let is_cmyk = found.is_cmyk;
        (Self::from_found(found), is_cmyk)
    }

    fn from_found(found: Found) -> Self {
        let mut metadata = Self {
            resolution: found.resolution,
            ..Self::default()
        };
        let mut room = Room(MAX_BYTES);
        metadata.take_exif(found.exif, found.fields, &mut room);
        metadata.take_icc(found.icc, &mut room);
        metadata.take_xmp(found.xmp, found.more_xmp, &mut room);
        metadata.take_iptc(found.iptc.as_deref(), &mut room);
        if found.is_damaged && metadata.notes.is_empty() {
            metadata.notes.push(MetadataNote::Incomplete);
        }
        metadata
    }

    fn take_exif(&mut self, block: Option<Vec<u8>>, fields: Option<Exif>, room: &mut Room) {
        let kind = MetadataKind::Exif;
        let from_block = block.and_then(|block| {
            room.fits(block.len(), kind, &mut self.notes)
                .then(|| read_block(&block))
        });
        if let Some(None) = from_block {
            self.notes.push(MetadataNote::Damaged(kind));
        }
        let exif = from_block.flatten().or(fields);
        if let Some(exif) = exif.filter(|exif| !exif.is_empty()) {
            if exif.is_damaged {
                self.notes.push(MetadataNote::Incomplete);
            }
            self.resolution = self.resolution.or_else(|| Resolution::of_exif(&exif));
            self.exif = Some(exif);
        }
    }

    fn take_icc(&mut self, icc: Option<Vec<u8>>, room: &mut Room) {
        let fits =
            |icc: &Vec<u8>| room.fits(icc.len(), MetadataKind::ColorProfile, &mut self.notes);
        self.icc = icc.filter(|icc| !icc.is_empty()).filter(fits);
    }

    fn take_xmp(&mut self, xmp: Option<Vec<u8>>, more: Option<Vec<u8>>, room: &mut Room) {
        let kind = MetadataKind::Xmp;
        let Some(xmp) = xmp else { return };
        let length = xmp.len() + more.as_ref().map_or(0, Vec::len);
        if !room.fits(length, kind, &mut self.notes) {
            return;
        }
        let sound = |bytes| {
            String::from_utf8(bytes)
                .ok()
                .filter(|xmp| xmp::is_sound(xmp))
        };
        let Some(main) = sound(xmp) else {
            self.notes.push(MetadataNote::Damaged(kind));
            return;
        };
        let joined = more.map(|more| sound(more).and_then(|more| xmp_join::join(&main, &more)));
        if let Some(None) = joined {
            self.notes.push(MetadataNote::Incomplete);
        }
        self.xmp = Some(joined.flatten().unwrap_or(main));
    }

    fn take_iptc(&mut self, iptc: Option<&[u8]>, room: &mut Room) {
        let kind = MetadataKind::Iptc;
        // Photoshop's resources without IPTC among them are nothing that is missed.
        let iptc = iptc.and_then(photoshop::find_iptc);
        self.iptc = iptc
            .filter(|iptc| room.fits(iptc.len(), kind, &mut self.notes))
            .map(|iptc| iptc::without_padding(iptc).to_vec());
    }

    /// The EXIF as a block such as JPEG holds, without the thumbnail; orientation and size are still
    /// those of the file that it came from.
    #[must_use]
    pub fn exif(&self) -> Option<Vec<u8>> {
        self.exif.as_ref().map(Exif::to_block)
    }

    /// The XMP, as XML.
    #[must_use]
    pub fn xmp(&self) -> Option<&str> {
        self.xmp.as_deref()
    }

    /// IPTC's datasets (IIM).
    #[must_use]
    pub fn iptc(&self) -> Option<&[u8]> {
        self.iptc.as_deref()
    }

    /// The ICC profile of the file. The pixels of a [`Photo`](crate::Photo) are sRGB, whatever it says.
    #[must_use]
    pub fn icc_profile(&self) -> Option<&[u8]> {
        self.icc.as_deref()
    }

    /// Pixels per inch.
    #[must_use]
    pub fn resolution(&self) -> Option<Resolution> {
        self.resolution
    }

    /// What was there and could not be read.
    #[must_use]
    pub fn notes(&self) -> &[MetadataNote] {
        &self.notes
    }

    /// Leaves the color profile out, since it says nothing about these pixels.
    pub(crate) fn ignore_profile(&mut self) {
        self.icc = None;
        self.notes.push(MetadataNote::ProfileIgnored);
    }
}

/// Some formats' blocks wrongly start with JPEG's name for them.
fn read_block(block: &[u8]) -> Option<Exif> {
    let block = block.strip_prefix(jpeg_read::EXIF).unwrap_or(block);
    Exif::read(block, MAX_BYTES, |_| true)
}

/// How many bytes may still be taken.
struct Room(usize);

impl Room {
    fn fits(&mut self, bytes: usize, kind: MetadataKind, notes: &mut Vec<MetadataNote>) -> bool {
        let rest = self.0.checked_sub(bytes);
        if rest.is_none() {
            notes.push(MetadataNote::TooLarge(kind));
        }
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }
}
