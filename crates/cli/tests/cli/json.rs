//! `--json`: what a program is told.

use serde_json::Value;

use crate::bench::{Bench, street};

pub(crate) fn lines(stdout: &str) -> Vec<Value> {
    stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

pub(crate) fn of_kind<'a>(lines: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    lines
        .iter()
        .filter(move |line| line["type"] == kind)
        .map(|line| &line["data"])
}

#[test]
fn progress_rises_to_100_and_every_photo_stops_exactly_once() {
    let bench = Bench::new();
    bench.put("a.jpg", &street());
    bench.put("b.jpg", &street()[..9000]);
    let said = bench.colorize(&["a.jpg", "b.jpg", "--out", "out", "--json"]);
    assert_eq!(said.code, 1);
    let lines = lines(&said.stdout);

    let progress: Vec<&Value> = of_kind(&lines, "progress")
        .filter(|d| d["file"] == "a.jpg")
        .collect();
    let values: Vec<u64> = progress
        .iter()
        .map(|d| d["value"].as_u64().unwrap())
        .collect();
    assert!(
        values.windows(2).all(|pair| pair[0] <= pair[1]),
        "{values:?}"
    );
    assert_eq!(values.last(), Some(&100));
    assert_eq!(
        values.iter().filter(|value| **value == 100).count(),
        1,
        "{values:?}"
    );
    let mut stages: Vec<&str> = progress
        .iter()
        .filter_map(|d| d["stage"].as_str())
        .collect();
    stages.dedup();
    assert_eq!(
        stages,
        ["load", "preprocess", "inference", "postprocess", "save"]
    );

    let mut stops: Vec<&Value> = of_kind(&lines, "execution_stop").collect();
    assert_eq!(stops.len(), 2);
    // Whichever ended first.
    stops.sort_by_key(|stop| stop["file"].as_str());
    assert_eq!(stops[0]["outcome"], "completed");
    assert!(
        stops[0]["outputs"][0]
            .as_str()
            .unwrap()
            .ends_with("a-colorized.jpg")
    );
    assert!(stops[0]["timings"]["inference"].is_u64());
    assert_eq!(stops[1]["outcome"], "failed");

    let errors: Vec<&Value> = of_kind(&lines, "error").collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0]["file"], "b.jpg");
    assert_eq!(errors[0]["code"], "IMAGE_CORRUPT");

    let last = lines.last().unwrap();
    assert_eq!(last["type"], "summary");
    assert_eq!(
        (&last["data"]["done"], &last["data"]["failed"]),
        (&1.into(), &1.into())
    );
}
