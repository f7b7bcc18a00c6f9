//! What libtorch needs for NVIDIA devices: several archives, unpacked.

use std::env::consts::{ARCH, OS};
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::PathBuf;

use tintype_protocol::models::{Addon, ModelState, TransferStep};
use tintype_zoo::{CUDA_ID, Catalogue, Error};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::host::{Host, Way, hash_of};
use crate::place::{ANY_SIZE, Place};

/// The library of a driver that every Linux has.
const DRIVER: &str = if cfg!(target_os = "linux") {
    "libc.so.6"
} else if cfg!(windows) {
    "kernel32.dll"
} else {
    "/usr/lib/libSystem.B.dylib"
};

fn wheel(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Two archives, of which the second holds something that nobody asks for.
fn wheels() -> [Vec<u8>; 2] {
    [
        wheel(&[("torch/lib/libtorch_cuda.so", &[7; 4_000])]),
        wheel(&[
            ("nvidia/lib/libcublas.so.13", &[9; 5_000]),
            ("nvidia/README", b"no library"),
        ]),
    ]
}

/// A catalogue with nothing but a pack.
struct Listed<'a> {
    system: &'a str,
    driver: &'a str,
    libtorch: &'a str,
}

impl Listed<'_> {
    fn text(&self, wheels: &[Vec<u8>; 2], hosts: [&Host; 2]) -> String {
        let Self {
            system,
            driver,
            libtorch,
        } = self;
        let head = format!(
            "[cuda]\nlibtorch = \"{libtorch}\"\nsystem = \"{system}\"\ndriver = \"{driver}\"\n\
             library = \"torch/lib/libtorch_cuda.so\"\nunpacked_bytes = 9_000\nlicense = \"MIT\"\n"
        );
        let takes = ["torch/lib/libtorch_cuda.so", "nvidia/lib/libcublas.so.13"];
        let listed = wheels.iter().zip(hosts).zip(takes);
        let wheels = listed.map(|((wheel, host), take)| {
            let (bytes, hash, source) = (wheel.len(), hash_of(wheel), &host.address);
            format!(
                "[[cuda.wheel]]\nbytes = {bytes}\nsha256 = \"{hash}\"\n\
                 sources = [\"{source}\"]\ntake = [\"{take}\"]\n"
            )
        });
        std::iter::once(head).chain(wheels).collect()
    }
}

fn here() -> String {
    format!("{OS}-{ARCH}")
}

/// A computer that may have the pack from hosts that behave in these ways.
fn offered(ways: [&[Way]; 2]) -> (Place, [Host; 2]) {
    offered_as("2.13.0", DRIVER, &here(), ways)
}

fn offered_as(libtorch: &str, driver: &str, system: &str, ways: [&[Way]; 2]) -> (Place, [Host; 2]) {
    let wheels = wheels();
    let hosts = [Host::of(&wheels[0], ways[0]), Host::of(&wheels[1], ways[1])];
    let listed = Listed {
        system,
        driver,
        libtorch,
    };
    let text = listed.text(&wheels, [&hosts[0], &hosts[1]]);
    (Place::with_catalogue(&text), hosts)
}

impl Place {
    fn addon(&self) -> Addon {
        let [addon] = self.zoo.addons().try_into().unwrap();
        addon
    }

    fn catalogue(&self) -> Catalogue {
        Catalogue::read(&self.folder.path().join("catalogue.toml")).unwrap()
    }

    fn cuda_library(&self, libtorch: &str) -> Option<PathBuf> {
        self.zoo.store().cuda_library(&self.catalogue(), libtorch)
    }

    fn pack(&self) -> PathBuf {
        self.folder.path().join("cuda")
    }
}

#[test]
fn all_archives_are_fetched_as_one_download_and_unpacked() {
    let (place, _hosts) = offered([&[Way::Well], &[Way::Well]]);
    assert_eq!(place.addon().state, ModelState::Available);
    assert_eq!(place.cuda_library("2.13.0"), None);
    place.zoo.download(CUDA_ID, ANY_SIZE).unwrap();

    assert_eq!(place.addon().state, ModelState::Installed);
    let library = place.cuda_library("2.13.0").unwrap();
    assert_eq!(fs::read(&library).unwrap(), [7; 4_000]);
    let folder = library.ancestors().nth(3).unwrap();
    let other = folder.join("nvidia/lib/libcublas.so.13");
    assert_eq!(fs::read(other).unwrap(), [9; 5_000]);
    assert!(!folder.join("nvidia/README").exists());
    // Neither archives nor anything half-made is left.
    assert_eq!(place.files(), [""; 0]);
    assert_eq!(fs::read_dir(place.pack()).unwrap().count(), 1);

    let all: usize = wheels().iter().map(Vec::len).sum();
    let heard: Vec<_> = place.heard.try_iter().collect();
    let loading = heard
        .iter()
        .filter(|transfer| transfer.step == TransferStep::Downloading);
    let received: Vec<_> = loading
        .clone()
        .map(|transfer| transfer.received as usize)
        .collect();
    assert!(received.is_sorted(), "{received:?}");
    assert_eq!(received.last(), Some(&all));
    assert!(
        loading
            .clone()
            .all(|transfer| transfer.bytes == Some(all as u64))
    );
    let mut unpacked = heard
        .iter()
        .filter(|transfer| transfer.step == TransferStep::Unpacking);
    assert_eq!(unpacked.next_back().unwrap().received, 9_000);
    assert_eq!(heard.last().unwrap().step, TransferStep::Installed);
    assert_eq!(heard.last().unwrap().model, CUDA_ID);
}

#[test]
fn what_has_arrived_is_kept_for_another_try() {
    let (place, hosts) = offered([&[Way::Well], &[Way::Status(404), Way::Well]]);
    let done = place.zoo.download(CUDA_ID, ANY_SIZE);
    assert!(matches!(done, Err(Error::Unreachable { .. })), "{done:?}");
    assert_eq!(place.addon().state, ModelState::Available);
    assert!(!place.pack().exists());
    place.zoo.download(CUDA_ID, ANY_SIZE).unwrap();
    assert_eq!(hosts[0].asked().len(), 1);
    assert_eq!(place.addon().state, ModelState::Installed);
}

#[test]
fn other_bytes_than_were_published_are_not_unpacked() {
    let (place, _hosts) = offered([&[Way::WrongBytes], &[Way::Well]]);
    let done = place.zoo.download(CUDA_ID, ANY_SIZE);
    assert!(matches!(done, Err(Error::Unreachable { .. })), "{done:?}");
    assert!(!place.pack().exists());
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn it_is_only_for_its_system_its_libtorch_and_with_a_driver() {
    let ways: [&[Way]; 2] = [&[Way::Well], &[Way::Well]];
    let (place, hosts) = offered_as("2.13.0", "libno-such-driver.so.1", &here(), ways);
    let done = place.zoo.download(CUDA_ID, ANY_SIZE);
    assert!(matches!(done, Err(Error::NoDriver)), "{done:?}");
    assert!(place.addon().hindrance.is_some());
    assert!(hosts[0].asked().is_empty());

    let (place, _hosts) = offered_as("2.13.0", DRIVER, "plan9-mips", ways);
    assert!(place.zoo.addons().is_empty());
    let done = place.zoo.download(CUDA_ID, ANY_SIZE);
    assert!(matches!(done, Err(Error::NoCudaHere)), "{done:?}");

    let (place, _hosts) = offered(ways);
    place.zoo.download(CUDA_ID, ANY_SIZE).unwrap();
    assert_eq!(place.cuda_library("2.14.0"), None);
    // A program on another libtorch has its own, and the old one goes.
    let wheels = wheels();
    let hosts = [0, 1].map(|index| Host::of(&wheels[index], &[Way::Well]));
    let newer = Listed {
        system: &here(),
        driver: DRIVER,
        libtorch: "2.14.0",
    };
    let text = newer.text(&wheels, [&hosts[0], &hosts[1]]);
    fs::write(place.folder.path().join("catalogue.toml"), text).unwrap();
    place.another().download(CUDA_ID, ANY_SIZE).unwrap();
    assert!(place.cuda_library("2.14.0").is_some());
    let versions = fs::read_dir(place.pack()).unwrap();
    let versions: Vec<_> = versions.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(versions, ["2.14.0"]);
}

#[test]
fn more_than_was_agreed_to_is_not_asked_for() {
    let (place, hosts) = offered([&[Way::Well], &[Way::Well]]);
    let done = place.zoo.download(CUDA_ID, 10);
    assert!(matches!(done, Err(Error::NotAccepted { .. })), "{done:?}");
    assert!(hosts[0].asked().is_empty());
}

#[test]
fn damage_is_found_and_what_is_damaged_goes() {
    let (place, _hosts) = offered([&[Way::Well], &[Way::Well]]);
    assert!(matches!(
        place.zoo.verify(CUDA_ID),
        Err(Error::UnknownModel { .. })
    ));
    place.zoo.download(CUDA_ID, ANY_SIZE).unwrap();
    place.zoo.verify(CUDA_ID).unwrap();
    fs::write(place.cuda_library("2.13.0").unwrap(), [8; 4_000]).unwrap();
    let found = place.zoo.verify(CUDA_ID);
    assert!(matches!(found, Err(Error::DamagedAddon)), "{found:?}");
    assert_eq!(place.addon().state, ModelState::Available);
    assert!(!place.pack().exists());
}

#[test]
fn one_that_lacks_a_file_is_not_used() {
    let (place, _hosts) = offered([&[Way::Well], &[Way::Well]]);
    place.zoo.download(CUDA_ID, ANY_SIZE).unwrap();
    let folder = place.pack().join("2.13.0");
    fs::remove_file(folder.join("nvidia/lib/libcublas.so.13")).unwrap();
    assert_eq!(place.cuda_library("2.13.0"), None);
    assert_eq!(place.addon().state, ModelState::Available);
    place.zoo.download(CUDA_ID, ANY_SIZE).unwrap();
    assert!(place.cuda_library("2.13.0").is_some());
}

#[test]
fn it_is_removed_with_what_has_arrived_of_it() {
    let (place, _hosts) = offered([&[Way::Well], &[Way::Well, Way::Status(404)]]);
    place.zoo.download(CUDA_ID, ANY_SIZE).unwrap();
    place.zoo.remove(CUDA_ID).unwrap();
    assert!(!place.pack().exists());
    assert_eq!(place.addon().state, ModelState::Available);
    place.zoo.download(CUDA_ID, ANY_SIZE).unwrap_err();
    assert_ne!(place.files(), [""; 0]);
    place.zoo.remove(CUDA_ID).unwrap();
    assert_eq!(place.files(), [""; 0]);
}
