//! What is kept of jobs that have ended.

use std::time::Duration;

use tintype_jobs::{Retention, Settings};
use tintype_protocol::PromptId;

use crate::support::{Bench, Verdict};

fn completed(bench: &Bench, count: usize) -> Vec<PromptId> {
    bench.reins.tell_all(Verdict::Complete);
    let ids: Vec<_> = (0..count).map(|_| bench.submit()).collect();
    bench.wait_until("done", |bench| bench.jobs.remaining() == 0);
    ids
}

fn history(bench: &Bench, max_items: Option<usize>, offset: usize) -> Vec<PromptId> {
    let jobs = bench.jobs.history(max_items, offset).unwrap();
    jobs.iter().map(|job| job.id).collect()
}

#[test]
fn it_is_read_from_the_newest_back_and_given_oldest_first() {
    let bench = Bench::new();
    let ids = completed(&bench, 5);
    assert_eq!(history(&bench, None, 0), ids);
    assert_eq!(history(&bench, Some(2), 0), ids[3..]);
    assert_eq!(history(&bench, Some(2), 1), ids[2..4]);
    assert_eq!(history(&bench, Some(9), 4), ids[..1]);
    let bench = bench.restart();
    assert_eq!(history(&bench, None, 0), ids);
}

#[test]
fn only_so_many_entries_are_kept() {
    let retention = Retention {
        max_entries: 3,
        max_age: None,
    };
    let bench = Bench::with(Settings {
        retention,
        ..Settings::default()
    });
    let ids = completed(&bench, 5);
    assert_eq!(history(&bench, None, 0), ids[2..]);
}

#[test]
fn entries_are_kept_only_for_so_long() {
    let retention = Retention {
        max_entries: 9,
        max_age: Some(Duration::ZERO),
    };
    let bench = Bench::with(Settings {
        retention,
        ..Settings::default()
    });
    let ids = completed(&bench, 1);
    std::thread::sleep(Duration::from_millis(5));
    let newer = completed(&bench, 1);
    assert!(
        !history(&bench, None, 0).contains(&ids[0]),
        "{ids:?} {newer:?}"
    );
}

#[test]
fn entries_can_be_forgotten_but_not_jobs_that_have_not_ended() {
    let bench = Bench::new();
    let ids = completed(&bench, 3);
    bench.jobs.pause(true);
    let waiting = bench.submit();
    assert_eq!(
        bench
            .jobs
            .forget(&[ids[1], waiting, PromptId::random()])
            .unwrap(),
        1
    );
    assert_eq!(history(&bench, None, 0), [ids[0], ids[2]]);
    assert_eq!(bench.jobs.forget_all().unwrap(), 2);
    assert_eq!(bench.state(waiting), "queued");
    assert_eq!(bench.jobs.job(ids[0]).unwrap(), None);
}

#[test]
fn what_was_noted_with_a_job_that_has_ended_is_kept_and_changes_nothing_else() {
    let bench = Bench::new();
    let id = completed(&bench, 1)[0];
    let before = bench.jobs.job(id).unwrap().unwrap();
    let warm = serde_json::json!({"warmth": 0.5});
    assert!(bench.jobs.note(id, "adjustment", &warm).unwrap());
    let bench = bench.restart();
    let mut after = bench.jobs.job(id).unwrap().unwrap();
    assert_eq!(after.extra_data["adjustment"], warm);
    after.extra_data = before.extra_data.clone();
    assert_eq!(after, before);
}

#[test]
fn nothing_is_noted_with_a_job_that_waits_or_is_not_there() {
    let bench = Bench::new();
    bench.jobs.pause(true);
    let waiting = bench.submit();
    for id in [waiting, PromptId::random()] {
        assert!(!bench.jobs.note(id, "a", &serde_json::json!(1)).unwrap());
    }
}
