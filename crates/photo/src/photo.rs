//! A decoded photo.

use std::sync::Arc;

use crate::Metadata;
use crate::format::SourceFormat;
use crate::samples::{Samples, memory_bytes};

/// Pixels row by row, upright, without transparency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pixels {
    /// One byte a pixel.
    Gray8(Samples<u8>),
    /// One 16-bit value a pixel.
    Gray16(Samples<u16>),
    /// Red, green, blue, 8 bits each.
    Rgb8(Samples<u8>),
    /// Red, green, blue, 16 bits each.
    Rgb16(Samples<u16>),
}

/// How opaque each pixel is, row by row: 0 is transparent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alpha {
    /// Up to 255.
    Eight(Samples<u8>),
    /// Up to 65 535.
    Sixteen(Samples<u16>),
}

/// What a file's header tells of a photo, before it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhotoInfo {
    /// Width in pixels, once upright.
    pub width: u32,
    /// Height in pixels, once upright.
    pub height: u32,
    /// The kind of file.
    pub format: SourceFormat,
    /// 1 for gray, 3 for RGB.
    pub channels: u8,
    /// Bytes for each channel of a pixel, 1 or 2.
    pub bytes_per_channel: u8,
    /// Whether there is transparency.
    pub has_alpha: bool,
}

impl PhotoInfo {
    /// How many bytes the photo takes in memory: none where there are so many that they are held in a file.
    #[must_use]
    pub fn decoded_bytes(&self) -> u64 {
        self.bytes(u64::from(self.channels))
    }

    /// As [`decoded_bytes`](Self::decoded_bytes), once it has colors.
    #[must_use]
    pub fn colorized_bytes(&self) -> u64 {
        self.bytes(3)
    }

    /// How many bytes of memory decoding takes beside the photo, where that is much: of a raw file the sensor's
    /// numbers, twice while they are unpacked, and the file, which is no larger, as often.
    #[must_use]
    pub fn decoding_bytes(&self) -> u64 {
        match self.format {
            SourceFormat::CameraRaw => 8 * self.pixels(),
            _ => 0,
        }
    }

    /// How many bytes of memory a plane of 8 bits and as many pixels takes, such as a [`DefectMask`](crate::DefectMask).
    #[must_use]
    pub fn mask_bytes(&self) -> u64 {
        memory_bytes(self.pixels())
    }

    fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    fn bytes(&self, channels: u64) -> u64 {
        let plane = |channels: u64| {
            memory_bytes(self.pixels() * channels * u64::from(self.bytes_per_channel))
        };
        plane(channels) + plane(u64::from(self.has_alpha))
    }
}

/// A photo in memory, upright.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    width: u32,
    height: u32,
    format: SourceFormat,
    pixels: Pixels,
    alpha: Option<Alpha>,
    metadata: Arc<Metadata>,
    /// Whether 16 bits are only there so that converting colors loses nothing.
    is_written_at_8: bool,
}

impl Photo {
    /// # Panics
    /// In debug builds, if the pixels are not `width * height`.
    pub(crate) fn new(
        width: u32,
        height: u32,
        format: SourceFormat,
        pixels: Pixels,
        alpha: Option<Alpha>,
    ) -> Self {
        let photo = Self {
            width,
            height,
            format,
            pixels,
            alpha,
            metadata: Arc::default(),
            is_written_at_8: false,
        };
        debug_assert_eq!(photo.pixels.len(), width as usize * height as usize);
        photo
    }

    /// The same photo with other pixels: all that is known of it stays.
    ///
    /// # Panics
    /// In debug builds, if there are more or fewer pixels.
    pub(crate) fn repainted(&self, pixels: Pixels) -> Self {
        Self {
            metadata: Arc::clone(&self.metadata),
            is_written_at_8: self.is_written_at_8,
            ..Self::new(
                self.width,
                self.height,
                self.format,
                pixels,
                self.alpha.clone(),
            )
        }
    }

    /// The same photo with all that another tells beside its pixels.
    pub(crate) fn described_as(self, other: &Self) -> Self {
        Self {
            metadata: Arc::clone(&other.metadata),
            is_written_at_8: other.is_written_at_8,
            ..self
        }
    }

    /// The same photo, to be written at 8 bits though it may have 16.
    pub(crate) fn written_at_8(self, is_written_at_8: bool) -> Self {
        Self {
            is_written_at_8,
            ..self
        }
    }

    /// Width in pixels, at least 1.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, at least 1.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The kind of file that it came from.
    #[must_use]
    pub fn format(&self) -> SourceFormat {
        self.format
    }

    /// The pixels.
    #[must_use]
    pub fn pixels(&self) -> &Pixels {
        &self.pixels
    }

    /// The transparency, if it has any.
    #[must_use]
    pub fn alpha(&self) -> Option<&Alpha> {
        self.alpha.as_ref()
    }

    /// The same photo after some of its pixels are painted over in place.
    pub(crate) fn painted(mut self, paint: impl FnOnce(&mut Pixels, Option<&mut Alpha>)) -> Self {
        paint(&mut self.pixels, self.alpha.as_mut());
        self
    }

    /// What its file tells beside the pixels.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The same photo with other metadata.
    #[must_use]
    pub fn with_metadata(self, metadata: impl Into<Arc<Metadata>>) -> Self {
        Self {
            metadata: metadata.into(),
            ..self
        }
    }

    /// Whether a file of 16 bits would say more than the original did: its 8 bits were given 16 only so
    /// that converting its colors to sRGB loses no tones.
    #[must_use]
    pub fn is_written_at_8(&self) -> bool {
        self.is_written_at_8
    }

    /// The same photo at 16 bits a channel: for formats and programs that want that depth.
    #[must_use]
    pub fn deepened(self) -> Self {
        // 255 becomes 65 535, and every level between keeps its share.
        let deep = |values: Samples<u8>| {
            let mut deep = Samples::zeroed(values.len());
            for (deep, value) in deep.iter_mut().zip(&*values) {
                *deep = u16::from(*value) * 257;
            }
            deep
        };
        Self {
            pixels: match self.pixels {
                Pixels::Gray8(values) => Pixels::Gray16(deep(values)),
                Pixels::Rgb8(values) => Pixels::Rgb16(deep(values)),
                deep @ (Pixels::Gray16(_) | Pixels::Rgb16(_)) => deep,
            },
            alpha: self.alpha.map(|alpha| match alpha {
                Alpha::Eight(values) => Alpha::Sixteen(deep(values)),
                deep @ Alpha::Sixteen(_) => deep,
            }),
            // Whoever asks for the depth wants to have it in the file.
            is_written_at_8: false,
            ..self
        }
    }

    /// Width, height and kind of pixels.
    #[must_use]
    pub fn info(&self) -> PhotoInfo {
        let (channels, bytes_per_channel) = match self.pixels {
            Pixels::Gray8(_) => (1, 1),
            Pixels::Gray16(_) => (1, 2),
            Pixels::Rgb8(_) => (3, 1),
            Pixels::Rgb16(_) => (3, 2),
        };
        PhotoInfo {
            width: self.width,
            height: self.height,
            format: self.format,
            channels,
            bytes_per_channel,
            has_alpha: self.alpha.is_some(),
        }
    }
}

impl Pixels {
    /// How many pixels there are.
    fn len(&self) -> usize {
        match self {
            Self::Gray8(values) => values.len(),
            Self::Gray16(values) => values.len(),
            Self::Rgb8(values) => values.len() / 3,
            Self::Rgb16(values) => values.len() / 3,
        }
    }
}
