//! `cargo xtask bench NAME`: the benchmarks by name.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::places::Places;
use crate::{bench_engine, run, setup, start_time, window};

/// One benchmark.
struct Benchmark {
    name: &'static str,
    about: &'static str,
    how: How,
}

/// How a benchmark is run.
enum How {
    /// By this Cargo command; the caller's arguments follow.
    Cargo(&'static [&'static str]),
    /// By this tool itself.
    Here(fn(&Places) -> Result<ExitCode>),
    /// By this tool itself, which reads the caller's arguments.
    HereWith(fn(&Places, &[OsString]) -> Result<ExitCode>),
}

const BENCHMARKS: &[Benchmark] = &[
    Benchmark {
        name: "blocks",
        about: "seconds each block of the network takes",
        how: How::Cargo(&[
            "run",
            "--release",
            "--locked",
            "-p",
            "tintype-ddcolor",
            "--example",
            "blocks",
            "--",
        ]),
    },
    Benchmark {
        name: "engine",
        about: "the network against PyTorch, ONNX Runtime and OpenVINO; writes docs/performance.md (--help)",
        how: How::HereWith(bench_engine::run),
    },
    Benchmark {
        name: "server",
        about: "latency, throughput and memory of the job server with a hundred sockets",
        // Without the network: what is measured is the server, and it builds sooner.
        how: How::Cargo(&[
            "run",
            "--release",
            "--locked",
            "-p",
            "tintype-server",
            "--no-default-features",
            "--example",
            "load",
            "--",
        ]),
    },
    Benchmark {
        name: "start",
        about: "seconds from starting the app to a window that can be used",
        how: How::Here(start_time::run),
    },
    Benchmark {
        name: "viewer",
        about: "milliseconds a frame takes while a photo of 24 megapixels is looked at",
        how: How::Here(window::bench_viewer),
    },
];

/// Runs the benchmark called `name` with `args`, or lists them all.
pub(crate) fn run(places: &Places, name: Option<&str>, args: &[OsString]) -> Result<ExitCode> {
    let Some(name) = name else {
        for benchmark in BENCHMARKS {
            println!("{}: {}", benchmark.name, benchmark.about);
        }
        return Ok(ExitCode::SUCCESS);
    };
    let Some(benchmark) = BENCHMARKS.iter().find(|benchmark| benchmark.name == name) else {
        let known: Vec<_> = BENCHMARKS.iter().map(|benchmark| benchmark.name).collect();
        bail!(
            "there is no benchmark `{name}`; there is: {}",
            known.join(", ")
        );
    };
    setup::ensure(places)?;
    match benchmark.how {
        How::Here(measure) => measure(places),
        How::HereWith(measure) => measure(places, args),
        How::Cargo(cargo) => {
            let mut command = run::cargo(places, cargo);
            command.args(args);
            run::passed_through(&mut run::with_libtorch(places, command))
        }
    }
}
