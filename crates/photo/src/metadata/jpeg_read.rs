//! What the segments before a JPEG's picture tell.
//!
//! The libraries that do this want the whole file a second time or stop at the first segment of a
//! kind, but profiles and XMP are spread over several.

use super::found::Found;
use super::{MAX_BYTES, Resolution};

pub(crate) const EXIF: &[u8] = b"Exif\0\0";
pub(crate) const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
pub(crate) const MORE_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
pub(crate) const ICC: &[u8] = b"ICC_PROFILE\0";
pub(crate) const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";
const JFIF: &[u8] = b"JFIF\0";
/// The length of the digest that a longer XMP is told apart by.
const DIGEST: usize = 32;

/// Collects what the segments hold.
pub(crate) fn find(jpeg: &[u8]) -> Found {
    let mut found = Found::default();
    let (mut profile, mut more_xmp) = (Pieces::default(), Pieces::default());
    let mut resources = Vec::new();
    for (marker, data) in Segments(jpeg.get(2..).unwrap_or(&[])) {
        match marker {
            0xE0 => {
                if let Some(data) = data.strip_prefix(JFIF) {
                    found.resolution = density(data);
                }
            }
            0xE1 => {
                if let Some(data) = data.strip_prefix(EXIF) {
                    found.exif.get_or_insert_with(|| data.to_vec());
                } else if let Some(data) = data.strip_prefix(XMP) {
                    found.xmp.get_or_insert_with(|| data.to_vec());
                } else if let Some(data) = data.strip_prefix(MORE_XMP) {
                    more_xmp.add_xmp(data);
                }
            }
            0xE2 => {
                if let Some(data) = data.strip_prefix(ICC) {
                    profile.add_profile(data);
                }
            }
            0xED => {
                if let Some(data) = data.strip_prefix(PHOTOSHOP)
                    && resources.len() < MAX_BYTES
                {
                    resources.extend(data);
                }
            }
            // Any start of frame; its sixth byte counts the components.
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                found.is_cmyk = data.get(5) == Some(&4);
            }
            _ => {}
        }
    }
    found.is_damaged = profile.is_broken() || more_xmp.is_broken();
    found.icc = profile.joined();
    found.more_xmp = more_xmp.joined();
    found.iptc = (!resources.is_empty()).then_some(resources);
    found
}

/// Whether a segment of that marker starts with that name.
pub(crate) fn has_segment(jpeg: &[u8], marker: u8, name: &[u8]) -> bool {
    Segments(jpeg.get(2..).unwrap_or(&[]))
        .any(|(found, data)| found == marker && data.starts_with(name))
}

/// Segments with their markers, up to the picture.
struct Segments<'a>(&'a [u8]);

impl<'a> Iterator for Segments<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let fill = self.0.iter().take_while(|byte| **byte == 0xFF).count();
        // The start of the scan and the end of the image end the walk.
        let marker = *self.0.get(fill).filter(|_| fill > 0)?;
        if matches!(marker, 0xDA | 0xD9) {
            return None;
        }
        let rest = &self.0[fill + 1..];
        let length = usize::from(u16::from_be_bytes(rest.get(..2)?.try_into().ok()?));
        let data = rest.get(2..length)?;
        self.0 = &rest[length..];
        Some((marker, data))
    }
}

/// Something that is spread over several segments.
#[derive(Default)]
struct Pieces<'a> {
    /// Place or number of each, and what it holds.
    found: Vec<(u32, &'a [u8])>,
    /// How many pieces or bytes there should be.
    expected: Option<u32>,
    digest: Option<&'a [u8]>,
    counts_bytes: bool,
}

impl<'a> Pieces<'a> {
    /// The piece's number, from 1, and how many there are.
    fn add_profile(&mut self, data: &'a [u8]) {
        if let [number, count, data @ ..] = data {
            self.expected.get_or_insert(u32::from(*count));
            self.add(u32::from(*number), data);
        }
    }

    /// A digest of the whole, its length, and the piece's place in it.
    fn add_xmp(&mut self, data: &'a [u8]) {
        let Some((digest, rest)) = data.split_at_checked(DIGEST) else {
            return;
        };
        let Some((&[l0, l1, l2, l3, p0, p1, p2, p3], data)) = rest.split_first_chunk() else {
            return;
        };
        // Pieces of another whole are left from an earlier version.
        if *self.digest.get_or_insert(digest) == digest {
            self.counts_bytes = true;
            self.expected
                .get_or_insert(u32::from_be_bytes([l0, l1, l2, l3]));
            self.add(u32::from_be_bytes([p0, p1, p2, p3]), data);
        }
    }

    fn add(&mut self, at: u32, data: &'a [u8]) {
        if self.found.iter().all(|(other, _)| *other != at) {
            self.found.push((at, data));
        }
    }

    fn is_whole(&self) -> bool {
        let bytes: usize = self.found.iter().map(|(_, data)| data.len()).sum();
        let found = if self.counts_bytes {
            bytes
        } else {
            self.found.len()
        };
        self.expected
            .is_some_and(|expected| expected as usize == found)
            && bytes <= MAX_BYTES
    }

    fn is_broken(&self) -> bool {
        !self.found.is_empty() && !self.is_whole()
    }

    fn joined(mut self) -> Option<Vec<u8>> {
        if self.found.is_empty() || !self.is_whole() {
            return None;
        }
        self.found.sort_by_key(|(at, _)| *at);
        Some(
            self.found
                .iter()
                .flat_map(|(_, data)| *data)
                .copied()
                .collect(),
        )
    }
}

/// The density behind JFIF's name: version, unit, across, down.
fn density(data: &[u8]) -> Option<Resolution> {
    let &[_, _, unit, x0, x1, y0, y1, ..] = data else {
        return None;
    };
    let (x, y) = (u16::from_be_bytes([x0, x1]), u16::from_be_bytes([y0, y1]));
    let per_inch = match unit {
        1 => 1.0,
        2 => 2.54,
        _ => return None,
    };
    Resolution::new(f64::from(x) * per_inch, f64::from(y) * per_inch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, parts: &[&[u8]]) -> Vec<u8> {
        let data = parts.concat();
        let length = (data.len() as u16 + 2).to_be_bytes();
        [&[0xFF, marker], &length[..], &data].concat()
    }

    #[test]
    fn a_profile_in_pieces_is_joined_in_the_right_order() {
        let start = [0xFF, 0xD8];
        let second = segment(0xE2, &[ICC, &[2, 2], b"file"]);
        let first = segment(0xE2, &[ICC, &[1, 2], b"pro"]);
        let found = find(&[&start[..], &second, &first, &[0xFF, 0xDA]].concat());
        assert_eq!(found.icc.as_deref(), Some(&b"profile"[..]));
        let half = find(&[&start[..], &second].concat());
        assert!(half.icc.is_none() && half.is_damaged);
    }

    #[test]
    fn a_long_xmp_is_joined_by_place_and_other_peoples_pieces_are_left_out() {
        let digest = [b'A'; DIGEST];
        let piece = |digest: &[u8], at: u32, data: &[u8]| {
            let (length, at) = (6u32.to_be_bytes(), at.to_be_bytes());
            segment(0xE1, &[MORE_XMP, digest, &length, &at, data])
        };
        let jpeg = [
            vec![0xFF, 0xD8],
            piece(&digest, 3, b"def"),
            piece(&[b'B'; DIGEST], 0, b"xyz"),
            piece(&digest, 0, b"abc"),
        ]
        .concat();
        assert_eq!(find(&jpeg).more_xmp.as_deref(), Some(&b"abcdef"[..]));
    }

    #[test]
    fn dots_per_centimeter_become_dots_per_inch() {
        let jfif = segment(0xE0, &[JFIF, &[1, 2, 2, 0, 118, 0, 118]]);
        let found = find(&[&[0xFF, 0xD8][..], &jfif].concat());
        assert_eq!(found.resolution, Resolution::new(299.72, 299.72));
    }
}
