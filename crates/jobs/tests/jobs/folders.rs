//! Names from outside, and the folders that they may not lead out of.

use std::fs;
use std::io::Write as _;

use tempfile::{NamedTempFile, TempDir};
use tintype_jobs::{FolderError, FolderKind, Folders};

fn folders() -> (TempDir, Folders) {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    let folders = Folders::open(&at("input"), &at("output"), &at("temp")).unwrap();
    (root, folders)
}

fn upload(folders: &Folders, bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new_in(folders.unfinished()).unwrap();
    file.write_all(bytes).unwrap();
    file
}

#[test]
fn no_name_leads_out_of_its_folder() {
    let (root, folders) = folders();
    fs::write(root.path().join("secret"), "").unwrap();
    for name in [
        "",
        ".",
        "..",
        "../secret",
        "/secret",
        "a/../../secret",
        "..\\secret",
        "C:secret",
        "a\0",
        "input/../../secret",
        "./../secret",
        "//secret",
        "NUL",
        "com1.png",
        "a/aux/b",
        "name.",
        "... ",
        "../secret [temp]",
    ] {
        assert!(folders.resolve(name).is_err(), "{name}");
        assert!(
            folders
                .free_output(FolderKind::Output, name, "png")
                .is_err(),
            "{name}"
        );
        let file = upload(&folders, b"x");
        assert!(
            folders
                .add(FolderKind::Input, "", name, file, false)
                .is_err(),
            "{name}"
        );
    }
    let file = upload(&folders, b"x");
    assert!(
        folders
            .add(FolderKind::Input, "..", "a", file, true)
            .is_err()
    );
}

#[cfg(unix)]
#[test]
fn no_link_leads_out_of_its_folder() {
    let (root, folders) = folders();
    fs::write(root.path().join("secret"), "").unwrap();
    let input = folders.path(FolderKind::Input);
    std::os::unix::fs::symlink(root.path().join("secret"), input.join("file")).unwrap();
    std::os::unix::fs::symlink(root.path(), input.join("folder")).unwrap();
    assert!(folders.resolve("file").is_err());
    assert!(folders.resolve("folder/secret").is_err());
    let file = upload(&folders, b"x");
    assert!(
        folders
            .add(FolderKind::Input, "folder/new", "a", file, false)
            .is_err()
    );
    assert!(!root.path().join("new").exists());
}

#[test]
fn a_name_may_say_which_folder_it_is_in() {
    let (_root, folders) = folders();
    fs::create_dir(folders.path(FolderKind::Output).join("album")).unwrap();
    fs::write(folders.path(FolderKind::Output).join("album/a b.png"), "").unwrap();
    assert!(folders.resolve("album/a b.png [output]").is_ok());
    assert!(matches!(
        folders.resolve("album/a b.png"),
        Err(FolderError::NotFound { .. })
    ));
}

#[test]
fn outputs_are_counted_on_from_the_highest_number() {
    let (_root, folders) = folders();
    let next = |prefix: &str| {
        let (path, added) = folders
            .free_output(FolderKind::Output, prefix, "png")
            .unwrap();
        fs::write(path, "").unwrap();
        (added.subfolder, added.filename)
    };
    let name = |subfolder: &str, name: &str| (subfolder.to_owned(), name.to_owned());
    assert_eq!(next("a"), name("", "a_00001_.png"));
    assert_eq!(next("a"), name("", "a_00002_.png"));
    assert_eq!(next("a_b"), name("", "a_b_00001_.png"));
    assert_eq!(next("x/y/a"), name("x/y", "a_00001_.png"));
    fs::write(folders.path(FolderKind::Output).join("a_00041_.jpg"), "").unwrap();
    assert_eq!(next("a"), name("", "a_00042_.png"));
}

#[test]
fn somebodys_own_number_is_not_counted_on_from() {
    let (_root, folders) = folders();
    let output = folders.path(FolderKind::Output);
    fs::write(output.join("a_18446744073709551615_.png"), "").unwrap();
    let free = folders.free_output(FolderKind::Output, "a", "png");
    assert_eq!(free.unwrap().1.filename, "a_00001_.png");
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_takes_its_name() {
    let (_root, folders) = folders();
    let output = folders.path(FolderKind::Output);
    std::os::unix::fs::symlink("nowhere", output.join("a_00001_.png")).unwrap();
    let free = folders.free_output(FolderKind::Output, "a", "png");
    assert_eq!(free.unwrap().1.filename, "a_00002_.png");
}

#[test]
fn an_upload_may_take_the_place_of_another() {
    let (_root, folders) = folders();
    for bytes in [b"one", b"two"] {
        let file = upload(&folders, bytes);
        let added = folders
            .add(FolderKind::Input, "x", "a", file, true)
            .unwrap();
        assert_eq!(
            (added.subfolder.as_str(), added.filename.as_str()),
            ("x", "a")
        );
        let path = folders.resolve("x/a").unwrap();
        assert_eq!(fs::read(path).unwrap(), bytes);
    }
}

#[test]
fn somebodys_own_folder_is_not_emptied() {
    let (root, _folders) = folders();
    let at = |name: &str| root.path().join(name);
    fs::create_dir(at("own")).unwrap();
    fs::write(at("own/photo.jpg"), "precious").unwrap();
    for _ in 0..2 {
        Folders::open(&at("input"), &at("output"), &at("own")).unwrap();
        assert_eq!(fs::read(at("own/photo.jpg")).unwrap(), b"precious");
    }
}

#[test]
fn photos_are_not_kept_where_the_temp_folder_is_emptied() {
    let (root, _folders) = folders();
    let at = |name: &str| root.path().join(name);
    fs::create_dir_all(at("temp/kept")).unwrap();
    fs::write(at("temp/kept/photo.jpg"), "precious").unwrap();
    for (input, output) in [
        ("temp/kept", "output"),
        ("input", "temp"),
        ("input", "temp/kept"),
    ] {
        let opened = Folders::open(&at(input), &at(output), &at("temp"));
        assert!(
            matches!(opened, Err(FolderError::WithinTemp { .. })),
            "{input} {output}"
        );
    }
    assert!(at("temp/kept/photo.jpg").exists());
}

#[test]
fn the_same_bytes_keep_their_name_and_others_get_a_number() {
    let (_root, folders) = folders();
    let add = |bytes: &[u8]| {
        let file = upload(&folders, bytes);
        let added = folders.add(FolderKind::Input, "", "a.tar.gz", file, false);
        added.unwrap().filename
    };
    assert_eq!(add(b"one"), "a.tar.gz");
    assert_eq!(add(b"two"), "a.tar (1).gz");
    assert_eq!(add(b"one"), "a.tar.gz");
    assert_eq!(add(b"two"), "a.tar (1).gz");
    assert_eq!(folders.inputs(), ["a.tar (1).gz", "a.tar.gz"]);
    let unfinished = fs::read_dir(folders.unfinished()).unwrap();
    assert_eq!(unfinished.count(), 0);
}

#[test]
fn the_temp_folder_is_emptied_and_the_others_are_not() {
    let (root, folders) = folders();
    for kind in [FolderKind::Input, FolderKind::Output, FolderKind::Temp] {
        fs::write(folders.path(kind).join("a"), "").unwrap();
    }
    let at = |name: &str| root.path().join(name);
    Folders::open(&at("input"), &at("output"), &at("temp")).unwrap();
    assert!(at("input/a").exists() && at("output/a").exists());
    assert!(!at("temp/a").exists());
}
