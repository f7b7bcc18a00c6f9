//! A list of named steps: each is run and timed, and all failures are told at the end.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;

/// What came of a step that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything was as it should be.
    Passed,
    /// It could not be done here, for this reason.
    Skipped(String),
}

/// Runs steps one after the other; one that fails does not stop those after it.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    failures: Vec<String>,
}

impl Steps {
    /// Runs one step and prints how it went.
    pub(crate) fn step(&mut self, name: &str, action: impl FnOnce() -> Result<Outcome>) {
        println!("== {name}");
        let start = Instant::now();
        let outcome = action();
        let seconds = start.elapsed().as_secs_f32();
        match outcome {
            Ok(Outcome::Passed) => println!("== {name}: ok ({seconds:.1} s)\n"),
            Ok(Outcome::Skipped(why)) => println!("== {name}: skipped: {why}\n"),
            Err(error) => {
                println!("== {name}: FAILED ({seconds:.1} s): {error:#}\n");
                self.failures.push(format!("{name}: {error:#}"));
            }
        }
    }

    /// The verdict, with every failure once more: the first may have scrolled away.
    pub(crate) fn finish(self) -> ExitCode {
        if self.failures.is_empty() {
            return ExitCode::SUCCESS;
        }
        eprintln!("{} failed:", self.failures.len());
        for failure in &self.failures {
            eprintln!("  - {failure}");
        }
        ExitCode::FAILURE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_does_not_stop_the_steps_after_it() {
        let mut steps = Steps::default();
        let mut ran = Vec::new();
        steps.step("one", || anyhow::bail!("broken"));
        steps.step("two", || {
            ran.push(2);
            Ok(Outcome::Skipped("no network".into()))
        });
        steps.step("three", || {
            ran.push(3);
            Ok(Outcome::Passed)
        });
        assert_eq!(ran, [2, 3]);
        assert_eq!(steps.failures, ["one: broken"]);
    }
}
