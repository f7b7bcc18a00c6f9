//! Packages of macOS and Windows, by Tauri's own bundler: it makes disk images and installers, and signs
//! them where there are keys.
//!
//! The programs are built by us, as on Linux; the bundler only packs them. What it is told here goes on
//! top of `tauri.conf.json`.

#![cfg_attr(
    target_os = "linux",
    allow(dead_code, reason = "compiled there for its tests")
)]

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value, json};

use super::libtorch::{self, Library};
use super::notices;
use crate::places::Places;
use crate::{npm, run};

/// The folder with the bundler, below the repository.
const BUNDLER: &str = "src-tauri/bundler";
/// macOS' identity to sign with, which the bundler reads too. Its other variables, for a certificate that
/// is not in the keychain and for Apple's notary, are in Tauri's documentation.
const APPLE_IDENTITY: &str = "APPLE_SIGNING_IDENTITY";
/// The SHA-1 of a certificate in Windows' store to sign with.
const WINDOWS_CERTIFICATE: &str = "TINTYPE_WINDOWS_CERTIFICATE";
const TIMES: &str = "http://timestamp.digicert.com";

/// A system that the bundler packs for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    MacOs,
    Windows,
}

impl System {
    fn current() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else {
            Self::MacOs
        }
    }

    /// What the bundler calls the packages.
    fn bundles(self) -> &'static str {
        match self {
            Self::MacOs => "app,dmg",
            Self::Windows => "nsis,msi",
        }
    }

    /// How the packages' names end; the app's own folder is inside the disk image.
    fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::MacOs => &["dmg"],
            Self::Windows => &["exe", "msi"],
        }
    }
}

/// Packs the programs; gives the packages in `folder`, and what of libtorch is inside.
pub(super) fn pack(
    places: &Places,
    programs: &[PathBuf],
    target: &Path,
    folder: &Path,
) -> Result<(Vec<PathBuf>, Vec<Library>)> {
    let system = System::current();
    let bundler = places.root.join(BUNDLER);
    npm::install(&bundler)?;
    let stage = target.join("stage");
    if stage.exists() {
        fs::remove_dir_all(&stage)?;
    }
    let lib = places.libtorch_link().join("lib");
    let libraries = libtorch::collect(programs, &lib, &stage.join("lib"))?;
    let [_, cli] = programs else {
        anyhow::bail!("a program is missing")
    };
    let host = run::output(Command::new("rustc").args(["--print", "host-tuple"]))?;
    // The bundler wants the programs beside the app to bear the system's name.
    let beside = stage.join("tintype");
    let named = format!("tintype-{}{}", host.trim(), env::consts::EXE_SUFFIX);
    fs::copy(cli, stage.join(named)).context("the command line cannot be staged")?;
    let mut texts = Vec::new();
    for (name, text) in notices::files(places)? {
        let path = stage.join(name);
        fs::write(&path, text)?;
        texts.push(path);
    }
    let contents = Contents {
        libraries: libraries.iter().map(|one| one.path.clone()).collect(),
        beside,
        texts,
    };
    let keys = Keys {
        apple: is_set(APPLE_IDENTITY) || is_set("APPLE_CERTIFICATE"),
        windows: env::var(WINDOWS_CERTIFICATE)
            .ok()
            .filter(|text| !text.is_empty()),
    };
    let file = stage.join("tauri.dist.json");
    fs::write(&file, configuration(system, &contents, &keys)?.to_string())?;

    let mut tauri = Command::new("node");
    tauri
        .arg(bundler.join("node_modules/@tauri-apps/cli/tauri.js"))
        .args(["bundle", "--ci", "--bundles", system.bundles(), "--config"])
        .arg(&file)
        .current_dir(places.root.join("src-tauri"))
        .env("CARGO_TARGET_DIR", target);
    if system == System::MacOs && !keys.apple {
        // Without any signature, Apple's processors run nothing.
        tauri.env(APPLE_IDENTITY, "-");
    }
    let before = std::time::SystemTime::now();
    run::check(&mut tauri)?;
    let made = made(&target.join("release/bundle"), system, before)?;
    ensure!(!made.is_empty(), "the bundler has made no package");
    let mut packages = Vec::new();
    for path in made {
        let package = folder.join(path.file_name().context("a package has a name")?);
        fs::copy(&path, &package)?;
        packages.push(package);
    }
    Ok((packages, libraries))
}

fn is_set(variable: &str) -> bool {
    env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// What comes with the app.
struct Contents {
    libraries: Vec<PathBuf>,
    /// The command line, without its system's name.
    beside: PathBuf,
    texts: Vec<PathBuf>,
}

/// What there is to sign with.
struct Keys {
    apple: bool,
    windows: Option<String>,
}

/// What goes on top of `tauri.conf.json`.
fn configuration(system: System, contents: &Contents, keys: &Keys) -> Result<Value> {
    let mut resources = Map::new();
    for text in &contents.texts {
        let name = name_of(text)?;
        resources.insert(shown(text)?, json!(format!("licenses/{name}")));
    }
    let mut bundle = json!({"externalBin": [shown(&contents.beside)?]});
    match system {
        System::MacOs => {
            let frameworks: Result<Vec<_>> =
                contents.libraries.iter().map(|path| shown(path)).collect();
            bundle["macOS"] = json!({
                "frameworks": frameworks?,
                // libtorch's own wheel asks for it.
                "minimumSystemVersion": "14.0",
                // The hardened runtime loads libraries of the same signer only, and without a key there
                // is none.
                "hardenedRuntime": keys.apple,
            });
        }
        System::Windows => {
            // Resources go beside the program, where Windows looks for libraries.
            for library in &contents.libraries {
                resources.insert(shown(library)?, json!(name_of(library)?));
            }
            bundle["windows"] = match &keys.windows {
                Some(certificate) => json!({
                    "certificateThumbprint": certificate,
                    "digestAlgorithm": "sha256",
                    "timestampUrl": TIMES,
                }),
                None => json!({}),
            };
        }
    }
    bundle["resources"] = Value::Object(resources);
    Ok(json!({"build": {"beforeBundleCommand": ""}, "bundle": bundle}))
}

fn name_of(path: &Path) -> Result<&str> {
    let name = path.file_name().and_then(OsStr::to_str);
    name.with_context(|| format!("{} has no plain name", path.display()))
}

fn shown(path: &Path) -> Result<String> {
    let text = path.to_str();
    let text = text.with_context(|| format!("{} is no plain path", path.display()))?;
    Ok(text.to_owned())
}

/// The packages below the bundler's folder that were made since then.
fn made(folder: &Path, system: System, since: std::time::SystemTime) -> Result<Vec<PathBuf>> {
    let mut made = Vec::new();
    for kind in fs::read_dir(folder)? {
        let kind = kind?.path();
        if !kind.is_dir() {
            continue;
        }
        for entry in fs::read_dir(kind)? {
            let path = entry?.path();
            let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
            let is_package = path.is_file() && system.extensions().contains(&extension);
            if is_package && path.metadata()?.modified()? >= since {
                made.push(path);
            }
        }
    }
    made.sort();
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents() -> Contents {
        Contents {
            libraries: vec!["/stage/lib/torch_cpu.dll".into()],
            beside: "/stage/tintype".into(),
            texts: vec!["/stage/copyright".into()],
        }
    }

    #[test]
    fn libraries_go_where_each_system_looks_for_them() {
        let keys = Keys {
            apple: true,
            windows: None,
        };
        let macos = configuration(System::MacOs, &contents(), &keys).unwrap();
        let bundle = &macos["bundle"];
        assert_eq!(
            bundle["macOS"]["frameworks"],
            json!(["/stage/lib/torch_cpu.dll"])
        );
        assert_eq!(
            bundle["resources"],
            json!({"/stage/copyright": "licenses/copyright"})
        );
        assert_eq!(bundle["externalBin"], json!(["/stage/tintype"]));
        let windows = configuration(System::Windows, &contents(), &keys).unwrap();
        let resources = &windows["bundle"]["resources"];
        assert_eq!(resources["/stage/lib/torch_cpu.dll"], "torch_cpu.dll");
        assert!(windows["bundle"].get("macOS").is_none());
    }

    #[test]
    fn there_is_a_signature_where_there_is_a_key() {
        let with = |apple, windows: Option<&str>| Keys {
            apple,
            windows: windows.map(str::to_owned),
        };
        for apple in [true, false] {
            let told = configuration(System::MacOs, &contents(), &with(apple, None)).unwrap();
            assert_eq!(told["bundle"]["macOS"]["hardenedRuntime"], apple);
        }
        let told = configuration(System::Windows, &contents(), &with(false, Some("AB"))).unwrap();
        assert_eq!(told["bundle"]["windows"]["certificateThumbprint"], "AB");
        let told = configuration(System::Windows, &contents(), &with(false, None)).unwrap();
        assert_eq!(told["bundle"]["windows"], json!({}));
    }

    #[test]
    fn only_packages_of_this_time_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("dmg")).unwrap();
        fs::write(folder.path().join("dmg/a.dmg"), "").unwrap();
        fs::write(folder.path().join("dmg/a.sh"), "").unwrap();
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        let found = made(folder.path(), System::MacOs, long_ago).unwrap();
        assert_eq!(found, [folder.path().join("dmg/a.dmg")]);
        let later = std::time::SystemTime::now() + std::time::Duration::from_mins(1);
        assert!(
            made(folder.path(), System::MacOs, later)
                .unwrap()
                .is_empty()
        );
    }
}
