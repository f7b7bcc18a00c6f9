//! TIFF: the kinds that scanners, faxes and printing houses write, which are more than `image` reads.
//!
//! Read are gray (either way round), palettes, RGB, CMYK and `YCbCr`, of 1 to 16 bits, in strips or tiles,
//! with all samples together or apart; packed by LZW, Deflate, `PackBits`, JPEG or as faxes are; classic
//! or `BigTIFF`. Samples that are no whole numbers are left to `image`.
//!
//! The tags are read by the `tiff` crate and unpacking is done by libraries; what is done here is to put
//! them together. Pieces are unpacked in parallel.

mod ccitt;
mod color;
mod jpeg_piece;
mod layout;
mod piece;

use std::io::{Cursor, Read, Seek, SeekFrom};

use image::metadata::Orientation;
use image::{ColorType, ExtendedColorType, ImageDecoder, ImageResult};
use rayon::prelude::*;
use tiff::decoder::Decoder;
use tiff::tags::Tag;

use self::layout::{Color, ExtraSample, TiffLayout};
use self::piece::Band;
use crate::Limits;
use crate::decode::fault::{of_tiff, too_large, truncated};
use crate::decode::header::color_type_of;
use crate::decode::header::decoder_memory;

const XMP: Tag = Tag::Unknown(700);

/// Packed bytes that are read before they are unpacked: a 64th of the file within these bounds.
const READ_BYTES: std::ops::RangeInclusive<u64> = 1 << 16..=1 << 23;

/// What a piece, unpacked, may have whatever the limits: tiles of 256 x 256 are usual.
const SMALL_PIECE: u64 = 1 << 20;

/// A TIFF's first page.
pub(crate) struct TiffDecoder<R: Read + Seek> {
    tags: Decoder<R>,
    layout: TiffLayout,
    file_bytes: u64,
}

impl<R: Read + Seek> TiffDecoder<R> {
    /// How the page lies in a file; `None` for what is better left to `image`.
    ///
    /// # Errors
    /// Damage, or a variety that isn't read.
    pub(crate) fn layout(file: &[u8], limits: &Limits) -> ImageResult<Option<TiffLayout>> {
        let mut tags = tags(Cursor::new(file), file.len() as u64)?;
        let Some(layout) = TiffLayout::of(&mut tags)? else {
            return Ok(None);
        };
        // Tiles may be larger than the picture, but not by any amount.
        let piece = layout.piece_row_bytes() as u64
            * u64::from(layout.pieces.height)
            * layout.planes().0 as u64;
        if piece > decoder_memory(limits).max(SMALL_PIECE) {
            return Err(too_large());
        }
        Ok(Some(layout))
    }

    /// Takes the file of which that is the layout.
    ///
    /// # Errors
    /// The source's own.
    pub(crate) fn new(mut source: R, layout: TiffLayout) -> ImageResult<Self> {
        let file_bytes = source.seek(SeekFrom::End(0))?;
        source.rewind()?;
        Ok(Self {
            tags: tags(source, file_bytes)?,
            layout,
            file_bytes,
        })
    }

    /// The packed bytes of a band, and how many they are.
    fn packed_band(&mut self, index: usize) -> ImageResult<(Vec<Vec<Vec<u8>>>, u64)> {
        let (planes, _) = self.layout.planes();
        let pieces = &self.layout.pieces;
        let plane_pieces = pieces.places.len() / planes;
        let mut all = 0;
        let mut packed = Vec::with_capacity(pieces.across);
        for piece in index * pieces.across..(index + 1) * pieces.across {
            let mut of_piece = Vec::with_capacity(planes);
            for plane in 0..planes {
                let (start, length) = pieces.places[plane * plane_pieces + piece];
                // Checked before a byte is allocated, since any length can be claimed.
                if start
                    .checked_add(length)
                    .is_none_or(|end| end > self.file_bytes)
                {
                    return Err(truncated());
                }
                let mut bytes = vec![0; length as usize];
                let source = self.tags.inner();
                source.seek(SeekFrom::Start(start))?;
                source.read_exact(&mut bytes)?;
                all += length;
                of_piece.push(bytes);
            }
            packed.push(of_piece);
        }
        Ok((packed, all))
    }
}

/// The reader of a file's tags. Their values lie in the file, so they are no longer than it.
fn tags<R: Read + Seek>(source: R, file_bytes: u64) -> ImageResult<Decoder<R>> {
    let mut limits = tiff::decoder::Limits::default();
    // A list of places may be read as numbers of 8 bytes where it has 2.
    limits.ifd_value_size = usize::try_from(file_bytes.saturating_mul(4)).unwrap_or(usize::MAX);
    Ok(Decoder::new(source).map_err(of_tiff)?.with_limits(limits))
}

impl<R: Read + Seek> ImageDecoder for TiffDecoder<R> {
    fn dimensions(&self) -> (u32, u32) {
        (self.layout.width, self.layout.height)
    }

    fn color_type(&self) -> ColorType {
        let has_alpha = self.layout.extra != ExtraSample::Nothing;
        color_type_of(self.layout.is_gray(), has_alpha, self.layout.is_deep())
    }

    fn original_color_type(&self) -> ExtendedColorType {
        match (&self.layout.color, self.layout.is_deep()) {
            (Color::Cmyk, false) => ExtendedColorType::Cmyk8,
            (Color::Cmyk, true) => ExtendedColorType::Cmyk16,
            _ => self.color_type().into(),
        }
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.tags.get_tag_u8_vec(Tag::IccProfile).ok())
    }

    fn xmp_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.tags.get_tag_u8_vec(XMP).ok())
    }

    fn orientation(&mut self) -> ImageResult<Orientation> {
        let tag = self.tags.find_tag_unsigned(Tag::Orientation);
        Ok(tag
            .map_err(of_tiff)?
            .and_then(Orientation::from_exif)
            .unwrap_or(Orientation::NoTransforms))
    }

    fn read_image(mut self, buffer: &mut [u8]) -> ImageResult<()> {
        let row_bytes = self.layout.width as usize * self.layout.pixel_bytes();
        let band_rows = self.layout.pieces.height as usize;
        let to_read = (self.file_bytes / 64).clamp(*READ_BYTES.start(), *READ_BYTES.end());
        let mut bands = buffer.chunks_mut(row_bytes * band_rows).enumerate();
        loop {
            let (mut group, mut read) = (Vec::new(), 0);
            while read < to_read
                && let Some((index, rows)) = bands.next()
            {
                let (packed, bytes) = self.packed_band(index)?;
                // A band counts even if nothing is in it.
                read += bytes.max(1 << 10);
                group.push(Band { packed, rows });
            }
            if group.is_empty() {
                return Ok(());
            }
            let layout = &self.layout;
            group
                .into_par_iter()
                .try_for_each(|band| layout.unpack_band(band))?;
        }
    }

    fn read_image_boxed(self: Box<Self>, buffer: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buffer)
    }
}
