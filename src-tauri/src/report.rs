//! What a user sends along when something went wrong: nothing in it says who they are.

use std::fmt::Write as _;
use std::path::Path;

use tintype_engine::{Machine, Processor};
use tintype_protocol::shell::CommandError;
use tintype_server::log_tail;

/// Lines of the log that are added.
const LINES: usize = 40;

/// A report of an error: versions, the computer, the error, and the end of the log, all without paths.
pub(crate) fn report(error: &CommandError, logs: &Path) -> String {
    let (machine, processor) = (Machine::probe(), Processor::probe());
    let mut report = String::new();
    // Writing to a string can't fail.
    let _ = writeln!(report, "Tintype {}", env!("CARGO_PKG_VERSION"));
    let _ = writeln!(
        report,
        "{} {}",
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    let _ = writeln!(
        report,
        "{}, {} cores",
        processor.name, processor.physical_cores
    );
    let _ = writeln!(
        report,
        "{} of {} MiB of memory free",
        machine.available_bytes >> 20,
        machine.total_bytes >> 20
    );
    let code = error.code;
    let _ = writeln!(
        report,
        "\n{code}: {}\n",
        without_paths(&error.messages.english)
    );
    for line in log_tail(logs, LINES).unwrap_or_default() {
        let _ = writeln!(report, "{}", without_paths(&line));
    }
    report
}

/// A text with every path and every file's name in quotes replaced by its extension alone.
fn without_paths(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = next_path(rest) {
        clean.push_str(&rest[..start]);
        let end = rest[start..]
            .find(['"', '\'', '\n', '“', '”', ',', ';'])
            .map_or(rest.len(), |length| start + length);
        clean.push_str("[path]");
        let path = rest[start..end].trim_end_matches(['.', ' ', ':']);
        if let Some(extension) = Path::new(path).extension().and_then(|e| e.to_str())
            && extension.len() <= 12
            && extension.chars().all(char::is_alphanumeric)
        {
            clean.push('.');
            clean.push_str(extension);
        }
        rest = &rest[end..];
    }
    clean.push_str(rest);
    clean
}

/// Where a path begins: `/x` after a space, quote or the like, `C:\`, or `\\`.
fn next_path(text: &str) -> Option<usize> {
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        let rest = &text[at..];
        let is_start = !before.is_alphanumeric() && before != '/' && before != ':' && before != '<';
        let mut next = rest.chars().skip(1);
        let second = next.next();
        let is_posix = character == '/' && second.is_some_and(|c| c.is_alphanumeric() || c == '.');
        let is_drive = character.is_ascii_alphabetic()
            && second == Some(':')
            && matches!(next.next(), Some('\\' | '/'));
        if is_start && (is_posix || is_drive || rest.starts_with("\\\\")) {
            return Some(at);
        }
        before = character;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_path_is_left_but_what_kind_of_file_it_was() {
        for (text, clean) in [
            (
                "cannot read /srv/ann/Grandma Rose.jpg",
                "cannot read [path].jpg",
            ),
            (
                r#"{"path":"/srv/ann/x.png","n":1}"#,
                r#"{"path":"[path].png","n":1}"#,
            ),
            (
                r"open C:\Scans\Ann\b.tif, denied",
                "open [path].tif, denied",
            ),
            (r"\\server\share\a", "[path]"),
            (
                "and/or 1/2 http://127.0.0.1:8188",
                "and/or 1/2 http://127.0.0.1:8188",
            ),
        ] {
            assert_eq!(without_paths(text), clean);
        }
    }
}
