//! The store's file: who may open it, what becomes of a damaged one, and a disk that is full for a
//! while.

use std::fs;
use std::time::Duration;

use tempfile::TempDir;
use tintype_jobs::{Error, Jobs, Result, Settings};
use tintype_protocol::{CancelFlag, PromptId};

use crate::support::{Bench, Verdict, new_job};

/// Opens a queue whose runner is never asked for anything.
fn open(folder: &TempDir) -> Result<Jobs> {
    struct Nothing;
    impl tintype_jobs::Runner for Nothing {
        fn run(
            &mut self,
            _: &tintype_jobs::Job,
            _: &mut dyn FnMut(tintype_jobs::Report),
            _: &CancelFlag,
        ) -> std::result::Result<Vec<tintype_jobs::Output>, tintype_jobs::Failure> {
            Ok(Vec::new())
        }

        fn rest(&mut self) {}
    }
    let database = folder.path().join("jobs.sqlite");
    Jobs::open(
        &database,
        Settings::default(),
        vec![Box::new(Nothing)],
        Box::new(drop),
    )
}

#[test]
fn a_queue_is_open_once() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(&folder).unwrap();
    let Err(Error::InUse { path }) = open(&folder) else {
        panic!("it was opened twice")
    };
    assert_eq!(path, folder.path().join("jobs.sqlite"));
    first.stop(Duration::ZERO);
    drop(first);
    assert_eq!(open(&folder).unwrap().put_aside(), None);
}

#[test]
fn a_damaged_store_is_put_aside_whole_and_a_new_one_begun() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs.sqlite");
    let jobs = open(&folder).unwrap();
    jobs.submit(new_job()).unwrap();
    jobs.stop(Duration::ZERO);
    drop(jobs);
    let mut torn = fs::read(&path).unwrap();
    let middle = torn.len() / 2;
    torn[100..middle].fill(0xa5);
    for damaged in [b"this is no database at all".to_vec(), torn] {
        fs::write(&path, &damaged).unwrap();
        let jobs = open(&folder).unwrap();
        let aside = jobs.put_aside().unwrap();
        assert_eq!(fs::read(aside).unwrap(), damaged);
        assert_eq!(jobs.remaining(), 0);
        jobs.submit(new_job()).unwrap();
        jobs.stop(Duration::ZERO);
    }
}

#[test]
fn a_store_of_a_later_version_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs.sqlite");
    let later = rusqlite::Connection::open(&path).unwrap();
    later
        .execute_batch("CREATE TABLE hoverboards (id); PRAGMA user_version = 99")
        .unwrap();
    let refused = open(&folder).map(drop);
    assert!(
        matches!(refused, Err(Error::TooNew { found: 99, .. })),
        "{refused:?}"
    );
    let count = "SELECT count(*) FROM hoverboards";
    assert_eq!(later.query_row(count, [], |row| row.get(0)), Ok(0));
}

#[test]
fn what_is_announced_is_on_disk_for_others_to_read() {
    let bench = Bench::new();
    let state = |id: PromptId| -> String {
        let sql = "SELECT state FROM jobs WHERE id = ?1";
        let found = bench
            .look()
            .query_row(sql, [id.to_string()], |row| row.get(0));
        found.unwrap()
    };
    let id = bench.submit();
    bench.wait_for(id, "running");
    assert_eq!(state(id), "running");
    bench.reins.tell(Verdict::Complete);
    bench.wait_for(id, "completed");
    assert_eq!(state(id), "completed");
    let pragma = |name: &str| -> String {
        let value = bench
            .look()
            .pragma_query_value(None, name, |row| row.get(0));
        value.unwrap()
    };
    assert_eq!(pragma("journal_mode"), "wal");
}

/// A trigger stands for the full disk: it refuses what a full disk would.
fn refuse_to_store(bench: &Bench, state: &str) {
    let sql = format!(
        "CREATE TRIGGER full BEFORE UPDATE ON jobs WHEN new.state = '{state}'
         BEGIN SELECT RAISE(ABORT, 'full'); END"
    );
    bench.look().execute_batch(&sql).unwrap();
}

fn store_again(bench: &Bench) {
    bench.look().execute_batch("DROP TRIGGER full").unwrap();
}

#[test]
fn an_end_that_can_t_be_stored_is_not_announced_until_it_can() {
    let bench = Bench::new();
    let id = bench.submit();
    bench.wait_for(id, "running");
    refuse_to_store(&bench, "completed");
    bench.reins.tell(Verdict::Complete);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(bench.milestones(id), ["queued", "running"]);
    assert_eq!(bench.jobs.remaining(), 1);
    store_again(&bench);
    bench.wait_for(id, "completed");
}

#[test]
fn a_job_whose_end_could_not_be_stored_before_a_stop_runs_again() {
    let bench = Bench::new();
    let id = bench.submit();
    bench.wait_for(id, "running");
    refuse_to_store(&bench, "completed");
    bench.reins.tell(Verdict::Complete);
    bench.wait_until("done", |bench| {
        let is_done =
            |event: &tintype_jobs::Event| matches!(event, tintype_jobs::Event::NodeEnded { .. });
        bench.told().iter().any(is_done)
    });
    bench.jobs.stop(Duration::ZERO);
    store_again(&bench);
    let bench = bench.restart();
    bench.wait_for(id, "running");
    bench.reins.tell(Verdict::Complete);
    bench.wait_for(id, "completed");
}

#[test]
fn a_job_that_can_t_be_marked_as_running_is_not_run() {
    let bench = Bench::new();
    refuse_to_store(&bench, "running");
    bench.reins.tell_all(Verdict::Complete);
    let id = bench.submit();
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(bench.milestones(id), ["queued"]);
    store_again(&bench);
    bench.wait_for(id, "completed");
}
