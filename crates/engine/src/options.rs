//! What a user can choose about one photo, and the one set of defaults.

use std::fmt;
use std::str::FromStr;

use tintype_photo::Merging;

use crate::{Error, Restoration, Result};

/// The smallest input size, in pixels.
pub const SIZE_MIN: u32 = 32;
/// The largest input size, in pixels: that of the public ComfyUI node.
pub const SIZE_MAX: u32 = 4096;
/// Input sizes are multiples of this many pixels, since the encoder halves them five times.
pub const SIZE_STEP: u32 = 32;

/// How the photo is laid into the network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Geometry {
    /// Stretched to a square, as the published pipeline does.
    Square,
    /// Its aspect kept: the long side gets the input size, the short side is padded to a multiple
    /// of [`SIZE_STEP`].
    Fit,
}

/// How to color one photo.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The long side of the network's input in pixels, [`SIZE_MIN`]`..=`[`SIZE_MAX`].
    pub size: u32,
    /// How the photo is laid into that input.
    pub geometry: Geometry,
    /// What is mended before.
    pub restoration: Restoration,
    /// How the network's colors are laid under the photo's lightness.
    pub merging: Merging,
}

impl Default for Options {
    /// The defaults of the command line, the server and the app alike.
    ///
    /// Square is the published pipeline's. The size is not, which is 512: the bundled starter does
    /// best between 256 and 384. Nor is the way of merging: nearest shows the network's pixels as
    /// squares wherever a photo is larger than the input.
    fn default() -> Self {
        Self {
            size: 384,
            geometry: Geometry::Square,
            restoration: Restoration::default(),
            merging: Merging::default(),
        }
    }
}

impl Options {
    /// The published pipeline's own choices, which the golden images were made with.
    #[must_use]
    pub fn reference(size: u32) -> Self {
        Self {
            size,
            geometry: Geometry::Square,
            restoration: Restoration::none(),
            merging: Merging::reference(),
        }
    }

    /// The same options with the size rounded to the nearest step.
    ///
    /// # Errors
    /// [`Error::SizeOutOfRange`] and [`Error::StrengthOutOfRange`].
    pub fn checked(&self) -> Result<Self> {
        if !(SIZE_MIN..=SIZE_MAX).contains(&self.size) {
            return Err(Error::SizeOutOfRange { size: self.size });
        }
        let strength = self.merging.adjustment.strength;
        if !(0.0..=2.0).contains(&strength) {
            return Err(Error::StrengthOutOfRange { strength });
        }
        let size = (self.size + SIZE_STEP / 2) / SIZE_STEP * SIZE_STEP;
        Ok(Self {
            size,
            ..self.clone()
        })
    }
}

impl fmt::Display for Geometry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Square => "square",
            Self::Fit => "fit",
        })
    }
}

/// The text names no geometry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no geometry: use square or fit")]
pub struct UnknownGeometry(String);

impl FromStr for Geometry {
    type Err = UnknownGeometry;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        match text {
            "square" => Ok(Self::Square),
            "fit" => Ok(Self::Fit),
            _ => Err(UnknownGeometry(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sized(size: u32) -> Options {
        Options {
            size,
            ..Options::default()
        }
    }

    #[test]
    fn a_size_off_the_step_is_rounded_to_the_nearest_step() {
        for (asked, given) in [
            (32, 32),
            (47, 32),
            (48, 64),
            (500, 512),
            (527, 512),
            (4096, 4096),
        ] {
            assert_eq!(sized(asked).checked().unwrap().size, given, "{asked}");
        }
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        for size in [0, 31, 4097, u32::MAX] {
            assert!(
                matches!(sized(size).checked(), Err(Error::SizeOutOfRange { .. })),
                "{size}"
            );
        }
        for strength in [-0.1, 2.1, f32::NAN, f32::INFINITY] {
            let mut options = Options::default();
            options.merging.adjustment.strength = strength;
            assert!(matches!(
                options.checked(),
                Err(Error::StrengthOutOfRange { .. })
            ));
        }
    }

    #[test]
    fn a_geometry_survives_being_written_and_read() {
        for geometry in [Geometry::Square, Geometry::Fit] {
            assert_eq!(geometry.to_string().parse(), Ok(geometry));
        }
        assert!("round".parse::<Geometry>().is_err());
    }
}
