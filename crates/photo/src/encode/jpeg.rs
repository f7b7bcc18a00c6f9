//! Writing JPEG by libjpeg, in strips: each is a file of its own to libjpeg, so that there can be one for every core.
//!
//! What libjpeg coded of each strip goes into one file behind the header of the first, with restart markers in between:
//! at these every decoder begins anew, as each strip did (ITU-T T.81, sections B.2.1 and E.1.4). The strips depend on
//! the picture's width alone, so that a result is the same on every computer.

use std::io::Write;

use image::error::{ParameterError, ParameterErrorKind};
use image::{ImageError, ImageResult};
use mozjpeg::{ColorSpace, Compress, PixelDensity, PixelDensityUnit};
use rayon::prelude::*;

use crate::SourceFormat;
use crate::decode::{caught, error_manager};
use crate::encode::layout::Layout;
use crate::metadata::{Embedded, JFIF_HEAD, segments};
use crate::progress::Share;

/// The longest side that libjpeg takes.
const MOST_SIDE: u32 = 65_500;
/// A strip's rows, four rows of blocks: few enough to tell how far it is, and for what lies between two restart markers
/// to be far below the 65 535 blocks that they can count.
const STRIP_ROWS: usize = 32;
const BLOCK: usize = 8;

const FRAME: [u8; 2] = [0xC0, 0xC1];
const START_OF_SCAN: u8 = 0xDA;
const END_OF_IMAGE: [u8; 2] = [0xFF, 0xD9];
const RESTART_INTERVAL: [u8; 4] = [0xFF, 0xDD, 0, 4];
const FIRST_RESTART: u8 = 0xD0;

/// Writes a picture of 8 bits without transparency and what is embedded. `progress` hears a rising share of
/// its rows, 0..=1.
///
/// # Errors
/// The writer's own; a picture with a side of more than 65 500 pixels.
pub(crate) fn write(
    layout: &Layout,
    (width, height): (u32, u32),
    quality: u8,
    embedded: &Embedded,
    writer: &mut impl Write,
    progress: &mut dyn FnMut(f32),
) -> ImageResult<()> {
    if width.max(height) > MOST_SIDE {
        let kind = ParameterErrorKind::DimensionMismatch;
        return Err(ImageError::Parameter(ParameterError::from_kind(kind)));
    }
    let share = Share::new(progress);
    let line = 3 * width as usize;
    let strips: Vec<&[u8]> = layout.bytes.chunks(STRIP_ROWS * line).collect();
    let count = strips.len();
    let mut written = 0;
    for round in strips.chunks(rayon::current_num_threads()) {
        let files: ImageResult<Vec<_>> = round
            .par_iter()
            .map(|strip| coded(strip, width as usize, quality, embedded))
            .collect();
        for mut file in files? {
            let data = data_of(&mut file, height as u16);
            if written == 0 {
                let (head, tables) = file[..data].split_at(JFIF_HEAD);
                writer.write_all(head)?;
                writer.write_all(&segments(embedded))?;
                if count > 1 {
                    let blocks = (width as usize).div_ceil(BLOCK) * (STRIP_ROWS / BLOCK);
                    writer.write_all(&RESTART_INTERVAL)?;
                    writer.write_all(&(blocks as u16).to_be_bytes())?;
                }
                writer.write_all(tables)?;
            } else {
                let number = ((written - 1) % 8) as u8;
                writer.write_all(&[0xFF, FIRST_RESTART + number])?;
            }
            writer.write_all(&file[data..file.len() - END_OF_IMAGE.len()])?;
            written += 1;
            share.reach(written as u64, count as u64);
        }
    }
    writer.write_all(&END_OF_IMAGE)?;
    Ok(())
}

/// A strip as a file of its own.
fn coded(strip: &[u8], width: usize, quality: u8, embedded: &Embedded) -> ImageResult<Vec<u8>> {
    caught(SourceFormat::Jpeg, || {
        let mut compress = Compress::new_err(Box::new(error_manager()), ColorSpace::JCS_RGB);
        // Else it spends many times as long on making files a tenth smaller.
        compress.set_fastest_defaults();
        compress.set_size(width, strip.len() / 3 / width);
        compress.set_quality(quality.into());
        // Nothing is subsampled: the colors are what this program is for.
        compress.set_chroma_sampling_pixel_sizes((1, 1), (1, 1));
        if let Some(resolution) = embedded.resolution {
            let (x, y) = resolution.whole();
            let unit = PixelDensityUnit::Inches;
            compress.set_pixel_density(PixelDensity { unit, x, y });
        }
        let mut started = compress
            .start_compress(Vec::with_capacity(strip.len() / 4))
            .map_err(ImageError::IoError)?;
        started
            .write_scanlines(strip)
            .map_err(ImageError::IoError)?;
        started.finish().map_err(ImageError::IoError)
    })
}

/// Where the coded data of a file of libjpeg's begins. Its header gets another height.
fn data_of(file: &mut [u8], height: u16) -> usize {
    let mut at = 2;
    loop {
        let (marker, length) = (
            file[at + 1],
            usize::from(file[at + 2]) << 8 | usize::from(file[at + 3]),
        );
        if FRAME.contains(&marker) {
            // Behind the length there is the depth, then the height.
            file[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
        }
        at += 2 + length;
        if marker == START_OF_SCAN {
            return at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::layout::over_white;
    use crate::{Limits, Photo, PhotoFile, Pixels};

    fn noise(width: u32, height: u32) -> Photo {
        let value = |i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8 / 2;
        let pixels = Pixels::Rgb8((0..3 * width * height).map(value).collect());
        Photo::new(width, height, SourceFormat::Png, pixels, None)
    }

    fn file_of(photo: &Photo) -> Vec<u8> {
        let mut file = Vec::new();
        let layout = over_white(photo, &mut |_| {});
        let (size, embedded) = ((photo.width(), photo.height()), Embedded::default());
        write(&layout, size, 95, &embedded, &mut file, &mut |_| {}).unwrap();
        file
    }

    /// The levels that came back, by the decoder of this program and by another one.
    fn back(file: Vec<u8>) -> [Vec<u8>; 2] {
        let other = image::load_from_memory(&file)
            .unwrap()
            .into_rgb8()
            .into_raw();
        let file = PhotoFile::from_bytes(file, &Limits::default()).unwrap();
        let Pixels::Rgb8(own) = file.decode().unwrap().pixels().clone() else {
            panic!("not RGB")
        };
        [own.to_vec(), other]
    }

    #[test]
    fn strips_are_one_picture_to_every_decoder() {
        // More strips than there are different restart markers, and ends that fill no block.
        for (width, height) in [(1, 1), (9, 32), (17, 33), (50, 12 * 32 + 3)] {
            let photo = noise(width, height);
            let Pixels::Rgb8(before) = photo.pixels() else {
                panic!("not RGB")
            };
            for after in back(file_of(&photo)) {
                assert_eq!(after.len(), before.len());
                let off = before
                    .iter()
                    .zip(&after)
                    .map(|(one, other)| one.abs_diff(*other));
                let off = off.map(f64::from).sum::<f64>() / before.len() as f64;
                assert!(off < 8.0, "{width}x{height}: off by {off} on the average");
            }
        }
    }

    #[test]
    fn a_strip_is_coded_as_it_is_in_a_picture_of_its_own() {
        let (width, height) = (40, 3 * STRIP_ROWS as u32);
        let whole = noise(width, height);
        let Pixels::Rgb8(levels) = whole.pixels() else {
            panic!("not RGB")
        };
        let strip = levels.len() / 3;
        let second = Pixels::Rgb8(levels[strip..2 * strip].to_vec().into());
        let second = Photo::new(width, height / 3, SourceFormat::Png, second, None);
        let [all, _] = back(file_of(&whole));
        let [alone, _] = back(file_of(&second));
        assert_eq!(all[strip..2 * strip], alone);
    }

    #[test]
    fn what_is_too_long_for_libjpeg_is_an_error() {
        let mut file = Vec::new();
        let photo = noise(1, 65_501);
        let layout = over_white(&photo, &mut |_| {});
        let embedded = Embedded::default();
        let result = write(&layout, (1, 65_501), 95, &embedded, &mut file, &mut |_| {});
        assert!(matches!(result, Err(ImageError::Parameter(_))));
    }
}
