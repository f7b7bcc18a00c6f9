//! Models: got from a host, dropped on the window, used.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use crate::coloring::COLORED;
use crate::desk::{Desk, Setup, sample};

/// A small checkpoint, which the tests of the network use too.
const CHECKPOINT: &str = "../tests/goldens/micro.pth";
const SHA256: &str = "792d47a1d4c65e61b382b6ee887716ac5e493e5abc071a5c546af8e0a1d2b52b";
/// The host sends so much, then waits a little.
const PORTION: usize = 100_000;

fn checkpoint() -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(CHECKPOINT)).unwrap()
}

/// A host of one file that goes on where it is asked to. It sends two thirds, the rest when it is told to.
struct Host {
    address: String,
    asked: Arc<AtomicUsize>,
    go_on: Sender<()>,
}

fn host() -> Host {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/micro.pth", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let (go_on, told) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
            // Whoever asked may have gone away.
            let _ = answer(stream.unwrap(), &told);
        }
    });
    Host {
        address,
        asked,
        go_on,
    }
}

fn answer(mut stream: TcpStream, told: &Receiver<()>) -> std::io::Result<()> {
    let lines = BufReader::new(&stream).lines().map_while(Result::ok);
    let range = lines.take_while(|line| !line.is_empty()).find_map(|line| {
        Some(
            line.to_lowercase()
                .strip_prefix("range: bytes=")?
                .to_owned(),
        )
    });
    let start: usize = range.map_or(0, |range| range.trim_end_matches('-').parse().unwrap());
    let file = checkpoint();
    let (length, last) = (file.len(), file.len() - 1);
    let rest = length - start;
    match start {
        0 => write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n"
        )?,
        _ => write!(
            stream,
            "HTTP/1.1 206 Partial\r\ncontent-range: bytes {start}-{last}/{length}\r\n\
             content-length: {rest}\r\n\r\n"
        )?,
    }
    let held = (length / 3 * 2).max(start);
    for portion in file[start..held].chunks(PORTION) {
        stream.write_all(portion)?;
        thread::sleep(Duration::from_millis(50));
    }
    // Waits for the word, or for whoever asked to go away.
    stream.set_nonblocking(true)?;
    while told.try_recv().is_err() {
        match stream.peek(&mut [0]) {
            Ok(0) => return Ok(()),
            _ => thread::sleep(Duration::from_millis(20)),
        }
    }
    stream.set_nonblocking(false)?;
    stream.write_all(&file[held..])
}

/// The window with one model in its catalogue.
fn desk(folder: &Path, source: &str, bytes: usize) -> Desk {
    let text = format!(
        "[[model]]\nid = \"micro\"\nname = {{ en = \"Micro\", zh-CN = \"微型\" }}\n\
         about = {{ en = \"Small.\", zh-CN = \"小\" }}\narchitecture = \"tiny\"\nlicense = \"Apache-2.0\"\n\
         [[model.file]]\nbytes = {bytes}\nsha256 = \"{SHA256}\"\nsources = [\"{source}\"]\n"
    );
    let catalogue = folder.join("catalogue.toml");
    fs::write(&catalogue, text).unwrap();
    let desk = Desk::with(Setup {
        catalogue: Some(catalogue),
        ..Setup::default()
    });
    desk.press("Models");
    desk.until("document.querySelector('li[data-model=micro][data-standing=available]')");
    desk
}

const BAR: &str = "Number(document.querySelector('li[data-model=micro] [role=progressbar]')?.getAttribute('aria-valuenow'))";

#[test]
fn a_model_is_downloaded_with_a_true_bar_stopped_gone_on_with_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let host = host();
    let desk = desk(folder.path(), &host.address, checkpoint().len());
    assert_eq!(
        host.asked.load(Ordering::SeqCst),
        0,
        "nothing is asked for unasked"
    );
    desk.press("Download (3 MB)");
    desk.until(&format!("{BAR} > 60"));
    desk.until_said("MB/s");
    desk.until_said("from 127.0.0.1");
    desk.press("Cancel");
    desk.until_said("What has arrived is kept.");
    desk.press("Go on");
    desk.until(&format!("{BAR} > 60"));
    // The answer that was cancelled may still be waiting for its word, and takes the first.
    host.go_on.send(()).unwrap();
    host.go_on.send(()).unwrap();
    desk.until("document.querySelector('li[data-model=micro][data-standing=installed]')");
    assert_eq!(host.asked.load(Ordering::SeqCst), 2);
    desk.until_said("is installed and in the list of models");
    // It is there to be chosen, and colors a photo.
    desk.press("Photos");
    desk.drop_files(&[&sample()]);
    desk.until("document.querySelector('select option[value^=micro]')");
    desk.set("select:has(option[value^=micro])", "micro.safetensors");
    desk.press("Colorize");
    desk.until(COLORED);
}

#[test]
fn a_large_download_is_asked_about_with_its_size_licence_and_host() {
    let folder = tempfile::tempdir().unwrap();
    let host = host();
    let desk = desk(folder.path(), &host.address, 912_000_000);
    desk.press("Download (912 MB)");
    desk.until("document.querySelector('dialog')");
    let question = desk.text("dialog");
    for part in ["912 MB", "Apache-2.0", "127.0.0.1"] {
        assert!(question.contains(part), "{part}: {question}");
    }
    desk.press("Not now");
    desk.until("!document.querySelector('dialog')");
    assert_eq!(host.asked.load(Ordering::SeqCst), 0);
    // Agreed to, it is asked for, and is found to be another file.
    desk.press("Download (912 MB)");
    desk.click("dialog .answers button:first-child");
    desk.until("document.querySelector('li[data-model=micro][data-standing=failed]')");
    desk.until_said("could not be downloaded");
}

#[test]
fn a_checkpoint_dropped_on_the_window_is_imported_and_what_is_none_is_said() {
    let desk = Desk::new();
    let file = desk.root.path().join("grandpa.pth");
    fs::write(&file, checkpoint()).unwrap();
    let photo = desk.root.path().join("photo.pth");
    fs::copy(sample(), &photo).unwrap();
    desk.drop_files(&[&file, &photo]);
    desk.until("document.querySelector('li[data-model=grandpa][data-standing=installed]')");
    desk.until_said("It is none of the published files.");
    desk.until_said("photo.pth");
    desk.until_said("neither a PyTorch checkpoint nor a safetensors file");
    desk.click("li[data-model=grandpa] details summary");
    desk.until_said(SHA256);
}
