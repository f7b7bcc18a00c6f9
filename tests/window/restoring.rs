//! What is mended about a photo before it is colored, and what its result keeps.

use tintype_photo::{Limits, PhotoFile, Pixels};
use tintype_protocol::CancelFlag;

use crate::coloring::COLORED;
use crate::desk::{Desk, sample};

/// The photo before its colors, as it would be mended, is on the screen.
pub(crate) const PREVIEWED: &str = "[...document.images].some((image) => image.src.includes('levels=') && image.naturalWidth > 100)";

#[test]
fn a_photo_is_seen_mended_before_it_is_colored_and_is_colored_so() {
    let desk = Desk::new();
    desk.drop_files(&[&sample()]);
    desk.press("Restore");
    desk.set("input[type=range][id$=levels]", "1");
    desk.until(PREVIEWED);
    desk.press("Colorize");
    desk.until(COLORED);
    desk.until_said("Saved");
    let [mended] = &desk.outputs()[..] else {
        panic!("{:?}", desk.outputs())
    };
    let (plain, mended) = (spread(&sample()), spread(mended));
    assert!(mended > plain, "tones from {plain} to {mended}");
}

#[test]
fn what_was_found_is_shown_painted_on_and_used() {
    let desk = Desk::new();
    desk.drop_files(&[&sample()]);
    desk.press("Restore");
    desk.click(".choices > label:nth-of-type(3) input");
    desk.press("Show what was found\u{2026}");
    desk.until("document.querySelector('dialog canvas')?.width > 100");
    // By keyboard: no test can be the mouse that a page captures.
    desk.run(
        "document.querySelector('dialog .stage').focus()",
        Vec::new(),
    );
    desk.key("ArrowRight", "");
    desk.key(" ", "");
    desk.until("document.querySelector('dialog button[aria-label=Undo]:not([disabled])')");
    desk.press("Use these marks");
    desk.until_said("What you marked yourself is repaired.");
    desk.press("Colorize");
    desk.until(COLORED);
    desk.until_said("Saved");
    assert_eq!(desk.outputs().len(), 1);
}

/// How far apart the tones of a photo lie: the standard deviation of its green, which is most of its lightness.
fn spread(path: &std::path::Path) -> f64 {
    let photo = PhotoFile::read(path, &Limits::default(), &CancelFlag::new()).unwrap();
    let photo = photo.decode().unwrap();
    let greens: Vec<f64> = match photo.pixels() {
        Pixels::Gray8(p) => p.iter().map(|v| f64::from(*v)).collect(),
        Pixels::Rgb8(p) => p.chunks_exact(3).map(|p| f64::from(p[1])).collect(),
        _ => panic!("16 bits"),
    };
    let mean = greens.iter().sum::<f64>() / greens.len() as f64;
    let squares: f64 = greens.iter().map(|v| (v - mean).powi(2)).sum();
    (squares / greens.len() as f64).sqrt()
}
