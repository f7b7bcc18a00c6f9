//! `tintype serve` with clients that others wrote.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::bench::{Bench, colorfulness, street};
use crate::serve::{CLIENT, PATIENCE, Server};

/// A client in JavaScript, with Node as it is on the computer.
fn node(script: &str, arguments: &[&str]) -> Command {
    let clients = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clients");
    assert!(
        clients.join("node_modules").is_dir(),
        "the clients are not installed: run `cargo xtask setup`, or `npm ci` in tests/clients"
    );
    let mut command = Command::new("node");
    // Part of Node since 22; before, it had to be asked for.
    command
        .arg("--experimental-websocket")
        .arg(script)
        .args(arguments);
    command.current_dir(clients).stdout(Stdio::piped());
    command
}

/// The published example, following until a word has come up so many times.
struct Example {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Example {
    fn connect(server: &Server) -> Self {
        let mut child = node("example.mjs", &[&server.socket]).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut example = Self { child, lines };
        example.until("status idle");
        example
    }

    /// What it prints up to and with a line.
    fn until(&mut self, last: &str) -> Vec<String> {
        let mut seen = Vec::new();
        for line in self.lines.by_ref() {
            let line = line.unwrap();
            let found = line == last;
            seen.push(line);
            if found {
                return seen;
            }
        }
        panic!("it ended before {last}: {seen:?}")
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn percentages(lines: &[String]) -> Vec<u32> {
    lines
        .iter()
        .filter_map(|line| line.strip_prefix("progress ")?.parse().ok())
        .collect()
}

#[test]
fn the_published_example_sees_success_failure_and_cancel() {
    let bench = Bench::new();
    let server = Server::start(&bench, &[]);
    let street = street();
    server.upload("street.jpg", &street);
    server.upload("cut.jpg", &street[..street.len() / 2]);
    let (mut one, mut other) = (Example::connect(&server), Example::connect(&server));

    server.queue("street.jpg", 256, "starter");
    for client in [&mut one, &mut other] {
        let seen = client.until("stop");
        let progress = percentages(&seen);
        assert!(progress.is_sorted(), "{progress:?}");
        assert_eq!((progress.first(), progress.last()), (Some(&0), Some(&100)));
        assert_eq!(seen.iter().filter(|line| *line == "start").count(), 1);
        assert!(seen.contains(&"status queued".to_owned()), "{seen:?}");
        assert!(seen.contains(&"status executing".to_owned()), "{seen:?}");
        assert!(seen.contains(&"status completed".to_owned()), "{seen:?}");
    }

    server.queue("cut.jpg", 256, "starter");
    let seen = one.until("stop");
    assert!(seen.contains(&"status failed".to_owned()), "{seen:?}");
    assert!(!percentages(&seen).contains(&100));

    let id = server.queue("street.jpg", 1536, "starter");
    server.wait_until_running(&id);
    let asked = Instant::now();
    server.post("/interrupt", "text/plain", b"{}");
    let seen = one.until("stop");
    assert!(seen.contains(&"status cancelled".to_owned()), "{seen:?}");
    // A second by the protocol; more for a busy computer, but far less than the job would take.
    assert!(asked.elapsed() < PATIENCE / 3);
}

#[test]
fn the_published_example_catches_up_when_it_comes_back() {
    let bench = Bench::new();
    let server = Server::start(&bench, &[]);
    server.upload("street.jpg", &street());
    let example = Example::connect(&server);
    let id = server.queue("street.jpg", 256, "starter");
    drop(example);
    server.ended(&id);
    let mut child = node("example.mjs", &[&server.socket]).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut example = Example { child, lines };
    let seen = example.until("stop");
    assert!(seen.contains(&"status completed".to_owned()), "{seen:?}");
}

#[test]
fn the_comfyui_sdk_uploads_queues_follows_and_downloads() {
    let bench = Bench::new();
    let server = Server::start(&bench, &["--dialect", "comfyui"]);
    let photo = bench.put("street.jpg", &street());
    let result = bench.path("result.png");
    let arguments = [
        server.address.as_str(),
        CLIENT,
        &server.token,
        photo.to_str().unwrap(),
        "256",
        "starter",
        result.to_str().unwrap(),
    ];
    let mut child = node("sdk.mjs", &arguments).spawn().unwrap();
    let mut said = String::new();
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert!(child.wait().unwrap().success(), "{said}");
    let events: Vec<Value> = said
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let has = |name: &str| events.iter().any(|event| event["event"] == name);
    for name in [
        "uploaded", "pending", "start", "progress", "finished", "output",
    ] {
        assert!(has(name), "{name}: {said}");
    }
    let history = events
        .iter()
        .find(|event| event["event"] == "history")
        .unwrap();
    assert_eq!(history["completed"], true);
    let (before, after) = (colorfulness(&photo), colorfulness(&result));
    assert!(after > before + 2.0, "{before} became {after}");
}
