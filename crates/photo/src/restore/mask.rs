//! Which pixels of a photo are defects: found by a program, changed by a person, handed to the repair.

use std::io::Cursor;
use std::path::Path;

use image::{ExtendedColorType, ImageEncoder, ImageError};
use tintype_protocol::CancelFlag;

use super::frame::Frame;
use super::values::lightness_at;
use crate::samples::Samples;
use crate::{Error, Limits, Photo, PhotoFile, Result};

/// A byte for each pixel of a photo: 255 where it is a defect, otherwise 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefectMask {
    width: u32,
    height: u32,
    bytes: Samples<u8>,
}

impl DefectMask {
    /// A mask without defects.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            bytes: Samples::zeroed(width as usize * height as usize),
        }
    }

    /// A mask painted by somebody else: what is lighter than middle gray is a defect. The size must be
    /// the bytes'.
    ///
    /// # Errors
    /// [`Error::MaskMismatch`].
    pub fn from_bytes(width: u32, height: u32, bytes: impl Into<Samples<u8>>) -> Result<Self> {
        let mut bytes = bytes.into();
        if bytes.len() as u64 != u64::from(width) * u64::from(height) {
            // What was found has no shape: as a single row it says how much there was.
            let found = (u32::try_from(bytes.len()).unwrap_or(u32::MAX), 1);
            return Err(Error::MaskMismatch {
                expected: (width, height),
                found,
            });
        }
        for byte in bytes.iter_mut() {
            *byte = if *byte >= 128 { 255 } else { 0 };
        }
        Ok(Self {
            width,
            height,
            bytes,
        })
    }

    /// A mask from a picture file, such as the PNG that [`DefectMask::to_png`] made and an app let
    /// somebody paint on: what is lighter than middle gray is a defect.
    ///
    /// # Errors
    /// As [`PhotoFile::from_bytes`] and [`PhotoFile::decode`].
    pub fn from_png(file: Vec<u8>, limits: &Limits) -> Result<Self> {
        Ok(Self::of(&PhotoFile::from_bytes(file, limits)?.decode()?))
    }

    /// The same from a file by its path.
    ///
    /// # Errors
    /// As [`PhotoFile::read`] and [`PhotoFile::decode`].
    pub fn read(path: &Path, limits: &Limits, cancel: &CancelFlag) -> Result<Self> {
        Ok(Self::of(&PhotoFile::read(path, limits, cancel)?.decode()?))
    }

    fn of(photo: &Photo) -> Self {
        let count = photo.width() as usize * photo.height() as usize;
        let mut bytes = Samples::zeroed(count);
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = if lightness_at(photo, i) >= 0.5 {
                255
            } else {
                0
            };
        }
        Self {
            width: photo.width(),
            height: photo.height(),
            bytes,
        }
    }

    /// The mask as an 8-bit gray PNG: white is a defect, black is none.
    ///
    /// # Errors
    /// [`Error::Unencodable`].
    pub fn to_png(&self) -> Result<Vec<u8>> {
        let mut file = Cursor::new(Vec::new());
        image::codecs::png::PngEncoder::new(&mut file)
            .write_image(&self.bytes, self.width, self.height, ExtendedColorType::L8)
            .map_err(|error: ImageError| Error::Unencodable(error))?;
        Ok(file.into_inner())
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

    /// 255 for each defective pixel, otherwise 0, row by row.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many pixels are defects.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.bytes.iter().filter(|byte| **byte != 0).count() as u64
    }

    /// Whether no pixel is a defect.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.iter().all(|byte| *byte == 0)
    }

    /// Whether a pixel is a defect; none is outside.
    #[inline]
    #[must_use]
    pub fn is_defect(&self, x: u32, y: u32) -> bool {
        x < self.width
            && y < self.height
            && self.bytes[y as usize * self.width as usize + x as usize] != 0
    }

    /// Marks a pixel as a defect, or as none; outside, nothing happens.
    pub fn set(&mut self, x: u32, y: u32, is_defect: bool) {
        if x < self.width && y < self.height {
            let i = y as usize * self.width as usize + x as usize;
            self.bytes[i] = if is_defect { 255 } else { 0 };
        }
    }

    /// Forgets the defects in the border around a picture: writing on the edge of a film, for one.
    pub fn keep_inside(&mut self, frame: &Frame) {
        for y in 0..self.height {
            for x in 0..self.width {
                if self.is_defect(x, y) && frame.coverage(x, y) < 1.0 {
                    self.set(x, y, false);
                }
            }
        }
    }

    /// Marks all pixels within `radius` of a run of pixels in row `y`, by rows and columns.
    pub(super) fn mark(&mut self, y: usize, columns: (usize, usize), radius: usize) {
        let width = self.width as usize;
        let rows = y.saturating_sub(radius)..(y + radius + 1).min(self.height as usize);
        let from = columns.0.saturating_sub(radius);
        let to = (columns.1 + radius).min(width);
        for row in rows {
            self.bytes[row * width + from..row * width + to].fill(255);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> DefectMask {
        let mut mask = DefectMask::new(5, 3);
        mask.set(4, 2, true);
        mask.set(0, 1, true);
        mask.set(9, 9, true);
        mask
    }

    #[test]
    fn a_mask_survives_the_way_to_a_png_and_back() {
        let mask = some();
        assert_eq!(mask.count(), 2);
        let back = DefectMask::from_png(mask.to_png().unwrap(), &Limits::default()).unwrap();
        assert_eq!(back, mask);
        let bytes = mask.bytes().to_vec();
        assert_eq!(DefectMask::from_bytes(5, 3, bytes).unwrap(), mask);
    }

    #[test]
    fn a_soft_brush_is_cut_in_the_middle() {
        let mask = DefectMask::from_bytes(3, 1, vec![127, 128, 200]).unwrap();
        assert_eq!(mask.bytes(), [0, 255, 255]);
    }

    #[test]
    fn bytes_of_another_size_and_files_that_are_no_picture_are_refused() {
        let refused = DefectMask::from_bytes(3, 2, vec![0; 7]);
        assert!(matches!(refused, Err(Error::MaskMismatch { .. })));
        assert!(DefectMask::from_png(b"no picture".to_vec(), &Limits::default()).is_err());
    }

    #[test]
    fn marking_a_run_stays_inside() {
        let mut mask = DefectMask::new(3, 2);
        mask.mark(0, (2, 3), 1);
        assert_eq!(mask.bytes(), [0, 255, 255, 0, 255, 255]);
    }
}
