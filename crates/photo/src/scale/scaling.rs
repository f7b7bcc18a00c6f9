//! Which size a photo is scaled to, and how: the inputs of ComfyUI's `ImageScale` node.

use std::fmt;
use std::str::FromStr;

use crate::{Error, PhotoInfo, Result};

/// The longest side of a scaled photo in pixels: ComfyUI's own bound.
pub const SCALE_SIDE_MAX: u32 = 16_384;

/// How a photo is brought to another size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scaling {
    /// How new pixels come out of old ones.
    pub method: ScaleMethod,
    /// The new width in pixels; 0 keeps the aspect, and the size if the height is 0 as well.
    pub width: u32,
    /// The new height in pixels; 0 keeps the aspect, and the size if the width is 0 as well.
    pub height: u32,
    /// What is done where the new size has another aspect.
    pub crop: Crop,
}

/// How new pixels come out of old ones. Only [`Area`](Self::Area) and [`Lanczos`](Self::Lanczos)
/// average over all that a smaller picture's pixel covers; the others, like those of ComfyUI, look at
/// a few neighbors and alias when a photo is made much smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScaleMethod {
    /// The pixel at the new one's center.
    NearestExact,
    /// Between the two nearest along each axis.
    Bilinear,
    /// The mean of the pixels whose centers the new one covers.
    Area,
    /// Cubic convolution over four along each axis, a = -0.75 (Keys 1981).
    Bicubic,
    /// Lanczos windowed sinc of three lobes, widened when the photo is made smaller.
    Lanczos,
}

/// What is done where the new size has another aspect than the photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Crop {
    /// The photo is stretched.
    Disabled,
    /// As much as has the new aspect is taken from the middle.
    Center,
}

/// A part of a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Scaling {
    /// Width and height of a scaled photo, each at least 1; a side that follows from the aspect may
    /// exceed [`SCALE_SIDE_MAX`].
    #[must_use]
    pub fn result_size(&self, width: u32, height: u32) -> (u32, u32) {
        // Halves go to the even neighbor, as Python rounds.
        let following = |side: u32, asked: u32, other: u32| {
            let exact = f64::from(side) * f64::from(asked) / f64::from(other.max(1));
            (exact.round_ties_even() as u32).max(1)
        };
        match (self.width, self.height) {
            (0, 0) => (width, height),
            (0, asked) => (following(width, asked, height), asked),
            (asked, 0) => (asked, following(height, asked, width)),
            asked => asked,
        }
    }

    /// What a photo will be once it is scaled.
    ///
    /// # Errors
    /// [`Error::ScaledTooLarge`] if a side would exceed [`SCALE_SIDE_MAX`], unless the photo stays as
    /// it is.
    pub fn result_info(&self, photo: &PhotoInfo) -> Result<PhotoInfo> {
        let (width, height) = self.result_size(photo.width, photo.height);
        let stays = (width, height) == (photo.width, photo.height);
        if !stays && width.max(height) > SCALE_SIDE_MAX {
            return Err(Error::ScaledTooLarge {
                width,
                height,
                max_side: SCALE_SIDE_MAX,
            });
        }
        Ok(PhotoInfo {
            width,
            height,
            ..*photo
        })
    }

    /// Whether it cuts something off a photo of this size.
    #[must_use]
    pub fn is_cropping(&self, width: u32, height: u32) -> bool {
        let window = self.window(width, height);
        (window.width, window.height) != (width, height)
    }

    /// The part of a photo that is scaled.
    pub(crate) fn window(&self, width: u32, height: u32) -> Window {
        let whole = Window {
            left: 0,
            top: 0,
            width,
            height,
        };
        if self.crop == Crop::Disabled {
            return whole;
        }
        let (new_width, new_height) = self.result_size(width, height);
        let old = f64::from(width) / f64::from(height);
        let new = f64::from(new_width) / f64::from(new_height);
        // What is cut off at either end; at least a pixel is left.
        let margin = |side: u32, kept: f64| {
            let cut = ((f64::from(side) - f64::from(side) * kept) / 2.0).round_ties_even() as u32;
            cut.min((side - 1) / 2)
        };
        if old > new {
            let left = margin(width, new / old);
            Window {
                left,
                width: width - 2 * left,
                ..whole
            }
        } else {
            let top = margin(height, old / new);
            Window {
                top,
                height: height - 2 * top,
                ..whole
            }
        }
    }
}

impl ScaleMethod {
    /// All methods, in the order in which ComfyUI lists them.
    pub const ALL: [Self; 5] = [
        Self::NearestExact,
        Self::Bilinear,
        Self::Area,
        Self::Bicubic,
        Self::Lanczos,
    ];

    /// The name that ComfyUI has for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NearestExact => "nearest-exact",
            Self::Bilinear => "bilinear",
            Self::Area => "area",
            Self::Bicubic => "bicubic",
            Self::Lanczos => "lanczos",
        }
    }
}

impl Crop {
    /// Both, in the order in which ComfyUI lists them.
    pub const ALL: [Self; 2] = [Self::Disabled, Self::Center];

    /// The name that ComfyUI has for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Center => "center",
        }
    }
}

impl fmt::Display for ScaleMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Crop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names neither a way to scale nor one to crop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no way to scale or crop")]
pub struct UnknownScaling(String);

impl FromStr for ScaleMethod {
    type Err = UnknownScaling;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|method| method.as_str() == text);
        named.ok_or_else(|| UnknownScaling(text.to_owned()))
    }
}

impl FromStr for Crop {
    type Err = UnknownScaling;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|crop| crop.as_str() == text);
        named.ok_or_else(|| UnknownScaling(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceFormat;

    fn to(width: u32, height: u32, crop: Crop) -> Scaling {
        Scaling {
            method: ScaleMethod::Bilinear,
            width,
            height,
            crop,
        }
    }

    #[test]
    fn a_side_of_zero_follows_from_the_aspect_and_two_change_nothing() {
        let size = |width, height| to(width, height, Crop::Disabled).result_size(600, 400);
        assert_eq!(size(0, 0), (600, 400));
        assert_eq!(size(300, 0), (300, 200));
        assert_eq!(size(0, 100), (150, 100));
        assert_eq!(size(7, 9), (7, 9));
        // 400 * 1 / 600 and 600 * 1 / 400 (a half, which goes to the even 2).
        assert_eq!(size(1, 0), (1, 1));
        assert_eq!(size(0, 1), (2, 1));
        assert_eq!(to(1, 0, Crop::Disabled).result_size(9000, 3), (1, 1));
    }

    #[test]
    fn the_middle_of_the_new_aspect_is_kept() {
        let window = |width, height| to(width, height, Crop::Center).window(600, 400);
        let of = |left, top, width, height| Window {
            left,
            top,
            width,
            height,
        };
        assert_eq!(window(200, 200), of(100, 0, 400, 400));
        assert_eq!(window(300, 100), of(0, 100, 600, 200));
        assert_eq!(window(300, 200), of(0, 0, 600, 400));
        assert_eq!(window(0, 50), of(0, 0, 600, 400));
        // Far more extreme than the photo has pixels for: one column or row is left, or two.
        assert_eq!(window(1, 16_384), of(299, 0, 2, 400));
        assert_eq!(to(1, 9, Crop::Disabled).window(6, 4), of(0, 0, 6, 4));
    }

    #[test]
    fn a_scaled_photo_too_large_is_refused() {
        let photo = PhotoInfo {
            width: 20_000,
            height: 10,
            format: SourceFormat::Png,
            channels: 1,
            bytes_per_channel: 2,
            has_alpha: true,
        };
        let refused = to(0, 16_384, Crop::Disabled).result_info(&photo);
        assert!(matches!(
            refused,
            Err(Error::ScaledTooLarge {
                width: 32_768_000,
                height: 16_384,
                ..
            })
        ));
        assert_eq!(to(0, 0, Crop::Center).result_info(&photo).unwrap(), photo);
        let scaled = to(100, 0, Crop::Center).result_info(&photo).unwrap();
        assert_eq!((scaled.width, scaled.height), (100, 1));
        assert_eq!((scaled.bytes_per_channel, scaled.has_alpha), (2, true));
    }

    #[test]
    fn every_name_leads_back_to_its_meaning() {
        for method in ScaleMethod::ALL {
            assert_eq!(method.to_string().parse(), Ok(method));
        }
        for crop in Crop::ALL {
            assert_eq!(crop.to_string().parse(), Ok(crop));
        }
        assert!("bislerp".parse::<ScaleMethod>().is_err());
        assert!("top".parse::<Crop>().is_err());
    }
}
