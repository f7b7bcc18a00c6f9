//! axe finds nothing on any page, in either theme.

use std::path::Path;

use serde_json::json;

use crate::coloring::COLORED;
use crate::desk::{Desk, sample};

#[track_caller]
fn check(desk: &Desk, page: &str) {
    desk.settle();
    let script = "const done = arguments[0]; \
        axe.run(document, {resultTypes: ['violations']}).then((found) => done(found.violations.map((v) => \
        `${v.id}: ${v.nodes.map((n) => n.html + ' ' + n.failureSummary).join(' | ')}`)), (e) => done([String(e)]))";
    let found = desk.run_async(script, Vec::new());
    assert_eq!(found, json!([]), "{page}");
}

#[test]
fn axe_finds_nothing_on_any_page_in_either_theme() {
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(axe).unwrap();
    let desk = Desk::new();
    desk.run(&axe, Vec::new());
    check(&desk, "empty");
    desk.drop_files(&[&sample()]);
    desk.press("Colorize");
    desk.until(COLORED);
    for theme in ["light", "dark"] {
        desk.press("Settings");
        desk.set("select[id$=theme]", theme);
        desk.until(&format!(
            "document.documentElement.dataset.theme === '{theme}'"
        ));
        check(&desk, &format!("settings, {theme}"));
        for page in ["Photos", "History", "Models", "Log"] {
            desk.press(page);
            desk.until("document.querySelector('main section')");
            check(&desk, &format!("{page}, {theme}"));
        }
        desk.key("F1", "");
        desk.until("document.querySelector('dialog')");
        check(&desk, &format!("shortcuts, {theme}"));
        desk.press("Close");
        desk.until("!document.querySelector('dialog')");
    }
}
