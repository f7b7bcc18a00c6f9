//! The workflows that come with the program.

use std::path::Path;

use serde_json::{Value, json};
use tintype_workflow::{Scene, about, read};

use crate::support::World;

fn file(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows");
    std::fs::read(folder.join(name)).unwrap()
}

#[track_caller]
fn check(name: &str, scene: Scene, sizes: [u32; 2], prefix: &str) {
    let bytes = file(name);
    let about = about(&bytes).unwrap();
    assert_eq!(about.scene, scene);
    assert_eq!(about.recommended_sizes, sizes);

    let prompt = read(&bytes).unwrap();
    let api = prompt.to_api();
    let size = api["2"]["inputs"]["model_input_size"].as_u64().unwrap();
    assert!((u64::from(sizes[0])..=u64::from(sizes[1])).contains(&size) && size.is_multiple_of(32));
    assert_eq!(
        api,
        json!({
            "1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}},
            "2": {"class_type": "DDColor_Colorize", "inputs": {"image": ["1", 0],
                "model_input_size": size, "checkpoint": about.checkpoint}},
            "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": prefix}},
            "4": {"class_type": "PreviewImage", "inputs": {"images": ["2", 0]}},
        })
    );
    // With a photo in place of the example it is in order.
    let mut api = api;
    api["1"]["inputs"]["image"] = Value::from("a.png");
    assert_eq!(World::new().check(&api).unwrap().outputs().len(), 2);
}

#[test]
fn the_one_for_people_is_in_order_and_says_what_it_is_for() {
    check(
        "DDColor人物黑白修复.json",
        Scene::People,
        [460, 680],
        "colorized/people",
    );
}

#[test]
fn the_one_for_buildings_is_in_order_and_says_what_it_is_for() {
    check(
        "DDColor建筑黑白修复.json",
        Scene::Buildings,
        [960, 1280],
        "colorized/buildings",
    );
}
