//! What a TIFF's tags say of its first page: where its pieces lie, and what the samples in them mean
//! (TIFF 6.0; the tags themselves are read by the `tiff` crate).

use std::io::{Read, Seek};

use image::ImageResult;
use tiff::decoder::{ChunkType, Decoder};
use tiff::tags::{CompressionMethod, PhotometricInterpretation as Photometric, Tag};

use super::ccitt::Coding;
use super::color::{Palette, YCbCr};
use crate::SourceFormat;
use crate::decode::fault::{damaged, of_tiff, unsupported};

/// Uncompressed strips that are taller than this many bytes are read in pieces of about as many.
const STRIP_BYTES: u64 = 1 << 16;

/// A photo has 4 for its color and some more; what has hundreds is measurements.
const MOST_SAMPLES: usize = 32;

/// What a pixel's samples are.
#[derive(Debug)]
pub(crate) enum Color {
    /// One sample; `inverted` where 0 is white.
    Gray {
        inverted: bool,
    },
    Palette(Palette),
    Rgb,
    Cmyk,
    YCbCr(Box<YCbCr>),
}

/// What the sample after those of the color is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExtraSample {
    Nothing,
    Alpha,
    /// Alpha by which the colors have been multiplied.
    Premultiplied,
}

/// The pieces, strips or tiles, that the picture is cut into: `across` of them make a band.
#[derive(Debug)]
pub(crate) struct Pieces {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) across: usize,
    /// Where in the file each starts and how many bytes it has: band by band, plane by plane.
    pub(crate) places: Vec<(u64, u64)>,
}

/// How the first page lies in its file.
#[derive(Debug)]
pub(crate) struct TiffLayout {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) color: Color,
    pub(crate) extra: ExtraSample,
    /// Bits a sample, 1..=16.
    pub(crate) bits: u32,
    /// Samples a pixel, with those that mean nothing to us.
    pub(crate) samples: usize,
    /// Each sample lies in pieces of its own.
    pub(crate) is_planar: bool,
    pub(crate) pieces: Pieces,
    pub(crate) packing: Packing,
}

/// How the bytes of a piece are packed.
#[derive(Debug)]
pub(crate) struct Packing {
    pub(crate) method: Method,
    /// Each sample is the difference to the one at its left.
    pub(crate) differences: bool,
    /// 16-bit samples lie with their high byte first.
    pub(crate) is_big_endian: bool,
    /// The lowest bit of a byte comes first.
    pub(crate) lowest_bit_first: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Stored,
    PackBits,
    Lzw,
    Deflate,
    Fax(Coding),
    /// With the tables that all pieces share.
    Jpeg(Option<Vec<u8>>),
}

impl Color {
    pub(crate) fn samples(&self) -> usize {
        match self {
            Self::Gray { .. } | Self::Palette(_) => 1,
            Self::Rgb | Self::YCbCr(_) => 3,
            Self::Cmyk => 4,
        }
    }
}

impl TiffLayout {
    /// `None` for samples that aren't whole positive numbers.
    ///
    /// # Errors
    /// A variety that isn't read, or tags that contradict each other.
    pub(crate) fn of<R: Read + Seek>(tags: &mut Decoder<R>) -> ImageResult<Option<Self>> {
        const WHOLE: u16 = 1;
        let formats = optional_list::<u16, _>(tags, Tag::SampleFormat)?;
        if formats.is_some_and(|formats| formats.iter().any(|format| *format != WHOLE)) {
            return Ok(None);
        }
        let (width, height) = tags.dimensions().map_err(of_tiff)?;
        let bits = optional_list(tags, Tag::BitsPerSample)?.map_or(1, |bits| bits[0]);
        if !(1..=16).contains(&bits) {
            return Err(unsupported(
                SourceFormat::Tiff,
                format!("{bits} bits a sample"),
            ));
        }
        let samples = optional(tags, Tag::SamplesPerPixel)?.unwrap_or(1u16) as usize;
        let color = color(tags, bits)?;
        let extra = extra_sample(tags, samples, color.samples())?;
        let is_planar = optional(tags, Tag::PlanarConfiguration)? == Some(2u16) && samples > 1;
        let packing = packing(tags)?;
        let mut layout = Self {
            width,
            height,
            color,
            extra,
            bits,
            samples,
            is_planar,
            pieces: pieces(tags, (width, height))?,
            packing,
        };
        layout.check()?;
        layout.cut_tall_strip();
        Ok(Some(layout))
    }

    /// Whether the result has 16 bits a channel.
    pub(crate) fn is_deep(&self) -> bool {
        self.bits > 8 && !matches!(self.color, Color::Palette(_))
    }

    pub(crate) fn is_gray(&self) -> bool {
        matches!(self.color, Color::Gray { .. })
    }

    /// How many planes there are, and how many samples of a pixel lie side by side in each.
    pub(crate) fn planes(&self) -> (usize, usize) {
        if self.is_planar {
            (self.samples, 1)
        } else {
            (1, self.samples)
        }
    }

    /// Blocks of pixels that share their chroma, where such blocks lie in the pieces themselves: JPEG
    /// has its own.
    pub(crate) fn blocks(&self) -> Option<(usize, usize)> {
        match &self.color {
            Color::YCbCr(color) if !self.is_jpeg() => {
                Some(color.block).filter(|block| *block != (1, 1))
            }
            _ => None,
        }
    }

    /// Bytes of a row of a piece, in one plane.
    pub(crate) fn piece_row_bytes(&self) -> usize {
        let bits = self.pieces.width as usize * self.planes().1 * self.bits as usize;
        bits.div_ceil(8)
    }

    fn is_jpeg(&self) -> bool {
        matches!(self.packing.method, Method::Jpeg(_))
    }

    fn check(&self) -> ImageResult<()> {
        let tiff = SourceFormat::Tiff;
        let bands = self.height.div_ceil(self.pieces.height) as usize;
        if self.pieces.places.len() != bands * self.pieces.across * self.planes().0 {
            return Err(damaged(tiff, "there are too few or too many pieces"));
        }
        if matches!(self.color, Color::YCbCr(_))
            && (self.bits != 8
                || self.samples != 3
                || (self.blocks().is_some() && (self.is_planar || self.packing.differences)))
        {
            return Err(unsupported(tiff, "YCbCr in an unusual arrangement"));
        }
        if self.samples > MOST_SAMPLES {
            return Err(unsupported(
                tiff,
                format!("{} samples a pixel", self.samples),
            ));
        }
        if self.is_jpeg() && self.bits != 8 {
            return Err(unsupported(tiff, format!("JPEG of {} bits", self.bits)));
        }
        let is_fax = matches!(self.packing.method, Method::Fax(_));
        if is_fax && self.bits * self.samples as u32 != 1 {
            return Err(damaged(tiff, "a fax coding of more than black and white"));
        }
        Ok(())
    }

    /// Cuts a single uncompressed strip, so that it is worked on in pieces like any other.
    fn cut_tall_strip(&mut self) {
        let row_bytes = self.piece_row_bytes() as u64;
        let can_be_cut = self.packing.method == Method::Stored
            && self.pieces.places.len() == 1
            && self.pieces.width == self.width
            && self.blocks().is_none();
        let rows = (STRIP_BYTES / row_bytes.max(1)).max(1) as u32;
        if !can_be_cut || rows >= self.height {
            return;
        }
        let (start, bytes) = self.pieces.places[0];
        let piece_bytes = u64::from(rows) * row_bytes;
        let cut = (0..u64::from(self.height.div_ceil(rows))).map(|i| {
            let skipped = i * piece_bytes;
            // What the strip lacks, its last pieces lack.
            let left = bytes.saturating_sub(skipped);
            (start.saturating_add(skipped), left.min(piece_bytes))
        });
        self.pieces.places = cut.collect();
        self.pieces.height = rows;
    }
}

fn optional<T: TryFrom<u64>, R: Read + Seek>(
    tags: &mut Decoder<R>,
    tag: Tag,
) -> ImageResult<Option<T>> {
    tags.find_tag_unsigned(tag).map_err(of_tiff)
}

/// A list is never empty.
fn optional_list<T: TryFrom<u64>, R: Read + Seek>(
    tags: &mut Decoder<R>,
    tag: Tag,
) -> ImageResult<Option<Vec<T>>> {
    let list = tags.find_tag_unsigned_vec(tag).map_err(of_tiff)?;
    Ok(list.filter(|list| !list.is_empty()))
}

fn color<R: Read + Seek>(tags: &mut Decoder<R>, bits: u32) -> ImageResult<Color> {
    let photometric = optional(tags, Tag::PhotometricInterpretation)?
        .and_then(Photometric::from_u16)
        .ok_or_else(|| unsupported(SourceFormat::Tiff, "an unknown kind of color"))?;
    match photometric {
        Photometric::BlackIsZero => Ok(Color::Gray { inverted: false }),
        Photometric::WhiteIsZero => Ok(Color::Gray { inverted: true }),
        Photometric::RGB => Ok(Color::Rgb),
        Photometric::RGBPalette => {
            let map = optional_list(tags, Tag::ColorMap)?.unwrap_or_default();
            Palette::of(&map, bits).map(Color::Palette)
        }
        Photometric::CMYK => {
            // Other inks than these four have names, and no color that is known.
            const INK_SET: Tag = Tag::Unknown(332);
            match optional(tags, INK_SET)?.unwrap_or(1u16) {
                1 => Ok(Color::Cmyk),
                _ => Err(unsupported(SourceFormat::Tiff, "inks other than CMYK")),
            }
        }
        Photometric::YCbCr => {
            const COEFFICIENTS: Tag = Tag::Unknown(529);
            const REFERENCE_BLACK_WHITE: Tag = Tag::Unknown(532);
            // Fractions and odd counts in damaged files leave the usual values.
            let numbers = |tags: &mut Decoder<R>, tag| tags.get_tag_f32_vec(tag).ok();
            let coefficients = numbers(tags, COEFFICIENTS);
            let reference = numbers(tags, REFERENCE_BLACK_WHITE);
            let block = optional_list::<u16, _>(tags, Tag::ChromaSubsampling)?;
            YCbCr::of(coefficients, reference, block.as_deref())
                .map(|color| Color::YCbCr(Box::new(color)))
        }
        other => Err(unsupported(SourceFormat::Tiff, format!("{other:?} colors"))),
    }
}

fn extra_sample<R: Read + Seek>(
    tags: &mut Decoder<R>,
    samples: usize,
    of_color: usize,
) -> ImageResult<ExtraSample> {
    if samples < of_color {
        return Err(damaged(
            SourceFormat::Tiff,
            format!("{samples} samples a pixel where {of_color} are needed"),
        ));
    }
    let extra = optional_list::<u16, _>(tags, Tag::ExtraSamples)?;
    Ok(match extra.as_deref() {
        _ if samples == of_color => ExtraSample::Nothing,
        Some([1, ..]) => ExtraSample::Premultiplied,
        Some([2, ..]) => ExtraSample::Alpha,
        // Not said, it is taken for what it most likely is.
        None if samples == of_color + 1 => ExtraSample::Alpha,
        _ => ExtraSample::Nothing,
    })
}

fn packing<R: Read + Seek>(tags: &mut Decoder<R>) -> ImageResult<Packing> {
    let method = method(tags)?;
    let differences = match optional(tags, Tag::Predictor)?.unwrap_or(1u16) {
        1 => false,
        // Only these say that samples may be differences (TIFF 6.0, section 14, and Adobe's notes).
        2 => matches!(method, Method::Lzw | Method::Deflate),
        other => {
            return Err(unsupported(
                SourceFormat::Tiff,
                format!("predictor {other}"),
            ));
        }
    };
    Ok(Packing {
        method,
        differences,
        is_big_endian: tags.byte_order() == tiff::tags::ByteOrder::BigEndian,
        lowest_bit_first: optional(tags, Tag::FillOrder)? == Some(2u16),
    })
}

fn method<R: Read + Seek>(tags: &mut Decoder<R>) -> ImageResult<Method> {
    use CompressionMethod as Number;
    const T4_OPTIONS: Tag = Tag::Unknown(292);
    let number =
        optional(tags, Tag::Compression)?.map_or(Number::None, Number::from_u16_exhaustive);
    Ok(match number {
        Number::None => Method::Stored,
        Number::PackBits => Method::PackBits,
        Number::LZW => Method::Lzw,
        Number::Deflate | Number::OldDeflate => Method::Deflate,
        Number::Huffman => Method::Fax(Coding::Runs),
        Number::Fax3 => Method::Fax(Coding::Group3 {
            mixed: optional(tags, T4_OPTIONS)?.unwrap_or(0u32) & 1 == 1,
        }),
        Number::Fax4 => Method::Fax(Coding::Group4),
        Number::ModernJPEG => Method::Jpeg(tags.get_tag_u8_vec(Tag::JPEGTables).ok()),
        other => {
            return Err(unsupported(
                SourceFormat::Tiff,
                format!("{other:?} compression"),
            ));
        }
    })
}

fn pieces<R: Read + Seek>(
    tags: &mut Decoder<R>,
    (width, height): (u32, u32),
) -> ImageResult<Pieces> {
    let (offsets, counts) = match tags.get_chunk_type() {
        ChunkType::Strip => (Tag::StripOffsets, Tag::StripByteCounts),
        ChunkType::Tile => (Tag::TileOffsets, Tag::TileByteCounts),
    };
    let (piece_width, piece_height) = tags.chunk_dimensions();
    let offsets = optional_list(tags, offsets)?.unwrap_or_default();
    let counts = optional_list(tags, counts)?.unwrap_or_default();
    if offsets.len() != counts.len() || piece_width == 0 || piece_height == 0 {
        return Err(damaged(SourceFormat::Tiff, "the pieces are not all named"));
    }
    Ok(Pieces {
        width: piece_width,
        // The last rows of a band may lie below the picture.
        height: piece_height.min(height),
        across: width.div_ceil(piece_width) as usize,
        places: offsets.into_iter().zip(counts).collect(),
    })
}
