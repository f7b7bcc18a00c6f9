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
    let arguments = [
        "colorize", "a.jpg", "b.jpg", "--out", "out", "--size", "1024", "--json",
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
    // One stop, of the photo that was at work; the second photo never began.
    assert_eq!(stops.len(), 1, "{stops:?}");
    assert!(stops[0].contains("cancelled"), "{}", stops[0]);
    assert!(bench.names("out").is_empty(), "{:?}", bench.names("out"));
    assert_eq!(bench.read("a.jpg"), street());
}
