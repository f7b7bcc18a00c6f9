//! What a photo tells of itself, from file to file, read back by other programs' eyes.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use exif::{In, Tag, Value};
use tintype_photo::{Keep, OutputFormat, Overwrite, Provenance, SaveOptions, save};
use tintype_protocol::CancelFlag;

use crate::support::{decode, fixture, read};

const SOURCES: [&str; 4] = ["told.jpg", "told.png", "told.tif", "told.webp"];
const FORMATS: [OutputFormat; 4] = [
    OutputFormat::Jpeg { quality: 95 },
    OutputFormat::Png,
    OutputFormat::Tiff,
    OutputFormat::WebP,
];

fn told(name: &str) -> std::path::PathBuf {
    fixture("metadata").join(name)
}

fn provenance() -> Provenance {
    Provenance {
        software: "Tintype 9.8.7".to_owned(),
        checkpoint: "a <large> network".to_owned(),
        checkpoint_sha256: Some("00ff".to_owned()),
        settings: vec![("size".to_owned(), "512".to_owned())],
        when: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)),
    }
}

fn options(format: OutputFormat) -> SaveOptions {
    SaveOptions {
        provenance: Some(provenance()),
        ..SaveOptions::new(format, Overwrite::Replace)
    }
}

/// Saves each source in each format and hands over what came of it.
fn each_way(check: impl Fn(&str, OutputFormat, &Path)) {
    let folder = tempfile::tempdir().unwrap();
    for source in SOURCES {
        let photo = read(&told(source)).unwrap();
        assert_eq!(photo.metadata().notes(), [], "{source}");
        // It lay on its side.
        assert_eq!((photo.width(), photo.height()), (16, 24), "{source}");
        for format in FORMATS {
            let path = folder.path().join("a").with_extension(format.extension());
            let notes = save(&photo, &path, &options(format), &CancelFlag::new()).unwrap();
            assert_eq!(notes, [], "{source} to {format:?}");
            check(source, format, &path);
        }
    }
}

#[test]
fn exif_is_kept_and_tells_of_the_result() {
    each_way(|source, format, path| {
        let name = format!("{source} to {format:?}");
        let file = std::fs::File::open(path).unwrap();
        let exif = exif::Reader::new()
            .read_from_container(&mut std::io::BufReader::new(file))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let text = |tag| match &exif.get_field(tag, In::PRIMARY).unwrap().value {
            Value::Ascii(lines) => String::from_utf8(lines[0].clone()).unwrap(),
            other => panic!("{name}: {other:?}"),
        };
        let number = |tag| {
            let field = exif.get_field(tag, In::PRIMARY);
            field.and_then(|field| field.value.get_uint(0))
        };
        assert_eq!(text(Tag::Make), "Acme", "{name}");
        assert_eq!(text(Tag::Copyright), "1931 Ada", "{name}");
        assert_eq!(text(Tag::DateTimeOriginal), "1931:07:04 12:30:00", "{name}");
        assert_eq!(text(Tag::InteroperabilityIndex), "R98", "{name}");
        assert_eq!(number(Tag::Orientation).unwrap_or(1), 1, "{name}");
        assert_eq!(number(Tag::PixelXDimension), Some(16), "{name}");
        assert_eq!(number(Tag::PixelYDimension), Some(24), "{name}");
        assert_eq!(number(Tag::ColorSpace), Some(1), "{name}");
        let fractions = |tag| match &exif.get_field(tag, In::PRIMARY).unwrap().value {
            Value::Rational(values) => values.iter().map(exif::Rational::to_f64).collect(),
            other => panic!("{name}: {other:?}"),
        };
        let longitude: Vec<f64> = fractions(Tag::GPSLongitude);
        assert_eq!(longitude, [8.0, 45.0, 0.0], "{name}");
        assert_eq!(fractions(Tag::XResolution), [300.0], "{name}");
        // The thumbnail would show the old picture.
        assert!(
            exif.fields().all(|field| field.ifd_num == In::PRIMARY),
            "{name}"
        );
    });
}

#[test]
fn xmp_iptc_and_resolution_are_kept() {
    each_way(|source, format, path| {
        let name = format!("{source} to {format:?}");
        let photo = read(path).unwrap();
        let metadata = photo.metadata();
        assert_eq!(metadata.notes(), [], "{name}");
        assert_eq!(
            metadata.resolution().unwrap().per_inch(),
            (300.0, 300.0),
            "{name}"
        );
        let xmp = metadata.xmp().unwrap();
        for part in [
            "The lake &amp; the boat",
            "<stEvt:action>created</stEvt:action>",
            "a &lt;large&gt; network (SHA-256 00ff); size: 512",
            "2023-11-14T22:13:20Z",
            "digitalsourcetype/algorithmicallyEnhanced",
            "xmp:CreatorTool=\"Tintype 9.8.7\"",
            "<tiff:Orientation>1</tiff:Orientation>",
            "<exif:PixelXDimension>16</exif:PixelXDimension>",
        ] {
            assert!(xmp.contains(part), "{name} lacks {part}: {xmp}");
        }
        assert!(!xmp.contains("<xmp:CreatorTool>"), "{name}: {xmp}");
        let has_iptc = source != "told.webp" && format != OutputFormat::WebP;
        let iptc = metadata.iptc().unwrap_or_default();
        let caption = b"At the lake in 1931";
        let is_there = iptc.windows(caption.len()).any(|part| part == caption);
        assert_eq!(is_there, has_iptc, "{name}");
    });
}

#[test]
fn a_second_step_is_added_to_the_history_and_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("1.jpg"), folder.path().join("2.png"));
    let jpeg = options(OutputFormat::Jpeg { quality: 95 });
    save(
        &read(&told("told.jpg")).unwrap(),
        &first,
        &jpeg,
        &CancelFlag::new(),
    )
    .unwrap();
    let png = options(OutputFormat::Png);
    save(&read(&first).unwrap(), &second, &png, &CancelFlag::new()).unwrap();
    let photo = read(&second).unwrap();
    let xmp = photo.metadata().xmp().unwrap();
    let count = |part: &str| xmp.matches(part).count();
    assert_eq!(count("<stEvt:action>edited"), 2, "{xmp}");
    assert_eq!(count("CreatorTool"), 1, "{xmp}");
    assert_eq!(count("DigitalSourceType"), 1, "{xmp}");
}

#[test]
fn in_private_nothing_is_told_but_colors_and_resolution() {
    let folder = tempfile::tempdir().unwrap();
    for source in SOURCES {
        let photo = read(&told(source)).unwrap();
        for format in FORMATS {
            let name = format!("{source} to {format:?}");
            let path = folder.path().join("a").with_extension(format.extension());
            let options = SaveOptions {
                keep: Keep::Private,
                ..SaveOptions::new(format, Overwrite::Replace)
            };
            save(&photo, &path, &options, &CancelFlag::new()).unwrap();
            let bytes = std::fs::read(&path).unwrap();
            for secret in ["Acme", "Ada", "1931", "Zurich", "lake", "xpacket"] {
                let is_there = bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
                assert!(!is_there, "{name} tells {secret}");
            }
            let back = read(&path).unwrap();
            let metadata = back.metadata();
            assert!(
                metadata.xmp().is_none() && metadata.iptc().is_none(),
                "{name}"
            );
            assert!(metadata.icc_profile().is_some(), "{name}");
            assert_eq!(
                metadata.resolution().unwrap().per_inch(),
                (300.0, 300.0),
                "{name}"
            );
        }
    }
}

#[test]
fn a_photo_that_tells_nothing_gets_nothing_but_its_provenance() {
    let folder = tempfile::tempdir().unwrap();
    let photo = read(&fixture("lzw.tif")).unwrap();
    for format in FORMATS {
        let path = folder.path().join("a").with_extension(format.extension());
        let plain = SaveOptions::new(format, Overwrite::Replace);
        save(&photo, &path, &plain, &CancelFlag::new()).unwrap();
        let back = read(&path).unwrap();
        assert!(back.metadata().xmp().is_none() && back.metadata().icc_profile().is_none());
        save(&photo, &path, &options(format), &CancelFlag::new()).unwrap();
        let back = read(&path).unwrap();
        assert!(
            back.metadata()
                .xmp()
                .unwrap()
                .contains("algorithmicallyEnhanced")
        );
        assert_eq!(back.pixels().clone(), {
            save(&photo, &path, &plain, &CancelFlag::new()).unwrap();
            read(&path).unwrap().pixels().clone()
        });
    }
}

#[test]
fn a_result_can_have_the_originals_times() {
    let folder = tempfile::tempdir().unwrap();
    let (original, result) = (folder.path().join("a.tif"), folder.path().join("b.png"));
    std::fs::copy(fixture("lzw.tif"), &original).unwrap();
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let file = std::fs::File::options()
        .write(true)
        .open(&original)
        .unwrap();
    file.set_modified(then).unwrap();
    let options = SaveOptions {
        file_times_of: Some(original.clone()),
        ..SaveOptions::new(OutputFormat::Png, Overwrite::Never)
    };
    save(
        &read(&original).unwrap(),
        &result,
        &options,
        &CancelFlag::new(),
    )
    .unwrap();
    assert_eq!(result.metadata().unwrap().modified().unwrap(), then);
}

/// What `exiftool` says to these tags, a line each; `None` where it is not installed.
fn asked(path: &Path, tags: &[&str]) -> Option<Vec<String>> {
    let tags = tags.iter().map(|tag| format!("-{tag}"));
    let output = Command::new("exiftool")
        .args(["-s3", "-f", "-n"])
        .args(tags)
        .arg(path)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(str::to_owned).collect())
}

#[test]
#[allow(clippy::print_stderr, reason = "a test that can't run here says so")]
fn exiftool_finds_what_was_kept_and_nothing_to_complain_of() {
    if Command::new("exiftool").arg("-ver").output().is_err() {
        eprintln!("skipped: exiftool is not installed");
        return;
    }
    each_way(|source, format, path| {
        let name = format!("{source} to {format:?}");
        let found = asked(
            path,
            &[
                "Warning",
                "IFD0:Model",
                "ExifIFD:UserComment",
                "GPS:GPSLatitude",
                "XMP-dc:Title",
                "XMP-dc:Subject",
                "XMP-xmp:CreatorTool",
                "XMP-xmpMM:HistoryAction",
                "XMP-iptcExt:DigitalSourceType",
                "ICC_Profile:ProfileDescription",
            ],
        );
        let expected = [
            "-",
            "Scanmaster 9",
            "from the attic",
            "47.5",
            "The lake & the boat",
            "lake, boat",
            "Tintype 9.8.7",
            "created, edited",
            "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced",
            "sRGB IEC61966-2.1",
        ];
        assert_eq!(found.unwrap(), expected, "{name}");
        let has_iptc = source != "told.webp" && format != OutputFormat::WebP;
        let city = asked(path, &["IPTC:City"]).unwrap();
        assert_eq!(city, [if has_iptc { "Zurich" } else { "-" }], "{name}");
        // Where it has no place, XMP says the same.
        if source != "told.webp" && format == OutputFormat::WebP {
            let said = asked(path, &["XMP-photoshop:City", "XMP-dc:Description"]);
            assert_eq!(said.unwrap(), ["Zurich", "At the lake in 1931"], "{name}");
        }
        // What is left to complain of, the sources had: cameras' fields in a TIFF, and some that are missing.
        for complaint in asked(path, &["a", "validate", "warning"])
            .unwrap()
            .split_off(1)
        {
            let is_sources = ["not allowed in TIFF", "Missing required"]
                .iter()
                .any(|part| complaint.contains(part));
            assert!(is_sources || complaint == "-", "{name}: {complaint}");
        }
    });
}

/// Every segment of a JPEG that is metadata: where its data starts and ends.
fn metadata_segments(jpeg: &[u8]) -> Vec<(usize, usize)> {
    let (mut at, mut found) = (2, Vec::new());
    while jpeg[at] == 0xFF && jpeg[at + 1] != 0xDA {
        let length = usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        if matches!(jpeg[at + 1], 0xE1 | 0xE2 | 0xED) {
            found.push((at + 4, at + 2 + length));
        }
        at += 2 + length;
    }
    found
}

#[test]
fn damaged_metadata_never_costs_the_picture() {
    let whole = std::fs::read(told("told.jpg")).unwrap();
    let segments = metadata_segments(&whole);
    assert!(segments.len() >= 4);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jpg");
    let options = options(OutputFormat::Jpeg { quality: 95 });
    for (start, end) in segments {
        for at in (start..end).step_by(7) {
            let mut bad = whole.clone();
            bad[at] ^= 0xFF;
            decode(&bad).unwrap_or_else(|error| panic!("byte {at}: {error:?}"));
        }
        // Nothing but noise.
        let mut bad = whole.clone();
        for (i, byte) in bad[start..end].iter_mut().enumerate().skip(30) {
            *byte = (i * i % 251) as u8;
        }
        let photo = decode(&bad).unwrap();
        save(&photo, &path, &options, &CancelFlag::new()).unwrap();
        assert!(read(&path).is_ok());
    }
}

#[test]
fn files_with_metadata_that_are_spoiled_anywhere_never_panic() {
    for source in SOURCES {
        let whole = std::fs::read(told(source)).unwrap();
        for at in (0..whole.len()).step_by(23) {
            let mut bad = whole.clone();
            bad[at] ^= 0xA5;
            let _ = decode(&bad);
            let _ = decode(&whole[..at]);
        }
    }
}
