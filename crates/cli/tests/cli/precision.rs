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

#[test]
fn what_is_chosen_is_used_and_both_make_nearly_the_same_picture() {
    let bench = Bench::new();
    bench.put("street.jpg", &street());
    let (fp32, reference) = colorize(&bench, "fp32");
    let (bf16, other) = colorize(&bench, "bf16");
    for (told, precision) in [(&fp32, "fp32"), (&bf16, "bf16")] {
        assert_eq!(told["precision"], precision);
        assert_eq!(told["reason"], "chosen");
    }
    assert_ne!(reference, other, "bf16 was not used");
    let pairs = reference.iter().zip(&other);
    let mean = pairs
        .map(|(one, other)| f64::from(one.abs_diff(*other)))
        .sum::<f64>()
        / reference.len() as f64;
    println!("{mean} levels apart on average");
    assert!(mean < 1.5, "{mean}");
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
    let features = report["features"].as_array().unwrap();
    let has_bf16 = features.iter().any(|feature| feature == "avx512bf16");
    let before = &report["models"][0]["precision"];
    let (told, _) = colorize(&bench, "auto");
    println!("{told}");
    assert_eq!(doctor(&bench)["models"][0]["precision"], told);
    let kept = evidence(&bench.path("home"));
    if !has_bf16 {
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
    let speedup = other["comparison"]["speedup"].as_f64().unwrap();
    let (precision, reason) = match (mean < 0.5 && high < 2.0, speedup >= 1.1) {
        (true, true) => ("bf16", "close"),
        (true, false) => ("fp32", "slow"),
        (false, _) => ("fp32", "far"),
    };
    assert_eq!(
        (&told["precision"], &told["reason"]),
        (&precision.into(), &reason.into())
    );

    // Whatever the evidence says is believed as long as it is of this computer, so it is not measured anew.
    other["comparison"]["difference"]["mean"] = 3.0.into();
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
    let has_bf16 = doctor(&bench)["models"][0]["precision"]["reason"] == "unmeasured";
    assert_eq!(run().stderr.contains("Comparing bf16 with fp32"), has_bf16);
    assert!(!run().stderr.contains("Comparing"));
    let said = bench.run(&["doctor", "--precision", "auto", "--lang", "zh"]);
    assert!(said.stdout.contains("bf16"), "{}", said.stdout);
}
