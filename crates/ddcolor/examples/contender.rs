//! This crate as a contender of `cargo xtask bench engine`, and the floor under all of them.
//!
//! Speaks the lines that `models/peers/serve.py` describes, on one picture, with
//! `engine|floor CHECKPOINT PRECISION THREADS INPUT SIDE`. What the floor answers to `run` is how long the network's
//! multiply-adds would take at the rate that libtorch's matrix product reaches at that moment:
//! what any arrangement of them could hope for.
#![allow(clippy::print_stdout, reason = "its standard output is its voice")]

use std::error::Error;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

use tch::{Kind, Tensor};
use tintype_checkpoint::Weights;
use tintype_ddcolor::{GrayInput, LIBTORCH_VERSION, Model, multiply_adds, set_threads};
use tintype_protocol::{CancelFlag, Device, Precision};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What answers to `run`.
enum Contender {
    Engine(Box<Model>),
    Floor { operations: f64, matrix: Tensor },
}

/// Sides of the matrix whose product gives the rate. Well out of the caches, and of no odd remainder.
const MATRIX: i64 = 2048;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [kind, checkpoint, precision, threads, input, side] = words.as_slice() else {
        return Err("usage: contender engine|floor CHECKPOINT PRECISION THREADS INPUT SIDE".into());
    };
    let precision = match precision.as_str() {
        "fp32" => Precision::Fp32,
        "bf16" => Precision::Bf16,
        "int8" => Precision::Int8,
        other => return Err(format!("unknown precision: {other}").into()),
    };
    set_threads(threads.parse()?);
    let side: usize = side.parse()?;
    let gray = read_gray(Path::new(input), side)?;

    let started = Instant::now();
    let mut contender = load(kind, Path::new(checkpoint), precision, side)?;
    say(&format!(
        r#"{{"ready": true, "load_seconds": {}, "version": "{LIBTORCH_VERSION}"}}"#,
        started.elapsed().as_secs_f64()
    ));
    let mut colors = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        match line.split_once(' ').unwrap_or((&line, "")) {
            ("run", _) => say(&format!(
                r#"{{"seconds": {}}}"#,
                contender.run(&gray, side, &mut colors)?
            )),
            ("output", path) => {
                write_floats(Path::new(path), &colors)?;
                say("{}");
            }
            ("quit", _) => break,
            _ => return Err(format!("unknown command: {line}").into()),
        }
    }
    Ok(())
}

fn load(kind: &str, checkpoint: &Path, precision: Precision, side: usize) -> Result<Contender> {
    let weights = Weights::open(checkpoint)?;
    match kind {
        "engine" => {
            let model = Model::load(&weights, Device::Cpu, precision)?;
            Ok(Contender::Engine(Box::new(model)))
        }
        "floor" => {
            let kind = match precision {
                Precision::Fp32 | Precision::Int8 => Kind::Float,
                Precision::Bf16 => Kind::BFloat16,
            };
            Ok(Contender::Floor {
                operations: multiply_adds(weights.architecture(), 1, side, side),
                matrix: Tensor::f_rand([MATRIX, MATRIX], (kind, tch::Device::Cpu))?,
            })
        }
        other => Err(format!("unknown contender: {other}").into()),
    }
}

impl Contender {
    /// The seconds of one run; its colors go into `colors`.
    fn run(&mut self, gray: &[f32], side: usize, colors: &mut Vec<f32>) -> Result<f64> {
        let started = Instant::now();
        match self {
            Self::Engine(model) => {
                let input = GrayInput {
                    data: gray,
                    batch: 1,
                    height: side,
                    width: side,
                };
                *colors = model.run(input, &mut |_| {}, &CancelFlag::new())?.data;
                Ok(started.elapsed().as_secs_f64())
            }
            Self::Floor { operations, matrix } => {
                drop(matrix.f_matmul(matrix)?);
                let multiplied = (MATRIX as f64).powi(3);
                Ok(started.elapsed().as_secs_f64() / multiplied * *operations)
            }
        }
    }
}

/// A raw float32 picture as `[3, SIDE, SIDE]`, the three channels alike.
fn read_gray(path: &Path, side: usize) -> Result<Vec<f32>> {
    let bytes = std::fs::read(path)?;
    let (values, rest) = bytes.as_chunks::<4>();
    if values.len() != side * side || !rest.is_empty() {
        return Err(format!("{} is not {side} x {side}", path.display()).into());
    }
    let channel: Vec<f32> = values
        .iter()
        .map(|value| f32::from_ne_bytes(*value))
        .collect();
    Ok(channel.repeat(3))
}

fn write_floats(path: &Path, values: &[f32]) -> Result<()> {
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_ne_bytes())
        .collect();
    Ok(std::fs::write(path, bytes)?)
}

/// One line, at once.
fn say(line: &str) {
    println!("{line}");
    // Nobody is left to be told if this fails.
    std::io::stdout().flush().ok();
}
