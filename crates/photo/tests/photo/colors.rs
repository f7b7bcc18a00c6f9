//! Color profiles: known patches in, and what a result's numbers mean.

use tintype_photo::{
    Error, Limits, MetadataNote, OutputFormat, OutputSpace, Overwrite, Photo, PhotoFile, Pixels,
    SaveOptions, save,
};
use tintype_protocol::CancelFlag;

use crate::support::{decode, fixture, read};

fn patches(name: &str) -> Photo {
    let name = format!("metadata/{name}");
    let photo = read(&fixture(&name)).unwrap_or_else(|error| panic!("{name}: {error:?}"));
    assert_eq!(photo.metadata().notes(), [], "{name}");
    photo
}

/// The middle of each patch of 8 x 8, in levels of 8 bits.
fn middles(photo: &Photo) -> Vec<[f64; 3]> {
    let row = 4 * photo.width() as usize;
    let deep = |value: u16| f64::from(value) / 257.0;
    (0..photo.width() as usize / 8)
        .map(|patch| row + 8 * patch + 4)
        .map(|i| match photo.pixels() {
            Pixels::Gray8(p) => [f64::from(p[i]); 3],
            Pixels::Gray16(p) => [deep(p[i]); 3],
            Pixels::Rgb8(p) => [0, 1, 2].map(|c| f64::from(p[3 * i + c])),
            Pixels::Rgb16(p) => [0, 1, 2].map(|c| deep(p[3 * i + c])),
        })
        .collect()
}

fn assert_near(photo: &Photo, expected: &[[f64; 3]], tolerance: f64, name: &str) {
    let found = middles(photo);
    assert_eq!(found.len(), expected.len(), "{name}");
    for (found, expected) in found.iter().zip(expected) {
        let is_near = found
            .iter()
            .zip(expected)
            .all(|(f, e)| (f - e).abs() <= tolerance);
        assert!(is_near, "{name}: {found:?} for {expected:?}");
    }
}

/// By Little CMS: `echo R G B | transicc -t0 -s -i wide.icc -o "*sRGB"`, and so on.
#[test]
fn patches_in_other_spaces_become_what_little_cms_makes_of_them() {
    let wide = [
        [227.0741, 100.0682, 42.3562],
        [83.6659, 131.0777, 172.9844],
        [129.0307, 129.0302, 129.0308],
        [5.2077, 23.8303, 17.7217],
    ];
    assert_near(&patches("wide.png"), &wide, 0.15, "wide.png");
    // In 8 bits, since nothing is lost by that but rounding.
    let p3 = [
        [214.9009, 92.6138, 30.9524],
        [91.5301, 131.0804, 173.6596],
        [128.0, 128.0, 128.0],
        [17.1007, 30.3559, 24.6603],
    ];
    assert_near(&patches("p3.png"), &p3, 0.65, "p3.png");
    let gray = [2.6577, 61.7730, 129.0303, 220.9595].map(|v| [v; 3]);
    assert_near(&patches("gray.png"), &gray, 0.15, "gray.png");
}

/// By Little CMS, with inks in percent: `transicc -t0 -s -i inks.icc -o "*sRGB"`.
#[test]
fn inks_go_through_their_profile() {
    let expected = [
        [243.4307, 243.4477, 243.4919],
        [36.4447, 154.1744, 210.5474],
        [212.4950, 157.8357, 34.4972],
        [174.8115, 171.7217, 172.4345],
    ];
    // Between a table's nodes the two interpolate differently.
    assert_near(&patches("inks.tif"), &expected, 3.0, "inks.tif");
    assert_near(&patches("inks.jpg"), &expected, 4.0, "inks.jpg");
    let exact = middles(&patches("inks.tif"));
    for (found, expected) in exact[0].iter().zip(expected[0]) {
        assert!((found - expected).abs() < 0.3, "paper: {exact:?}");
    }
}

#[test]
fn sixteen_bits_for_the_sake_of_conversion_stay_inside() {
    let path = fixture("metadata/wide.png");
    let file = PhotoFile::read(&path, &Limits::default(), &CancelFlag::new()).unwrap();
    let promised = *file.info();
    let photo = file.decode().unwrap();
    assert_eq!(photo.info(), promised);
    assert_eq!(
        (promised.bytes_per_channel, photo.is_written_at_8()),
        (2, true)
    );
    let folder = tempfile::tempdir().unwrap();
    for format in [OutputFormat::Png, OutputFormat::Tiff] {
        let path = folder.path().join("a").with_extension(format.extension());
        let options = SaveOptions::new(format, Overwrite::Never);
        save(&photo, &path, &options, &CancelFlag::new()).unwrap();
        let back = read(&path).unwrap();
        assert!(matches!(back.pixels(), Pixels::Rgb8(_)), "{format:?}");
        assert_near(&back, &middles(&photo), 0.51, "written at 8 bits");
        assert!(back.metadata().icc_profile().is_some());
        // Whoever asks for 16 bits has them.
        let path = folder.path().join("b").with_extension(format.extension());
        save(
            &photo.clone().deepened(),
            &path,
            &options,
            &CancelFlag::new(),
        )
        .unwrap();
        assert!(matches!(read(&path).unwrap().pixels(), Pixels::Rgb16(_)));
    }
}

#[test]
fn a_result_in_the_sources_space_has_its_numbers_and_its_profile() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["wide.png", "p3.png"] {
        let path = folder.path().join(name);
        let options = SaveOptions {
            space: OutputSpace::Source,
            ..SaveOptions::new(OutputFormat::Png, Overwrite::Never)
        };
        save(&patches(name), &path, &options, &CancelFlag::new()).unwrap();
        let original = fixture(&format!("metadata/{name}"));
        // Read by a decoder that knows nothing of profiles.
        let [before, after] = [&original, &path].map(|path| image::open(path).unwrap().to_rgb8());
        for (before, after) in before.as_raw().iter().zip(after.as_raw()) {
            assert!(before.abs_diff(*after) <= 1, "{name}: {after} for {before}");
        }
        let icc = std::fs::read(original.with_extension("icc")).unwrap();
        assert_eq!(
            read(&path).unwrap().metadata().icc_profile(),
            Some(&icc[..])
        );
    }
    // Inks have no way back.
    let path = folder.path().join("inks.png");
    let options = SaveOptions {
        space: OutputSpace::Source,
        ..SaveOptions::new(OutputFormat::Png, Overwrite::Never)
    };
    save(&patches("inks.tif"), &path, &options, &CancelFlag::new()).unwrap();
    assert_near(
        &read(&path).unwrap(),
        &middles(&patches("inks.tif")),
        0.51,
        "inks",
    );
}

#[test]
fn a_picture_in_srgb_passes_untouched_and_so_does_one_with_a_broken_profile() {
    let folder = tempfile::tempdir().unwrap();
    // The result of one save is sRGB with a profile that says so.
    let path = folder.path().join("a.png");
    let options = SaveOptions::new(OutputFormat::Png, Overwrite::Never);
    save(&patches("wide.png"), &path, &options, &CancelFlag::new()).unwrap();
    let tagged = read(&path).unwrap();
    assert!(tagged.metadata().icc_profile().is_some());
    let raw = image::open(&path).unwrap().to_rgb8().into_raw();
    assert_eq!(tagged.pixels(), &Pixels::Rgb8(raw.into()));

    let whole = std::fs::read(fixture("metadata/inks.jpg")).unwrap();
    let at = whole.windows(4).position(|w| w == b"acsp").unwrap();
    let mut broken = whole.clone();
    broken[at] = b'X';
    let photo = decode(&broken).unwrap();
    assert_eq!(photo.metadata().notes(), [MetadataNote::ProfileIgnored]);
    assert!(photo.metadata().icc_profile().is_none());
    assert!(matches!(photo.pixels(), Pixels::Rgb8(_)));
}

#[test]
fn converting_tells_how_far_it_is_and_stops_when_asked() {
    let path = fixture("metadata/wide.png");
    let cancel = CancelFlag::new();
    let file = PhotoFile::read(&path, &Limits::default(), &cancel).unwrap();
    let mut heard = Vec::new();
    file.decode_with_progress(&mut |share| heard.push(share))
        .unwrap();
    assert!(heard.is_sorted() && heard.last() == Some(&1.0), "{heard:?}");
    let file = PhotoFile::read(&path, &Limits::default(), &cancel).unwrap();
    // Stopped after the picture is decoded, before its colors are converted.
    let result = file.decode_with_progress(&mut |share| {
        if share > 0.7 {
            cancel.cancel();
        }
    });
    assert!(matches!(result, Err(Error::Cancelled)), "{result:?}");
}
