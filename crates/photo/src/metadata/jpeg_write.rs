//! Segments of metadata, for a JPEG that is written.

use super::jpeg_read::{EXIF, ICC, MORE_XMP, PHOTOSHOP, XMP};
use super::{Embedded, photoshop, xmp, xmp_join};

/// The most that a segment holds behind its length.
const SEGMENT: usize = 65_533;
/// The longest block of EXIF.
pub(crate) const MAX_EXIF: usize = SEGMENT - EXIF.len();
/// The start of the image and JFIF's segment, which is to stay the first: the others follow.
pub(crate) const JFIF_HEAD: usize = 2 + 18;

/// The segments of all that is embedded, but for the resolution, which is in JFIF's own.
pub(crate) fn segments(embedded: &Embedded) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(exif) = &embedded.exif {
        push(&mut bytes, 0xE1, &[EXIF, &exif.to_block()]);
    }
    if let Some(xmp) = &embedded.xmp {
        push_xmp(&mut bytes, xmp);
    }
    if let Some(icc) = &embedded.icc {
        let pieces = icc.chunks(SEGMENT - ICC.len() - 2);
        let count = pieces.len() as u8;
        for (number, piece) in (1u8..=u8::MAX).zip(pieces) {
            push(&mut bytes, 0xE2, &[ICC, &[number, count], piece]);
        }
    }
    if let Some(iptc) = &embedded.iptc {
        let resource = photoshop::resource_of(iptc);
        for piece in resource.chunks(SEGMENT - PHOTOSHOP.len()) {
            push(&mut bytes, 0xED, &[PHOTOSHOP, piece]);
        }
    }
    bytes
}

fn push_xmp(bytes: &mut Vec<u8>, xmp: &str) {
    let packet = xmp::packet(xmp);
    if XMP.len() + packet.len() <= SEGMENT {
        push(bytes, 0xE1, &[XMP, packet.as_bytes()]);
        return;
    }
    let (short, digest) = xmp_join::split(xmp);
    push(bytes, 0xE1, &[XMP, xmp::packet(&short).as_bytes()]);
    let length = (xmp.len() as u32).to_be_bytes();
    let step = SEGMENT - MORE_XMP.len() - digest.len() - 8;
    for (index, piece) in xmp.as_bytes().chunks(step).enumerate() {
        let at = ((index * step) as u32).to_be_bytes();
        push(
            bytes,
            0xE1,
            &[MORE_XMP, digest.as_bytes(), &length, &at, piece],
        );
    }
}

fn push(bytes: &mut Vec<u8>, marker: u8, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    bytes.extend([0xFF, marker]);
    bytes.extend((length as u16 + 2).to_be_bytes());
    for part in parts {
        bytes.extend(*part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceFormat;
    use crate::metadata::Metadata;

    #[test]
    fn what_is_longer_than_a_segment_comes_back_whole() {
        let long = "x".repeat(200_000);
        let xmp = format!(
            r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{}"><rdf:Description xmlns:a="urn:a" a:long="{long}"/></rdf:RDF></x:xmpmeta>"#,
            xmp::RDF
        );
        let iptc = [vec![0x1C, 2, 120, 0], vec![7; 100_000]].concat();
        let icc = vec![5; 150_000];
        let embedded = Embedded {
            xmp: Some(xmp),
            iptc: Some(iptc.clone()),
            icc: Some(icc.clone()),
            ..Embedded::default()
        };
        let jpeg = [&[0xFF, 0xD8][..], &segments(&embedded), &[0xFF, 0xD9]].concat();
        let (back, _) = Metadata::read(&jpeg, SourceFormat::Jpeg);
        assert_eq!(back.notes(), []);
        assert!(back.xmp().unwrap().contains(&long));
        assert_eq!(back.iptc(), Some(&iptc[..]));
        assert_eq!(back.icc_profile(), Some(&icc[..]));
    }
}
