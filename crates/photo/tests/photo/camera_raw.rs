//! Raw files of cameras: `fixtures/make_raw.py` wrote them by what DNG says, with another program.

use std::path::PathBuf;
use std::process::Command;

use tintype_photo::{
    Error, Limits, Metadata, OutputFormat, Overwrite, Photo, PhotoFile, Pixels, SaveOptions,
    SourceFormat, save,
};
use tintype_protocol::{CancelFlag, Explain, Language};

use crate::support::{decode, fixture, read};

const PATCH: usize = 16;
/// The chart's colors in linear light, as in `make_raw.py`.
const CHART: [[[f64; 3]; 4]; 3] = [
    [
        [0.60, 0.30, 0.10],
        [0.10, 0.50, 0.20],
        [0.15, 0.20, 0.60],
        [0.70, 0.65, 0.20],
    ],
    [[0.80; 3], [0.40; 3], [0.18; 3], [0.05; 3]],
    [
        [0.50, 0.15, 0.40],
        [0.20, 0.45, 0.55],
        [0.35, 0.25, 0.20],
        [0.02, 0.03, 0.04],
    ],
];

fn raw(name: &str) -> PathBuf {
    fixture("raw").join(name)
}

fn bytes_of(name: &str) -> Vec<u8> {
    std::fs::read(raw(name)).unwrap()
}

/// The curve of sRGB (IEC 61966-2-1).
fn encoded(light: f64) -> f64 {
    if light <= 0.003_130_8 {
        12.92 * light
    } else {
        1.055 * light.powf(1.0 / 2.4) - 0.055
    }
}

/// Holds the middle of each patch against its color: the filling in is exact where all around is alike. `place`
/// tells where on the chart a pixel is.
fn assert_shows_the_chart(photo: &Photo, place: impl Fn(usize, usize) -> (usize, usize)) {
    let Pixels::Rgb16(values) = photo.pixels() else {
        panic!("no color of 16 bits: {:?}", photo.info())
    };
    let width = photo.width() as usize;
    let (pixels, _) = values.as_chunks::<3>();
    let mut seen = 0;
    for (i, pixel) in pixels.iter().enumerate() {
        let (x, y) = place(i % width, i / width);
        let is_inside = |at: usize| (6..10).contains(&(at % PATCH));
        if !is_inside(x) || !is_inside(y) {
            continue;
        }
        let expected = CHART[y / PATCH][x / PATCH].map(|light| 65_535.0 * encoded(light));
        let is_near = pixel
            .iter()
            .zip(expected)
            .all(|(found, expected)| (f64::from(*found) - expected).abs() < 200.0);
        assert!(is_near, "at {x}, {y}: {pixel:?} for {expected:?}");
        seen += 1;
    }
    assert_eq!(seen, 12 * 16);
}

#[test]
fn a_mosaic_is_developed_to_the_colors_that_it_was_made_of() {
    for name in ["mosaic.dng", "packed.dng"] {
        let photo = read(&raw(name)).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(photo.format(), SourceFormat::CameraRaw, "{name}");
        // The camera was held upright: a quarter to the right.
        assert_eq!((photo.width(), photo.height()), (48, 64), "{name}");
        assert_shows_the_chart(&photo, |x, y| (y, 47 - x));
    }
}

#[test]
fn the_raw_file_of_a_known_camera_is_developed_by_what_is_known_of_it() {
    let photo = read(&raw("known.pef")).unwrap();
    // A quarter to the left.
    assert_eq!((photo.width(), photo.height()), (48, 64));
    assert_shows_the_chart(&photo, |x, y| (63 - y, x));
    let exif = photo.metadata().exif().unwrap();
    let has = |text: &[u8]| exif.windows(text.len()).any(|part| part == text);
    assert!(has(b"PENTAX K10D") && has(b"2024:07:04 12:30:00"));
    assert!(!has(b"AOC"));
}

#[test]
fn colors_without_a_mosaic_are_read() {
    let photo = read(&raw("linear.dng")).unwrap();
    assert_eq!((photo.width(), photo.height()), (64, 48));
    assert_shows_the_chart(&photo, |x, y| (x, y));
}

#[test]
fn a_sensor_without_filters_is_gray() {
    let photo = read(&raw("gray.dng")).unwrap();
    let Pixels::Gray16(values) = photo.pixels() else {
        panic!("{:?}", photo.info())
    };
    for (patch, color) in CHART[1].iter().enumerate() {
        let found = f64::from(values[patch * PATCH + 8]);
        let expected = 65_535.0 * encoded(color[1]);
        assert!((found - expected).abs() < 100.0, "{found} for {expected}");
    }
}

#[test]
fn the_header_promises_what_comes() {
    for name in [
        "mosaic.dng",
        "packed.dng",
        "linear.dng",
        "gray.dng",
        "known.pef",
    ] {
        let file = PhotoFile::from_bytes(bytes_of(name), &Limits::default()).unwrap();
        assert_eq!(file.pages(), 1, "{name}");
        let promised = *file.info();
        let mut heard = Vec::new();
        let photo = file
            .decode_with_progress(&mut |share| heard.push(share))
            .unwrap();
        assert_eq!(photo.info(), promised, "{name}");
        assert!(heard.is_sorted() && heard.len() > 1, "{name}: {heard:?}");
        assert_eq!(heard.last(), Some(&1.0), "{name}");
    }
}

#[test]
fn a_result_as_its_original_is_a_tiff_that_tells_what_the_camera_did() {
    let photo = read(&raw("mosaic.dng")).unwrap();
    assert_eq!(photo.metadata().notes(), []);
    let format = OutputFormat::same_as(photo.format(), 95);
    assert_eq!(format, OutputFormat::Tiff);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    let options = SaveOptions::new(format, Overwrite::Replace);
    let notes = save(&photo, &path, &options, &CancelFlag::new()).unwrap();
    assert_eq!(notes, []);
    assert_eq!(read(&path).unwrap().pixels(), photo.pixels());
    for (tag, expected) in [
        ("Make", "Acme"),
        ("Model", "Rawmaster"),
        ("Artist", "Ada"),
        ("DateTimeOriginal", "2024:07:04 12:30:00"),
        ("ExposureTime", "1/125"),
        ("FNumber", "8.0"),
        ("ISO", "100"),
        ("GPSLatitude", "47 deg 30' 0.00\" N"),
        ("GPSLongitude", "8 deg 45' 0.00\" E"),
        ("Title", "The album"),
        ("ImageWidth", "48"),
        ("BitsPerSample", "16 16 16"),
        ("Orientation", "Horizontal (normal)"),
        // What describes the sensor, which is no more.
        ("DNGVersion", ""),
        ("ColorMatrix1", ""),
        ("SubIFD:ImageWidth", ""),
        ("MakerNotes:all", ""),
    ] {
        let told = Command::new("exiftool")
            .args(["-s3", &format!("-{tag}")])
            .arg(&path)
            .output()
            .unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        let told = told.trim();
        // A picture that lies as it should needs no word about it.
        let is_silent = tag == "Orientation" && told.is_empty();
        assert!(told == expected || is_silent, "{tag}: {told}");
    }
}

#[test]
fn cancelling_between_header_and_pixels_stops_the_developing() {
    let cancel = CancelFlag::new();
    let file = PhotoFile::read(&raw("mosaic.dng"), &Limits::default(), &cancel).unwrap();
    cancel.cancel();
    let result = file.decode();
    assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
}

#[test]
fn a_raw_file_that_is_cut_short_is_an_error_wherever_it_is_cut() {
    for name in ["mosaic.dng", "packed.dng"] {
        let bytes = bytes_of(name);
        // What comes last is the small copy, of 16 x 12 pixels.
        let end = bytes.len() - 3 * 16 * 12 - 16;
        for length in (0..end).step_by(97) {
            let result = decode(&bytes[..length]);
            assert!(result.is_err(), "{name} cut to {length}");
        }
    }
}

/// Where the entry of a tag is, in a little-endian TIFF.
fn entry(bytes: &[u8], tag: u16, kind: u8) -> usize {
    let [low, high] = tag.to_le_bytes();
    let start = [low, high, kind, 0];
    let at = |start: &[u8]| bytes.windows(4).rposition(|entry| entry == start);
    at(&start).unwrap_or_else(|| panic!("no tag {tag}"))
}

#[test]
fn a_small_file_that_claims_to_be_huge_is_refused_by_its_header() {
    const WIDTH: u16 = 256;
    const TILE_WIDTH: u16 = 322;
    let limits = Limits::default();
    let claim = |name: &str, tag: u16, claimed: u32| {
        let mut bytes = bytes_of(name);
        let at = [4, 3]
            .into_iter()
            .find_map(|kind| {
                let [low, high] = tag.to_le_bytes();
                let start = [low, high, kind, 0, 1, 0, 0, 0];
                bytes.windows(8).rposition(|entry| entry == start)
            })
            .unwrap();
        bytes[at + 2] = 4;
        bytes[at + 8..at + 12].copy_from_slice(&claimed.to_le_bytes());
        PhotoFile::from_bytes(bytes, &limits).map(|file| *file.info())
    };
    for (tag, claimed) in [(WIDTH, 3_000_000_000), (WIDTH, 80_000)] {
        let result = claim("mosaic.dng", tag, claimed);
        assert!(
            matches!(result, Err(Error::TooManyPixels { width, .. }) if width == claimed),
            "{result:?}"
        );
    }
    let result = claim("packed.dng", TILE_WIDTH, 3_000_000_000);
    assert!(
        matches!(result, Err(Error::TooManyPixels { .. })),
        "{result:?}"
    );
}

#[test]
fn a_tile_that_claims_to_be_huge_is_refused() {
    let mut bytes = bytes_of("packed.dng");
    let frame = [0xFF, 0xC3, 0, 11];
    let at = bytes.windows(4).position(|it| it == frame).unwrap();
    bytes[at + 5..at + 9].fill(0xFF);
    let result = decode(&bytes);
    assert!(
        matches!(result, Err(Error::TooManyPixels { .. })),
        "{result:?}"
    );
}

#[test]
fn directories_in_a_circle_are_damage() {
    let mut bytes = bytes_of("mosaic.dng");
    let start = u32::from_le_bytes(bytes[4..8].try_into().unwrap());
    let count = u16::from_le_bytes(bytes[start as usize..][..2].try_into().unwrap());
    let next = start as usize + 2 + 12 * usize::from(count);
    bytes[next..next + 4].copy_from_slice(&start.to_le_bytes());
    let result = decode(&bytes);
    assert!(matches!(result, Err(Error::Corrupt { .. })), "{result:?}");
}

#[test]
fn a_value_larger_than_the_file_is_damage() {
    const COLOR_MATRIX: u16 = 50_721;
    let mut bytes = bytes_of("mosaic.dng");
    let at = entry(&bytes, COLOR_MATRIX, 10);
    bytes[at + 4..at + 8].fill(0xFF);
    let result = decode(&bytes);
    assert!(matches!(result, Err(Error::Corrupt { .. })), "{result:?}");
}

/// A little-endian TIFF of numbers of 32 bits and of texts.
fn tiff(numbers: &[(u16, u32)], texts: &[(u16, &str)]) -> Vec<u8> {
    let count = numbers.len() + texts.len();
    let mut behind = Vec::new();
    let behind_at = 10 + 12 * count + 4;
    let mut entries: Vec<(u16, [u8; 12])> = Vec::new();
    let mut put = |tag: u16, kind: u16, count: u32, value: u32| {
        let head = [tag.to_le_bytes(), kind.to_le_bytes()].concat();
        let entry = [&head[..], &count.to_le_bytes(), &value.to_le_bytes()].concat();
        entries.push((tag, entry.try_into().unwrap()));
    };
    for (tag, number) in numbers {
        put(*tag, 4, 1, *number);
    }
    for (tag, text) in texts {
        put(
            *tag,
            2,
            text.len() as u32 + 1,
            (behind_at + behind.len()) as u32,
        );
        behind.extend(text.as_bytes());
        behind.push(0);
    }
    entries.sort_by_key(|entry| entry.0);
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend((count as u16).to_le_bytes());
    for (_, entry) in entries {
        file.extend(entry);
    }
    file.extend([0; 4]);
    file.extend(behind);
    file
}

#[test]
fn a_camera_that_is_not_known_is_named() {
    // As cameras of these makers start their files, of models and makers that there are none of.
    for (make, model, named) in [
        ("PENTAX Corporation", "PENTAX K-99", "PENTAX K-99"),
        ("Acme", "Acme Rawmaster", "Acme Rawmaster"),
    ] {
        let numbers = [
            (254, 1),
            (256, 64),
            (257, 48),
            (259, 1),
            (262, 32_803),
            (330, 8),
        ];
        let file = tiff(&numbers, &[(271, make), (272, model)]);
        let error = decode(&file).unwrap_err();
        assert!(
            matches!(&error, Error::UnsupportedCamera { camera: Some(camera) } if camera == named),
            "{error:?}"
        );
        for language in [Language::English, Language::Chinese] {
            let words = error.explain(language).to_string();
            assert!(words.contains(named) && words.contains("TIFF"), "{words}");
        }
    }
}

#[test]
fn a_way_of_packing_that_is_not_known_says_what_to_do() {
    // JPEG XL, and a number that nobody has.
    for packed in [52_546u16, 60_000] {
        let mut bytes = bytes_of("mosaic.dng");
        let at = entry(&bytes, 259, 3);
        bytes[at + 8..at + 10].copy_from_slice(&packed.to_le_bytes());
        let error = decode(&bytes).unwrap_err();
        assert!(
            matches!(
                error,
                Error::UnsupportedVariety {
                    format: SourceFormat::CameraRaw,
                    ..
                }
            ),
            "{error:?}"
        );
        assert!(
            error
                .explain(Language::English)
                .cure
                .contains("16-bit TIFF")
        );
    }
}

#[test]
fn raw_files_are_looked_for_in_folders() {
    for name in ["a.DNG", "b.cr2", "c.NEF", "d.Arw", "e.raf", "f.cr3"] {
        assert!(SourceFormat::has_known_extension(name.as_ref()), "{name}");
    }
}

#[test]
fn what_a_raw_file_tells_is_read_alone() {
    let metadata = Metadata::of_file(&bytes_of("mosaic.dng")).unwrap();
    assert!(metadata.xmp().unwrap().contains("The album"));
    assert!(metadata.icc_profile().is_none());
}
