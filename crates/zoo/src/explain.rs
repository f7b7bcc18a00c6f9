//! This crate's errors in words for a person.

use std::io;

use tintype_protocol::{ErrorCode, Explain, Explanation, Language};

use crate::Error;
use crate::reason::list;

impl Explain for Error {
    fn code(&self) -> ErrorCode {
        match self {
            Self::UnknownModel { .. }
            | Self::NoSuchFile { .. }
            | Self::NotPublished { .. }
            | Self::NoNetwork { .. }
            | Self::Unreachable { .. } => ErrorCode::ModelMissing,
            Self::Catalogue { .. }
            | Self::NotAccepted { .. }
            | Self::Busy { .. }
            | Self::NoCudaHere
            | Self::NoDriver
            | Self::Bundled => ErrorCode::BadRequest,
            Self::NoRoom { .. } => ErrorCode::DiskFull,
            Self::Store { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                ErrorCode::DiskFull
            }
            Self::Store { .. } => ErrorCode::OutputUnwritable,
            Self::Damaged { .. } | Self::DamagedAddon => ErrorCode::ModelInvalid,
            Self::Cancelled => ErrorCode::Cancelled,
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
            Self::Cancelled => Explanation::cancelled(language),
            _ => self.of_fetching(language),
        }
    }
}

impl Error {
    /// What can go wrong with finding and fetching models.
    fn of_fetching(&self, language: Language) -> Explanation {
        let say = |english, chinese| said(language, english, chinese);
        match self {
            Self::Catalogue { path, reason } => {
                let path = path.display();
                say(
                    (
                        format!("The catalogue {path} can't be used: {reason}."),
                        "Correct it, or unset TINTYPE_CATALOGUE to use the built-in one.",
                    ),
                    (
                        format!("模型清单文件 {path} 无法使用：{reason}。"),
                        "请改正该文件，或取消设置环境变量 TINTYPE_CATALOGUE 以使用内置清单。",
                    ),
                )
            }
            Self::NotPublished { name, known } => say(
                (
                    format!(
                        "No published model is named \"{name}\". There is: {}.",
                        known.join(", ")
                    ),
                    "Use one of these names.",
                ),
                (
                    format!(
                        "没有名为“{name}”的已发布模型。可用的有：{}。",
                        known.join("、")
                    ),
                    "请使用其中一个名称。",
                ),
            ),
            Self::NotAccepted { model, bytes, .. } => {
                let megabytes = bytes / 1_000_000;
                say(
                    (
                        format!(
                            "{model} takes a download of {megabytes} MB, more than was agreed to."
                        ),
                        "Agree to that size and start it again.",
                    ),
                    (
                        format!("下载 {model} 需要 {megabytes} MB，超过了已同意的大小。"),
                        "请同意该大小后重新开始。",
                    ),
                )
            }
            Self::Busy { model } => say(
                (
                    format!("{model} is being worked on already."),
                    "Wait until that is done, or cancel it.",
                ),
                (format!("{model} 正在处理中。"), "请等待完成，或先取消。"),
            ),
            Self::NoNetwork { reason } => say(
                (
                    format!("The network can't be used: {reason}."),
                    "Check this computer's connection and proxy settings.",
                ),
                (
                    format!("无法使用网络：{reason}。"),
                    "请检查本机的网络连接和代理设置。",
                ),
            ),
            Self::Unreachable { model, tried } => say(
                (
                    format!(
                        "{model} could not be downloaded ({}).",
                        list(tried, language)
                    ),
                    "Check the network connection and try again: what has arrived is kept. Or fetch the file elsewhere and import it.",
                ),
                (
                    format!("无法下载 {model}（{}）。", list(tried, language)),
                    "请检查网络后重试：已下载的部分会保留。也可以在别处下载文件后导入。",
                ),
            ),
            _ => self.of_nvidia(language),
        }
    }

    /// What can go wrong with the part for NVIDIA devices.
    fn of_nvidia(&self, language: Language) -> Explanation {
        let say = |english, chinese| said(language, english, chinese);
        match self {
            Self::NoCudaHere => say(
                (
                    "Nothing is published for NVIDIA graphics cards on this kind of system.".to_owned(),
                    "Go on with the processor: everything works without a graphics card.",
                ),
                (
                    "没有适用于本系统的 NVIDIA 显卡支持组件。".to_owned(),
                    "请继续使用处理器：没有显卡也能使用全部功能。",
                ),
            ),
            Self::NoDriver => say(
                (
                    "This computer has no NVIDIA driver that can be used.".to_owned(),
                    "Install NVIDIA's driver, 580 or newer, and start Tintype again.",
                ),
                (
                    "这台电脑上没有可用的 NVIDIA 驱动。".to_owned(),
                    "请安装 580 或更新版本的 NVIDIA 驱动，然后重新启动 Tintype。",
                ),
            ),
            Self::DamagedAddon => say(
                (
                    "What was installed for NVIDIA graphics cards was damaged, and has been removed."
                        .to_owned(),
                    "Download it again.",
                ),
                (
                    "已安装的 NVIDIA 显卡支持组件已损坏，并已移除。".to_owned(),
                    "请重新下载。",
                ),
            ),
            _ => self.of_keeping(language),
        }
    }

    /// What can go wrong with keeping models.
    fn of_keeping(&self, language: Language) -> Explanation {
        let say = |english, chinese| said(language, english, chinese);
        match self {
            Self::Store { path, source } => {
                let path = path.display();
                say(
                    (
                        format!("{path} can't be used: {source}."),
                        "Free some space, or check that the folder may be written to.",
                    ),
                    (
                        format!("无法使用 {path}：{source}。"),
                        "请释放磁盘空间，或检查该文件夹是否可写。",
                    ),
                )
            }
            Self::NoRoom {
                path,
                needed,
                available,
            } => {
                let path = path.display();
                let [needed, available] = [needed, available].map(|bytes| bytes / 1_000_000);
                say(
                    (
                        format!(
                            "The disk of {path} has {available} MB free, and {needed} MB are needed."
                        ),
                        "Free some space and try again.",
                    ),
                    (
                        format!("{path} 所在磁盘剩余 {available} MB，需要 {needed} MB。"),
                        "请释放磁盘空间后重试。",
                    ),
                )
            }
            Self::Damaged { model, kept } => {
                let kept = kept.display();
                say(
                    (
                        format!("The file of {model} is damaged and was set aside as {kept}."),
                        "Download or import the model again.",
                    ),
                    (
                        format!("{model} 的文件已损坏，已移到 {kept}。"),
                        "请重新下载或导入该模型。",
                    ),
                )
            }
            _ => say(
                (
                    "The starter model is part of the program.".to_owned(),
                    "It is always there and can't be removed.",
                ),
                (
                    "入门模型是程序的一部分。".to_owned(),
                    "它始终可用，不能移除。",
                ),
            ),
        }
    }
}

/// Cause and cure in the language that is asked for.
fn said(language: Language, english: (String, &str), chinese: (String, &str)) -> Explanation {
    let (cause, cure) = language.pick(english, chinese);
    Explanation::new(cause, cure)
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
            Error::Catalogue {
                path: "a.toml".into(),
                reason: "empty".into(),
            },
            Error::NotPublished {
                name: "b".into(),
                known: vec!["c".into()],
            },
            Error::NotAccepted {
                model: "a".into(),
                bytes: 900_000_000,
                accepted: 0,
            },
            Error::Busy { model: "a".into() },
            Error::NoNetwork {
                reason: "no route".into(),
            },
            Error::Unreachable {
                model: "a".into(),
                tried: vec![crate::Tried {
                    host: "localhost".into(),
                    reason: crate::Reason::Status(404),
                }],
            },
            Error::store("a".as_ref(), io::ErrorKind::StorageFull.into()),
            Error::Damaged {
                model: "a".into(),
                kept: "b".into(),
            },
            Error::NoRoom {
                path: "a".into(),
                needed: 2_000_000,
                available: 1_000_000,
            },
            Error::NoCudaHere,
            Error::NoDriver,
            Error::DamagedAddon,
            Error::Bundled,
            Error::Cancelled,
        ];
        for error in errors {
            assert_ne!(error.code(), ErrorCode::Internal, "{error}");
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
