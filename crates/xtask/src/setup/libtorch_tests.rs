//! Putting libtorch together out of small made-up wheels, and telling whether it is there.

use std::io::Write;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

const TORCH_H: &str = "torch/include/torch/csrc/api/include/torch/torch.h";

/// What the wheels must hold for this platform, one member a rule.
fn members(build: &Build) -> Vec<String> {
    let concrete = |pattern: &str| match pattern {
        "torch/include/**" => TORCH_H.to_owned(),
        other => other.replace("**", "x").replace('*', "y"),
    };
    build
        .rules
        .iter()
        .map(|rule| concrete(rule.pattern))
        .collect()
}

fn wheel(folder: &Path, members: &[String]) -> PathBuf {
    let path = folder.join("small.whl");
    let mut zip = ZipWriter::new(File::create(&path).unwrap());
    for name in members {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(name.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    path
}

fn places(room: &Path) -> Places {
    let [root, cache] = ["root", "cache"].map(|name| room.join(name));
    fs::create_dir(&root).unwrap();
    fs::create_dir(&cache).unwrap();
    Places {
        target: root.join("target"),
        root,
        cache,
    }
}

/// Assembles a libtorch of these members into the cache of a fresh room.
fn assembled(change: impl Fn(&mut Vec<String>)) -> (tempfile::TempDir, Places, Result<()>) {
    let room = tempfile::tempdir().unwrap();
    let places = places(room.path());
    let platform = Platform::current().unwrap();
    let build = platform.build(Flavor::Cpu).unwrap();
    let mut members = members(build);
    change(&mut members);
    let archive = wheel(room.path(), &members);
    let target = places.cache.join(Flavor::Cpu.folder());
    let outcome = assemble(build, platform, &[archive], &places.cache, &target);
    (room, places, outcome)
}

#[test]
fn a_whole_libtorch_is_found_in_the_cache_and_then_by_the_link() {
    let (_room, places, outcome) = assembled(|_| {});
    outcome.unwrap();
    let platform = Platform::current().unwrap();
    let folder = places.cache.join(Flavor::Cpu.folder());
    assert_eq!(
        fs::read_to_string(folder.join(VERSION_FILE)).unwrap(),
        "2.13.0\n"
    );
    let state = |flavor| state_given(&places, platform, flavor, None).unwrap();
    assert_eq!(state(None), State::Cached(folder.clone()));
    assert_eq!(state(Some(Flavor::Cuda)), State::Missing);

    super::super::link::point(&places.libtorch_link(), &folder).unwrap();
    assert_eq!(
        state(None),
        State::Linked(fs::canonicalize(&folder).unwrap())
    );
}

#[test]
fn an_interrupted_installation_leaves_nothing_under_the_final_name() {
    // The last member leads out of the folder: it fails when all others are already extracted.
    let (_room, places, outcome) = assembled(|members| members.push("torch/share/../../x".into()));
    assert!(outcome.is_err());
    assert_eq!(fs::read_dir(&places.cache).unwrap().count(), 0);
    let state = state_given(&places, Platform::current().unwrap(), None, None).unwrap();
    assert_eq!(state, State::Missing);
}

#[test]
fn what_a_killed_set_up_left_is_swept_away() {
    let room = tempfile::tempdir().unwrap();
    for name in ["unfinished-abc", "libtorch-2.13.0-cpu", "downloads"] {
        fs::create_dir(room.path().join(name)).unwrap();
    }
    sweep(room.path()).unwrap();
    let mut left: Vec<_> = fs::read_dir(room.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["downloads", "libtorch-2.13.0-cpu"]);
}

#[test]
fn a_wheel_that_lacks_a_library_is_refused() {
    let (_room, places, outcome) =
        assembled(|members| members.retain(|name| !name.contains("c10")));
    let error = outcome.unwrap_err().to_string();
    assert!(error.contains("c10"), "{error}");
    assert!(!places.cache.join(Flavor::Cpu.folder()).exists());
}

#[test]
fn another_version_is_no_libtorch() {
    let (_room, places, outcome) = assembled(|_| {});
    outcome.unwrap();
    let platform = Platform::current().unwrap();
    let folder = places.cache.join(Flavor::Cpu.folder());
    for (version, fits) in [("2.13.0+cu130\n", true), ("2.12.0", false)] {
        fs::write(folder.join(VERSION_FILE), version).unwrap();
        assert_eq!(is_libtorch(&folder, platform), fits, "{version}");
    }
}

#[test]
fn the_users_own_libtorch_is_taken_and_a_wrong_one_is_named() {
    let (room, places, outcome) = assembled(|_| {});
    outcome.unwrap();
    let platform = Platform::current().unwrap();
    let given = |folder: PathBuf| state_given(&places, platform, None, Some(folder));
    let own = room.path().join("own");
    fs::rename(places.cache.join(Flavor::Cpu.folder()), &own).unwrap();
    assert_eq!(given(own.clone()).unwrap(), State::Cached(own));
    // Cargo's own setting is not the user's.
    assert_eq!(given(places.libtorch_link()).unwrap(), State::Missing);
    let error = given(room.path().join("nowhere")).unwrap_err().to_string();
    assert!(
        error.contains("nowhere") && error.contains("unset"),
        "{error}"
    );
}

#[test]
fn two_set_ups_at_once_wait_for_each_other() {
    let room = tempfile::tempdir().unwrap();
    let first = lock(room.path()).unwrap();
    let path = room.path().to_path_buf();
    let second = std::thread::spawn(move || lock(&path).map(drop));
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert!(!second.is_finished());
    drop(first);
    second.join().unwrap().unwrap();
}
