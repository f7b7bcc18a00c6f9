//! What commands answer where they fail.

use std::path::Path;

use tintype_protocol::shell::CommandError;
use tintype_protocol::{ErrorCode, Explain, Wording};

/// What a command returns.
pub(crate) type Result<T> = std::result::Result<T, CommandError>;

/// A library's error, in its own words, about `subject`.
pub(crate) fn explained(error: &dyn Explain, subject: Option<&str>) -> CommandError {
    CommandError {
        code: error.code(),
        messages: Wording::of(error, subject),
    }
}

/// A library's error about one file.
pub(crate) fn about_file<E: Explain>(path: &Path) -> impl FnOnce(E) -> CommandError {
    let name = file_name(path);
    move |error| explained(&error, Some(&name))
}

/// An error that has no words of its own yet.
pub(crate) fn plain(code: ErrorCode, english: String, chinese: String) -> CommandError {
    CommandError {
        code,
        messages: Wording::new(english, chinese),
    }
}

/// A command that ended by a panic.
pub(crate) fn defect(error: &dyn std::fmt::Display) -> CommandError {
    tracing::error!(%error, "a command failed by a defect");
    plain(
        ErrorCode::Internal,
        "Tintype stumbled. This is a defect: please report it, with the log.".to_owned(),
        "Tintype 出现了内部错误。这是程序的缺陷，请连同日志一起反馈给我们。".to_owned(),
    )
}

/// The last part of a path, for a person.
pub(crate) fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}
