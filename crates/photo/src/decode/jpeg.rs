//! Decoding a JPEG to the very values that libjpeg gives.
//!
//! Decoders may round differently, and `image`'s own is off by a level in one sample of two hundred.
//! Almost every program that will ever show the original decodes as libjpeg does, and so did the
//! published pipeline; the lightness that is kept should be the one that people see. So gray and RGB
//! go through libjpeg itself. CMYK goes through it where a profile says what its inks look like; where
//! none does, it is left to `image`, which knows the ways Adobe wrote it.
//!
//! libjpeg itself takes missing or senseless coded data for a mere warning and paints gray there.
//! Here such a warning is an error (`jpeg_fault.rs`).

use std::cell::Cell;
use std::io::BufReader;

use image::{DynamicImage, GrayImage, ImageError, ImageResult, RgbImage};
use mozjpeg::{ColorSpace, Decompress};
use tintype_protocol::CancelFlag;

use crate::SourceFormat;
use crate::decode::jpeg_fault::{caught, error_manager};
use crate::progress::{Cancellable, Counted, Share};

/// Bytes handed to libjpeg at once: in between, the flag is looked at and the listener told.
const READ_BYTES: usize = 1 << 14;
/// Rows decoded between two looks at the flag, and between two reports.
const STRIP_ROWS: usize = 16;

/// Decodes gray as gray and color as RGB; `None` for what is neither, and where libjpeg finds another
/// size than `size`, that of the header that was checked against the limits. Tells `share` how far it
/// has come.
pub(crate) fn decode(
    jpeg: &[u8],
    size: (u32, u32),
    cancel: &CancelFlag,
    share: &Share,
) -> ImageResult<Option<DynamicImage>> {
    caught(SourceFormat::Jpeg, || {
        decode_inner(jpeg, size, cancel, share)
    })
}

/// Decodes cyan, magenta, yellow and black and hands them over, some rows at a time. `false` if it has
/// other colors, or another size than `size`.
pub(crate) fn decode_inks(
    jpeg: &[u8],
    size: (u32, u32),
    cancel: &CancelFlag,
    share: &Share,
    take: &mut dyn FnMut(&[[u8; 4]]),
) -> ImageResult<bool> {
    caught(SourceFormat::Jpeg, || {
        decode_inks_inner(jpeg, size, cancel, share, take)
    })
}

/// Whether one of Adobe's programs or a likeness of them wrote it.
pub(crate) fn is_adobes(jpeg: &[u8]) -> bool {
    crate::metadata::has_segment(jpeg, 0xEE, b"Adobe")
}

fn decode_inks_inner(
    jpeg: &[u8],
    (width, height): (u32, u32),
    cancel: &CancelFlag,
    share: &Share,
    take: &mut dyn FnMut(&[[u8; 4]]),
) -> ImageResult<bool> {
    let seen = Seen {
        bytes: Cell::new(0),
        rows: Cell::new(0),
        all: (jpeg.len() as u64, u64::from(height)),
        share,
    };
    let source = Counted::new(Cancellable::new(jpeg, cancel), |bytes| seen.bytes(bytes));
    let decompress = Decompress::with_err(error_manager())
        .from_reader(BufReader::with_capacity(READ_BYTES, source))
        .map_err(ImageError::IoError)?;
    let has_inks = matches!(
        decompress.color_space(),
        ColorSpace::JCS_CMYK | ColorSpace::JCS_YCCK
    );
    if !has_inks || decompress.size() != (width as usize, height as usize) {
        return Ok(false);
    }
    let mut started = decompress
        .to_colorspace(ColorSpace::JCS_CMYK)
        .map_err(ImageError::IoError)?;
    let mut rows_left = height as usize;
    let mut strip = vec![[0; 4]; width as usize * STRIP_ROWS.min(rows_left)];
    while rows_left > 0 {
        if cancel.is_cancelled() {
            return Err(ImageError::IoError(std::io::ErrorKind::Interrupted.into()));
        }
        let rows = rows_left.min(STRIP_ROWS);
        let strip = &mut strip[..width as usize * rows];
        started
            .read_scanlines_into(strip)
            .map_err(ImageError::IoError)?;
        take(strip);
        seen.rows(rows as u64);
        rows_left -= rows;
    }
    started.finish().map_err(ImageError::IoError)?;
    Ok(true)
}

fn decode_inner(
    jpeg: &[u8],
    (width, height): (u32, u32),
    cancel: &CancelFlag,
    share: &Share,
) -> ImageResult<Option<DynamicImage>> {
    let seen = Seen {
        bytes: Cell::new(0),
        rows: Cell::new(0),
        all: (jpeg.len() as u64, u64::from(height)),
        share,
    };
    let source = Counted::new(Cancellable::new(jpeg, cancel), |bytes| seen.bytes(bytes));
    let source = BufReader::with_capacity(READ_BYTES, source);
    let decompress = Decompress::with_err(error_manager())
        .from_reader(source)
        .map_err(ImageError::IoError)?;
    if decompress.size() != (width as usize, height as usize) {
        return Ok(None);
    }
    let is_gray = match decompress.color_space() {
        ColorSpace::JCS_GRAYSCALE => true,
        ColorSpace::JCS_YCbCr | ColorSpace::JCS_RGB => false,
        _ => return Ok(None),
    };
    let mut started = if is_gray {
        decompress.grayscale()
    } else {
        decompress.rgb()
    }
    .map_err(ImageError::IoError)?;
    let line = width as usize * if is_gray { 1 } else { 3 };
    let mut values = vec![0; line * height as usize];
    for strip in values.chunks_mut(line * STRIP_ROWS) {
        if cancel.is_cancelled() {
            return Err(ImageError::IoError(std::io::ErrorKind::Interrupted.into()));
        }
        started
            .read_scanlines_into(strip)
            .map_err(ImageError::IoError)?;
        seen.rows((strip.len() / line) as u64);
    }
    started.finish().map_err(ImageError::IoError)?;
    Ok(if is_gray {
        GrayImage::from_raw(width, height, values).map(DynamicImage::from)
    } else {
        RgbImage::from_raw(width, height, values).map(DynamicImage::from)
    })
}

/// How much of a JPEG has gone in and come out. Both count by half: in a baseline JPEG they keep pace,
/// but all scans of a progressive one go in before the first row comes out.
struct Seen<'a, 'b> {
    bytes: Cell<u64>,
    rows: Cell<u64>,
    /// How many bytes and rows there are.
    all: (u64, u64),
    share: &'a Share<'b>,
}

impl Seen<'_, '_> {
    /// So many bytes have gone in by now.
    fn bytes(&self, bytes: u64) {
        self.bytes.set(bytes);
        self.tell();
    }

    /// So many more rows have come out.
    fn rows(&self, rows: u64) {
        self.rows.set(self.rows.get() + rows);
        self.tell();
    }

    fn tell(&self) {
        let (bytes, rows) = self.all;
        // Bytes * rows is far below 2^64 for any file in the limits.
        let done = self.bytes.get() * rows + self.rows.get() * bytes;
        self.share.reach(done, 2 * bytes * rows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::jpeg_fault::Fault;
    use image::ImageFormat;

    fn jpeg(picture: &DynamicImage) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        bytes.into_inner()
    }

    fn decode_at(jpeg: &[u8], size: (u32, u32)) -> ImageResult<Option<DynamicImage>> {
        decode(jpeg, size, &CancelFlag::new(), &Share::new(&mut |_| {}))
    }

    #[test]
    fn gray_stays_gray_and_color_stays_color() {
        let gray = DynamicImage::from(GrayImage::from_pixel(9, 5, image::Luma([77])));
        let decoded = decode_at(&jpeg(&gray), (9, 5)).unwrap().unwrap();
        assert_eq!(decoded, gray);
        let color = DynamicImage::from(RgbImage::from_pixel(9, 5, image::Rgb([200, 100, 50])));
        let decoded = decode_at(&jpeg(&color), (9, 5)).unwrap().unwrap();
        let pixel = decoded.into_rgb8().get_pixel(4, 2).0;
        assert!(
            pixel
                .iter()
                .zip([200u8, 100, 50])
                .all(|(f, e)| f.abs_diff(e) <= 2),
            "{pixel:?}"
        );
    }

    #[test]
    fn a_damaged_header_is_an_error_and_no_panic() {
        let good = jpeg(&DynamicImage::from(GrayImage::new(16, 16)));
        for at in 2..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x55;
            // Some damage is harmless; none may bring the program down.
            let _ = decode_at(&bad, (16, 16));
        }
    }

    #[test]
    fn coded_data_that_ends_early_is_named() {
        let noise = |x: u32, y: u32| (x * 7919 + y * 104_729).wrapping_mul(2_654_435_761) >> 24;
        let picture = GrayImage::from_fn(64, 64, |x, y| image::Luma([noise(x, y) as u8]));
        let whole = jpeg(&picture.into());
        let mut holed = whole[..whole.len() / 2].to_vec();
        holed.extend([0xFF, 0xD9]);
        let error = decode_at(&holed, (64, 64)).unwrap_err();
        assert!(
            error.to_string().contains(&Fault::EndsEarly.to_string()),
            "{error}"
        );
    }

    #[test]
    fn another_size_than_the_one_that_was_checked_is_not_decoded() {
        let gray = jpeg(&DynamicImage::from(GrayImage::new(16, 16)));
        assert!(decode_at(&gray, (16, 17)).unwrap().is_none());
    }
}
