//! Random damage to sound files: whatever comes of it, no panic and no great allocation.

use proptest::collection::vec;
use proptest::prelude::*;
use tintype_checkpoint::Weights;

use crate::allocations::peak_of;
use crate::sources::{micro_path, tiny_safetensors, tiny_torch};

/// One damage to a file. Positions are taken modulo its length.
#[derive(Debug, Clone)]
enum Damage {
    Flip {
        at: usize,
        bit: u8,
    },
    Set {
        at: usize,
        byte: u8,
    },
    Cut {
        to: usize,
    },
    /// Copies `len` bytes from one place over another.
    Splice {
        from: usize,
        to: usize,
        len: usize,
    },
    Insert {
        at: usize,
        bytes: Vec<u8>,
    },
}

impl Damage {
    fn apply(&self, file: &mut Vec<u8>) {
        if file.is_empty() {
            return;
        }
        let len = file.len();
        match *self {
            Self::Flip { at, bit } => file[at % len] ^= 1 << bit,
            Self::Set { at, byte } => file[at % len] = byte,
            Self::Cut { to } => file.truncate(to % len),
            Self::Splice {
                from,
                to,
                len: count,
            } => {
                let (from, to) = (from % len, to % len);
                let count = count.min(len - from).min(len - to);
                file.copy_within(from..from + count, to);
            }
            Self::Insert { at, ref bytes } => {
                file.splice(at % len..at % len, bytes.iter().copied());
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let position = any::<usize>;
    prop_oneof![
        6 => (position(), 0..8u8).prop_map(|(at, bit)| Damage::Flip { at, bit }),
        4 => (position(), any::<u8>()).prop_map(|(at, byte)| Damage::Set { at, byte }),
        1 => position().prop_map(|to| Damage::Cut { to }),
        2 => (position(), position(), 1..200usize).prop_map(|(from, to, len)| Damage::Splice { from, to, len }),
        1 => (position(), vec(any::<u8>(), 1..16)).prop_map(|(at, bytes)| Damage::Insert { at, bytes }),
    ]
}

/// Where damage matters most: the pickle at the start and the directory at the end, or the header.
/// Half of the damage goes there, as most of a file is numbers, which may be any.
fn focused(damage: Damage, structure: &[std::ops::Range<usize>]) -> Damage {
    let aim = |at: usize| {
        let range = &structure[at / 7 % structure.len()];
        if at.is_multiple_of(2) {
            at
        } else {
            range.start + at / 31 % range.len()
        }
    };
    match damage {
        Damage::Flip { at, bit } => Damage::Flip { at: aim(at), bit },
        Damage::Set { at, byte } => Damage::Set { at: aim(at), byte },
        Damage::Splice { from, to, len } => Damage::Splice {
            from: aim(from),
            to: aim(to),
            len,
        },
        Damage::Insert { at, bytes } => Damage::Insert { at: aim(at), bytes },
        cut @ Damage::Cut { .. } => cut,
    }
}

/// Opens a damaged file. The bound is the file, of which folding makes at most one copy, and a
/// constant for names and lists; the file itself was allocated before.
fn survives(file: Vec<u8>) {
    let bound = file.len() + (2 << 20);
    let (result, peak) = peak_of(|| Weights::from_bytes(file, "damaged"));
    assert!(peak <= bound, "{peak} bytes for {bound}: {result:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn damaged_torch_files_never_panic(damages in vec(damage(), 1..6)) {
        let mut file = tiny_torch();
        let structure = [0..30_000.min(file.len()), file.len() - 10_000..file.len()];
        for damage in damages {
            focused(damage, &structure).apply(&mut file);
        }
        survives(file);
    }

    #[test]
    fn damaged_safetensors_files_never_panic(damages in vec(damage(), 1..6)) {
        let mut file = tiny_safetensors();
        let header = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
        for damage in damages {
            focused(damage, &[0..16, 8..8 + header]).apply(&mut file);
        }
        survives(file);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..400), head in 0..4usize) {
        let heads: [&[u8]; 4] = [b"", b"PK\x03\x04", b"\x10\0\0\0\0\0\0\0{", b"\x80\x02"];
        survives([heads[head], &bytes].concat());
    }
}

#[test]
fn sound_files_stay_within_the_same_bound() {
    survives(tiny_torch());
    survives(tiny_safetensors());
    survives(std::fs::read(micro_path()).unwrap());
}

#[test]
fn the_fuzzers_seeds_are_sound_files() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds");
    for (name, right) in [
        ("tiny.pth", tiny_torch()),
        ("tiny.safetensors", tiny_safetensors()),
    ] {
        let path = format!("{folder}/{name}");
        assert_eq!(std::fs::read(path).unwrap(), right, "{name}");
        assert_eq!(
            Weights::from_bytes(right, name).unwrap().architecture(),
            &crate::sources::tiny()
        );
    }
}
