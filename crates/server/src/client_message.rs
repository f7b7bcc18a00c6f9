//! What clients say on a socket: text in, a `ClientMessage` out.
//!
//! It is little: jobs come by HTTP, and the socket is for listening. This knows no sockets and no
//! dialects; what is answered is decided where the socket is.

use serde::Deserialize;
use serde_json::Value;

/// The most characters of an unknown type that are kept, and so said back to who sent it.
pub const MAX_KIND_CHARS: usize = 40;

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientMessage {
    /// `feature_flags`: what the client can do. `ComfyUI`'s clients send it first, and are answered
    /// with what the server can do.
    FeatureFlags,
    /// A type that clients don't send: its first [`MAX_KIND_CHARS`] characters.
    Unknown(String),
}

/// Reads what a client sent: `{"type": ..., "data": ...}`, of which `data` may be left out. Its size
/// has been limited by the socket.
///
/// # Errors
/// The JSON is broken, nested more than 128 levels deep, or of another form.
pub fn parse(text: &str) -> Result<ClientMessage, serde_json::Error> {
    let Envelope { kind, .. } = serde_json::from_str(text)?;
    Ok(match kind.as_str() {
        "feature_flags" => ClientMessage::FeatureFlags,
        _ => ClientMessage::Unknown(kind.chars().take(MAX_KIND_CHARS).collect()),
    })
}

/// A message's outer form, the same for all.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    #[expect(dead_code, reason = "must be JSON, is not needed")]
    data: Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn unknown(text: &str) -> String {
        match parse(text).unwrap() {
            ClientMessage::Unknown(kind) => kind,
            other @ ClientMessage::FeatureFlags => panic!("{other:?}"),
        }
    }

    #[test]
    fn feature_flags_are_known_with_data_or_without() {
        for text in [
            r#"{"type": "feature_flags", "data": {"supports_preview_metadata": true}}"#,
            r#"{"type": "feature_flags"}"#,
            r#"{"data": null, "more": [1], "type": "feature_flags"}"#,
        ] {
            assert_eq!(parse(text).unwrap(), ClientMessage::FeatureFlags, "{text}");
        }
    }

    #[test]
    fn an_unknown_type_is_told_by_name() {
        assert_eq!(unknown(r#"{"type": "prompt", "data": {}}"#), "prompt");
        assert_eq!(unknown(r#"{"type": "Feature_Flags"}"#), "Feature_Flags");
        assert_eq!(unknown(r#"{"type": ""}"#), "");
    }

    #[test]
    fn a_long_type_is_cut_between_characters() {
        let text = format!(r#"{{"type": "{}"}}"#, "照".repeat(1000));
        assert_eq!(unknown(&text), "照".repeat(MAX_KIND_CHARS));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for text in [
            "",
            "hello",
            "null",
            "{}",
            r#"{"type": 5}"#,
            r#"{"type": "feature_flags""#,
            r#"{"type": "feature_flags"} {}"#,
            r#"{"type": "feature_flags", "type": "feature_flags"}"#,
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        let deep = format!(r#"{{"type": "feature_flags", "data": {}"#, "[".repeat(1000));
        let error = parse(&deep).unwrap_err();
        assert!(error.to_string().contains("recursion"), "{error}");
    }
}
