//! From a photo to the bytes of a file.

mod jpeg;
mod jpeg_xl;
mod jxl_boxes;
pub(crate) mod layout;
mod png;
mod save;
mod save_options;

pub use save::{discard_unfinished, save, save_with_progress};
pub use save_options::{Keep, OutputSpace, Overwrite, SaveOptions};

use std::io::{Seek, Write};

use image::error::{EncodingError, ImageError};
use image::{ExtendedColorType, ImageFormat, ImageResult};
use image_webp::{ColorType, WebPEncoder};
use tintype_protocol::CancelFlag;

use self::layout::{Layout, as_deep_as_it_is, eight_bits, over_white};
use crate::metadata::{Embedded, write_tiff, xmp_packet};
use crate::progress::{Counted, Share, part};
use crate::{OutputFormat, Photo};

/// Writes a photo and what is embedded in one of the formats, as deep as the format can hold. `progress` hears a rising
/// share of the work, 0..=1: the rows of a JPEG or PNG, the bytes of a TIFF. The encoders of lossless
/// WebP and JPEG XL work on the picture as a whole, and can neither tell how far they are nor be stopped.
///
/// # Errors
/// The writer's or the encoder's own; an interrupted one if that is what the flag asked for.
pub(crate) fn encode(
    photo: &Photo,
    format: OutputFormat,
    embedded: &Embedded,
    writer: &mut (impl Write + Seek),
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> ImageResult<()> {
    let arrange: for<'a> fn(&'a Photo, &mut dyn FnMut(f32)) -> Layout<'a> = match format {
        OutputFormat::Jpeg { .. } => over_white,
        OutputFormat::Png | OutputFormat::Tiff | OutputFormat::JpegXl => as_deep_as_it_is,
        OutputFormat::WebP => eight_bits,
    };
    // About the share of the time that arranging takes, if there is anything to arrange.
    let arranged_share = match format {
        OutputFormat::Tiff => 0.5,
        OutputFormat::Jpeg { .. }
        | OutputFormat::Png
        | OutputFormat::WebP
        | OutputFormat::JpegXl => 0.1,
    };
    let mut arranged_at = 0.0;
    let layout = part(progress, (0.0, arranged_share), |progress| {
        arrange(photo, &mut |share| {
            arranged_at = arranged_share;
            progress(share);
        })
    });
    let size = (photo.width(), photo.height());
    part(progress, (arranged_at, 1.0), |progress| match format {
        OutputFormat::Jpeg { quality } => {
            jpeg::write(&layout, size, quality, embedded, writer, progress)
        }
        OutputFormat::JpegXl => jpeg_xl::write(&layout, size, embedded, writer),
        OutputFormat::Png => png::write(&layout, size, embedded, writer, cancel, progress),
        OutputFormat::Tiff => tiff(&layout, size, embedded, writer, progress),
        OutputFormat::WebP => write_webp(&layout, size, embedded, writer),
    })
}

fn tiff(
    layout: &Layout,
    size: (u32, u32),
    embedded: &Embedded,
    writer: &mut (impl Write + Seek),
    progress: &mut dyn FnMut(f32),
) -> ImageResult<()> {
    let share = Share::new(progress);
    let all = layout.bytes.len() as u64;
    // Nothing is compressed, so the file is as long as its pixels, and some tags.
    let mut writer = Counted::new(writer, |bytes| share.reach(bytes, all));
    write_tiff(layout, size, embedded, &mut writer)
}

/// The encoder that `image` wraps, since the wrapping has no place for XMP.
fn write_webp(
    layout: &Layout,
    (width, height): (u32, u32),
    embedded: &Embedded,
    writer: &mut impl Write,
) -> ImageResult<()> {
    let mut encoder = WebPEncoder::new(writer);
    if let Some(icc) = &embedded.icc {
        encoder.set_icc_profile(icc.clone());
    }
    if let Some(exif) = &embedded.exif {
        encoder.set_exif_metadata(exif.to_block());
    }
    if let Some(xmp) = &embedded.xmp {
        encoder.set_xmp_metadata(xmp_packet(xmp).into_bytes());
    }
    let color = match layout.color {
        ExtendedColorType::Rgba8 => ColorType::Rgba8,
        _ => ColorType::Rgb8,
    };
    let encoded = encoder.encode(&layout.bytes, width, height, color);
    encoded.map_err(|error| match error {
        image_webp::EncodingError::IoError(error) => ImageError::IoError(error),
        error => ImageError::Encoding(EncodingError::new(ImageFormat::WebP.into(), error)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Alpha, JPEG_QUALITY, Limits, PhotoFile, Pixels, SourceFormat};
    use std::io::Cursor;

    fn encoded(photo: &Photo, format: OutputFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        let (embedded, cancel) = (Embedded::default(), CancelFlag::new());
        encode(photo, format, &embedded, &mut file, &cancel, &mut |_| {}).unwrap();
        file.into_inner()
    }

    fn through(photo: &Photo, format: OutputFormat) -> Photo {
        PhotoFile::from_bytes(encoded(photo, format), &Limits::default())
            .unwrap()
            .decode()
            .unwrap()
    }

    fn rgb16_with_alpha() -> Photo {
        let pixels = Pixels::Rgb16(vec![
            1, 300, 65_535, 40_000, 2, 7, 65_535, 0, 0, 0, 65_535, 65_535,
        ]);
        let alpha = Some(Alpha::Sixteen(vec![65_535, 1234, 0, 9]));
        Photo::new(2, 2, SourceFormat::Png, pixels, alpha)
    }

    #[test]
    fn png_tiff_and_jpeg_xl_lose_nothing_of_16_bits() {
        let photo = rgb16_with_alpha();
        for format in [OutputFormat::Png, OutputFormat::Tiff, OutputFormat::JpegXl] {
            let back = through(&photo, format);
            assert_eq!(back.pixels(), photo.pixels(), "{format:?}");
            assert_eq!(back.alpha(), photo.alpha(), "{format:?}");
        }
    }

    #[test]
    fn jpeg_xl_of_several_groups_and_all_of_16_bits_comes_back() {
        // Groups are 256 x 256; the noise takes every value, and so the longest codes.
        let noise = |i: usize| ((i * 2_654_435_761) >> 7) as u16;
        let values: Vec<u16> = (0..3 * 300 * 270).map(noise).collect();
        let bytes: Vec<u8> = values.iter().map(|value| *value as u8).collect();
        let alpha: Vec<u16> = (0..300 * 270).map(|i| noise(i + 99)).collect();
        for (pixels, alpha) in [
            (Pixels::Rgb16(values.clone()), None),
            (Pixels::Rgb16(values), Some(Alpha::Sixteen(alpha))),
            (Pixels::Rgb8(bytes), None),
        ] {
            // The sides take more bits in the header from 513 on.
            for (width, height) in [(300, 270), (675, 120)] {
                let (pixels, alpha) = (pixels.clone(), alpha.clone());
                let photo = Photo::new(width, height, SourceFormat::Png, pixels, alpha);
                let back = through(&photo, OutputFormat::JpegXl);
                assert!(back.pixels() == photo.pixels() && back.alpha() == photo.alpha());
            }
        }
    }

    #[test]
    fn a_line_of_one_pixel_cannot_be_jpeg_xl_and_is_no_panic() {
        let photo = Photo::new(1, 9, SourceFormat::Png, Pixels::Rgb8(vec![7; 27]), None);
        let mut file = Cursor::new(Vec::new());
        let (format, cancel) = (OutputFormat::JpegXl, CancelFlag::new());
        let result = encode(
            &photo,
            format,
            &Embedded::default(),
            &mut file,
            &cancel,
            &mut |_| {},
        );
        assert!(matches!(result, Err(image::ImageError::Parameter(_))));
    }

    #[test]
    fn every_format_but_jpeg_loses_nothing_of_8_bits() {
        let pixels = Pixels::Rgb8((0..48).map(|i| i * 5).collect());
        let alpha = Some(Alpha::Eight((0..16).collect()));
        let photo = Photo::new(4, 4, SourceFormat::Png, pixels, alpha);
        for format in [
            OutputFormat::Png,
            OutputFormat::Tiff,
            OutputFormat::WebP,
            OutputFormat::JpegXl,
        ] {
            let back = through(&photo, format);
            assert_eq!(back.pixels(), photo.pixels(), "{format:?}");
            assert_eq!(back.alpha(), photo.alpha(), "{format:?}");
        }
    }

    #[test]
    fn in_jpeg_the_transparent_is_white_and_colors_are_not_smeared() {
        let mut pixels = [[200, 20, 20], [20, 20, 200]].concat().repeat(32);
        pixels.extend([0; 192]);
        let alpha = [[255; 64], [0; 64]].concat();
        let photo = Photo::new(
            64,
            2,
            SourceFormat::Png,
            Pixels::Rgb8(pixels),
            Some(Alpha::Eight(alpha)),
        );
        let back = through(
            &photo,
            OutputFormat::Jpeg {
                quality: JPEG_QUALITY,
            },
        );
        let Pixels::Rgb8(p) = back.pixels() else {
            panic!("not RGB")
        };
        assert!(p[192..].iter().all(|v| *v > 235), "{:?}", &p[192..200]);
        // Neighboring columns of red and blue stay apart, which halved chroma could not do.
        assert!(p[30] > p[33] + 80, "{:?}", &p[30..36]);
    }
}
