//! What the desktop around the window is told.

use std::collections::HashMap;
use std::fs;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::zvariant::OwnedValue;

use crate::desk::{Desk, gray_png};
use crate::neighbor::Neighbor;

const PATIENCE: Duration = Duration::from_mins(1);

/// A desktop that shows notifications, which here are read by the test.
struct Desktop {
    shown: Receiver<(String, String)>,
    _connection: Connection,
}

/// The desktop's end, by <https://specifications.freedesktop.org/notification-spec/latest/>.
struct Notifications(Sender<(String, String)>);

#[zbus::interface(name = "org.freedesktop.Notifications")]
#[allow(clippy::too_many_arguments, reason = "the specification's")]
impl Notifications {
    fn notify(
        &self,
        _app_name: &str,
        _replaces: u32,
        _icon: &str,
        summary: String,
        body: String,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _expires: i32,
    ) -> u32 {
        self.0.send((summary, body)).unwrap();
        1
    }

    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".to_owned()]
    }

    fn get_server_information(&self) -> (&str, &str, &str, &str) {
        ("test", "test", "1", "1.2")
    }
}

impl Desktop {
    fn of(desk: &Desk) -> Self {
        let (tell, shown) = channel();
        let connection = Builder::address(desk.bus_address().as_str())
            .unwrap()
            .serve_at("/org/freedesktop/Notifications", Notifications(tell))
            .unwrap()
            .name("org.freedesktop.Notifications")
            .unwrap()
            .build()
            .unwrap();
        Self {
            shown,
            _connection: connection,
        }
    }
}

#[test]
fn a_batch_that_ends_while_another_window_has_the_focus_is_told_of() {
    let desk = Desk::new();
    let desktop = Desktop::of(&desk);
    let folder = desk.root.path().join("scans");
    fs::create_dir(&folder).unwrap();
    gray_png(&folder.join("a.png"), 96, 96, 1);
    gray_png(&folder.join("b.png"), 96, 96, 2);
    desk.drop_files(&[&folder]);
    desk.until("document.querySelectorAll('aside li').length === 2");
    let neighbor = Neighbor::on(&desk.display_name, (1000, 700), (100, 90));
    neighbor.take_focus();
    desk.until("!document.hasFocus()");
    desk.press("Colorize 2 photos");
    let (title, text) = desktop.shown.recv_timeout(PATIENCE).unwrap();
    assert_eq!(title, "Tintype is done");
    assert!(text.contains('2'), "{text}");
    let more = desktop.shown.recv_timeout(Duration::from_secs(1));
    assert!(more.is_err(), "told twice: {more:?}");
}
