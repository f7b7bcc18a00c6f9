//! Descriptions of tensors that contradict themselves or the file.

use tintype_checkpoint::{Checkpoint, DType, Error, TensorFault};

use crate::files::{Pickle, Tensor, torch, torch_of};

/// What is wrong with a checkpoint of these tensors.
fn fault(tensors: &[Tensor]) -> TensorFault {
    match Checkpoint::from_bytes(torch(tensors), "") {
        Err(Error::Tensor { fault, .. }) => fault,
        other => panic!("{other:?}"),
    }
}

fn of_shape(shape: &[usize]) -> Tensor {
    Tensor {
        shape: shape.to_vec(),
        ..Tensor::f32("a", shape, &[0.; 6])
    }
}

#[test]
fn shapes_past_the_storage_are_refused() {
    assert_eq!(
        fault(&[of_shape(&[7])]),
        TensorFault::OutOfRange {
            needed: 28,
            available: 24
        }
    );
    let shifted = Tensor {
        offset: 1,
        ..of_shape(&[6])
    };
    assert_eq!(
        fault(&[shifted]),
        TensorFault::OutOfRange {
            needed: 28,
            available: 24
        }
    );
    let wide = Tensor {
        kind: "DoubleStorage",
        ..of_shape(&[6])
    };
    assert_eq!(
        fault(&[wide]),
        TensorFault::OutOfRange {
            needed: 48,
            available: 24
        }
    );
}

#[test]
fn absurd_shapes_and_offsets_are_refused_without_overflow() {
    let huge = i64::MAX as usize;
    for shape in [vec![huge], vec![1 << 32, 1 << 32], vec![1 << 31; 8]] {
        let mut tensor = of_shape(&[1]);
        tensor.strides = vec![1; shape.len()];
        let mut stride = 1usize;
        for (slot, side) in tensor.strides.iter_mut().zip(&shape).rev() {
            *slot = stride;
            stride = stride.saturating_mul(*side).min(huge);
        }
        tensor.shape = shape;
        let found = fault(&[tensor]);
        assert!(
            matches!(
                found,
                TensorFault::Overflow { .. } | TensorFault::Strides { .. }
            ),
            "{found}"
        );
    }
    let far = Tensor {
        offset: huge,
        ..of_shape(&[6])
    };
    assert!(matches!(fault(&[far]), TensorFault::Overflow { .. }));
    let nothing = Tensor {
        shape: vec![0, huge, 5],
        strides: vec![1; 3],
        ..of_shape(&[6])
    };
    assert!(
        Checkpoint::from_bytes(torch(&[nothing]), "").is_ok(),
        "empty, but sound"
    );
}

#[test]
fn counts_that_are_negative_or_too_many_are_refused() {
    let negative = Tensor {
        shape: vec![usize::MAX],
        ..of_shape(&[6])
    };
    let many = Tensor {
        shape: vec![1; 9],
        strides: vec![1; 9],
        ..of_shape(&[1])
    };
    for tensor in [negative, many] {
        let result = Checkpoint::from_bytes(torch(&[tensor]), "");
        assert!(matches!(result, Err(Error::Pickle { .. })), "{result:?}");
    }
}

#[test]
fn only_contiguous_strides_are_read() {
    for strides in [vec![1, 2], vec![0, 0], vec![3], vec![3, 1, 1], vec![6, 1]] {
        let tensor = Tensor {
            strides,
            ..of_shape(&[2, 3])
        };
        assert!(matches!(fault(&[tensor]), TensorFault::Strides { .. }));
    }
    // A side of one may have any stride.
    let tensor = Tensor {
        strides: vec![77, 3, 0, 1],
        ..of_shape(&[1, 2, 1, 3])
    };
    assert!(Checkpoint::from_bytes(torch(&[tensor]), "").is_ok());
}

#[test]
fn tensors_that_share_bytes_are_refused() {
    let tensors = [
        of_shape(&[6]),
        Tensor {
            name: "b".into(),
            ..of_shape(&[6])
        },
    ];
    let mut pickle = Pickle::new();
    pickle.op(b"}").text("a").tensor("0", &tensors[0]).op(b"s");
    pickle.text("b").tensor("0", &tensors[1]).op(b"s");
    match Checkpoint::from_bytes(torch_of(&pickle.stop(), &tensors), "") {
        Err(Error::Tensor {
            name,
            fault: TensorFault::Shared { other },
        }) => {
            assert_eq!([name, other], ["b", "a"]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_storage_that_is_not_there_is_named() {
    for key in ["1", "../data.pkl", "", "0/", "../../net/data/0"] {
        let mut pickle = Pickle::new();
        pickle
            .op(b"}")
            .text("a")
            .tensor(key, &of_shape(&[6]))
            .op(b"s");
        match Checkpoint::from_bytes(torch_of(&pickle.stop(), &[of_shape(&[6])]), "") {
            Err(Error::Tensor {
                fault: TensorFault::NoStorage { storage },
                ..
            }) => {
                assert_eq!(storage, key);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn every_kind_of_storage_is_read() {
    for (kind, dtype) in [
        ("DoubleStorage", DType::F64),
        ("FloatStorage", DType::F32),
        ("HalfStorage", DType::F16),
        ("BFloat16Storage", DType::BF16),
        ("LongStorage", DType::I64),
        ("IntStorage", DType::I32),
        ("ShortStorage", DType::I16),
        ("CharStorage", DType::I8),
        ("ByteStorage", DType::U8),
        ("BoolStorage", DType::Bool),
    ] {
        let tensor = Tensor {
            kind,
            ..of_shape(&[24 / dtype.size()])
        };
        let checkpoint = Checkpoint::from_bytes(torch(&[tensor]), "").unwrap();
        let view = checkpoint.tensor("a").unwrap();
        assert_eq!(view.dtype, dtype);
        assert_eq!(view.to_f32(), vec![0.; 24 / dtype.size()]);
    }
}
