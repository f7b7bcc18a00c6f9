//! A result's colors merged anew from what it was colored with.

use tintype_photo::{
    Adjustment, ChromaMap, Coloring, Crop, Frame, Gamut, Merging, OutputFormat, Overwrite, Photo,
    Pixels, SaveOptions, ScaleMethod, Scaling, adjust, find_frame, merge, palette_mark, recolor,
    save, scale,
};
use tintype_protocol::CancelFlag;

use crate::support::{gray_photo, read, rgb8};

/// Waves of every tone, with an edge here and there, within a paper border if there is to be one.
fn scene(border: u32) -> Photo {
    let (width, height) = (240, 180);
    gray_photo(width, height, |x, y| {
        if x.min(y).min(width - 1 - x).min(height - 1 - y) < border {
            return 244;
        }
        let wave = (x as f32 / 17.0).sin() * (y as f32 / 23.0).cos();
        let step = if (x / 40 + y / 30) % 3 == 0 {
            40.0
        } else {
            0.0
        };
        (110.0 + 100.0 * wave + step).clamp(0.0, 255.0) as u8
    })
}

/// Colors of every hue, up to some chroma.
fn hues(most: f32) -> ChromaMap {
    let (width, height) = (32, 24);
    let color = |i: u32| {
        let (x, y) = (i % width, i / width);
        let hue = (x as f32 / 32.0 + y as f32 / 48.0) * std::f32::consts::TAU;
        (hue, most * (0.4 + 0.6 * y as f32 / 24.0))
    };
    let places = 0..width * height;
    let a = places.clone().map(|i| color(i).1 * color(i).0.cos());
    let b = places.map(|i| color(i).1 * color(i).0.sin());
    ChromaMap::new(width, height, a.chain(b).collect()).unwrap()
}

fn strength(strength: f32) -> Adjustment {
    Adjustment {
        strength,
        ..Adjustment::default()
    }
}

/// A photo with its colors, and what it was colored with, read back from its file.
fn colored(photo: &Photo, chroma: ChromaMap, frame: Frame, merging: Merging) -> (Photo, Coloring) {
    let coloring = Coloring {
        chroma,
        frame,
        merging,
        has_mark: false,
    };
    let result = merge(
        photo,
        &coloring.chroma,
        &coloring.frame,
        &coloring.merging,
        &CancelFlag::new(),
        &mut |_| {},
    );
    let kept = Coloring::from_bytes(&coloring.to_bytes()).unwrap();
    (result.unwrap(), kept)
}

fn usual(photo: &Photo, chroma: ChromaMap, adjustment: Adjustment) -> (Photo, Coloring) {
    let merging = Merging {
        adjustment,
        ..Merging::default()
    };
    let frame = Frame::whole(photo.width(), photo.height());
    colored(photo, chroma, frame, merging)
}

fn recolored(result: &Photo, coloring: &Coloring, adjustment: Adjustment) -> Photo {
    recolor(result, coloring, &adjustment, &CancelFlag::new()).unwrap()
}

/// The largest difference of any channel, and the mean one.
fn difference(one: &Photo, other: &Photo) -> (u8, f64) {
    let (one, other) = (rgb8(one), rgb8(other));
    assert_eq!(one.len(), other.len());
    let channels = one.as_flattened().iter().zip(other.as_flattened());
    let differences: Vec<u8> = channels.map(|(o, t)| o.abs_diff(*t)).collect();
    let sum: f64 = differences.iter().copied().map(f64::from).sum();
    let most = differences.iter().copied().max().unwrap();
    (most, sum / differences.len() as f64)
}

#[test]
fn with_its_own_adjustment_a_result_stays_as_it_is_to_a_few_levels() {
    let photo = scene(0);
    for own in [
        strength(1.0),
        strength(0.2),
        Adjustment {
            warmth: 0.7,
            taming: 0.6,
            ..strength(1.4)
        },
    ] {
        let (result, coloring) = usual(&photo, hues(30.0), own);
        let (most, mean) = difference(&recolored(&result, &coloring, own), &result);
        assert!(most <= 4 && mean < 0.25, "{own:?}: {most}, {mean}");
    }
}

#[test]
fn chroma_that_was_adjusted_away_comes_back() {
    let photo = scene(0);
    let (full, _) = usual(&photo, hues(30.0), strength(1.0));
    let (pale, coloring) = usual(&photo, hues(30.0), strength(0.2));
    let (most, mean) = difference(&recolored(&pale, &coloring, strength(1.0)), &full);
    assert!(most <= 4 && mean < 0.3, "{most}, {mean}");
    // The picture alone has a fifth of it, which can at most be doubled, and in steps.
    let adjusted = adjust(&pale, &strength(2.0), &CancelFlag::new()).unwrap();
    let (_, mean) = difference(&adjusted, &full);
    assert!(mean > 8.0, "{mean}");
    // Even all of it gone.
    let (gray, coloring) = usual(&photo, hues(30.0), strength(0.0));
    let (most, _) = difference(&recolored(&gray, &coloring, strength(1.0)), &full);
    assert!(most <= 4, "{most}");
}

#[test]
fn chroma_that_srgb_could_not_show_comes_back() {
    let photo = scene(0);
    let (half, _) = usual(&photo, hues(100.0), strength(0.5));
    let (full, coloring) = usual(&photo, hues(100.0), strength(1.0));
    let (most, mean) = difference(&recolored(&full, &coloring, strength(0.5)), &half);
    assert!(most <= 4 && mean < 0.6, "{most}, {mean}");
    let adjusted = adjust(&full, &strength(0.5), &CancelFlag::new()).unwrap();
    let (most, mean) = difference(&adjusted, &half);
    assert!(most > 20 && mean > 3.0, "{most}, {mean}");
}

#[test]
fn borders_stay_without_color_also_in_a_thumbnail() {
    let photo = scene(16);
    let frame = find_frame(&photo);
    assert!(!frame.is_whole());
    let merging = Merging {
        adjustment: strength(0.3),
        ..Merging::default()
    };
    let (result, coloring) = colored(&photo, hues(30.0), frame, merging);
    for size in [(240, 180), (120, 90), (60, 90), (7, 5), (1, 1), (480, 360)] {
        let scaling = Scaling {
            method: ScaleMethod::Area,
            width: size.0,
            height: size.1,
            crop: Crop::Disabled,
        };
        let shown = scale(&result, &scaling, &CancelFlag::new()).unwrap();
        let recolored = recolored(&shown, &coloring, strength(1.0));
        assert_eq!((recolored.width(), recolored.height()), size);
        let pixels = rgb8(&recolored);
        let spread = |x: u32, y: u32| {
            let [r, g, b] = pixels[(y * size.0 + x) as usize];
            r.max(g).max(b) - r.min(g).min(b)
        };
        if size.0 < 60 {
            continue;
        }
        // The middle of each border, and of the picture.
        for (x, y) in [(0.03, 0.5), (0.97, 0.5), (0.5, 0.04), (0.5, 0.96)] {
            let (x, y) = (x * size.0 as f32, y * size.1 as f32);
            let spread = spread(x as u32, y as u32);
            assert!(spread <= 1, "{size:?}: {spread} at {x}, {y}");
        }
        assert!(spread(size.0 / 2, size.1 / 2) > 20, "{size:?}");
    }
}

#[test]
fn a_thumbnail_recolored_is_a_recolored_result_as_a_thumbnail() {
    let (result, coloring) = usual(&scene(0), hues(30.0), strength(0.2));
    let small = |photo: &Photo| {
        let scaling = Scaling {
            method: ScaleMethod::Area,
            width: 80,
            height: 60,
            crop: Crop::Disabled,
        };
        scale(photo, &scaling, &CancelFlag::new()).unwrap()
    };
    let scaled_first = recolored(&small(&result), &coloring, strength(1.0));
    let scaled_last = small(&recolored(&result, &coloring, strength(1.0)));
    let (_, mean) = difference(&scaled_first, &scaled_last);
    assert!(mean < 2.0, "{mean}");
}

#[test]
fn sixteen_bits_stay_sixteen() {
    let deep = scene(0).deepened();
    let (full, _) = usual(&deep, hues(30.0), strength(1.0));
    let (pale, coloring) = usual(&deep, hues(30.0), strength(0.2));
    let recolored = recolored(&pale, &coloring, strength(1.0));
    let (Pixels::Rgb16(found), Pixels::Rgb16(expected)) = (recolored.pixels(), full.pixels())
    else {
        panic!("not 16 bits")
    };
    let pairs = found.iter().zip(&**expected);
    let most = pairs.map(|(f, e)| f.abs_diff(*e)).max().unwrap();
    // A sixth of a level of 8 bits: rounding of a and b, and of the pale result.
    assert!(most <= 40, "{most}");
}

#[test]
fn the_palette_in_the_corner_keeps_its_colors() {
    let (result, coloring) = usual(&scene(0), hues(30.0), strength(0.5));
    let marked = palette_mark(result.clone());
    let coloring = Coloring {
        has_mark: true,
        ..coloring
    };
    let unmarked = recolored(&result, &coloring, strength(1.0));
    let found = recolored(&marked, &coloring, strength(1.0));
    let expected = palette_mark(recolored(
        &result,
        &Coloring {
            has_mark: false,
            ..coloring
        },
        strength(1.0),
    ));
    let (_, off) = difference(&found, &expected);
    let (_, mark) = difference(&found, &unmarked);
    assert!(off < 0.02 && mark > 0.15, "{off}, {mark}");
}

#[test]
fn a_result_saved_and_read_again_is_as_good() {
    let folder = tempfile::tempdir().unwrap();
    let photo = scene(0);
    let (full, _) = usual(&photo, hues(30.0), strength(1.0));
    let (pale, coloring) = usual(&photo, hues(30.0), strength(0.2));
    for (format, most) in [
        (OutputFormat::Png, 4),
        (OutputFormat::WebP, 4),
        (OutputFormat::Jpeg { quality: 95 }, 24),
    ] {
        let path = folder
            .path()
            .join("result")
            .with_extension(format.extension());
        let options = SaveOptions::new(format, Overwrite::Replace);
        save(&pale, &path, &options, &CancelFlag::new()).unwrap();
        let recolored = recolored(&read(&path).unwrap(), &coloring, strength(1.0));
        let found = difference(&recolored, &full).0;
        assert!(found <= most, "{format:?}: {found}");
    }
}

#[test]
fn what_was_clipped_keeps_the_way_it_was_merged() {
    let photo = scene(0);
    let frame = Frame::whole(photo.width(), photo.height());
    let (result, coloring) = colored(&photo, hues(12.0), frame, Merging::reference());
    assert_eq!(coloring.merging.gamut, Gamut::Clip);
    let (_, mean) = difference(&recolored(&result, &coloring, strength(1.0)), &result);
    assert!(mean < 0.3, "{mean}");
}

#[test]
fn it_stops_when_told() {
    let (result, coloring) = usual(&scene(0), hues(30.0), strength(1.0));
    let cancel = CancelFlag::new();
    cancel.cancel();
    let stopped = recolor(&result, &coloring, &strength(0.5), &cancel);
    assert!(matches!(stopped, Err(tintype_photo::Error::Cancelled)));
}
