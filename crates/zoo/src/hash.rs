//! SHA-256 of whole files.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use sha2::{Digest, Sha256};

/// How much is read at once: enough that the time goes into hashing.
const CHUNK: usize = 1 << 20;

/// The SHA-256 of a file in lower-case hexadecimal. `tell` hears how many bytes are done and says
/// whether to go on; none if it said no.
///
/// # Errors
/// Where the file can't be read.
pub(crate) fn sha256(path: &Path, tell: &mut dyn FnMut(u64) -> bool) -> io::Result<Option<String>> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    let mut done = 0;
    loop {
        if !tell(done) {
            return Ok(None);
        }
        let length = file.read(&mut chunk)?;
        if length == 0 {
            return Ok(Some(hex(&hash.finalize())));
        }
        hash.update(&chunk[..length]);
        done += length as u64;
    }
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_hashed_whole_and_can_be_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, b"abc").unwrap();
        // FIPS 180-4's own example.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(&path, &mut |_| true).unwrap().unwrap(), expected);
        assert_eq!(sha256(&path, &mut |_| false).unwrap(), None);
    }
}
