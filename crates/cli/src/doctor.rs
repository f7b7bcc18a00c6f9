//! `tintype doctor`: what this program finds on this computer.

use serde_json::{Value, json};
use tintype_engine::{
    CudaPart, LIBTORCH_VERSION, Machine, Processor, cuda_part, resolve_device, threads,
};
use tintype_photo::SourceFormat;
use tintype_protocol::{Explain as _, Language};
use tintype_server::InstalledModels;
use tintype_zoo::{Installed, ModelStore};

use crate::args::{DoctorArguments, HardwareArguments};
use crate::{Outcome, model};

/// Prints the report.
pub(crate) fn run(arguments: &DoctorArguments, language: Language) -> Outcome {
    let models = match model::installed(&arguments.hardware) {
        Ok(models) => models,
        Err(error) => {
            eprintln!("tintype: {}", error.explain(language));
            return Outcome::Usage;
        }
    };
    let report = report(&arguments.hardware, &models);
    if arguments.json {
        println!("{report}");
    } else {
        print_for_people(&report, language);
    }
    Outcome::AllDone
}

/// Everything as JSON; the form for people is made from it, so that both say the same.
fn report(hardware: &HardwareArguments, models: &InstalledModels) -> Value {
    let (machine, processor) = (Machine::probe(), Processor::probe());
    let store = ModelStore::of_user();
    let device = match resolve_device(hardware.device) {
        Ok(device) => device.to_string(),
        Err(error) => error.to_string(),
    };
    let nvidia = match cuda_part() {
        CudaPart::NotLoaded => "not loaded".to_owned(),
        CudaPart::Loaded => "loaded".to_owned(),
        CudaPart::Failed(reason) => reason.to_owned(),
    };
    let model = |model: Installed| {
        json!({
            "precision": models.precision(&model.id),
            "id": model.id,
            "path": model.path.map(|path| path.display().to_string()),
            "bytes": model.bytes,
        })
    };
    json!({
        "tintype": env!("CARGO_PKG_VERSION"),
        "libtorch": LIBTORCH_VERSION,
        "system": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        "device": device,
        "nvidia": nvidia,
        "processor": processor.name,
        "cores": processor.physical_cores,
        "threads": hardware.threads.map_or_else(threads, usize::from),
        "features": processor.features,
        "memory_bytes": machine.total_bytes,
        "memory_available_bytes": machine.available_bytes,
        "reads": SourceFormat::ALL.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "models_folder": store.models_folder().display().to_string(),
        "models": store.installed().into_iter().map(model).collect::<Vec<_>>(),
    })
}

fn print_for_people(report: &Value, language: Language) {
    let text = |key: &str| match &report[key] {
        Value::String(text) => text.clone(),
        Value::Array(items) => items
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    };
    let gigabytes = |key: &str| report[key].as_u64().unwrap_or(0) as f64 / 1e9;
    println!("tintype    {}", text("tintype"));
    println!("libtorch   {}", text("libtorch"));
    println!("system     {}", text("system"));
    println!("device     {}", text("device"));
    println!("nvidia     {}", text("nvidia"));
    println!("processor  {}, {} cores", text("processor"), text("cores"));
    println!("features   {}", text("features"));
    println!("threads    {}", text("threads"));
    println!(
        "memory     {:.1} GB, {:.1} GB available",
        gigabytes("memory_bytes"),
        gigabytes("memory_available_bytes")
    );
    println!("reads      {}", text("reads"));
    println!("models     in {}", text("models_folder"));
    for model in report["models"].as_array().into_iter().flatten() {
        let id = model["id"].as_str().unwrap_or_default();
        match model["bytes"].as_u64() {
            Some(bytes) => println!("           {id} ({} MB)", bytes / 1_000_000),
            None => println!("           {id} (part of the program)"),
        }
        if let Some(why) = model["precision"]["why"][language.pick("en", "zh-CN")].as_str() {
            println!("             {why}");
        }
    }
}
