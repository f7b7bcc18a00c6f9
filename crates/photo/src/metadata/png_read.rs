//! What the chunks of a PNG tell, before and behind its picture.

use std::io::Cursor;

use png::{Decoder, Info, Limits, Unit};

use super::found::Found;
use super::{MAX_BYTES, Resolution};

const SIGNATURE: usize = 8;
/// A chunk's length and name, and its checksum.
const AROUND: usize = 12;
const XMP: &str = "XML:com.adobe.xmp";
/// What some programs put EXIF, IPTC and XMP in, written out in hexadecimal.
const RAW: &str = "Raw profile type ";

/// Collects what the chunks hold.
///
/// The library reads chunks up to the picture only, and some programs put theirs behind it. So it is
/// given the file without the picture, in which all are in front.
pub(crate) fn find(png: &[u8]) -> Found {
    let bare = without_picture(png);
    let mut decoder = Decoder::new_with_limits(Cursor::new(&bare), Limits { bytes: MAX_BYTES });
    // The picture's data is not there, and nothing of the pixels is asked for.
    let info = match decoder.read_header_info() {
        Ok(_) => decoder.read_info(),
        Err(_) => return Found::default(),
    };
    match info {
        Ok(reader) => from_info(reader.info()),
        Err(_) => Found {
            is_damaged: true,
            ..Found::default()
        },
    }
}

/// All chunks but the picture's and the unknown, then an empty one in the picture's place.
fn without_picture(png: &[u8]) -> Vec<u8> {
    let mut bare = png[..SIGNATURE.min(png.len())].to_vec();
    let mut rest = png.get(SIGNATURE..).unwrap_or(&[]);
    while let Some((chunk, behind)) = split_chunk(rest) {
        let is_wanted = matches!(
            &chunk[4..8],
            b"IHDR" | b"PLTE" | b"iCCP" | b"eXIf" | b"pHYs" | b"iTXt" | b"zTXt" | b"tEXt"
        );
        if is_wanted && bare.len() + chunk.len() <= MAX_BYTES {
            bare.extend(chunk);
        }
        rest = behind;
    }
    bare.extend(b"\0\0\0\0IDAT\x35\xAF\x06\x1E");
    bare.extend(b"\0\0\0\0IEND\xAE\x42\x60\x82");
    bare
}

fn split_chunk(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?);
    bytes.split_at_checked(usize::try_from(length).ok()?.checked_add(AROUND)?)
}

fn from_info(info: &Info) -> Found {
    let mut found = Found {
        icc: info.icc_profile.as_ref().map(|icc| icc.to_vec()),
        exif: info.exif_metadata.as_ref().map(|exif| exif.to_vec()),
        resolution: info.pixel_dims.and_then(|dims| match dims.unit {
            Unit::Meter => {
                let per_inch = |per_meter: u32| f64::from(per_meter) * 0.0254;
                Resolution::new(per_inch(dims.xppu), per_inch(dims.yppu))
            }
            Unit::Unspecified => None,
        }),
        ..Found::default()
    };
    for chunk in &info.utf8_text {
        if chunk.keyword == XMP {
            let mut chunk = chunk.clone();
            let is_bounded = chunk.decompress_text_with_limit(MAX_BYTES);
            match is_bounded.and_then(|()| chunk.get_text()) {
                Ok(text) => found.xmp = Some(text.into_bytes()),
                Err(_) => found.is_damaged = true,
            }
        }
    }
    for chunk in &info.uncompressed_latin1_text {
        found.raw_profile(&chunk.keyword, || Some(chunk.text.clone()));
    }
    for chunk in &info.compressed_latin1_text {
        let text = || {
            let mut chunk = chunk.clone();
            chunk.decompress_text_with_limit(MAX_BYTES).ok()?;
            chunk.get_text().ok()
        };
        found.raw_profile(&chunk.keyword, text);
    }
    found
}

impl Found {
    fn raw_profile(&mut self, keyword: &str, text: impl FnOnce() -> Option<String>) {
        let Some(kind) = keyword.strip_prefix(RAW) else {
            return;
        };
        let place = match kind {
            "iptc" | "8bim" => &mut self.iptc,
            "exif" | "APP1" => &mut self.exif,
            "xmp" => &mut self.xmp,
            "icc" => &mut self.icc,
            _ => return,
        };
        match text().as_deref().and_then(from_hexadecimal) {
            // The proper chunk, where there is one, comes first.
            Some(bytes) => {
                place.get_or_insert(bytes);
            }
            None => self.is_damaged = true,
        }
    }
}

/// The bytes of a raw profile: its name and length, each on a line, then hexadecimal digits.
fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let (_, text) = text.trim_start().split_once('\n')?;
    let (length, digits) = text.split_once('\n')?;
    let length: usize = length.trim().parse().ok()?;
    let digits: Vec<u8> = digits
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|digit| char::from(digit).to_digit(16).map(|value| value as u8))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits
        .as_chunks::<2>()
        .0
        .iter()
        .map(|[high, low]| high << 4 | low)
        .collect();
    (bytes.len() == length).then_some(bytes)
}

/// The text of a raw profile.
pub(crate) fn to_hexadecimal(kind: &str, bytes: &[u8]) -> (String, String) {
    use std::fmt::Write as _;
    let mut text = format!("\n{kind}\n{:8}\n", bytes.len());
    // Lines of 36 bytes, as those who invented it write it.
    for line in bytes.chunks(36) {
        for byte in line {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text.push('\n');
    }
    (format!("{RAW}{kind}"), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_comes_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        let (keyword, text) = to_hexadecimal("iptc", &bytes);
        assert_eq!(keyword, "Raw profile type iptc");
        assert_eq!(from_hexadecimal(&text), Some(bytes));
        let named = "\nIPTC profile\n   2\n01\nff\n";
        assert_eq!(from_hexadecimal(named), Some(vec![1, 255]));
        assert_eq!(from_hexadecimal("\niptc\n 3\n0102"), None);
        assert_eq!(from_hexadecimal("\niptc\n 1\n0z"), None);
    }
}
