//! Converts a published checkpoint to folded safetensors and says what rounding cost.
//!
//! `cargo run --release -p tintype-checkpoint --example convert -- IN OUT [f32|f16|bf16]`

use std::path::Path;

use anyhow::{Context, Result, bail};
use tintype_checkpoint::{Storage, Weights};

#[allow(
    clippy::print_stdout,
    reason = "a command-line tool reports on its standard output"
)]
fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (input, output, storage) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..]
    {
        [input, output] | [input, output, "f32"] => (input, output, Storage::F32),
        [input, output, "f16"] => (input, output, Storage::F16),
        [input, output, "bf16"] => (input, output, Storage::BF16),
        _ => bail!("usage: convert IN OUT [f32|f16|bf16]"),
    };
    let original = Weights::open(Path::new(input)).with_context(|| input.to_owned())?;
    original.save(Path::new(output), storage)?;
    let saved = Weights::open(Path::new(output)).with_context(|| output.to_owned())?;

    println!("{:?}", original.architecture());
    println!(
        "{} parameters, source SHA-256 {}",
        saved.parameters(),
        saved.source_sha256()
    );
    report_rounding(&original, &saved)
}

/// Prints the largest weight, and the error of the saved weights against the original ones: over all
/// of them, and for the tensor that suffers most.
#[allow(
    clippy::print_stdout,
    reason = "a command-line tool reports on its standard output"
)]
fn report_rounding(original: &Weights, saved: &Weights) -> Result<()> {
    let mut largest = (0f32, "");
    let mut worst = (0f64, "");
    let (mut total_error, mut total) = (0f64, 0f64);
    for name in original.names() {
        let (before, after) = (original.tensor(name)?, saved.tensor(name)?);
        let (mut error, mut norm) = (0f64, 0f64);
        for (&b, &a) in before.f32s().iter().zip(after.f32s().iter()) {
            if b.abs() > largest.0 {
                largest = (b.abs(), name);
            }
            error += f64::from(b - a).powi(2);
            norm += f64::from(b).powi(2);
        }
        let relative = if norm > 0.0 {
            (error / norm).sqrt()
        } else {
            0.0
        };
        if relative > worst.0 {
            worst = (relative, name);
        }
        total_error += error;
        total += norm;
    }
    println!("largest weight {} in {}", largest.0, largest.1);
    println!(
        "relative rounding error {:.2e} over all weights",
        (total_error / total).sqrt()
    );
    println!("  at worst {:.2e}, in {}", worst.0, worst.1);
    Ok(())
}
