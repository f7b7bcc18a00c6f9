//! Taking the pack's files out of the archives that they are published in.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use tintype_protocol::CancelFlag;
use zip::ZipArchive;

use super::shelf::Unpacked;
use crate::hash::sha256;

const CHUNK: usize = 1 << 20;

/// Takes members out of an archive into a folder, whose names they keep; the list has been checked. `tell`
/// hears of bytes that were written. None if it was cancelled.
///
/// # Errors
/// For an archive without such a member or with damage, and where a file can't be written.
pub(super) fn unpack(
    archive: &Path,
    members: &[String],
    folder: &Path,
    tell: &mut dyn FnMut(u64),
    cancel: &CancelFlag,
) -> io::Result<Option<Vec<Unpacked>>> {
    let mut archive = ZipArchive::new(File::open(archive)?)?;
    let mut files = Vec::with_capacity(members.len());
    for name in members {
        let mut member = archive.by_name(name)?;
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        let mut file = File::create(&path)?;
        let Some(bytes) = copy(&mut member, &mut file, tell, cancel)? else {
            return Ok(None);
        };
        file.sync_all()?;
        // As it is on the disk: that is what it is compared with later.
        let Some(sha256) = sha256(&path, &mut |_| !cancel.is_cancelled())? else {
            return Ok(None);
        };
        files.push(Unpacked {
            name: name.clone(),
            bytes,
            sha256,
        });
    }
    Ok(Some(files))
}

fn copy(
    from: &mut impl Read,
    to: &mut impl Write,
    tell: &mut dyn FnMut(u64),
    cancel: &CancelFlag,
) -> io::Result<Option<u64>> {
    let mut chunk = vec![0; CHUNK];
    let mut bytes = 0;
    loop {
        if cancel.is_cancelled() {
            return Ok(None);
        }
        let length = from.read(&mut chunk)?;
        if length == 0 {
            return Ok(Some(bytes));
        }
        to.write_all(&chunk[..length])?;
        bytes += length as u64;
        tell(length as u64);
    }
}
