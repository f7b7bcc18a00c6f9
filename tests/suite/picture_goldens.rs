//! Whole pictures against the published pipeline's, in reference mode.

use std::path::Path;

use tintype_checkpoint::Weights;
use tintype_engine::{Network, Options, colorize_photo};
use tintype_photo::{
    ChromaMap, Frame, Limits, Merging, NetworkInput, Photo, PhotoFile, Pixels, merge,
};
use tintype_protocol::{CancelFlag, DeviceChoice, Precision};
use tintype_tests::goldens::{Golden, micro_checkpoint};

/// Of the samples, this share at least is within 1 level, and all are within 3.
const WITHIN_ONE_LEVEL: f64 = 0.999;
const FURTHEST_LEVEL: u8 = 3;

fn read(path: &Path) -> Photo {
    let file = PhotoFile::read(path, &Limits::default(), &CancelFlag::new()).unwrap();
    file.decode().unwrap()
}

fn rgb8(photo: &Photo) -> &[u8] {
    match photo.pixels() {
        Pixels::Rgb8(pixels) => pixels,
        other => panic!("not 8-bit RGB: {other:?}"),
    }
}

#[track_caller]
fn assert_meets_the_bar(found: &Photo, expected: &Photo, what: &str) {
    assert_eq!(
        (found.width(), found.height()),
        (expected.width(), expected.height()),
        "{what}"
    );
    let (found, expected) = (rgb8(found), rgb8(expected));
    let differences: Vec<u8> = found
        .iter()
        .zip(expected)
        .map(|(f, e)| f.abs_diff(*e))
        .collect();
    let within = differences.iter().filter(|d| **d <= 1).count() as f64 / differences.len() as f64;
    let furthest = differences.iter().max().copied().unwrap_or(0);
    println!(
        "{what}: {:.4} % within 1 level, furthest {furthest}",
        within * 100.0
    );
    assert!(within >= WITHIN_ONE_LEVEL, "{what}: {within}");
    assert!(furthest <= FURTHEST_LEVEL, "{what}: {furthest}");
}

#[test]
fn a_photo_comes_out_as_from_the_published_pipeline() {
    let weights = Weights::open(&micro_checkpoint()).unwrap();
    let mut network = Network::load(&weights, DeviceChoice::default(), Precision::Fp32).unwrap();
    for golden in Golden::all() {
        let photo = read(&golden.photo);
        for size in [256, 512] {
            let options = Options::reference(size);
            let cancel = CancelFlag::new();
            let result =
                colorize_photo(&photo, &options, &mut network, &mut |_| {}, &cancel).unwrap();
            let expected = read(&golden.png(size));
            assert_meets_the_bar(
                &result.photo,
                &expected,
                &format!("{} at {size}", golden.id),
            );
        }
    }
}

#[test]
fn the_networks_input_is_that_of_the_published_pipeline() {
    for golden in Golden::all() {
        let input = NetworkInput::stretched(&read(&golden.photo), 256, 256);
        let expected = golden.tensor("gray");
        let differences = input.data.iter().zip(&expected).map(|(f, e)| (f - e).abs());
        let furthest = differences.fold(0.0, f32::max);
        println!("{}: furthest {:.3} levels", golden.id, furthest * 255.0);
        // OpenCV takes L by way of a coarse table; the pixels themselves are the same.
        assert!(furthest * 255.0 < 1.0, "{}: {furthest}", golden.id);
    }
}

#[test]
fn the_merge_is_that_of_the_published_pipeline() {
    for golden in Golden::all() {
        let chroma = ChromaMap::new(256, 256, golden.tensor("ab")).unwrap();
        let photo = read(&golden.photo);
        let cancel = CancelFlag::new();
        let merged = merge(
            &photo,
            &chroma,
            &Frame::whole(photo.width(), photo.height()),
            &Merging::reference(),
            &cancel,
            &mut |_| {},
        )
        .unwrap();
        assert_meets_the_bar(&merged, &read(&golden.png(256)), golden.id);
    }
}
