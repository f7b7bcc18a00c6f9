//! The pieces of a TIFF that are JPEGs, decoded by libjpeg to their samples as they are coded: what those
//! mean, the TIFF's tags say.

use image::{ImageError, ImageResult};
use mozjpeg::Decompress;

use crate::SourceFormat;
use crate::decode::fault::damaged;
use crate::decode::jpeg_fault::{caught, error_manager};

/// Decodes to rows of that width and so many samples a pixel. The piece may have more rows than are wanted,
/// as tiles at the lower edge have.
///
/// # Errors
/// Damage, or a piece of another size.
pub(crate) fn decode(jpeg: &[u8], size: (u32, usize, usize)) -> ImageResult<Vec<u8>> {
    caught(SourceFormat::Tiff, || decode_inner(jpeg, size))
}

fn decode_inner(jpeg: &[u8], (width, rows, samples): (u32, usize, usize)) -> ImageResult<Vec<u8>> {
    let decompress = Decompress::with_err(error_manager())
        .from_mem(jpeg)
        .map_err(ImageError::IoError)?;
    // Checked before a row is allocated.
    let has_the_size = decompress.width() == width as usize
        && decompress.height() >= rows
        && decompress.components().len() == samples;
    if !has_the_size {
        return Err(damaged(SourceFormat::Tiff, "a piece has another size"));
    }
    let is_all_wanted = decompress.height() == rows;
    let as_coded = decompress.color_space();
    let mut started = decompress
        .to_colorspace(as_coded)
        .map_err(ImageError::IoError)?;
    let mut values = vec![0; width as usize * samples * rows];
    started
        .read_scanlines_into(&mut values)
        .map_err(ImageError::IoError)?;
    if is_all_wanted {
        started.finish().map_err(ImageError::IoError)?;
    }
    Ok(values)
}
