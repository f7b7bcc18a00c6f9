//! Looking closely at a large photo.

use std::path::Path;

use crate::coloring::COLORED;
use crate::desk::Desk;

/// 24 megapixels, as a scanner or a camera gives them.
const SIZE: (u32, u32) = (6000, 4000);
/// Shows frames for two seconds, moves something at each, and answers the milliseconds between them.
const FRAMES: &str = "const done = arguments[0]; const gaps = []; const start = performance.now(); \
    let last = start; let n = 0; const frame = (now) => { gaps.push(now - last); last = now; \
    if (now - start > 2000) return done(gaps.slice(1)); step(n++); requestAnimationFrame(frame); }; \
    requestAnimationFrame(frame);";

/// Before and after lie over each other, wherever the divider is, and it is where the one is cut off.
const BOTH_LIE_ALIKE: &str = "(() => { const box = (css) => document.querySelector(css).getBoundingClientRect(); \
    const [one, other] = [box('img.before'), box('img.after')]; const divider = box('.divider'); \
    return ['left', 'top', 'width', 'height'].every((side) => Math.abs(one[side] - other[side]) < 0.5) \
    && Math.abs(box('.cut').left - (divider.left + divider.width / 2)) < 2; })()";

/// With `--nocapture` it tells how fast frames came: `cargo xtask bench viewer`.
#[test]
fn twenty_four_megapixels_are_moved_divided_and_zoomed_to_the_pixel() {
    let desk = Desk::new();
    let photo = desk.root.path().join("scan.jpg");
    scan(&photo);
    desk.drop_files(&[&photo]);
    desk.set("input[type=number]", "256");
    desk.press("Colorize");
    desk.until(COLORED);
    // As a whole it is shown by a picture of the screen's size, and at 100 % by every pixel it has.
    desk.until("document.querySelector('img.after').naturalWidth === 2048");
    told(
        &desk,
        "one word changed",
        "document.querySelector('.tag').textContent = n",
    );
    told(
        &desk,
        "divider moved",
        "document.body.dispatchEvent(new KeyboardEvent('keydown', \
        {key: n % 40 < 20 ? 'ArrowLeft' : 'ArrowRight', bubbles: true}))",
    );
    assert_eq!(desk.value(BOTH_LIE_ALIKE), true);
    desk.key("1", "");
    desk.until("document.querySelector('img.after').naturalWidth === 6000");
    desk.until("document.querySelector('img.before').naturalWidth === 6000");
    told(
        &desk,
        "moved at 100 %",
        "const at = n % 60 < 30 ? 12 : -12; const stage = \
        document.querySelector('.stage'); const say = (type, x) => stage.dispatchEvent(new PointerEvent(type, \
        {bubbles: true, pointerId: 1, button: 0, movementX: x, movementY: x / 2})); \
        if (n === 0) { stage.setPointerCapture = () => {}; say('pointerdown', 0); } say('pointermove', at);",
    );
    told(
        &desk,
        "divider moved at 100 %",
        "document.body.dispatchEvent(new KeyboardEvent('keydown', \
        {key: n % 40 < 20 ? 'ArrowLeft' : 'ArrowRight', bubbles: true}))",
    );
    told(
        &desk,
        "zoomed",
        "document.querySelector('.stage').dispatchEvent(new WheelEvent('wheel', \
        {bubbles: true, cancelable: true, deltaY: n % 60 < 30 ? -60 : 60, clientX: 600, clientY: 400}))",
    );
    assert_eq!(desk.value(BOTH_LIE_ALIKE), true);
}

#[allow(
    clippy::print_stdout,
    reason = "what the benchmark tells; tests are heard only when asked"
)]
/// Moves something in the page and says how many milliseconds a frame took, in the middle and at worst.
fn told(desk: &Desk, what: &str, act: &str) {
    let script = format!("const step = (n) => {{ {act} }}; {FRAMES}");
    let gaps = desk.run_async(&script, Vec::new());
    let mut gaps: Vec<f64> = serde_json::from_value(gaps).unwrap();
    assert!(
        gaps.len() > 10,
        "{what}: only {} frames in two seconds",
        gaps.len()
    );
    gaps.sort_by(f64::total_cmp);
    let at = |share: f64| gaps[(share * (gaps.len() - 1) as f64) as usize];
    println!(
        "{what}: a frame each {:.0} ms, 95 of 100 within {:.0} ms, the slowest {:.0} ms",
        at(0.5),
        at(0.95),
        at(1.0)
    );
}

/// A scan with grain and shapes, which compresses like one.
fn scan(path: &Path) {
    let (width, height) = SIZE;
    let photo = image::GrayImage::from_fn(width, height, |x, y| {
        let grain = ((x * 7919) ^ (y * 104_729)) % 23;
        image::Luma([((x / 24 + y / 16) % 220 + grain) as u8])
    });
    photo.save(path).unwrap();
}
