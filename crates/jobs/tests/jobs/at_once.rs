//! Two jobs at once: one is read or saved while the other has the network.

use tintype_jobs::{Event, Settings};
use tintype_protocol::PromptId;

use crate::support::{Bench, Verdict, starts};

fn bench() -> Bench {
    Bench::several(2, tempfile::tempdir().unwrap(), Settings::default())
}

/// Waits until so many jobs were taken from the line, as the store has it.
fn wait_until_taken(bench: &Bench, ids: &[PromptId]) {
    bench.wait_until("taken", |bench| {
        ids.iter().all(|id| bench.state(*id) == "running")
    });
}

#[test]
fn the_next_job_is_worked_on_at_once_and_told_of_when_it_is_its_turn() {
    let bench = bench();
    let ids = [(); 3].map(|()| bench.submit());
    wait_until_taken(&bench, &ids[..2]);
    let queue = bench.jobs.queue();
    let in_order = |jobs: &[std::sync::Arc<tintype_jobs::Job>]| {
        jobs.iter().map(|job| job.id).collect::<Vec<_>>()
    };
    assert_eq!(in_order(&queue.running), ids[..1]);
    assert_eq!(in_order(&queue.pending), ids[1..]);
    assert_eq!(bench.jobs.remaining(), 3);
    assert_eq!(bench.milestones(ids[1]).last(), Some(&"queued"));

    bench.reins.tell_all(Verdict::Complete);
    for id in ids {
        bench.wait_for(id, "completed");
    }
    // One whole job after another.
    let told = bench.told();
    let is_of = |id: PromptId| {
        let of_job = move |event: &&Event| event.job().id == id && !is_queued(event);
        told.iter().filter(of_job).count()
    };
    let order: Vec<_> = told.iter().filter(|event| !is_queued(event)).collect();
    let (first, rest) = order.split_at(is_of(ids[0]));
    assert!(first.iter().all(|event| event.job().id == ids[0]));
    let second = &rest[..is_of(ids[1])];
    assert!(second.iter().all(|event| event.job().id == ids[1]));
    assert_eq!(starts(&told), ids);
}

fn is_queued(event: &Event) -> bool {
    matches!(event, Event::Queued { .. })
}

#[test]
fn a_job_that_is_worked_on_before_its_turn_is_taken_out_like_any_that_waits() {
    let bench = bench();
    let ids = [(); 2].map(|()| bench.submit());
    wait_until_taken(&bench, &ids);
    assert_eq!(bench.jobs.delete(&ids[1..]).unwrap(), 1);
    bench.wait_for(ids[1], "cancelled");
    assert!(!bench.milestones(ids[1]).contains(&"running"));
    assert!(bench.jobs.interrupt(None));
    bench.wait_for(ids[0], "cancelled");
}

#[test]
fn a_stop_queues_what_was_not_told_of_again_and_does_not_count_it() {
    let bench = bench();
    let ids = [(); 2].map(|()| bench.submit());
    wait_until_taken(&bench, &ids);
    let bench = bench.restart();
    wait_until_taken(&bench, &ids);
    for id in ids {
        assert_eq!(bench.jobs.job(id).unwrap().unwrap().attempts, 1);
    }
    bench.reins.tell_all(Verdict::Complete);
    bench.wait_for(ids[1], "completed");
}

#[test]
fn a_job_that_the_program_died_on_runs_alone_so_that_it_costs_no_other_an_attempt() {
    let bench = bench();
    let ids = [(); 3].map(|()| bench.submit());
    wait_until_taken(&bench, &ids[..2]);
    let (bench, _) = bench.crash();
    bench.wait_for(ids[0], "running");
    // The second may not begin beside it, nor the third, which has never run.
    assert_eq!(bench.state(ids[1]), "queued");
    bench.reins.tell(Verdict::Complete);
    bench.wait_for(ids[1], "running");
    assert_eq!(bench.state(ids[2]), "queued");
    bench.reins.tell_all(Verdict::Complete);
    bench.wait_for(ids[2], "completed");
    assert_eq!(bench.jobs.job(ids[2]).unwrap().unwrap().attempts, 1);
}

#[test]
fn the_model_is_given_up_only_when_nothing_runs_and_then_once() {
    let bench = bench();
    let ids = [(); 3].map(|()| bench.submit());
    wait_until_taken(&bench, &ids[..2]);
    bench.jobs.free();
    bench.reins.tell(Verdict::Complete);
    bench.wait_until("one ended", |bench| bench.jobs.remaining() == 2);
    assert_eq!(*bench.reins.rests.lock().unwrap(), 0);
    // The third waits for that too.
    assert_eq!(bench.state(ids[2]), "queued");
    bench.reins.tell(Verdict::Complete);
    bench.wait_for(ids[2], "running");
    assert_eq!(*bench.reins.rests.lock().unwrap(), 1);
    bench.reins.tell(Verdict::Complete);
    bench.wait_for(ids[2], "completed");
}
