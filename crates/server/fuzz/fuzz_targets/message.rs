//! Any text as what a client says on its socket. What is said back of it must be short, and mean the
//! same when it is sent again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use tintype_server::client_message::{ClientMessage, MAX_KIND_CHARS, parse};

fuzz_target!(|text: &str| {
    let Ok(message) = parse(text) else { return };
    let kind = match &message {
        ClientMessage::FeatureFlags => "feature_flags",
        ClientMessage::Unknown(kind) => kind,
    };
    assert!(kind.chars().count() <= MAX_KIND_CHARS);
    let again = parse(&json!({"type": kind}).to_string()).expect("a message of the plainest form");
    assert_eq!(again, message);
});
