//! Writing a result whole or not at all.

use std::collections::HashSet;
use std::fs::{File, FileTimes};
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;
use tintype_protocol::CancelFlag;

use crate::metadata::Embedded;
use crate::profile::for_output;
use crate::progress::{Cancellable, part};
use crate::{
    Error, MetadataNote, OutputFormat, OutputSpace, Overwrite, Photo, Result, SaveOptions,
};

/// About the share of the time that converting to another color space takes, if there is any.
const CONVERTED_SHARE: f32 = 0.3;

static UNFINISHED: LazyLock<UnfinishedList> = LazyLock::new(UnfinishedList::default);

/// Removes every temporary file that this process is still writing: for a program that has to end at
/// once. Saves that go on in spite of it fail.
pub fn discard_unfinished() {
    UNFINISHED.discard();
}

/// Encodes a photo and puts it at `path`: written to a temporary file in the same folder, synced to
/// the disk, then renamed. Whatever happens, `path` is either as it was or the whole result. Returns what
/// metadata of the original did not get into it.
///
/// # Errors
/// [`Error::OutputExists`], [`Error::OutputUnwritable`], [`Error::DiskFull`],
/// [`Error::Unencodable`] or [`Error::Cancelled`]; then nothing is left behind.
pub fn save(
    photo: &Photo,
    path: &Path,
    options: &SaveOptions,
    cancel: &CancelFlag,
) -> Result<Vec<MetadataNote>> {
    save_with_progress(photo, path, options, cancel, &mut |_| {})
}

/// As [`save`], and `progress` hears a rising share of the work, 0..=1: rows or bytes that are encoded.
/// Of lossless WebP and JPEG XL nothing is heard, since their encoders take the picture as a whole; nor of the wait for
/// the disk at the end.
///
/// # Errors
/// As [`save`].
pub fn save_with_progress(
    photo: &Photo,
    path: &Path,
    options: &SaveOptions,
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> Result<Vec<MetadataNote>> {
    if options.overwrite == Overwrite::Never && path.symlink_metadata().is_ok() {
        // Said now rather than after the work of encoding; renaming checks again.
        return Err(Error::OutputExists {
            path: path.to_owned(),
        });
    }
    let unwritable = |error| map_io(error, path, cancel);
    let folder = folder_of(path);
    let mut unfinished = Unfinished::create(folder, &UNFINISHED).map_err(unwritable)?;
    let notes = write(photo, path, options, &mut unfinished.file, cancel, progress)?;
    if let Some(original) = &options.file_times_of {
        take_times(original, unfinished.file.as_file());
    }
    unfinished.file.as_file().sync_all().map_err(unwritable)?;
    unfinished
        .rename(path, options.overwrite)
        .map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Error::OutputExists {
                path: path.to_owned(),
            },
            _ => unwritable(error),
        })?;
    sync_folder(folder);
    Ok(notes)
}

/// Encodes a photo into a file that is to become `path`.
fn write(
    photo: &Photo,
    path: &Path,
    options: &SaveOptions,
    file: &mut NamedTempFile,
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> Result<Vec<MetadataNote>> {
    let unwritable = |error| map_io(error, path, cancel);
    let mut encode_from = 0.0;
    let space = match options.format {
        // Its encoder can name no other.
        OutputFormat::JpegXl => OutputSpace::Srgb,
        _ => options.space,
    };
    let written = for_output(photo, space, cancel, &mut |share| {
        encode_from = CONVERTED_SHARE;
        progress(CONVERTED_SHARE * share);
    })?;
    let embedded = Embedded::of(&written.photo, options, written.icc, written.is_srgb);
    let mut writer = RememberError {
        inner: Cancellable::new(BufWriter::with_capacity(1 << 20, file), cancel),
        error: None,
    };
    let encoded = part(progress, (encode_from, 1.0), |progress| {
        let format = options.format;
        crate::encode::encode(
            &written.photo,
            format,
            &embedded,
            &mut writer,
            cancel,
            progress,
        )
    });
    let flushed = writer.flush();
    // Encoders wrap or reword what the disk said, so it is taken from where it was said.
    if let Some(error) = writer.error.take() {
        return Err(unwritable(error));
    }
    match encoded {
        // An encoder that works in memory is stopped without the writer's help.
        Err(_) if cancel.is_cancelled() => return Err(Error::Cancelled),
        encoded => encoded.map_err(Error::Unencodable)?,
    }
    flushed.map_err(unwritable)?;
    Ok(embedded.notes)
}

/// Gives a file the times of another, as far as the system lets that be done: a photo without them is
/// still the photo.
fn take_times(original: &Path, file: &File) {
    let Ok(metadata) = original.metadata() else {
        return;
    };
    let mut times = FileTimes::new();
    if let Ok(modified) = metadata.modified() {
        times = times.set_modified(modified);
    }
    if let Ok(accessed) = metadata.accessed() {
        times = times.set_accessed(accessed);
    }
    let _ = file.set_times(times);
}

fn map_io(error: io::Error, path: &Path, cancel: &CancelFlag) -> Error {
    let path = path.to_owned();
    match error.kind() {
        _ if cancel.is_cancelled() => Error::Cancelled,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::DiskFull { path },
        _ => Error::OutputUnwritable {
            path,
            source: error,
        },
    }
}

/// `.` for a bare file name.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The temporary files that are being written right now. The lock is only ever held for one
/// insertion, removal or copy.
#[derive(Default)]
struct UnfinishedList(Mutex<HashSet<PathBuf>>);

impl UnfinishedList {
    fn paths(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        // Whoever panicked with the lock had no more than one path in hand.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn discard(&self) {
        let paths = self.paths().clone();
        for path in paths {
            // It may have been finished or removed in this very moment.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// A temporary file that is on a list for as long as it exists.
struct Unfinished<'a> {
    file: NamedTempFile,
    listed: Listed<'a>,
}

/// A path on a list, taken off it when dropped: after the file itself, being the later field.
struct Listed<'a> {
    list: &'a UnfinishedList,
    path: PathBuf,
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        self.list.paths().remove(&self.path);
    }
}

impl<'a> Unfinished<'a> {
    fn create(folder: &Path, list: &'a UnfinishedList) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".tintype-").suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // As any new file: the process's own mask takes away from it what it must.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(folder)?;
        let path = file.path().to_owned();
        list.paths().insert(path.clone());
        let listed = Listed { list, path };
        Ok(Self { file, listed })
    }

    fn rename(self, path: &Path, overwrite: Overwrite) -> io::Result<()> {
        let Self { file, listed } = self;
        let renamed = match overwrite {
            Overwrite::Never => file.persist_noclobber(path),
            Overwrite::Replace => file.persist(path),
        };
        // Where that failed, the temporary file goes with the error.
        let outcome = renamed.map(drop).map_err(|failed| failed.error);
        drop(listed);
        outcome
    }
}

/// Makes the new name itself survive a power cut. Only unix has folders that can be synced; where it
/// fails, the result is there all the same.
fn sync_folder(folder: &Path) {
    if cfg!(unix)
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}

/// Keeps the first error of a writer.
struct RememberError<W> {
    inner: W,
    error: Option<io::Error>,
}

impl<W> RememberError<W> {
    fn remember<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let kind = error.kind();
            self.error.get_or_insert(error);
            kind.into()
        })
    }
}

impl<W: Write> Write for RememberError<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let result = self.inner.write(buffer);
        self.remember(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.inner.flush();
        self.remember(result)
    }
}

impl<W: Seek> Seek for RememberError<W> {
    fn seek(&mut self, position: io::SeekFrom) -> io::Result<u64> {
        let result = self.inner.seek(position);
        self.remember(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, OutputFormat, PhotoFile, Pixels, SourceFormat};

    fn photo() -> Photo {
        Photo::new(
            2,
            1,
            SourceFormat::Png,
            Pixels::Rgb8(vec![1, 2, 3, 4, 5, 6]),
            None,
        )
    }

    fn save_to(path: &Path, overwrite: Overwrite) -> Result<()> {
        let options = SaveOptions::new(OutputFormat::Png, overwrite);
        save(&photo(), path, &options, &CancelFlag::new()).map(drop)
    }

    fn names_in(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_result_appears_whole_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        save_to(&path, Overwrite::Never).unwrap();
        let file = PhotoFile::read(&path, &Limits::default(), &CancelFlag::new()).unwrap();
        let back = file.decode().unwrap();
        assert_eq!(back.pixels(), photo().pixels());
        assert_eq!(names_in(folder.path()), ["a.png"]);
    }

    #[test]
    fn what_is_there_is_replaced_only_when_that_was_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        std::fs::write(&path, b"precious").unwrap();
        assert!(matches!(
            save_to(&path, Overwrite::Never),
            Err(Error::OutputExists { .. })
        ));
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
        save_to(&path, Overwrite::Replace).unwrap();
        assert_ne!(std::fs::read(&path).unwrap(), b"precious");
        assert_eq!(names_in(folder.path()), ["a.png"]);
    }

    #[test]
    fn a_folder_that_is_not_there_is_said_to_be_the_trouble() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing/a.png");
        assert!(matches!(
            save_to(&path, Overwrite::Never),
            Err(Error::OutputUnwritable { path: named, .. }) if named == path
        ));
    }

    #[test]
    fn a_cancelled_save_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let cancel = CancelFlag::new();
        cancel.cancel();
        let path = folder.path().join("a.png");
        let options = SaveOptions::new(OutputFormat::Png, Overwrite::Never);
        let result = save(&photo(), &path, &options, &cancel);
        assert!(matches!(result, Err(Error::Cancelled)));
        assert!(names_in(folder.path()).is_empty());
    }

    #[test]
    fn a_photo_that_the_format_cannot_hold_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let wide = Photo::new(
            70_000,
            1,
            SourceFormat::Png,
            Pixels::Gray8(vec![0; 70_000]),
            None,
        );
        let path = folder.path().join("a.jpg");
        let format = OutputFormat::Jpeg { quality: 90 };
        let options = SaveOptions::new(format, Overwrite::Never);
        let result = save(&wide, &path, &options, &CancelFlag::new());
        assert!(matches!(result, Err(Error::Unencodable(_))), "{result:?}");
        assert!(names_in(folder.path()).is_empty());
    }

    #[test]
    fn unfinished_files_can_be_discarded_in_a_hurry() {
        let folder = tempfile::tempdir().unwrap();
        // A list of its own: the process's would take the other tests' files along.
        let list = UnfinishedList::default();
        let unfinished = Unfinished::create(folder.path(), &list).unwrap();
        assert_eq!(names_in(folder.path()).len(), 1);
        list.discard();
        assert!(names_in(folder.path()).is_empty());
        let path = folder.path().join("a.png");
        assert!(unfinished.rename(&path, Overwrite::Replace).is_err());
        assert!(list.paths().is_empty());
    }

    #[test]
    fn a_file_is_on_the_list_only_while_it_is_being_written() {
        let folder = tempfile::tempdir().unwrap();
        let list = UnfinishedList::default();
        drop(Unfinished::create(folder.path(), &list).unwrap());
        assert!(list.paths().is_empty() && names_in(folder.path()).is_empty());
        let unfinished = Unfinished::create(folder.path(), &list).unwrap();
        assert_eq!(list.paths().len(), 1);
        let path = folder.path().join("a.png");
        unfinished.rename(&path, Overwrite::Never).unwrap();
        assert!(list.paths().is_empty());
        assert_eq!(names_in(folder.path()), ["a.png"]);
    }

    #[test]
    fn what_the_disk_says_is_told_apart() {
        let said = |kind: io::ErrorKind| map_io(kind.into(), Path::new("a"), &CancelFlag::new());
        for full in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded] {
            assert!(matches!(said(full), Error::DiskFull { .. }), "{full}");
        }
        for kind in [
            io::ErrorKind::PermissionDenied,
            io::ErrorKind::ReadOnlyFilesystem,
            io::ErrorKind::NotFound,
        ] {
            assert!(
                matches!(said(kind), Error::OutputUnwritable { .. }),
                "{kind}"
            );
        }
    }

    /// A disk that takes some bytes and then is full.
    struct FillsUp(usize);

    impl Write for FillsUp {
        fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
            self.0 = self
                .0
                .checked_sub(buffer.len())
                .ok_or(io::ErrorKind::StorageFull)?;
            Ok(buffer.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for FillsUp {
        fn seek(&mut self, _: io::SeekFrom) -> io::Result<u64> {
            Ok(0)
        }
    }

    #[test]
    fn a_disk_that_fills_up_is_heard_through_every_encoder() {
        for format in [
            OutputFormat::Jpeg { quality: 90 },
            OutputFormat::Png,
            OutputFormat::Tiff,
            OutputFormat::WebP,
        ] {
            let mut writer = RememberError {
                inner: FillsUp(20),
                error: None,
            };
            assert!(
                crate::encode::encode(
                    &photo(),
                    format,
                    &Embedded::default(),
                    &mut writer,
                    &CancelFlag::new(),
                    &mut |_| {}
                )
                .is_err(),
                "{format:?}"
            );
            let error = writer.error.unwrap();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{format:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_result_is_as_readable_as_any_new_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (result, plain) = (folder.path().join("a.png"), folder.path().join("plain"));
        save_to(&result, Overwrite::Never).unwrap();
        std::fs::write(&plain, b"").unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&result), mode(&plain));
    }
}
