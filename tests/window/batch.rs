//! Many photos: two hundred at once, paused, cancelled, and gone on with after a crash.

use std::fs;
use std::time::Duration;

use crate::desk::{Desk, gray_png};

const PHOTOS: usize = 200;
const DONE: &str = "document.querySelectorAll('aside [data-state=done]').length";

fn with_photos(count: usize, side: u32) -> Desk {
    let desk = Desk::new();
    let folder = desk.root.path().join("shoebox");
    fs::create_dir(&folder).unwrap();
    for number in 0..count {
        gray_png(
            &folder.join(format!("photo {number:03}.png")),
            side,
            side,
            number as u32,
        );
    }
    desk.drop_files(&[&folder]);
    desk.until(&format!(
        "document.querySelectorAll('aside li').length === {count}"
    ));
    desk
}

#[test]
fn two_hundred_photos_are_colored_each_with_its_own_result() {
    let desk = with_photos(PHOTOS, 96);
    desk.set("input[type=number]", "256");
    desk.press("Colorize 200 photos");
    desk.until_said(&format!("of {PHOTOS} done"));
    desk.press("Pause");
    desk.until_said("Paused");
    desk.press("Resume");
    // A busy computer takes seconds for each.
    desk.until_within(&format!("{DONE} === {PHOTOS}"), Duration::from_mins(15));
    assert_eq!(desk.outputs().len(), PHOTOS);
    // The window answers as before.
    desk.press("Settings");
    desk.until_said("Outputs folder");
}

#[test]
fn one_is_cancelled_and_then_all_of_them() {
    let desk = with_photos(4, 96);
    desk.set("input[type=number]", "2048");
    desk.press("Colorize 4 photos");
    desk.until("document.querySelector('aside [data-state=running]')");
    desk.press("Cancel this photo: photo 003.png");
    desk.until("document.querySelectorAll('aside [data-state=cancelled]').length === 1");
    desk.press("Cancel all");
    desk.until("document.querySelectorAll('aside :is([data-state=waiting], [data-state=running])').length === 0");
    desk.until("document.querySelectorAll('aside [data-state=cancelled]').length >= 3");
    assert!(desk.outputs().len() <= 1);
}

#[test]
fn a_batch_goes_on_after_a_crash() {
    let desk = with_photos(6, 96);
    desk.set("input[type=number]", "1024");
    desk.press("Colorize 6 photos");
    desk.until(&format!("{DONE} >= 1"));
    let desk = desk.again_after_a_crash();
    desk.until("document.querySelectorAll('aside li').length >= 1");
    desk.until("document.querySelectorAll('aside :is([data-state=waiting], [data-state=running])').length === 0");
    assert_eq!(desk.outputs().len(), 6);
}

#[test]
fn closing_in_the_middle_of_a_batch_is_asked_about() {
    let desk = with_photos(3, 96);
    desk.set("input[type=number]", "2048");
    desk.press("Colorize 3 photos");
    desk.until("document.querySelector('aside [data-state=running]')");
    let script = "const done = arguments[0]; window.__TAURI_INTERNALS__.invoke('plugin:event|emit', \
        {event: 'tauri://close-requested', payload: null}).then(() => done(true), (e) => done(String(e)))";
    assert_eq!(desk.run_async(script, Vec::new()), true);
    desk.until_said("They go on when you open Tintype again");
    desk.press("Keep open");
    desk.until("!document.querySelector('dialog')");
    desk.press("Cancel all");
}
