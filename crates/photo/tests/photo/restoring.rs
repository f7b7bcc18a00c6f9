//! Dust and scratches on a real photo: found, repaired, and nothing else touched.

use std::path::Path;

use tintype_photo::{DefectMask, Photo, find_defects, find_frame, measure_tint, repair};
use tintype_protocol::CancelFlag;

use crate::support::{gray_photo, read, rgb8};

/// A street of 1915, 1000 x 553: people, windows, wires, and a white sky.
fn street() -> Photo {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    read(&workspace.join("tests/goldens/street-1915.jpg")).unwrap()
}

/// A wall with a shadow and grain, as large: where dust is seen best.
fn wall() -> Photo {
    gray_photo(1000, 553, |x, y| {
        let shadow = 40.0 * (x as f32 / 300.0).sin() + y as f32 / 10.0;
        // Four bytes of a hash, added, are about normal noise: this has a deviation of 3 levels.
        let hash =
            (x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77)).wrapping_mul(0x2C1B_3C6D);
        let hash = (hash ^ (hash >> 13)).wrapping_mul(0x297A_2D39);
        let bytes: u32 = hash.to_le_bytes().into_iter().map(u32::from).sum();
        (110.0 + shadow + (bytes as f32 - 510.0) / 49.0) as u8
    })
}

fn levels(photo: &Photo) -> Vec<u8> {
    rgb8(photo).iter().map(|rgb| rgb[1]).collect()
}

/// Specks of 2 to 6 pixels, three white for each black one, and two white scratches, drawn on a gray
/// copy of a photo with soft edges.
fn damaged(photo: &Photo) -> Photo {
    let (width, height) = (photo.width(), photo.height());
    let clean = levels(photo);
    let mut cover = vec![(0.0f32, 0u8); clean.len()];
    let mut paint = |x: f32, y: f32, radius: f32, level: u8| {
        let around = radius.ceil() as i64 + 1;
        for (dx, dy) in (-around..=around).flat_map(|dy| (-around..=around).map(move |dx| (dx, dy)))
        {
            let (px, py) = (x.round() as i64 + dx, y.round() as i64 + dy);
            if px < 0 || py < 0 || px >= i64::from(width) || py >= i64::from(height) {
                continue;
            }
            let distance = (px as f32 - x).hypot(py as f32 - y);
            let share = (radius + 0.5 - distance).clamp(0.0, 1.0);
            let place = &mut cover[(py * i64::from(width) + px) as usize];
            if share > place.0 {
                *place = (share, level);
            }
        }
    };
    for i in 0..80u32 {
        // A low-discrepancy sequence: evenly spread, and in no pattern that a filter could like.
        let x = (i as f32 * 0.754_877_7).fract() * width as f32;
        let y = (i as f32 * 0.569_840_3).fract() * height as f32;
        let level = if i % 4 == 3 { 8 } else { 248 };
        paint(x, y, 1.0 + (i % 5) as f32 * 0.5, level);
    }
    for (from, to) in [
        ((220.0, 60.0), (245.0, 500.0)),
        ((610.0, 30.0), (560.0, 420.0)),
    ] {
        let (from, to): ((f32, f32), (f32, f32)) = (from, to);
        for step in 0..=800 {
            let share = step as f32 / 800.0;
            let (x, y) = (
                from.0 + (to.0 - from.0) * share,
                from.1 + (to.1 - from.1) * share,
            );
            paint(x, y, 0.9, 245);
        }
    }
    gray_photo(width, height, |x, y| {
        let i = (y * width + x) as usize;
        let (share, level) = cover[i];
        (f32::from(clean[i]) * (1.0 - share) + f32::from(level) * share).round() as u8
    })
}

/// What came of finding and repairing the damage.
#[derive(Debug)]
struct Outcome {
    /// The share of clearly damaged pixels that was found.
    recall: f32,
    /// The share of what was found that lies at most two pixels from damage.
    precision: f32,
    /// The mean difference to the clean photo over the damaged pixels that were found, before and after.
    error_before: f32,
    error_after: f32,
}

fn outcome(photo: &Photo, sensitivity: f32) -> Outcome {
    let cancel = CancelFlag::new();
    let damaged = damaged(photo);
    let mask = find_defects(&damaged, sensitivity, &cancel, &mut |_| {}).unwrap();
    let repaired = levels(&repair(&damaged, &mask, &cancel, &mut |_| {}).unwrap());
    let (clean, damaged) = (levels(photo), levels(&damaged));
    let width = photo.width() as usize;
    let is_damaged = |i: usize, least: u8| clean[i].abs_diff(damaged[i]) >= least;
    let is_near = |i: usize| {
        let (x, y) = (i as i64 % width as i64, i as i64 / width as i64);
        (y - 2..=y + 2)
            .flat_map(|y| (x - 2..=x + 2).map(move |x| (x, y)))
            .any(|(x, y)| {
                let is_inside = (0..width as i64).contains(&x)
                    && y >= 0
                    && y * (width as i64) < clean.len() as i64;
                is_inside && is_damaged((y * width as i64 + x) as usize, 12)
            })
    };
    let (mut all, mut found, mut marked, mut right) = (0.0f32, 0.0f32, 0.0f32, 0.0f32);
    let (mut before, mut after) = (0.0f32, 0.0f32);
    for i in 0..clean.len() {
        let is_marked = mask.bytes()[i] != 0;
        marked += f32::from(is_marked);
        right += f32::from(is_marked && is_near(i));
        if is_damaged(i, 40) {
            all += 1.0;
            if is_marked {
                found += 1.0;
                before += f32::from(clean[i].abs_diff(damaged[i]));
                after += f32::from(clean[i].abs_diff(repaired[i]));
            }
        }
        if !is_marked {
            assert_eq!(repaired[i], damaged[i], "a pixel outside the mask changed");
        }
    }
    Outcome {
        recall: found / all,
        precision: right / marked,
        error_before: before / found,
        error_after: after / found,
    }
}

#[test]
fn on_a_wall_nearly_all_damage_is_found_and_repaired_to_within_the_grain() {
    let outcome = outcome(&wall(), 0.5);
    assert!(outcome.recall > 0.88, "{outcome:?}");
    assert!(outcome.precision > 0.98, "{outcome:?}");
    assert!(
        outcome.error_before > 70.0 && outcome.error_after < 5.0,
        "{outcome:?}"
    );
}

#[test]
fn in_a_street_the_scratches_are_found_and_hardly_anything_that_is_no_damage() {
    // Windows, wires and people are as small and as sharp as dust, which therefore is left alone.
    for (sensitivity, precision) in [(0.5, 0.9), (1.0, 0.9)] {
        let outcome = outcome(&street(), sensitivity);
        assert!(outcome.recall > 0.3, "{outcome:?}");
        assert!(outcome.precision > precision, "{outcome:?}");
        assert!(
            outcome.error_after < 0.25 * outcome.error_before,
            "{outcome:?}"
        );
    }
}

#[test]
fn on_a_clean_photo_hardly_anything_is_found() {
    let find = |photo: &Photo, sensitivity| {
        find_defects(photo, sensitivity, &CancelFlag::new(), &mut |_| {}).unwrap()
    };
    for sensitivity in [0.0, 0.5] {
        assert_eq!(find(&wall(), sensitivity).count(), 0, "{sensitivity}");
        // One pixel in ten thousand: a few glints and specks that are its own.
        let count = find(&street(), sensitivity).count();
        assert!(count < 55, "{sensitivity}: {count}");
    }
}

#[test]
fn slivers_have_no_defects() {
    for (width, height) in [(1, 1), (1, 300), (300, 1), (2, 3)] {
        let photo = gray_photo(width, height, |x, y| (40 + (x + y) % 3) as u8);
        let cancel = CancelFlag::new();
        let mask = find_defects(&photo, 1.0, &cancel, &mut |_| {}).unwrap();
        assert_eq!((mask.width(), mask.height()), (width, height));
        assert!(mask.is_empty());
        let mut mask = DefectMask::new(width, height);
        mask.set(0, height / 2, true);
        let repaired = repair(&photo, &mask, &cancel, &mut |_| {}).unwrap();
        assert_eq!((repaired.width(), repaired.height()), (width, height));
    }
}

#[test]
fn a_street_under_a_white_sky_has_no_border_and_is_not_in_color() {
    assert!(find_frame(&street()).is_whole());
    assert!(measure_tint(&street()).is_monochrome());
}

#[test]
fn progress_rises_to_the_end_and_cancelling_stops() {
    let (wall, cancel) = (wall(), CancelFlag::new());
    let mut told = Vec::new();
    let mask = find_defects(&damaged(&wall), 0.5, &cancel, &mut |share| told.push(share)).unwrap();
    assert!(told.is_sorted() && told.last() == Some(&1.0), "{told:?}");
    let mut told = Vec::new();
    repair(&wall, &mask, &cancel, &mut |share| told.push(share)).unwrap();
    assert!(told.is_sorted() && told.last() == Some(&1.0), "{told:?}");
    cancel.cancel();
    assert!(find_defects(&wall, 0.5, &cancel, &mut |_| {}).is_err());
}
