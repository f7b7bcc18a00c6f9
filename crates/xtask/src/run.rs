//! Starting other programs, and saying plainly what went wrong when that fails.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use crate::places::Places;

/// A `cargo` command in the repository: the very Cargo that started this tool.
pub(crate) fn cargo(places: &Places, args: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).current_dir(&places.root);
    // Cargo reads a relative CARGO_TARGET_DIR against its own folder, which is now another one.
    if env::var_os("CARGO_TARGET_DIR").is_some() {
        command.env("CARGO_TARGET_DIR", &places.target);
    }
    command
}

/// Lets `command`, and what it starts in turn, find libtorch at run time.
///
/// On Linux and macOS a build in `target/` finds it by its run path; Windows has no such thing,
/// and a `CARGO_TARGET_DIR` elsewhere breaks it.
pub(crate) fn with_libtorch(places: &Places, mut command: Command) -> Command {
    const VARIABLE: &str = if cfg!(windows) {
        "PATH"
    } else if cfg!(target_os = "macos") {
        "DYLD_LIBRARY_PATH"
    } else {
        "LD_LIBRARY_PATH"
    };
    let lib = places.libtorch_link().join("lib");
    command.env(
        VARIABLE,
        prepended(lib.as_os_str(), env::var_os(VARIABLE).as_deref()),
    );
    command
}

/// Runs to the end with this terminal as its own; fails unless it succeeds.
pub(crate) fn check(command: &mut Command) -> Result<()> {
    let status = status(command)?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs to the end and hands its exit code on.
pub(crate) fn passed_through(command: &mut Command) -> Result<ExitCode> {
    // None: ended by a signal. Codes above 255 exist on Windows only.
    let code = status(command)?
        .code()
        .and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}

/// Runs to the end; what it printed to standard output. Its errors go into the failure message.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("`{}` could not be started", shown(command)))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`{}` failed ({}):\n{}",
            shown(command),
            output.status,
            errors.trim_end()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program of that name is on the search path and says so itself.
pub(crate) fn works(program: impl AsRef<OsStr>, args: &[&str]) -> bool {
    Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Whether a program of that name is on the search path, for those that say nothing of themselves.
pub(crate) fn is_on_path(program: &str) -> bool {
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

fn status(command: &mut Command) -> Result<ExitStatus> {
    command
        .status()
        .with_context(|| format!("`{}` could not be started", shown(command)))
}

/// The command as one would type it; only the program's file name, not its folder.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

fn prepended(first: &OsStr, rest: Option<&OsStr>) -> OsString {
    let separator = if cfg!(windows) { ";" } else { ":" };
    let mut all = first.to_os_string();
    if let Some(rest) = rest.filter(|rest| !rest.is_empty()) {
        all.push(separator);
        all.push(rest);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = check(Command::new("tintype-no-such-program").arg("now")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`tintype-no-such-program now` could not be started"
        );
    }

    #[test]
    fn an_empty_search_path_gains_no_empty_entry() {
        // An empty entry would mean the current folder.
        assert_eq!(prepended(OsStr::new("a"), Some(OsStr::new(""))), "a");
        assert_eq!(prepended(OsStr::new("a"), None), "a");
    }

    #[cfg(unix)]
    #[test]
    fn a_failing_command_says_what_it_printed() {
        let error = output(Command::new("sh").args(["-c", "echo sorry >&2; exit 3"])).unwrap_err();
        assert!(error.to_string().contains("sorry"), "{error}");
        assert!(error.to_string().contains('3'), "{error}");
    }
}
