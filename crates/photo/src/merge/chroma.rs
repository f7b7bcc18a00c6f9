//! The colors that a network gave, at the network's own resolution.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use tintype_protocol::CancelFlag;

use crate::merge::mean_lightness::mean_lightness;
use crate::{Adjustment, Area, Error, Photo, Result};

/// The a and b planes of CIE Lab for a whole picture, at any resolution.
#[derive(Debug, Clone, PartialEq)]
pub struct ChromaMap {
    width: u32,
    height: u32,
    /// `[2, H, W]`, each in [`AB_MIN`]`..=`[`AB_MAX`].
    data: Vec<f32>,
}

/// The range of a and b in OpenCV's 8-bit convention, which no displayable color leaves; a network
/// may.
const AB_MIN: f32 = -128.0;
const AB_MAX: f32 = 127.0;

/// How colors are brought to a photo's full size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Upsampling {
    /// The nearest color, as in the published pipeline: a larger photo shows squares.
    Nearest,
    /// Between the four nearest.
    Bilinear,
    /// By cubic convolution of the sixteen nearest.
    Bicubic,
    /// As bicubic, but drawn toward those of the sixteen whose lightness is the pixel's own, so that
    /// colors end where the picture's edges are.
    JointBilateral,
}

impl Upsampling {
    /// Every way there is.
    pub const ALL: [Self; 4] = [
        Self::Nearest,
        Self::Bilinear,
        Self::Bicubic,
        Self::JointBilateral,
    ];
}

impl ChromaMap {
    /// Takes a and b as a network gives them and clamps them to -128..=127.
    ///
    /// # Shapes
    /// `[2, H, W]`.
    ///
    /// # Errors
    /// [`Error::InvalidChroma`] for another length, an empty map, or anything that is no number.
    pub fn new(width: u32, height: u32, mut data: Vec<f32>) -> Result<Self> {
        let expected = 2 * width as usize * height as usize;
        if expected == 0 || data.len() != expected || data.iter().any(|value| !value.is_finite()) {
            return Err(Error::InvalidChroma { width, height });
        }
        for value in &mut data {
            *value = value.clamp(AB_MIN, AB_MAX);
        }
        Ok(Self {
            width,
            height,
            data,
        })
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The a and b planes, `[2, H, W]`.
    #[must_use]
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// The same map with its colors adjusted, where they lie under the lightness of `area` of a photo.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub(crate) fn adjusted(
        &self,
        adjustment: &Adjustment,
        photo: &Photo,
        area: Area,
        cancel: &CancelFlag,
    ) -> Result<Cow<'_, Self>> {
        if adjustment.is_nothing() {
            return Ok(Cow::Borrowed(self));
        }
        let adjustment = adjustment.clamped();
        let lightness = mean_lightness(photo, area, (self.width, self.height), cancel)?;
        let mut adjusted = self.clone();
        let (a, b) = adjusted.data.split_at_mut(lightness.len());
        for ((a, b), l) in a.iter_mut().zip(b).zip(lightness) {
            [*a, *b] = adjustment.apply([l, *a, *b]);
        }
        Ok(Cow::Owned(adjusted))
    }

    /// The part from the upper left, such as a [`NetworkInput::content`](crate::NetworkInput).
    #[must_use]
    pub fn cropped(self, (width, height): (u32, u32)) -> Self {
        if (width, height) == (self.width, self.height) {
            return self;
        }
        let (width, height) = (width.clamp(1, self.width), height.clamp(1, self.height));
        let rows = self.data.chunks_exact(self.width as usize).enumerate();
        let data = rows
            .filter(|(row, _)| (*row as u32 % self.height) < height)
            .flat_map(|(_, values)| values[..width as usize].iter().copied())
            .collect();
        Self {
            width,
            height,
            data,
        }
    }

    /// The plane of a and that of b, `[H, W]` each.
    pub(crate) fn planes(&self) -> (&[f32], &[f32]) {
        self.data.split_at(self.data.len() / 2)
    }
}

impl fmt::Display for Upsampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nearest => "nearest",
            Self::Bilinear => "bilinear",
            Self::Bicubic => "bicubic",
            Self::JointBilateral => "joint-bilateral",
        })
    }
}

/// The text names no upsampling.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no upsampling: use nearest, bilinear, bicubic or joint-bilateral")]
pub struct UnknownUpsampling(String);

impl FromStr for Upsampling {
    type Err = UnknownUpsampling;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|upsampling| upsampling.to_string() == text)
            .ok_or_else(|| UnknownUpsampling(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_map_is_refused_and_what_is_out_of_range_clamped() {
        assert!(ChromaMap::new(2, 2, vec![0.0; 7]).is_err());
        assert!(ChromaMap::new(0, 2, vec![]).is_err());
        assert!(ChromaMap::new(1, 1, vec![f32::NAN, 0.0]).is_err());
        assert!(ChromaMap::new(1, 1, vec![0.0, f32::INFINITY]).is_err());
        assert_eq!(
            ChromaMap::new(1, 1, vec![-500.0, 500.0]).unwrap().data(),
            [-128.0, 127.0]
        );
    }

    #[test]
    fn cropping_keeps_the_upper_left_of_both_planes() {
        let map = ChromaMap::new(3, 2, (0..12).map(|i| i as f32).collect()).unwrap();
        let cropped = map.cropped((2, 1));
        assert_eq!((cropped.width(), cropped.height()), (2, 1));
        assert_eq!(cropped.data(), [0.0, 1.0, 6.0, 7.0]);
    }

    #[test]
    fn every_upsampling_is_found_by_its_name() {
        for upsampling in Upsampling::ALL {
            assert_eq!(upsampling.to_string().parse(), Ok(upsampling));
        }
        assert!("cubic".parse::<Upsampling>().is_err());
    }
}
