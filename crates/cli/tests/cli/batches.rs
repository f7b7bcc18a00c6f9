//! Good, bad and mixed batches.

use crate::bench::{Bench, colorfulness, street};

#[test]
fn a_photo_gets_its_colors_and_keeps_its_original() {
    let bench = Bench::new();
    bench.put("in/street.jpg", &street());
    let said = bench.colorize(&["in/street.jpg", "--out", "out"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(bench.names("out"), ["street-colorized.jpg"]);
    assert_eq!(bench.read("in/street.jpg"), street());
    let (before, after) = (
        colorfulness(&bench.path("in/street.jpg")),
        colorfulness(&bench.path("out/street-colorized.jpg")),
    );
    assert!(after > before + 2.0, "{before} became {after}");
    assert!(
        said.stdout.contains("street-colorized.jpg"),
        "{}",
        said.stdout
    );
}

#[test]
fn in_a_mixed_folder_every_bad_file_is_named_with_its_cause_and_the_rest_is_done() {
    let bench = Bench::new();
    let street = street();
    bench.put("in/good.jpg", &street);
    bench.put("in/cut.jpg", &street[..street.len() / 2]);
    bench.put("in/text.png", b"this is no picture");
    bench.put("in/empty.tif", b"");
    bench.put("in/phone.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
    bench.put("in/notes.txt", b"not even called a picture");
    let said = bench.colorize(&["in", "--out", "out"]);
    assert_eq!(said.code, 1, "{}", said.stderr);
    assert_eq!(bench.names("out"), ["good-colorized.jpg"]);
    for (name, cause) in [
        ("cut.jpg", "ends in the middle"),
        ("text.png", "not a picture"),
        ("empty.tif", "is empty"),
        ("phone.jpg", "HEIC"),
    ] {
        let lines = said
            .stderr
            .lines()
            .filter(|line| line.contains(name))
            .collect::<Vec<_>>();
        assert_eq!(lines.len(), 1, "{name}: {}", said.stderr);
        assert!(lines[0].contains(cause), "{}", lines[0]);
    }
    assert!(!said.stderr.contains("notes.txt"), "{}", said.stderr);
    assert!(
        said.stderr.contains("1 done, 4 failed, 1 left out"),
        "{}",
        said.stderr
    );
}

#[test]
fn errors_are_in_chinese_for_those_who_read_it() {
    let bench = Bench::new();
    bench.put("坏照片.jpg", &street()[..5000]);
    let said = bench.colorize(&["坏照片.jpg", "--lang", "zh"]);
    assert_eq!(said.code, 1);
    assert!(
        said.stderr.contains("坏照片.jpg: 这个 JPEG 文件不完整"),
        "{}",
        said.stderr
    );
}

#[test]
fn an_input_that_is_not_there_is_named_and_the_rest_is_done() {
    let bench = Bench::new();
    bench.put("good.jpg", &street());
    let said = bench.colorize(&["gone.jpg", "good.jpg", "--out", "out"]);
    assert_eq!(said.code, 1);
    assert!(
        said.stderr.contains("gone.jpg: There is no such file"),
        "{}",
        said.stderr
    );
    assert_eq!(bench.names("out"), ["good-colorized.jpg"]);
}
