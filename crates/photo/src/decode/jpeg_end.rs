//! Whether a JPEG is all there.
//!
//! The decoder, like most, fills what is missing with gray and says nothing. A photo of which the
//! lower half is gray must not pass for a whole one, so the markers are walked to the end first
//! (ITU-T T.81, annex B).

const START_OF_SCAN: u8 = 0xDA;
const END_OF_IMAGE: u8 = 0xD9;

/// Whether the end marker is reached. Everything else is the decoder's to judge.
pub(crate) fn is_complete(jpeg: &[u8]) -> bool {
    // After the start marker, segments; after each start of scan, coded data up to the next marker.
    let mut at = 2;
    loop {
        let Some(marker) = next_marker(jpeg, &mut at) else {
            return false;
        };
        match marker {
            END_OF_IMAGE => return true,
            // Markers that stand alone: restarts and TEM.
            0xD0..=0xD8 | 0x01 => {}
            _ => {
                let Some(&[high, low]) = jpeg.get(at..at + 2) else {
                    return false;
                };
                at += usize::from(u16::from_be_bytes([high, low]));
                if marker == START_OF_SCAN {
                    skip_coded_data(jpeg, &mut at);
                }
            }
        }
    }
}

/// Reads a marker, over fill bytes before it, and leaves `at` behind it.
fn next_marker(jpeg: &[u8], at: &mut usize) -> Option<u8> {
    while *jpeg.get(*at)? != 0xFF {
        *at += 1;
    }
    while *jpeg.get(*at)? == 0xFF {
        *at += 1;
    }
    let marker = *jpeg.get(*at)?;
    *at += 1;
    Some(marker)
}

/// Moves `at` to the next marker that ends a scan: neither a stuffed zero nor a restart.
fn skip_coded_data(jpeg: &[u8], at: &mut usize) {
    while let Some(pair) = jpeg.get(*at..*at + 2) {
        if pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xD0..=0xD7 | 0xFF) {
            return;
        }
        *at += 1;
    }
    *at = jpeg.len();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg() -> Vec<u8> {
        let picture = image::RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8, y as u8, 9]));
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture
            .write_to(&mut bytes, image::ImageFormat::Jpeg)
            .unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_whole_file_is_complete_and_every_shorter_one_is_not() {
        let jpeg = jpeg();
        assert!(is_complete(&jpeg));
        for length in 0..jpeg.len() {
            assert!(!is_complete(&jpeg[..length]), "{length} of {}", jpeg.len());
        }
    }

    #[test]
    fn an_end_marker_inside_a_thumbnail_does_not_count() {
        let thumbnail = jpeg();
        let mut jpeg = vec![0xFF, 0xD8, 0xFF, 0xE1];
        jpeg.extend(u16::try_from(thumbnail.len() + 2).unwrap().to_be_bytes());
        jpeg.extend(&thumbnail);
        assert!(!is_complete(&jpeg));
        jpeg.extend([0xFF, 0xD9]);
        assert!(is_complete(&jpeg));
    }

    #[test]
    fn bytes_after_the_end_do_no_harm() {
        let mut jpeg = jpeg();
        jpeg.extend([0; 100]);
        assert!(is_complete(&jpeg));
    }
}
