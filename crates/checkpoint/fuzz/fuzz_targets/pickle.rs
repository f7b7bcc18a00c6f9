//! Any bytes as the pickle of an otherwise sound archive: the fuzzer need not learn zip first.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tintype_checkpoint::Checkpoint;

fuzz_target!(|pickle: &[u8]| {
    let archive = archive(&[("net/data.pkl", pickle), ("net/data/0", &[0; 256])]);
    if let Ok(checkpoint) = Checkpoint::from_bytes(archive, "fuzz") {
        for name in checkpoint.names() {
            let _ = checkpoint.tensor(name).map(|tensor| tensor.to_f32());
        }
    }
});

/// A zip archive of stored members.
fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in members {
        let header = (file.len() as u32).to_le_bytes();
        let size = (content.len() as u32).to_le_bytes();
        let name_len = (name.len() as u16).to_le_bytes();
        let common = [&[0; 4], &size[..], &size, &name_len, &[0, 0]].concat();
        file.extend(
            [
                b"PK\x03\x04",
                &[0; 10][..],
                &common,
                name.as_bytes(),
                content,
            ]
            .concat(),
        );
        let entry = [
            b"PK\x01\x02",
            &[0; 12][..],
            &common,
            &[0; 10],
            &header,
            name.as_bytes(),
        ];
        directory.extend(entry.concat());
    }
    let (start, len) = (
        (file.len() as u32).to_le_bytes(),
        (directory.len() as u32).to_le_bytes(),
    );
    let count = (members.len() as u16).to_le_bytes();
    file.append(&mut directory);
    file.extend(
        [
            b"PK\x05\x06",
            &[0; 4][..],
            &count,
            &count,
            &len,
            &start,
            &[0, 0],
        ]
        .concat(),
    );
    file
}
