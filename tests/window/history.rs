//! What was colored is found again.

use std::fs;

use crate::coloring::{COLORED, with_the_sample_colored};
use crate::desk::{Desk, gray_png, sample};

const SHOWN: &str = "document.querySelectorAll('.history li').length";

#[test]
fn the_history_is_searched_opened_and_removed_from_with_undo() {
    let desk = Desk::new();
    let other = desk.root.path().join("harbor.png");
    gray_png(&other, 120, 90, 1);
    desk.drop_files(&[&sample(), &other]);
    desk.press("Colorize 2 photos");
    desk.until("document.querySelectorAll('aside [data-state=done]').length === 2");

    desk.press("History");
    desk.until(&format!("{SHOWN} === 2"));
    desk.set("input[type=search]", "HARBOR");
    desk.until(&format!("{SHOWN} === 1"));
    desk.press("Remove: harbor.png");
    desk.until(&format!("{SHOWN} === 0"));
    desk.press("Undo");
    desk.until(&format!("{SHOWN} === 1"));
    desk.click(".history .open");
    desk.until(COLORED);
    desk.until_said("Colorize again");
    // Nothing was removed from the disk.
    assert_eq!(desk.outputs().len(), 2);
    assert!(fs::metadata(&other).is_ok());
}

#[test]
fn the_log_has_the_stages_times() {
    let desk = with_the_sample_colored();
    desk.press("Log");
    desk.until_said("inference");
    desk.until_said("prompt_id=");
}
