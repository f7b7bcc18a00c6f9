//! The part for NVIDIA devices: got like a model, taken in by the program, and no photo's loss where that fails.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::Digest as _;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::bench::{Bench, Said, said, street};
use crate::models::host;

/// A catalogue that offers this file as libtorch's part.
fn catalogue(bench: &Bench, library: &[u8], driver: &str) -> PathBuf {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let name = "torch/lib/libtorch_cuda.so";
    zip.start_file(name, SimpleFileOptions::default()).unwrap();
    zip.write_all(library).unwrap();
    let wheel = zip.finish().unwrap().into_inner();
    let (bytes, unpacked) = (wheel.len(), library.len());
    let hash = format!("{:x}", sha2::Sha256::digest(&wheel));
    let (address, _) = host(wheel);
    let text = format!(
        "[cuda]\nlibtorch = \"2.13.0\"\nsystem = \"linux-{}\"\ndriver = \"{driver}\"\n\
         library = \"{name}\"\nunpacked_bytes = {unpacked}\nlicense = \"MIT\"\n\
         [[cuda.wheel]]\nbytes = {bytes}\nsha256 = \"{hash}\"\n\
         sources = [\"http://{address}/a.whl\"]\ntake = [\"{name}\"]\n",
        std::env::consts::ARCH
    );
    bench.put("catalogue.toml", text.as_bytes())
}

fn run(bench: &Bench, catalogue: &Path, arguments: &[&str]) -> Said {
    let mut command = bench.command(arguments);
    command.env("TINTYPE_CATALOGUE", catalogue);
    said(command.output().unwrap())
}

fn nvidia(bench: &Bench, catalogue: &Path) -> String {
    let said = run(bench, catalogue, &["doctor", "--json"]);
    let report: Value = serde_json::from_str(&said.stdout).unwrap();
    report["nvidia"].as_str().unwrap().to_owned()
}

/// Every Linux has it.
const DRIVER: &str = "libc.so.6";

#[test]
fn it_is_got_checked_taken_in_and_removed() {
    let bench = Bench::new();
    // Some library that can be loaded. What libtorch learns from the real one needs a device to be seen.
    let libtorch = std::env::var("LIBTORCH").unwrap();
    let library = Path::new(&libtorch).join("lib/libcudart.so.13");
    let catalogue = catalogue(&bench, &std::fs::read(library).unwrap(), DRIVER);
    let listed = run(&bench, &catalogue, &["models", "list"]).stdout;
    assert!(listed.contains("cuda     can be downloaded"), "{listed}");
    assert_eq!(nvidia(&bench, &catalogue), "not loaded");

    let said = run(&bench, &catalogue, &["models", "get", "cuda"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(nvidia(&bench, &catalogue), "loaded");
    let said = run(&bench, &catalogue, &["models", "verify", "cuda"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    bench.put("a.jpg", &street());
    let colorize = ["colorize", "--size", "64", "a.jpg"];
    let said = run(&bench, &catalogue, &colorize);
    assert_eq!(said.code, 0, "{}", said.stderr);

    let said = run(&bench, &catalogue, &["models", "remove", "cuda"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(nvidia(&bench, &catalogue), "not loaded");
}

#[test]
fn one_that_cannot_be_loaded_is_told_of_and_costs_no_photo() {
    let bench = Bench::new();
    let catalogue = catalogue(&bench, b"no library", DRIVER);
    let said = run(&bench, &catalogue, &["models", "get", "cuda"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let reason = nvidia(&bench, &catalogue);
    assert!(reason.contains("libtorch_cuda.so"), "{reason}");
    bench.put("a.jpg", &street());
    let said = run(&bench, &catalogue, &["colorize", "--size", "64", "a.jpg"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let said = run(
        &bench,
        &catalogue,
        &["colorize", "--size", "64", "--device", "cuda", "a.jpg"],
    );
    assert_ne!(said.code, 0);
    assert!(said.stderr.contains("models get cuda"), "{}", said.stderr);
}

#[test]
fn without_a_driver_it_is_refused_before_anything_is_asked_of_the_network() {
    let bench = Bench::new();
    let catalogue = catalogue(&bench, b"no library", "libno-such-driver.so.1");
    let listed = run(&bench, &catalogue, &["models", "list"]).stdout;
    assert!(listed.contains("no NVIDIA driver"), "{listed}");
    let said = run(&bench, &catalogue, &["models", "get", "cuda", "--json"]);
    assert_ne!(said.code, 0);
    assert_eq!(said.stdout, "");
    assert!(
        said.stderr.contains("Install NVIDIA's driver"),
        "{}",
        said.stderr
    );
}
