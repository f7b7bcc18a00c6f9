//! Asking for newer versions.

use std::fs;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use tintype_protocol::Language;
use tintype_zoo::{News, NoNews, Reason, Updates};

use crate::host::{Host, Way};

const HOUR: Duration = Duration::from_hours(1);

/// What a host tells of its latest release, besides much else.
fn release(tag: &str) -> Vec<u8> {
    format!(
        r#"{{"url": "https://localhost/1", "tag_name": "{tag}", "draft": false,
            "html_url": "https://localhost/other", "assets": [{{"name": "a"}}], "body": "- A."}}"#
    )
    .into_bytes()
}

struct Asking {
    host: Host,
    updates: Updates,
    folder: TempDir,
}

/// Version 1.2.0 of the program, and a host that answers this.
fn asking(answer: &[u8], ways: &[Way]) -> Asking {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::of(answer, ways);
    let updates = of_version(&host, &folder);
    Asking {
        host,
        updates,
        folder,
    }
}

fn of_version(host: &Host, folder: &TempDir) -> Updates {
    Updates::at(&format!("{}/latest", host.address), folder.path())
        .as_version("1.2.0".parse().unwrap())
        .with_patience(Duration::from_secs(2))
}

#[test]
fn a_newer_version_is_told_and_an_older_one_is_not() {
    for (tag, newer) in [
        ("v1.2.1", true),
        ("v1.10.0", true),
        ("v2.0.0", true),
        ("v1.2.0", false),
        ("v1.2.0-rc.1", false),
        ("v1.1.9", false),
    ] {
        let asking = asking(&release(tag), &[Way::Well]);
        let news = asking.updates.look(SystemTime::now()).unwrap();
        let expected = if newer {
            News::Newer(tag[1..].parse().unwrap())
        } else {
            News::Newest
        };
        assert_eq!(news, expected, "{tag}");
    }
}

#[test]
fn one_plain_request_is_sent_that_says_nothing_of_the_computer() {
    let asking = asking(&release("v1.2.0"), &[Way::Well]);
    asking.updates.look(SystemTime::now()).unwrap();
    let asked = asking.host.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].target, "/latest");
    let besides: Vec<_> = asked[0].besides.iter().map(|(n, v)| (&**n, &**v)).collect();
    let host = asking.host.address.strip_prefix("http://").unwrap();
    assert_eq!(
        besides,
        [
            ("accept", "application/vnd.github+json"),
            ("host", host),
            ("user-agent", "Tintype")
        ]
    );
}

#[test]
fn it_is_asked_once_a_day_even_by_another_start() {
    let asking = asking(&release("v1.3.0"), &[Way::Well]);
    let start = SystemTime::now();
    let newer = News::Newer("1.3.0".parse().unwrap());
    assert_eq!(asking.updates.page(), None);
    assert_eq!(asking.updates.look(start).unwrap(), newer);
    let page = asking.updates.page().unwrap();
    assert!(page.starts_with("https://github.com/"), "{page}");
    assert!(page.ends_with("/releases/tag/v1.3.0"), "{page}");
    assert_eq!(asking.updates.look(start + 23 * HOUR).unwrap(), newer);
    let again = of_version(&asking.host, &asking.folder);
    assert_eq!(again.look(start + 23 * HOUR).unwrap(), newer);
    assert_eq!(asking.host.asked().len(), 1);
    assert_eq!(again.look(start + 25 * HOUR).unwrap(), newer);
    assert_eq!(asking.host.asked().len(), 2);
    // After an update the record is still right.
    let updated = again.as_version("1.3.0".parse().unwrap());
    assert_eq!(updated.look(start + 26 * HOUR).unwrap(), News::Newest);
    assert_eq!(updated.page(), None);
}

#[test]
fn a_clock_that_was_wrong_does_not_keep_it_from_asking() {
    let asking = asking(&release("v1.3.0"), &[Way::Well]);
    let now = SystemTime::now();
    asking.updates.look(now + 1000 * HOUR).unwrap();
    asking.updates.look(now).unwrap();
    assert_eq!(asking.host.asked().len(), 2);
}

#[test]
fn a_try_that_failed_counts_for_the_day_and_keeps_what_was_known() {
    let asking = asking(&release("v1.3.0"), &[Way::Status(503), Way::Well]);
    let start = SystemTime::now();
    let failed = asking.updates.look(start).unwrap_err();
    assert!(
        matches!(
            &failed,
            NoNews::Source {
                reason: Reason::Status(503),
                ..
            }
        ),
        "{failed}"
    );
    let again = asking.updates.look(start + HOUR).unwrap_err();
    assert!(matches!(again, NoNews::TriedToday), "{again}");
    assert_eq!(asking.host.asked().len(), 1);
    asking.updates.look(start + 25 * HOUR).unwrap();

    let folder = asking.folder;
    let silent = Host::of(b"", &[Way::Status(404)]);
    let updates = of_version(&silent, &folder);
    updates.look(start + 50 * HOUR).unwrap_err();
    let known = updates.look(start + 51 * HOUR).unwrap();
    assert_eq!(known, News::Newer("1.3.0".parse().unwrap()));
}

#[test]
fn a_host_that_stalls_lies_or_never_ends_is_left_in_time() {
    let long = vec![b' '; 3 << 20];
    for (answer, way, expected) in [
        (release("v1.3.0"), Way::Stalls(10), "2 seconds"),
        (release("v1.3.0"), Way::Breaks(10), "could not be asked"),
        (release("v1.3.0"), Way::WrongBytes, "understood"),
        (b"<html>".to_vec(), Way::Well, "understood"),
        (release("nightly"), Way::Well, "understood"),
        ([long, release("v1.3.0")].concat(), Way::Well, "understood"),
        (
            Vec::new(),
            Way::Leads("http://127.0.0.1:9/".to_owned()),
            "no connection",
        ),
    ] {
        let asking = asking(&answer, std::slice::from_ref(&way));
        let error = asking.updates.look(SystemTime::now()).unwrap_err();
        let text = error.text(Language::English);
        assert!(text.contains(expected), "{way:?}: {text}");
    }
}

#[test]
fn an_answer_elsewhere_is_followed_but_not_round_and_round() {
    let other = Host::of(&release("v1.3.0"), &[Way::Well]);
    let led = asking(b"", &[Way::Leads(format!("{}/moved", other.address))]);
    let news = led.updates.look(SystemTime::now()).unwrap();
    assert_eq!(news, News::Newer("1.3.0".parse().unwrap()));
    let round = asking(b"", &[Way::Leads("/latest".to_owned())]);
    let error = round.updates.look(SystemTime::now()).unwrap_err();
    assert!(error.to_string().contains("can't be used"), "{error}");
    assert_eq!(round.host.asked().len(), 4);
}

#[test]
fn an_address_that_is_not_secure_is_not_asked() {
    let folder = tempfile::tempdir().unwrap();
    let updates = Updates::at("http://localhost:1/latest", folder.path());
    let error = updates.look(SystemTime::now()).unwrap_err();
    assert!(error.to_string().contains("not a valid one"), "{error}");
}

#[test]
fn where_the_day_cannot_be_written_down_nothing_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("no-folder");
    fs::write(&file, "").unwrap();
    let host = Host::of(&release("v1.3.0"), &[Way::Well]);
    let updates = Updates::at(&host.address, &file);
    let error = updates.look(SystemTime::now()).unwrap_err();
    assert!(matches!(error, NoNews::Unkept { .. }), "{error}");
    assert_eq!(host.asked().len(), 0);
}
