//! The half of the published pipeline that knows no network, against its golden outputs: what goes
//! into the network, and what is made of what comes out.
//!
//! OpenCV's Lab of floats cuts its input to 512 levels, so the goldens' lightness lies up to half a
//! level of 255 below the photo's own, which ours keeps. The bars leave room for that.

use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use tintype_photo::{ChromaMap, Frame, Merging, NetworkInput, merge};
use tintype_protocol::CancelFlag;

use crate::support::{read, rgb8};

fn golden(name: &str) -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    workspace.join("tests/goldens").join(name)
}

/// A tensor of the golden run at 256, flattened.
fn tensor(name: &str) -> Vec<f32> {
    let bytes = std::fs::read(golden("01-micro-256.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let (values, rest) = file.tensor(name).unwrap().data().as_chunks::<4>();
    assert!(rest.is_empty());
    values
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect()
}

#[test]
fn the_networks_input_is_the_published_one_within_half_a_level() {
    let input = NetworkInput::stretched(&read(&golden("street-1915.jpg")).unwrap(), 256, 256);
    let expected = tensor("gray");
    assert_eq!(input.data.len(), expected.len());
    let above = input
        .data
        .iter()
        .zip(&expected)
        .map(|(found, expected)| (found - expected) * 255.0);
    for (i, above) in above.clone().enumerate() {
        assert!(above.abs() <= 0.5, "{i}: {above} levels");
    }
    // Cut off rather than rounded: a quarter of a level on average, and never the other way.
    let mean = above.sum::<f32>() / expected.len() as f32;
    assert!((0.0..0.3).contains(&mean), "{mean} levels on average");
}

#[test]
fn the_merged_picture_is_the_published_one() {
    let photo = read(&golden("street-1915.jpg")).unwrap();
    let chroma = ChromaMap::new(256, 256, tensor("ab")).unwrap();
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
    let expected = rgb8(&read(&golden("01-micro-256.png")).unwrap());
    let differences: Vec<u8> = rgb8(&merged)
        .as_flattened()
        .iter()
        .zip(expected.as_flattened())
        .map(|(found, expected)| found.abs_diff(*expected))
        .collect();
    assert_eq!(differences.len(), expected.len() * 3);
    let near = differences
        .iter()
        .filter(|difference| **difference <= 1)
        .count();
    let share = near as f64 / differences.len() as f64;
    assert!(share >= 0.999, "{share} within one level");
    assert!(differences.iter().all(|difference| *difference <= 3));
}
