//! What a merge keeps and what it changes, as a specification.

use super::*;
use crate::{Alpha, SourceFormat};

fn photo(pixels: Pixels, width: u32, height: u32) -> Photo {
    Photo::new(width, height, SourceFormat::Png, pixels, None)
}

fn merged(photo: &Photo, map: &ChromaMap, strength: f32) -> Photo {
    let merging = Merging {
        adjustment: Adjustment {
            strength,
            ..Adjustment::default()
        },
        ..Merging::default()
    };
    merge(
        photo,
        map,
        &whole(photo),
        &merging,
        &CancelFlag::new(),
        &mut |_| {},
    )
    .unwrap()
}

fn whole(photo: &Photo) -> Frame {
    Frame::whole(photo.width(), photo.height())
}

fn warm() -> ChromaMap {
    ChromaMap::new(1, 1, vec![12.0, 20.0]).unwrap()
}

/// The sRGB value, 0..=1, of the gray that is as light.
fn gray_of(rgb: [f32; 3]) -> f32 {
    crate::color::curves::srgb_encoded(crate::color::lab::luminance(rgb))
}

#[test]
fn lightness_is_the_photos_own_to_the_last_bit_of_8() {
    let grays: Vec<u8> = (0..=255).collect();
    for color in [[12.0, 20.0], [-60.0, 50.0], [90.0, -110.0]] {
        let map = ChromaMap::new(1, 1, color.to_vec()).unwrap();
        let result = merged(
            &photo(Pixels::Gray8(grays.clone().into()), 256, 1),
            &map,
            1.0,
        );
        let Pixels::Rgb8(rgb) = result.pixels() else {
            panic!("not 8 bits")
        };
        for (gray, pixel) in rgb.as_chunks::<3>().0.iter().enumerate() {
            let level = gray_of(pixel.map(crate::color::srgb::linear_of_8)) * 255.0;
            // A channel's own rounding is half a level; all three together are less than one.
            assert!(
                (level - gray as f32).abs() < 0.75,
                "{gray} became {pixel:?}"
            );
        }
    }
}

#[test]
fn lightness_is_the_photos_own_to_the_last_bit_of_16() {
    let grays: Vec<u16> = (0..=u16::MAX).step_by(7).collect();
    let width = grays.len() as u32;
    for color in [[12.0, 20.0], [-60.0, 50.0], [90.0, -110.0]] {
        let map = ChromaMap::new(1, 1, color.to_vec()).unwrap();
        let result = merged(
            &photo(Pixels::Gray16(grays.clone().into()), width, 1),
            &map,
            1.0,
        );
        let Pixels::Rgb16(rgb) = result.pixels() else {
            panic!("not 16 bits")
        };
        for (gray, pixel) in grays.iter().zip(rgb.as_chunks::<3>().0) {
            let level = gray_of(pixel.map(crate::color::srgb::linear_of_16)) * 65535.0;
            assert!(
                (level - f32::from(*gray)).abs() < 1.0,
                "{gray} became {pixel:?}"
            );
        }
    }
}

#[test]
fn sixteen_bits_stay_sixteen_bits() {
    let grays: Vec<u16> = (20_000..20_064).collect();
    let result = merged(&photo(Pixels::Gray16(grays.into()), 64, 1), &warm(), 1.0);
    let Pixels::Rgb16(rgb) = result.pixels() else {
        panic!("not 16 bits")
    };
    // No two neighboring levels fall together in all channels: nothing went through 8 bits.
    assert!(
        rgb.chunks(3)
            .zip(rgb.chunks(3).skip(1))
            .all(|(one, next)| one != next)
    );
}

#[test]
fn without_strength_a_photo_is_gray_and_with_more_it_has_more_color() {
    let gray = photo(Pixels::Gray8(vec![128].into()), 1, 1);
    let spread = |strength| match merged(&gray, &warm(), strength).pixels() {
        Pixels::Rgb8(p) => i32::from(p[0]) - i32::from(p[2]),
        _ => panic!("not 8 bits"),
    };
    assert_eq!(spread(0.0), 0);
    assert!(spread(0.5) > 0 && spread(0.5) < spread(1.0) && spread(1.0) < spread(2.0));
}

#[test]
fn colors_of_the_original_are_replaced() {
    let red = photo(Pixels::Rgb8(vec![200, 30, 30].into()), 1, 1);
    let neutral = ChromaMap::new(1, 1, vec![0.0, 0.0]).unwrap();
    let Pixels::Rgb8(p) = merged(&red, &neutral, 1.0).pixels().clone() else {
        panic!()
    };
    assert!(p[0] == p[1] && p[1] == p[2], "{p:?}");
}

#[test]
fn a_white_border_stays_without_color() {
    let (width, height) = (400u32, 300u32);
    let grain = |x: u32, y: u32| (x * 7919 + y * 104_729).wrapping_mul(2_654_435_761) >> 26;
    let pixels = (0..width * height).map(|i| {
        let (x, y) = (i % width, i / width);
        let is_picture = (40..360).contains(&x) && (30..270).contains(&y);
        if is_picture {
            60 + grain(x, y) as u8
        } else {
            245
        }
    });
    let framed = photo(Pixels::Gray8(pixels.collect()), width, height);
    let frame = crate::find_frame(&framed);
    assert!(!frame.is_whole());
    let merging = Merging::default();
    let result = merge(
        &framed,
        &warm(),
        &frame,
        &merging,
        &CancelFlag::new(),
        &mut |_| {},
    );
    let result = result.unwrap();
    let Pixels::Rgb8(rgb) = result.pixels() else {
        panic!("not 8 bits")
    };
    let at = |x: u32, y: u32| rgb.as_chunks::<3>().0[(y * width + x) as usize];
    for (x, y) in [(0, 0), (20, 150), (200, 10), (390, 290), (380, 150)] {
        assert_eq!(at(x, y), [245; 3], "{x}, {y}");
    }
    let [r, _, b] = at(200, 150);
    assert!(r > b + 10, "the picture has no color");
}

#[test]
fn transparency_is_kept() {
    let alpha = Some(Alpha::Eight(vec![7, 200].into()));
    let pixels = Pixels::Gray8(vec![10, 20].into());
    let photo = Photo::new(2, 1, SourceFormat::Png, pixels, alpha.clone());
    assert_eq!(merged(&photo, &warm(), 1.0).alpha(), alpha.as_ref());
}

#[test]
fn cancelling_stops_between_strips() {
    let tall = photo(
        Pixels::Gray8(vec![9; 4 * STRIP_ROWS].into()),
        1,
        4 * STRIP_ROWS as u32,
    );
    let cancel = CancelFlag::new();
    let mut strips = 0;
    let mut progress = |_| {
        strips += 1;
        cancel.cancel();
    };
    let result = merge(
        &tall,
        &warm(),
        &whole(&tall),
        &Merging::reference(),
        &cancel,
        &mut progress,
    );
    assert!(matches!(result, Err(Error::Cancelled)));
    assert_eq!(strips, 1);
}
