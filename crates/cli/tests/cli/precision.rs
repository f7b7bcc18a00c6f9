//! Which arithmetic the network runs in: chosen, or by evidence.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::bench::{Bench, street};
use crate::json::{lines, of_kind};

/// Colorizes at a size where a rounding error can show, and returns what was said of the precision and the
/// result's pixels.
fn colorize(bench: &Bench, precision: &str) -> (Value, Vec<u8>) {
    let out = format!("out-{precision}");
    let said = bench.run(&[
        "colorize",
        "street.jpg",
        "--json",
        "--overwrite",
        "--size",
        "256",
        "--format",
        "png",
        "--out",
        &out,
        "--precision",
        precision,
    ]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let lines = lines(&said.stdout);
    let told = of_kind(&lines, "precision").next().unwrap().clone();
    let stop = of_kind(&lines, "execution_stop").next().unwrap();
    assert_eq!(stop["precision"], told["precision"]);
    let picture = image::open(bench.path(&out).join("street-colorized.png"));
    (told, picture.unwrap().into_rgb8().into_raw())
}

/// The files of evidence, wherever this system has its cache.
fn evidence(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(evidence(&path));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            found.push(path);
        }
    }
    found
}

fn doctor(bench: &Bench) -> Value {
    let said = bench.run(&["doctor", "--json", "--precision", "auto"]);
    serde_json::from_str(&said.stdout).unwrap()
}

/// Any of these is enough for int8.
const VNNI: [&str; 2] = ["avx512vnni", "avxvnni"];

/// Whether the processor has any of these.
fn has(report: &Value, any: &[&str]) -> bool {
    let features = report["features"].as_array().unwrap();
    features
        .iter()
        .filter_map(Value::as_str)
        .any(|feature| any.contains(&feature))
}

#[test]
fn what_is_chosen_is_used_and_all_make_nearly_the_same_picture() {
    let bench = Bench::new();
    bench.put("street.jpg", &street());
    let (fp32, reference) = colorize(&bench, "fp32");
    assert_eq!(fp32["precision"], "fp32");
    assert_eq!(fp32["reason"], "chosen");
    for precision in ["bf16", "int8"] {
        let (told, other) = colorize(&bench, precision);
        if precision == "int8" && !has(&doctor(&bench), &VNNI) {
            assert_eq!(
                (&told["precision"], &told["reason"]),
                (&"fp32".into(), &"processor".into())
            );
            continue;
        }
        assert_eq!(told["precision"], precision);
        assert_eq!(told["reason"], "chosen");
        assert_ne!(reference, other, "{precision} was not used");
        let pairs = reference.iter().zip(&other);
        let mean = pairs
            .map(|(one, other)| f64::from(one.abs_diff(*other)))
            .sum::<f64>()
            / reference.len() as f64;
        println!("{precision} is {mean} levels apart on average");
        assert!(mean < 1.5, "{mean}");
    }
    assert!(
        evidence(&bench.path("home")).is_empty(),
        "compared for nothing"
    );
}

#[test]
fn auto_compares_once_and_keeps_what_it_found() {
    let bench = Bench::new();
    bench.put("street.jpg", &street());
    let report = doctor(&bench);
    let mut expected = Vec::new();
    if has(&report, &["avx512bf16"]) {
        expected.push("bf16");
    }
    if has(&report, &VNNI) {
        expected.push("int8");
    }
    let before = &report["models"][0]["precision"];
    let (told, _) = colorize(&bench, "auto");
    println!("{told}");
    assert_eq!(doctor(&bench)["models"][0]["precision"], told);
    let kept = evidence(&bench.path("home"));
    if expected.is_empty() {
        assert_eq!(&told, before);
        assert_eq!(told["precision"], "fp32");
        assert_eq!(told["reason"], "processor");
        assert!(kept.is_empty());
        return;
    }
    assert_eq!(before["reason"], "unmeasured");
    let [kept] = kept.as_slice() else {
        panic!("{kept:?}")
    };
    let mean = told["difference"]["mean"].as_f64().unwrap();
    let high = told["difference"]["percentile_99"].as_f64().unwrap();
    assert!(mean > 0.0 && high > mean, "{told}");
    let text = std::fs::read_to_string(kept).unwrap();
    let mut other: Value = serde_json::from_str(&text).unwrap();
    let comparisons = other["comparisons"].as_array_mut().unwrap();
    let compared: Vec<_> = comparisons
        .iter()
        .map(|found| found["precision"].as_str().unwrap())
        .collect();
    assert_eq!(compared, expected);
    let passes = |found: &&Value| {
        let difference = &found["difference"];
        difference["mean"].as_f64() < Some(0.5)
            && difference["percentile_99"].as_f64() < Some(2.0)
            && found["speedup"].as_f64() >= Some(1.1)
    };
    let speed = |found: &&Value| (found["speedup"].as_f64().unwrap() * 1e6) as u64;
    match comparisons.iter().filter(passes).max_by_key(speed) {
        Some(best) => {
            assert_eq!(told["precision"], best["precision"], "{text}");
            assert_eq!(told["reason"], "close");
            assert_eq!(told["difference"], best["difference"]);
        }
        None => assert_eq!(told["precision"], "fp32", "{text}"),
    }

    // Whatever the evidence says is believed as long as it is of this computer, so it is not measured anew.
    for comparison in other["comparisons"].as_array_mut().unwrap() {
        comparison["difference"]["mean"] = 3.0.into();
    }
    std::fs::write(kept, other.to_string()).unwrap();
    assert_eq!(colorize(&bench, "auto").0["reason"], "far");
    for stale in ["{", &text.replace("\"libtorch\": \"", "\"libtorch\": \"1.")] {
        std::fs::write(kept, stale).unwrap();
        assert_eq!(
            doctor(&bench)["models"][0]["precision"]["reason"],
            "unmeasured"
        );
        // Whether it is faster may come out differently on a computer that does other things.
        let told = colorize(&bench, "auto").0;
        assert!(told["difference"].is_object(), "{told}");
        assert!(std::fs::read_to_string(kept).unwrap().contains("\"2."));
    }
}

#[test]
fn people_are_told_once_what_takes_a_while() {
    let bench = Bench::new();
    bench.put("street.jpg", &street());
    let run = || bench.colorize(&["street.jpg", "--overwrite", "--precision", "auto"]);
    let is_open = doctor(&bench)["models"][0]["precision"]["reason"] == "unmeasured";
    assert_eq!(run().stderr.contains("Comparing precisions"), is_open);
    assert!(!run().stderr.contains("Comparing"));
    let said = bench.run(&["doctor", "--precision", "auto", "--lang", "zh"]);
    // Which one it is depends on the computer.
    assert!(said.stdout.contains("starter"), "{}", said.stdout);
    let decided = ["fp32\u{ff1a}", "bf16\u{ff1a}", "int8\u{ff1a}"];
    assert!(
        decided.iter().any(|words| said.stdout.contains(words)),
        "{}",
        said.stdout
    );
}
