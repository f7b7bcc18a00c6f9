//! Measures the server under load: `cargo xtask bench server`.
//!
//! A real server in a temporary folder, on a free port, with everything but the network: its
//! colorizer takes a few milliseconds and colors nothing. A hundred sockets of twenty clients listen
//! while two hundred photos are queued over HTTP, client after client; and all of it three times, on
//! the same sockets, since what grows with the work shows only in the second round.
//!
//! What is measured:
//!
//! - **Lost or misplaced messages.** Every socket checks what it is told of each of its client's jobs
//!   against the protocol's order, and the sockets of one client must have been told the same, byte
//!   for byte. Any fault ends the program with a failure.
//! - **Added latency**: from the colorizer's call of `progress` to the moment at which a socket's task
//!   holds the message, by the same clock, for each socket of the job's owner. That is the queue, the
//!   hub, the outbox, two ends of a loopback connection, and the wait for a turn on the processor,
//!   which server and clients share here. A job whose reports were not all told, so that which is
//!   which can't be known, is left out; how many were not is printed.
//! - **Throughput**: jobs from the first request to the last message of the last job.
//! - **Resident memory** of the whole process, clients included, before each round, at its hundredth
//!   job, and behind it (Linux only). What the queue keeps of ended jobs is part of it.
#![allow(clippy::print_stdout, reason = "a benchmark prints")]

mod colorizer;
mod memory;
mod report;
mod witness;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tintype_server::{Access, Config, Places, Port, Server};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio::time::timeout;

use colorizer::Calls;
use report::Round;
use witness::Story;

const SOCKETS: usize = 100;
const CLIENTS: usize = 20;
const JOBS: usize = 200;
const ROUNDS: usize = 3;
/// How long nothing may be heard before a message counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);
const PHOTO: &str = "photo.png";

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Failure>;

#[tokio::main]
async fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut config = Config::new(Places::in_folder(folder.path()));
    config.port = Port::Exactly(0);
    config.access = Access::Open;
    config.limits.sockets_per_address = SOCKETS;
    let input = config.places.input.clone();
    let calls = Arc::new(Calls::default());
    let models = Arc::new(colorizer::OneModel(Arc::clone(&calls)));
    let server = Server::start(config, models).await?;
    image::GrayImage::from_fn(32, 32, |x, y| image::Luma([(x * 4 + y) as u8]))
        .save(input.join(PHOTO))?;

    let (told, mut stories) = tokio::sync::mpsc::unbounded_channel();
    let mut readers = JoinSet::new();
    for number in 0..SOCKETS {
        let client = client(number);
        let address = format!("ws://{}/ws?clientId={client}", server.address());
        let (socket, _) = tokio_tungstenite::connect_async(address).await?;
        readers.spawn(witness::read(socket, told.clone()));
    }
    drop(told);

    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(round(server.address(), &mut stories, &calls).await?);
    }
    // The sockets are read to their end, so that nothing can come after a job's last message unseen.
    server.stop().await;
    while let Some(read) = readers.join_next().await {
        read??;
    }
    report::print(&rounds);
    Ok(())
}

/// Queues the jobs and hears every socket out.
async fn round(
    address: SocketAddr,
    stories: &mut UnboundedReceiver<Story>,
    calls: &Calls,
) -> Result<Round> {
    let before = memory::resident();
    let started = Instant::now();
    let queue = tokio::task::spawn_blocking(move || queue(address));
    let mut heard = Vec::with_capacity(JOBS * SOCKETS / CLIENTS);
    while heard.len() < heard.capacity() {
        let story = timeout(PATIENCE, stories.recv()).await;
        let Ok(Some(story)) = story else {
            return Err(format!("only {} stories came to their end", heard.len()).into());
        };
        if let Some(fault) = story.fault {
            return Err(fault.into());
        }
        heard.push(story);
    }
    let took = started.elapsed();
    let queued = queue.await??;
    let (calls, at_the_hundredth) = calls.take();
    let findings = witness::compare(&queued, heard, &calls)?;
    Ok(Round {
        took,
        findings,
        resident: [before, at_the_hundredth, memory::resident()],
    })
}

/// Queues photos for one client after another; returns the jobs' ids in the order of the queue.
fn queue(address: SocketAddr) -> Result<Vec<String>> {
    let agent = ureq::Agent::new_with_defaults();
    let mut ids = Vec::with_capacity(JOBS);
    for number in 0..JOBS {
        let body = json!({"client_id": client(number), "prompt": {
            "1": {"class_type": "LoadImage", "inputs": {"image": PHOTO}},
            "2": {"class_type": "DDColor_Colorize", "inputs": {
                "image": ["1", 0], "model_input_size": 64, "checkpoint": colorizer::NAME}},
            "3": {"class_type": "SaveImage", "inputs": {
                "images": ["2", 0], "filename_prefix": "colorized"}},
        }});
        let mut answer = agent
            .post(format!("http://{address}/prompt"))
            .header("Content-Type", "application/json")
            .send(body.to_string())?;
        let answer: Value = serde_json::from_slice(&answer.body_mut().read_to_vec()?)?;
        let id = answer["prompt_id"].as_str().ok_or("an answer has no id")?;
        ids.push(id.to_owned());
    }
    Ok(ids)
}

/// The client of the `number`th socket or job.
fn client(number: usize) -> String {
    format!("load-{:02}", number % CLIENTS)
}
