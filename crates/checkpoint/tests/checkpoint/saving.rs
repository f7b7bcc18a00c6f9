//! Saving and opening again.

use std::borrow::Cow;

use tintype_checkpoint::{Checkpoint, Error, Storage, TensorFault, Weights};
use tintype_protocol::{ErrorCode, Explain};

use crate::files::{Tensor, safetensors, torch};
use crate::sources::{micro_path, published, tiny};

const FOLDED: &[(&str, &str)] = &[("format", "tintype-folded"), ("version", "1")];

fn saved(weights: &Weights, storage: Storage) -> (tempfile::TempDir, Weights) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("folded.safetensors");
    weights.save(&path, storage).unwrap();
    let again = Weights::open(&path).unwrap();
    (folder, again)
}

#[test]
fn f32_comes_back_exactly_and_is_used_where_it_lies() {
    let weights = Weights::open(&micro_path()).unwrap();
    let (_folder, again) = saved(&weights, Storage::F32);
    assert!(again.is_mapped());
    assert_eq!(again.architecture(), weights.architecture());
    assert_eq!(again.parameters(), weights.parameters());
    assert_eq!(again.source_sha256(), weights.source_sha256());
    assert!(again.names().eq(weights.names()));
    for name in weights.names() {
        let (before, after) = (weights.tensor(name).unwrap(), again.tensor(name).unwrap());
        assert_eq!(before.shape, after.shape);
        assert_eq!(before.f32s(), after.f32s(), "{name}");
        assert!(
            matches!(after.f32s(), Cow::Borrowed(_)),
            "{name} is not aligned"
        );
    }
}

#[test]
fn half_precisions_come_back_rounded() {
    let weights = Weights::open(&micro_path()).unwrap();
    // Half a unit in the last of 11 and of 8 bits; below 2^-14 f16 loses bits, 2^-25 at most.
    for (storage, relative) in [(Storage::F16, 1.0 / 2048.0), (Storage::BF16, 1.0 / 256.0)] {
        let (_folder, again) = saved(&weights, storage);
        for name in weights.names() {
            let (before, after) = (weights.tensor(name).unwrap(), again.tensor(name).unwrap());
            for (b, a) in before.f32s().iter().zip(after.f32s().iter()) {
                assert!(
                    (b - a).abs() <= b.abs() * relative + 3e-8,
                    "{name}: {a} for {b}"
                );
            }
        }
    }
}

#[test]
fn the_same_weights_make_the_same_bytes() {
    let weights = Weights::open(&micro_path()).unwrap();
    let bytes = || {
        let (folder, _) = saved(&weights, Storage::F16);
        std::fs::read(folder.path().join("folded.safetensors")).unwrap()
    };
    assert_eq!(bytes(), bytes());
}

#[test]
fn nothing_is_left_behind_where_saving_fails() {
    let mut tensors = published(&tiny());
    let big = tensors
        .iter_mut()
        .find(|t| t.name == "encoder.arch.norm3.weight")
        .unwrap();
    big.bytes[..4].copy_from_slice(&65_520f32.to_le_bytes());
    let weights = Weights::from_bytes(torch(&tensors), "").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("folded.safetensors");
    match weights.save(&path, Storage::F16).unwrap_err() {
        Error::Tensor {
            name,
            fault: TensorFault::TooLargeForHalf { largest },
        } => {
            assert_eq!(
                (name.as_str(), largest.as_str()),
                ("encoder.arch.norm3.weight", "65520")
            );
        }
        other => panic!("{other}"),
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    weights.save(&path, Storage::BF16).unwrap();

    let nowhere = folder.path().join("no/such/folder/folded.safetensors");
    let failed = weights.save(&nowhere, Storage::F32).unwrap_err();
    assert_eq!(failed.code(), ErrorCode::OutputUnwritable);
}

#[test]
fn a_file_replaced_by_saving_stays_readable_to_whoever_has_it_open() {
    let weights = Weights::open(&micro_path()).unwrap();
    let (folder, again) = saved(&weights, Storage::F32);
    again
        .save(&folder.path().join("folded.safetensors"), Storage::F16)
        .unwrap();
    let name = "encoder.arch.norm3.weight";
    assert_eq!(
        again.tensor(name).unwrap().f32s(),
        weights.tensor(name).unwrap().f32s()
    );
}

#[test]
fn a_folded_file_is_accounted_for_as_strictly() {
    let weights = Weights::open(&micro_path()).unwrap();
    let tensors: Vec<Tensor> = weights
        .names()
        .map(|name| {
            let tensor = weights.tensor(name).unwrap();
            Tensor::f32(name, tensor.shape, &tensor.f32s())
        })
        .collect();
    let open = |tensors: &[Tensor]| Weights::from_bytes(safetensors(tensors, FOLDED), "");
    let good = open(&tensors).unwrap();
    assert_eq!(good.source_sha256().len(), 64, "its own, as it names none");
    let mut more = tensors.clone();
    more.push(Tensor::f32("mean", &[3], &[0.485, 0.456, 0.406]));
    assert!(matches!(open(&more), Err(Error::Unexpected { .. })));
    assert!(matches!(open(&tensors[1..]), Err(Error::Missing { .. })));
    // A folded network is not a published one, and the other way round.
    let plain = Weights::from_bytes(safetensors(&tensors, &[]), "");
    assert!(matches!(plain, Err(Error::Missing { .. })));
    assert!(matches!(
        open(&published(&tiny())),
        Err(Error::Missing { .. })
    ));
}

#[test]
fn a_version_from_the_future_is_refused() {
    let texts = [("format", "tintype-folded"), ("version", "2")];
    match Weights::from_bytes(safetensors(&published(&tiny()), &texts), "").unwrap_err() {
        Error::FoldedVersion { found } => assert_eq!(found, "2"),
        other => panic!("{other}"),
    }
}

#[test]
fn the_bundled_starter_is_a_folded_network() {
    let path = micro_path().with_file_name("../../models/starter.safetensors");
    let weights = Weights::open(&path).unwrap();
    assert!(weights.is_mapped());
    let checkpoint = Checkpoint::open(&path).unwrap();
    assert_eq!(weights.names().len(), checkpoint.names().len());
    for name in weights.names() {
        assert!(
            weights
                .tensor(name)
                .unwrap()
                .f32s()
                .iter()
                .all(|n| n.is_finite()),
            "{name}"
        );
    }
}
