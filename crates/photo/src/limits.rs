//! How large a photo may be, checked before it is decoded.

use crate::{Error, Result};

/// Bounds on what a decoder is let loose on: a file of a few bytes can claim to be a picture of
/// gigabytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest file in bytes.
    pub max_bytes: u64,
    /// Most pixels.
    pub max_pixels: u64,
    /// Longest side in pixels.
    pub max_side: u32,
}

impl Default for Limits {
    /// 400 megapixels, 3 GiB, which hold as many in RGB of 16 bits without compression, and 65 535 pixels a
    /// side, which is the most that JPEG can have.
    fn default() -> Self {
        Self {
            max_bytes: 3 << 30,
            max_pixels: 400_000_000,
            max_side: 65_535,
        }
    }
}

impl Limits {
    /// # Errors
    /// [`Error::FileTooLarge`].
    pub(crate) fn check_file(&self, bytes: u64) -> Result<()> {
        if bytes > self.max_bytes {
            return Err(Error::FileTooLarge {
                bytes,
                max_bytes: self.max_bytes,
            });
        }
        Ok(())
    }

    /// # Errors
    /// [`Error::TooManyPixels`].
    pub(crate) fn check_pixels(&self, width: u32, height: u32) -> Result<()> {
        let pixels = u64::from(width) * u64::from(height);
        if pixels > self.max_pixels || width.max(height) > self.max_side {
            return Err(Error::TooManyPixels {
                width,
                height,
                max_pixels: self.max_pixels,
            });
        }
        Ok(())
    }
}
