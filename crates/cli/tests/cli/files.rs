//! Names and folders of results, and what is never written to.

use crate::bench::{Bench, street};

#[test]
fn a_result_that_is_there_is_replaced_only_when_asked() {
    let bench = Bench::new();
    bench.put("a.jpg", &street());
    bench.put("a-colorized.jpg", b"precious");
    let said = bench.colorize(&["a.jpg"]);
    assert_eq!(said.code, 1);
    assert!(
        said.stderr.contains("a-colorized.jpg is there already"),
        "{}",
        said.stderr
    );
    assert_eq!(bench.read("a-colorized.jpg"), b"precious");
    assert_eq!(bench.colorize(&["a.jpg", "--overwrite"]).code, 0);
    assert_ne!(bench.read("a-colorized.jpg"), b"precious");
}

#[test]
fn an_original_is_never_replaced_not_even_when_asked() {
    let bench = Bench::new();
    bench.put("a.jpg", &street());
    for arguments in [
        &["a.jpg", "--name", "{name}", "--overwrite"][..],
        &["a.jpg", "--name", "{name}", "--overwrite", "--out", "."],
        &["./a.jpg", "--name", "a", "--overwrite", "--format", "jpeg"],
    ] {
        let said = bench.colorize(arguments);
        assert_eq!(said.code, 1, "{arguments:?}");
        assert!(
            said.stderr.contains("would replace the original"),
            "{}",
            said.stderr
        );
        assert_eq!(bench.read("a.jpg"), street());
    }
}

#[cfg(unix)]
#[test]
fn a_link_to_the_original_is_the_original() {
    let bench = Bench::new();
    let original = bench.put("a.jpg", &street());
    std::fs::create_dir(bench.path("out")).unwrap();
    std::os::unix::fs::symlink(&original, bench.path("out/a-colorized.jpg")).unwrap();
    std::fs::hard_link(&original, bench.path("a-colorized.jpg")).unwrap();
    for out in ["out", "."] {
        let said = bench.colorize(&["a.jpg", "--out", out, "--overwrite"]);
        assert_eq!(said.code, 1, "{out}: {}", said.stderr);
        assert_eq!(bench.read("a.jpg"), street());
    }
}

#[test]
fn names_follow_the_template_and_folders_follow_the_input() {
    let bench = Bench::new();
    bench.put("in/1915/street.jpg", &street());
    let said = bench.colorize(&[
        "in",
        "--recursive",
        "--out",
        "out",
        "--name",
        "{n}-{name}-{size}-{model}",
        "--format",
        "png",
    ]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(bench.names("out/1915"), ["1-street-64-starter.png"]);
}

#[test]
fn two_photos_of_one_name_both_get_a_result() {
    let bench = Bench::new();
    bench.put("one/a.jpg", &street());
    bench.put("two/a.jpg", &street());
    let said = bench.colorize(&["one/a.jpg", "two/a.jpg", "--out", "out"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(bench.names("out"), ["a-colorized-2.jpg", "a-colorized.jpg"]);
}

#[test]
fn a_second_run_over_a_folder_leaves_the_first_ones_results_alone() {
    let bench = Bench::new();
    bench.put("in/a.jpg", &street());
    assert_eq!(bench.colorize(&["in"]).code, 0);
    let said = bench.colorize(&["in", "--overwrite"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(bench.names("in"), ["a-colorized.jpg", "a.jpg"]);
}

#[test]
fn every_format_is_written() {
    let bench = Bench::new();
    bench.put("a.jpg", &street());
    for (format, name) in [
        ("jpeg", "jpg"),
        ("png", "png"),
        ("tiff", "tif"),
        ("webp", "webp"),
    ] {
        let said = bench.colorize(&["a.jpg", "--out", "out", "--format", format]);
        assert_eq!(said.code, 0, "{format}: {}", said.stderr);
        let result = image::open(bench.path(&format!("out/a-colorized.{name}"))).unwrap();
        assert_eq!((result.width(), result.height()), (1000, 553), "{format}");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let bench = Bench::new();
    bench.put("a.jpg", &street());
    bench.put("file", b"in the way");
    let said = bench.colorize(&["a.jpg", "--out", "file/out"]);
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("cannot be made"), "{}", said.stderr);
    assert_eq!(bench.read("file"), b"in the way");
}

#[test]
fn what_did_not_come_along_is_said() {
    let bench = Bench::new();
    let pages = include_bytes!("../../../photo/tests/fixtures/corpus/pages.tif");
    bench.put("album.tif", pages);
    let said = bench.colorize(&["album.tif"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(
        said.stderr.contains("pictures; the first was colorized"),
        "{}",
        said.stderr
    );
    let chinese = bench.colorize(&["album.tif", "--overwrite", "--lang", "zh"]);
    assert!(chinese.stderr.contains("幅图像"), "{}", chinese.stderr);
    let json = bench.colorize(&["album.tif", "--overwrite", "--json"]);
    assert!(
        json.stdout.contains("\"notes\":[\"The file holds"),
        "{}",
        json.stdout
    );
}

#[test]
fn dust_is_repaired_where_a_mask_says_and_a_mask_of_another_size_is_an_error() {
    let bench = Bench::new();
    bench.put("a.jpg", &street());
    bench.put(
        "mask.tif",
        include_bytes!("../../../photo/tests/fixtures/corpus/pages.tif"),
    );
    let said = bench.colorize(&["a.jpg", "--defects", "mask.tif"]);
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("mask"), "{}", said.stderr);
    let said = bench.colorize(&["a.jpg", "--defects", "a.jpg", "--format", "png"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
}
