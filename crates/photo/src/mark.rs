//! A small palette in a corner: says that a photo was colored to those who only see the picture.

use bytemuck::Pod;

use crate::{Alpha, Photo, Pixels};

/// The side of a square as a share of the photo's short side.
const SHARE: u32 = 80;
/// Pixels a square has at least, and at most.
const LEAST: u32 = 4;
const MOST: u32 = 96;
/// The three squares, muted so that they draw no eye, and the line around them.
const COLORS: [[u8; 3]; 3] = [[196, 72, 60], [74, 148, 88], [62, 96, 168]];
const LINE: [u8; 3] = [250, 250, 250];

/// Paints three colored squares with a thin outline into the lower right corner; in a gray photo they are
/// gray. A photo too small for them stays as it is.
#[must_use]
pub fn palette_mark(photo: Photo) -> Photo {
    let (width, height) = (photo.width(), photo.height());
    let Some(mark) = Mark::on(width, height) else {
        return photo;
    };
    photo.painted(|pixels, mut alpha| {
        for y in 0..mark.high {
            for x in 0..mark.wide {
                let i = (mark.top + y) as usize * width as usize + (mark.left + x) as usize;
                set(pixels, i, mark.color(x, y));
                match alpha.as_deref_mut() {
                    Some(Alpha::Eight(a)) => a[i] = u8::MAX,
                    Some(Alpha::Sixteen(a)) => a[i] = u16::MAX,
                    None => {}
                }
            }
        }
    })
}

/// Gives a photo whose colors were changed the mark of the one that it was made of, as it is there. The mark
/// was painted when the photo had the size `painted_at`.
pub(crate) fn with_mark_of(changed: Photo, original: &Photo, painted_at: (u32, u32)) -> Photo {
    let (width, height) = (changed.width(), changed.height());
    let Some(mark) = Mark::on(painted_at.0, painted_at.1) else {
        return changed;
    };
    // Every pixel of which the mark has a part.
    let span = |start: u32, length: u32, painted: u32, now: u32| {
        let scaled = |place: u32| u64::from(place) * u64::from(now);
        let end = scaled(start + length).div_ceil(u64::from(painted));
        (scaled(start) / u64::from(painted)) as usize..end as usize
    };
    let columns = span(mark.left, mark.wide, painted_at.0, width);
    let rows = span(mark.top, mark.high, painted_at.1, height);
    changed.painted(|pixels, _| {
        for y in rows {
            let row = y * width as usize;
            let run = 3 * (row + columns.start)..3 * (row + columns.end);
            match (&mut *pixels, original.pixels()) {
                (Pixels::Rgb8(to), Pixels::Rgb8(from)) => copy(to, from, run),
                (Pixels::Rgb16(to), Pixels::Rgb16(from)) => copy(to, from, run),
                // A photo without colors has a gray mark.
                _ => {}
            }
        }
    })
}

fn copy<T: Pod>(to: &mut [T], from: &[T], run: std::ops::Range<usize>) {
    to[run.clone()].copy_from_slice(&from[run]);
}

struct Mark {
    left: u32,
    top: u32,
    wide: u32,
    high: u32,
    side: u32,
    line: u32,
}

impl Mark {
    fn on(width: u32, height: u32) -> Option<Self> {
        let side = (width.min(height) / SHARE).clamp(LEAST, MOST);
        let line = (side / 8).max(1);
        // A line around and between the squares.
        let (wide, high) = (3 * side + 4 * line, side + 2 * line);
        let margin = side;
        Some(Self {
            left: width.checked_sub(wide + margin)?,
            top: height.checked_sub(high + margin)?,
            wide,
            high,
            side,
            line,
        })
    }

    /// The color at a place inside of the mark.
    fn color(&self, x: u32, y: u32) -> [u8; 3] {
        let step = self.side + self.line;
        let is_line = x % step < self.line || y % step < self.line;
        let square = COLORS.get((x / step) as usize);
        match square {
            Some(color) if !is_line => *color,
            _ => LINE,
        }
    }
}

fn set(pixels: &mut Pixels, i: usize, color: [u8; 3]) {
    // Rec. 709's luma, as near as a mark needs it.
    let [r, g, b] = color.map(u32::from);
    let gray = ((13 * r + 46 * g + 5 * b) / 64) as u8;
    let wide = |value: u8| u16::from(value) * 257;
    match pixels {
        Pixels::Gray8(p) => p[i] = gray,
        Pixels::Gray16(p) => p[i] = wide(gray),
        Pixels::Rgb8(p) => p[3 * i..3 * i + 3].copy_from_slice(&color),
        Pixels::Rgb16(p) => p[3 * i..3 * i + 3].copy_from_slice(&color.map(wide)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceFormat;

    fn black(width: u32, height: u32) -> Photo {
        let pixels = Pixels::Rgb8(vec![0; 3 * (width * height) as usize].into());
        let alpha = Some(Alpha::Eight(vec![0; (width * height) as usize].into()));
        Photo::new(width, height, SourceFormat::Png, pixels, alpha)
    }

    #[test]
    fn the_mark_is_small_opaque_and_in_the_corner() {
        let marked = palette_mark(black(400, 300));
        let Pixels::Rgb8(p) = marked.pixels() else {
            panic!("not RGB")
        };
        let painted: Vec<usize> = (0..120_000).filter(|i| p[3 * i] != 0).collect();
        assert_eq!(painted.len(), (3 * 4 + 4) * (4 + 2));
        assert!(painted.iter().all(|i| i % 400 >= 380 && i / 400 >= 290));
        for color in COLORS.iter().chain([&LINE]) {
            assert!(p.as_chunks().0.contains(color), "{color:?}");
        }
        let Some(Alpha::Eight(alpha)) = marked.alpha() else {
            panic!("no transparency")
        };
        assert!(painted.iter().all(|i| alpha[*i] == 255));
        assert_eq!(alpha.iter().filter(|a| **a != 0).count(), painted.len());
    }

    #[test]
    fn it_grows_with_the_photo_and_leaves_tiny_ones_alone() {
        let of = |width, height| Mark::on(width, height).map(|mark| mark.side);
        assert_eq!(of(4000, 3200), Some(40));
        assert_eq!(of(40_000, 40_000), Some(MOST));
        assert_eq!(of(12, 12), None);
        assert_eq!(palette_mark(black(12, 12)), black(12, 12));
    }

    #[test]
    fn in_a_gray_photo_it_is_gray() {
        let pixels = Pixels::Gray16(vec![0; 10_000].into());
        let photo = Photo::new(100, 100, SourceFormat::Tiff, pixels, None);
        let Pixels::Gray16(p) = palette_mark(photo).pixels().clone() else {
            panic!("not gray")
        };
        assert!(p.contains(&(250 * 257)));
    }
}
