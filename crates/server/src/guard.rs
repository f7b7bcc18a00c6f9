//! Which requests are heard at all: `Host`, `Origin`, token.
//!
//! The server listens on loopback, but a browser is on loopback too, and any page that it shows can
//! make it send requests there. `Origin` tells such a page apart; `Host` catches a page whose own
//! name was made to resolve to 127.0.0.1 (DNS rebinding), which would be same-origin.

use std::net::IpAddr;

use axum::http::uri::Authority;

/// Whether a `Host` header names this computer, by address or by name.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    // The parser takes `user@host`, which a Host header never has.
    if host.contains('@') {
        return false;
    }
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host();
    // An address with brackets is IPv6, and an absolute name may end in a dot.
    let bare = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name);
    match bare.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => bare
            .strip_suffix('.')
            .unwrap_or(bare)
            .eq_ignore_ascii_case("localhost"),
    }
}

/// The origins of the app's own window: on macOS and Linux, on Windows, and on Windows with HTTPS.
pub(crate) const APP_ORIGINS: [&str; 3] = [
    "tauri://localhost",
    "http://tauri.localhost",
    "https://tauri.localhost",
];

/// Whether a request to `host`, which was found to be this computer, may come from a page of this
/// origin. The server's own is among them: no page has it, since the server serves none, but some
/// WebSocket libraries outside of browsers always send it.
pub(crate) fn is_allowed_origin(origin: &str, host: &str, more: &[String]) -> bool {
    APP_ORIGINS.contains(&origin)
        || origin.strip_prefix("http://") == Some(host)
        || more.iter().any(|allowed| allowed == origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_computer_is_known_by_every_name_it_has() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:8188",
            "127.8.9.10:1",
            "localhost",
            "LocalHost:8188",
            "localhost.:8188",
            "[::1]",
            "[::1]:8188",
        ] {
            assert!(is_loopback_host(host), "{host}");
        }
    }

    #[test]
    fn a_name_that_only_resolves_to_this_computer_is_not_it() {
        for host in [
            "",
            "localhost.evil.com",
            "evil.com:8188",
            "127.0.0.1.evil.com",
            "127.0.0.1@evil.com",
            "evil.com@127.0.0.1",
            "192.168.0.7:8188",
            "0.0.0.0",
            "[::]",
            "localhost:8188/x",
            "::1",
        ] {
            assert!(!is_loopback_host(host), "{host}");
        }
    }

    #[test]
    fn only_the_apps_own_window_the_server_itself_and_what_was_allowed_may_ask() {
        let host = "127.0.0.1:8188";
        let more = ["http://localhost:1420".to_owned()];
        for origin in [
            "tauri://localhost",
            "http://127.0.0.1:8188",
            "http://localhost:1420",
        ] {
            assert!(is_allowed_origin(origin, host, &more), "{origin}");
        }
        for origin in [
            "null",
            "http://127.0.0.1",
            "http://127.0.0.1:3000",
            "https://evil.com",
            "tauri://localhost.evil.com",
            "",
        ] {
            assert!(!is_allowed_origin(origin, host, &more), "{origin}");
        }
    }
}
