//! Two jobs at once, which take turns on the network.

use serde_json::Value;

use crate::bench::{Bench, photo};

fn running(bench: &Bench) -> Vec<String> {
    let queue = bench.get("/queue").json();
    let jobs = queue["queue_running"].as_array().unwrap().iter();
    jobs.map(|job| job[1].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_next_photo_is_read_while_one_has_the_network_and_told_of_when_it_is_its_turn() {
    let bench = Bench::with(|config| config.at_once = 2);
    let good = bench.photo();
    let whole = photo(64, 48);
    bench.upload("cut.png", &whole[..whole.len() - 30], &[]);
    let mut socket = bench.socket("");
    bench.gate.close();
    let ids = [bench.queue(&good), bench.queue("cut.png")];
    // It is read, and so known to be damaged, while the other has the network.
    let entry = bench.ended(&ids[1]);
    assert_eq!(entry["error"]["code"], "IMAGE_CORRUPT", "{entry}");
    assert_eq!(running(&bench), ids[..1]);
    bench.gate.open();
    let stop_of = |messages: &[Value], id: &str| {
        let is_stop = |m: &Value| m["type"] == "execution_stop" && m["data"]["prompt_id"] == id;
        messages.iter().position(is_stop)
    };
    let mut heard = Vec::new();
    while stop_of(&heard, &ids[1]).is_none() {
        heard.push(socket.next());
    }
    let is_start = |m: &Value| m["type"] == "execution_start" && m["data"]["prompt_id"] == ids[1];
    let second_start = heard.iter().position(is_start);
    assert!(stop_of(&heard, &ids[0]) < second_start);
}

#[test]
fn a_photo_that_does_not_fit_beside_another_waits_for_it() {
    let bench = Bench::with(|config| config.at_once = 2);
    // Each alone takes over half of the memory that there is.
    let available = available_bytes();
    let pixels = 64 * 64;
    let share = available * 6 / 10 / pixels;
    bench
        .peak_bytes_per_pixel
        .store(share, std::sync::atomic::Ordering::Relaxed);
    let photo = bench.photo();
    let mut socket = bench.socket("");
    bench.gate.close();
    let ids = [(); 2].map(|()| bench.queue(&photo));
    let heard = socket.within(std::time::Duration::from_millis(700));
    assert!(!heard.iter().any(|message| message["type"] == "error"));
    bench.gate.open();
    for id in &ids {
        let entry = bench.ended(id);
        assert_eq!(entry["status"]["status_str"], "success", "{entry}");
    }
}

fn available_bytes() -> u64 {
    tintype_engine::Machine::probe().available_bytes
}
