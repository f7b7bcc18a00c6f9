//! How many pictures a file holds, where it may hold more than the one that is read.

use std::io::Cursor;

use gif::{DecodeOptions, Decoder};
use tiff::tags::Tag;

use crate::SourceFormat;

/// Enough for any album; a damaged file may go on forever.
const MOST_PAGES: u32 = 10_000;

/// The pages of a TIFF, the pictures of an animated GIF, PNG or WebP; 1 for all else, and where the
/// counting fails before it has begun. Nothing is decoded.
pub(crate) fn count(bytes: &[u8], format: SourceFormat) -> u32 {
    let count = match format {
        SourceFormat::Tiff => tiff_pages(bytes),
        SourceFormat::Gif => gif_pictures(bytes),
        SourceFormat::Png => png_pictures(bytes),
        SourceFormat::WebP => webp_pictures(bytes),
        _ => 1,
    };
    count.max(1)
}

/// Directories that are pages: smaller copies of a page don't count.
fn tiff_pages(bytes: &[u8]) -> u32 {
    const SMALLER_COPY: u32 = 1;
    let Ok(mut tags) = tiff::decoder::Decoder::new(Cursor::new(bytes)) else {
        return 1;
    };
    let mut pages = 1;
    while tags.more_images() && pages < MOST_PAGES && tags.next_image().is_ok() {
        let kind: Option<u32> = tags.find_tag_unsigned(Tag::NewSubfileType).unwrap_or(None);
        if kind.unwrap_or(0) & SMALLER_COPY == 0 {
            pages += 1;
        }
    }
    pages
}

fn gif_pictures(bytes: &[u8]) -> u32 {
    let mut options = DecodeOptions::new();
    options.skip_frame_decoding(true);
    let Ok(mut decoder): Result<Decoder<_>, _> = options.read_info(bytes) else {
        return 1;
    };
    let mut pictures = 0;
    while pictures < MOST_PAGES && matches!(decoder.next_frame_info(), Ok(Some(_))) {
        pictures += 1;
    }
    pictures
}

/// What the chunk of an animated PNG says. It comes before the pixels.
fn png_pictures(bytes: &[u8]) -> u32 {
    let mut rest = bytes.get(8..).unwrap_or_default();
    while let Some(&[a, b, c, d, ref kind @ ..]) = rest.first_chunk::<8>() {
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        match kind {
            b"acTL" => {
                let count = rest[8..].first_chunk();
                return count.map_or(1, |count| u32::from_be_bytes(*count));
            }
            b"IDAT" => break,
            // Length, kind and checksum take 12 bytes.
            _ => rest = rest.get(length.saturating_add(12)..).unwrap_or_default(),
        }
    }
    1
}

/// The chunks `ANMF` of an animated WebP.
fn webp_pictures(bytes: &[u8]) -> u32 {
    let mut rest = bytes.get(12..).unwrap_or_default();
    let mut pictures = 0;
    while let Some(&[ref kind @ .., a, b, c, d]) = rest.first_chunk::<8>() {
        pictures += u32::from(kind == b"ANMF");
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        // Chunks start at even places.
        let step = length.saturating_add(length % 2).saturating_add(8);
        rest = rest.get(step..).unwrap_or_default();
    }
    pictures
}
