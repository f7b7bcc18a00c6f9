//! Taking a decoded picture apart into pixels and transparency.

use bytemuck::Pod;
use image::{ColorType, DynamicImage, ImageDecoder, ImageResult};

use super::fault::too_large;
use crate::progress::Share;
use crate::samples::Samples;
use crate::{Alpha, Pixels};

/// Pixels between two reports.
const PIECE: usize = 1 << 16;

/// A picture as a decoder gives it.
pub(crate) enum Decoded {
    /// One or three values a pixel.
    Opaque(Pixels),
    /// Two or four values of 8 bits a pixel, the last of which is its transparency.
    Eight(Samples<u8>, Channels),
    /// As many of 16 bits.
    Sixteen(Samples<u16>, Channels),
}

/// What of a pixel's values is not its transparency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channels {
    Gray,
    Rgb,
}

impl Decoded {
    /// Decodes a picture. Floats become 16 bits.
    ///
    /// # Errors
    /// The decoder's own.
    pub(crate) fn of(decoder: impl ImageDecoder) -> ImageResult<Self> {
        let kind = decoder.color_type();
        Ok(match kind {
            ColorType::L8 => Self::Opaque(Pixels::Gray8(filled(decoder)?)),
            ColorType::L16 => Self::Opaque(Pixels::Gray16(filled(decoder)?)),
            ColorType::Rgb8 => Self::Opaque(Pixels::Rgb8(filled(decoder)?)),
            ColorType::Rgb16 => Self::Opaque(Pixels::Rgb16(filled(decoder)?)),
            ColorType::La8 => Self::Eight(filled(decoder)?, Channels::Gray),
            ColorType::La16 => Self::Sixteen(filled(decoder)?, Channels::Gray),
            ColorType::Rgba8 => Self::Eight(filled(decoder)?, Channels::Rgb),
            ColorType::Rgba16 => Self::Sixteen(filled(decoder)?, Channels::Rgb),
            float => {
                let picture = DynamicImage::from_decoder(decoder)?;
                if float.has_alpha() {
                    let values = picture.into_rgba16().into_raw();
                    Self::Sixteen(values.into(), Channels::Rgb)
                } else {
                    Self::Opaque(Pixels::Rgb16(picture.into_rgb16().into_raw().into()))
                }
            }
        })
    }
}

fn filled<T: Pod>(decoder: impl ImageDecoder) -> ImageResult<Samples<T>> {
    let count = usize::try_from(decoder.total_bytes() / size_of::<T>() as u64);
    let mut values = Samples::zeroed(count.map_err(|_| too_large())?);
    decoder.read_image(values.bytes_mut())?;
    Ok(values)
}

/// Takes a picture apart into pixels and transparency. `progress` hears a rising share, 0..=1, where there is
/// transparency; without, there is nothing to do.
pub(crate) fn split_alpha(
    picture: Decoded,
    progress: &mut dyn FnMut(f32),
) -> (Pixels, Option<Alpha>) {
    match picture {
        Decoded::Opaque(pixels) => (pixels, None),
        Decoded::Eight(values, Channels::Gray) => {
            let (gray, alpha) = split_last::<_, 2, 1>(&values, progress);
            (Pixels::Gray8(gray), Some(Alpha::Eight(alpha)))
        }
        Decoded::Sixteen(values, Channels::Gray) => {
            let (gray, alpha) = split_last::<_, 2, 1>(&values, progress);
            (Pixels::Gray16(gray), Some(Alpha::Sixteen(alpha)))
        }
        Decoded::Eight(values, Channels::Rgb) => {
            let (rgb, alpha) = split_last::<_, 4, 3>(&values, progress);
            (Pixels::Rgb8(rgb), Some(Alpha::Eight(alpha)))
        }
        Decoded::Sixteen(values, Channels::Rgb) => {
            let (rgb, alpha) = split_last::<_, 4, 3>(&values, progress);
            (Pixels::Rgb16(rgb), Some(Alpha::Sixteen(alpha)))
        }
    }
}

/// Takes the last of every N values apart from the `N - 1 = M` others.
fn split_last<T: Pod, const N: usize, const M: usize>(
    values: &[T],
    progress: &mut dyn FnMut(f32),
) -> (Samples<T>, Samples<T>) {
    let share = Share::new(progress);
    let (pixels, _) = values.as_chunks::<N>();
    let mut colors = Samples::zeroed(M * pixels.len());
    let mut last = Samples::zeroed(pixels.len());
    let pieces = colors.as_chunks_mut::<M>().0.chunks_mut(PIECE);
    let pieces = pieces.zip(last.chunks_mut(PIECE)).zip(pixels.chunks(PIECE));
    let mut done = 0;
    for ((colors, last), piece) in pieces {
        for ((color, last), pixel) in colors.iter_mut().zip(last).zip(piece) {
            *color = std::array::from_fn(|i| pixel[i]);
            *last = pixel[N - 1];
        }
        done += piece.len();
        share.reach(done as u64, pixels.len() as u64);
    }
    (colors, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_each_pixel_goes_its_own_way() {
        let values: Vec<u8> = (0..8).collect();
        let (colors, last) = split_last::<_, 4, 3>(&values, &mut |_| {});
        assert_eq!(
            (&*colors, &*last),
            ([0, 1, 2, 4, 5, 6].as_slice(), [3, 7].as_slice())
        );
        let (colors, last) = split_last::<_, 2, 1>(&values, &mut |_| {});
        assert_eq!(
            (&*colors, &*last),
            ([0, 2, 4, 6].as_slice(), [1, 3, 5, 7].as_slice())
        );
    }
}
