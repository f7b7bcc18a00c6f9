//! Any bytes as the file of a result's colors: refused with a typed error, or what can be merged and written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tintype_photo::Coloring;

/// Bytes of the checksum at the end.
const CHECKSUM: usize = 4;

fuzz_target!(|file: &[u8]| {
    check(file);
    // Once more with a right checksum, or nothing behind it would ever be reached.
    if let Some(end) = file.len().checked_sub(CHECKSUM) {
        let mut file = file.to_vec();
        let checksum = crc32fast::hash(&file[..end]);
        file[end..].copy_from_slice(&checksum.to_le_bytes());
        check(&file);
    }
});

fn check(file: &[u8]) {
    let Ok(coloring) = Coloring::from_bytes(file) else {
        return;
    };
    assert!(2 * coloring.chroma.data().len() <= file.len());
    let (left, top, width, height) = coloring.frame.rectangle();
    assert!(width > 0 && height > 0);
    let coverage = coloring.frame.coverage(left, top);
    assert!((0.0..=1.0).contains(&coverage));
    let adjustment = coloring.merging.adjustment;
    assert_eq!(adjustment, adjustment.clamped());
    let again = Coloring::from_bytes(&coloring.to_bytes());
    assert_eq!(again, Ok(coloring));
}
