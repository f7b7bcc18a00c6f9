//! Turning a photo the way that its camera was held (EXIF's `Orientation`).

use image::metadata::Orientation;
use rayon::prelude::*;

use crate::progress::Share;
use crate::{Alpha, Pixels};

/// Rows of the result between two reports.
const STRIP_ROWS: usize = 64;
/// What one thread fills at once.
const BLOCK_ROWS: usize = 16;
const BLOCK_COLUMNS: usize = 64;

/// Whether the photo's width becomes its height.
pub(crate) fn swaps_sides(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

/// Turns pixels and transparency of a photo that lies `size` in its file. `progress` hears a rising
/// share, 0..=1.
pub(crate) fn turn(
    pixels: Pixels,
    alpha: Option<Alpha>,
    size: (u32, u32),
    orientation: Orientation,
    progress: &mut dyn FnMut(f32),
) -> (Pixels, Option<Alpha>) {
    if orientation == Orientation::NoTransforms {
        return (pixels, alpha);
    }
    let share = Share::new(progress);
    let planes = 1 + u64::from(alpha.is_some());
    let turning = |plane: u64| Turning {
        size: (size.0 as usize, size.1 as usize),
        orientation,
        share: &share,
        before: plane,
        planes,
    };
    let first = turning(0);
    let pixels = match pixels {
        Pixels::Gray8(p) => Pixels::Gray8(first.run(&p)),
        Pixels::Gray16(p) => Pixels::Gray16(first.run(&p)),
        Pixels::Rgb8(p) => Pixels::Rgb8(first.run(p.as_chunks::<3>().0).into_flattened()),
        Pixels::Rgb16(p) => Pixels::Rgb16(first.run(p.as_chunks::<3>().0).into_flattened()),
    };
    let alpha = alpha.map(|alpha| match alpha {
        Alpha::Eight(a) => Alpha::Eight(turning(1).run(&a)),
        Alpha::Sixteen(a) => Alpha::Sixteen(turning(1).run(&a)),
    });
    (pixels, alpha)
}

struct Turning<'a> {
    /// Width and height as it lies.
    size: (usize, usize),
    orientation: Orientation,
    share: &'a Share<'a>,
    /// How many planes are done already, of how many.
    before: u64,
    planes: u64,
}

impl Turning<'_> {
    fn run<T: Copy + Default + Send + Sync>(&self, source: &[T]) -> Vec<T> {
        let (wide, high) = if swaps_sides(self.orientation) {
            (self.size.1, self.size.0)
        } else {
            self.size
        };
        let walk = self.walk();
        let mut result = vec![T::default(); source.len()];
        for (index, strip) in result.chunks_mut(wide * STRIP_ROWS).enumerate() {
            let top = index * STRIP_ROWS;
            strip
                .par_chunks_mut(wide * BLOCK_ROWS)
                .enumerate()
                .for_each(|(block, values)| {
                    fill(source, values, wide, top + block * BLOCK_ROWS, walk);
                });
            let done = self.before as usize * high + top + strip.len() / wide;
            self.share.reach(done as u64, self.planes * high as u64);
        }
        result
    }

    fn walk(&self) -> Walk {
        let (width, height) = (self.size.0 as isize, self.size.1 as isize);
        let (start, right, down) = match self.orientation {
            Orientation::NoTransforms => (0, 1, width),
            Orientation::FlipHorizontal => (width - 1, -1, width),
            Orientation::Rotate180 => (width * height - 1, -1, -width),
            Orientation::FlipVertical => (width * (height - 1), 1, -width),
            Orientation::Rotate90FlipH => (0, width, 1),
            Orientation::Rotate90 => (width * (height - 1), -width, 1),
            Orientation::Rotate270FlipH => (width * height - 1, -width, -1),
            Orientation::Rotate270 => (width - 1, width, -1),
        };
        Walk { start, right, down }
    }
}

/// Where the result's pixels are in the original: its first one, and how far to go there for a pixel
/// to the right and for one down.
#[derive(Clone, Copy)]
struct Walk {
    start: isize,
    right: isize,
    down: isize,
}

/// Fills some rows of the result, `wide` pixels each, from row `first` on.
fn fill<T: Copy>(source: &[T], values: &mut [T], wide: usize, first: usize, walk: Walk) {
    // By blocks, since a column of the original touches another line of the cache with every pixel.
    for left in (0..wide).step_by(BLOCK_COLUMNS) {
        for (row, line) in values.chunks_exact_mut(wide).enumerate() {
            let right = wide.min(left + BLOCK_COLUMNS);
            let mut from =
                walk.start + walk.down * (first + row) as isize + walk.right * left as isize;
            for value in &mut line[left..right] {
                *value = source[from as usize];
                from += walk.right;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, ImageBuffer, Rgb};

    #[test]
    fn every_orientation_is_turned_as_the_image_crate_turns_it() {
        for (width, height) in [(1, 1), (5, 3), (130, 67), (64, 200)] {
            let lying = ImageBuffer::from_fn(width, height, |x, y| {
                Rgb([x as u8, y as u8, (x * 7 + y * 13) as u8])
            });
            for exif in 1..=8 {
                let orientation = Orientation::from_exif(exif).unwrap();
                let mut expected = DynamicImage::from(lying.clone());
                expected.apply_orientation(orientation);
                let pixels = Pixels::Rgb8(lying.clone().into_raw());
                let (found, _) = turn(pixels, None, (width, height), orientation, &mut |_| {});
                assert_eq!(found, Pixels::Rgb8(expected.into_bytes()), "{exif}");
            }
        }
    }

    #[test]
    fn transparency_turns_along() {
        let alpha = Some(Alpha::Sixteen(vec![1, 2]));
        let pixels = Pixels::Gray16(vec![3, 4]);
        let mut seen = Vec::new();
        let (pixels, alpha) = turn(
            pixels,
            alpha,
            (2, 1),
            Orientation::Rotate180,
            &mut |share| seen.push(share),
        );
        assert_eq!(pixels, Pixels::Gray16(vec![4, 3]));
        assert_eq!(alpha, Some(Alpha::Sixteen(vec![2, 1])));
        assert_eq!(seen, [0.5, 1.0]);
    }
}
