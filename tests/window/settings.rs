//! What is chosen is kept.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::desk::{Desk, Setup};

#[test]
fn language_and_theme_change_at_once_and_are_kept() {
    let desk = Desk::new();
    desk.press("Settings");
    desk.set("select[id$=language]", "zh-CN");
    desk.until("document.documentElement.lang === 'zh-CN'");
    desk.until_said("输出文件夹");
    desk.set("select[id$=theme]", "dark");
    desk.until("document.documentElement.dataset.theme === 'dark'");
    let desk = desk.again_after_a_crash();
    desk.until_said("把老照片拖到这里");
    desk.until("document.documentElement.dataset.theme === 'dark'");
}

#[test]
fn other_programs_get_an_address_only_when_they_may() {
    let desk = Desk::new();
    desk.press("Settings");
    desk.until_said("Other programs on this computer may use Tintype");
    assert_eq!(
        desk.value("document.querySelector('[data-testid=address]')"),
        serde_json::Value::Null
    );
    desk.click("[data-testid=programs]");
    desk.until("document.querySelector('[data-testid=address]')?.innerText.includes('token=')");
}

#[test]
fn what_takes_a_restart_says_so_and_restarts() {
    let desk = Desk::new();
    let before = desk.process();
    desk.press("Settings");
    desk.set("input[id$=threads]", "1");
    desk.until_said("Takes effect when Tintype starts again.");
    // The page is gone before it could answer that it was clicked.
    desk.until_said("Restart now");
    let click = "setTimeout(() => document.querySelector('.later button').click(), 100)";
    desk.run(click, Vec::new());
    let end = Instant::now() + Duration::from_secs(30);
    while desk.process().is_none_or(|now| Some(now) == before) {
        assert!(Instant::now() < end, "the app has not started again");
        std::thread::sleep(Duration::from_millis(50));
    }
    let kept = std::fs::read_to_string(desk.data().join("settings.json")).unwrap();
    assert!(kept.contains("\"threads\": 1"), "{kept}");
}

/// A host that says that this is the latest release, and how often it was asked.
fn releases(tag: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/latest", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            count.fetch_add(1, Ordering::SeqCst);
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            let answer = format!("{{\"tag_name\": \"{tag}\"}}");
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length";
            // Whoever asked may have gone away.
            let _ = write!(stream, "{head}: {}\r\n\r\n{answer}", answer.len());
        }
    });
    (address, asked)
}

#[test]
fn newer_versions_are_looked_for_once_that_is_agreed_to_and_once_a_day() {
    let (address, asked) = releases("v99.0.0");
    let desk = Desk::with(Setup {
        releases: Some(address),
        ..Setup::default()
    });
    desk.press("Settings");
    desk.click("[data-testid=versions]");
    desk.until_said("Tintype would ask github.com");
    desk.press("No");
    desk.until("document.querySelector('[data-testid=versions]:not(:checked)')");
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    desk.click("[data-testid=versions]");
    desk.press("Look for them");
    desk.until_said("Version 99.0.0 of Tintype is there.");
    // It is known at the next start too, without asking again.
    let desk = desk.again_after_a_crash();
    desk.until_said("Version 99.0.0 of Tintype is there.");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[test]
fn everything_is_reached_by_keys_and_the_keys_are_listed() {
    let desk = Desk::new();
    desk.key("F1", "");
    desk.until_said("Hold: see the photo before");
    desk.key("Escape", "");
    desk.until("!document.querySelector('dialog')");
}
