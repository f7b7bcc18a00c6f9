//! Kinds of picture: which are read, which are written, and how to tell them apart.

use std::fmt;
use std::str::FromStr;

use image::ImageFormat;

use crate::decode::raw;

/// A kind of picture that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceFormat {
    /// Baseline or progressive; gray, RGB or CMYK.
    Jpeg,
    /// Any depth, palette or interlacing.
    Png,
    /// 1 to 16 bits; gray, palette, RGB, CMYK or `YCbCr`; strips or tiles; of several pages the first.
    Tiff,
    /// Lossy or lossless.
    WebP,
    /// Any depth or palette.
    Bmp,
    /// Of several pictures the first.
    Gif,
    /// Bare or boxed; up to 16 bits; gray, RGB or CMYK.
    Jpeg2000,
    /// Bare or boxed; lossy or lossless, up to 16 bits; of several pictures the first.
    JpegXl,
    /// What cameras take down before any of their own processing; read with the feature `camera-raw`, of most cameras.
    CameraRaw,
}

/// Quality of JPEG where nobody says otherwise: visually lossless, at a third of quality 100's bytes.
pub const JPEG_QUALITY: u8 = 95;

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutputFormat {
    /// 8 bits, chroma at full resolution, no transparency: what is transparent becomes white.
    Jpeg {
        /// 1..=100.
        quality: u8,
    },
    /// As deep as the photo, 8 or 16 bits.
    Png,
    /// As deep as the photo, 8 or 16 bits, uncompressed.
    Tiff,
    /// 8 bits, lossless.
    WebP,
    /// As deep as the photo, 8 or 16 bits, lossless.
    JpegXl,
}

impl SourceFormat {
    /// Every kind that is read; raw files of cameras are among them with the feature `camera-raw`.
    pub const ALL: &[Self] = &[
        Self::Jpeg,
        Self::Png,
        Self::Tiff,
        Self::WebP,
        Self::Bmp,
        Self::Gif,
        Self::Jpeg2000,
        Self::JpegXl,
        #[cfg(feature = "camera-raw")]
        Self::CameraRaw,
    ];

    /// The file name extensions that such pictures usually have, in lower case.
    #[must_use]
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Self::Png => &["png"],
            Self::Tiff => &["tif", "tiff"],
            Self::WebP => &["webp"],
            Self::Bmp => &["bmp", "dib"],
            Self::Gif => &["gif"],
            Self::Jpeg2000 => &["jp2", "j2k", "j2c", "jpf", "jpx"],
            Self::JpegXl => &["jxl"],
            Self::CameraRaw => &[
                "3fr", "arw", "cr2", "cr3", "dng", "fff", "nef", "nrw", "orf", "ori", "pef", "raf",
                "rw2", "rwl", "sr2", "srf", "srw",
            ],
        }
    }

    /// Whether a file's extension promises a picture that is read. For looking through folders only:
    /// what a file really is, its content tells.
    #[must_use]
    pub fn has_known_extension(path: &std::path::Path) -> bool {
        let Some(extension) = path.extension().and_then(|e| e.to_str()) else {
            return false;
        };
        let extension = extension.to_ascii_lowercase();
        Self::ALL
            .iter()
            .any(|format| format.extensions().contains(&extension.as_str()))
    }

    /// Tells by the first bytes of a file.
    pub(crate) fn sniff(head: &[u8]) -> Option<Self> {
        match head {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            // Little- and big-endian, classic and BigTIFF.
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(Self::Tiff),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Some(Self::WebP),
            [b'B', b'M', ..] => Some(Self::Bmp),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [0, 0, 0, 0x0C, b'j', b'P', b' ', b' ', ..] | [0xFF, 0x4F, 0xFF, 0x51, ..] => {
                Some(Self::Jpeg2000)
            }
            [0, 0, 0, 0x0C, b'J', b'X', b'L', b' ', ..] | [0xFF, 0x0A, ..] => Some(Self::JpegXl),
            _ if raw::name_by_start(head).is_some() => Some(Self::CameraRaw),
            _ => None,
        }
    }

    /// What `image` calls it, if it knows it.
    pub(crate) fn image_format(self) -> Option<ImageFormat> {
        match self {
            Self::Jpeg => Some(ImageFormat::Jpeg),
            Self::Png => Some(ImageFormat::Png),
            Self::Tiff => Some(ImageFormat::Tiff),
            Self::WebP => Some(ImageFormat::WebP),
            Self::Bmp => Some(ImageFormat::Bmp),
            Self::Gif => Some(ImageFormat::Gif),
            Self::Jpeg2000 | Self::JpegXl | Self::CameraRaw => None,
        }
    }
}

impl fmt::Display for SourceFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Tiff => "TIFF",
            Self::WebP => "WebP",
            Self::Bmp => "BMP",
            Self::Gif => "GIF",
            Self::Jpeg2000 => "JPEG 2000",
            Self::JpegXl => "JPEG XL",
            Self::CameraRaw => "camera RAW",
        })
    }
}

/// What phones write. Its coding has owners, and no free library reads it without the system's help.
pub(crate) const HEIC: &str = "HEIC";

/// Names what a file is that isn't read, so that the message can say so.
pub(crate) fn name_of_foreign(head: &[u8]) -> Option<&'static str> {
    // ISO base media files carry their brand at byte 8.
    let brand = if head.get(4..8) == Some(b"ftyp") {
        head.get(8..12)
    } else {
        None
    };
    match (head, brand) {
        (_, Some(b"heic" | b"heix" | b"heim" | b"heis" | b"mif1" | b"msf1" | b"hevc")) => {
            Some(HEIC)
        }
        (_, Some(b"avif" | b"avis")) => Some("AVIF"),
        (_, Some(b"qt  " | b"isom" | b"mp41" | b"mp42")) => Some("video"),
        ([b'I', b'I', 26, 0, 0, 0, b'H', b'E', b'A', b'P', ..], _) => Some("Canon RAW"),
        ([b'F', b'O', b'V', b'b', ..], _) => Some("Sigma RAW"),
        ([0, b'M', b'R', b'M', ..], _) => Some("Minolta RAW"),
        ([b'%', b'P', b'D', b'F', ..], _) => Some("PDF"),
        ([b'8', b'B', b'P', b'S', ..], _) => Some("Photoshop"),
        ([b'<', b'?', b'x', b'm', b'l', ..] | [b'<', b's', b'v', b'g', ..], _) => Some("SVG"),
        ([b'P', b'K', 3, 4, ..], _) => Some("ZIP"),
        _ => None,
    }
}

impl OutputFormat {
    /// The format that a result gets when it is to be as its original: the same, but PNG for BMP, which
    /// nobody wants to keep, and for what isn't written or can't hold a photo's colors; TIFF for raw files, since
    /// who takes those takes that as well.
    #[must_use]
    pub fn same_as(source: SourceFormat, quality: u8) -> Self {
        match source {
            SourceFormat::Jpeg => Self::Jpeg { quality },
            SourceFormat::Png | SourceFormat::Bmp | SourceFormat::Gif | SourceFormat::Jpeg2000 => {
                Self::Png
            }
            SourceFormat::Tiff | SourceFormat::CameraRaw => Self::Tiff,
            SourceFormat::WebP => Self::WebP,
            SourceFormat::JpegXl => Self::JpegXl,
        }
    }

    /// The file name extension, in lower case.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg { .. } => "jpg",
            Self::Png => "png",
            Self::Tiff => "tif",
            Self::WebP => "webp",
            Self::JpegXl => "jxl",
        }
    }
}

/// The text names no format that is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no format: use jpeg, png, tiff, webp or jxl")]
pub struct UnknownFormat(String);

impl FromStr for OutputFormat {
    type Err = UnknownFormat;

    /// Reads a name or an extension in any case; JPEG gets [`JPEG_QUALITY`].
    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "jpeg" | "jpg" => Ok(Self::Jpeg {
                quality: JPEG_QUALITY,
            }),
            "png" => Ok(Self::Png),
            "tiff" | "tif" => Ok(Self::Tiff),
            "webp" => Ok(Self::WebP),
            "jxl" => Ok(Self::JpegXl),
            _ => Err(UnknownFormat(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_decides_and_not_the_name() {
        assert_eq!(
            SourceFormat::sniff(b"\xFF\xD8\xFF\xE0"),
            Some(SourceFormat::Jpeg)
        );
        assert_eq!(
            SourceFormat::sniff(b"RIFF\0\0\0\0WEBPVP8 "),
            Some(SourceFormat::WebP)
        );
        assert_eq!(SourceFormat::sniff(b"RIFF\0\0\0\0WAVEfmt "), None);
        assert_eq!(SourceFormat::sniff(b"MM\0*"), Some(SourceFormat::Tiff));
        for start in [
            &b"\0\0\0\x18ftypcrx "[..],
            b"IIRO",
            b"IIU\0",
            b"FUJIFILMCCD-RAW",
        ] {
            assert_eq!(SourceFormat::sniff(start), Some(SourceFormat::CameraRaw));
        }
        assert_eq!(SourceFormat::sniff(b""), None);
    }

    #[test]
    fn a_foreign_file_is_called_by_its_name() {
        assert_eq!(name_of_foreign(b"\0\0\0\x18ftypheic"), Some("HEIC"));
        assert_eq!(name_of_foreign(b"%PDF-1.4"), Some("PDF"));
        assert_eq!(name_of_foreign(b"hello"), None);
    }

    #[test]
    fn every_extension_leads_back_to_its_format() {
        for format in ["jpg", "png", "tif", "webp", "jxl"] {
            assert_eq!(format.parse::<OutputFormat>().unwrap().extension(), format);
        }
        assert!("gif".parse::<OutputFormat>().is_err());
        assert!(SourceFormat::has_known_extension(std::path::Path::new(
            "a/B.JPeG"
        )));
        assert!(!SourceFormat::has_known_extension(std::path::Path::new(
            "jpg"
        )));
    }
}
