//! From a photo to its colors: progress, comparing, adjusting.

use serde_json::Value;

use crate::desk::{Desk, sample};

/// Notes every value that the bar over the photo shows, from now on.
const WATCH: &str = "window.seen = []; new MutationObserver(() => { \
    const bar = document.querySelector('.working [role=progressbar]'); \
    if (bar) { const now = Number(bar.getAttribute('aria-valuenow')); \
    if (window.seen.at(-1) !== now) window.seen.push(now); } }) \
    .observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true})";

/// The first photo has its colors, and they are on the screen.
pub(crate) const COLORED: &str = "document.querySelector('img.after')?.naturalWidth > 100";

pub(crate) fn with_the_sample_colored() -> Desk {
    let desk = Desk::new();
    desk.drop_files(&[&sample()]);
    desk.press("Colorize");
    desk.until(COLORED);
    desk
}

#[test]
fn the_bar_moves_as_the_server_says_and_never_falls() {
    let desk = Desk::new();
    desk.drop_files(&[&sample()]);
    desk.until_said("of memory on this computer");
    desk.set("input[type=number]", "1024");
    desk.until_said("The starter model was trained on small pictures");
    desk.run(WATCH, Vec::new());
    desk.press("Colorize");
    desk.until(COLORED);
    let seen = desk.value("window.seen");
    let seen: Vec<u64> = seen
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_u64)
        .collect();
    assert!(seen.is_sorted(), "{seen:?}");
    let between = seen
        .iter()
        .filter(|value| (1..100).contains(*value))
        .count();
    assert!(between >= 5, "{seen:?}");
    desk.until("document.querySelector('aside [data-state=done]')");
    desk.until_said("Saved");
    assert_eq!(desk.outputs().len(), 1);
}

#[test]
fn before_and_after_are_compared_by_divider_side_by_side_and_by_holding() {
    let desk = with_the_sample_colored();
    let edge = "document.querySelector('.cut').getBoundingClientRect().left";
    let middle = desk.value(edge).as_f64();
    desk.key("ArrowRight", "");
    desk.until(&format!("{edge} > {}", middle.unwrap()));
    desk.press("Side by side");
    desk.until("document.querySelectorAll('.pane.half').length === 2");
    desk.press("After only");
    desk.until("!document.querySelector('img.before')");
    desk.key("b", "hold");
    desk.until("document.querySelector('img.before') && !document.querySelector('img.after')");
    desk.key("b", "");
    desk.until("document.querySelector('img.after')");
}

#[test]
fn the_view_zooms_to_the_pixel_and_back() {
    let desk = with_the_sample_colored();
    let fitted = desk.text(".scale");
    desk.key("1", "");
    desk.until("document.querySelector('.scale').innerText.startsWith('100')");
    desk.key("+", "");
    desk.until("document.querySelector('.scale').innerText.startsWith('125')");
    desk.key("0", "");
    assert_eq!(desk.text(".scale"), fitted);
}

#[test]
fn colors_are_adjusted_undone_and_kept_with_the_job() {
    let desk = with_the_sample_colored();
    let strength = ".panel input[type=range][max='2']";
    desk.set(strength, "0");
    desk.until("document.querySelector('img.after').src.includes('strength=0&')");
    // Gray again: what the page was given has no color left.
    let script = "const done = arguments[0]; const picture = new Image(); picture.crossOrigin = 'anonymous'; \
        picture.onload = () => { const canvas = document.createElement('canvas'); \
        canvas.width = 64; canvas.height = 64; const context = canvas.getContext('2d'); \
        context.drawImage(picture, 0, 0, 64, 64); const {data} = context.getImageData(0, 0, 64, 64); \
        let most = 0; for (let i = 0; i < data.length; i += 4) most = Math.max(most, \
        Math.abs(data[i] - data[i + 1]), Math.abs(data[i + 1] - data[i + 2])); done(most); }; \
        picture.onerror = () => done(-1); picture.src = document.querySelector('img.after').src";
    let spread = desk.run_async(script, Vec::new()).as_i64().unwrap();
    assert!((0..=4).contains(&spread), "{spread}");
    desk.key("z", "ctrl");
    desk.until("!document.querySelector('img.after').src.includes('strength=0&')");
    desk.key("y", "ctrl");
    desk.until("document.querySelector('img.after').src.includes('strength=0&')");

    let desk = desk.again_after_a_crash();
    desk.press("History");
    desk.click(".history .open");
    desk.until("document.querySelector('img.after')?.src.includes('strength=0&')");
}

#[test]
fn sizes_are_compared_on_a_sheet_and_one_is_chosen() {
    let desk = Desk::new();
    desk.drop_files(&[&sample()]);
    desk.press("Compare sizes");
    desk.until("document.querySelectorAll('dialog .choose').length === 3");
    desk.click("dialog li:first-child button");
    desk.until("!document.querySelector('dialog')");
    desk.until_said("256 px");
    assert_eq!(desk.outputs().len(), 3);
}
