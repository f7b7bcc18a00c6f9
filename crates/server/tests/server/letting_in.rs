//! Who is let in, and who is not.

use serde_json::{Value, json};
use tintype_server::Access;

use crate::bench::{Bench, CLIENT, graph, prompt};

fn code(answer: &crate::bench::Answer) -> Value {
    answer.json()["error"]["extra_info"]["code"].clone()
}

#[test]
fn without_a_token_only_the_sign_of_life_answers() {
    let bench = Bench::new();
    assert_eq!(bench.get_as("/healthz", None).status, 200);
    assert_eq!(bench.get_as("/healthz", None).body, b"ok");
    assert_eq!(bench.get_as("/api/healthz", None).status, 200);
    for path in [
        "/queue",
        "/api/queue",
        "/history",
        "/view?filename=a",
        "/logs",
        "/nothing",
    ] {
        let answer = bench.get_as(path, None);
        assert_eq!(answer.status, 401, "{path}");
        assert_eq!(code(&answer), "UNAUTHORIZED", "{path}");
    }
}

#[test]
fn a_token_is_taken_from_the_header_or_the_address() {
    let bench = Bench::new();
    let token = bench.token.clone().unwrap();
    assert_eq!(bench.get("/queue").status, 200);
    assert_eq!(
        bench.get_as(&format!("/queue?token={token}"), None).status,
        200
    );
    for bad in [
        "",
        "x",
        "a.b.c",
        &token[..token.len() - 1],
        &format!("{token}x"),
    ] {
        assert_eq!(bench.get_as("/queue", Some(bad)).status, 401, "{bad}");
        assert_eq!(
            bench.get_as(&format!("/queue?token={bad}"), None).status,
            401,
            "{bad}"
        );
    }
}

#[test]
fn a_socket_without_a_good_token_is_not_opened() {
    let bench = Bench::new();
    let token = bench.token.clone().unwrap();
    let refused = |query: &str| bench.try_socket(query, &[]).err();
    assert_eq!(refused(&format!("clientId={CLIENT}")), Some(401));
    assert_eq!(refused(&format!("clientId={CLIENT}&token=x")), Some(401));
    assert_eq!(
        refused(&format!("clientId=another&token={token}")),
        Some(401)
    );
    assert_eq!(refused(&format!("clientId={CLIENT}&token={token}")), None);
    assert_eq!(refused(&format!("token={token}")), None);
}

#[test]
fn nobody_queues_jobs_in_the_name_of_another() {
    let bench = Bench::new();
    let mut body = prompt(&bench.photo());
    body["client_id"] = json!("another");
    let answer = bench.post("/prompt", &body);
    assert_eq!(answer.status, 401);
    assert_eq!(code(&answer), "UNAUTHORIZED");
}

#[test]
fn an_expired_token_is_refused() {
    let bench = Bench::new();
    let client = tintype_protocol::ClientId::new(CLIENT).unwrap();
    let token = bench.token_that_lasts(&client, std::time::Duration::ZERO);
    // It is good up to and with the second it names.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert_eq!(bench.get_as("/queue", Some(&token)).status, 401);
}

#[test]
fn where_none_is_asked_for_no_token_is_needed() {
    let bench = Bench::with(|config| config.access = Access::Open);
    assert_eq!(bench.token, None);
    assert_eq!(bench.get_as("/queue", None).status, 200);
    assert!(bench.try_socket("clientId=anyone", &[]).is_ok());
    let photo = bench.photo();
    let body = json!({"client_id": "anyone", "prompt": graph(&photo)});
    assert_eq!(bench.post("/prompt", &body).status, 200);
}

#[test]
fn a_page_of_somebody_elses_is_refused_whatever_it_knows() {
    let bench = Bench::new();
    let token = bench.token.clone().unwrap();
    for origin in [
        "https://evil.com",
        "null",
        "http://127.0.0.1:1",
        "http://localhost.evil.com",
    ] {
        let answer = bench.get_with("/queue", ("Origin", origin));
        assert_eq!(answer.status, 403, "{origin}");
        assert_eq!(code(&answer), "UNAUTHORIZED", "{origin}");
        let query = format!("clientId={CLIENT}&token={token}");
        let refused = bench.try_socket(&query, &[("Origin", origin)]).err();
        assert_eq!(refused, Some(403), "{origin}");
    }
}

#[test]
fn the_apps_own_window_is_let_in_and_may_read_the_answers() {
    let bench = Bench::with(|config| config.origins = vec!["http://localhost:1420".into()]);
    for origin in [
        "tauri://localhost",
        "http://tauri.localhost",
        "http://localhost:1420",
    ] {
        assert_eq!(
            bench.get_with("/queue", ("Origin", origin)).status,
            200,
            "{origin}"
        );
    }
}

#[test]
fn a_name_that_was_made_to_resolve_to_this_computer_is_refused() {
    let bench = Bench::new();
    let token = bench.token.clone().unwrap();
    let port = bench.address.port();
    for host in [
        "evil.com",
        "localhost.evil.com",
        "127.0.0.1.evil.com",
        "192.168.1.2",
    ] {
        let host = format!("{host}:{port}");
        let answer = bench.raw(&format!(
            "GET /queue?token={token} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        ));
        assert!(answer.starts_with("HTTP/1.1 403"), "{host}: {answer}");
    }
    let answer = bench.raw(&format!(
        "GET /queue?token={token} HTTP/1.1\r\nConnection: close\r\n\r\n"
    ));
    assert!(
        answer.starts_with("HTTP/1.1 403"),
        "no host at all: {answer}"
    );
}

#[test]
fn only_addresses_of_this_computer_are_listened_on() {
    let root = tempfile::tempdir().unwrap();
    let mut config = tintype_server::Config::new(tintype_server::Places::in_folder(root.path()));
    config.address = [0, 0, 0, 0].into();
    let started = crate::bench::start(config);
    assert!(matches!(
        started,
        Err(tintype_server::Error::NotLoopback(_))
    ));
}

#[test]
fn a_port_that_is_taken_is_left_to_its_owner() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let bench = Bench::with(|config| config.port = tintype_server::Port::Preferably(port));
    assert_ne!(bench.address.port(), port);
    assert_eq!(bench.get("/queue").status, 200);
}
