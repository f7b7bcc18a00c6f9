//! Decoding a JPEG to the very values that libjpeg gives.
//!
//! Decoders may round differently, and `image`'s own is off by a level in one sample of two hundred.
//! Almost every program that will ever show the original decodes as libjpeg does, and so did the
//! published pipeline; the lightness that is kept should be the one that people see. So gray and RGB
//! go through libjpeg itself. CMYK is left to `image`, which knows the ways Adobe wrote it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::error::{DecodingError, ImageError};
use image::{DynamicImage, GrayImage, ImageFormat, ImageResult, RgbImage};
use mozjpeg::{ColorSpace, Decompress};

/// Decodes gray as gray and color as RGB; `None` for what is neither.
pub(crate) fn decode(jpeg: &[u8]) -> ImageResult<Option<DynamicImage>> {
    // libjpeg's fatal errors unwind out of the wrapper instead of being returned.
    catch_unwind(AssertUnwindSafe(|| decode_inner(jpeg))).unwrap_or_else(|_| {
        let cause = "libjpeg gave up on it";
        Err(ImageError::Decoding(DecodingError::new(
            ImageFormat::Jpeg.into(),
            cause,
        )))
    })
}

fn decode_inner(jpeg: &[u8]) -> ImageResult<Option<DynamicImage>> {
    let decompress = Decompress::new_mem(jpeg).map_err(ImageError::IoError)?;
    let (width, height) = (decompress.width() as u32, decompress.height() as u32);
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
    let values: Vec<u8> = started.read_scanlines().map_err(ImageError::IoError)?;
    started.finish().map_err(ImageError::IoError)?;
    let picture = if is_gray {
        GrayImage::from_raw(width, height, values).map(DynamicImage::from)
    } else {
        RgbImage::from_raw(width, height, values).map(DynamicImage::from)
    };
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg(picture: &DynamicImage) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn gray_stays_gray_and_color_stays_color() {
        let gray = DynamicImage::from(GrayImage::from_pixel(9, 5, image::Luma([77])));
        let decoded = decode(&jpeg(&gray)).unwrap().unwrap();
        assert_eq!(decoded, gray);
        let color = DynamicImage::from(RgbImage::from_pixel(9, 5, image::Rgb([200, 100, 50])));
        let decoded = decode(&jpeg(&color)).unwrap().unwrap().into_rgb8();
        let pixel = decoded.get_pixel(4, 2).0;
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
            let _ = decode(&bad);
        }
    }
}
