//! Programs that die at work.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tintype_jobs::{Failure, Job, Jobs, Output, Report, Runner, Settings};
use tintype_protocol::{CancelFlag, ErrorCode};

use crate::support::{Bench, Verdict, new_job};

/// Where the child finds the queue that it is to die over.
const QUEUE: &str = "TINTYPE_TEST_QUEUE";

/// A job that takes the whole process with it, as a killer or a crash of a driver would.
struct Deadly;

impl Runner for Deadly {
    fn run(
        &mut self,
        _: &Job,
        _: &mut dyn FnMut(Report),
        _: &CancelFlag,
    ) -> Result<Vec<Output>, Failure> {
        std::process::abort()
    }

    fn rest(&mut self) {}
}

fn die_over(queue: &Path) -> ! {
    let jobs = Jobs::open(
        queue,
        Settings::default(),
        vec![Box::new(Deadly)],
        Box::new(drop),
    )
    .unwrap();
    if jobs.queue().pending.is_empty() && jobs.queue().running.is_empty() {
        jobs.submit(new_job()).unwrap();
    }
    std::thread::sleep(Duration::from_secs(20));
    // Not by an abort: the test sees that nothing was run.
    std::process::exit(0)
}

#[test]
fn a_job_that_kills_the_program_is_tried_three_times_and_then_fails() {
    if let Some(queue) = std::env::var_os(QUEUE) {
        die_over(&PathBuf::from(queue));
    }
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child
            .args([
                "--exact",
                "crashing::a_job_that_kills_the_program_is_tried_three_times_and_then_fails",
            ])
            .env(QUEUE, folder.path().join("jobs.sqlite"));
        assert!(!child.output().unwrap().status.success(), "nothing died");
    }
    let bench = Bench::open(folder, Settings::default());
    let [job] = &bench.jobs.history(None, 0).unwrap()[..] else {
        panic!("{:?}", bench.jobs.queue())
    };
    assert_eq!(job.attempts, 3);
    let failure = job.state.failure().unwrap();
    assert_eq!(failure.code, ErrorCode::Internal);
    assert!(failure.message.english.contains("3 times"), "{failure:?}");
    assert_eq!(bench.milestones(job.id), ["failed"]);
    // It is out of the way of the others.
    bench.reins.tell(Verdict::Complete);
    let next = bench.submit();
    bench.wait_for(next, "completed");
}

#[test]
fn after_a_crash_every_job_is_where_it_was_and_the_running_one_is_next() {
    let bench = Bench::new();
    bench.reins.tell(Verdict::Complete);
    let done = bench.submit();
    bench.wait_for(done, "completed");
    let running = bench.submit();
    bench.wait_for(running, "running");
    let waiting = bench.submit();
    let (bench, _) = bench.crash();
    assert!(bench.milestones(done).is_empty());
    bench.wait_for(running, "running");
    assert_eq!(bench.milestones(running), ["queued", "running"]);
    assert_eq!(bench.state(done), "completed");
    bench.reins.tell_all(Verdict::Complete);
    bench.wait_for(waiting, "completed");
    assert_eq!(bench.jobs.job(running).unwrap().unwrap().attempts, 2);
}
