//! Writing JPEG, by `jpeg-encoder`: twice as fast as `image`'s own, which knows no vector instructions.

use std::io::Write;

use image::error::{EncodingError, ParameterError, ParameterErrorKind};
use image::{ImageError, ImageResult};
use jpeg_encoder::{
    Encoder, EncodingError as Fault, ImageBuffer, JpegColorType, PixelDensity, PixelDensityUnit,
    SamplingFactor, rgb_to_ycbcr,
};

use crate::SourceFormat;
use crate::encode::layout::Layout;
use crate::metadata::{Embedded, Inserting, segments};
use crate::progress::Share;

/// Writes a picture of 8 bits without transparency and what is embedded. `progress` hears a rising share of
/// its rows, 0..=1.
///
/// # Errors
/// The writer's own; a picture with a side of more than 65 535 pixels.
pub(crate) fn write(
    layout: &Layout,
    (width, height): (u32, u32),
    quality: u8,
    embedded: &Embedded,
    writer: &mut impl Write,
    progress: &mut dyn FnMut(f32),
) -> ImageResult<()> {
    let too_long = |_| {
        let kind = ParameterErrorKind::DimensionMismatch;
        ImageError::Parameter(ParameterError::from_kind(kind))
    };
    let share = Share::new(progress);
    let picture = Rows {
        pixels: layout.bytes.as_chunks().0,
        width: u16::try_from(width).map_err(too_long)?,
        height: u16::try_from(height).map_err(too_long)?,
        share: &share,
    };
    let mut encoder = Encoder::new(Inserting::new(writer, segments(embedded)), quality);
    // Nothing is subsampled: the colors are what this program is for.
    encoder.set_sampling_factor(SamplingFactor::F_1_1);
    if let Some(resolution) = embedded.resolution {
        encoder.set_density(PixelDensity {
            density: resolution.whole(),
            unit: PixelDensityUnit::Inches,
        });
    }
    encoder.encode_image(picture).map_err(|fault| match fault {
        Fault::IoError(error) => ImageError::IoError(error),
        fault => ImageError::Encoding(EncodingError::new(SourceFormat::Jpeg.hint(), fault)),
    })?;
    share.reach(1, 1);
    Ok(())
}

/// A picture that tells which of its rows is asked for.
struct Rows<'a, 'b> {
    pixels: &'a [[u8; 3]],
    width: u16,
    height: u16,
    share: &'a Share<'b>,
}

impl ImageBuffer for Rows<'_, '_> {
    fn get_jpeg_color_type(&self) -> JpegColorType {
        JpegColorType::Ycbcr
    }

    fn width(&self) -> u16 {
        self.width
    }

    fn height(&self) -> u16 {
        self.height
    }

    fn fill_buffers(&self, y: u16, [luma, blue, red, _]: &mut [Vec<u8>; 4]) {
        self.share.reach(y.into(), self.height.into());
        let width = usize::from(self.width);
        for [r, g, b] in &self.pixels[usize::from(y) * width..][..width] {
            let (y, cb, cr) = rgb_to_ycbcr(*r, *g, *b);
            luma.push(y);
            blue.push(cb);
            red.push(cr);
        }
    }
}
