//! How many pixels go on an inch.

use super::exif::{self, Exif};

/// Pixels per inch across and down, in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolution {
    x: u32,
    y: u32,
}

/// What scanners give is a whole number. Formats that count per meter can't express most of these, so
/// what is as near as that to a whole number was one.
const ROUNDED: f64 = 0.02;
/// Beyond this it is no resolution of a photo, but a mistake.
const MOST: f64 = 1e6;

impl Resolution {
    /// `None` for what is no resolution: zero, one (which stands for "unknown"), or absurdly much.
    pub(crate) fn new(x: f64, y: f64) -> Option<Self> {
        let sensible = |value: f64| value > 1.0 && value < MOST;
        let thousandths = |value: f64| {
            let whole = value.round();
            let value = if (value - whole).abs() < ROUNDED {
                whole
            } else {
                value
            };
            (value * 1000.0).round() as u32
        };
        (sensible(x) && sensible(y)).then(|| Self {
            x: thousandths(x),
            y: thousandths(y),
        })
    }

    pub(crate) fn of_exif(exif: &Exif) -> Option<Self> {
        // Inches, if it doesn't say.
        let per_inch = match exif.number(exif::RESOLUTION_UNIT) {
            Some(3.0) => 2.54,
            None | Some(2.0) => 1.0,
            Some(_) => return None,
        };
        Self::new(
            exif.number(exif::X_RESOLUTION)? * per_inch,
            exif.number(exif::Y_RESOLUTION)? * per_inch,
        )
    }

    /// Pixels per inch, across and down.
    #[must_use]
    pub fn per_inch(self) -> (f64, f64) {
        (f64::from(self.x) / 1000.0, f64::from(self.y) / 1000.0)
    }

    /// Whole pixels per inch, as JPEG's header has them.
    pub(crate) fn whole(self) -> (u16, u16) {
        let whole = |value: f64| value.round().clamp(1.0, f64::from(u16::MAX)) as u16;
        let (x, y) = self.per_inch();
        (whole(x), whole(y))
    }

    /// Pixels per meter, as PNG has them.
    pub(crate) fn per_meter(self) -> (u32, u32) {
        let meter = |value: f64| (value / 0.0254).round() as u32;
        let (x, y) = self.per_inch();
        (meter(x), meter(y))
    }

    /// Pixels per inch as fractions.
    pub(crate) fn fractions(self) -> [(u32, u32); 2] {
        [self.x, self.y].map(|value| match value % 1000 {
            0 => (value / 1000, 1),
            _ => (value, 1000),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_resolutions_survive_counting_per_meter() {
        for dpi in 2..2500 {
            let resolution = Resolution::new(f64::from(dpi), 72.0).unwrap();
            let (meters, _) = resolution.per_meter();
            let back = Resolution::new(f64::from(meters) * 0.0254, 72.0);
            assert_eq!(back, Some(resolution), "{dpi}");
        }
    }

    #[test]
    fn what_is_no_resolution_is_none() {
        for bad in [0.0, 1.0, -3.0, f64::NAN, f64::INFINITY, 1e9] {
            assert_eq!(Resolution::new(bad, 300.0), None, "{bad}");
        }
    }
}
