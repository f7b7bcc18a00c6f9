//! What the benchmark needs before it can begin: the peers' packages, our own programs, checkpoints and
//! pictures. All of it is made once and kept in the tool's cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::contender::{Contender, Kind, Runtime};
use crate::places::Places;
use crate::run;
use crate::setup::pip;

/// The photo that every contender colors.
const PHOTO: &str = "src-tauri/sample/bank-1908.jpg";

/// Everything that was installed, built and made.
pub(super) struct Peers<'a> {
    places: &'a Places,
    threads: usize,
    python: PathBuf,
    /// Scripts of `models/peers`.
    scripts: PathBuf,
    /// What is kept from one run to the next.
    pub(super) cache: PathBuf,
}

/// One checkpoint and one size.
pub(super) struct Setting {
    pub(super) side: usize,
    /// The checkpoint as published, and as Tintype keeps it.
    pub(super) pth: PathBuf,
    pub(super) folded: PathBuf,
    /// The picture.
    gray: PathBuf,
}

impl Setting {
    /// How large the weights are.
    pub(super) fn weights(&self) -> u64 {
        fs::metadata(&self.folded).map_or(0, |data| data.len())
    }
}

impl<'a> Peers<'a> {
    /// Installs the peers and builds our contender, unless that has been done.
    pub(super) fn install(places: &'a Places, threads: usize) -> Result<Self> {
        let cache = places.cache.join("peers");
        fs::create_dir_all(&cache)?;
        let scripts = places.root.join("models/peers");
        let python = packages(&scripts.join("requirements.txt"), &cache)?;
        let peers = Self {
            places,
            threads,
            python,
            scripts,
            cache,
        };
        peers.build("tintype-ddcolor", "contender")?;
        peers.build("tintype-checkpoint", "convert")?;
        Ok(peers)
    }

    /// Builds an example of one of our crates, at full speed.
    pub(super) fn build(&self, package: &str, example: &str) -> Result<()> {
        let build = ["build", "--release", "--locked", "-p", package];
        let mut build = run::cargo(self.places, &build);
        run::check(build.args(["--example", example]))
    }

    /// The program itself, built at full speed.
    pub(super) fn program(&self) -> Result<Command> {
        let build = [
            "build",
            "--release",
            "--locked",
            "--quiet",
            "-p",
            "tintype-cli",
        ];
        run::check(&mut run::cargo(self.places, &build))?;
        let name = format!("tintype{}", std::env::consts::EXE_SUFFIX);
        let program = self.places.target.join("release").join(name);
        Ok(run::with_libtorch(self.places, Command::new(program)))
    }

    /// Makes, once, the random checkpoint called `model` and the picture of that side.
    pub(super) fn setting(&self, model: &str, side: usize) -> Result<Setting> {
        let pth = self.cache.join(format!("{model}.pth"));
        if !pth.exists() {
            run::check(self.script("checkpoint.py").arg(model).arg(&pth))?;
        }
        let folded = self.cache.join(format!("{model}.safetensors"));
        if !folded.exists() {
            let part = folded.with_extension("part");
            run::check(self.example("convert").arg(&pth).arg(&part))?;
            fs::rename(&part, &folded)?;
        }
        let gray = self.cache.join(format!("gray-{side}"));
        if !gray.exists() {
            let photo = self.places.root.join(PHOTO);
            let mut make = self.script("picture.py");
            make.arg("gray").arg(photo).arg(side.to_string()).arg(&gray);
            run::check(&mut make)?;
        }
        Ok(Setting {
            side,
            pth,
            folded,
            gray,
        })
    }

    /// Makes, once, the photo of 24 megapixels (`large`) or of 12 (`middle`).
    pub(super) fn photo(&self, kind: &str) -> Result<PathBuf> {
        let made = self.cache.join(format!("{kind}.jpg"));
        if !made.exists() {
            let photo = self.places.root.join(PHOTO);
            run::check(self.script("picture.py").arg(kind).arg(photo).arg(&made))?;
        }
        Ok(made)
    }

    /// Starts a contender and waits until it is ready.
    pub(super) fn start(&self, kind: Kind, setting: &Setting) -> Result<Contender> {
        let threads = self.threads.to_string();
        let side = setting.side.to_string();
        let precision = kind.precision.as_str();
        let command = match kind.runtime {
            Runtime::Torch => self.serve("torch", precision, setting),
            Runtime::Onnx => self.serve("onnx", precision, setting),
            Runtime::Openvino => self.serve("openvino", precision, setting),
            Runtime::Engine | Runtime::Floor => {
                let name = if kind.runtime == Runtime::Engine {
                    "engine"
                } else {
                    "floor"
                };
                let mut command = self.example("contender");
                command.arg(name).arg(&setting.folded).arg(precision);
                command.arg(threads).arg(&setting.gray).arg(side);
                command
            }
        };
        Contender::start(command, &self.cache.join("contender.log"))
    }

    /// Makes the system forget what it keeps of the files that hold weights.
    pub(super) fn evict(&self, setting: &Setting) -> Result<()> {
        let mut evict = self.script("evict.py");
        evict.arg(&setting.pth).arg(&setting.folded);
        let graph = self.graphs().join(graph_name(setting));
        if graph.exists() {
            evict.arg(graph);
        }
        run::check(&mut evict)
    }

    fn serve(&self, runtime: &str, precision: &str, setting: &Setting) -> Command {
        let mut command = self.script("serve.py");
        command
            .args(["--runtime", runtime, "--precision", precision])
            .args(["--threads", &self.threads.to_string()])
            .args(["--side", &setting.side.to_string()])
            .arg("--checkpoint")
            .arg(&setting.pth)
            .arg("--input")
            .arg(&setting.gray)
            .arg("--cache")
            .arg(self.graphs());
        command
    }

    fn graphs(&self) -> PathBuf {
        self.cache.join("graphs")
    }

    fn script(&self, name: &str) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(self.scripts.join(name));
        // The repository is no place for compiled scripts.
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    /// An example that was built.
    pub(super) fn example(&self, name: &str) -> Command {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        let program = self.places.target.join("release/examples").join(file);
        run::with_libtorch(self.places, Command::new(program))
    }
}

/// As `serve.py` names it.
fn graph_name(setting: &Setting) -> String {
    let model = setting.pth.file_stem().unwrap_or_default();
    format!("{}-{}.onnx", model.to_string_lossy(), setting.side)
}

/// Installs the required packages unless these very ones are there; the Python that has them.
fn packages(requirements: &Path, cache: &Path) -> Result<PathBuf> {
    let wanted = fs::read_to_string(requirements)
        .with_context(|| format!("{} cannot be read", requirements.display()))?;
    let (folder, installed) = (cache.join("venv"), cache.join("installed.txt"));
    let python = folder.join(pip::PYTHON_IN_ENVIRONMENT);
    if fs::read_to_string(&installed).is_ok_and(|found| found == wanted) && python.exists() {
        return Ok(python);
    }
    println!("installing the peers, once: several gigabytes on Linux");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let python = pip::virtual_environment(&folder)?;
    let mut install = pip::command(&python);
    install.args(["install", "--quiet", "--no-cache-dir", "--requirement"]);
    run::check(install.arg(requirements)).context("the peers cannot be installed")?;
    // Only now: an installation that was broken off is done again.
    fs::write(installed, wanted)?;
    Ok(python)
}
