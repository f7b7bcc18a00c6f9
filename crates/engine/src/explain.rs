//! This crate's errors in words for a person.

use std::path::Path;

use tintype_protocol::{ErrorCode, Explain, Explanation, Language};

use crate::{Error, SIZE_MAX, SIZE_MIN};

impl Explain for Error {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Photo(error) | Self::Mask { source: error, .. } => error.code(),
            Self::OutOfMemory { .. } => ErrorCode::OutOfMemory,
            Self::WouldReplaceOriginal { .. }
            | Self::SizeOutOfRange { .. }
            | Self::StrengthOutOfRange { .. } => ErrorCode::BadRequest,
            Self::Cancelled => ErrorCode::Cancelled,
            Self::Colorizer(error) => error.code(),
        }
    }

    fn explain(&self, language: Language) -> Explanation {
        match self {
            Self::Photo(error) => error.explain(language),
            Self::OutOfMemory {
                size,
                needed_bytes,
                available_bytes,
                suggested_size,
            } => {
                let needed = gigabytes(*needed_bytes);
                let available = gigabytes(*available_bytes);
                out_of_memory(language, *size, &needed, &available, *suggested_size)
            }
            Self::WouldReplaceOriginal { path } => language.pick(
                Explanation::new(
                    format!("The result would replace the original {}.", path.display()),
                    "Choose another folder or name: originals are never written to.",
                ),
                Explanation::new(
                    format!("结果会覆盖原图 {}。", path.display()),
                    "请换一个文件夹或文件名：原图永远不会被改动。",
                ),
            ),
            Self::SizeOutOfRange { size } => language.pick(
                Explanation::new(
                    format!("The size {size} is out of range."),
                    format!("Choose one from {SIZE_MIN} to {SIZE_MAX}."),
                ),
                Explanation::new(
                    format!("尺寸 {size} 超出范围。"),
                    format!("请选择 {SIZE_MIN} 到 {SIZE_MAX} 之间的尺寸。"),
                ),
            ),
            Self::StrengthOutOfRange { strength } => language.pick(
                Explanation::new(
                    format!("The strength {} % is out of range.", strength * 100.0),
                    "Choose one from 0 % to 200 %.",
                ),
                Explanation::new(
                    format!("色彩强度 {} % 超出范围。", strength * 100.0),
                    "请选择 0 % 到 200 % 之间的强度。",
                ),
            ),
            Self::Mask { path, source } => unusable_mask(language, path, source),
            Self::Cancelled => Explanation::cancelled(language),
            Self::Colorizer(error) => error.explain(language),
        }
    }
}

fn unusable_mask(language: Language, path: &Path, source: &tintype_photo::Error) -> Explanation {
    let path = path.display();
    let reason = source.explain(language).cause;
    language.pick(
        Explanation::new(
            format!("The mask of dust and scratches {path} cannot be used. {reason}"),
            "Let the program find the defects again, and use the mask that it makes.",
        ),
        Explanation::new(
            format!("无法使用划痕蒙版 {path}。{reason}"),
            "请让程序重新查找划痕，并使用它生成的蒙版。",
        ),
    )
}

fn out_of_memory(
    language: Language,
    size: u32,
    needed: &str,
    available: &str,
    suggested: Option<u32>,
) -> Explanation {
    let cause = language.pick(
        format!(
            "Size {size} needs about {needed} GB of memory, and this computer has {available} GB free."
        ),
        format!("尺寸 {size} 大约需要 {needed} GB 内存，而这台电脑只有 {available} GB 可用。"),
    );
    let cure = match suggested {
        Some(fits) => language.pick(
            format!("Choose size {fits} or smaller, or close other programs."),
            format!("请选择 {fits} 或更小的尺寸，或关闭其他程序。"),
        ),
        None => language.pick(
            "Close other programs, or make the photo itself smaller.".to_owned(),
            "请关闭其他程序，或先缩小照片本身。".to_owned(),
        ),
    };
    Explanation::new(cause, cure)
}

/// Bytes as gigabytes with one decimal.
fn gigabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_is_explained_in_both_languages() {
        let memory = |suggested_size| Error::OutOfMemory {
            size: 2048,
            needed_bytes: 7_300_000_000,
            available_bytes: 2_000_000_000,
            suggested_size,
        };
        let errors = [
            memory(Some(960)),
            memory(None),
            Error::WouldReplaceOriginal {
                path: "a.jpg".into(),
            },
            Error::SizeOutOfRange { size: 7 },
            Error::StrengthOutOfRange { strength: 3.0 },
            Error::Mask {
                path: "a.png".into(),
                source: tintype_photo::Error::Empty,
            },
            Error::Cancelled,
        ];
        for error in errors {
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

    #[test]
    fn too_little_memory_names_the_size_that_fits() {
        let error = Error::OutOfMemory {
            size: 2048,
            needed_bytes: 7_300_000_000,
            available_bytes: 2_000_000_000,
            suggested_size: Some(960),
        };
        assert_eq!(error.code(), ErrorCode::OutOfMemory);
        assert_eq!(
            error.explain(Language::English).to_string(),
            "Size 2048 needs about 7.3 GB of memory, and this computer has 2.0 GB free. \
             Choose size 960 or smaller, or close other programs."
        );
    }
}
