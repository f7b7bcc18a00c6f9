//! What the worker does with jobs, and what it tells of them.

use std::time::Duration;

use tintype_jobs::{Error, Event, JobState, NewJob, Outcome, Settings};
use tintype_protocol::{ErrorCode, PromptId};

use crate::support::{Bench, Verdict, new_job, output, starts};

#[test]
fn a_job_is_told_of_from_the_queue_to_its_end() {
    let bench = Bench::new();
    bench.reins.tell(Verdict::Complete);
    let id = bench.submit();
    bench.wait_for(id, "completed");
    assert_eq!(bench.milestones(id), ["queued", "running", "completed"]);

    let told = bench.told();
    let [
        ..,
        Event::Progress { value, .. },
        Event::Ended { outputs, .. },
    ] = &told[..]
    else {
        panic!("{told:#?}")
    };
    assert_eq!(*value, 100.0);
    assert_eq!(*outputs, [output(id)]);
    let values = told.iter().filter_map(|event| match event {
        Event::Progress { value, .. } => Some(*value),
        _ => None,
    });
    assert!(values.clone().is_sorted());
    assert_eq!(values.filter(|value| *value > 99.0).count(), 1);

    let job = bench.jobs.job(id).unwrap().unwrap();
    let ending = job.state.ending().unwrap();
    assert_eq!(ending.outputs, [output(id)]);
    assert_eq!(ending.timings.total(), Duration::from_millis(2));
    assert_eq!(
        (job.workflow, job.extra_data),
        (new_job().workflow, new_job().extra_data)
    );
}

#[test]
fn a_failed_job_keeps_its_reason_and_what_it_made_and_is_never_told_to_be_whole() {
    let bench = Bench::new();
    bench.reins.tell(Verdict::Fail);
    let id = bench.submit();
    bench.wait_for(id, "failed");
    let job = bench.jobs.job(id).unwrap().unwrap();
    let JobState::Failed(ending, failure) = job.state else {
        panic!("{:?}", job.state)
    };
    assert_eq!(failure.code, ErrorCode::OutOfMemory);
    assert_eq!(ending.outputs, [output(id)]);
    let is_whole = |event: &Event| matches!(event, Event::Progress { value, .. } if *value > 99.0);
    assert!(!bench.told().iter().any(is_whole));
}

#[test]
fn a_defect_costs_one_job_and_the_loaded_model_but_no_other_job() {
    let bench = Bench::new();
    bench.reins.tell(Verdict::Panic);
    let first = bench.submit();
    bench.wait_for(first, "failed");
    let job = bench.jobs.job(first).unwrap().unwrap();
    assert_eq!(job.state.failure().unwrap().code, ErrorCode::Internal);
    assert_eq!(*bench.reins.rests.lock().unwrap(), 1);
    bench.reins.tell(Verdict::Complete);
    let second = bench.submit();
    bench.wait_for(second, "completed");
}

#[test]
fn the_running_job_can_be_interrupted_by_name_or_without() {
    let bench = Bench::new();
    for named in [true, false] {
        let id = bench.submit();
        bench.wait_for(id, "running");
        assert!(!bench.jobs.interrupt(Some(PromptId::random())));
        assert!(bench.jobs.interrupt(named.then_some(id)));
        bench.wait_for(id, "cancelled");
        assert_eq!(bench.state(id), "cancelled");
    }
    assert!(!bench.jobs.interrupt(None));
}

#[test]
fn a_job_is_cancelled_wherever_it_is() {
    let bench = Bench::new();
    let (running, waiting) = (bench.submit(), bench.submit());
    bench.wait_for(running, "running");
    assert!(bench.jobs.cancel(waiting).unwrap());
    assert_eq!(bench.milestones(waiting).last(), Some(&"cancelled"));
    assert!(bench.jobs.cancel(running).unwrap());
    bench.wait_for(running, "cancelled");
    assert!(!bench.jobs.cancel(running).unwrap());
    assert_eq!(bench.jobs.remaining(), 0);
}

#[test]
fn jobs_run_by_number_and_then_in_the_order_they_came() {
    let bench = Bench::new();
    let first = bench.submit();
    bench.wait_for(first, "running");
    let submit = |front, number| {
        let new = NewJob {
            front,
            number,
            ..new_job()
        };
        bench.jobs.submit(new).unwrap().id
    };
    let last = submit(false, None);
    let numbered = submit(false, Some(0.5));
    let front = submit(true, None);
    let foremost = submit(true, None);
    let order = [foremost, front, numbered, last];
    let queue = bench.jobs.queue();
    assert_eq!(queue.running[0].id, first);
    let pending: Vec<_> = queue.pending.iter().map(|job| job.id).collect();
    assert_eq!(pending, order);
    let told = bench.told();
    let position = told.iter().rev().find_map(|event| match event {
        Event::Queued { job, position } if job.id == last => Some(*position),
        _ => None,
    });
    assert_eq!(position, Some(4));

    bench.reins.tell_all(Verdict::Complete);
    bench.wait_for(last, "completed");
    assert_eq!(starts(&bench.told())[1..], order);
}

#[test]
fn a_paused_queue_takes_jobs_in_and_starts_none() {
    let bench = Bench::new();
    bench.jobs.pause(true);
    bench.reins.tell_all(Verdict::Complete);
    let id = bench.submit();
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(bench.state(id), "queued");
    bench.jobs.pause(false);
    bench.wait_for(id, "completed");
}

#[test]
fn a_full_queue_and_a_second_job_of_the_same_id_are_refused() {
    let settings = Settings {
        queue_limit: 2,
        ..Settings::default()
    };
    let bench = Bench::with(settings);
    bench.jobs.pause(true);
    let id = bench.submit();
    let same = NewJob {
        id: Some(id),
        ..new_job()
    };
    let refused = bench.jobs.submit(same.clone());
    assert!(matches!(refused, Err(Error::DuplicateId(of)) if of == id));
    bench.submit();
    let refused = bench.jobs.submit(new_job());
    assert!(matches!(refused, Err(Error::QueueFull { limit: 2 })));
    // An id stays taken after its job has ended.
    assert_eq!(bench.jobs.clear().unwrap(), 2);
    assert!(matches!(
        bench.jobs.submit(same),
        Err(Error::DuplicateId(_))
    ));
}

#[test]
fn the_model_is_given_up_when_nothing_came_for_a_while_and_on_request() {
    let idle_unload = Duration::from_millis(30);
    let bench = Bench::with(Settings {
        idle_unload,
        ..Settings::default()
    });
    bench.reins.tell_all(Verdict::Complete);
    let rests = |bench: &Bench| *bench.reins.rests.lock().unwrap();
    bench.submit();
    bench.wait_until("rested", |bench| rests(bench) == 1);
    // Once is enough.
    std::thread::sleep(3 * idle_unload);
    assert_eq!(rests(&bench), 1);

    let bench = Bench::new();
    let id = bench.submit();
    bench.wait_for(id, "running");
    bench.jobs.free();
    assert_eq!(rests(&bench), 0);
    bench.reins.tell(Verdict::Complete);
    bench.wait_until("rested", |bench| rests(bench) == 1);
}

#[test]
fn a_stop_lets_the_running_job_end_within_its_time() {
    let bench = Bench::new();
    let (running, waiting) = (bench.submit(), bench.submit());
    bench.wait_for(running, "running");
    std::thread::scope(|scope| {
        scope.spawn(|| bench.jobs.stop(Duration::from_secs(20)));
        bench.wait_until("stopping", |bench| {
            matches!(bench.jobs.submit(new_job()), Err(Error::Stopping))
        });
        bench.reins.tell_all(Verdict::Complete);
    });
    assert_eq!(bench.state(running), "completed");
    assert_eq!(bench.state(waiting), "queued");
}

#[test]
fn a_stop_puts_back_what_takes_too_long_and_does_not_count_it() {
    let mut bench = Bench::new();
    let id = bench.submit();
    // More often than a job that kills the program would be tried.
    for _ in 0..5 {
        bench.wait_for(id, "running");
        bench = bench.restart();
    }
    bench.reins.tell(Verdict::Complete);
    bench.wait_for(id, "completed");
    assert_eq!(bench.jobs.job(id).unwrap().unwrap().attempts, 1);
}

#[test]
fn what_a_job_the_user_stopped_had_completed_by_then_is_completed() {
    let bench = Bench::new();
    let id = bench.submit();
    bench.wait_for(id, "running");
    // Whichever the runner sees first; both ends are told truly.
    bench.reins.tell(Verdict::Complete);
    bench.jobs.interrupt(None);
    bench.wait_until("ended", |bench| bench.jobs.remaining() == 0);
    let told = bench.told();
    let Some(Event::Ended {
        outcome, outputs, ..
    }) = told.last()
    else {
        panic!("{told:#?}")
    };
    assert_eq!(*outcome == Outcome::Completed, outputs.len() == 1);
    assert_eq!(bench.state(id), *bench.milestones(id).last().unwrap());
}
