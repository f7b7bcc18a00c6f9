//! From the sensor's numbers to sRGB by `rawler`: black and white level, white balance as it was shot, the mosaic
//! filled in, the camera's colors, the curve of sRGB.
//!
//! `rawler` develops a whole picture at once, in floats and several copies: 30 bytes a pixel. Here it is given a strip
//! after the other, with as many rows around as the filling in looks at, so that it sees the same and the sensor's
//! numbers and the result are all that is ever there whole.

use rawler::imgop::develop::{Intermediate, RawDevelop};
use rawler::imgop::{Dim2, Point, Rect};
use rawler::rawimage::RawPhotometricInterpretation as Photometric;
use rawler::{RawImage, RawImageData};
use tintype_protocol::CancelFlag;

use super::layout::Layout;
use super::{guarded, told, unsupported_variety};
use crate::samples::Samples;
use crate::{Error, Pixels, Result};

/// Rows of the result that are developed at once.
const STRIP_ROWS: usize = 256;
/// Rows around them: more than any way of filling in looks at, with three more that it treats as a border.
const AROUND: usize = 16;

/// Develops a picture. `progress` hears how many rows of how many are done.
///
/// # Errors
/// [`Error::Cancelled`], [`Error::UnsupportedVariety`], or [`Error::Corrupt`] where `rawler` gives up.
pub(super) fn develop(
    mut raw: RawImage,
    layout: Layout,
    cancel: &CancelFlag,
    progress: impl Fn(u64, u64),
) -> Result<Pixels> {
    let sensor = std::mem::replace(&mut raw.data, RawImageData::Integer(Vec::new()));
    settle(&mut raw);
    let channels = usize::from(layout.channels);
    let Dim2 {
        w: width,
        h: height,
    } = layout.shown.d;
    let mut values: Samples<u16> = Samples::zeroed(channels * width * height);
    let steps = RawDevelop::default();
    for (index, rows) in values.chunks_mut(channels * width * STRIP_ROWS).enumerate() {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let top = layout.shown.p.y + index * STRIP_ROWS;
        let bottom = top + rows.len() / (channels * width);
        let developed = guarded(|| {
            let strip = Strip::around(&raw, &layout, top, bottom);
            let picture = strip.cut(&raw, &sensor, &layout);
            let picture = steps.develop_intermediate(&picture).map_err(told)?;
            strip.take(picture, &layout, top, rows)
        });
        developed?;
        progress((bottom - layout.shown.p.y) as u64, height as u64);
    }
    Ok(if channels == 1 {
        Pixels::Gray16(values)
    } else {
        Pixels::Rgb16(values)
    })
}

/// Evens out what `rawler` leaves to whoever develops.
fn settle(raw: &mut RawImage) {
    raw.crop_area = None;
    if raw.photometric == Photometric::BlackIsZero {
        raw.photometric = Photometric::LinearRaw;
    }
    if !matches!(raw.photometric, Photometric::Cfa(_)) {
        // One white level for all colors, where each has its black level: `rawler` would apply none.
        let (black, white) = (raw.blacklevel.levels.len(), &mut raw.whitelevel.0);
        if let Some(first) = white.first().copied()
            && white.len() != black
        {
            *white = vec![first; black];
        }
    }
}

/// Rows of the sensor that are developed together.
struct Strip {
    /// The first row, which is even: black levels and most mosaics repeat every other row.
    from: usize,
    /// Behind the last row.
    to: usize,
    is_mosaic: bool,
}

impl Strip {
    fn around(raw: &RawImage, layout: &Layout, top: usize, bottom: usize) -> Self {
        let active = layout.active;
        let from = top.saturating_sub(AROUND).max(active.p.y);
        Self {
            from: from - from % 2,
            to: (bottom + AROUND).min(active.p.y + active.d.h),
            is_mosaic: matches!(raw.photometric, Photometric::Cfa(_)),
        }
    }

    /// What of the strip sees light, as it lies there.
    fn active(&self, layout: &Layout) -> Rect {
        let top = layout.active.p.y.max(self.from);
        Rect::new(
            Point::new(layout.active.p.x, top - self.from),
            Dim2::new(layout.active.d.w, self.to - top),
        )
    }

    /// The strip as a picture of its own. Its sides are even, since `rawler` takes mosaics by squares of four; what
    /// is added for that sees no light.
    fn cut(&self, raw: &RawImage, sensor: &RawImageData, layout: &Layout) -> RawImage {
        let (width, height) = (raw.width, self.to - self.from);
        let (even_width, even_height) = if self.is_mosaic {
            (width.next_multiple_of(2), height.next_multiple_of(2))
        } else {
            (width, height)
        };
        let sides = [(width, even_width), (height, even_height)];
        let mut part = raw.clone();
        part.data = match sensor {
            RawImageData::Integer(all) => {
                RawImageData::Integer(rows_of(all, raw.cpp, self.from, sides))
            }
            RawImageData::Float(all) => {
                RawImageData::Float(rows_of(all, raw.cpp, self.from, sides))
            }
        };
        (part.width, part.height) = (even_width, even_height);
        part.active_area = self.is_mosaic.then(|| self.active(layout));
        if let Photometric::Cfa(mosaic) = &mut part.photometric {
            mosaic.cfa = mosaic.cfa.shift(0, self.from);
        }
        part
    }

    /// Takes what is shown of the developed strip, from row `top` of the sensor on.
    fn take(
        &self,
        picture: Intermediate,
        layout: &Layout,
        top: usize,
        rows: &mut [u16],
    ) -> Result<()> {
        // Of a mosaic only what sees light is developed.
        let start = if self.is_mosaic {
            Point::new(layout.active.p.x, layout.active.p.y.max(self.from))
        } else {
            Point::new(0, self.from)
        };
        let from = Point::new(layout.shown.p.x - start.x, top - start.y);
        let width = layout.shown.d.w;
        match (picture, layout.channels) {
            (Intermediate::ThreeColor(colors), 3) => {
                let lines = colors.pixel_rows().skip(from.y);
                for (line, row) in lines.zip(rows.chunks_exact_mut(3 * width)) {
                    let line = line[from.x..from.x + width].as_flattened();
                    fill(row, line);
                }
            }
            (Intermediate::Monochrome(gray), 1) => {
                let lines = gray.pixel_rows().skip(from.y);
                for (line, row) in lines.zip(rows.chunks_exact_mut(width)) {
                    fill(row, &line[from.x..from.x + width]);
                }
            }
            _ => return Err(unsupported_variety("colors of another number than three")),
        }
        Ok(())
    }
}

/// Rows of the sensor from one on, made longer and more to even sides by what repeats the mosaic.
fn rows_of<T: Copy>(
    all: &[T],
    samples: usize,
    from: usize,
    [(width, even_width), (height, even_height)]: [(usize, usize); 2],
) -> Vec<T> {
    let mut part = Vec::with_capacity(samples * even_width * even_height);
    for y in 0..even_height {
        // The row before the last is the one that lies in the mosaic as another one would.
        let y = if y < height {
            y
        } else {
            height.saturating_sub(2)
        };
        let row = &all[samples * width * (from + y)..][..samples * width];
        part.extend(row);
        let more = samples * (even_width - width);
        part.extend(&row[row.len().saturating_sub(2 * more)..][..more]);
    }
    part
}

/// Light of 0..=1 in 16 bits.
fn fill(row: &mut [u16], line: &[f32]) {
    for (value, light) in row.iter_mut().zip(line) {
        // Neither what is beyond nor what is no number gets past this.
        *value = (light * 65_535.0 + 0.5) as u16;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rawler::CFA;
    use rawler::cfa::PlaneColor;
    use rawler::decoders::Camera;
    use rawler::imgop::xyz::Illuminant;
    use rawler::pixarray::PixU16;
    use rawler::rawimage::{BlackLevel, CFAConfig, WhiteLevel};

    /// Noise behind a mosaic, in which a pixel from elsewhere would show.
    fn noise(mosaic: &str, width: usize, height: usize) -> RawImage {
        let value = |i: usize| 600 + ((i as u32).wrapping_mul(2_654_435_761) >> 18) as u16;
        let numbers = (0..width * height).map(value).collect();
        let camera = Camera {
            color_matrix: [(
                Illuminant::D65,
                vec![
                    0.4716, 0.0603, -0.0830, -0.7798, 1.5474, 0.2480, -0.1496, 0.1937, 0.6651,
                ],
            )]
            .into(),
            ..Camera::default()
        };
        let cfa = CFA::new(mosaic);
        RawImage::new(
            camera,
            PixU16::new_with(numbers, width, height),
            1,
            [2.0, 1.0, 1.5, f32::NAN],
            Photometric::Cfa(CFAConfig::new(&cfa, &PlaneColor::new("RGB"))),
            Some(BlackLevel::new(&[512u16, 520, 516, 508], 2, 2, 1)),
            Some(WhiteLevel::new(vec![16_383])),
            false,
        )
    }

    #[test]
    fn strips_make_the_same_picture_as_the_whole() {
        const BAYER: &str = "RGGB";
        const XTRANS: &str = "GGRGGBGGBGGRBRGRBGGGBGGRGGRGGBRBGBRG";
        let height = 2 * STRIP_ROWS + 38;
        for (mosaic, top) in [(BAYER, 0), (BAYER, 5), (XTRANS, 0), (XTRANS, 9)] {
            let mut raw = noise(mosaic, 36, height);
            let active = Rect::new(Point::new(2, top), Dim2::new(32, height - top - 2));
            raw.active_area = Some(active);
            let whole = RawDevelop::default().develop_intermediate(&raw).unwrap();
            let Intermediate::ThreeColor(whole) = whole else {
                panic!("no colors")
            };
            let layout = Layout::of(&raw).unwrap();
            let heard = std::cell::RefCell::new(Vec::new());
            let pixels = develop(raw, layout, &CancelFlag::new(), |done, total| {
                heard.borrow_mut().push((done, total));
            });
            let Pixels::Rgb16(found) = pixels.unwrap() else {
                panic!("no colors")
            };
            let mut expected = vec![0; found.len()];
            fill(&mut expected, whole.data.as_flattened());
            assert_eq!(found.to_vec(), expected, "{mosaic} from {top}");
            let rows = (height - top - 2) as u64;
            let heard = heard.into_inner();
            assert_eq!((heard.len(), heard.last()), (3, Some(&(rows, rows))));
        }
    }

    #[test]
    fn sides_may_be_odd() {
        let raw = noise("RGGB", 35, 41);
        let layout = Layout::of(&raw).unwrap();
        let pixels = develop(raw, layout, &CancelFlag::new(), |_, _| {}).unwrap();
        let Pixels::Rgb16(found) = pixels else {
            panic!("no colors")
        };
        assert_eq!(found.len(), 3 * 35 * 41);
        // Were the last row or column left as the sensor has it, all of it would be white.
        let (pixels, _) = found.as_chunks::<3>();
        let is_white = |pixel: &[u16; 3]| pixel.iter().all(|value| *value == u16::MAX);
        assert!(!pixels[40 * 35..].iter().all(is_white));
        assert!(!(0..41).all(|y| is_white(&pixels[y * 35 + 34])));
    }

    #[test]
    fn a_strip_is_stopped() {
        let raw = noise("RGGB", 36, 40);
        let layout = Layout::of(&raw).unwrap();
        let cancel = CancelFlag::new();
        cancel.cancel();
        let result = develop(raw, layout, &cancel, |_, _| {});
        assert!(matches!(result, Err(Error::Cancelled)));
    }
}
