//! The strict accounting: every tensor is needed, and every tensor needed is there.

use tintype_checkpoint::{Architecture, Checkpoint, Error, TensorFault, Weights, layout};
use tintype_protocol::{ErrorCode, Explain};

use crate::files::{Tensor, torch};
use crate::sources::{micro_path, published, tiny, tiny_safetensors, tiny_torch};

fn weights(tensors: &[Tensor]) -> Result<Weights, Error> {
    Weights::from_bytes(torch(tensors), "")
}

fn with(extra: Tensor) -> Result<Weights, Error> {
    let mut tensors = published(&tiny());
    tensors.push(extra);
    weights(&tensors)
}

#[test]
fn the_reference_network_is_read_to_the_last_tensor() {
    let weights = Weights::open(&micro_path()).unwrap();
    let micro = Architecture {
        depths: [3, 3, 9, 3],
        dims: [16, 32, 48, 64],
        nf: 64,
        hidden: 32,
        queries: 20,
        layers: 9,
        ffn: 64,
    };
    assert_eq!(*weights.architecture(), micro);
    assert!(!weights.is_mapped());
    // The list here and the names in the reference's file, which knows nothing of this list.
    let checkpoint = Checkpoint::open(&micro_path()).unwrap();
    let used: Vec<_> = checkpoint
        .names()
        .filter(|name| !layout::is_known_extra(name))
        .collect();
    let mut listed: Vec<_> = layout::published(&micro)
        .into_iter()
        .map(|t| t.name)
        .collect();
    listed.sort_unstable();
    assert_eq!(used, listed);
}

#[test]
fn both_formats_hold_the_same_network() {
    let torch = Weights::from_bytes(tiny_torch(), "").unwrap();
    let safetensors = Weights::from_bytes(tiny_safetensors(), "").unwrap();
    assert_eq!(*torch.architecture(), tiny());
    assert!(torch.names().eq(safetensors.names()));
    for name in torch.names() {
        let (a, b) = (
            torch.tensor(name).unwrap(),
            safetensors.tensor(name).unwrap(),
        );
        assert_eq!(a.shape, b.shape);
        assert_eq!(a.f32s(), b.f32s(), "{name}");
        assert_eq!(a.f32s().len(), a.shape.iter().product::<usize>());
    }
}

#[test]
fn the_published_networks_have_the_published_number_of_parameters() {
    let published = |depths, dims| {
        let sizes = Architecture {
            depths,
            dims,
            nf: 512,
            hidden: 256,
            queries: 100,
            layers: 9,
            ffn: 2048,
        };
        let count = |tensor: &layout::Expected| tensor.shape.iter().product::<usize>();
        let estimates = |name: &str| {
            ["running_mean", "running_var", "weight_u", "weight_v"]
                .iter()
                .any(|end| name.ends_with(end))
        };
        let trained = layout::published(&sizes)
            .iter()
            .filter(|t| !estimates(&t.name))
            .map(count)
            .sum::<usize>();
        trained as f64 / 1e6
    };
    // 55.0 and 227.9 million by the model cards.
    let tiny = published([3, 3, 9, 3], [96, 192, 384, 768]);
    let large = published([3, 3, 27, 3], [192, 384, 768, 1536]);
    assert!((tiny - 55.0).abs() < 0.05, "{tiny}");
    assert!((large - 227.9).abs() < 0.05, "{large}");
}

#[test]
fn each_tensor_is_missed_by_name() {
    let all = published(&tiny());
    for skip in 0..all.len() {
        let mut tensors = all.clone();
        let gone = tensors.remove(skip).name;
        match weights(&tensors).unwrap_err() {
            Error::Missing { name, .. } => {
                // The last of a row of blocks looks like a shorter row, and then a rest is left over.
                assert_eq!(name, gone);
            }
            Error::Unexpected { name, .. } => {
                let siblings = gone
                    .rsplit_once("dwconv")
                    .or_else(|| gone.rsplit_once("linear1"));
                assert!(name.starts_with(siblings.unwrap().0), "{name} for {gone}");
            }
            Error::NotDdcolor { tensors, .. } => assert_eq!(tensors, all.len() - 1),
            other => panic!("{gone}: {other}"),
        }
    }
}

#[test]
fn each_misshapen_tensor_is_refused() {
    let all = published(&tiny());
    for odd in 0..all.len() {
        let mut tensors = all.clone();
        // As many numbers in one dimension more: wrong all the same.
        tensors[odd].shape.push(1);
        tensors[odd].strides.push(1);
        let found = weights(&tensors).unwrap_err();
        assert_eq!(found.code(), ErrorCode::ModelInvalid);
        match found {
            Error::Shape {
                name,
                expected,
                found,
            } => {
                assert_eq!(name, all[odd].name);
                assert_eq!(
                    (expected, found),
                    (all[odd].shape.clone(), tensors[odd].shape.clone())
                );
            }
            Error::NotDdcolor { .. } => {}
            other => panic!("{}: {other}", all[odd].name),
        }
    }
}

#[test]
fn a_tensor_too_many_is_named_unless_it_is_a_known_one() {
    for name in [
        "backdoor",
        "encoder.arch.stages.0.7.gamma",
        "decoder.layers.3.bn.weight",
        "Mean",
    ] {
        match with(Tensor::f32(name, &[1], &[0.])).unwrap_err() {
            Error::Unexpected { name: found, shape } => {
                assert_eq!((found.as_str(), shape), (name, vec![1]));
            }
            other => panic!("{other}"),
        }
    }
    for name in [
        "encoder.arch.norm.bias",
        "encoder.arch.head_cls.weight",
        "x.num_batches_tracked",
    ] {
        with(Tensor::f32(name, &[1], &[0.])).unwrap();
    }
}

#[test]
fn normalization_must_be_imagenets() {
    with(Tensor::f32("mean", &[1, 3, 1, 1], &[0.485, 0.456, 0.406])).unwrap();
    with(Tensor::f32("std", &[1, 3, 1, 1], &[0.229, 0.224, 0.225])).unwrap();
    for (name, numbers) in [
        ("mean", &[0.5f32, 0.5, 0.5][..]),
        ("std", &[0.229, 0.224]),
        ("std", &[f32::NAN; 3]),
    ] {
        let found = with(Tensor::f32(name, &[numbers.len()], numbers)).unwrap_err();
        assert!(
            matches!(found, Error::Normalization { name: named } if named == name),
            "{found}"
        );
    }
}

#[test]
fn weights_that_are_no_numbers_are_refused() {
    let named = |name: &str, change: &dyn Fn(&mut Tensor)| {
        let mut tensors = published(&tiny());
        change(
            tensors
                .iter_mut()
                .find(|tensor| tensor.name == name)
                .unwrap(),
        );
        weights(&tensors).unwrap_err()
    };
    let nan = |tensor: &mut Tensor| tensor.bytes[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    let zero = |tensor: &mut Tensor| tensor.bytes.fill(0);
    let whole = |tensor: &mut Tensor| tensor.kind = "IntStorage";
    for (name, change) in [
        ("encoder.arch.norm3.weight", &nan as &dyn Fn(&mut Tensor)),
        ("decoder.layers.1.bn.running_var", &nan),
        // A spectral norm of zero.
        ("decoder.layers.1.conv.0.weight_u", &zero),
        ("refine_net.0.0.weight_v", &zero),
    ] {
        let found = named(name, change);
        assert!(
            matches!(
                found,
                Error::Tensor {
                    fault: TensorFault::NotFinite,
                    ..
                }
            ),
            "{name}: {found}"
        );
    }
    let found = named("encoder.arch.norm3.weight", &whole);
    assert!(
        matches!(
            found,
            Error::Tensor {
                fault: TensorFault::NotFloat { .. },
                ..
            }
        ),
        "{found}"
    );
}

#[test]
fn another_network_says_what_it_seems_to_be() {
    let found = weights(&[Tensor::f32("conv1.weight", &[1], &[0.])]).unwrap_err();
    assert!(
        found
            .explain(tintype_protocol::Language::English)
            .cause
            .contains("\"conv1.weight\"")
    );
    assert!(
        matches!(found, Error::NotDdcolor { tensors: 1, .. }),
        "{found}"
    );
}

#[test]
fn sizes_that_the_heads_do_not_divide_are_refused() {
    for sizes in [
        Architecture {
            hidden: 12,
            ..tiny()
        },
        Architecture { nf: 5, ..tiny() },
        Architecture {
            layers: 65,
            ..tiny()
        },
        Architecture {
            depths: [1, 65, 1, 1],
            ..tiny()
        },
    ] {
        let found = weights(&published(&sizes)).unwrap_err();
        assert!(matches!(found, Error::Architecture { .. }), "{found}");
    }
}
