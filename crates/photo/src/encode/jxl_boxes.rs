//! The boxes of a JPEG XL file (ISO/IEC 18181-2): the picture, and beside it EXIF and XMP.

use std::io::{self, Write};

use crate::metadata::{Embedded, xmp_packet};

/// The box that every such file begins with, and the one that names its kind.
const BEGINNING: &[u8] = b"\0\0\0\x0CJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl ";

/// Writes a coded picture with what is embedded; as it is where that is nothing.
///
/// # Errors
/// The writer's own; a picture of 4 GiB or more where there is anything beside it.
pub(crate) fn write(
    picture: &[u8],
    embedded: &Embedded,
    writer: &mut impl Write,
) -> io::Result<()> {
    if embedded.exif.is_none() && embedded.xmp.is_none() {
        return writer.write_all(picture);
    }
    writer.write_all(BEGINNING)?;
    if let Some(exif) = &embedded.exif {
        // Four bytes say how far its header is from here.
        write_box(*b"Exif", &[&[0; 4], &exif.to_block()], writer)?;
    }
    if let Some(xmp) = &embedded.xmp {
        write_box(*b"xml ", &[xmp_packet(xmp).as_bytes()], writer)?;
    }
    write_box(*b"jxlc", &[picture], writer)
}

fn write_box(kind: [u8; 4], parts: &[&[u8]], writer: &mut impl Write) -> io::Result<()> {
    let length = 8 + parts.iter().map(|part| part.len()).sum::<usize>();
    let length = u32::try_from(length).map_err(|_| io::ErrorKind::FileTooLarge)?;
    writer.write_all(&length.to_be_bytes())?;
    writer.write_all(&kind)?;
    parts.iter().try_for_each(|part| writer.write_all(part))
}
