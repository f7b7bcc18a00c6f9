use tintype_protocol::{ErrorCode, Explain, Language};

use crate::{ArchiveFault, DType, Error, PickleFault, SafetensorsFault, TensorFault};

fn io(kind: std::io::ErrorKind) -> std::io::Error {
    kind.into()
}

fn text() -> String {
    "a".to_owned()
}

fn every_archive_fault() -> [ArchiveFault; 9] {
    [
        ArchiveFault::Directory,
        ArchiveFault::TooManyMembers { found: 2, limit: 1 },
        ArchiveFault::Compressed { member: text() },
        ArchiveFault::Encrypted { member: text() },
        ArchiveFault::OutOfRange { member: text() },
        ArchiveFault::Overlap {
            first: text(),
            second: text(),
        },
        ArchiveFault::Duplicate { member: text() },
        ArchiveFault::Name,
        ArchiveFault::NoPickle { found: 0 },
    ]
}

fn every_pickle_fault() -> [PickleFault; 14] {
    [
        PickleFault::Opcode {
            code: b'i',
            name: "INST",
        },
        PickleFault::Global {
            module: text(),
            name: text(),
        },
        PickleFault::Protocol { found: 1 },
        PickleFault::Truncated,
        PickleFault::TrailingBytes,
        PickleFault::Text,
        PickleFault::EmptyStack { opcode: "STOP" },
        PickleFault::Kind {
            opcode: "APPEND",
            expected: "a list",
        },
        PickleFault::Number,
        PickleFault::Memo { index: 1 },
        PickleFault::TooMany {
            what: "bytes",
            limit: 1,
        },
        PickleFault::NoStateDict,
        PickleFault::Duplicate { name: text() },
        PickleFault::NotATensor { name: text() },
    ]
}

fn every_safetensors_fault() -> [SafetensorsFault; 6] {
    let json = serde_json::from_str::<u8>("{").unwrap_err();
    [
        SafetensorsFault::HeaderTooLarge { found: 2, limit: 1 },
        SafetensorsFault::HeaderOutOfRange,
        SafetensorsFault::Json(json),
        SafetensorsFault::Duplicate { name: text() },
        SafetensorsFault::TooMany { limit: 1 },
        SafetensorsFault::Format(safetensors::SafeTensorError::HeaderTooSmall),
    ]
}

fn every_tensor_fault() -> [TensorFault; 10] {
    [
        TensorFault::Dimensions { found: 9, limit: 8 },
        TensorFault::Overflow { shape: vec![1] },
        TensorFault::Strides {
            shape: vec![1],
            strides: vec![2],
        },
        TensorFault::NoStorage { storage: text() },
        TensorFault::OutOfRange {
            needed: 2,
            available: 1,
        },
        TensorFault::Shared { other: text() },
        TensorFault::UnknownDType { found: text() },
        TensorFault::NotFloat { found: DType::I64 },
        TensorFault::NotFinite,
        TensorFault::TooLargeForHalf { largest: text() },
    ]
}

/// One of every variant, and of every detail.
fn every_error() -> Vec<Error> {
    let path = || std::path::PathBuf::from("a.pth");
    let mut errors = vec![
        Error::Read {
            path: path(),
            source: io(std::io::ErrorKind::NotFound),
        },
        Error::Read {
            path: path(),
            source: io(std::io::ErrorKind::PermissionDenied),
        },
        Error::Write {
            path: path(),
            source: io(std::io::ErrorKind::StorageFull),
        },
        Error::Write {
            path: path(),
            source: io(std::io::ErrorKind::PermissionDenied),
        },
        Error::UnknownFormat,
        Error::OldTorchFormat,
        Error::ByteOrder { found: text() },
        Error::NotDdcolor {
            tensors: 1,
            first: Some(text()),
        },
        Error::NotDdcolor {
            tensors: 0,
            first: None,
        },
        Error::Architecture {
            what: "nf",
            found: 1,
            allowed: "even",
        },
        Error::Missing {
            name: text(),
            expected: vec![1],
        },
        Error::Unexpected {
            name: text(),
            shape: vec![1],
        },
        Error::Shape {
            name: text(),
            expected: vec![1],
            found: vec![2],
        },
        Error::Normalization { name: "mean" },
        Error::FoldedVersion { found: text() },
        Error::NoSuchTensor { name: text() },
    ];
    errors.extend(every_archive_fault().map(Error::Archive));
    errors.extend(every_pickle_fault().map(|fault| Error::Pickle { offset: 3, fault }));
    errors.extend(every_safetensors_fault().map(Error::Safetensors));
    errors.extend(every_tensor_fault().map(|fault| Error::Tensor {
        name: text(),
        fault,
    }));
    errors
}

#[test]
fn every_error_is_explained_in_both_languages() {
    for error in every_error() {
        let english = error.explain(Language::English);
        for part in [&english.cause, &english.cure] {
            assert!(part.is_ascii() && part.ends_with('.'), "{part}");
            assert!(part.starts_with(char::is_uppercase), "{part}");
            assert!(!part.contains("a.pth"), "{part}");
        }
        let chinese = error.explain(Language::Chinese);
        for part in [&chinese.cause, &chinese.cure] {
            assert!(
                part.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
                "{part}"
            );
            assert!(part.ends_with('。'), "{part}");
        }
    }
}

#[test]
fn every_error_is_one_lower_case_line() {
    for error in every_error() {
        let line = error.to_string();
        assert!(!line.contains('\n') && !line.ends_with('.'), "{line}");
    }
}

#[test]
fn a_program_can_tell_the_missing_from_the_bad_and_a_full_disk_from_a_closed_one() {
    let codes: Vec<ErrorCode> = every_error().iter().map(Explain::code).collect();
    assert_eq!(
        codes[..5],
        [
            ErrorCode::ModelMissing,
            ErrorCode::ModelInvalid,
            ErrorCode::DiskFull,
            ErrorCode::OutputUnwritable,
            ErrorCode::ModelInvalid,
        ]
    );
    assert_eq!(codes[15], ErrorCode::Internal);
    assert!(
        codes[16..]
            .iter()
            .all(|&code| code == ErrorCode::ModelInvalid)
    );
}
