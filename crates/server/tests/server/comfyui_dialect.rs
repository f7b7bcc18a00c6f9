//! ComfyUI's messages in ComfyUI's order.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bench::{Bench, CLIENT, kinds};

/// Messages of a job without those that say how far it has come.
fn milestones(messages: &[Value]) -> Vec<Value> {
    let is_milestone = |m: &&Value| {
        !matches!(
            m["type"].as_str(),
            Some("progress" | "progress_state" | "status")
        )
    };
    messages.iter().filter(is_milestone).cloned().collect()
}

fn until_nothing_runs(socket: &mut crate::bench::Socket) -> Vec<Value> {
    let mut messages = Vec::new();
    loop {
        let message = socket.next();
        let last = message["type"] == "executing" && message["data"]["node"].is_null();
        messages.push(message);
        if last {
            return messages;
        }
    }
}

#[test]
fn the_first_status_has_the_sid_and_the_others_do_not() {
    let bench = Bench::new();
    let photo = bench.photo();
    let mut socket = bench.socket("&dialect=comfyui");
    assert_eq!(
        socket.next(),
        json!({"type": "status", "data": {
            "status": {"exec_info": {"queue_remaining": 0}}, "sid": CLIENT}})
    );
    bench.queue(&photo);
    assert_eq!(
        socket.next(),
        json!({"type": "status", "data": {"status": {"exec_info": {"queue_remaining": 1}}}})
    );
}

#[test]
fn a_job_is_told_of_node_by_node() {
    let bench = Bench::new();
    let photo = bench.photo();
    let mut socket = bench.socket("&dialect=comfyui");
    let id = bench.queue(&photo);
    let messages = until_nothing_runs(&mut socket);
    let milestones = milestones(&messages);
    let short: Vec<String> = milestones
        .iter()
        .map(|m| {
            assert_eq!(m["data"]["prompt_id"], id);
            let node = m["data"]["node"].as_str().unwrap_or("");
            format!("{} {node}", m["type"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        short,
        [
            "execution_start ",
            "execution_cached ",
            "executing 1",
            "executing 2",
            "executing 3",
            "executed 3",
            "execution_success ",
            "executing ",
        ]
    );
    let executed = &milestones[5]["data"];
    assert_eq!(
        executed["output"]["images"],
        json!([{"filename": "colorized_00001_.png", "subfolder": "", "type": "output"}])
    );
    // The queue is empty before the last word, as clients expect.
    let status = messages
        .iter()
        .rposition(|m| m["type"] == "status")
        .unwrap();
    assert_eq!(
        messages[status]["data"]["status"]["exec_info"]["queue_remaining"],
        0
    );
    assert_eq!(status, messages.len() - 2);
    assert!(
        messages
            .iter()
            .any(|m| m["type"] == "progress" && m["data"]["node"] == "2")
    );
    let states = messages
        .iter()
        .rfind(|m| m["type"] == "progress_state")
        .unwrap();
    assert_eq!(states["data"]["nodes"]["2"]["state"], "finished");
}

#[test]
fn the_history_is_there_before_the_job_leaves_the_queue() {
    let bench = Bench::new();
    let photo = bench.photo();
    let mut socket = bench.socket("&dialect=comfyui");
    let id = bench.queue(&photo);
    socket.until("execution_success");
    let entry = &bench.get(&format!("/history/{id}")).json()[&id];
    assert_eq!(entry["status"]["status_str"], "success");
    assert_eq!(entry["status"]["completed"], true);
    assert_eq!(
        entry["outputs"]["3"]["images"][0]["filename"],
        "colorized_00001_.png"
    );
    assert_eq!(entry["meta"]["3"]["real_node_id"], "3");
    assert_eq!(entry["prompt"][1], id);
    let names: Vec<_> = entry["status"]["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m[0].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["execution_start", "execution_cached", "execution_success"]
    );
}

#[test]
fn a_failure_names_the_node_its_class_and_our_code() {
    let bench = Bench::new();
    let cut = crate::bench::photo(64, 64)[..90].to_vec();
    let uploaded = bench.upload("cut.png", &cut, &[]).json();
    let mut socket = bench.socket("&dialect=comfyui");
    let id = bench.queue(uploaded["name"].as_str().unwrap());
    let messages = until_nothing_runs(&mut socket);
    let error = &messages
        .iter()
        .find(|m| m["type"] == "execution_error")
        .unwrap()["data"];
    assert_eq!(error["prompt_id"], id);
    assert_eq!(error["node_id"], "1");
    assert_eq!(error["node_type"], "LoadImage");
    assert_eq!(error["exception_type"], "IMAGE_CORRUPT");
    assert_eq!(error["traceback"], json!([]));
    let entry = bench.ended(&id);
    assert_eq!(entry["status"]["status_str"], "error");
    assert_eq!(entry["status"]["completed"], false);
    assert_eq!(entry["error"]["code"], "IMAGE_CORRUPT");
}

#[test]
fn an_interrupted_job_says_at_which_node() {
    let bench = Bench::new();
    let photo = bench.photo();
    bench.gate.close();
    let mut socket = bench.socket("&dialect=comfyui");
    let id = bench.queue(&photo);
    while socket.next()["data"]["node"] != "2" {}
    bench.post_bytes("/api/interrupt", "application/json", b"");
    let messages = until_nothing_runs(&mut socket);
    let interrupted = &messages
        .iter()
        .find(|m| m["type"] == "execution_interrupted")
        .unwrap()["data"];
    assert_eq!(interrupted["prompt_id"], id);
    assert_eq!(interrupted["node_id"], "2");
    assert_eq!(interrupted["node_type"], "DDColor_Colorize");
}

#[test]
fn who_connects_while_its_job_runs_hears_which_node_is_at_work() {
    let bench = Bench::new();
    let photo = bench.photo();
    bench.gate.close();
    let mut first = bench.socket("");
    bench.queue(&photo);
    while first.next()["data"]["stage"] != "inference" {}
    let mut second = bench.socket("&dialect=comfyui");
    assert_eq!(kinds(&[second.next()]), ["status"]);
    assert_eq!(
        second.next(),
        json!({"type": "executing", "data": {"node": "2"}})
    );
}

#[test]
fn a_server_of_that_dialect_speaks_it_unasked() {
    let bench = Bench::with(|config| config.dialect = tintype_server::Dialect::ComfyUi);
    let mut socket = bench.socket("");
    assert_eq!(socket.next()["data"]["sid"], CLIENT);
    socket.say(r#"{"type": "feature_flags", "data": {"supports_preview_metadata": true}}"#);
    let answer = socket.next();
    assert_eq!(answer["type"], "feature_flags");
    assert!(answer["data"]["max_upload_size"].is_u64(), "{answer}");
    socket.say("nonsense");
    assert!(socket.within(Duration::from_millis(200)).is_empty());
}
