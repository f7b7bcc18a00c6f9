//! Results on the disk: whole or not there, and what they keep.

use std::path::Path;

use tintype_photo::{
    Alpha, ChromaMap, Error, Frame, Merging, OutputFormat, Overwrite, Photo, Pixels, SaveOptions,
    merge, save,
};
use tintype_protocol::CancelFlag;

use crate::support::{decode, fixture, read, rgb8};

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn colorized(photo: &Photo) -> Photo {
    let warm = ChromaMap::new(1, 1, vec![12.0, 18.0]).unwrap();
    merge(
        photo,
        &warm,
        &Frame::whole(photo.width(), photo.height()),
        &Merging::default(),
        &CancelFlag::new(),
        &mut |_| {},
    )
    .unwrap()
}

/// A 16-bit gray picture with transparency, as a scanner might give it.
fn deep() -> Photo {
    let picture = image::ImageBuffer::from_fn(20, 10, |x, y| {
        image::LumaA([
            (20_000 + 97 * x + 1009 * y) as u16,
            (65_535 - 31 * x) as u16,
        ])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::from(picture)
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    decode(&bytes.into_inner()).unwrap()
}

#[test]
fn from_file_to_file_16_bits_and_transparency_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let result = colorized(&deep());
    for format in [OutputFormat::Png, OutputFormat::Tiff] {
        let path = folder
            .path()
            .join("result")
            .with_extension(format.extension());
        save(
            &result,
            &path,
            &SaveOptions::new(format, Overwrite::Never),
            &CancelFlag::new(),
        )
        .unwrap();
        let back = read(&path).unwrap();
        assert!(matches!(back.pixels(), Pixels::Rgb16(_)), "{format:?}");
        assert!(
            matches!(back.alpha(), Some(Alpha::Sixteen(_))),
            "{format:?}"
        );
        assert_eq!(
            (back.pixels(), back.alpha()),
            (result.pixels(), result.alpha()),
            "{format:?}"
        );
    }
    let (mut names, mut expected) = (names_in(folder.path()), vec!["result.png", "result.tif"]);
    names.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected);
}

#[test]
fn formats_of_8_bits_take_what_they_can_hold() {
    let folder = tempfile::tempdir().unwrap();
    let result = colorized(&deep());
    let expected = rgb8(&result);
    let path = folder.path().join("result.webp");
    save(
        &result,
        &path,
        &SaveOptions::new(OutputFormat::WebP, Overwrite::Never),
        &CancelFlag::new(),
    )
    .unwrap();
    let back = read(&path).unwrap();
    assert!(matches!(back.alpha(), Some(Alpha::Eight(_))));
    for (found, expected) in rgb8(&back)
        .as_flattened()
        .iter()
        .zip(expected.as_flattened())
    {
        assert!(found.abs_diff(*expected) <= 1, "{found} for {expected}");
    }
    let path = folder.path().join("result.jpg");
    let format = OutputFormat::Jpeg { quality: 95 };
    save(
        &result,
        &path,
        &SaveOptions::new(format, Overwrite::Never),
        &CancelFlag::new(),
    )
    .unwrap();
    assert!(read(&path).unwrap().alpha().is_none());
}

#[test]
fn a_result_never_replaces_a_file_unasked_even_one_that_appears_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result.png");
    let photo = read(&fixture("lzw.tif")).unwrap();
    let save_it = |overwrite| {
        save(
            &photo,
            &path,
            &SaveOptions::new(OutputFormat::Png, overwrite),
            &CancelFlag::new(),
        )
    };
    // Two that race for one name: one wins, and the loser leaves nothing.
    let outcomes = std::thread::scope(|scope| {
        let racers = [0; 4].map(|_| scope.spawn(|| save_it(Overwrite::Never)));
        racers.map(|racer| racer.join().unwrap())
    });
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for outcome in outcomes.into_iter().filter_map(Result::err) {
        assert!(matches!(outcome, Error::OutputExists { .. }), "{outcome:?}");
    }
    assert_eq!(names_in(folder.path()), ["result.png"]);
    save_it(Overwrite::Replace).unwrap();
    assert_eq!(names_in(folder.path()), ["result.png"]);
}

#[test]
fn a_result_does_not_replace_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result.png");
    std::fs::create_dir(&path).unwrap();
    let photo = read(&fixture("lzw.tif")).unwrap();
    let result = save(
        &photo,
        &path,
        &SaveOptions::new(OutputFormat::Png, Overwrite::Replace),
        &CancelFlag::new(),
    );
    assert!(
        matches!(result, Err(Error::OutputUnwritable { .. })),
        "{result:?}"
    );
    assert_eq!(names_in(folder.path()), ["result.png"]);
}
