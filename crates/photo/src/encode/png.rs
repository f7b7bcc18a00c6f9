//! Writing a PNG row by row.

use std::borrow::Cow;
use std::io::{self, Write};

use image::{ExtendedColorType, ImageError, ImageResult};
use png::{BitDepth, ColorType, Compression, EncodingError, Filter, Info, PixelDimensions, Unit};
use tintype_protocol::CancelFlag;

use crate::encode::layout::Layout;
use crate::metadata::{Embedded, iptc_resource, to_hexadecimal, xmp_packet};
use crate::progress::{Share, part};

/// The size of a chunk of compressed data, and the most that is written at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Writes a picture of 8 or 16 bits, and before it what is embedded. `progress` hears a rising share of the work, 0..=1.
///
/// # Errors
/// The writer's own; interrupted if that is what the flag asked for.
pub(crate) fn write(
    layout: &Layout,
    size: (u32, u32),
    embedded: &Embedded,
    writer: &mut impl Write,
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> ImageResult<()> {
    let picture = Picture::new(layout, size, embedded).map_err(to_image_error)?;
    let mut file = part(progress, (0.0, 0.9), |progress| {
        let compressed = picture.compressed(cancel, &Share::new(progress));
        compressed.map_err(to_image_error)
    })?;
    // The quick compression may make noise larger than it is.
    if file.len() > picture.stored_bytes() {
        drop(file);
        file = picture.stored().map_err(to_image_error)?;
    }
    part(progress, (0.9, 1.0), |progress| {
        let (share, mut done) = (Share::new(progress), 0);
        // Large pieces go past the writer's buffer without a copy.
        let piece_bytes = (file.len() / 16).clamp(1 << 16, CHUNK_BYTES);
        for piece in file.chunks(piece_bytes) {
            writer.write_all(piece)?;
            done += piece.len();
            share.reach(done as u64, file.len() as u64);
        }
        Ok(())
    })
}

struct Picture<'a> {
    bytes: &'a [u8],
    size: (u32, u32),
    embedded: &'a Embedded,
    /// How long all is that comes before the pixels.
    header_bytes: usize,
    color: ColorType,
    depth: BitDepth,
}

impl<'a> Picture<'a> {
    fn new(
        layout: &'a Layout,
        size: (u32, u32),
        embedded: &'a Embedded,
    ) -> Result<Self, EncodingError> {
        use ExtendedColorType::{Rgb16, Rgba8, Rgba16};
        let mut picture = Self {
            bytes: &layout.bytes,
            size,
            embedded,
            header_bytes: 0,
            color: match layout.color {
                Rgba8 | Rgba16 => ColorType::Rgba,
                _ => ColorType::Rgb,
            },
            depth: match layout.color {
                Rgb16 | Rgba16 => BitDepth::Sixteen,
                _ => BitDepth::Eight,
            },
        };
        let mut header = Vec::new();
        picture.started(&mut header, Compression::Fast, Filter::NoFilter)?;
        picture.header_bytes = header.len();
        Ok(picture)
    }

    /// The file with every row filtered by what suits it, compressed at the quickest: higher levels
    /// take many times as long for a few percent, since film grain is noise.
    fn compressed(&self, cancel: &CancelFlag, share: &Share) -> Result<Vec<u8>, EncodingError> {
        let mut file = Vec::with_capacity(self.stored_bytes());
        let mut writer = self.started(&mut file, Compression::Fast, Filter::Adaptive)?;
        let mut rows = writer.stream_writer_with_size(CHUNK_BYTES)?;
        let row_bytes = self.bytes.len() / self.size.1 as usize;
        for (done, row) in self.bytes.chunks_exact(row_bytes).enumerate() {
            if cancel.is_cancelled() {
                return Err(io::Error::from(io::ErrorKind::Interrupted).into());
            }
            rows.write_all(&self.big_endian(row))?;
            share.reach(done as u64 + 1, u64::from(self.size.1));
        }
        rows.finish()?;
        writer.finish()?;
        Ok(file)
    }

    /// The file with nothing compressed.
    fn stored(&self) -> Result<Vec<u8>, EncodingError> {
        let mut file = Vec::with_capacity(self.stored_bytes());
        let mut writer = self.started(&mut file, Compression::NoCompression, Filter::NoFilter)?;
        writer.write_image_data(&self.big_endian(self.bytes))?;
        writer.finish()?;
        Ok(file)
    }

    /// The length of the file with nothing compressed: each row has a byte for its filter, each 64 KiB
    /// a header of 5, and what surrounds the data beside the header is below 100.
    fn stored_bytes(&self) -> usize {
        let data = self.bytes.len() + self.size.1 as usize;
        self.header_bytes + data + data / 0xFFFF * 5 + 100
    }

    fn started<W: Write>(
        &self,
        file: W,
        compression: Compression,
        filter: Filter,
    ) -> Result<png::Writer<W>, EncodingError> {
        let mut encoder = png::Encoder::with_info(file, self.info())?;
        let resource = self.embedded.iptc.as_deref().map(iptc_resource);
        if let Some(resource) = resource {
            let (keyword, text) = to_hexadecimal("iptc", &resource);
            encoder.add_ztxt_chunk(keyword, text)?;
        }
        if let Some(xmp) = &self.embedded.xmp {
            encoder.add_itxt_chunk("XML:com.adobe.xmp".to_owned(), xmp_packet(xmp))?;
        }
        encoder.set_color(self.color);
        encoder.set_depth(self.depth);
        // Choosing a compression chooses a filter along with it, so the filter comes second.
        encoder.set_compression(compression);
        encoder.set_filter(filter);
        encoder.write_header()
    }

    /// What comes before the pixels.
    fn info(&self) -> Info<'a> {
        let mut info = Info::with_size(self.size.0, self.size.1);
        info.icc_profile = self.embedded.icc.as_deref().map(Cow::Borrowed);
        let exif = self.embedded.exif.as_ref();
        info.exif_metadata = exif.map(|exif| Cow::Owned(exif.to_block()));
        info.pixel_dims = self.embedded.resolution.map(|resolution| {
            let (xppu, yppu) = resolution.per_meter();
            let unit = Unit::Meter;
            PixelDimensions { xppu, yppu, unit }
        });
        info
    }

    /// 16-bit values in the order that PNG has them in.
    fn big_endian<'b>(&self, native: &'b [u8]) -> Cow<'b, [u8]> {
        if self.depth != BitDepth::Sixteen {
            return native.into();
        }
        let values = native.as_chunks::<2>().0.iter();
        values
            .flat_map(|value| u16::from_ne_bytes(*value).to_be_bytes())
            .collect()
    }
}

fn to_image_error(error: EncodingError) -> ImageError {
    ImageError::IoError(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn written(bytes: &[u8], size: (u32, u32), color: ExtendedColorType) -> Vec<u8> {
        let layout = Layout {
            bytes: bytes.into(),
            color,
        };
        let mut file = Vec::new();
        let (embedded, cancel) = (Embedded::default(), CancelFlag::new());
        write(&layout, size, &embedded, &mut file, &cancel, &mut |_| {}).unwrap();
        file
    }

    fn read(file: Vec<u8>) -> image::DynamicImage {
        image::load(Cursor::new(file), image::ImageFormat::Png).unwrap()
    }

    /// Bytes that nothing compresses.
    fn noise(length: usize) -> Vec<u8> {
        let mut state = 1u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn every_depth_comes_back_as_it_was() {
        for (color, bytes_per_pixel) in [
            (ExtendedColorType::Rgb8, 3),
            (ExtendedColorType::Rgba8, 4),
            (ExtendedColorType::Rgb16, 6),
            (ExtendedColorType::Rgba16, 8),
        ] {
            for bytes in [
                noise(70 * 50 * bytes_per_pixel),
                vec![9; 70 * 50 * bytes_per_pixel],
            ] {
                let back = read(written(&bytes, (70, 50), color));
                assert_eq!(ExtendedColorType::from(back.color()), color);
                assert_eq!(back.as_bytes(), bytes, "{color:?}");
            }
        }
    }

    #[test]
    fn noise_takes_no_more_than_it_is_and_calm_takes_less() {
        let (width, height) = (300, 200);
        let noisy = written(&noise(3 * 60_000), (width, height), ExtendedColorType::Rgb8);
        assert!(noisy.len() < 3 * 60_000 + 500, "{}", noisy.len());
        let calm = written(
            &vec![7; 3 * 60_000],
            (width, height),
            ExtendedColorType::Rgb8,
        );
        assert!(calm.len() < 3 * 60_000 / 20, "{}", calm.len());
    }

    #[test]
    fn it_stops_between_rows() {
        let cancel = CancelFlag::new();
        let layout = Layout {
            bytes: vec![0; 3 * 64 * 64].into(),
            color: ExtendedColorType::Rgb8,
        };
        let mut file = Vec::new();
        let embedded = Embedded::default();
        let result = write(
            &layout,
            (64, 64),
            &embedded,
            &mut file,
            &cancel,
            &mut |_| {
                cancel.cancel();
            },
        );
        assert!(result.is_err() && file.is_empty());
    }
}
