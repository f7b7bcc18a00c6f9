//! Results on their way out: saved elsewhere, all at once, copied, shown.

use std::path::{Path, PathBuf};

use tintype_engine::is_same_file;
use tintype_photo::{
    Adjustment, Error as PhotoError, Limits, OutputFormat, OutputSpace, Overwrite, Photo,
    PhotoFile, SaveOptions, save,
};
use tintype_protocol::shell::{self, ResultFile, SaveFormat, SaveFormatKind, Saved};
use tintype_protocol::{CancelFlag, ErrorCode, FolderKind};

use crate::error::{Result, about_file, explained, file_name, plain};
use crate::shell::Shell;

/// What a template's fields stand for, besides text.
const NAME: &str = "{name}";
const NUMBER: &str = "{n}";
/// Tries for a free name before giving up: somebody else makes files there just as fast.
const TRIES: u32 = 10_000;

impl Shell {
    /// Saves a result to a file. The original of the photo is only written over where `to` says so a
    /// second time.
    ///
    /// # Errors
    /// A result that is gone, or a place that can't be written to.
    pub(crate) fn save_result(
        &self,
        result: &ResultFile,
        format: SaveFormat,
        to: &Path,
        is_confirmed: bool,
    ) -> Result<Saved> {
        let is_original = |source: &String| is_same_file(Path::new(source), to);
        if !is_confirmed && result.source.as_ref().is_some_and(is_original) {
            return Ok(Saved::IsOriginal {
                path: to.to_string_lossy().into_owned(),
            });
        }
        self.write(result, format, to, Overwrite::Replace)?;
        Ok(done([to.to_owned()]))
    }

    /// Saves results into a folder under names of a template; what is there already stays.
    ///
    /// # Errors
    /// The first that can't be saved; those before it are there.
    pub(crate) fn save_all(
        &self,
        results: &[ResultFile],
        format: SaveFormat,
        template: &str,
        folder: &Path,
        tell: &mut dyn FnMut(u32),
    ) -> Result<Saved> {
        let mut paths = Vec::new();
        for (index, result) in results.iter().enumerate() {
            let name = name_of(template, &result.title, index + 1);
            paths.push(self.save_under_free_name(result, format, folder, &name)?);
            tell(paths.len() as u32);
        }
        Ok(done(paths))
    }

    fn save_under_free_name(
        &self,
        result: &ResultFile,
        format: SaveFormat,
        folder: &Path,
        name: &str,
    ) -> Result<PathBuf> {
        let extension = output_format(format).extension();
        for number in 1..=TRIES {
            let path = match number {
                1 => folder.join(format!("{name}.{extension}")),
                _ => folder.join(format!("{name} ({number}).{extension}")),
            };
            if path.symlink_metadata().is_ok() {
                continue;
            }
            match self.write(result, format, &path, Overwrite::Never) {
                // Somebody was faster.
                Err(_) if path.symlink_metadata().is_ok() => {}
                written => return written.map(|()| path),
            }
        }
        let path = folder.join(name);
        Err(about_file(&path)(PhotoError::OutputExists {
            path: path.clone(),
        }))
    }

    fn write(
        &self,
        result: &ResultFile,
        format: SaveFormat,
        to: &Path,
        overwrite: Overwrite,
    ) -> Result<()> {
        let photo = self.adjusted(result)?;
        let photo = match format.kind {
            SaveFormatKind::Tiff => photo.deepened(),
            _ => photo,
        };
        let options = SaveOptions {
            // What the result is in: its job was asked for that.
            space: OutputSpace::Source,
            file_times_of: self.file_times_of(result)?,
            ..SaveOptions::new(output_format(format), overwrite)
        };
        save(&photo, to, &options, &CancelFlag::new())
            .map(drop)
            .map_err(about_file(to))
    }

    /// The result with its adjustment.
    pub(crate) fn adjusted(&self, result: &ResultFile) -> Result<Photo> {
        let path = self.result_path(result)?;
        let cancel = CancelFlag::new();
        let photo = PhotoFile::read(&path, &Limits::default(), &cancel)
            .and_then(PhotoFile::decode)
            .map_err(about_file(&path))?;
        match adjustment_of(result) {
            Some(adjustment) => self
                .colors
                .adjusted(&path, photo, &adjustment, &cancel)
                .map_err(about_file(&path)),
            None => Ok(photo),
        }
    }

    /// The file whose times a result gets where it is saved, if the user has chosen that: the original, or
    /// where that is gone, the result, to which its job gave them.
    fn file_times_of(&self, result: &ResultFile) -> Result<Option<PathBuf>> {
        if !self.gives_file_times() {
            return Ok(None);
        }
        let original = result.source.as_ref().map(PathBuf::from);
        let there = original.filter(|original| original.is_file());
        there.map_or_else(|| self.result_path(result), Ok).map(Some)
    }

    /// Where the result is.
    pub(crate) fn result_path(&self, result: &ResultFile) -> Result<PathBuf> {
        self.folders
            .find(result.kind, &result.subfolder, &result.filename)
            .map_err(|error| explained(&error, Some(&result.filename)))
    }

    /// A file to give to other programs: the result itself, or where it is adjusted, a picture of that.
    pub(crate) fn file_to_give(&self, result: &ResultFile) -> Result<PathBuf> {
        if adjustment_of(result).is_none() {
            return self.result_path(result);
        }
        let folder = self.folders.path(FolderKind::Temp).join("given");
        let path = folder.join(&result.filename);
        let made = std::fs::create_dir_all(&folder);
        made.map_err(|source| PhotoError::OutputUnwritable {
            path: folder.clone(),
            source,
        })
        .map_err(about_file(&path))?;
        let format = SaveFormat {
            kind: SaveFormatKind::Png,
            quality: 100,
        };
        self.write(result, format, &path, Overwrite::Replace)?;
        Ok(path)
    }
}

/// Opens the system's file manager on a file.
///
/// # Errors
/// Where there is none.
pub(crate) fn show(path: &Path) -> Result<()> {
    opener::reveal(path).map_err(|error| {
        let folder = path.parent().unwrap_or(path).display();
        plain(
            ErrorCode::Internal,
            format!("The file manager could not be opened ({error}). The file is in {folder}."),
            format!("无法打开文件管理器（{error}）。文件位于 {folder}。"),
        )
    })
}

/// What a result's colors are to be; none where they stay as they are.
fn adjustment_of(result: &ResultFile) -> Option<Adjustment> {
    let shell::Adjustment {
        strength,
        warmth,
        taming,
    } = result.adjustment?;
    let adjustment = Adjustment {
        strength,
        warmth,
        taming,
    };
    Some(adjustment.clamped())
}

/// The name that a dialog proposes.
pub(crate) fn proposed_name(result: &ResultFile, format: SaveFormat) -> String {
    let extension = output_format(format).extension();
    format!("{}-color.{extension}", stem(&result.title))
}

pub(crate) fn output_format(format: SaveFormat) -> OutputFormat {
    match format.kind {
        SaveFormatKind::Jpeg => OutputFormat::Jpeg {
            quality: format.quality.clamp(1, 100),
        },
        SaveFormatKind::Png => OutputFormat::Png,
        SaveFormatKind::Tiff => OutputFormat::Tiff,
        SaveFormatKind::WebP => OutputFormat::WebP,
        SaveFormatKind::Jxl => OutputFormat::JpegXl,
    }
}

fn done(paths: impl IntoIterator<Item = PathBuf>) -> Saved {
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    Saved::Done {
        paths: paths.into_iter().map(text).collect(),
    }
}

/// Fills a template in; what would lead into another folder is left out, and an empty name is the
/// photo's own.
fn name_of(template: &str, title: &str, number: usize) -> String {
    let name = template
        .replace(NAME, &stem(title))
        .replace(NUMBER, &format!("{number:04}"));
    let is_bad = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    let name: String = name.chars().filter(|c| !is_bad(*c)).collect();
    match name.trim().trim_end_matches('.') {
        "" => stem(title),
        name => name.to_owned(),
    }
}

fn stem(title: &str) -> String {
    let stem = Path::new(title).file_stem();
    stem.map_or_else(
        || file_name(Path::new(title)),
        |stem| stem.to_string_lossy().into_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_gives_names_and_never_leads_elsewhere() {
        for (template, name) in [
            ("{name} in color", "grandma in color"),
            ("{n} {name}", "0007 grandma"),
            ("../{name}", "..grandma"),
            ("", "grandma"),
            ("...", "grandma"),
        ] {
            assert_eq!(name_of(template, "grandma.jpg", 7), name);
        }
    }

    #[test]
    fn an_original_is_known_by_whatever_link() {
        let folder = tempfile::tempdir().unwrap();
        let original = folder.path().join("a.jpg");
        std::fs::write(&original, "x").unwrap();
        let around = folder.path().join(".").join("a.jpg");
        assert!(is_same_file(&original, &around));
        #[cfg(unix)]
        {
            let link = folder.path().join("b.jpg");
            std::os::unix::fs::symlink(&original, &link).unwrap();
            assert!(is_same_file(&original, &link));
        }
        assert!(!is_same_file(&original, &folder.path().join("new.jpg")));
    }
}
