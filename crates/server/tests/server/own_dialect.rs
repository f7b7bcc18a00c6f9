//! What `PROTOCOL.md` promises of our own dialect.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bench::{Bench, CLIENT, Socket, graph, kinds, prompt};

const QUIET: Duration = Duration::from_millis(300);

fn status_of(messages: &[Value], id: &str) -> Vec<String> {
    messages
        .iter()
        .filter(|m| m["type"] == "status" && m["data"]["prompt_id"] == id)
        .map(|m| m["data"]["status"].as_str().unwrap().to_owned())
        .collect()
}

fn progress_of<'a>(messages: &'a [Value], id: &str) -> Vec<&'a Value> {
    messages
        .iter()
        .filter(|m| m["type"] == "progress" && m["data"]["prompt_id"] == id)
        .map(|m| &m["data"])
        .collect()
}

#[test]
fn the_first_thing_said_is_how_the_server_is() {
    let bench = Bench::new();
    let mut socket = bench.socket("");
    assert_eq!(
        socket.next(),
        json!({"type": "status", "data": {"status": "idle", "queue_remaining": 0}})
    );
}

#[test]
fn a_job_is_told_of_from_queue_to_file() {
    let bench = Bench::new();
    let photo = bench.photo();
    let mut socket = bench.socket("");
    let id = bench.queue(&photo);
    let messages = socket.until("execution_stop");

    assert_eq!(
        status_of(&messages, &id),
        ["queued", "executing", "completed"]
    );
    let start = messages
        .iter()
        .find(|m| m["type"] == "execution_start")
        .unwrap();
    assert_eq!(start["data"]["prompt_id"], id);
    assert!(start["data"]["timestamp"].as_u64().unwrap() > 1_700_000_000_000);

    let progress = progress_of(&messages, &id);
    let values: Vec<f64> = progress
        .iter()
        .map(|p| p["value"].as_f64().unwrap())
        .collect();
    assert!(values.is_sorted(), "{values:?}");
    assert_eq!(values.last(), Some(&100.0));
    assert!(
        values[..values.len() - 1].iter().all(|v| *v <= 99.0),
        "{values:?}"
    );
    let mut stages: Vec<_> = progress
        .iter()
        .map(|p| p["stage"].as_str().unwrap())
        .collect();
    stages.dedup();
    assert_eq!(
        stages,
        ["load", "preprocess", "inference", "postprocess", "save"]
    );

    let stop = messages.last().unwrap();
    assert_eq!(stop["data"]["outcome"], "completed");
    assert!(stop["data"]["timings"]["inference"].is_u64(), "{stop}");
    let output = &stop["data"]["outputs"][0];
    assert_eq!(output["node"], "3");
    assert_eq!(output["type"], "output");
    let file = bench
        .root
        .path()
        .join("output")
        .join(output["filename"].as_str().unwrap());
    assert!(file.is_file(), "{}", file.display());
}

#[test]
fn a_failed_job_is_explained_before_it_stops() {
    let bench = Bench::new();
    let uploaded = bench
        .upload("cut.png", &crate::bench::photo(64, 64)[..90], &[])
        .json();
    let mut socket = bench.socket("&lang=zh-CN");
    let id = bench.queue(uploaded["name"].as_str().unwrap());
    let messages = socket.until("execution_stop");

    let error = &messages.iter().find(|m| m["type"] == "error").unwrap()["data"];
    assert_eq!(error["code"], "IMAGE_CORRUPT");
    assert_eq!(error["prompt_id"], id);
    assert_eq!(error["hint"]["node"], "1");
    assert_eq!(error["message"], error["messages"]["zh-CN"]);
    let english = error["messages"]["en"].as_str().unwrap();
    assert!(english.contains("cut.png"), "{english}");
    assert_eq!(status_of(&messages, &id), ["queued", "executing", "failed"]);
    assert_eq!(messages.last().unwrap()["data"]["outcome"], "failed");
    assert_eq!(
        kinds(&socket.within(QUIET)),
        ["status"],
        "the server is idle again"
    );
}

#[test]
fn a_size_that_does_not_fit_is_refused_with_one_that_does() {
    let bench = Bench::new();
    let photo = bench.photo();
    bench
        .peak_bytes_per_pixel
        .store(1 << 16, std::sync::atomic::Ordering::Relaxed);
    let mut body = prompt(&photo);
    body["prompt"]["2"]["inputs"]["model_input_size"] = json!(4096);
    let mut socket = bench.socket("");
    assert_eq!(bench.post("/prompt", &body).status, 200);
    let messages = socket.until("execution_stop");
    let error = &messages.iter().find(|m| m["type"] == "error").unwrap()["data"];
    assert_eq!(error["code"], "OUT_OF_MEMORY");
    let suggested = error["hint"]["suggested_size"].as_u64().unwrap();
    assert!(
        (32..4096).contains(&suggested) && suggested.is_multiple_of(32),
        "{suggested}"
    );
}

#[test]
fn a_running_job_can_be_stopped_and_the_next_one_goes_on() {
    let bench = Bench::new();
    let photo = bench.photo();
    let mut socket = bench.socket("");
    bench.gate.close();
    let first = bench.queue(&photo);
    socket.until("progress");
    let second = bench.queue(&photo);
    assert_eq!(bench.post("/interrupt", &json!({})).status, 200);
    let messages = socket.until("execution_stop");
    assert_eq!(messages.last().unwrap()["data"]["prompt_id"], first);
    assert_eq!(messages.last().unwrap()["data"]["outcome"], "cancelled");
    assert_eq!(bench.ended(&first)["error"]["code"], "CANCELLED");
    bench.gate.open();
    let messages = socket.until("execution_stop");
    assert_eq!(messages.last().unwrap()["data"]["prompt_id"], second);
    assert_eq!(messages.last().unwrap()["data"]["outcome"], "completed");
}

#[test]
fn a_job_stops_while_its_model_is_being_loaded() {
    let bench = Bench::new();
    let photo = bench.photo();
    let mut socket = bench.socket("");
    bench.loading.close();
    let id = bench.queue(&photo);
    socket.until("execution_start");
    assert_eq!(bench.post("/interrupt", &json!({})).status, 200);
    socket.until("execution_stop");
    assert_eq!(bench.ended(&id)["error"]["code"], "CANCELLED");
    bench.loading.open();
    assert_eq!(bench.ended(&bench.queue(&photo))["outcome"], "completed");
}

#[test]
fn a_job_that_waits_can_be_taken_out_and_those_behind_it_move_up() {
    let bench = Bench::new();
    let photo = bench.photo();
    let mut socket = bench.socket("");
    bench.gate.close();
    bench.queue(&photo);
    socket.until("progress");
    let (second, third) = (bench.queue(&photo), bench.queue(&photo));
    assert_eq!(
        bench.post("/queue", &json!({"delete": [second]})).status,
        200
    );
    let messages = socket.until("execution_stop");
    assert_eq!(messages.last().unwrap()["data"]["prompt_id"], second);
    assert_eq!(messages.last().unwrap()["data"]["outcome"], "cancelled");
    let mut positions: Vec<u64> = messages
        .iter()
        .chain(&socket.within(QUIET))
        .filter(|m| m["data"]["prompt_id"] == third)
        .filter_map(|m| m["data"]["position"].as_u64())
        .collect();
    positions.dedup();
    assert_eq!(positions, [2, 1]);
}

#[test]
fn clients_hear_of_their_own_jobs_alone_and_all_of_them_how_the_server_is() {
    let bench = Bench::new();
    let photo = bench.photo();
    let mut mine = bench.socket("");
    let other = bench.token_for("someone-else");
    let mut theirs = bench
        .try_socket(&format!("clientId=someone-else&token={other}"), &[])
        .unwrap();
    let id = bench.queue(&photo);
    mine.until("execution_stop");
    let heard = theirs.within(QUIET);
    assert!(heard.iter().all(|m| m["type"] == "status"), "{heard:?}");
    assert!(
        heard.iter().all(|m| m["data"].get("prompt_id").is_none()),
        "{heard:?}"
    );
    assert!(heard.len() >= 2, "{heard:?}");
    assert!(!heard.iter().any(|m| m.to_string().contains(&id)));
}

#[test]
fn two_sockets_of_one_client_hear_the_same() {
    let bench = Bench::new();
    let photo = bench.photo();
    let (mut one, mut other) = (bench.socket(""), bench.socket(""));
    bench.queue(&photo);
    let essential = |socket: &mut Socket| -> Vec<Value> {
        let messages = socket.until("execution_stop");
        messages
            .into_iter()
            .filter(|m| m["type"] != "progress")
            .collect()
    };
    let (one, other) = (essential(&mut one), essential(&mut other));
    let of_jobs = |messages: &[Value]| -> Vec<Value> {
        let of_job = |m: &&Value| m["data"].get("prompt_id").is_some();
        messages.iter().filter(of_job).cloned().collect()
    };
    assert_eq!(of_jobs(&one), of_jobs(&other));
}

#[test]
fn a_job_that_nobody_in_particular_queued_is_told_to_everybody() {
    let bench = Bench::with(|config| config.access = tintype_server::Access::Open);
    let photo = bench.photo();
    let mut socket = bench.try_socket("", &[]).unwrap();
    let queued = bench.post("/prompt", &json!({"prompt": graph(&photo)}));
    assert_eq!(queued.status, 200);
    let messages = socket.until("execution_stop");
    assert_eq!(
        messages.last().unwrap()["data"]["prompt_id"],
        queued.json()["prompt_id"]
    );
}

#[test]
fn who_comes_back_is_told_where_things_are() {
    let bench = Bench::new();
    let photo = bench.photo();
    bench.gate.close();
    let mut socket = bench.socket("");
    let running = bench.queue(&photo);
    let waiting = bench.queue(&photo);
    // Until it waits at the gate, in the middle of the network.
    while socket.next()["data"]["stage"] != "inference" {}
    socket.within(QUIET);
    drop(socket);

    let mut socket = bench.socket("");
    let greeting = socket.within(QUIET);
    assert_eq!(status_of(&greeting, &running), ["executing"]);
    assert_eq!(status_of(&greeting, &waiting), ["queued"]);
    assert_eq!(progress_of(&greeting, &running).len(), 1);
    assert_eq!(greeting[0]["data"]["status"], "executing");
    assert_eq!(greeting[0]["data"]["queue_remaining"], 2);
}

#[test]
fn who_was_away_is_told_once_of_what_ended() {
    let bench = Bench::new();
    let photo = bench.photo();
    let id = bench.queue(&photo);
    bench.ended(&id);

    let mut socket = bench.socket("");
    let messages = socket.until("execution_stop");
    assert_eq!(messages.last().unwrap()["data"]["prompt_id"], id);
    drop(socket);
    let heard = bench.socket("").within(QUIET);
    assert_eq!(kinds(&heard), ["status"], "it was told already");
}

#[test]
fn what_makes_no_sense_on_a_socket_is_answered_with_an_error() {
    let bench = Bench::new();
    let mut socket = bench.socket("");
    socket.next();
    for nonsense in [
        "{",
        "[]",
        "{\"type\": 5}",
        "{\"type\": \"prompt\", \"data\": {}}",
    ] {
        socket.say(nonsense);
        let answer = socket.next();
        assert_eq!(answer["type"], "error", "{nonsense}");
        assert_eq!(answer["data"]["code"], "BAD_REQUEST", "{nonsense}");
    }
}

#[test]
fn a_server_that_stops_says_so_and_its_queue_is_kept() {
    let mut bench = Bench::new();
    let photo = bench.photo();
    let mut socket = bench.socket("");
    bench.queue(&photo);
    socket.until("execution_stop");
    bench.stop();
    let frame = socket.closed().unwrap();
    assert_eq!(u16::from(frame.code), 1001);
    assert_eq!(frame.reason.as_str(), "the server is stopping");
}

#[test]
fn the_queue_is_listed_with_whom_it_belongs_to() {
    let bench = Bench::new();
    let photo = bench.photo();
    bench.gate.close();
    let mut socket = bench.socket("");
    let first = bench.queue(&photo);
    socket.until("progress");
    let second = bench.queue(&photo);
    let queue = bench.get("/queue").json();
    assert_eq!(queue["queue_running"][0][1], first);
    assert_eq!(queue["queue_pending"][0][1], second);
    assert_eq!(queue["queue_pending"][0][2], graph(&photo));
    assert_eq!(queue["queue_pending"][0][3]["client_id"], CLIENT);
    assert_eq!(queue["queue_pending"][0][4], json!(["3"]));
    assert_eq!(
        bench.get("/prompt").json()["exec_info"]["queue_remaining"],
        2
    );
}
