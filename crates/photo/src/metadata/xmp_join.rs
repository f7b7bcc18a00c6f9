//! XMP in two pieces: one segment of a JPEG holds 64 KB, and what does not fit is in more of them.

use std::fmt::Write as _;

use md5::{Digest as _, Md5};
use quick_xml::NsReader;
use quick_xml::events::Event;

use super::xmp::{RDF, is_sound};

/// Puts what stands below one packet's `rdf:RDF` into another's. `None` if that makes no sense.
pub(crate) fn join(main: &str, more: &str) -> Option<String> {
    let (_, end) = inside(main)?;
    let (from, to) = inside(more)?;
    let joined = [&main[..end], &more[from..to], &main[end..]].concat();
    // Names that the second packet declared further up are unknown here.
    is_sound(&joined).then_some(joined)
}

/// Where what is inside of `rdf:RDF` starts and ends.
fn inside(xmp: &str) -> Option<(usize, usize)> {
    let mut reader = NsReader::from_str(xmp);
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                let (space, name) = reader.resolver().resolve_element(start.name());
                let is_rdf = matches!(space, quick_xml::name::ResolveResult::Bound(space) if space.as_ref() == RDF);
                if is_rdf && name.as_ref() == "RDF" {
                    let span = reader.read_to_end(start.name()).ok()?;
                    return Some((
                        usize::try_from(span.start).ok()?,
                        usize::try_from(span.end).ok()?,
                    ));
                }
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// A short packet that says there is a long one, and the digest by which that is told apart.
pub(crate) fn split(xmp: &str) -> (String, String) {
    let digest = Md5::digest(xmp.as_bytes());
    let digest = digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02X}");
        text
    });
    let short = format!(
        concat!(
            r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{}">"#,
            r#"<rdf:Description rdf:about="" xmlns:xmpNote="http://ns.adobe.com/xmp/note/""#,
            r#" xmpNote:HasExtendedXMP="{}"></rdf:Description></rdf:RDF></x:xmpmeta>"#,
        ),
        RDF, digest
    );
    (short, digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_pieces_are_in_what_is_joined() {
        let piece = |name: &str| {
            format!(
                r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}"><rdf:Description xmlns:a="urn:a" a:{name}="1"/></rdf:RDF></x:xmpmeta>"#
            )
        };
        let joined = join(&piece("one"), &piece("two")).unwrap();
        assert!(joined.contains("a:one") && joined.contains("a:two"));
        assert_eq!(join(&piece("one"), "<a/>"), None);
        let (short, digest) = split(&piece("two"));
        assert!(is_sound(&short) && digest.len() == 32);
    }
}
