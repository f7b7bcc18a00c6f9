//! The other routes.

use serde_json::{Value, json};

use crate::bench::{Bench, CLIENT, graph, prompt};

#[test]
fn a_workflow_with_faults_is_refused_whole_with_all_of_them() {
    let bench = Bench::new();
    let mut body = prompt("missing.png");
    body["prompt"]["2"]["inputs"]["model_input_size"] = json!(5000);
    body["prompt"]["2"]["inputs"]["checkpoint"] = json!("nonesuch.pth");
    let answer = bench.post("/prompt", &body);
    assert_eq!(answer.status, 400);
    let refused = answer.json();
    assert_eq!(refused["error"]["type"], "prompt_outputs_failed_validation");
    assert_eq!(refused["error"]["extra_info"]["code"], "WORKFLOW_INVALID");
    let kinds = |node: &str| -> Vec<String> {
        refused["node_errors"][node]["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["type"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(kinds("1"), ["custom_validation_failed"]);
    let mut of_colorize = kinds("2");
    of_colorize.sort();
    assert_eq!(of_colorize, ["value_bigger_than_max", "value_not_in_list"]);
    assert_eq!(
        refused["node_errors"]["2"]["class_type"],
        "DDColor_Colorize"
    );
    assert_eq!(
        refused["node_errors"]["2"]["dependent_outputs"],
        json!(["3"])
    );
    assert_eq!(
        bench.get("/prompt").json()["exec_info"]["queue_remaining"],
        0
    );
}

#[test]
fn what_is_no_workflow_is_refused_by_comfyuis_names() {
    let bench = Bench::new();
    let kind = |body: &Value| -> String {
        let answer = bench.post("/prompt", body);
        assert_eq!(answer.status, 400, "{body}");
        answer.json()["error"]["type"].as_str().unwrap().to_owned()
    };
    assert_eq!(kind(&json!({})), "no_prompt");
    let mut unknown = prompt("a.png");
    unknown["prompt"]["2"]["class_type"] = json!("KSampler");
    assert_eq!(kind(&unknown), "invalid_prompt");
    let load_only =
        json!({"prompt": {"1": {"class_type": "LoadImage", "inputs": {"image": bench.photo()}}}});
    assert_eq!(kind(&load_only), "prompt_no_outputs");
    let mut bad_id = prompt(&bench.photo());
    bad_id["prompt_id"] = json!("not-a-uuid");
    assert_eq!(kind(&bad_id), "invalid_prompt_id");
    let answer = bench.post_bytes("/prompt", "application/json", b"{\"prompt\": ");
    assert_eq!(answer.status, 400);
}

#[test]
fn a_client_may_bring_its_own_id_but_not_twice() {
    let bench = Bench::new();
    let id = "6f1c2f1e-0a52-4a7e-9d6c-3a9a3d0a4b11";
    let mut body = prompt(&bench.photo());
    body["prompt_id"] = json!(id);
    assert_eq!(bench.post("/prompt", &body).json()["prompt_id"], id);
    bench.ended(id);
    assert_eq!(bench.post("/prompt", &body).status, 400);
}

#[test]
fn a_full_queue_refuses_more_and_keeps_what_it_has() {
    let bench = Bench::with(|config| config.queue.queue_limit = 2);
    let photo = bench.photo();
    bench.gate.close();
    bench.queue(&photo);
    bench.queue(&photo);
    let answer = bench.post("/prompt", &prompt(&photo));
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["error"]["extra_info"]["code"], "QUEUE_FULL");
    assert_eq!(
        bench.get("/prompt").json()["exec_info"]["queue_remaining"],
        2
    );
}

#[test]
fn what_is_put_in_front_runs_next() {
    let bench = Bench::new();
    let photo = bench.photo();
    bench.gate.close();
    let mut socket = bench.socket("");
    bench.queue(&photo);
    socket.until("progress");
    let second = bench.queue(&photo);
    let mut body = prompt(&photo);
    body["front"] = json!(true);
    let front = bench.post("/prompt", &body).json()["prompt_id"].clone();
    let pending = bench.get("/queue").json()["queue_pending"].clone();
    assert_eq!(pending[0][1], front);
    assert_eq!(pending[1][1], second);
}

#[test]
fn the_nodes_are_described_as_comfyui_describes_its_own() {
    let bench = Bench::new();
    let all = bench.get("/api/object_info").json();
    let names: Vec<_> = all
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        names,
        [
            "DDColor_Colorize",
            "ImageScale",
            "LoadImage",
            "PreviewImage",
            "SaveImage"
        ]
    );
    let one = bench.get("/object_info/DDColor_Colorize").json();
    let node = &one["DDColor_Colorize"];
    assert_eq!(*node, all["DDColor_Colorize"]);
    assert_eq!(node["input"]["required"]["image"][0], "IMAGE");
    let size = &node["input"]["required"]["model_input_size"];
    assert_eq!(size[0], "INT");
    assert_eq!(size[1]["min"], 32);
    assert_eq!(size[1]["max"], 4096);
    assert_eq!(size[1]["step"], 32);
    assert_eq!(size[1]["default"], 512);
    let checkpoints = node["input"]["required"]["checkpoint"][0]
        .as_array()
        .unwrap();
    assert!(checkpoints.contains(&json!("orange")), "{checkpoints:?}");
    assert!(
        checkpoints.contains(&json!("ddcolor_modelscope.pth")),
        "{checkpoints:?}"
    );
    assert_eq!(node["output"], json!(["IMAGE"]));
    assert_eq!(node["output_node"], false);
    assert_eq!(all["SaveImage"]["output_node"], true);
    assert_eq!(bench.get("/object_info/KSampler").json(), json!({}));
}

#[test]
fn the_server_says_what_it_is_and_has() {
    let bench = Bench::new();
    let stats = bench.get("/system_stats").json();
    assert!(stats["system"]["ram_total"].as_u64().unwrap() > 0);
    assert_eq!(stats["devices"][0]["type"], "cpu");
    assert_eq!(stats["system"]["argv"], json!([]));
    assert!(
        bench
            .get("/models/checkpoints")
            .json()
            .as_array()
            .unwrap()
            .contains(&json!("orange"))
    );
    assert_eq!(bench.get("/models").json(), json!(["checkpoints"]));
    assert_eq!(bench.get("/models/loras").status, 404);
    assert!(bench.get("/features").json()["max_upload_size"].is_u64());
    assert_eq!(bench.get("/embeddings").json(), json!([]));
    assert_eq!(bench.get("/manager/version").status, 404);
    assert_eq!(
        bench.post("/free", &json!({"unload_models": true})).status,
        200
    );
}

#[test]
fn the_history_pages_and_forgets_but_keeps_the_files() {
    let bench = Bench::new();
    let photo = bench.photo();
    let ids: Vec<_> = (0..3).map(|_| bench.queue(&photo)).collect();
    for id in &ids {
        bench.ended(id);
    }
    let all = bench.get("/history").json();
    assert_eq!(all.as_object().unwrap().len(), 3);
    let last = bench.get("/history?max_items=1&offset=-1").json();
    assert_eq!(
        last.as_object().unwrap().keys().collect::<Vec<_>>(),
        [&ids[2]]
    );
    assert_eq!(all[&ids[0]]["prompt"][2], graph(&photo));
    assert_eq!(all[&ids[0]]["prompt"][3]["client_id"], CLIENT);
    assert!(all[&ids[0]]["timings"]["inference"].is_u64());

    assert_eq!(
        bench.post("/history", &json!({"delete": [ids[0]]})).status,
        200
    );
    assert_eq!(bench.get(&format!("/history/{}", ids[0])).json(), json!({}));
    assert_eq!(bench.post("/history", &json!({"clear": true})).status, 200);
    assert_eq!(bench.get("/history").json(), json!({}));
    let file = "/view?filename=colorized_00001_.png";
    assert_eq!(bench.get(file).status, 200);
}
