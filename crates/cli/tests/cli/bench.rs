//! A folder of photos to run the program on.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A workbench: an empty folder, removed at the end, with home folders of its own so that no test
/// sees the user's models or cache.
pub(crate) struct Bench {
    root: TempDir,
}

/// What a run said.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Puts a file there, with the folders it needs.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// The names in a folder, in order.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<String> = entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// `tintype colorize` with a small size unless `arguments` say otherwise, run in the bench.
    pub(crate) fn colorize(&self, arguments: &[&str]) -> Said {
        let mut all = vec!["colorize"];
        if !arguments.contains(&"--size") {
            all.extend(["--size", "64"]);
        }
        all.extend(arguments);
        said(self.command(&all).output().unwrap())
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        said(self.command(arguments).output().unwrap())
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tintype"));
        command.current_dir(self.root.path()).args(arguments);
        let home = self.root.path().join("home");
        for variable in [
            "HOME",
            "XDG_DATA_HOME",
            "XDG_CACHE_HOME",
            "APPDATA",
            "LOCALAPPDATA",
        ] {
            command.env(variable, &home);
        }
        command.env("LC_ALL", "C").env("LANG", "C");
        for variable in [
            "TINTYPE_LANG",
            "TINTYPE_CHECKPOINT",
            "TINTYPE_DEVICE",
            "TINTYPE_THREADS",
            "TINTYPE_DATA",
            "TINTYPE_LOG",
            "TINTYPE_PORT",
        ] {
            command.env_remove(variable);
        }
        // The same on every processor; tests of the precision say what they want.
        command.env("TINTYPE_PRECISION", "fp32");
        command
    }
}

pub(crate) fn said(output: Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A real old photo, 1000x553, as JPEG.
pub(crate) fn street() -> Vec<u8> {
    let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens");
    std::fs::read(goldens.join("street-1915.jpg")).unwrap()
}

/// How strongly colored a file is: the mean distance between its pixels' channels.
pub(crate) fn colorfulness(path: &Path) -> f64 {
    let picture = image::open(path).unwrap().into_rgb8();
    let spread = |pixel: &image::Rgb<u8>| {
        let [r, g, b] = pixel.0;
        f64::from(r.max(g).max(b) - r.min(g).min(b))
    };
    picture.pixels().map(spread).sum::<f64>() / f64::from(picture.width() * picture.height())
}
