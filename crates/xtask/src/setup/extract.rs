//! Taking the wanted files out of a wheel, which is a zip archive.
//!
//! The archive comes from a server, so nothing in it is believed: a name that could lead out of
//! the folder is refused (CWE-22, "zip slip"), so is a link, and a member may hold no more bytes
//! than it announces, all members together no more than [`MAX_BYTES`].

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use zip::ZipArchive;
use zip::read::ZipFile;

/// libtorch with all of CUDA is about 5 GB.
const MAX_BYTES: u64 = 16 << 30;

/// Extracts every member that `destination` gives a place below `folder`, and calls `taken` with
/// the name in the archive of each.
pub(super) fn extract(
    archive: &Path,
    folder: &Path,
    destination: impl Fn(&str) -> Option<String>,
    mut taken: impl FnMut(&str),
) -> Result<()> {
    let context = || format!("{} cannot be unpacked", archive.display());
    let file = File::open(archive).with_context(context)?;
    let mut zip = ZipArchive::new(io::BufReader::new(file)).with_context(context)?;
    let mut left = MAX_BYTES;
    for index in 0..zip.len() {
        let mut member = zip.by_index(index).with_context(context)?;
        if member.is_dir() {
            continue;
        }
        let name = member.name().to_owned();
        let Some(place) = destination(&name) else {
            continue;
        };
        let place = safe_relative(&place)
            .with_context(|| format!("the archive's member {name:?} leads out of its folder"))?;
        left = left
            .checked_sub(member.size())
            .context("the archive holds too much")?;
        unpack(&mut member, &folder.join(place)).with_context(context)?;
        taken(&name);
    }
    Ok(())
}

fn unpack<R: Read>(member: &mut ZipFile<'_, R>, target: &Path) -> Result<()> {
    let name = member.name().to_owned();
    ensure!(!member.is_symlink(), "the member {name:?} is a link");
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    // A second member of the same place would make one of them something that nobody checked.
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(target)
        .with_context(|| format!("the member {name:?} cannot be written"))?;
    let size = member.size();
    let copied = io::copy(&mut member.take(size.saturating_add(1)), &mut file)
        .with_context(|| format!("the member {name:?} cannot be read"))?;
    if copied != size {
        bail!("the member {name:?} announces {size} bytes and holds others");
    }
    Ok(())
}

/// The path that `name` means below a folder, or `None` if it could lead out of it.
///
/// Backslash and colon separate or name drives on Windows; no wheel needs them anywhere.
fn safe_relative(name: &str) -> Option<PathBuf> {
    let safe = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
    name.split('/').all(safe).then(|| name.split('/').collect())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// Writes an archive of these members and extracts all of them.
    fn round_trip(members: &[(&str, &str)]) -> (tempfile::TempDir, Result<Vec<String>>) {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("a.zip");
        let mut zip = ZipWriter::new(File::create(&archive).unwrap());
        for (name, content) in members {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        let mut taken = Vec::new();
        let out = folder.path().join("inner/out");
        let outcome = extract(
            &archive,
            &out,
            |name| (!name.starts_with("not/")).then(|| name.to_owned()),
            |name| taken.push(name.to_owned()),
        );
        (folder, outcome.map(|()| taken))
    }

    #[test]
    fn only_what_is_asked_for_is_taken() {
        let (folder, taken) = round_trip(&[("a/b/c.h", "text"), ("not/d.h", "x"), ("e", "")]);
        assert_eq!(taken.unwrap(), ["a/b/c.h", "e"]);
        let out = folder.path().join("inner/out");
        assert_eq!(fs::read_to_string(out.join("a/b/c.h")).unwrap(), "text");
        assert_eq!(fs::read(out.join("e")).unwrap(), b"");
        assert!(!out.join("not").exists());
    }

    #[test]
    fn a_member_cannot_lead_out_of_the_folder() {
        for name in [
            "../evil",
            "a/../../evil",
            "/evil",
            "a//b",
            "C:evil",
            "..\\evil",
            "a/./b",
        ] {
            let (folder, taken) = round_trip(&[(name, "evil")]);
            let error = taken.unwrap_err().to_string();
            assert!(error.contains("leads out"), "{name}: {error}");
            assert!(!folder.path().join("evil").exists(), "{name}");
            assert!(!folder.path().join("inner/evil").exists(), "{name}");
        }
    }

    #[test]
    fn a_link_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("a.zip");
        let mut zip = ZipWriter::new(File::create(&archive).unwrap());
        zip.add_symlink("lib", "/etc", SimpleFileOptions::default())
            .unwrap();
        zip.finish().unwrap();
        let error = extract(&archive, folder.path(), |name| Some(name.into()), |_| {}).unwrap_err();
        assert!(format!("{error:#}").contains("is a link"), "{error:#}");
    }

    #[test]
    fn two_members_for_one_place_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("a.zip");
        let mut zip = ZipWriter::new(File::create(&archive).unwrap());
        for name in ["a", "b"] {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
        }
        zip.finish().unwrap();
        let same = |_: &str| Some("same".to_owned());
        let error = extract(&archive, folder.path(), same, |_| {}).unwrap_err();
        assert!(
            format!("{error:#}").contains("\"b\" cannot be written"),
            "{error:#}"
        );
    }

    #[test]
    fn a_file_that_is_no_archive_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("a.zip");
        fs::write(&archive, "<html>").unwrap();
        assert!(extract(&archive, folder.path(), |name| Some(name.into()), |_| {}).is_err());
    }
}
