//! Every state of the window as a picture, in both themes, both languages and two sizes.
//!
//! With `TINTYPE_UPDATE_SCREENSHOTS` set they are written to `docs/screenshots`; in any case each must
//! show something.

use std::path::{Path, PathBuf};

use crate::coloring::COLORED;
use crate::desk::{Desk, Setup, gray_png, sample};
use crate::restoring::PREVIEWED;

/// Set to keep the pictures.
const VARIABLE: &str = "TINTYPE_UPDATE_SCREENSHOTS";

struct Album<'a> {
    desk: &'a Desk,
    name: String,
    size: (u32, u32),
}

impl Album<'_> {
    #[track_caller]
    fn take(&self, state: &str) {
        // Pictures that are asked for come first, then what was last changed must have been drawn.
        self.desk.until(
            "[...document.images].every((image) => image.naturalWidth > 0 \
             || image.getBoundingClientRect().top > innerHeight)",
        );
        self.desk.settle();
        let png = self.desk.screenshot();
        let picture = image::load_from_memory(&png).unwrap().to_rgb8();
        assert_eq!(picture.dimensions(), self.size, "{state}");
        let first = picture.get_pixel(0, 0);
        let is_blank = picture.pixels().all(|pixel| pixel == first);
        assert!(!is_blank, "{state} is blank");
        if std::env::var_os(VARIABLE).is_some() {
            let folder = folder();
            std::fs::create_dir_all(&folder).unwrap();
            let path = folder.join(format!("{}-{state}.jpg", self.name));
            picture.save(path).unwrap();
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screenshots")
}

/// Goes through every state; buttons are found by what they are, not by what they say.
fn through_every_state(locale: &'static str, language: &str, theme: &str, size: (u32, u32)) {
    let desk = Desk::with(Setup {
        locale,
        size,
        ..Setup::default()
    });
    let album = Album {
        desk: &desk,
        name: format!("{}x{}-{language}-{theme}", size.0, size.1),
        size,
    };
    let page = |number: u32| desk.click(&format!("nav button:nth-child({number})"));
    page(5);
    desk.set("select[id$=theme]", theme);
    desk.until(&format!(
        "document.documentElement.dataset.theme === '{theme}'"
    ));
    album.take("settings");
    page(1);
    album.take("empty");

    let damaged = desk.root.path().join("damaged.jpg");
    let whole = std::fs::read(sample()).unwrap();
    std::fs::write(&damaged, &whole[..whole.len() / 3]).unwrap();
    let second = desk.root.path().join("harbor.png");
    gray_png(&second, 640, 480, 2);
    desk.drop_files(&[&sample(), &second, &damaged]);
    desk.until("document.querySelectorAll('aside li').length === 3");
    desk.until("document.querySelector('.meaning .fits')");
    album.take("ready");
    mend(&desk, &album);
    desk.set("input[type=number]", "1504");
    desk.until("document.querySelector('.advice')");
    desk.key("Enter", "ctrl");
    desk.until("Number(document.querySelector('.working [role=progressbar]')?.getAttribute('aria-valuenow')) > 20");
    album.take("coloring");
    desk.until("document.querySelector('aside [data-state=failed]')");
    desk.until(COLORED);
    album.take("done");
    desk.key("ArrowDown", "");
    desk.key("ArrowDown", "");
    desk.until("document.querySelector('.trouble')");
    album.take("failed");
    desk.key("ArrowUp", "");
    desk.key("ArrowUp", "");
    desk.set("input[type=number]", "320");
    desk.click(".buttons button:nth-child(2)");
    desk.until("document.querySelectorAll('dialog .choose').length === 3");
    album.take("compare");
    desk.key("Escape", "");
    desk.until("!document.querySelector('dialog')");
    page(2);
    desk.until("document.querySelectorAll('.history li').length >= 3");
    album.take("history");
    page(3);
    // What else is listed depends on the computer.
    desk.until("document.querySelectorAll('section.models > ul:first-of-type > li').length === 5");
    album.take("models");
    page(4);
    desk.until("document.querySelector('.log tr')");
    album.take("log");
    desk.key("F1", "");
    desk.until("document.querySelector('dialog')");
    album.take("shortcuts");
}

/// Opens all that a photo can be mended with, and leaves it as it was.
fn mend(desk: &Desk, album: &Album) {
    desk.click("h2 button[aria-expanded=false]");
    desk.set("input[type=range][id$=levels]", "0.6");
    desk.click(".choices > label:nth-of-type(3) input");
    desk.until(PREVIEWED);
    album.take("restore");
    desk.click(".dust > button");
    desk.until("document.querySelector('dialog canvas')?.width > 100");
    album.take("mask");
    desk.key("Escape", "");
    desk.until("!document.querySelector('dialog')");
    desk.click(".head button.small");
    desk.click("h2 button[aria-expanded=true]");
}

#[test]
fn every_state_in_english_and_light() {
    through_every_state("en_US.UTF-8", "en", "light", (1280, 800));
}

#[test]
fn every_state_in_english_and_dark_on_a_small_screen() {
    through_every_state("en_US.UTF-8", "en", "dark", (900, 600));
}

#[test]
fn every_state_in_chinese_and_dark() {
    through_every_state("zh_CN.UTF-8", "zh", "dark", (1280, 800));
}

#[test]
fn every_state_in_chinese_and_light_on_a_small_screen() {
    through_every_state("zh_CN.UTF-8", "zh", "light", (900, 600));
}
