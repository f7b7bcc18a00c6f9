//! A TIFF with all its tags. There EXIF is no block: its fields go into the file's own directories.

use std::io::{Seek, Write};

use image::error::{EncodingError, ImageError};
use image::{ExtendedColorType, ImageFormat, ImageResult};
use tiff::TiffResult;
use tiff::encoder::colortype::{ColorType, RGB8, RGB16, RGBA8, RGBA16};
use tiff::encoder::{DirectoryEncoder, Rational, TiffEncoder, TiffKindStandard, TiffValue};
use tiff::tags::{ResolutionUnit, Tag, Type};

use super::Embedded;
use super::exif::{
    ByteOrder, Directory, EXIF_POINTER, Exif, Field, GPS_POINTER, INTEROP_POINTER, number_bytes,
};
use super::tiff_read::is_about_the_photo;
use crate::encode::layout::Layout;

const XMP: u16 = 0x02BC;
const IPTC: u16 = 0x83BB;

/// Writes an uncompressed TIFF, and into it what is embedded.
///
/// # Errors
/// The writer's own.
pub(crate) fn write(
    layout: &Layout,
    size: (u32, u32),
    embedded: &Embedded,
    writer: &mut (impl Write + Seek),
) -> ImageResult<()> {
    let bytes = &layout.bytes;
    let written = match layout.color {
        ExtendedColorType::Rgba8 => pixels::<RGBA8>(bytes, size, embedded, writer),
        ExtendedColorType::Rgb16 => pixels::<RGB16>(&sixteen(bytes), size, embedded, writer),
        ExtendedColorType::Rgba16 => pixels::<RGBA16>(&sixteen(bytes), size, embedded, writer),
        _ => pixels::<RGB8>(bytes, size, embedded, writer),
    };
    written.map_err(|error| match error {
        tiff::TiffError::IoError(error) => ImageError::IoError(error),
        error => ImageError::Encoding(EncodingError::new(ImageFormat::Tiff.into(), error)),
    })
}

/// Bytes as the 16-bit values that they are; lent, unless they lie at an odd address.
fn sixteen(bytes: &[u8]) -> std::borrow::Cow<'_, [u16]> {
    match bytemuck::try_cast_slice(bytes) {
        Ok(values) => values.into(),
        Err(_) => bytemuck::pod_collect_to_vec(bytes).into(),
    }
}

fn pixels<C: ColorType>(
    values: &[C::Inner],
    (width, height): (u32, u32),
    embedded: &Embedded,
    writer: &mut (impl Write + Seek),
) -> TiffResult<()>
where
    [C::Inner]: TiffValue,
{
    let mut encoder = TiffEncoder::new(writer)?;
    // Directories that others point to have to be there first.
    let nothing = Exif::empty();
    let exif = embedded.exif.as_ref().unwrap_or(&nothing);
    let interop = extra(&mut encoder, &exif.interop, exif.order, None)?;
    let interop = interop.map(|at| (INTEROP_POINTER, at));
    let camera = extra(&mut encoder, &exif.camera, exif.order, interop)?;
    let gps = extra(&mut encoder, &exif.gps, exif.order, None)?;

    let mut image = encoder.new_image::<C>(width, height)?;
    let directory = image.encoder();
    for field in &exif.main.0 {
        if is_about_the_photo(field.tag) {
            put(directory, field, exif.order)?;
        }
    }
    if let Some(resolution) = embedded.resolution {
        let [x, y] = resolution.fractions().map(|(n, d)| Rational { n, d });
        directory.write_tag(Tag::XResolution, x)?;
        directory.write_tag(Tag::YResolution, y)?;
        directory.write_tag(Tag::ResolutionUnit, ResolutionUnit::Inch)?;
    }
    for (tag, at) in [(EXIF_POINTER, camera), (GPS_POINTER, gps)] {
        if let Some(at) = at {
            directory.write_tag(Tag::from_u16_exhaustive(tag), at)?;
        }
    }
    if let Some(icc) = &embedded.icc {
        add(directory, Tag::IccProfile, Type::UNDEFINED, icc)?;
    }
    if let Some(xmp) = &embedded.xmp {
        let tag = Tag::from_u16_exhaustive(XMP);
        add(
            directory,
            tag,
            Type::BYTE,
            super::xmp::packet(xmp).as_bytes(),
        )?;
    }
    if let Some(iptc) = &embedded.iptc {
        // Of all kinds, this one is customary, filled up to a whole number of them.
        let mut iptc = iptc.clone();
        iptc.resize(iptc.len().next_multiple_of(4), 0);
        add(directory, Tag::from_u16_exhaustive(IPTC), Type::LONG, &iptc)?;
    }
    image.write_data(values)
}

/// Writes a directory that is none of a picture and tells where it is, if there is anything in it.
fn extra<W: Write + Seek>(
    encoder: &mut TiffEncoder<W>,
    fields: &Directory,
    order: ByteOrder,
    pointer: Option<(u16, u32)>,
) -> TiffResult<Option<u32>> {
    if fields.0.is_empty() && pointer.is_none() {
        return Ok(None);
    }
    let mut directory = encoder.extra_directory()?;
    for field in &fields.0 {
        put(&mut directory, field, order)?;
    }
    if let Some((tag, at)) = pointer {
        directory.write_tag(Tag::from_u16_exhaustive(tag), at)?;
    }
    let offsets = directory.finish_with_offsets()?;
    Ok(Some(offsets.offset))
}

type Encoder<'a, W> = DirectoryEncoder<'a, W, TiffKindStandard>;

fn put<W: Write + Seek>(
    directory: &mut Encoder<W>,
    field: &Field,
    order: ByteOrder,
) -> TiffResult<()> {
    // Kinds that classic TIFF does not have are in no camera's EXIF.
    let Some(kind) = Type::from_u16(field.kind).filter(|_| field.kind <= 13) else {
        return Ok(());
    };
    let mut bytes = field.bytes.clone();
    if order != ByteOrder::NATIVE {
        for number in bytes.chunks_exact_mut(number_bytes(field.kind)) {
            number.reverse();
        }
    }
    add(directory, Tag::from_u16_exhaustive(field.tag), kind, &bytes)
}

fn add<W: Write + Seek>(
    directory: &mut Encoder<W>,
    tag: Tag,
    kind: Type,
    bytes: &[u8],
) -> TiffResult<()> {
    let entry = directory.write_entry_bytes(kind, bytes)?;
    // Every value starts at an even place, and the encoder writes the next one right behind.
    if bytes.len() > 4 && bytes.len() % 2 == 1 {
        directory.write_data(&[0u8][..])?;
    }
    directory.extend_from(&[(tag, entry)].into_iter().collect());
    Ok(())
}
