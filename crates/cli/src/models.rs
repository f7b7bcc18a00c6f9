//! `tintype models`: what there is, and getting, importing, checking and removing it.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use indicatif::{HumanBytes, HumanDuration, ProgressBar};
use tintype_protocol::models::{Addon, Model, ModelState, Transfer};
use tintype_protocol::{CancelFlag, Explain as _, Language, Wording};
use tintype_zoo::{CUDA_ID, Catalogue, Error, Listener, ModelStore, Patience, Zoo};

use crate::args::{ModelsArguments, ModelsCommand};
use crate::report::bar_style;
use crate::{Outcome, stop, words};

/// From this many bytes on a download is asked about once more.
const ASK_FROM: u64 = 500_000_000;
/// How soon Ctrl-C is heard.
const TICK: Duration = Duration::from_millis(50);

/// Does what was asked.
pub(crate) fn run(arguments: &ModelsArguments, language: Language) -> Result<Outcome> {
    let catalogue = match Catalogue::load() {
        Ok(catalogue) => catalogue,
        Err(error) => return Ok(refused(&error, language)),
    };
    let is_json = arguments.json;
    let zoo = Zoo::new(
        ModelStore::of_user(),
        catalogue,
        Patience::default(),
        listener(is_json, language),
    );
    let done = match &arguments.command {
        ModelsCommand::List => {
            list(&zoo, is_json, language)?;
            Ok(())
        }
        ModelsCommand::Get { id, yes } => get(&zoo, id, *yes, language)?.map(|()| {
            if !is_json {
                println!("{}", ready(id, language));
            }
        }),
        ModelsCommand::Import { files } => return Ok(import(&zoo, files, is_json, language)),
        ModelsCommand::Verify { ids } => verify(&zoo, ids, is_json, language),
        ModelsCommand::Remove { id } => zoo.remove(id).map(|()| {
            if !is_json {
                println!("{}", words::model_removed(language, id));
            }
        }),
    };
    Ok(match done {
        Ok(()) => Outcome::AllDone,
        Err(Error::Cancelled) => {
            eprintln!("{}", words::download_stopped(language));
            Outcome::Interrupted
        }
        Err(error) => refused(&error, language),
    })
}

fn ready(id: &str, language: Language) -> String {
    if id == CUDA_ID {
        return words::nvidia_ready(language).to_owned();
    }
    words::model_ready(language, id)
}

fn refused(error: &Error, language: Language) -> Outcome {
    eprintln!("tintype: {}", error.explain(language));
    match error {
        Error::NotPublished { .. }
        | Error::UnknownModel { .. }
        | Error::Bundled
        | Error::NoCudaHere
        | Error::NotAccepted { .. }
        | Error::Catalogue { .. } => Outcome::Usage,
        _ => Outcome::SomeFailed,
    }
}

fn list(zoo: &Zoo, is_json: bool, language: Language) -> Result<()> {
    let (models, addons) = (zoo.models(), zoo.addons());
    if is_json {
        for model in &models {
            println!("{}", serde_json::to_string(model)?);
        }
        for addon in &addons {
            println!("{}", serde_json::to_string(addon)?);
        }
        return Ok(());
    }
    let models_wide = models.iter().map(|model| model.id.len());
    let addons_wide = addons.iter().map(|addon| addon.id.len());
    let width = models_wide.chain(addons_wide).max().unwrap_or(0);
    for model in &models {
        println!("{:width$}  {}", model.id, line_of(model, language));
        let about = model.about.pick(language);
        if !about.is_empty() {
            println!("{:width$}  {about}", "");
        }
        if let Some(origin) = &model.origin {
            println!("{:width$}  {origin}", "");
        }
        if let Some(hash) = &model.sha256 {
            println!("{:width$}  SHA-256 {hash}", "");
        }
    }
    for addon in &addons {
        print_addon(addon, width, language);
    }
    println!("\n{}", zoo.store().models_folder().display());
    Ok(())
}

fn print_addon(addon: &Addon, width: usize, language: Language) {
    let state = state_text(addon.state, language);
    let megabytes = addon.bytes / 1_000_000;
    println!(
        "{:width$}  {state}, {megabytes} MB, {}",
        addon.id, addon.license
    );
    println!("{:width$}  {}", "", addon.about.pick(language));
    if let Some(hindrance) = &addon.hindrance {
        println!("{:width$}  {}", "", hindrance.pick(language));
    }
}

fn state_text(state: ModelState, language: Language) -> &'static str {
    match state {
        ModelState::Installed => language.pick("installed", "已安装"),
        ModelState::Available => language.pick("can be downloaded", "可下载"),
        ModelState::Damaged => language.pick("damaged", "已损坏"),
    }
}

/// State, kind, size and licence in one line.
fn line_of(model: &Model, language: Language) -> String {
    let state = if model.is_bundled {
        language.pick("part of the program", "程序自带")
    } else {
        state_text(model.state, language)
    };
    let megabytes = model.bytes.map(|bytes| format!("{} MB", bytes / 1_000_000));
    let parts = [
        Some(state.to_owned()),
        Some(model.architecture.clone()).filter(|text| !text.is_empty()),
        megabytes,
        model.license.clone(),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn get(
    zoo: &Zoo,
    id: &str,
    is_agreed: bool,
    language: Language,
) -> Result<std::result::Result<(), Error>> {
    let offer = match zoo.offer(id) {
        Ok(offer) => offer,
        Err(error) => return Ok(Err(error)),
    };
    let bytes = offer.bytes.unwrap_or(u64::MAX);
    if bytes >= ASK_FROM && !is_agreed && !ask(id, bytes, &offer.license, language)? {
        return Ok(Err(Error::NotAccepted {
            model: id.to_owned(),
            bytes,
            accepted: 0,
        }));
    }
    end_on_interrupt(zoo.clone(), stop::on_interrupt()?);
    Ok(zoo.download(id, bytes))
}

/// Asks whether to go on; nobody at the terminal means no.
fn ask(id: &str, bytes: u64, license: &str, language: Language) -> Result<bool> {
    let question = words::download_question(language, id, bytes / 1_000_000, license);
    if !std::io::stdin().is_terminal() {
        eprintln!("{question}\n{}", words::say_yes(language));
        return Ok(false);
    }
    eprint!("{question} [y/N] ");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin()
        .read_line(&mut answer)
        .context("no answer")?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "是"))
}

fn end_on_interrupt(zoo: Zoo, cancel: CancelFlag) {
    // Ends with the program.
    thread::spawn(move || {
        while !cancel.is_cancelled() {
            thread::sleep(TICK);
        }
        zoo.cancel_all();
    });
}

/// Each file by itself: one that can't be used keeps no other one out.
fn import(zoo: &Zoo, files: &[PathBuf], is_json: bool, language: Language) -> Outcome {
    let mut outcome = Outcome::AllDone;
    for file in files {
        match zoo.import(file) {
            Ok(model) if is_json => match serde_json::to_string(&model) {
                Ok(line) => println!("{line}"),
                Err(error) => eprintln!("tintype: {error}"),
            },
            Ok(model) => println!("{}", words::model_imported(language, &model)),
            Err(error) => {
                let name = file.display().to_string();
                eprintln!("{}", Wording::of(&error, Some(&name)).pick(language));
                outcome = Outcome::SomeFailed;
            }
        }
    }
    outcome
}

fn verify(
    zoo: &Zoo,
    ids: &[String],
    is_json: bool,
    language: Language,
) -> std::result::Result<(), Error> {
    let installed = zoo.store().installed();
    let all = installed.into_iter().filter(|model| model.path.is_some());
    let addons = zoo.addons().into_iter();
    let addons = addons.filter(|addon| addon.state == ModelState::Installed);
    let ids = match ids {
        [] => all
            .map(|model| model.id)
            .chain(addons.map(|addon| addon.id))
            .collect(),
        ids => ids.to_vec(),
    };
    let mut last = Ok(());
    for id in &ids {
        match zoo.verify(id) {
            Ok(()) if is_json => {}
            Ok(()) => println!("{}", words::model_sound(language, id)),
            // The last one is said by whoever gets it.
            Err(error) => {
                if let Err(earlier) = std::mem::replace(&mut last, Err(error)) {
                    refused(&earlier, language);
                }
            }
        }
    }
    last
}

/// Shows what is being done: a line of JSON each, or a bar.
fn listener(is_json: bool, language: Language) -> Listener {
    if is_json {
        return Box::new(|transfer| {
            // The wire types have no failing serializer.
            if let Ok(line) = serde_json::to_string(transfer) {
                println!("{line}");
            }
        });
    }
    let bar = ProgressBar::no_length();
    bar.set_style(bar_style("blue"));
    Box::new(move |transfer| show(&bar, transfer, language))
}

fn show(bar: &ProgressBar, transfer: &Transfer, language: Language) {
    if transfer.step.is_end() {
        bar.finish_and_clear();
        return;
    }
    if let Some(bytes) = transfer.bytes {
        bar.set_length(bytes);
    }
    bar.set_position(transfer.received);
    let mut parts = vec![
        transfer.model.clone(),
        words::transfer_step(language, transfer.step).to_owned(),
    ];
    if let Some(rate) = transfer.bytes_per_second {
        parts.push(format!("{}/s", HumanBytes(rate)));
    }
    if let Some(left) = transfer.eta_ms {
        parts.push(HumanDuration(Duration::from_millis(left)).to_string());
    }
    if let Some(source) = &transfer.source {
        parts.push(source.clone());
    }
    bar.set_message(parts.join("  "));
    bar.tick();
}
