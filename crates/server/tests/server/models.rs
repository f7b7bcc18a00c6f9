//! Models over the server: what there is, and a download as sockets see it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use serde_json::{Value, json};
use tintype_zoo::Catalogue;

use crate::bench::Bench;

fn checkpoint() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens/micro.pth");
    std::fs::read(path).unwrap()
}

/// The SHA-256 of that file.
const CHECKPOINT_SHA256: &str = "792d47a1d4c65e61b382b6ee887716ac5e493e5abc071a5c546af8e0a1d2b52b";

/// A server that offers one model, whose host sends half of it and the rest when told to.
fn bench() -> (Bench, Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (go_on, told) = channel::<()>();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            let file = checkpoint();
            let (half, rest) = file.split_at(file.len() / 2);
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", file.len());
            // Whoever asked may be gone when the second half is sent.
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(half);
            if told.recv().is_err() {
                return;
            }
            let _ = stream.write_all(rest);
        }
    });
    let bench = Bench::with(|config| {
        let text = format!(
            "[[model]]\nid = \"micro\"\nname = {{ en = \"Micro\", zh-CN = \"微型\" }}\n\
             about = {{ en = \"small\", zh-CN = \"小\" }}\narchitecture = \"micro\"\nlicense = \"MIT\"\n\
             [[model.file]]\nbytes = {}\nsha256 = \"{CHECKPOINT_SHA256}\"\n\
             sources = [\"http://{address}/micro.pth\"]\n",
            checkpoint().len()
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalogue.toml");
        std::fs::write(&path, text).unwrap();
        config.shelf.catalogue = Catalogue::read(&path).unwrap();
    });
    (bench, go_on)
}

fn micro(bench: &Bench) -> Value {
    let zoo = bench.get("/zoo").json();
    let models = zoo["models"].as_array().unwrap();
    models
        .iter()
        .find(|model| model["id"] == "micro")
        .unwrap()
        .clone()
}

fn download(bench: &Bench) -> Value {
    let accepted = json!({ "model": "micro", "accept_bytes": checkpoint().len() });
    let answer = bench.post("/zoo/download", &accepted);
    assert_eq!(answer.status, 200);
    answer.json()
}

#[test]
fn a_download_is_told_to_every_socket_and_a_late_one_is_told_where_it_is() {
    let (bench, go_on) = bench();
    let mut socket = bench.socket("");
    assert_eq!(micro(&bench)["state"], "available");
    download(&bench);
    // Half of it has come.
    let is_half = |message: &Value| {
        message["data"]["received"].as_u64() >= Some(checkpoint().len() as u64 / 2)
    };
    while !socket.until("model").last().is_some_and(is_half) {}
    let mut late = bench.socket("");
    let greeting = late.until("model");
    assert_eq!(greeting.last().unwrap()["data"]["step"], "downloading");
    assert_eq!(micro(&bench)["transfer"]["step"], "downloading");
    go_on.send(()).unwrap();
    for socket in [&mut socket, &mut late] {
        loop {
            let told = socket.until("model");
            let data = &told.last().unwrap()["data"];
            assert_eq!(data["model"], "micro");
            assert_ne!(data["step"], "failed", "{data}");
            if data["step"] == "installed" {
                break;
            }
        }
    }
    let model = micro(&bench);
    assert_eq!(model["state"], "installed");
    assert_eq!(model["sha256"], CHECKPOINT_SHA256);
    assert!(model.get("transfer").is_none());
    bench.post("/zoo/verify", &json!({ "model": "micro" }));
    let checked = socket.until("model");
    assert_eq!(checked.last().unwrap()["data"]["step"], "checking");
    while socket.until("model").last().unwrap()["data"]["step"] != "installed" {}
    assert_eq!(
        bench
            .post("/zoo/remove", &json!({ "model": "micro" }))
            .status,
        200
    );
    assert_eq!(micro(&bench)["state"], "available");
}

#[test]
fn a_download_is_cancelled_over_the_server() {
    let (bench, _go_on) = bench();
    let mut socket = bench.socket("");
    download(&bench);
    assert_eq!(
        bench
            .post("/zoo/cancel", &json!({ "model": "micro" }))
            .status,
        200
    );
    while socket.until("model").last().unwrap()["data"]["step"] != "cancelled" {}
    assert!(micro(&bench).get("transfer").is_none());
}

#[test]
fn comfyui_clients_hear_nothing_of_models() {
    let (bench, go_on) = bench();
    let mut comfyui = bench.socket("&dialect=comfyui");
    let mut own = bench.socket("");
    download(&bench);
    go_on.send(()).unwrap();
    while own.until("model").last().unwrap()["data"]["step"] != "installed" {}
    let told = comfyui.within(std::time::Duration::from_millis(200));
    assert!(
        told.iter().all(|message| message["type"] != "model"),
        "{told:?}"
    );
}

#[test]
fn what_makes_no_sense_is_refused_with_a_code_and_in_both_languages() {
    let (bench, _go_on) = bench();
    for (route, body, code) in [
        (
            "/zoo/download",
            json!({ "model": "micro", "accept_bytes": 5 }),
            "BAD_REQUEST",
        ),
        (
            "/zoo/download",
            json!({ "model": "other", "accept_bytes": 5 }),
            "MODEL_MISSING",
        ),
        ("/zoo/download", json!({ "model": "micro" }), "BAD_REQUEST"),
        ("/zoo/verify", json!({ "model": "micro" }), "MODEL_MISSING"),
        ("/zoo/remove", json!({ "model": "starter" }), "BAD_REQUEST"),
        (
            "/zoo/remove",
            json!({ "model": "../../x" }),
            "MODEL_MISSING",
        ),
    ] {
        let answer = bench.post(route, &body);
        assert!(
            (400..500).contains(&answer.status),
            "{route} {body}: {}",
            answer.status
        );
        let info = &answer.json()["error"]["extra_info"];
        assert_eq!(info["code"], code, "{route} {body}");
    }
    let answer = bench.get_as("/zoo", None);
    assert_eq!(answer.status, 401);
}
