//! `cargo xtask bench engine`: our network against the best other ways to run it, on this computer.
//!
//! Every contender is a process that answers line by line ([`contender`]); the peers are Python's
//! ([`peers`], `models/peers`), ours is an example of `ddcolor`. Contenders of one group take turns, so
//! that whatever else the computer does meets all of them ([`rounds`]). Then the program itself
//! colors a large photo, file to file ([`photo`]), and a folder of them ([`batch`]); how time and memory grow is
//! held against what the program foresees ([`scaling`]); and everything goes into `docs/performance.md` and
//! `docs/performance.json` ([`report`]).

mod batch;
mod contender;
mod groups;
mod loads;
mod machine;
mod peers;
mod photo;
mod report;
mod results;
mod rounds;
mod scaling;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::places::Places;
use contender::Kind;
use peers::Peers;
use results::{Group, Results};

/// Runs at each size and number of megapixels: there are many of these.
const LAW_RUNS: u32 = 3;

/// What was asked for.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench engine", no_binary_name = true)]
struct Options {
    /// Runs that count, after one that doesn't
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Sides of the network's input in pixels
    #[arg(long, value_delimiter = ',', default_values_t = [256, 512, 1024])]
    sides: Vec<usize>,
    /// Kinds of checkpoint: tiny, large
    #[arg(long, value_delimiter = ',', default_values_t = ["tiny".to_owned(), "large".to_owned()])]
    models: Vec<String>,
    /// Threads of every contender; by default one for each processor
    #[arg(long)]
    threads: Option<usize>,
    /// A look in a few minutes: tiny at 256, 3 runs, no photo; writes nothing
    #[arg(long)]
    quick: bool,
    /// Nothing but the network: no photo, no folder, no other sizes; writes nothing
    #[arg(long)]
    network_only: bool,
}

/// Measures, and writes the documents.
pub(crate) fn run(places: &Places, args: &[OsString]) -> Result<ExitCode> {
    let mut options = match Options::try_parse_from(args) {
        Ok(options) => options,
        Err(usage) => usage.exit(),
    };
    if options.quick {
        options.network_only = true;
        (options.runs, options.sides) = (3, vec![256]);
        options.models = vec!["tiny".to_owned()];
    }
    let threads = options.threads.unwrap_or_else(machine::processors);
    let peers = Peers::install(places, threads)?;
    let mut results = Results {
        machine: machine::describe(),
        threads,
        runs: options.runs,
        ..Results::default()
    };
    for model in &options.models {
        for (index, &side) in options.sides.iter().enumerate() {
            println!("== {model} at {side}");
            let group = measure(&peers, model, side, &options, index == 0)?;
            print!("{}", report::group_table(&group));
            results.groups.push(group);
        }
    }
    if !options.network_only {
        println!("== a photo of 24 megapixels");
        results.photos = photo::measure(&peers, &options.models, options.runs)?;
        results.batches = batch::measure(&peers, &options.models)?;
        results.laws = scaling::measure(&peers, &options.models, options.runs.min(LAW_RUNS))?;
        report::write(places, &results)?;
    }
    print!("{}", report::markdown(&results));
    Ok(ExitCode::SUCCESS)
}

/// One checkpoint at one size. Loading does not depend on the size, so it is timed at one only.
fn measure(
    peers: &Peers,
    model: &str,
    side: usize,
    options: &Options,
    with_loads: bool,
) -> Result<Group> {
    let setting = peers.setting(model, side)?;
    let loads = if with_loads {
        loads::measure(peers, &setting)?
    } else {
        Vec::new()
    };
    let mut entries = Vec::new();
    for kinds in groups::that_fit(&setting, machine::available_memory()) {
        entries.extend(rounds::measure(peers, &setting, &kinds, options.runs)?);
    }
    // The reference is in every batch; the first time counts.
    let mut seen = Vec::<Kind>::new();
    entries.retain(|entry| {
        let first = !seen.contains(&entry.kind);
        seen.push(entry.kind);
        first
    });
    Ok(Group {
        model: model.to_owned(),
        side,
        entries,
        loads,
    })
}
