//! What goes wrong is said, with a way out.

use std::fs;

use crate::coloring::COLORED;
use crate::desk::{Desk, Setup, sample};

#[test]
fn a_damaged_photo_fails_by_name_and_the_others_do_not() {
    let desk = Desk::new();
    let whole = fs::read(sample()).unwrap();
    let damaged = desk.root.path().join("damaged.jpg");
    fs::write(&damaged, &whole[..whole.len() / 3]).unwrap();
    desk.drop_files(&[&damaged, &sample()]);
    desk.press("Colorize 2 photos");
    desk.until("document.querySelector('aside [data-state=failed]')");
    desk.until("document.querySelector('aside [data-state=done]')");
    assert!(
        desk.text(".trouble").contains("damaged.jpg"),
        "{}",
        desk.text(".trouble")
    );
    assert!(desk.text(".trouble").contains("Copy details"));
}

#[test]
fn the_same_trouble_is_told_in_chinese() {
    let desk = Desk::with(Setup {
        locale: "zh_CN.UTF-8",
        ..Setup::default()
    });
    desk.until_said("把老照片拖到这里");
    let damaged = desk.root.path().join("damaged.jpg");
    let whole = fs::read(sample()).unwrap();
    fs::write(&damaged, &whole[..whole.len() / 3]).unwrap();
    desk.drop_files(&[&damaged]);
    desk.press("上色");
    desk.until("document.querySelector('.trouble')");
    let text = desk.text(".trouble");
    assert!(
        text.contains("damaged.jpg") && text.contains("复制详情"),
        "{text}"
    );
}

#[test]
fn a_folder_that_cannot_be_written_to_offers_another() {
    let desk = Desk::new();
    desk.drop_files(&[&sample()]);
    desk.until("document.querySelector('img.before')?.naturalWidth > 100");
    // A file where the folder was: not even root can write into that.
    let output = desk.data().join("output");
    fs::remove_dir(&output).unwrap();
    fs::write(&output, "in the way").unwrap();
    desk.press("Colorize");
    desk.until("document.querySelector('.trouble')");
    desk.until_said("Choose another folder");
    // Once it is there again, trying again works.
    fs::remove_file(&output).unwrap();
    fs::create_dir(&output).unwrap();
    desk.press("Colorize again");
    desk.until(COLORED);
}
