//! Pictures for this folder's tests.

use crate::{Photo, Pixels, SourceFormat};

/// A gray photo of these levels.
pub(crate) fn gray(width: u32, height: u32, level: impl Fn(u32, u32) -> u8) -> Photo {
    let levels = pixels(width, height).map(|(x, y)| level(x, y)).collect();
    photo(width, height, Pixels::Gray8(levels))
}

/// A photo of these colors.
pub(crate) fn color(width: u32, height: u32, rgb: impl Fn(u32, u32) -> [u8; 3]) -> Photo {
    let values = pixels(width, height).flat_map(|(x, y)| rgb(x, y));
    photo(width, height, Pixels::Rgb8(values.collect()))
}

pub(crate) fn photo(width: u32, height: u32, pixels: Pixels) -> Photo {
    Photo::new(width, height, SourceFormat::Png, pixels, None)
}

fn pixels(width: u32, height: u32) -> impl Iterator<Item = (u32, u32)> {
    (0..height).flat_map(move |y| (0..width).map(move |x| (x, y)))
}

/// The same noise every time, about normal with a deviation of 1.
pub(crate) fn noise(x: u32, y: u32) -> f32 {
    // The sum of four bytes of a hash, centered: four uniform variables are near enough to normal.
    let mut hash = x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77);
    for _ in 0..2 {
        hash ^= hash >> 15;
        hash = hash.wrapping_mul(0x2C1B_3C6D);
        hash ^= hash >> 12;
        hash = hash.wrapping_mul(0x297A_2D39);
    }
    hash ^= hash >> 15;
    let sum: u32 = hash.to_le_bytes().into_iter().map(u32::from).sum();
    (sum as f32 - 510.0) / 147.8
}

/// The levels of a gray 8-bit photo.
pub(crate) fn levels(photo: &Photo) -> &[u8] {
    match photo.pixels() {
        Pixels::Gray8(levels) => levels,
        other => panic!("not gray of 8 bits: {other:?}"),
    }
}
