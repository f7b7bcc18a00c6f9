//! What misbehaving programs can and cannot do.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::bench::{Bench, CLIENT, PATIENCE, prompt, wait_for};

#[test]
fn an_address_has_eight_sockets_and_a_closed_one_makes_room() {
    let bench = Bench::new();
    let mut sockets: Vec<_> = (0..8).map(|_| bench.socket("")).collect();
    let query = format!("clientId={CLIENT}&token={}", bench.token.clone().unwrap());
    assert_eq!(bench.try_socket(&query, &[]).err(), Some(429));
    drop(sockets.pop());
    assert!(wait_for(|| bench.try_socket(&query, &[]).ok()).is_some());
    assert_eq!(bench.get("/queue").status, 200, "requests are not sockets");
}

#[test]
fn a_flood_of_sockets_leaves_room_for_others_once_it_ends() {
    let bench = Bench::with(|config| {
        config.limits.connections = 16;
        config.limits.head_timeout = Duration::from_millis(300);
    });
    let flood: Vec<_> = (0..64)
        .map(|_| TcpStream::connect(bench.address).unwrap())
        .collect();
    // None of them says anything; each is given up in time, and the next is let in.
    assert_eq!(bench.get("/queue").status, 200);
    drop(flood);
}

#[test]
fn half_a_request_is_not_waited_for() {
    let bench = Bench::with(|config| config.limits.head_timeout = Duration::from_millis(200));
    for half in [
        "",
        "GET /queue HTT",
        "GET /queue HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ",
    ] {
        let mut stream = TcpStream::connect(bench.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(half.as_bytes()).unwrap();
        let started = Instant::now();
        let mut rest = Vec::new();
        // Either end is an end.
        let _ = stream.read_to_end(&mut rest);
        assert!(started.elapsed() < PATIENCE / 2, "{half:?}");
    }
}

#[test]
fn an_upload_that_stands_still_is_given_up() {
    let bench = Bench::with(|config| config.limits.stall_timeout = Duration::from_millis(200));
    let token = bench.token.clone().unwrap();
    let answer = bench.raw(&format!(
        "POST /upload/image?token={token} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\
         Content-Type: multipart/form-data; boundary=x\r\nConnection: close\r\n\r\n\
         --x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\r\nabc"
    ));
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(
        std::fs::read_dir(bench.root.path().join("input"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn bodies_that_are_too_large_are_refused() {
    let bench = Bench::with(|config| {
        config.limits.body_bytes = 2000;
        config.limits.upload_bytes = 2000;
    });
    let long = "x".repeat(3000);
    let mut body = prompt("a.png");
    body["extra_data"] = json!({"long": long});
    assert_eq!(bench.post("/prompt", &body).status, 413);
    assert_eq!(bench.upload("a.png", long.as_bytes(), &[]).status, 413);
    let folder = bench.root.path().join("input");
    assert_eq!(
        std::fs::read_dir(folder).unwrap().count(),
        0,
        "nothing is left of it"
    );
    assert_eq!(bench.upload("a.png", b"short", &[]).status, 200);
}

#[test]
fn a_body_of_too_many_values_is_refused_before_it_is_parsed() {
    let bench = Bench::new();
    let dense = format!("{{\"prompt\": [{}0]}}", "0,".repeat(200_000));
    let answer = bench.post_bytes("/prompt", "application/json", dense.as_bytes());
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json()["error"]["extra_info"]["code"],
        "WORKFLOW_INVALID"
    );
}

#[test]
fn a_message_that_is_too_large_ends_the_socket_and_no_other() {
    let bench = Bench::new();
    let (mut bad, mut good) = (bench.socket(""), bench.socket(""));
    // The server may close before it has read it all.
    let _ = bad.0.send(Message::text("x".repeat(100_000)));
    bad.closed();
    good.next();
    good.say("{}");
    assert_eq!(good.next()["data"]["code"], "BAD_REQUEST");
}

#[test]
fn a_flood_of_messages_ends_the_socket_and_no_other() {
    let bench = Bench::new();
    let (mut bad, mut good) = (bench.socket(""), bench.socket(""));
    for _ in 0..1000 {
        if bad.0.send(Message::text("{}")).is_err() {
            break;
        }
    }
    bad.closed();
    good.next();
    bench.queue(&bench.photo());
    let messages = good.until("execution_stop");
    assert_eq!(messages.last().unwrap()["data"]["outcome"], "completed");
}

#[test]
fn a_reader_that_does_not_read_costs_the_others_nothing_and_is_let_go() {
    let bench = Bench::with(|config| {
        config.limits.backlog_bytes = 100_000;
        config.limits.send_buffer_bytes = 10_000;
        // Not let go for its silence, which takes longer than this test.
        config.limits.ping_interval = Duration::from_mins(1);
    });
    let photo = bench.photo();
    let mut slow = bench.socket("");
    slow.receive_buffer(1);
    let mut good = bench.socket("");
    bench.gate.close();
    // Each of these is told to both; what is told fills every buffer between here and there.
    let jobs = 500;
    let reader = std::thread::spawn(move || {
        for _ in 0..jobs {
            good.until("execution_stop");
        }
    });
    for _ in 0..jobs {
        bench.queue(&photo);
    }
    assert_eq!(bench.post("/queue", &json!({"clear": true})).status, 200);
    bench.gate.open();
    reader.join().unwrap();
    // What is left is read in seconds, not in minutes.
    slow.receive_buffer(1 << 20);
    let frame = slow.closed();
    assert!(
        frame.is_none_or(|frame| u16::from(frame.code) == 1008),
        "a slow reader is told why, if it reads that far"
    );
}

#[test]
fn a_silent_peer_is_asked_and_then_given_up() {
    let bench = Bench::with(|config| config.limits.ping_interval = Duration::from_millis(100));
    let socket = bench.socket("");
    // Nobody reads from it, so nobody answers its pings.
    let gone = wait_for(|| {
        let log = bench.open_sockets();
        (log == 0).then_some(())
    });
    assert!(gone.is_some());
    drop(socket);
}

#[test]
fn no_name_leads_out_of_the_folders() {
    let bench = Bench::new();
    std::fs::write(bench.root.path().join("secret.txt"), "secret").unwrap();
    std::fs::create_dir_all(bench.root.path().join("output")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(
        bench.root.path().join("secret.txt"),
        bench.root.path().join("output/link.txt"),
    )
    .unwrap();
    for query in [
        "filename=../secret.txt",
        "filename=..%2Fsecret.txt",
        "filename=%2Fetc%2Fpasswd",
        "filename=secret.txt&subfolder=..",
        "filename=secret.txt&subfolder=a/../..",
        "filename=..\\secret.txt",
        "filename=secret.txt&subfolder=/",
        "filename=link.txt",
        "filename=C:\\secret.txt",
        "filename=a%00.png",
        "filename=",
        "filename=.",
    ] {
        let answer = bench.get(&format!("/view?{query}"));
        assert!(
            (400..500).contains(&answer.status),
            "{query}: {}",
            answer.status
        );
        assert!(
            !String::from_utf8_lossy(&answer.body).contains("secret\""),
            "{query}"
        );
    }
    for name in [
        "../evil.png",
        "/tmp/evil.png",
        "..\\evil.png",
        "a/../../evil.png",
    ] {
        let answer = bench.upload(name, b"evil", &[]);
        let kept_inside = answer.status == 200 && {
            let kept = answer.json()["name"].as_str().unwrap().to_owned();
            bench.root.path().join("input").join(kept).is_file()
        };
        assert!(
            answer.status == 400 || kept_inside,
            "{name}: {}",
            answer.status
        );
    }
    assert!(!bench.root.path().join("evil.png").exists());
    let answer = bench.upload("a.png", b"evil", &[("subfolder", "../..")]);
    assert_eq!(answer.status, 400);

    let mut body = prompt("../secret.txt");
    assert_eq!(bench.post("/prompt", &body).status, 400);
    body = prompt(&bench.photo());
    body["prompt"]["3"]["inputs"]["filename_prefix"] = json!("../evil");
    let answer = bench.post("/prompt", &body);
    if answer.status == 200 {
        let entry = bench.ended(answer.json()["prompt_id"].as_str().unwrap());
        assert_eq!(entry["status"]["status_str"], "error");
    }
    let outside = std::fs::read_dir(bench.root.path()).unwrap();
    assert!(
        outside
            .flatten()
            .all(|e| !e.file_name().to_string_lossy().contains("evil"))
    );
}
