//! From the command line's files and folders to a list of photos.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use tintype_photo::SourceFormat;

/// A photo to colorize.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// The file.
    pub(crate) path: PathBuf,
    /// Its folder below the input folder that it was found in; empty for a file that was named.
    pub(crate) subfolder: PathBuf,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    /// The photos, in the order of the command line, and within a folder by name.
    pub(crate) sources: Vec<Source>,
    /// Inputs that lead nowhere, or folders that can't be listed.
    pub(crate) unreadable: Vec<(PathBuf, io::Error)>,
    /// How many files in folders do not look like photos.
    pub(crate) skipped: usize,
}

/// Looks at every input. A file that was named is taken whatever it is called, so that it is reported
/// if it is no photo; in a folder, other kinds of file are to be expected.
pub(crate) fn collect(inputs: &[PathBuf], recursive: bool) -> Collected {
    let mut collected = Collected::default();
    for input in inputs {
        if input.is_dir() {
            collected.folder(input, Path::new(""), recursive);
        } else if let Err(error) = input.symlink_metadata() {
            collected.unreadable.push((input.clone(), error));
        } else {
            let source = Source {
                path: input.clone(),
                subfolder: PathBuf::new(),
            };
            collected.sources.push(source);
        }
    }
    collected.drop_repeated();
    collected
}

impl Collected {
    fn folder(&mut self, folder: &Path, subfolder: &Path, recursive: bool) {
        let entries = std::fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => return self.unreadable.push((folder.to_owned(), error)),
        };
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            // Links to folders are not followed: one may lead back up.
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder {
                if recursive && !is_hidden {
                    self.folder(&path, &subfolder.join(entry.file_name()), recursive);
                }
            } else if SourceFormat::has_known_extension(&path) && !is_hidden {
                self.sources.push(Source {
                    path,
                    subfolder: subfolder.to_owned(),
                });
            } else if !is_hidden {
                self.skipped += 1;
            }
        }
    }

    /// A photo that is named twice, or named and in a folder, is colorized once.
    fn drop_repeated(&mut self) {
        let mut seen = HashSet::new();
        self.sources.retain(|source| {
            let path = source
                .path
                .canonicalize()
                .unwrap_or_else(|_| source.path.clone());
            seen.insert(path)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"x").unwrap();
        }
        root
    }

    fn found(root: &Path, inputs: &[&str], recursive: bool) -> (Vec<String>, usize, usize) {
        let inputs: Vec<PathBuf> = inputs.iter().map(|input| root.join(input)).collect();
        let collected = collect(&inputs, recursive);
        let relative = |source: &Source| {
            source
                .path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/")
        };
        let sources = collected.sources.iter().map(relative).collect();
        (sources, collected.skipped, collected.unreadable.len())
    }

    #[test]
    fn a_folder_gives_its_photos_by_name_and_counts_the_rest() {
        let root = tree(&["b.jpg", "a.PNG", "notes.txt", ".hidden.jpg", "deep/c.tif"]);
        assert_eq!(
            found(root.path(), &[""], false),
            (vec!["a.PNG".into(), "b.jpg".into()], 1, 0)
        );
    }

    #[test]
    fn recursion_goes_deep_and_remembers_where() {
        let root = tree(&["a.jpg", "deep/er/c.tif"]);
        let collected = collect(&[root.path().to_owned()], true);
        let subfolders: Vec<_> = collected
            .sources
            .iter()
            .map(|s| s.subfolder.clone())
            .collect();
        assert_eq!(
            subfolders,
            [PathBuf::new(), PathBuf::from("deep").join("er")]
        );
    }

    #[test]
    fn a_named_file_is_taken_whatever_it_is_called_and_only_once() {
        let root = tree(&["notes.txt", "a.jpg"]);
        let expected = vec!["notes.txt".to_owned(), "a.jpg".to_owned()];
        assert_eq!(
            found(root.path(), &["notes.txt", "a.jpg", "", "a.jpg"], false).0,
            expected
        );
    }

    #[test]
    fn what_is_not_there_is_reported() {
        let root = tree(&[]);
        assert_eq!(found(root.path(), &["gone.jpg"], false), (vec![], 0, 1));
    }
}
