//! Inks to light: where CMYK of TIFF and JPEG 2000 becomes RGB.
//!
//! Without a profile nobody knows what a printer's inks look like. This is the usual guess: each ink
//! takes away its own color, and black takes away what is left.

/// Red, green and blue of 8 bits; 255 is full ink.
pub(crate) fn rgb_8([c, m, y, k]: [u8; 4]) -> [u8; 3] {
    let light = 255 - u32::from(k);
    [c, m, y].map(|ink| (((255 - u32::from(ink)) * light + 127) / 255) as u8)
}

/// As [`rgb_8`] at 16 bits.
pub(crate) fn rgb_16([c, m, y, k]: [u16; 4]) -> [u16; 3] {
    let light = 65_535 - u64::from(k);
    [c, m, y].map(|ink| (((65_535 - u64::from(ink)) * light + 32_767) / 65_535) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inks_take_light_away() {
        assert_eq!(rgb_8([0; 4]), [255; 3]);
        assert_eq!(rgb_8([255, 0, 0, 0]), [0, 255, 255]);
        assert_eq!(rgb_8([0, 0, 0, 255]), [0; 3]);
        assert_eq!(rgb_8([51, 102, 0, 128]), [102, 76, 127]);
        assert_eq!(rgb_16([0; 4]), [65_535; 3]);
        assert_eq!(rgb_16([0, 65_535, 0, 0x8000]), [32_767, 0, 32_767]);
    }
}
