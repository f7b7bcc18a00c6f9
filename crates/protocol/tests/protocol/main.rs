//! What the window's side of the wire must agree with.
#![cfg(debug_assertions)]

use std::path::Path;

#[test]
fn the_windows_types_are_the_servers() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/lib/protocol/wire.ts");
    let expected = tintype_protocol::typescript();
    if std::env::var_os("TINTYPE_UPDATE_TYPES").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    assert!(
        found == expected,
        "{} is stale: run `TINTYPE_UPDATE_TYPES=1 cargo test -p tintype-protocol`",
        path.display()
    );
}
