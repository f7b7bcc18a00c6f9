//! The published checkpoints: what they are, and where they are to be had.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use serde::Deserialize;
use tintype_protocol::Wording;

use crate::cuda::CudaPack;
use crate::{CUDA_ID, Error, Result, STARTER_ID};

/// Names a file to be used instead of the built-in catalogue.
pub const CATALOGUE_VARIABLE: &str = "TINTYPE_CATALOGUE";
static BUILT_IN: &str = include_str!("../../../models/catalogue.toml");

/// All that can be downloaded: the models, in the order in which they are shown, and what they run on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// The models.
    #[serde(default, rename = "model")]
    pub models: Vec<Published>,
    /// What libtorch needs for NVIDIA devices.
    pub cuda: Option<CudaPack>,
}

/// A published checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// What it is asked for by; also the stem of its file's name.
    pub id: String,
    /// What to call it.
    pub name: Wording,
    /// What it is good at.
    pub about: Wording,
    /// `large` or `tiny`.
    pub architecture: String,
    /// The licence, by its SPDX identifier.
    pub license: String,
    /// About how many bytes it has, where that is not known.
    pub bytes_about: Option<u64>,
    /// Files with its weights, each as good as the other, best first.
    #[serde(rename = "file")]
    pub files: Vec<PublishedFile>,
}

/// A file with a model's weights.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedFile {
    /// Its length in bytes; none where only the hub knows.
    pub bytes: Option<u64>,
    /// Its SHA-256 in lower-case hexadecimal; none where only the hub knows.
    pub sha256: Option<String>,
    /// Addresses, first to be tried first.
    pub sources: Vec<String>,
}

impl Catalogue {
    /// The catalogue that is part of the program, or the one that [`CATALOGUE_VARIABLE`] names.
    ///
    /// # Errors
    /// [`Error::Catalogue`] if that other one can't be read.
    pub fn load() -> Result<Self> {
        match std::env::var_os(CATALOGUE_VARIABLE) {
            Some(path) if !path.is_empty() => Self::read(Path::new(&path)),
            _ => Ok(Self::built_in().clone()),
        }
    }

    /// The catalogue that is part of the program.
    ///
    /// # Panics
    /// Never: a test reads it.
    #[must_use]
    pub fn built_in() -> &'static Self {
        static PARSED: OnceLock<Catalogue> = OnceLock::new();
        PARSED.get_or_init(|| match Self::parse(BUILT_IN) {
            Ok(catalogue) => catalogue,
            Err(reason) => unreachable!("the built-in catalogue: {reason}"),
        })
    }

    /// A catalogue from a file.
    ///
    /// # Errors
    /// [`Error::Catalogue`] naming the file and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string());
        text.and_then(|text| Self::parse(&text))
            .map_err(|reason| Error::Catalogue {
                path: path.to_owned(),
                reason,
            })
    }

    fn parse(text: &str) -> std::result::Result<Self, String> {
        let catalogue: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        if let Some(pack) = &catalogue.cuda {
            pack.check()?;
        }
        let mut ids = BTreeSet::from([STARTER_ID.to_owned(), CUDA_ID.to_owned()]);
        for model in &catalogue.models {
            model.check()?;
            if !ids.insert(model.id.to_lowercase()) {
                return Err(format!("`{}` is listed twice", model.id));
            }
        }
        Ok(catalogue)
    }

    /// The model of that id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Published> {
        self.models.iter().find(|model| model.id == id)
    }

    /// The model that has a file of this SHA-256.
    #[must_use]
    pub fn by_sha256(&self, sha256: &str) -> Option<&Published> {
        let has_it = |file: &PublishedFile| file.sha256.as_deref() == Some(sha256);
        self.models
            .iter()
            .find(|model| model.files.iter().any(has_it))
    }
}

impl Published {
    /// What a download takes: the length of its first file, or about that.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        self.files
            .first()
            .and_then(|file| file.bytes)
            .or(self.bytes_about)
    }

    fn check(&self) -> std::result::Result<(), String> {
        let id = &self.id;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if id.is_empty() || id.starts_with('.') || !id.chars().all(is_plain) {
            return Err(format!("`{id}` can't be the name of a file"));
        }
        for file in &self.files {
            if !file.sha256.as_deref().is_none_or(is_hash) {
                return Err(format!("`{id}`: no SHA-256 in lower-case hexadecimal"));
            }
            if file.sha256.is_some() != file.bytes.is_some() {
                return Err(format!(
                    "`{id}`: give both the length and the SHA-256, or neither"
                ));
            }
            if file.bytes.or(self.bytes_about).is_none() {
                return Err(format!("`{id}`: say about how large it is: bytes_about"));
            }
            // Where the source itself says what the file must be, nobody may come in between.
            let is_safe = |source: &String| {
                source.starts_with("https://") || source.starts_with("http://127.0.0.1:")
            };
            if file.sha256.is_none() && !file.sources.iter().all(is_safe) {
                return Err(format!(
                    "`{id}`: a file without a hash has to come over https"
                ));
            }
            if file.sources.is_empty() {
                return Err(format!("`{id}`: a file without a source"));
            }
        }
        if self.files.is_empty() {
            return Err(format!("`{id}`: no file"));
        }
        Ok(())
    }
}

impl PublishedFile {
    /// What has arrived of the file, one of those of `id`, is kept under this name. What one source began
    /// another can end where it is known what comes out.
    pub(crate) fn part_key(&self, id: &str, number: usize) -> String {
        let pinned = self.sha256.clone();
        pinned.unwrap_or_else(|| format!("{id}-{number}"))
    }
}

/// Whether a text is a SHA-256 as it is written here.
pub(crate) fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_catalogue_lists_the_published_checkpoints() {
        let catalogue = Catalogue::parse(BUILT_IN).unwrap();
        let ids: Vec<_> = catalogue.models.iter().map(|model| &*model.id).collect();
        assert_eq!(
            ids,
            [
                "ddcolor_modelscope",
                "ddcolor_artistic",
                "ddcolor_paper_tiny",
                "ddcolor_paper"
            ]
        );
        for model in &catalogue.models {
            for source in model.files.iter().flat_map(|file| &file.sources) {
                assert!(source.starts_with("https://"), "{source}");
            }
            assert!(!model.name.chinese.is_empty() && !model.about.chinese.is_empty());
            assert!(model.bytes().is_some_and(|bytes| bytes > 200_000_000));
        }
    }

    #[test]
    fn a_model_is_found_by_the_hash_of_any_of_its_files() {
        let catalogue = Catalogue::built_in();
        let hash = "5a076e84efce59848394f572a105f7b78f7f6e917f615d1ee88537241b96dca3";
        let model = catalogue.by_sha256(hash).unwrap();
        assert_eq!(model.id, "ddcolor_artistic");
        assert_eq!(catalogue.by_sha256("00"), None);
    }

    #[test]
    fn a_catalogue_with_faults_is_refused_by_name() {
        let model = |id: &str, file: &str| {
            format!(
                "[[model]]\nid = \"{id}\"\nbytes_about = 5\nname = {{en = \"a\", zh-CN = \"a\"}}\n\
                 about = {{en = \"a\", zh-CN = \"a\"}}\narchitecture = \"tiny\"\nlicense = \"MIT\"\n\
                 [[model.file]]\n{file}\n"
            )
        };
        let source = "sources = [\"https://localhost/a\"]";
        for (text, reason) in [
            (model("../a", source), "name of a file"),
            (model("starter", source), "twice"),
            (model("cuda", source), "twice"),
            (model("a", "sources = []"), "without a source"),
            (model("a", &format!("bytes = 5\n{source}")), "or neither"),
            (
                model("a", &format!("bytes = 5\nsha256 = \"AB\"\n{source}")),
                "hexadecimal",
            ),
            (model("a", "sources = [\"http://example.org/a\"]"), "https"),
            (model("Starter", source), "twice"),
            (model("a", &format!("sise = 5\n{source}")), "sise"),
        ] {
            let refused = Catalogue::parse(&text).unwrap_err();
            assert!(refused.contains(reason), "{refused}");
        }
        assert!(Catalogue::parse(&model("a", source)).is_ok());
    }
}
