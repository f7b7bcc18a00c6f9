//! Safetensors files that lie.

use tintype_checkpoint::{Checkpoint, DType, Error, SafetensorsFault, TensorFault};

use crate::allocations::peak_of;
use crate::files::{Tensor, safetensors, safetensors_of};

fn error(header: &str, data: &[u8]) -> Error {
    Checkpoint::from_bytes(safetensors_of(header, data), "").unwrap_err()
}

#[test]
fn a_sound_file_is_read_with_its_texts() {
    let tensors = [
        Tensor::f32("a", &[2], &[1., 2.]),
        Tensor::f32("b", &[], &[3.]),
    ];
    let checkpoint = Checkpoint::from_bytes(safetensors(&tensors, &[("k", "v")]), "").unwrap();
    assert_eq!(checkpoint.names().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(checkpoint.tensor("a").unwrap().to_f32(), [1., 2.]);
    assert_eq!(checkpoint.tensor("b").unwrap().dtype, DType::F32);
    assert_eq!(checkpoint.text("k"), Some("v"));
    assert!(checkpoint.tensor("c").is_none());
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    let file = safetensors(&[Tensor::f32("a", &[2], &[1., 2.])], &[]);
    for len in 0..file.len() {
        assert!(
            Checkpoint::from_bytes(file[..len].to_vec(), "").is_err(),
            "{len}"
        );
    }
    let longer = [&file[..], &[0]].concat();
    assert!(Checkpoint::from_bytes(longer, "").is_err());
}

#[test]
fn ranges_must_lie_inside_the_file_even_if_their_sum_overflows() {
    // The second and third wrap around once the header's length is added.
    for end in ["9", "18446744073709551615", "18446744073709551540"] {
        let header =
            format!(r#"{{"a":{{"dtype":"U8","shape":[{end}],"data_offsets":[0,{end}]}}}}"#);
        let found = error(&header, &[0; 8]);
        assert!(
            matches!(
                found,
                Error::Tensor {
                    fault: TensorFault::OutOfRange { .. },
                    ..
                }
            ),
            "{found}"
        );
    }
    let backwards = error(
        r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[8,4]}}"#,
        &[0; 8],
    );
    assert!(matches!(backwards, Error::Tensor { .. }), "{backwards}");
}

#[test]
fn sizes_must_fit_shapes_and_leave_no_holes() {
    for header in [
        r#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
        r#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}"#,
        r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    ] {
        let found = error(header, &[0; 8]);
        assert!(
            matches!(found, Error::Safetensors(SafetensorsFault::Format(_))),
            "{found}"
        );
    }
}

#[test]
fn names_given_twice_are_refused() {
    let entry = r#""a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#;
    match error(&format!("{{{entry},{entry}}}"), &[0; 8]) {
        Error::Safetensors(SafetensorsFault::Duplicate { name }) => assert_eq!(name, "a"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn headers_that_are_no_header_are_refused() {
    for header in [
        "{",
        "{}x",
        r#"{"a":1}"#,
        r#"{"a":{"dtype":"F32"}}"#,
        r#"{"a":{"data_offsets":[0]}}"#,
    ] {
        let found = error(header, &[]);
        assert!(
            matches!(found, Error::Safetensors(SafetensorsFault::Json(_))),
            "{header}: {found}"
        );
    }
    let deep = format!("{{\"__metadata__\":{}", "[".repeat(400_000));
    let found = error(&deep, &[]);
    assert!(
        matches!(found, Error::Safetensors(SafetensorsFault::Json(_))),
        "{found}"
    );
    let mut file = b"\xff\xff\xff\xff\xff\xff\xff\xff{".to_vec();
    file.extend([0; 64]);
    assert!(matches!(
        Checkpoint::from_bytes(file, ""),
        Err(Error::Safetensors(SafetensorsFault::HeaderTooLarge {
            found: u64::MAX,
            ..
        }))
    ));
}

#[test]
fn huge_counts_take_little_memory() {
    let entry = |i: usize| format!(r#""{i}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#);
    let many = (0..8000).map(entry).collect::<Vec<_>>().join(",");
    let (found, peak) = peak_of(|| error(&format!("{{{many}}}"), &[]));
    assert!(
        matches!(found, Error::Safetensors(SafetensorsFault::TooMany { .. })),
        "{found}"
    );
    assert!(peak < 8 << 20, "{peak}");

    let sides = vec!["1"; 200_000].join(",");
    let header = format!(r#"{{"a":{{"dtype":"U8","shape":[{sides}],"data_offsets":[0,1]}}}}"#);
    let (found, peak) = peak_of(|| error(&header, &[0]));
    assert!(
        matches!(
            found,
            Error::Tensor {
                fault: TensorFault::Dimensions { found: 200_000, .. },
                ..
            }
        ),
        "{found}"
    );
    assert!(peak < 16 << 20, "{peak}");
}

#[test]
fn kinds_of_number_that_are_not_read_are_named() {
    let found = error(
        r#"{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}"#,
        &[0; 8],
    );
    match found {
        Error::Tensor {
            fault: TensorFault::UnknownDType { found },
            ..
        } => {
            assert_eq!(found, "F8_E4M3");
        }
        other => panic!("{other:?}"),
    }
}
