//! Results out of the window.

use std::fs;

use crate::coloring::{COLORED, with_the_sample_colored};
use crate::desk::{Desk, gray_png};

#[test]
fn a_result_is_saved_in_the_format_that_was_chosen() {
    let desk = with_the_sample_colored();
    for (kind, name, depth) in [
        ("jpeg", "a.jpg", image::ColorType::Rgb8),
        ("png", "b.png", image::ColorType::Rgb8),
        ("tiff", "c.tiff", image::ColorType::Rgb16),
        ("webp", "d.webp", image::ColorType::Rgb8),
    ] {
        let path = desk.root.path().join(name);
        desk.will_answer("save", &path);
        desk.set("section select[id$=format]", kind);
        desk.press("Save as…");
        desk.until_said(&format!("Saved to {}", path.display()));
        let picture = image::open(&path).unwrap();
        assert_eq!(picture.color(), depth, "{name}");
        let rgb = picture.to_rgb8();
        let is_colored = rgb.pixels().any(|p| p[0].abs_diff(p[2]) > 20);
        assert!(is_colored, "{name}");
    }
}

#[test]
fn an_original_is_asked_about_twice_and_stays_unless_both_say_so() {
    let desk = Desk::new();
    let original = desk.root.path().join("grandma.png");
    gray_png(&original, 120, 90, 5);
    let before = fs::read(&original).unwrap();
    desk.drop_files(&[&original]);
    desk.press("Colorize");
    desk.until(COLORED);
    // The dialog itself has asked once, as every system's does.
    desk.will_answer("save", &original);
    desk.press("Save as…");
    desk.until_said("Replace the original photo?");
    assert_eq!(fs::read(&original).unwrap(), before);
    // Another name is asked for at once.
    let other = desk.root.path().join("other.png");
    desk.will_answer("save", &other);
    desk.press("Choose another name");
    desk.until_said("other.png");
    assert_eq!(fs::read(&original).unwrap(), before);
    assert!(other.is_file());
    desk.will_answer("save", &original);
    desk.press("Save as…");
    desk.press("Replace the original");
    desk.until_said("grandma.png");
    desk.until("!document.querySelector('dialog')");
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while fs::read(&original).unwrap() == before && std::time::Instant::now() < end {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_ne!(fs::read(&original).unwrap(), before);
}

#[test]
fn a_result_is_copied_to_the_clipboard() {
    let desk = with_the_sample_colored();
    desk.key("c", "ctrl");
    desk.until_said("Copied");
}

#[test]
fn all_are_saved_under_names_of_a_template() {
    let desk = Desk::new();
    let scans = desk.root.path().join("scans");
    let folder = desk.root.path().join("album");
    fs::create_dir_all(&scans).unwrap();
    fs::create_dir_all(&folder).unwrap();
    for number in 0..3 {
        gray_png(&scans.join(format!("{number}.png")), 120, 90, number);
    }
    fs::write(folder.join("1 in color.png"), "somebody's own").unwrap();
    desk.drop_files(&[&scans]);
    desk.press("Colorize 3 photos");
    desk.until("document.querySelectorAll('aside [data-state=done]').length === 3");
    desk.set("input[id$=names]", "{name} in color");
    desk.will_answer("folder", &folder);
    desk.press("Save all 3…");
    desk.until_said("3 photos saved");
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let expected = [
        "0 in color.png",
        "1 in color (2).png",
        "1 in color.png",
        "2 in color.png",
    ];
    assert_eq!(names, expected);
    let kept = fs::read_to_string(folder.join("1 in color.png")).unwrap();
    assert_eq!(kept, "somebody's own");
}
