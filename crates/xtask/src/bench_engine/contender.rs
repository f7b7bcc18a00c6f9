//! A contender: another process with the network loaded, which answers line by line.
//!
//! `models/peers/serve.py` says which lines there are.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

/// What runs the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Runtime {
    /// The published code.
    Torch,
    /// ONNX Runtime.
    Onnx,
    /// Intel's `OpenVINO`.
    Openvino,
    /// Tintype.
    Engine,
    /// What the multiply-adds alone would take.
    Floor,
}

/// The arithmetic it runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Precision {
    Fp32,
    Bf16,
    Int8,
}

impl Precision {
    /// Every one there is.
    pub(super) const ALL: [Self; 3] = [Self::Fp32, Self::Bf16, Self::Int8];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Fp32 => "fp32",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
        }
    }
}

/// Which contender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Kind {
    pub(super) runtime: Runtime,
    pub(super) precision: Precision,
}

impl Kind {
    pub(super) const fn new(runtime: Runtime, precision: Precision) -> Self {
        Self { runtime, precision }
    }

    /// As tables have it.
    pub(super) fn label(self) -> String {
        let runtime = match self.runtime {
            Runtime::Torch => "published code, PyTorch",
            Runtime::Onnx => "ONNX Runtime",
            Runtime::Openvino => "OpenVINO",
            Runtime::Engine => "**Tintype**",
            Runtime::Floor => "floor",
        };
        format!("{runtime} {}", self.precision.as_str())
    }
}

/// A contender that is ready.
pub(super) struct Contender {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// How long its checkpoint took to load, as it says itself.
    pub(super) load_seconds: f64,
    /// Its runtime's version.
    pub(super) version: String,
}

/// Any answer; what is not part of it is absent.
#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    ready: bool,
    why: Option<String>,
    load_seconds: Option<f64>,
    version: Option<String>,
    seconds: Option<f64>,
}

impl Contender {
    /// Starts it and waits until its checkpoint is loaded. What it complains of goes into the file `log`.
    pub(super) fn start(mut command: Command, log: &Path) -> Result<Self> {
        let complaints = fs::File::create(log)?;
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(complaints);
        let shown = crate::run::shown(&command);
        let mut child = command
            .spawn()
            .with_context(|| format!("`{shown}` could not be started"))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("`{shown}` has no pipes");
        };
        let mut contender = Self {
            child,
            input,
            output: BufReader::new(output),
            load_seconds: 0.0,
            version: String::new(),
        };
        let answer = contender
            .answer()
            .with_context(|| format!("`{shown}` did not get ready; see {}", log.display()))?;
        if !answer.ready {
            bail!("`{shown}`: {}", answer.why.unwrap_or_default());
        }
        contender.load_seconds = answer.load_seconds.context("no time of loading")?;
        contender.version = answer.version.context("no version")?;
        Ok(contender)
    }

    /// Colors the picture once; the seconds it took.
    pub(super) fn run(&mut self) -> Result<f64> {
        self.ask("run")?.seconds.context("no time of the run")
    }

    /// The colors it made last.
    pub(super) fn output(&mut self, folder: &Path) -> Result<Vec<f32>> {
        let file = folder.join("colors");
        self.ask(&format!("output {}", file.display()))?;
        let bytes = fs::read(&file)?;
        let (values, _) = bytes.as_chunks::<4>();
        Ok(values
            .iter()
            .map(|bytes| f32::from_ne_bytes(*bytes))
            .collect())
    }

    /// The most memory it has had at once so far, in bytes; `None` where the system does not tell.
    pub(super) fn peak_bytes(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        super::machine::kibibytes(&status, "VmHWM:")
    }

    fn ask(&mut self, line: &str) -> Result<Answer> {
        writeln!(self.input, "{line}")?;
        self.answer()
    }

    fn answer(&mut self) -> Result<Answer> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("a contender ended without an answer");
        }
        serde_json::from_str(&line).with_context(|| format!("an answer is not understood: {line}"))
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        // It has nothing to lose, and a large network takes its time to end by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Result<Contender> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Contender::start(command, &folder.path().join("log"))
    }

    #[test]
    fn a_contender_loads_and_runs() {
        let ready = r#"echo '{"ready": true, "load_seconds": 2, "version": "1.0"}'"#;
        let mut contender =
            shell(&format!(r#"{ready}; read line; echo '{{"seconds": 0.5}}'"#)).unwrap();
        assert_eq!(
            (contender.load_seconds, contender.version.as_str()),
            (2.0, "1.0")
        );
        assert_eq!(contender.run().unwrap(), 0.5);
        assert!(contender.run().is_err());
    }

    #[test]
    fn a_contender_that_cannot_says_why() {
        let refused = shell(r#"echo '{"ready": false, "why": "no such arithmetic"}'"#);
        assert!(
            refused
                .err()
                .unwrap()
                .to_string()
                .contains("no such arithmetic")
        );
        let dead = shell("exit 3").err().unwrap();
        assert!(dead.to_string().contains("did not get ready"), "{dead}");
    }
}
