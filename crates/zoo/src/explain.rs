//! This crate's errors in words for a person.

use tintype_protocol::{ErrorCode, Explain, Explanation, Language};

use crate::Error;

impl Explain for Error {
    fn code(&self) -> ErrorCode {
        match self {
            Self::UnknownModel { .. } | Self::NoSuchFile { .. } => ErrorCode::ModelMissing,
            Self::Checkpoint(error) => error.code(),
        }
    }

    fn explain(&self, language: Language) -> Explanation {
        match self {
            Self::UnknownModel { name, known } => language.pick(
                Explanation::new(
                    format!("No model is named \"{name}\"."),
                    format!(
                        "Use one of: {}; or give the path of a checkpoint.",
                        known.join(", ")
                    ),
                ),
                Explanation::new(
                    format!("没有名为“{name}”的模型。"),
                    format!(
                        "可用的模型：{}；也可以直接给出模型文件的路径。",
                        known.join("、")
                    ),
                ),
            ),
            Self::NoSuchFile { path } => language.pick(
                Explanation::new(
                    format!("There is no file {}.", path.display()),
                    "Check the path of the checkpoint.",
                ),
                Explanation::new(
                    format!("文件 {} 不存在。", path.display()),
                    "请检查模型文件的路径。",
                ),
            ),
            Self::Checkpoint(error) => error.explain(language),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_is_explained_in_both_languages() {
        let errors = [
            Error::UnknownModel {
                name: "artistic".into(),
                known: vec!["starter".into()],
            },
            Error::NoSuchFile {
                path: "a.pth".into(),
            },
        ];
        for error in errors {
            assert_eq!(error.code(), ErrorCode::ModelMissing);
            let english = error.explain(Language::English).to_string();
            let chinese = error.explain(Language::Chinese).to_string();
            assert!(english.is_ascii(), "{english}");
            assert!(
                chinese
                    .chars()
                    .any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
                "{chinese}"
            );
        }
    }
}
