//! A clean system in a folder: Debian as its installer leaves it, without any of this computer's packages.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::run;

/// Mounts what programs want of a running system, and folders of this computer in their own places, where
/// only what this starts sees them: nothing is left mounted, however it ends.
const ENTER: &str = "set -e; root=$1; shift; \
    mount --rbind /dev \"$root/dev\"; mount -t proc proc \"$root/proc\"; \
    while [ \"$1\" != -- ]; do \
    mkdir -p \"$root$1\"; mount --bind \"$1\" \"$root$1\"; shift; done; shift; \
    exec chroot \"$root\" \"$@\"";

/// The user who works in the clean system.
pub(super) const USER: &str = "ann";

/// The home of that user, inside.
pub(super) fn home() -> PathBuf {
    Path::new("/home").join(USER)
}

/// The system in its folder, which goes when this is dropped.
pub(super) struct Root {
    folder: PathBuf,
    /// Folders of this computer that it sees too.
    shared: Vec<PathBuf>,
}

impl Root {
    /// Installs the system that this computer has, from where this computer gets its packages.
    pub(super) fn make(folder: &Path, shared: Vec<PathBuf>) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        let root = Self {
            folder: folder.to_owned(),
            shared,
        };
        let release = fs::read_to_string("/etc/os-release")?;
        let codename = codename_in(&release)
            .context("this system has no code name: the check works on Debian and its relatives")?;
        let sources = Sources::of_this_system()?;
        let mirror = sources.mirror_of(&codename)?;
        let mut debootstrap = Command::new("debootstrap");
        debootstrap
            .args(["--variant=minbase", &codename])
            .arg(folder)
            .arg(mirror);
        run::output(&mut debootstrap)?;
        fs::write(folder.join("etc/apt/sources.list"), sources.list())?;
        run::output(&mut root.command(["apt-get", "update"]))?;
        run::output(&mut root.command(["useradd", "--create-home", USER]))?;
        Ok(root)
    }

    /// The place of a path of the system on this computer.
    pub(super) fn at(&self, path: &str) -> PathBuf {
        self.folder.join(path.trim_start_matches('/'))
    }

    /// A command inside, by root.
    pub(super) fn command<W: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = W>) -> Command {
        let mut command = self.enter();
        command
            .args(words)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .env("LC_ALL", "C.UTF-8")
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command
    }

    /// A command inside, by [`USER`] and with an environment of that user's own; `words` may begin with
    /// more variables.
    pub(super) fn command_of_user<W: AsRef<OsStr>>(
        &self,
        words: impl IntoIterator<Item = W>,
    ) -> Command {
        let mut command = self.enter();
        command
            .args(["setpriv", "--init-groups"])
            .arg(format!("--reuid={USER}"))
            .arg(format!("--regid={USER}"))
            .args(["env", "-i", "PATH=/usr/bin:/bin", "LANG=C.UTF-8"])
            .arg(format!("HOME={}", home().display()))
            .args(words);
        command
    }

    /// A script that starts a program inside with the caller's environment and arguments.
    pub(super) fn script(&self, program: &str, path: &Path) -> Result<()> {
        let mut command = self.enter();
        command.arg(program);
        let mut text = String::from("#!/bin/sh\nexec");
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        for word in words {
            let word = word.to_str().context("a path is no text")?;
            // Writing to a string does not fail.
            let _ = write!(text, " '{}'", word.replace('\'', "'\\''"));
        }
        text += " \"$@\"\n";
        super::super::linux::stage::write(path, &text, 0o755)
    }

    fn enter(&self) -> Command {
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "--", "sh", "-c", ENTER, "sh"])
            .arg(&self.folder)
            .args(&self.shared)
            .arg("--");
        command
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        // It is in the folder of build results, where the next check clears it away if this can't.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Reads `VERSION_CODENAME` of `/etc/os-release`.
fn codename_in(release: &str) -> Option<String> {
    let line = release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    line.map(|name| name.trim_matches('"').to_owned())
}

/// Where this computer gets the distribution's own packages: address and suite, and their components.
struct Sources(BTreeMap<(String, String), BTreeSet<String>>);

impl Sources {
    fn of_this_system() -> Result<Self> {
        let format = "$(IDENTIFIER)|$(ORIGIN)|$(REPO_URI)|$(SUITE)|$(CODENAME)|$(COMPONENT)";
        let mut command = Command::new("apt-get");
        command.args(["indextargets", "--format", format]);
        let printed = run::output(&mut command).context("this system has no apt")?;
        Ok(Self::read(&printed))
    }

    fn read(printed: &str) -> Self {
        let mut sources: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for line in printed.lines() {
            let fields: Vec<_> = line.split('|').collect();
            if let [
                "Packages",
                "Debian" | "Ubuntu",
                address,
                _,
                codename,
                component,
            ] = fields[..]
            {
                let place = (address.to_owned(), codename.to_owned());
                sources
                    .entry(place)
                    .or_default()
                    .insert(component.to_owned());
            }
        }
        Self(sources)
    }

    fn mirror_of(&self, codename: &str) -> Result<&str> {
        let mut places = self.0.keys();
        let place = places.find(|(_, name)| name == codename);
        let place = place.with_context(|| {
            format!("apt knows no source of {codename}: run `apt-get update` first")
        })?;
        Ok(&place.0)
    }

    /// As `/etc/apt/sources.list` has it.
    fn list(&self) -> String {
        let mut list = String::new();
        for ((address, codename), components) in &self.0 {
            let components: Vec<_> = components.iter().map(String::as_str).collect();
            // Writing to a string does not fail.
            let _ = writeln!(list, "deb {address} {codename} {}", components.join(" "));
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_distributions_own_sources_are_taken() {
        let printed = "Packages|Debian|http://a/debian/|oldstable|bookworm|main\n\
                       Packages|Debian|http://a/debian/|oldstable|bookworm|contrib\n\
                       Packages|Debian|http://a/security/|x|bookworm-security|main\n\
                       DEP-11|Debian|http://a/debian/|oldstable|bookworm|main\n\
                       Packages|Somebody|http://b/|x|bookworm|main\n";
        let sources = Sources::read(printed);
        assert_eq!(sources.mirror_of("bookworm").unwrap(), "http://a/debian/");
        assert!(sources.mirror_of("trixie").is_err());
        assert_eq!(
            sources.list(),
            "deb http://a/debian/ bookworm contrib main\n\
             deb http://a/security/ bookworm-security main\n"
        );
    }

    #[test]
    fn the_code_name_is_read() {
        assert_eq!(
            codename_in("ID=debian\nVERSION_CODENAME=bookworm\n").unwrap(),
            "bookworm"
        );
        assert_eq!(codename_in("ID=arch\n"), None);
    }
}
