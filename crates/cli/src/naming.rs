//! What a result is called.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// A template of file names, such as `{name}-colorized`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(String);

/// What the placeholders stand for.
pub(crate) struct Values<'a> {
    /// `{name}`: the original's name without its extension.
    pub(crate) name: &'a str,
    /// `{size}`: the input size.
    pub(crate) size: u32,
    /// `{model}`: the checkpoint's id, or its file name without the extension.
    pub(crate) model: &'a str,
    /// `{n}`: the number in the batch, from 1.
    pub(crate) number: usize,
}

impl Template {
    /// Takes any text that makes a plain file name: no folders, no leftover braces, not empty.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let template = Self(text.to_owned());
        let sample = template.fill(&Values {
            name: "x",
            size: 512,
            model: "m",
            number: 1,
        });
        let is_plain = !sample.trim().is_empty()
            && !sample.contains(['/', '\\', '{', '}', '\0'])
            && !sample.trim_matches('.').is_empty();
        is_plain.then_some(template)
    }

    /// The name for one photo, without an extension.
    pub(crate) fn fill(&self, values: &Values) -> String {
        // `{name}` last: what a photo is called must not be taken for a placeholder.
        self.0
            .replace("{size}", &values.size.to_string())
            .replace("{n}", &values.number.to_string())
            .replace("{model}", values.model)
            .replace("{name}", values.name)
    }
}

/// Gives every result of a batch a path of its own.
#[derive(Debug, Default)]
pub(crate) struct Names {
    taken: HashSet<PathBuf>,
}

impl Names {
    /// `folder/stem.extension`, or with `-2`, `-3` ... where an earlier photo of this batch got that
    /// name already: `a.jpg` and `a.tif` may become `a.png` both.
    pub(crate) fn unique(&mut self, folder: &Path, stem: &str, extension: &str) -> PathBuf {
        let mut path = folder.join(format!("{stem}.{extension}"));
        let mut number = 2;
        while !self.taken.insert(path.clone()) {
            path = folder.join(format!("{stem}-{number}.{extension}"));
            number += 1;
        }
        path
    }

    /// Whether a result of this batch goes to that path.
    pub(crate) fn contains(&self, path: &Path) -> bool {
        self.taken.contains(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, name: &str) -> String {
        let values = Values {
            name,
            size: 512,
            model: "starter",
            number: 7,
        };
        Template::new(template).unwrap().fill(&values)
    }

    #[test]
    fn placeholders_are_filled() {
        assert_eq!(
            filled("{name}-{size}-{model}-{n}", "Oma"),
            "Oma-512-starter-7"
        );
        assert_eq!(filled("{n}", "Oma"), "7");
    }

    #[test]
    fn a_photos_own_name_is_never_taken_for_a_placeholder() {
        assert_eq!(filled("{name}-{size}", "{n}{size}"), "{n}{size}-512");
    }

    #[test]
    fn what_makes_no_plain_file_name_is_refused() {
        for bad in ["", "  ", "a/b", "..", "..\\x", "{nam}", "{", "."] {
            assert_eq!(Template::new(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn two_photos_of_one_name_get_two_results() {
        let mut names = Names::default();
        let folder = Path::new("out");
        assert_eq!(names.unique(folder, "a", "png"), folder.join("a.png"));
        assert_eq!(names.unique(folder, "a", "png"), folder.join("a-2.png"));
        assert_eq!(names.unique(folder, "a", "jpg"), folder.join("a.jpg"));
    }
}
