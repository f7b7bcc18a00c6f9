//! The documents: tables between two marks of `docs/performance.md`, whose prose stays, and all figures in
//! `docs/performance.json`.

use std::fmt::Write as _;
use std::fs;

use anyhow::Result;

use super::contender::{Kind, Runtime};
use super::results::{BARS, Batch, Entry, Group, Law, Load, PhotoToFile, Results, median};
use crate::places::Places;
use crate::tables::Tables;

const TABLES: Tables = Tables {
    document: "docs/performance.md",
    begin: "<!-- figures: written by `cargo xtask bench engine` -->",
    end: "<!-- end of figures -->",
};

/// Renews both documents.
pub(super) fn write(places: &Places, results: &Results) -> Result<()> {
    TABLES.write(places, &markdown(results))?;
    let json = serde_json::to_string_pretty(results)?;
    fs::write(places.root.join("docs/performance.json"), json + "\n")?;
    Ok(())
}

/// All tables.
pub(super) fn markdown(results: &Results) -> String {
    let mut text = format!(
        "Measured on {}; {} threads, {} rounds.{}\n",
        results.machine,
        results.threads,
        results.runs,
        versions(&results.groups)
    );
    text += &bars_table(&results.groups);
    for group in &results.groups {
        text += &group_table(group);
        if !group.loads.is_empty() {
            text += &loads_table(&group.model, &group.loads);
        }
    }
    text += &photo_table(&results.photos);
    text += &batch_table(&results.batches);
    for law in &results.laws {
        text += &law_table(law);
    }
    text
}

/// One checkpoint at one size.
pub(super) fn group_table(group: &Group) -> String {
    let Group { model, side, .. } = group;
    let mut text = format!(
        "\n### {model} at {side}x{side}\n\n| | seconds | fastest | times Tintype fp32 | first run | peak memory \
         | difference |\n| --- | --- | --- | --- | --- | --- | --- |\n"
    );
    for entry in &group.entries {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}", row(entry));
    }
    text
}

fn row(entry: &Entry) -> String {
    let fastest = entry.seconds.iter().copied().fold(f64::INFINITY, f64::min);
    let is_floor = entry.kind.runtime == Runtime::Floor;
    // The floor is a calculation: it needs no memory and has no first run.
    let of_a_run = |cell: String| if is_floor { String::new() } else { cell };
    let memory = entry.peak_bytes.map_or_else(String::new, gigabytes);
    let difference = match entry.error {
        None | Some(0.0) => String::new(),
        Some(error) => format!("{error:.0e}"),
    };
    format!(
        "| {} | {:.3} | {fastest:.3} | {:.2} | {} | {} | {difference} |",
        entry.kind.label(),
        median(&entry.seconds),
        entry.ratio,
        of_a_run(format!("{:.2}", entry.first_run)),
        of_a_run(memory),
    )
}

fn bars_table(groups: &[Group]) -> String {
    let mut text = String::from("\n### Times as fast\n\n| Tintype | bar |");
    for Group { model, side, .. } in groups {
        let _ = write!(text, " {model} {side} |");
    }
    let _ = writeln!(text, "\n| --- | --- |{}", " --- |".repeat(groups.len()));
    for bar in &BARS {
        let _ = write!(text, "| {} | {:.2} |", bar.what, bar.least);
        for group in groups {
            let _ = write!(text, " {} |", cell(group.times(bar.slow, bar.fast)));
        }
        text.push('\n');
    }
    for precision in [
        super::contender::Precision::Fp32,
        super::contender::Precision::Bf16,
    ] {
        let (engine, floor) = (
            Kind::new(Runtime::Engine, precision),
            Kind::new(Runtime::Floor, precision),
        );
        let _ = write!(
            text,
            "| {0} over the floor | below 1.50 |",
            precision.as_str()
        );
        for group in groups {
            let _ = write!(text, " {} |", cell(group.times(engine, floor)));
        }
        text.push('\n');
    }
    text
}

fn cell(times: Option<f64>) -> String {
    times.map_or_else(String::new, |times| format!("{times:.2}"))
}

fn loads_table(model: &str, loads: &[Load]) -> String {
    let mut text = format!(
        "\n### Loading {model}\n\n| | from disk, s | from memory, s |\n| --- | --- | --- |\n"
    );
    for load in loads {
        let cold = load
            .cold
            .map_or_else(String::new, |cold| format!("{cold:.2}"));
        let _ = writeln!(
            text,
            "| {} | {cold} | {:.2} |",
            load.kind.label(),
            load.warm
        );
    }
    text
}

fn photo_table(photos: &[PhotoToFile]) -> String {
    let Some(first) = photos.first() else {
        return String::new();
    };
    let mut text = format!(
        "\n### A gray JPEG of 24 megapixels to its colored one, at {0}x{0}\n\n| |",
        first.side
    );
    for (stage, _) in &first.stages {
        let _ = write!(text, " {stage}, s |");
    }
    text += " all but the network, over it (bar 0.25) | whole process, s |\n|";
    text += &" --- |".repeat(first.stages.len() + 3);
    text.push('\n');
    for photo in photos {
        let _ = write!(text, "| {} {} |", photo.model, photo.precision.as_str());
        for (_, seconds) in &photo.stages {
            let _ = write!(text, " {seconds:.2} |");
        }
        let _ = writeln!(
            text,
            " {:.2} | {:.2} |",
            photo.rest_over_network, photo.process
        );
    }
    text
}

fn batch_table(batches: &[Batch]) -> String {
    let Some(first) = batches.first() else {
        return String::new();
    };
    let mut text = format!(
        "\n### A folder of {} photos of 12 megapixels, at 512x512\n\n| | seconds | over the network's own \
         (bar 1.10) | over one photo after another |\n| --- | --- | --- | --- |\n",
        first.photos
    );
    for batch in batches {
        let photos = batch.photos as f64;
        let _ = writeln!(
            text,
            "| {} {} | {:.1} | {:.2} | {:.2} |",
            batch.model,
            batch.precision.as_str(),
            batch.seconds,
            batch.seconds / (photos * batch.network_alone),
            batch.seconds / (photos * batch.photo_alone),
        );
    }
    text
}

fn law_table(law: &Law) -> String {
    let Law {
        model, precision, ..
    } = law;
    let mut text = format!(
        "\n### What {model} {} takes, and what is foreseen of it\n\n| size | megapixels | network, s | in all, s \
         | foreseen, s | off by (bar 15 %) | peak memory | foreseen |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n",
        precision.as_str()
    );
    for point in std::iter::once(&law.reference).chain(&law.points) {
        let _ = writeln!(
            text,
            "| {} | {} | {:.2} | {:.2} | {:.2} | {:+.0} % | {} | {} |",
            point.size,
            point.megapixels,
            point.measured[2],
            point.measured.iter().sum::<f64>(),
            point.foreseen,
            point.error() * 100.0,
            point.peak.map_or_else(String::new, gigabytes),
            gigabytes(point.foreseen_peak),
        );
    }
    text
}

fn versions(groups: &[Group]) -> String {
    let entries = groups.first().map_or(&[][..], |group| &group.entries);
    let of = |runtime: Runtime, name: &str| {
        let entry = entries.iter().find(|entry| entry.kind.runtime == runtime)?;
        Some(format!(" {name} {}.", entry.version))
    };
    [
        of(Runtime::Torch, "PyTorch"),
        of(Runtime::Onnx, "ONNX Runtime"),
        of(Runtime::Openvino, "OpenVINO"),
        of(Runtime::Engine, "libtorch"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn gigabytes(bytes: u64) -> String {
    format!("{:.2} GB", bytes as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::super::contender::Precision;
    use super::*;

    fn entry(runtime: Runtime, precision: Precision, ratio: f64) -> Entry {
        Entry {
            kind: Kind::new(runtime, precision),
            version: "1".into(),
            first_run: 2.0,
            seconds: vec![ratio, 2.0 * ratio, 3.0 * ratio],
            ratio,
            peak_bytes: Some(1_500_000_000),
            error: Some(2e-3),
        }
    }

    fn results() -> Results {
        let entries = vec![
            entry(Runtime::Torch, Precision::Fp32, 2.2),
            entry(Runtime::Engine, Precision::Fp32, 1.0),
            entry(Runtime::Engine, Precision::Bf16, 0.5),
            entry(Runtime::Floor, Precision::Fp32, 0.8),
        ];
        Results {
            machine: "a machine".into(),
            threads: 2,
            runs: 3,
            groups: vec![Group {
                model: "tiny".into(),
                side: 512,
                entries,
                loads: Vec::new(),
            }],
            batches: Vec::new(),
            laws: Vec::new(),
            photos: vec![PhotoToFile {
                model: "tiny".into(),
                precision: Precision::Int8,
                side: 512,
                stages: vec![("load".into(), 0.25), ("save".into(), 1.0)],
                rest_over_network: 0.4,
                process: 2.0,
            }],
        }
    }

    #[test]
    fn the_tables_say_what_was_measured() {
        let text = markdown(&results());
        for expected in [
            "| published code, PyTorch fp32 | 4.400 | 2.200 | 2.20 | 2.00 | 1.50 GB | 2e-3 |",
            "| floor fp32 | 1.600 | 0.800 | 0.80 |  |  | 2e-3 |",
            "| fp32 against the published code | 1.90 | 2.20 |",
            "| bf16 against the published code | 4.00 | 4.40 |",
            "| tiny int8 | 0.25 | 1.00 | 0.40 | 2.00 |",
            // OpenVINO was not there.
            "| fp32 against OpenVINO fp32 | 1.00 |  |",
            "| fp32 over the floor | below 1.50 | 1.25 |",
        ] {
            assert!(text.contains(expected), "{expected} is not in\n{text}");
        }
    }

    #[test]
    fn every_row_has_as_many_cells_as_its_heading() {
        let mut cells = None;
        for line in markdown(&results()).lines() {
            if line.starts_with('|') {
                let count = line.matches('|').count();
                assert_eq!(*cells.get_or_insert(count), count, "{line}");
            } else {
                cells = None;
            }
        }
    }
}
