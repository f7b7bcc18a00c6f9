//! The ways that photos come in.

use std::fs;

use serde_json::json;

use crate::desk::{Desk, Setup, gray_png, sample};

/// How many photos the list has.
const COUNT: &str = "document.querySelectorAll('aside li').length";

#[test]
fn an_empty_window_says_what_to_do_and_a_sample_is_one_click_away() {
    let desk = Desk::new();
    desk.until_said("Drop old photos here");
    desk.until_said("published models do far better");
    desk.press("Try a sample photo");
    desk.until(&format!("{COUNT} === 1"));
    // It is looked at, in its own size.
    desk.until("document.querySelector('img.before')?.naturalWidth > 100");
}

#[test]
fn files_and_folders_are_dropped_and_what_is_no_photo_or_here_already_is_said() {
    let desk = Desk::new();
    let folder = desk.root.path().join("scans");
    fs::create_dir_all(folder.join("deep")).unwrap();
    gray_png(&folder.join("a.png"), 40, 30, 1);
    gray_png(&folder.join("deep/b.png"), 40, 30, 2);
    fs::write(folder.join("notes.txt"), "not a photo").unwrap();
    let text = desk.root.path().join("letter.jpg");
    fs::write(&text, "Dear Ann, here are the photos").unwrap();
    desk.drop_files(&[&folder, &text]);
    desk.until(&format!("{COUNT} === 2"));
    desk.until_said("1 file is no photo and was passed over");
    desk.until_said("letter.jpg:");
    desk.drop_files(&[&folder.join("a.png")]);
    desk.until_said("1 photo was here already");
    assert_eq!(desk.value(COUNT), 2);
}

#[test]
fn photos_are_opened_by_a_dialog_and_pasted_from_the_clipboard() {
    let desk = Desk::new();
    desk.will_answer("photos", &sample());
    desk.key("o", "ctrl");
    desk.until(&format!("{COUNT} === 1"));
    let script = "const canvas = document.createElement('canvas'); canvas.width = 60; canvas.height = 40; \
        canvas.getContext('2d').fillRect(0, 0, 30, 40); const done = arguments[0]; \
        canvas.toBlob((blob) => { const data = new DataTransfer(); \
        data.items.add(new File([blob], 'image.png', {type: 'image/png'})); \
        window.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true})); \
        done(true); })";
    assert_eq!(desk.run_async(script, Vec::new()), true);
    desk.until(&format!("{COUNT} === 2"));
    desk.until_said("pasted.png");
}

#[test]
fn files_of_the_command_line_and_of_a_second_start_come_into_the_one_window() {
    let desk = Desk::with(Setup {
        arguments: vec![sample()],
        ..Setup::default()
    });
    desk.until(&format!("{COUNT} === 1"));
    let other = desk.root.path().join("other.png");
    gray_png(&other, 50, 50, 3);
    desk.start_again_with(&other);
    desk.until(&format!("{COUNT} === 2"));
    desk.until_said("other.png");
}

#[test]
fn a_dropped_workflow_is_used_from_then_on() {
    let desk = Desk::new();
    let workflows = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows");
    let file = fs::read_dir(workflows)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_str().unwrap().contains("建筑"))
        .unwrap();
    desk.drop_files(&[&sample(), &file]);
    desk.until(&format!("{COUNT} === 1"));
    desk.until_said("Recommended with published models: 960–1280");
    let broken = desk.root.path().join("broken.json");
    fs::write(&broken, "{\"nodes\": 7}").unwrap();
    desk.drop_files(&[&broken]);
    desk.until("document.querySelector('.toast.error')");
    assert!(
        desk.text(".toast.error").contains("broken.json"),
        "{}",
        json!(desk.text(".toast.error"))
    );
}
