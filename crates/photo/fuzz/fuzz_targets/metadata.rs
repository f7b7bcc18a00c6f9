//! Any bytes as a photo's file, of which only the metadata is read: never a panic, and no more than
//! allowed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tintype_photo::Metadata;

fuzz_target!(|file: &[u8]| {
    if let Some(metadata) = Metadata::of_file(file) {
        let parts = [metadata.xmp().map(str::len), metadata.iptc().map(<[u8]>::len)];
        assert!(parts.into_iter().flatten().sum::<usize>() <= 16 << 20);
        // What is written as a block is a block.
        if let Some(block) = metadata.exif() {
            let header = u16::from_be_bytes([block[0], block[1]]);
            assert!(header == 0x4949 || header == 0x4D4D);
        }
    }
});
