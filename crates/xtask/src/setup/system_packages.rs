//! What has to come from the operating system: one table, and installing it where that is safe.
//!
//! Debian and its relatives are installed on directly. Elsewhere the exact command is printed:
//! other package managers are not tested here, and a developer's machine is theirs.

use std::fmt;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::pip;
use crate::run;

/// What something is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    /// Building and starting anything.
    Build,
    /// Testing the window where nobody sees it, on Linux, besides building.
    Tests,
    /// Packing what users install, and checking that, on Linux, besides testing.
    Packages,
}

/// Something that is needed.
struct Need {
    what: &'static str,
    purpose: Purpose,
    probe: Probe,
    /// Its packages by system; empty where the system brings it along.
    debian: &'static [&'static str],
    fedora: &'static [&'static str],
    arch: &'static [&'static str],
    /// How to get it on macOS and on Windows; empty where it is not needed.
    macos: &'static str,
    windows: &'static str,
}

/// How to tell that it is usable, whichever package it came from.
enum Probe {
    /// One of these commands runs.
    AnyOf(&'static [&'static [&'static str]]),
    /// A program on the search path; for those that say nothing of themselves.
    OnPath(&'static str),
    /// This command prints something.
    Prints(&'static [&'static str]),
    /// Python 3 that can make virtual environments.
    Python,
}

const NEEDS: &[Need] = &[
    Need {
        what: "a C++ compiler",
        purpose: Purpose::Build,
        probe: Probe::AnyOf(if cfg!(windows) {
            // The Build Tools are not on the search path; their finder has a fixed place.
            &[&[
                "C:\\Program Files (x86)\\Microsoft Visual Studio\\Installer\\vswhere.exe",
                "-?",
            ]]
        } else {
            &[
                &["c++", "--version"],
                &["g++", "--version"],
                &["clang++", "--version"],
            ]
        }),
        debian: &["g++"],
        fedora: &["gcc-c++"],
        arch: &["gcc"],
        macos: "xcode-select --install",
        windows: "the Visual Studio Build Tools with \"Desktop development with C++\"",
    },
    Need {
        what: "pkg-config",
        purpose: Purpose::Build,
        probe: Probe::AnyOf(&[&["pkg-config", "--version"]]),
        debian: &["pkg-config"],
        fedora: &["pkgconf-pkg-config"],
        arch: &["pkgconf"],
        macos: "",
        windows: "",
    },
    Need {
        what: "Python 3 with venv",
        purpose: Purpose::Build,
        probe: Probe::Python,
        debian: &["python3", "python3-venv"],
        fedora: &["python3", "python3-pip"],
        arch: &["python"],
        macos: "xcode-select --install",
        windows: "Python 3 from its installer or the Microsoft Store",
    },
    Need {
        // Without it libjpeg is built all the same, and takes twice as long for everything. Other processors' compilers
        // bring what their vector code needs.
        what: "NASM, which libjpeg's vector code is written for",
        purpose: Purpose::Build,
        probe: Probe::AnyOf(&[&["nasm", "-v"]]),
        debian: &["nasm"],
        fedora: &["nasm"],
        arch: &["nasm"],
        macos: if cfg!(target_arch = "x86_64") {
            "brew install nasm"
        } else {
            ""
        },
        windows: if cfg!(target_arch = "x86_64") {
            "NASM from its installer, on the search path"
        } else {
            ""
        },
    },
    Need {
        what: "WebKitGTK, which the window is drawn by",
        purpose: Purpose::Build,
        probe: Probe::AnyOf(&[&["pkg-config", "--exists", "webkit2gtk-4.1"]]),
        debian: &["libwebkit2gtk-4.1-dev", "librsvg2-dev"],
        fedora: &["webkit2gtk4.1-devel", "librsvg2-devel"],
        arch: &["webkit2gtk-4.1", "librsvg"],
        macos: "",
        windows: "",
    },
    Need {
        what: "a display that nobody sees",
        purpose: Purpose::Tests,
        probe: Probe::OnPath("Xvfb"),
        debian: &["xvfb"],
        fedora: &["xorg-x11-server-Xvfb"],
        arch: &["xorg-server-xvfb"],
        macos: "",
        windows: "",
    },
    Need {
        what: "a session bus of the tests' own",
        purpose: Purpose::Tests,
        probe: Probe::OnPath("dbus-run-session"),
        debian: &["dbus", "dbus-x11"],
        fedora: &["dbus-daemon"],
        arch: &["dbus"],
        macos: "",
        windows: "",
    },
    Need {
        what: "WebKit's driver",
        purpose: Purpose::Tests,
        probe: Probe::OnPath("WebKitWebDriver"),
        debian: &["webkit2gtk-driver"],
        fedora: &["webkit2gtk4.1"],
        arch: &["webkit2gtk-4.1"],
        macos: "",
        windows: "",
    },
    Need {
        what: "ExifTool, which reads independently what results tell beside their pixels",
        purpose: Purpose::Tests,
        probe: Probe::OnPath("exiftool"),
        debian: &["libimage-exiftool-perl"],
        fedora: &["perl-Image-ExifTool"],
        arch: &["perl-image-exiftool"],
        macos: "",
        windows: "",
    },
    Need {
        what: "a font with Chinese characters",
        purpose: Purpose::Tests,
        probe: Probe::Prints(&["fc-list", ":lang=zh-cn", "family"]),
        debian: &["fontconfig", "fonts-noto-cjk"],
        fedora: &["google-noto-sans-cjk-fonts"],
        arch: &["noto-fonts-cjk"],
        macos: "",
        windows: "",
    },
    Need {
        what: "Debian's tools for packages",
        purpose: Purpose::Packages,
        probe: Probe::OnPath("dpkg-shlibdeps"),
        debian: &["dpkg-dev"],
        fedora: &["dpkg-dev"],
        arch: &["dpkg"],
        macos: "",
        windows: "",
    },
    Need {
        what: "RPM's tools for packages",
        purpose: Purpose::Packages,
        probe: Probe::OnPath("rpmbuild"),
        debian: &["rpm"],
        fedora: &["rpm-build"],
        arch: &["rpm-tools"],
        macos: "",
        windows: "",
    },
    Need {
        what: "xz",
        purpose: Purpose::Packages,
        probe: Probe::OnPath("xz"),
        debian: &["xz-utils"],
        fedora: &["xz"],
        arch: &["xz"],
        macos: "",
        windows: "",
    },
    Need {
        what: "a checker of launchers",
        purpose: Purpose::Packages,
        probe: Probe::OnPath("desktop-file-validate"),
        debian: &["desktop-file-utils"],
        fedora: &["desktop-file-utils"],
        arch: &["desktop-file-utils"],
        macos: "",
        windows: "",
    },
    Need {
        what: "a checker of software centers' pages",
        purpose: Purpose::Packages,
        probe: Probe::OnPath("appstreamcli"),
        debian: &["appstream"],
        fedora: &["appstream"],
        arch: &["appstream"],
        macos: "",
        windows: "",
    },
    Need {
        what: "an installer of clean systems",
        purpose: Purpose::Packages,
        probe: Probe::OnPath("debootstrap"),
        debian: &["debootstrap"],
        fedora: &["debootstrap"],
        arch: &["debootstrap"],
        macos: "",
        windows: "",
    },
];

/// What a look at one need gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    what: &'static str,
    /// How to get it, if it is missing.
    pub(super) missing: Option<String>,
    /// The Debian packages that bring it.
    debian: &'static [&'static str],
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.missing {
            None => write!(f, "ok: {}", self.what),
            Some(cure) => write!(f, "missing: {}; get it by: {cure}", self.what),
        }
    }
}

/// A family of systems that install alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    Debian,
    Fedora,
    Arch,
    OtherUnix,
    MacOs,
    Windows,
}

impl System {
    fn current() -> Self {
        match std::env::consts::OS {
            "macos" => Self::MacOs,
            "windows" => Self::Windows,
            _ => Self::from_os_release(&fs::read_to_string("/etc/os-release").unwrap_or_default()),
        }
    }

    /// Reads `/etc/os-release`, see `os-release(5)`.
    fn from_os_release(text: &str) -> Self {
        let ids: Vec<_> = text
            .lines()
            .filter_map(|line| {
                line.strip_prefix("ID=")
                    .or_else(|| line.strip_prefix("ID_LIKE="))
            })
            .flat_map(|value| value.trim_matches('"').split_whitespace())
            .collect();
        let is = |names: &[&str]| ids.iter().any(|id| names.contains(id));
        if is(&["debian", "ubuntu"]) {
            Self::Debian
        } else if is(&["fedora", "rhel"]) {
            Self::Fedora
        } else if is(&["arch"]) {
            Self::Arch
        } else {
            Self::OtherUnix
        }
    }

    /// Whether anything has to be got at all, and how.
    fn cure(self, need: &Need) -> Option<String> {
        let cure = match self {
            Self::Debian => format!("apt-get install {}", need.debian.join(" ")),
            Self::Fedora => format!("dnf install {}", need.fedora.join(" ")),
            Self::Arch => format!("pacman -S --needed {}", need.arch.join(" ")),
            Self::OtherUnix => format!(
                "your system's packages; on Debian they are called {}",
                need.debian.join(", ")
            ),
            Self::MacOs => need.macos.to_owned(),
            Self::Windows => need.windows.to_owned(),
        };
        (!cure.is_empty()).then_some(cure)
    }
}

/// Looks at every need of this system for `purpose`.
pub(super) fn look(purpose: Purpose) -> Vec<Finding> {
    let system = System::current();
    let finding = |need: &Need| {
        let cure = system.cure(need)?;
        let usable = match need.probe {
            Probe::AnyOf(commands) => commands.iter().any(|c| run::works(c[0], &c[1..])),
            Probe::OnPath(program) => run::is_on_path(program),
            Probe::Prints(command) => run::output(Command::new(command[0]).args(&command[1..]))
                .is_ok_and(|printed| !printed.trim().is_empty()),
            Probe::Python => pip::python_is_usable(),
        };
        let missing = (!usable).then_some(cure);
        Some(Finding {
            what: need.what,
            missing,
            debian: need.debian,
        })
    };
    let needs = NEEDS.iter().filter(|need| need.purpose <= purpose);
    needs.filter_map(finding).collect()
}

/// Installs what is missing where that is possible; fails, saying what to do, where it is not.
///
/// At a terminal it asks first, unless `yes`.
pub(super) fn install(yes: bool, purpose: Purpose) -> Result<()> {
    let findings = look(purpose);
    for finding in findings.iter().filter(|finding| finding.missing.is_none()) {
        println!("{finding}");
    }
    if findings.iter().all(|finding| finding.missing.is_none()) {
        return Ok(());
    }
    let packages: Vec<_> = findings
        .iter()
        .filter(|finding| finding.missing.is_some())
        .flat_map(|finding| finding.debian.iter().copied())
        .collect();
    if System::current() == System::Debian {
        let packages = not_installed(&packages)?;
        if !packages.is_empty() && (yes || agreed(&packages)?) {
            apt_install(&packages)?;
            println!("did: install {}", packages.join(" "));
        }
    }
    let still: Vec<_> = look(purpose)
        .into_iter()
        .filter(|finding| finding.missing.is_some())
        .collect();
    for finding in &still {
        println!("{finding}");
    }
    if !still.is_empty() {
        bail!("this has to be installed first; then run the command again");
    }
    Ok(())
}

fn agreed(packages: &[&str]) -> Result<bool> {
    if !io::stdin().is_terminal() {
        return Ok(true);
    }
    print!("Install {} with apt-get? [Y/n] ", packages.join(" "));
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(
        answer.trim().to_ascii_lowercase().as_str(),
        "" | "y" | "yes"
    ))
}

fn apt_install(packages: &[&str]) -> Result<()> {
    let root = run::output(Command::new("id").arg("-u"))?.trim() == "0";
    if !root {
        println!("note: apt-get needs administrator's rights; sudo may ask for your password");
    }
    run::check(&mut apt_get(root, &["update"])).context("the package lists cannot be renewed")?;
    let mut install = apt_get(root, &["install", "--yes", "--no-install-recommends"]);
    run::check(install.args(packages)).context("the packages cannot be installed")
}

fn apt_get(root: bool, args: &[&str]) -> Command {
    // `env` and not our own environment: sudo does not hand that on.
    let mut command = Command::new(if root { "env" } else { "sudo" });
    if !root {
        if !io::stdin().is_terminal() {
            command.arg("--non-interactive");
        }
        command.arg("env");
    }
    command
        .args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
        .args(args);
    command
}

/// Those of `packages` that dpkg does not have.
fn not_installed<'a>(packages: &[&'a str]) -> Result<Vec<&'a str>> {
    // It fails when it does not know one of them, so its output counts, not its status.
    let output = Command::new("dpkg-query")
        .args(["--show", "--showformat=${Package} ${db:Status-Abbrev}\n"])
        .args(packages)
        .output()
        .context("`dpkg-query` could not be started")?;
    Ok(missing_from(
        packages,
        &String::from_utf8_lossy(&output.stdout),
    ))
}

/// Reads lines of `PACKAGE ii`; the second letter tells the state, `i` is installed.
fn missing_from<'a>(packages: &[&'a str], dpkg: &str) -> Vec<&'a str> {
    let installed = |package: &str| {
        dpkg.lines()
            .filter_map(|line| line.split_once(' '))
            .any(|(name, state)| name == package && state.chars().nth(1) == Some('i'))
    };
    packages
        .iter()
        .copied()
        .filter(|package| !installed(package))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dpkg_tells_what_is_missing() {
        let dpkg = "g++ ii \npython3 rc \npkg-config un \n";
        let packages = ["g++", "python3", "pkg-config", "python3-venv"];
        assert_eq!(
            missing_from(&packages, dpkg),
            ["python3", "pkg-config", "python3-venv"]
        );
        assert_eq!(missing_from(&packages[..1], dpkg), Vec::<&str>::new());
    }

    #[test]
    fn relatives_of_debian_install_like_it() {
        for (text, system) in [
            ("ID=debian\n", System::Debian),
            (
                "NAME=\"Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n",
                System::Debian,
            ),
            (
                "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n",
                System::Fedora,
            ),
            ("ID=manjaro\nID_LIKE=arch\n", System::Arch),
            ("VERSION_ID=debian\n", System::OtherUnix),
            ("", System::OtherUnix),
        ] {
            assert_eq!(System::from_os_release(text), system, "{text}");
        }
    }

    #[test]
    fn every_system_is_told_how_to_get_a_compiler_and_python() {
        use System::{Arch, Debian, Fedora, MacOs, OtherUnix, Windows};
        for system in [Debian, Fedora, Arch, OtherUnix, MacOs, Windows] {
            assert!(system.cure(&NEEDS[0]).is_some(), "{system:?}");
            assert!(system.cure(&NEEDS[2]).is_some(), "{system:?}");
        }
        assert_eq!(MacOs.cure(&NEEDS[1]), None);
        assert_eq!(Debian.cure(&NEEDS[0]).unwrap(), "apt-get install g++");
    }
}
