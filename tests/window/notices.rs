//! What the desktop around the window is told.

#![allow(
    clippy::too_many_arguments,
    clippy::unused_self,
    clippy::used_underscore_binding,
    reason = "the specification's calls, most of which say more than is read here"
)]

use std::collections::HashMap;
use std::fs;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use zbus::blocking::connection::Builder;
use zbus::blocking::{Connection, MessageIterator};
use zbus::zvariant::OwnedValue;

use crate::desk::{Desk, gray_png};
use crate::neighbor::Neighbor;

const PATIENCE: Duration = Duration::from_mins(1);

/// A desktop that shows notifications and the taskbar's progress, which here are read by the test.
struct Desktop {
    shown: Receiver<(String, String)>,
    /// The progress' share, and whether it is to be seen.
    progress: Receiver<(f64, bool)>,
    _connection: Connection,
}

/// The desktop's end, by <https://specifications.freedesktop.org/notification-spec/latest/>.
struct Notifications(Sender<(String, String)>);

#[zbus::interface(name = "org.freedesktop.Notifications")]
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
        let progress = progress_on(&connection);
        Self {
            shown,
            progress,
            _connection: connection,
        }
    }
}

/// What launchers are told, by <https://wiki.ubuntu.com/Unity/LauncherAPI>.
fn progress_on(bus: &Connection) -> Receiver<(f64, bool)> {
    let rule = "type='signal',interface='com.canonical.Unity.LauncherEntry',member='Update'";
    let updates = MessageIterator::for_match_rule(rule, bus, None).unwrap();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        // Until the bus ends.
        for update in updates.map_while(Result::ok) {
            let (launcher, state): (String, HashMap<String, OwnedValue>) =
                update.body().deserialize().unwrap();
            assert_eq!(launcher, "application://org.tintype.app.desktop");
            let share = f64::try_from(&state["progress"]).unwrap();
            let is_seen = bool::try_from(&state["progress-visible"]).unwrap();
            if tell.send((share, is_seen)).is_err() {
                return;
            }
        }
    });
    told
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

#[test]
fn the_taskbar_shows_how_far_a_batch_is_and_nothing_once_it_is_done() {
    let desk = Desk::new();
    let desktop = Desktop::of(&desk);
    let folder = desk.root.path().join("scans");
    fs::create_dir(&folder).unwrap();
    for number in 0..4 {
        gray_png(&folder.join(format!("{number}.png")), 96, 96, number);
    }
    desk.drop_files(&[&folder]);
    desk.press("Colorize 4 photos");
    let mut shares = Vec::new();
    loop {
        let (share, is_seen) = desktop.progress.recv_timeout(PATIENCE).unwrap();
        match is_seen {
            true => shares.push(share),
            // Before the first photo is queued there is nothing to show either.
            false if shares.is_empty() => {}
            false => break,
        }
    }
    assert!(shares.is_sorted(), "{shares:?}");
    assert!(
        shares.iter().any(|share| (0.2..1.0).contains(share)),
        "{shares:?}"
    );
    desk.until("document.querySelectorAll('aside [data-state=done]').length === 4");
}
