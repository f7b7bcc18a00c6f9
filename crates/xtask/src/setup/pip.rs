//! Asking pip where a wheel is and what its hash is.
//!
//! pip and not our own look-up, because a user's pip is set up for the mirror, the proxy and the
//! certificates of their network. It only resolves; the files are fetched by
//! [`download`](super::download), which shows progress and resumes.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::run;

/// The Python whose wheels are taken. Any will do, since nothing of Python's is kept.
const PYTHON_VERSION: &str = "311";

/// The first pip that writes reports about wheels for other platforms without installing them.
const OLDEST_PIP: (u32, u32) = (23, 3);

/// A wheel that pip found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wheel {
    /// The package's name, such as `torch`.
    pub(super) name: String,
    /// Where it is.
    pub(super) url: String,
    /// What it must hash to, 64 lower-case hexadecimal digits.
    pub(super) sha256: String,
}

impl Wheel {
    /// A name for its file that no other content shares.
    pub(super) fn file_name(&self) -> String {
        format!("{}.whl", self.sha256)
    }
}

/// pip in a virtual environment of its own, so that the user's Python stays as it is.
#[derive(Debug)]
pub(super) struct Pip {
    python: PathBuf,
    folder: PathBuf,
}

impl Pip {
    /// Makes the environment in the empty `folder`.
    pub(super) fn new(folder: &Path) -> Result<Self> {
        let pip = Self {
            python: virtual_environment(&folder.join("venv"))?,
            folder: folder.to_path_buf(),
        };
        let version = run::output(pip.command().arg("--version"))?;
        if version_of(&version).is_none_or(|version| version < OLDEST_PIP) {
            let wanted = format!("pip>={}.{}", OLDEST_PIP.0, OLDEST_PIP.1);
            run::output(
                pip.command()
                    .args(["install", "--quiet", "--upgrade", &wanted]),
            )
            .context("pip is too old and cannot be renewed")?;
        }
        Ok(pip)
    }

    /// The wheels that satisfy `requirements` on a machine with these platform tags.
    pub(super) fn resolve(
        &self,
        requirements: &[String],
        tags: &[String],
        with_dependencies: bool,
    ) -> Result<Vec<Wheel>> {
        let report = self.folder.join("report.json");
        let mut command = self.command();
        command
            .args(["install", "--dry-run", "--quiet", "--only-binary=:all:", "--ignore-installed"])
            .args(["--implementation", "cp", "--python-version", PYTHON_VERSION])
            // pip wants a folder for a foreign platform even when it installs nothing.
            .arg("--target")
            .arg(self.folder.join("unused"))
            .arg("--report")
            .arg(&report);
        if !with_dependencies {
            command.arg("--no-deps");
        }
        for tag in tags {
            command.args(["--platform", tag]);
        }
        run::output(command.args(requirements)).context("pip cannot find libtorch's wheels")?;
        let text = std::fs::read_to_string(&report).context("pip left no report")?;
        parse_report(&text)
    }

    fn command(&self) -> Command {
        command(&self.python)
    }
}

/// Makes a virtual environment in `folder`; its Python.
pub(crate) fn virtual_environment(folder: &Path) -> Result<PathBuf> {
    run::output(python().args(["-m", "venv"]).arg(folder))
        .context("a virtual environment for Python's packages cannot be made")?;
    Ok(folder.join(PYTHON_IN_ENVIRONMENT))
}

/// Where a virtual environment has its Python.
pub(crate) const PYTHON_IN_ENVIRONMENT: &str = if cfg!(windows) {
    "Scripts/python.exe"
} else {
    "bin/python"
};

/// The pip of that Python.
pub(crate) fn command(python: &Path) -> Command {
    let mut command = Command::new(python);
    command.args(["-m", "pip", "--disable-pip-version-check", "--no-input"]);
    command
}

/// The system's Python 3.
pub(super) fn python() -> Command {
    // Windows' `python3` is often a stub that opens a shop; its installer's launcher is `py`.
    if cfg!(windows) && run::works("py", &["-3", "--version"]) {
        let mut command = Command::new("py");
        command.arg("-3");
        return command;
    }
    Command::new(if cfg!(windows) { "python" } else { "python3" })
}

/// Whether that Python can make a virtual environment with pip in it.
pub(super) fn python_is_usable() -> bool {
    run::output(python().args(["-c", "import venv, ensurepip"])).is_ok()
}

#[derive(Debug, Deserialize)]
struct Report {
    install: Vec<Install>,
}

#[derive(Debug, Deserialize)]
struct Install {
    download_info: DownloadInfo,
    metadata: Metadata,
}

#[derive(Debug, Deserialize)]
struct DownloadInfo {
    url: String,
    archive_info: ArchiveInfo,
}

#[derive(Debug, Deserialize)]
struct ArchiveInfo {
    #[serde(default)]
    hashes: std::collections::BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    name: String,
}

/// Reads pip's installation report, version 1.
fn parse_report(text: &str) -> Result<Vec<Wheel>> {
    let report: Report = serde_json::from_str(text).context("pip's report is not understood")?;
    report.install.into_iter().map(wheel).collect()
}

fn wheel(install: Install) -> Result<Wheel> {
    let name = install.metadata.name;
    let DownloadInfo { url, archive_info } = install.download_info;
    ensure!(
        url.starts_with("https://") || url.starts_with("http://"),
        "pip found {name} at {url}; only wheels from a server can be taken"
    );
    let Some(sha256) = archive_info.hashes.get("sha256") else {
        bail!("pip's index gives no SHA-256 for {name}, so a download could not be checked");
    };
    let sha256 = sha256.to_ascii_lowercase();
    // It becomes a file name, too.
    let is_hash = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
    ensure!(
        is_hash,
        "pip's index gives {sha256:?} for {name}, which is no SHA-256"
    );
    Ok(Wheel { name, url, sha256 })
}

/// `pip 26.3 from ...` gives 26 and 3.
fn version_of(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split_whitespace().nth(1)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(url: &str, hashes: &str) -> String {
        format!(
            r#"{{"version": "1", "pip_version": "26.3", "install": [{{
                "download_info": {{"url": "{url}", "archive_info": {{"hashes": {hashes}}}}},
                "is_direct": false, "requested": true,
                "metadata": {{"name": "torch", "version": "2.13.0"}}}}]}}"#
        )
    }

    #[test]
    fn a_report_gives_address_and_hash() {
        let hash = "A0".repeat(32);
        let text = report(
            "https://mirror.example/torch.whl",
            &format!(r#"{{"sha256": "{hash}"}}"#),
        );
        let wheels = parse_report(&text).unwrap();
        assert_eq!(wheels.len(), 1);
        assert_eq!(wheels[0].name, "torch");
        assert_eq!(wheels[0].url, "https://mirror.example/torch.whl");
        assert_eq!(wheels[0].sha256, "a0".repeat(32));
    }

    #[test]
    fn what_cannot_be_checked_is_refused() {
        let url = "https://mirror.example/torch.whl";
        for (hashes, complaint) in [
            ("{}", "no SHA-256"),
            (r#"{"md5": "00"}"#, "no SHA-256"),
            (r#"{"sha256": "../../x"}"#, "which is no SHA-256"),
        ] {
            let error = parse_report(&report(url, hashes)).unwrap_err().to_string();
            assert!(error.contains(complaint), "{error}");
        }
        let error = parse_report(&report("file:///torch.whl", "{}"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("from a server"), "{error}");
        assert!(parse_report("<html>").is_err());
    }

    #[test]
    fn pips_version_is_read() {
        assert_eq!(
            version_of("pip 26.3 from /x/pip (python 3.11)"),
            Some((26, 3))
        );
        assert_eq!(
            version_of("pip 23.0.1 from /x/pip (python 3.11)"),
            Some((23, 0))
        );
        assert_eq!(version_of("what?"), None);
    }
}
