//! Zip archives: PyTorch's own, another writer's, damaged and deceitful ones.

use std::io::Write;

use tintype_checkpoint::{ArchiveFault, Checkpoint, Error};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::allocations::peak_of;
use crate::files::{Pickle, Tensor, torch, zip};
use crate::sources::micro_path;

fn one() -> [Tensor; 1] {
    [Tensor::f32("a", &[2], &[1., 2.])]
}

fn pickle() -> Vec<u8> {
    let mut pickle = Pickle::new();
    pickle.state_dict(&one());
    pickle.stop()
}

fn fault(file: Vec<u8>) -> ArchiveFault {
    match Checkpoint::from_bytes(file, "") {
        Err(Error::Archive(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

/// The same checkpoint by the `zip` crate, which shares no code with the reader under test.
fn by_zip_crate(method: CompressionMethod, large: bool) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .large_file(large);
    let [tensor] = one();
    for (name, content) in [("net/data.pkl", &pickle()), ("net/data/0", &tensor.bytes)] {
        writer.start_file(name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn another_writers_archives_are_read_and_its_compressed_ones_refused() {
    for large in [false, true] {
        let file = by_zip_crate(CompressionMethod::Stored, large);
        let checkpoint = Checkpoint::from_bytes(file, "").unwrap();
        assert_eq!(checkpoint.tensor("a").unwrap().to_f32(), [1., 2.]);
    }
    let file = by_zip_crate(CompressionMethod::Deflated, false);
    assert_eq!(
        fault(file),
        ArchiveFault::Compressed {
            member: "net/data.pkl".into()
        }
    );
}

#[test]
fn an_archive_cut_short_anywhere_is_refused() {
    let file = torch(&one());
    for len in 0..file.len() {
        let result = Checkpoint::from_bytes(file[..len].to_vec(), "");
        assert!(
            matches!(result, Err(Error::UnknownFormat | Error::Archive(_))),
            "{len}: {result:?}"
        );
    }
    let file = std::fs::read(micro_path()).unwrap();
    for len in (0..file.len()).step_by(20_011) {
        assert!(
            Checkpoint::from_bytes(file[..len].to_vec(), "").is_err(),
            "{len}"
        );
    }
}

#[test]
fn a_claim_of_many_members_reserves_no_memory() {
    // A million claimed members in a file of 4 MB: what makes the `zip` crate reserve 300 MB.
    let mut file = zip(&[("net/data.pkl", &vec![0; 4 << 20])]);
    let end = file.len() - 22;
    let directory = u64::from(u32::from_le_bytes(
        file[end + 16..end + 20].try_into().unwrap(),
    ));
    let mut record = b"PK\x06\x06".to_vec();
    record.extend([0; 28]);
    for number in [1_000_000, (end as u64) - directory, directory] {
        record.extend(u64::to_le_bytes(number));
    }
    record.extend(b"PK\x06\x07\0\0\0\0");
    record.extend((end as u64).to_le_bytes());
    record.extend([1, 0, 0, 0]);
    file.splice(end..end, record);
    let (found, peak) = peak_of(|| fault(file));
    assert_eq!(
        found,
        ArchiveFault::TooManyMembers {
            found: 1_000_000,
            limit: 16_384
        }
    );
    assert!(peak < 1 << 16, "{peak}");
}

#[test]
fn the_directory_must_lie_where_the_end_says() {
    let good = torch(&one());
    let end = good.len() - 22;
    // Count, size and start of the directory, each made too large.
    for (at, with) in [(10, 0xff), (12, 0xff), (15, 0xff), (16, 0xff), (19, 0xff)] {
        let mut file = good.clone();
        file[end + at] = with;
        assert_eq!(fault(file), ArchiveFault::Directory);
    }
}

#[test]
fn members_must_lie_inside_the_file_and_apart() {
    let good = zip(&[
        ("net/data.pkl", &pickle()),
        ("net/data/0", &[0; 8]),
        ("net/data/1", &[0; 8]),
    ]);
    let entries: Vec<usize> = (0..good.len() - 4)
        .filter(|&at| &good[at..at + 4] == b"PK\x01\x02")
        .collect();
    let patched = |patches: &[(usize, u32)]| {
        let mut file = good.clone();
        for &(at, with) in patches {
            file[at..at + 4].copy_from_slice(&with.to_le_bytes());
        }
        fault(file)
    };
    let last = entries[2];
    let member = || "net/data/1".to_owned();
    let out = ArchiveFault::OutOfRange { member: member() };
    assert_eq!(
        patched(&[(last + 20, 1 << 20), (last + 24, 1 << 20)]),
        out,
        "too long"
    );
    assert_eq!(patched(&[(last + 20, 9)]), out, "two sizes");
    assert_eq!(patched(&[(last + 42, 1 << 30)]), out, "no header there");
    assert_eq!(patched(&[(last + 42, 0)]), out, "another member's header");
    assert_eq!(
        patched(&[(last + 42, u32::MAX)]),
        out,
        "64 bits that are not there"
    );
    let second = entries[1];
    let found = patched(&[(second + 20, 40), (second + 24, 40)]);
    assert_eq!(
        found,
        ArchiveFault::Overlap {
            first: "net/data/0".into(),
            second: member()
        }
    );
}

#[test]
fn members_are_refused_that_are_encrypted_or_named_twice_or_unreadably() {
    let mut file = zip(&[("net/data.pkl", &pickle())]);
    let entry = (0..file.len())
        .find(|&at| file[at..].starts_with(b"PK\x01\x02"))
        .unwrap();
    file[entry + 8] = 1;
    assert_eq!(
        fault(file),
        ArchiveFault::Encrypted {
            member: "net/data.pkl".into()
        }
    );
    let twice = zip(&[("net/data.pkl", &pickle()), ("net/data.pkl", &pickle())]);
    assert_eq!(
        fault(twice),
        ArchiveFault::Duplicate {
            member: "net/data.pkl".into()
        }
    );
    let mut file = zip(&[("net/data.pkl", &pickle())]);
    file[entry + 46] = 0xff;
    assert_eq!(fault(file), ArchiveFault::Name);
}

#[test]
fn there_must_be_one_pickle() {
    assert_eq!(
        fault(zip(&[("a.txt", b"")])),
        ArchiveFault::NoPickle { found: 0 }
    );
    assert_eq!(
        fault(zip(&[("net/mydata.pkl", b"")])),
        ArchiveFault::NoPickle { found: 0 }
    );
    let two = zip(&[("a/data.pkl", &pickle()), ("b/data.pkl", &pickle())]);
    assert_eq!(fault(two), ArchiveFault::NoPickle { found: 2 });
}

#[test]
fn another_byte_order_is_refused_by_name() {
    let file = zip(&[("net/data.pkl", &pickle()), ("net/byteorder", b"big")]);
    match Checkpoint::from_bytes(file, "") {
        Err(Error::ByteOrder { found }) => assert_eq!(found, "big"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_content_decides_what_a_file_is() {
    let of = |bytes: &[u8]| Checkpoint::from_bytes(bytes.to_vec(), "net.pth").unwrap_err();
    assert!(matches!(of(b""), Error::UnknownFormat));
    assert!(matches!(of(b"\x89PNG\r\n\x1a\n0000"), Error::UnknownFormat));
    assert!(matches!(
        of(b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."),
        Error::OldTorchFormat
    ));
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    assert!(matches!(of(&tar), Error::OldTorchFormat));
    assert!(matches!(
        Checkpoint::open(std::path::Path::new(env!("CARGO_MANIFEST_DIR"))),
        Err(Error::Read { .. })
    ));
}
