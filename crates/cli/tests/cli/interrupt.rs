//! Ctrl-C in the middle of a photo.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::bench::{Bench, street};

#[test]
fn ctrl_c_stops_the_batch_and_leaves_no_partial_file() {
    let bench = Bench::new();
    bench.put("a.jpg", &street());
    bench.put("b.jpg", &street());
    bench.put("c.jpg", &street());
    let arguments = [
        "colorize", "a.jpg", "b.jpg", "c.jpg", "--out", "out", "--size", "1024", "--json",
    ];
    let mut child = bench
        .command(&arguments)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut stops = Vec::new();
    let mut interrupted = false;
    for line in lines.map(Result::unwrap) {
        if !interrupted && line.contains("\"inference\"") {
            let status = Command::new("kill")
                .args(["-INT", &child.id().to_string()])
                .status();
            assert!(status.unwrap().success());
            interrupted = true;
        }
        if line.contains("execution_stop") {
            stops.push(line);
        }
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
    // Of the photos that were at work; the third never began.
    assert!((1..=2).contains(&stops.len()), "{stops:?}");
    let is_cancelled = |stop: &String| stop.contains("cancelled") && !stop.contains("c.jpg");
    assert!(stops.iter().all(is_cancelled), "{stops:?}");
    assert!(bench.names("out").is_empty(), "{:?}", bench.names("out"));
    assert_eq!(bench.read("a.jpg"), street());
}
