//! Files dragged from and to other programs, by the system's own drag and drop.

use std::fs;

use crate::coloring::{COLORED, with_the_sample_colored};
use crate::desk::{Desk, gray_png, sample};
use crate::neighbor::{Neighbor, uri_of};

/// Where the other program's window is: in the window's lower right corner, above it.
const NEIGHBOR: (i16, i16) = (1180, 700);

#[test]
fn files_dragged_from_another_program_are_taken_anywhere_on_the_window() {
    let desk = Desk::new();
    let folder = desk.root.path().join("老照片 1931");
    fs::create_dir_all(&folder).unwrap();
    gray_png(&folder.join("a b.png"), 40, 30, 1);
    gray_png(&desk.root.path().join("c%20.png"), 40, 30, 2);
    let neighbor = Neighbor::on(&desk.display_name, NEIGHBOR, (90, 90));
    let drag = neighbor.drag(&[&folder, &desk.root.path().join("c%20.png")], (400, 300));
    drag.hover();
    desk.until_said("Let go to add them");
    drag.drop_here();
    desk.until("document.querySelectorAll('aside li').length === 2");
    desk.until_said("a b.png");
    desk.until_said("c%20.png");
}

#[test]
fn a_photo_dragged_onto_the_window_is_colored() {
    let desk = Desk::new();
    let neighbor = Neighbor::on(&desk.display_name, NEIGHBOR, (90, 90));
    let drag = neighbor.drag(&[&sample()], (400, 300));
    drag.hover();
    drag.drop_here();
    desk.press("Colorize");
    desk.until(COLORED);
    desk.until_said("Saved");
    let [result] = desk.outputs().try_into().unwrap();
    let picture = image::open(result).unwrap().to_rgb8();
    let is_colored = |pixel: &image::Rgb<u8>| {
        let [red, green, blue] = pixel.0;
        red.abs_diff(green).max(green.abs_diff(blue)) > 8
    };
    let colored = picture.pixels().filter(|pixel| is_colored(pixel)).count();
    assert!(
        colored * 10 > picture.pixels().len(),
        "{colored} pixels have color"
    );
    desk.keep_picture("dropped-and-colored");
}

#[test]
fn a_result_dragged_out_is_given_to_the_program_it_is_dropped_on() {
    let desk = with_the_sample_colored();
    let neighbor = Neighbor::on(&desk.display_name, NEIGHBOR, (90, 90));
    let grip = "document.querySelector('.grip')";
    desk.run(
        &format!("{grip}.scrollIntoView({{block: 'center'}})"),
        Vec::new(),
    );
    desk.settle();
    let place = |axis: &str, size: &str| {
        let middle = desk.value(&format!(
            "(() => {{ const box = {grip}.getBoundingClientRect(); return Math.round(box.{axis} + box.{size} / 2) }})()"
        ));
        i16::try_from(middle.as_i64().unwrap()).unwrap()
    };
    let from = (place("x", "width"), place("y", "height"));
    neighbor.move_mouse((from.0 - 60, from.1), from);
    neighbor.press_button();
    // Web views begin a drag when the mouse has moved a little; the app then asks the system for its own.
    let near = (from.0 - 30, from.1 + 20);
    neighbor.move_mouse(from, near);
    desk.settle();
    neighbor.move_mouse(near, (NEIGHBOR.0 + 45, NEIGHBOR.1 + 45));
    neighbor.until_hovered();
    neighbor.release_button();
    let given = neighbor.take_drop();
    let [result] = desk.outputs().try_into().unwrap();
    assert_eq!(given.trim_end(), uri_of(&result));
}
