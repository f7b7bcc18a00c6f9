//! This crate's errors in words for a person.

use std::io;

use tintype_protocol::{ErrorCode, Explain, Explanation, Language};

use crate::{Error, FolderError};

impl Explain for Error {
    fn code(&self) -> ErrorCode {
        match self {
            Self::InUse { .. } | Self::TooNew { .. } | Self::DuplicateId(_) => {
                ErrorCode::BadRequest
            }
            Self::Unusable { source, .. } => code_of(source),
            Self::DiskFull => ErrorCode::DiskFull,
            Self::Store(_)
            | Self::BadEntry { .. }
            | Self::IllegalTransition(_)
            | Self::Stopping => ErrorCode::Internal,
            Self::QueueFull { .. } => ErrorCode::QueueFull,
            Self::Folder(error) => error.code(),
        }
    }

    fn explain(&self, language: Language) -> Explanation {
        match self {
            Self::InUse { path } => language.pick(
                Explanation::new(
                    format!(
                        "Another Tintype is running with the queue {}.",
                        path.display()
                    ),
                    "Use that one, or end it first.",
                ),
                Explanation::new(
                    format!("另一个 Tintype 正在使用队列 {}。", path.display()),
                    "请使用那一个，或先将其关闭。",
                ),
            ),
            Self::Unusable { path, source } => unusable(language, path, source),
            Self::TooNew { path, .. } => language.pick(
                Explanation::new(
                    format!("{} was written by a newer Tintype.", path.display()),
                    "Install the newest version, or choose another data folder.",
                ),
                Explanation::new(
                    format!("{} 由更新版本的 Tintype 写入。", path.display()),
                    "请安装最新版本，或选择其他数据文件夹。",
                ),
            ),
            Self::DiskFull => language.pick(
                Explanation::new(
                    "The disk that the queue is kept on is full.",
                    "Free some space and try again.",
                ),
                Explanation::new("保存队列的磁盘已满。", "请清理一些空间后重试。"),
            ),
            Self::Store(source) => language.pick(
                Explanation::new(
                    format!("The queue's file can't be read or written ({source})."),
                    "Restart the program; if it happens again, send us the log.",
                ),
                Explanation::new(
                    format!("无法读写队列文件（{source}）。"),
                    "请重新启动程序；如果再次出现，请把日志发给我们。",
                ),
            ),
            Self::BadEntry { id, field } => language.pick(
                Explanation::new(
                    format!("The entry of job {id} is damaged ({field})."),
                    "Remove it from the history and queue the photo again.",
                ),
                Explanation::new(
                    format!("任务 {id} 的记录已损坏（{field}）。"),
                    "请从历史记录中删除它，然后重新提交照片。",
                ),
            ),
            Self::QueueFull { limit } => language.pick(
                Explanation::new(
                    format!("{limit} jobs are queued already, which is the most there can be."),
                    "Wait until some are done.",
                ),
                Explanation::new(
                    format!("队列中已有 {limit} 个任务，达到上限。"),
                    "请等待部分任务完成。",
                ),
            ),
            Self::DuplicateId(id) => language.pick(
                Explanation::new(
                    format!("There is a job {id} already."),
                    "Leave prompt_id out, or choose another.",
                ),
                Explanation::new(
                    format!("任务 {id} 已存在。"),
                    "请省略 prompt_id，或换一个。",
                ),
            ),
            Self::IllegalTransition(source) => language.pick(
                Explanation::new(
                    format!("The queue lost track of a job ({source})."),
                    "This is a defect: please report it, with the log.",
                ),
                Explanation::new(
                    format!("队列中某个任务的状态出错（{source}）。"),
                    "这是程序的缺陷，请连同日志一起反馈给我们。",
                ),
            ),
            Self::Stopping => language.pick(
                Explanation::new("The server is stopping.", "Start it again."),
                Explanation::new("服务正在停止。", "请重新启动。"),
            ),
            Self::Folder(error) => error.explain(language),
        }
    }
}

impl Explain for FolderError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::BadName { .. } | Self::NotFound { .. } | Self::WithinTemp { .. } => {
                ErrorCode::BadRequest
            }
            Self::Unusable { source, .. } => code_of(source),
        }
    }

    fn explain(&self, language: Language) -> Explanation {
        match self {
            Self::BadName { name } => language.pick(
                Explanation::new(
                    format!("\"{name}\" is no name of a file within the folder."),
                    "Use a plain name, such as photo.jpg or album/photo.jpg.",
                ),
                Explanation::new(
                    format!("“{name}”不是该文件夹内的文件名。"),
                    "请使用普通名称，例如 photo.jpg 或 album/photo.jpg。",
                ),
            ),
            Self::NotFound { name } => language.pick(
                Explanation::new(
                    format!("There is no file \"{name}\"."),
                    "Upload the photo first.",
                ),
                Explanation::new(format!("没有文件“{name}”。"), "请先上传照片。"),
            ),
            Self::WithinTemp { folder } => language.pick(
                Explanation::new(
                    format!(
                        "{} lies in the temp folder, which is emptied at each start.",
                        folder.display()
                    ),
                    "Choose another folder for your photos.",
                ),
                Explanation::new(
                    format!(
                        "{} 位于临时文件夹内，而临时文件夹每次启动时都会被清空。",
                        folder.display()
                    ),
                    "请为照片选择其他文件夹。",
                ),
            ),
            Self::Unusable { path, source } => unusable(language, path, source),
        }
    }
}

fn code_of(source: &io::Error) -> ErrorCode {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorCode::DiskFull,
        _ => ErrorCode::OutputUnwritable,
    }
}

fn unusable(language: Language, path: &std::path::Path, source: &io::Error) -> Explanation {
    language.pick(
        Explanation::new(
            format!("{} can't be used ({source}).", path.display()),
            "Choose another folder, or make this one writable.",
        ),
        Explanation::new(
            format!("{} 无法使用（{source}）。", path.display()),
            "请换一个文件夹，或将其设为可写。",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{JobState, Transition};
    use tintype_protocol::PromptId;

    #[test]
    fn every_error_is_explained_in_both_languages() {
        let path = || "jobs.sqlite".into();
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let errors = [
            Error::InUse { path: path() },
            Error::Unusable {
                path: path(),
                source: full(),
            },
            Error::TooNew {
                path: path(),
                found: 9,
                known: 1,
            },
            Error::DiskFull,
            Error::Store(rusqlite::Error::InvalidQuery),
            Error::BadEntry {
                id: "x".into(),
                field: "state",
            },
            Error::QueueFull { limit: 3 },
            Error::DuplicateId(PromptId::random()),
            JobState::Queued
                .apply(Transition::Requeue)
                .unwrap_err()
                .into(),
            Error::Stopping,
            FolderError::WithinTemp { folder: path() }.into(),
            FolderError::BadName { name: "..".into() }.into(),
            FolderError::NotFound { name: "a".into() }.into(),
            FolderError::Unusable {
                path: path(),
                source: full(),
            }
            .into(),
        ];
        for error in errors {
            let english = error.explain(Language::English);
            let chinese = error.explain(Language::Chinese).to_string();
            assert!(!english.cause.is_empty() && !english.cure.is_empty());
            assert!(english.to_string().is_ascii(), "{english}");
            assert!(
                chinese
                    .chars()
                    .any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
                "{chinese}"
            );
        }
    }
}
