//! A part of a photo.

use crate::{Frame, Photo};

/// An upright rectangle of a photo's pixels, at least 1x1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// Pixels left of it.
    pub left: u32,
    /// Pixels above it.
    pub top: u32,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl Area {
    /// The whole photo.
    #[must_use]
    pub fn whole(photo: &Photo) -> Self {
        Self {
            left: 0,
            top: 0,
            width: photo.width(),
            height: photo.height(),
        }
    }

    /// The smallest that holds the picture in its borders.
    #[must_use]
    pub fn within(frame: &Frame) -> Self {
        let (left, top, width, height) = frame.rectangle();
        Self {
            left,
            top,
            width,
            height,
        }
    }
}
