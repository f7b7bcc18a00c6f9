//! Taking a decoded picture apart into pixels and transparency.

use image::DynamicImage;

use crate::progress::Share;
use crate::{Alpha, Pixels};

/// Pixels between two reports.
const PIECE: usize = 1 << 16;

/// Takes a picture apart into pixels and transparency; floats become 16 bits. `progress` hears a
/// rising share, 0..=1, where there is transparency; without, there is nothing to do.
pub(crate) fn split_alpha(
    picture: DynamicImage,
    progress: &mut dyn FnMut(f32),
) -> (Pixels, Option<Alpha>) {
    match picture {
        DynamicImage::ImageLuma8(p) => (Pixels::Gray8(p.into_raw()), None),
        DynamicImage::ImageLuma16(p) => (Pixels::Gray16(p.into_raw()), None),
        DynamicImage::ImageRgb8(p) => (Pixels::Rgb8(p.into_raw()), None),
        DynamicImage::ImageRgb16(p) => (Pixels::Rgb16(p.into_raw()), None),
        DynamicImage::ImageLumaA8(p) => {
            let (gray, alpha) = split_last::<_, 2, 1>(&p.into_raw(), progress);
            (Pixels::Gray8(gray), Some(Alpha::Eight(alpha)))
        }
        DynamicImage::ImageLumaA16(p) => {
            let (gray, alpha) = split_last::<_, 2, 1>(&p.into_raw(), progress);
            (Pixels::Gray16(gray), Some(Alpha::Sixteen(alpha)))
        }
        DynamicImage::ImageRgba8(p) => {
            let (rgb, alpha) = split_last::<_, 4, 3>(&p.into_raw(), progress);
            (Pixels::Rgb8(rgb), Some(Alpha::Eight(alpha)))
        }
        DynamicImage::ImageRgba16(p) => {
            let (rgb, alpha) = split_last::<_, 4, 3>(&p.into_raw(), progress);
            (Pixels::Rgb16(rgb), Some(Alpha::Sixteen(alpha)))
        }
        float if float.color().has_alpha() => split_alpha(float.into_rgba16().into(), progress),
        float => split_alpha(float.into_rgb16().into(), progress),
    }
}

/// Takes the last of every N values apart from the `N - 1 = M` others.
fn split_last<T: Copy, const N: usize, const M: usize>(
    values: &[T],
    progress: &mut dyn FnMut(f32),
) -> (Vec<T>, Vec<T>) {
    let share = Share::new(progress);
    let (pixels, _) = values.as_chunks::<N>();
    let mut colors: Vec<[T; M]> = Vec::with_capacity(pixels.len());
    let mut last = Vec::with_capacity(pixels.len());
    for piece in pixels.chunks(PIECE) {
        colors.extend(piece.iter().map(|pixel| std::array::from_fn(|i| pixel[i])));
        last.extend(piece.iter().map(|pixel| pixel[N - 1]));
        share.reach(last.len() as u64, pixels.len() as u64);
    }
    (colors.into_flattened(), last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_each_pixel_goes_its_own_way() {
        let values: Vec<u8> = (0..8).collect();
        let (colors, last) = split_last::<_, 4, 3>(&values, &mut |_| {});
        assert_eq!((colors, last), (vec![0, 1, 2, 4, 5, 6], vec![3, 7]));
        let (colors, last) = split_last::<_, 2, 1>(&values, &mut |_| {});
        assert_eq!((colors, last), (vec![0, 2, 4, 6], vec![1, 3, 5, 7]));
    }
}
