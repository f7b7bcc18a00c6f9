//! `GET /view` with other colors: from the network's own where they are kept, and without running it again.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::bench::{Bench, CLIENT, graph, photo};

/// A photo colored with some inputs of the coloring node and of the saving one: the answer's file.
fn colored(bench: &Bench, color: &[(&str, Value)], save: &[(&str, Value)]) -> Value {
    let mut graph = graph(&bench.photo());
    for (node, inputs) in [("2", color), ("3", save)] {
        for (name, value) in inputs {
            graph[node]["inputs"][name] = value.clone();
        }
    }
    result_of(bench, &graph)
}

fn result_of(bench: &Bench, graph: &Value) -> Value {
    let answer = bench.post("/prompt", &json!({"client_id": CLIENT, "prompt": graph}));
    let entry = bench.ended(answer.json()["prompt_id"].as_str().unwrap());
    entry["outputs"]["3"]["images"][0].clone()
}

fn path_of(bench: &Bench, file: &Value) -> PathBuf {
    let folder = bench.root.path().join(file["type"].as_str().unwrap());
    folder.join(file["filename"].as_str().unwrap())
}

/// The picture that `GET /view` gives of a file, at its own size where nothing else is said.
fn viewed(bench: &Bench, file: &Value, more: &str) -> image::RgbImage {
    let text = |field: &str| file[field].as_str().unwrap().to_owned();
    let (name, kind) = (text("filename"), text("type"));
    let size = if more.contains("size=") {
        ""
    } else {
        "&size=0"
    };
    let path = format!("/view?filename={name}&type={kind}&preview=webp{size}{more}");
    let answer = bench.get(&path);
    assert_eq!(
        answer.status,
        200,
        "{:?}",
        String::from_utf8_lossy(&answer.body)
    );
    image::load_from_memory(&answer.body).unwrap().to_rgb8()
}

/// How colorful a picture is: the mean distance of red and blue.
fn spread(picture: &image::RgbImage) -> f64 {
    let sum: u32 = picture
        .pixels()
        .map(|p| u32::from(p.0[0].abs_diff(p.0[2])))
        .sum();
    f64::from(sum) / f64::from(picture.width() * picture.height())
}

fn colors_kept(bench: &Bench) -> usize {
    let folder = fs::read_dir(bench.root.path().join("colors"));
    folder.map_or(0, Iterator::count)
}

const PALE: &[(&str, f64)] = &[("strength", 0.1)];

fn pale() -> Vec<(&'static str, Value)> {
    PALE.iter()
        .map(|(name, value)| (*name, json!(value)))
        .collect()
}

#[test]
fn a_pale_result_gets_its_colors_back_without_the_network() {
    let bench = Bench::new();
    let full = viewed(&bench, &colored(&bench, &[], &[]), "");
    let pale = colored(&bench, &pale(), &[]);
    assert_eq!((bench.network_runs(), colors_kept(&bench)), (2, 2));
    let as_it_is = spread(&viewed(&bench, &pale, ""));
    let again = viewed(&bench, &pale, "&strength=1");
    // A tenth of it was all there was in the picture, which could be doubled at most.
    assert!(
        spread(&again) > 5.0 * as_it_is && as_it_is > 1.0,
        "{as_it_is}"
    );
    let off = again
        .iter()
        .zip(full.iter())
        .map(|(a, f)| a.abs_diff(*f))
        .max();
    assert!(off <= Some(3), "{off:?}");
    // As a thumbnail, too.
    let small = spread(&viewed(&bench, &pale, "&strength=1&size=32"));
    assert!((small - spread(&full)).abs() < 3.0, "{small}");
    assert_eq!(bench.network_runs(), 2);
}

#[test]
fn its_own_colors_are_the_file_itself() {
    let bench = Bench::new();
    let pale = colored(&bench, &pale(), &[]);
    let plain = viewed(&bench, &pale, "");
    assert_eq!(viewed(&bench, &pale, "&strength=0.1"), plain);
    assert_ne!(viewed(&bench, &pale, "&strength=0.2"), plain);
}

#[test]
fn a_preview_in_the_temp_folder_and_every_format_have_their_colors() {
    let bench = Bench::new();
    let mut graph = graph(&bench.photo());
    graph["2"]["inputs"]["strength"] = json!(0.1);
    graph["3"] = json!({"class_type": "PreviewImage", "inputs": {"images": ["2", 0]}});
    let preview = result_of(&bench, &graph);
    assert_eq!(preview["type"], "temp");
    let files = ["jpeg", "tiff", "webp", "jxl"].map(|format| {
        colored(
            &bench,
            &pale(),
            &[("format", json!(format)), ("mark", json!(true))],
        )
    });
    for file in files.iter().chain([&preview]) {
        let (plain, again) = (
            viewed(&bench, file, ""),
            viewed(&bench, file, "&strength=1"),
        );
        assert!(spread(&again) > 3.0 * spread(&plain), "{file}");
    }
}

#[test]
fn a_result_that_was_moved_is_known_and_one_that_was_changed_is_not() {
    let bench = Bench::new();
    let pale = colored(&bench, &pale(), &[]);
    let as_it_is = spread(&viewed(&bench, &pale, ""));
    let path = path_of(&bench, &pale);
    fs::rename(&path, path.with_file_name("moved.png")).unwrap();
    let moved = json!({"filename": "moved.png", "type": "output"});
    assert!(spread(&viewed(&bench, &moved, "&strength=1")) > 5.0 * as_it_is);

    // Somebody turns it around in another program: the colors would lie the wrong way.
    let path = path_of(&bench, &moved);
    let turned = image::open(&path).unwrap().rotate180();
    turned.save(&path).unwrap();
    let turned = turned.to_rgb8();
    let doubled = viewed(&bench, &moved, "&strength=2");
    let factor = spread(&doubled) / spread(&turned);
    assert!((1.5..2.5).contains(&factor), "{factor}");
    assert_eq!(viewed(&bench, &moved, "&strength=1"), turned);
}

#[test]
fn with_the_history_go_the_colors_and_the_picture_is_adjusted_as_it_is() {
    let bench = Bench::new();
    let pale = colored(&bench, &pale(), &[]);
    assert_eq!(colors_kept(&bench), 1);
    bench.post("/history", &json!({"clear": true}));
    assert_eq!(colors_kept(&bench), 0);
    let plain = viewed(&bench, &pale, "");
    assert_eq!(viewed(&bench, &pale, "&strength=1"), plain);
    let factor = spread(&viewed(&bench, &pale, "&strength=2")) / spread(&plain);
    assert!((1.5..2.5).contains(&factor), "{factor}");
}

#[test]
fn colors_that_are_damaged_or_of_another_version_are_as_none() {
    let bench = Bench::new();
    let pale = colored(&bench, &pale(), &[]);
    let plain = viewed(&bench, &pale, "");
    let kept = fs::read_dir(bench.root.path().join("colors")).unwrap();
    for file in kept {
        let path = file.unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        bytes[100] ^= 0xFF;
        fs::write(&path, bytes).unwrap();
    }
    assert_eq!(viewed(&bench, &pale, "&strength=1"), plain);
}

#[test]
fn an_original_has_none_and_is_adjusted_as_it_is() {
    let bench = Bench::new();
    bench.upload("gray.png", &photo(40, 30), &[]);
    let original = json!({"filename": "gray.png", "type": "input"});
    assert!(spread(&viewed(&bench, &original, "&strength=2")) < 1.0);
}
