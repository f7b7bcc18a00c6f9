//! What of the sensor is the picture: without the borders that see no light, and those that the camera's maker
//! keeps for its own computations.

use rawler::RawImage;
use rawler::decoders::{Decoder, FormatHint, WellKnownIFD};
use rawler::formats::tiff::IFD;
use rawler::imgop::{Dim2, Point, Rect};
use rawler::rawimage::RawPhotometricInterpretation as Photometric;
use rawler::rawsource::RawSource;
use rawler::tags::{DngTag, TiffCommonTag};

use super::{corrupt, unsupported_variety, without_pixels};
use crate::Result;

/// Colors behind a mosaic of filters, and colors as the sensor has them (DNG 1.7, `PhotometricInterpretation`).
const MOSAIC: u32 = 32_803;

/// Where on the sensor is what.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    /// What sees light.
    pub(super) active: Rect,
    /// What is shown, within what sees light.
    pub(super) shown: Rect,
    /// Of the picture: 1 or 3.
    pub(super) channels: u8,
}

impl Layout {
    /// Reads it without decoding pixels.
    ///
    /// # Errors
    /// `rawler`'s, or a variety that isn't read.
    pub(super) fn before_pixels(decoder: &dyn Decoder, source: &RawSource) -> Result<Self> {
        if decoder.format_hint() != FormatHint::DNG {
            return Self::of(&without_pixels(decoder, source)?);
        }
        // Of a DNG, `rawler` has nothing without the pixels.
        let raw = decoder.ifd(WellKnownIFD::Raw).map_err(super::told)?;
        let raw = raw.ok_or_else(|| corrupt("there is no picture"))?;
        Self::of_dng(&raw)
    }

    /// Reads it off a decoded picture, which may be without its pixels.
    ///
    /// # Errors
    /// A variety that isn't read, or a picture without pixels.
    pub(super) fn of(raw: &RawImage) -> Result<Self> {
        if raw.fuji_rotation_width.is_some() {
            return Err(unsupported_variety("a sensor that stands on its corner"));
        }
        let is_mosaic = matches!(raw.photometric, Photometric::Cfa(_));
        Self::new(
            Dim2::new(raw.width, raw.height),
            raw.active_area,
            raw.crop_area,
            channels(is_mosaic, raw.cpp)?,
        )
    }

    fn of_dng(raw: &IFD) -> Result<Self> {
        let number = |tag: TiffCommonTag| raw.get_entry(tag).map(|entry| entry.force_usize(0));
        let numbers = |tag: DngTag, count: u32| {
            let entry = raw.get_entry(tag).filter(|entry| entry.count() >= count)?;
            Some((0..count as usize).map(|i| entry.force_usize(i)).collect())
        };
        let (Some(width), Some(height)) = (
            number(TiffCommonTag::ImageWidth),
            number(TiffCommonTag::ImageLength),
        ) else {
            return Err(corrupt("its size is missing"));
        };
        let active = numbers(DngTag::ActiveArea, 4).map(|sides: Vec<usize>| {
            let (width, height) = (
                sides[3].saturating_sub(sides[1]),
                sides[2].saturating_sub(sides[0]),
            );
            Rect::new(Point::new(sides[1], sides[0]), Dim2::new(width, height))
        });
        let origin: Option<Vec<usize>> = numbers(DngTag::DefaultCropOrigin, 2);
        let size: Option<Vec<usize>> = numbers(DngTag::DefaultCropSize, 2);
        let crop = origin.zip(size).map(|(origin, size)| {
            let from = active.map_or(Point::zero(), |active| active.p);
            let point = Point::new(
                origin[0].saturating_add(from.x),
                origin[1].saturating_add(from.y),
            );
            Rect::new(point, Dim2::new(size[0], size[1]))
        });
        let photometric = raw.get_entry(TiffCommonTag::PhotometricInt);
        let is_mosaic = photometric.is_some_and(|entry| entry.force_u32(0) == MOSAIC);
        let samples = number(TiffCommonTag::SamplesPerPixel).unwrap_or(1);
        let channels = channels(is_mosaic, samples)?;
        Self::new(Dim2::new(width, height), active, crop, channels)
    }

    /// Areas that reach beyond what they lie in are cut off there.
    fn new(whole: Dim2, active: Option<Rect>, crop: Option<Rect>, channels: u8) -> Result<Self> {
        let whole = Rect::new(Point::zero(), whole);
        let within = |area: Option<Rect>, outer: Rect| match area {
            Some(area) => common(area, outer),
            None => outer,
        };
        let active = within(active, whole);
        let shown = within(crop, active);
        if shown.d.w == 0 || shown.d.h == 0 {
            return Err(corrupt("there is nothing to show of it"));
        }
        Ok(Self {
            active,
            shown,
            channels,
        })
    }

    /// Width and height of what is shown.
    pub(super) fn size(&self) -> (u32, u32) {
        let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        (side(self.shown.d.w), side(self.shown.d.h))
    }
}

fn channels(is_mosaic: bool, samples: usize) -> Result<u8> {
    match (is_mosaic, samples) {
        (true, 1) | (false, 3 | 4) => Ok(3),
        (false, 1) => Ok(1),
        _ => Err(unsupported_variety(&format!("{samples} samples a pixel"))),
    }
}

/// What two areas have in common.
fn common(a: Rect, b: Rect) -> Rect {
    let span = |(a, a_length): (usize, usize), (b, b_length): (usize, usize)| {
        let start = a.max(b);
        let end = a.saturating_add(a_length).min(b.saturating_add(b_length));
        (start, end.saturating_sub(start))
    };
    let (x, width) = span((a.p.x, a.d.w), (b.p.x, b.d.w));
    let (y, height) = span((a.p.y, a.d.h), (b.p.y, b.d.h));
    Rect::new(Point::new(x, y), Dim2::new(width, height))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(x: usize, y: usize, w: usize, h: usize) -> Rect {
        Rect::new(Point::new(x, y), Dim2::new(w, h))
    }

    #[test]
    fn areas_end_where_the_sensor_does() {
        let whole = Dim2::new(100, 80);
        let size = |active, crop| Layout::new(whole, active, crop, 3).map(|it| it.shown).ok();
        assert_eq!(size(None, None), Some(rect(0, 0, 100, 80)));
        let active = Some(rect(10, 4, 80, 70));
        assert_eq!(size(active, None), active);
        assert_eq!(
            size(active, Some(rect(0, 8, 50, usize::MAX))),
            Some(rect(10, 8, 40, 66))
        );
        assert_eq!(size(Some(rect(100, 0, 5, 5)), None), None);
    }
}
