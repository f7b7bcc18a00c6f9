//! Commands that make no sense, and models that are none.

use crate::bench::{Bench, street};

#[test]
fn what_makes_no_sense_is_usage_and_touches_nothing() {
    let bench = Bench::new();
    bench.put("a.jpg", &street());
    bench.put("empty/notes.txt", b"");
    for arguments in [
        &["colorize"][..],
        &["colorize", "a.jpg", "--size", "31"],
        &["colorize", "a.jpg", "--strength", "300"],
        &["colorize", "a.jpg", "--device", "toaster"],
        &["colorize", "a.jpg", "--name", "../{name}"],
        &["colorize", "a.jpg", "--checkpoint", "no-such-model"],
        &["colorize", "a.jpg", "--checkpoint", "no/such/model.pth"],
        &["colorize", "a.jpg", "--checkpoint", "a.jpg"],
        &["colorize", "empty"],
        &["paint"],
    ] {
        let said = bench.run(arguments);
        assert_eq!(said.code, 2, "{arguments:?}: {}", said.stderr);
        assert!(!said.stderr.is_empty(), "{arguments:?}");
    }
    assert_eq!(bench.names("."), ["a.jpg", "empty"]);
}

#[test]
fn an_unknown_model_is_answered_with_the_known_ones() {
    let bench = Bench::new();
    bench.put("a.jpg", &street());
    let said = bench.colorize(&["a.jpg", "--checkpoint", "artistic"]);
    assert!(
        said.stderr.contains("\"artistic\"") && said.stderr.contains("starter"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_device_that_is_not_there_is_never_replaced_in_silence() {
    let bench = Bench::new();
    bench.put("a.jpg", &street());
    let said = bench.colorize(&["a.jpg", "--device", "cuda:63"]);
    assert_eq!(said.code, 2);
    assert!(
        said.stderr.contains("cuda:63 can't be used"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_published_checkpoint_is_taken_by_its_path() {
    let bench = Bench::new();
    bench.put("a.jpg", &street());
    let micro = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/goldens/micro.pth");
    let said = bench.colorize(&["a.jpg", "--checkpoint", micro, "--name", "{name}-{model}"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(bench.names(".").contains(&"a-micro.jpg".to_owned()));
}

#[test]
fn doctor_tells_what_there_is() {
    let bench = Bench::new();
    let said = bench.run(&["doctor"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    for word in ["tintype", "libtorch", "device", "memory", "starter"] {
        assert!(said.stdout.contains(word), "{word}: {}", said.stdout);
    }
    let report: serde_json::Value =
        serde_json::from_str(&bench.run(&["doctor", "--json"]).stdout).unwrap();
    assert!(report["memory_bytes"].as_u64().unwrap() > 0);
    assert_eq!(report["models"][0]["id"], "starter");
}
