//! IPTC's IIM inside of Photoshop's image resources, which is how JPEG, TIFF and PNG carry it.
//!
//! A resource is `8BIM`, its number, a name, its length and its data, name and data padded to an even
//! length. Of all of them only IPTC is kept: the others are the old picture's thumbnail, paths, guides
//! and print settings.

const SIGNATURE: &[u8; 4] = b"8BIM";
const IPTC: u16 = 0x0404;
/// What each dataset of IIM starts with.
const DATASET: u8 = 0x1C;

/// IPTC's datasets among resources, or the bytes themselves if they are datasets. `None` where there is
/// no sound one.
pub(crate) fn find_iptc(bytes: &[u8]) -> Option<&[u8]> {
    if bytes.first() == Some(&DATASET) {
        return Some(bytes);
    }
    let mut rest = bytes;
    while rest.get(..4)? == SIGNATURE {
        let number = u16::from_be_bytes(rest.get(4..6)?.try_into().ok()?);
        let name = usize::from(*rest.get(6)?) + 1;
        let size_at = 6 + name.next_multiple_of(2);
        let size = u32::from_be_bytes(rest.get(size_at..size_at + 4)?.try_into().ok()?);
        let (start, size) = (size_at + 4, usize::try_from(size).ok()?);
        let data = rest.get(start..start.checked_add(size)?)?;
        if number == IPTC {
            return data.first().is_some_and(|b| *b == DATASET).then_some(data);
        }
        // The last one's padding is often forgotten.
        rest = rest.get(start + size.next_multiple_of(2)..).unwrap_or(&[]);
    }
    None
}

/// A resource that holds IPTC's datasets.
pub(crate) fn resource_of(iptc: &[u8]) -> Vec<u8> {
    let mut bytes = SIGNATURE.to_vec();
    bytes.extend(IPTC.to_be_bytes());
    // An empty name, padded.
    bytes.extend([0, 0]);
    bytes.extend((iptc.len() as u32).to_be_bytes());
    bytes.extend(iptc);
    if iptc.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iptc_is_found_behind_other_resources() {
        let iptc = [0x1C, 2, 120, 0, 3, b'a', b'b', b'c'];
        let mut bytes = b"8BIM\x04\x0C\x03abc\0\0\0\x05thumb\0".to_vec();
        bytes.extend(resource_of(&iptc));
        assert_eq!(find_iptc(&bytes), Some(&iptc[..]));
        assert_eq!(find_iptc(&iptc), Some(&iptc[..]));
        for length in 0..bytes.len() {
            assert_eq!(find_iptc(&bytes[..length]), None, "{length}");
        }
    }
}
