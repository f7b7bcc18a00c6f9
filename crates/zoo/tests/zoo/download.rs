//! Downloads.

use std::fs;

use tintype_protocol::models::{ModelState, TransferStep};
use tintype_zoo::{Error, Reason};

use crate::host::{Host, Way, hash_of};
use crate::place::{ANY_SIZE, Place, checkpoint};

/// A file that no source should be able to make a model of unnoticed.
const INSTALLED: [&str; 2] = ["micro.json", "micro.safetensors"];

/// Downloads from one host that behaves in these ways, one after the other.
fn from_host(ways: &[Way]) -> (Place, Host, Result<(), Error>) {
    let host = Host::of(&checkpoint(), ways);
    let place = Place::with_sources(&checkpoint(), &[&host.address]);
    let done = place.zoo.download("micro", ANY_SIZE);
    (place, host, done)
}

#[test]
fn a_download_is_checked_converted_and_ready() {
    let (place, host, done) = from_host(&[Way::Well]);
    done.unwrap();
    assert_eq!(place.files(), INSTALLED);
    let model = place.model("micro");
    assert_eq!(model.state, ModelState::Installed);
    assert_eq!(model.checkpoint, "micro.safetensors");
    assert_eq!(model.origin.unwrap(), host.address);
    let sha256 = model.sha256.unwrap();
    assert_eq!(sha256, hash_of(&checkpoint()));
    let store = place.zoo.store();
    // Workflows may name it by the file that its publisher gave it.
    for name in ["micro", "micro.pth", "micro.safetensors"] {
        let weights = store.open(&store.find(name).unwrap()).unwrap();
        assert!(weights.is_mapped(), "{name}");
        assert_eq!(weights.source_sha256(), sha256);
    }
}

#[test]
fn steps_are_told_in_order_and_bytes_never_fall() {
    let (place, _host, done) = from_host(&[Way::Well]);
    done.unwrap();
    let heard: Vec<_> = place.heard.try_iter().collect();
    let mut steps: Vec<_> = heard.iter().map(|transfer| transfer.step).collect();
    steps.dedup();
    assert_eq!(
        steps,
        [
            TransferStep::Connecting,
            TransferStep::Downloading,
            TransferStep::Checking,
            TransferStep::Converting,
            TransferStep::Installed
        ]
    );
    let loading = heard
        .iter()
        .filter(|transfer| transfer.step == TransferStep::Downloading);
    let received: Vec<_> = loading.map(|transfer| transfer.received).collect();
    assert!(received.is_sorted(), "{received:?}");
    assert_eq!(received.last(), Some(&(checkpoint().len() as u64)));
}

#[test]
fn a_broken_line_is_gone_on_with_where_it_broke() {
    let (place, host, done) =
        from_host(&[Way::Breaks(1_000_000), Way::Breaks(1_000_000), Way::Well]);
    done.unwrap();
    assert_eq!(place.files(), INSTALLED);
    let asked = host.asked();
    assert_eq!(asked[0].range, None);
    assert_eq!(asked[1].range.as_deref(), Some("bytes=1000000-"));
    assert_eq!(asked[2].range.as_deref(), Some("bytes=2000000-"));
    // The server is to send the rest only if the file is still the same.
    assert_eq!(asked[1].if_range.as_deref(), Some("\"first\""));
}

#[test]
fn a_line_that_breaks_again_and_again_still_brings_the_file() {
    let ways = vec![Way::Breaks(200_000)];
    let (place, host, done) = from_host(&ways);
    done.unwrap();
    assert_eq!(place.files(), INSTALLED);
    assert!(host.asked().len() > 10);
}

#[test]
fn a_silent_line_is_given_up_and_taken_up_again() {
    let (_place, host, done) = from_host(&[Way::Stalls(500_000), Way::Well]);
    done.unwrap();
    assert_eq!(host.ranges()[1].as_deref(), Some("bytes=500000-"));
}

#[test]
fn a_source_that_ignores_ranges_is_read_from_the_start() {
    let (place, _host, done) = from_host(&[Way::Breaks(1_000_000), Way::IgnoresRanges]);
    done.unwrap();
    assert_eq!(place.files(), INSTALLED);
}

#[test]
fn a_part_of_the_wrong_place_is_not_put_in() {
    let (place, _host, done) = from_host(&[Way::Breaks(1_000_000), Way::WrongPart, Way::Well]);
    done.unwrap();
    assert_eq!(place.files(), INSTALLED);
}

#[test]
fn a_file_that_changes_meanwhile_is_not_mixed_with_the_old_one() {
    let (place, _host, done) = from_host(&[Way::Breaks(1_000_000), Way::Changed]);
    // What the source has now is not what was published.
    assert!(matches!(done, Err(Error::Unreachable { .. })), "{done:?}");
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn a_source_with_other_bytes_or_lengths_gives_nothing_and_the_next_is_asked() {
    let file = checkpoint();
    for way in [
        Way::WrongBytes,
        Way::LiesAboutLength(file.len() + 5),
        Way::LiesAboutLength(file.len() - 5),
        Way::SendsMore,
        Way::Status(404),
        Way::Status(403),
        Way::Status(500),
        Way::Status(416),
        Way::Stalls(0),
        Way::Breaks(0),
        Way::Leads("http://127.0.0.1:1/nowhere".into()),
    ] {
        let bad = Host::of(&file, std::slice::from_ref(&way));
        let good = Host::of(&file, &[Way::Well]);
        let place = Place::with_sources(&file, &[&bad.address, &good.address]);
        let done = place.zoo.download("micro", ANY_SIZE);
        done.unwrap();
        assert_eq!(
            place.model("micro").origin.unwrap(),
            good.address,
            "{way:?}"
        );
        assert_eq!(place.files(), INSTALLED, "{way:?}");
    }
}

#[test]
fn what_one_source_began_another_ends() {
    let file = checkpoint();
    let first = Host::of(&file, &[Way::Breaks(1_500_000), Way::Status(503)]);
    let second = Host::of(&file, &[Way::Well]);
    let place = Place::with_sources(&file, &[&first.address, &second.address]);
    place.zoo.download("micro", ANY_SIZE).unwrap();
    assert_eq!(second.ranges(), [Some("bytes=1500000-".to_owned())]);
    // Another host's names of states say nothing here.
    assert_eq!(second.asked()[0].if_range, None);
}

#[test]
fn where_nothing_helps_the_error_tells_what_each_source_answered_and_what_came_is_kept() {
    let file = checkpoint();
    let half = [Way::Breaks(1_000_000), Way::Breaks(0)];
    let hosts = [Host::of(&file, &half), Host::of(&file, &[Way::Status(404)])];
    let place = Place::with_sources(&file, &[&hosts[0].address, &hosts[1].address]);
    let error = place.zoo.download("micro", ANY_SIZE).unwrap_err();
    let Error::Unreachable { tried, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(tried.len(), 2);
    let missing = file.len() as u64 - 1_000_000;
    assert_eq!(tried[0].reason, Reason::EndedEarly { missing });
    assert_eq!(tried[1].reason, Reason::Status(404));
    let last = place.heard.try_iter().last().unwrap();
    assert_eq!(last.step, TransferStep::Failed);
    assert!(
        last.error
            .unwrap()
            .messages
            .chinese
            .contains("返回状态 404")
    );
    assert_eq!(place.model("micro").state, ModelState::Available);
    // The next try begins where this one ended, after a restart too.
    let part = place.part();
    assert_eq!(fs::metadata(part).unwrap().len(), 1_000_000);
}

#[test]
fn what_was_spoiled_on_disk_is_fetched_anew() {
    let (place, host, done) = from_host(&[
        Way::Breaks(1_000_000),
        Way::Breaks(0),
        Way::Breaks(0),
        Way::Well,
    ]);
    assert!(done.is_err());
    let part = place.part();
    fs::write(&part, vec![1; 1_000_000]).unwrap();
    place.zoo.download("micro", ANY_SIZE).unwrap();
    assert_eq!(place.files(), INSTALLED);
    assert_eq!(host.ranges().last(), Some(&None));
}

#[test]
fn hops_are_followed_and_their_hash_is_used_where_none_is_known() {
    let file = checkpoint();
    let store = Host::of(&file, &[Way::Breaks(1_000_000), Way::Well]);
    let hub = Host::of(&file, &[Way::Leads(store.address.clone())]);
    let place = Place::without_pin(&[&hub.address]);
    place.zoo.download("micro", ANY_SIZE).unwrap();
    let model = place.model("micro");
    assert_eq!(model.origin.unwrap(), hub.address);
    assert_eq!(model.sha256.unwrap(), hash_of(&checkpoint()));
    // Announced and sent must agree.
    let liar = Host::of(&file, &[Way::WrongBytes]);
    let hub = Host::of(&file, &[Way::Leads(liar.address)]);
    let place = Place::without_pin(&[&hub.address]);
    assert!(place.zoo.download("micro", ANY_SIZE).is_err());
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn an_unknown_file_may_not_be_larger_than_what_was_agreed_to() {
    let file = checkpoint();
    let store = Host::of(&file, &[Way::Well]);
    let hub = Host::of(&file, &[Way::Leads(store.address)]);
    let place = Place::without_pin(&[&hub.address]);
    let refused = place.zoo.download("micro", 2_000_000).unwrap_err();
    assert!(refused.to_string().contains("larger"), "{refused}");
    place.zoo.download("micro", file.len() as u64).unwrap();
}

#[test]
fn a_file_of_which_nobody_says_a_hash_is_not_taken() {
    let host = Host::of(&checkpoint(), &[Way::Well]);
    let place = Place::without_pin(&[&host.address]);
    let error = place.zoo.download("micro", ANY_SIZE).unwrap_err();
    assert!(error.to_string().contains("announces no hash"), "{error}");
    assert!(
        !place
            .files()
            .iter()
            .any(|file| file.contains("safetensors"))
    );
}

#[test]
fn a_download_is_stopped_and_gone_on_with_later() {
    let file = checkpoint();
    let host = Host::of(&file, &[Way::Stalls(1_000_000), Way::Well]);
    let place = Place::with_sources(&file, &[&host.address]);
    place.zoo.start_download("micro", ANY_SIZE).unwrap();
    let has_begun = |transfer: &tintype_protocol::models::Transfer| transfer.received >= 1_000_000;
    place.heard.iter().find(has_begun).unwrap();
    assert!(place.zoo.cancel("micro"));
    let last = place
        .heard
        .iter()
        .find(|transfer| transfer.step.is_end())
        .unwrap();
    assert_eq!(last.step, TransferStep::Cancelled);
    assert_eq!(last.error, None);
    place.zoo.download("micro", ANY_SIZE).unwrap();
    assert_eq!(host.ranges()[1].as_deref(), Some("bytes=1000000-"));
}

#[test]
fn nothing_is_asked_of_the_network_without_agreement_nor_twice_at_once() {
    let file = checkpoint();
    let host = Host::of(&file, &[Way::Stalls(10)]);
    let place = Place::with_sources(&file, &[&host.address]);
    let refused = place.zoo.download("micro", file.len() as u64 - 1);
    assert!(
        matches!(refused, Err(Error::NotAccepted { .. })),
        "{refused:?}"
    );
    let refused = place.zoo.download("another", ANY_SIZE);
    assert!(
        matches!(refused, Err(Error::NotPublished { .. })),
        "{refused:?}"
    );
    assert_eq!(place.zoo.models().len(), 2);
    assert_eq!(host.asked(), []);
    place
        .zoo
        .start_download("micro", file.len() as u64)
        .unwrap();
    for refused in [
        place.zoo.start_download("micro", ANY_SIZE),
        place.zoo.remove("micro"),
    ] {
        assert!(refused.is_err(), "{refused:?}");
    }
    place.zoo.cancel_all();
}

#[test]
fn what_is_no_checkpoint_is_refused_even_if_its_hash_is_right() {
    let file = b"<html>Please log in</html>".repeat(10);
    let host = Host::of(&file, &[Way::Well]);
    let place = Place::with_sources(&file, &[&host.address]);
    let error = place.zoo.download("micro", ANY_SIZE).unwrap_err();
    assert!(matches!(error, Error::Checkpoint(_)), "{error:?}");
    assert_eq!(place.model("micro").state, ModelState::Available);
}

#[test]
fn a_line_that_breaks_where_no_length_is_said_is_gone_on_with_too() {
    let (place, _host, done) = from_host(&[Way::ShortWithoutLength(1_000_000)]);
    done.unwrap();
    assert_eq!(place.files(), INSTALLED);
}

#[test]
fn a_source_that_has_the_file_begun_anew_for_ever_is_given_up() {
    let file = checkpoint();
    let mut ways = Vec::new();
    for _ in 0..20 {
        ways.extend([Way::Breaks(1_000_000), Way::WrongPart]);
    }
    let bad = Host::of(&file, &ways);
    let good = Host::of(&file, &[Way::Well]);
    let place = Place::with_sources(&file, &[&bad.address, &good.address]);
    place.zoo.download("micro", ANY_SIZE).unwrap();
    assert_eq!(place.model("micro").origin.unwrap(), good.address);
    assert!(bad.asked().len() < 10, "{}", bad.asked().len());
}

#[test]
fn a_rest_of_a_file_of_another_length_is_not_taken() {
    let (place, _host, done) = from_host(&[Way::Breaks(1_000_000), Way::OtherTotal]);
    let error = done.unwrap_err().to_string();
    assert!(error.contains("instead of"), "{error}");
    assert!(
        !place
            .files()
            .iter()
            .any(|file| file.contains("safetensors"))
    );
}

#[test]
fn a_file_that_is_all_here_is_not_fetched_again_where_only_the_hub_knows_it() {
    let file = checkpoint();
    let store = Host::of(&file, &[Way::Well, Way::NothingMore]);
    let hub = Host::of(&file, &[Way::Leads(store.address.clone())]);
    let place = Place::without_pin(&[&hub.address]);
    let whole = place.models_folder().join("incomplete/micro-0.part");
    fs::create_dir_all(whole.parent().unwrap()).unwrap();
    // As if the program had ended while it compared.
    fs::write(&whole, &file[..file.len() - 1]).unwrap();
    place.zoo.download("micro", ANY_SIZE).unwrap();
    place.zoo.remove("micro").unwrap();
    fs::write(&whole, &file).unwrap();
    place.zoo.download("micro", ANY_SIZE).unwrap();
    assert_eq!(store.asked().len(), 2);
    assert_eq!(place.files(), INSTALLED);
}

#[test]
fn a_hop_is_followed_with_the_range_that_is_missing() {
    let file = checkpoint();
    let store = Host::of(&file, &[Way::Breaks(1_000_000), Way::Well]);
    let hub = Host::of(&file, &[Way::Leads(store.address.clone())]);
    let place = Place::with_sources(&file, &[&hub.address]);
    place.zoo.download("micro", ANY_SIZE).unwrap();
    assert_eq!(store.ranges()[1].as_deref(), Some("bytes=1000000-"));
}

#[test]
fn addresses_that_lead_round_and_round_are_left() {
    let file = checkpoint();
    // It leads to itself: a relative address.
    let round = Host::of(&file, &[Way::Leads("/again".into())]);
    let place = Place::with_sources(&file, &[&round.address]);
    let error = place.zoo.download("micro", ANY_SIZE).unwrap_err();
    assert!(error.to_string().contains("can't be used"), "{error}");
    assert!(round.asked().len() < 20);
}

#[test]
fn two_programs_do_not_write_into_one_download() {
    let file = checkpoint();
    let host = Host::of(&file, &[Way::Stalls(1000)]);
    let place = Place::with_sources(&file, &[&host.address]);
    let another = place.another();
    place.zoo.start_download("micro", ANY_SIZE).unwrap();
    let busy = another.download("micro", ANY_SIZE);
    assert!(matches!(busy, Err(Error::Busy { .. })), "{busy:?}");
    place.zoo.cancel_all();
}

#[test]
fn what_has_arrived_can_be_thrown_away() {
    let (place, _host, done) = from_host(&[Way::Breaks(1_000_000), Way::Status(404)]);
    assert!(done.is_err());
    assert!(place.part().is_file());
    place.zoo.remove("micro").unwrap();
    assert_eq!(place.files(), [""; 0]);
}
