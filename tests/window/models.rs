//! Models: got from a host, dropped on the window, used.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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

/// A slow host of one file that goes on where it is asked to, and how often it was asked.
fn host() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/micro.pth", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let lines: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
                let range = lines.iter().find_map(|line| {
                    line.to_lowercase()
                        .strip_prefix("range: bytes=")
                        .map(str::to_owned)
                });
                let start: usize =
                    range.map_or(0, |range| range.trim_end_matches('-').parse().unwrap());
                let file = checkpoint();
                let (length, last) = (file.len(), file.len() - 1);
                let head = match start {
                    0 => format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n"),
                    _ => format!(
                        "HTTP/1.1 206 Partial\r\ncontent-range: bytes {start}-{last}/{length}\r\n\
                         content-length: {}\r\n\r\n",
                        length - start
                    ),
                };
                let _ = stream.write_all(head.as_bytes());
                for portion in file[start..].chunks(PORTION) {
                    // Whoever asked may have gone away.
                    if stream.write_all(portion).is_err() {
                        return;
                    }
                    thread::sleep(Duration::from_millis(120));
                }
            });
        }
    });
    (address, asked)
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
    let (source, asked) = host();
    let desk = desk(folder.path(), &source, checkpoint().len());
    assert_eq!(
        asked.load(Ordering::SeqCst),
        0,
        "nothing is asked for unasked"
    );
    desk.press("Download (3 MB)");
    desk.until(&format!("{BAR} > 30"));
    desk.until_said("MB/s");
    desk.until_said("from 127.0.0.1");
    desk.press("Cancel");
    desk.until_said("What has arrived is kept.");
    let at = desk.text("li[data-model=micro]");
    desk.press("Go on");
    desk.until(&format!("{BAR} > 30"));
    desk.until("document.querySelector('li[data-model=micro][data-standing=installed]')");
    assert_eq!(asked.load(Ordering::SeqCst), 2, "{at}");
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
    let (source, asked) = host();
    let desk = desk(folder.path(), &source, 912_000_000);
    desk.press("Download (912 MB)");
    desk.until("document.querySelector('dialog')");
    let question = desk.text("dialog");
    for part in ["912 MB", "Apache-2.0", "127.0.0.1"] {
        assert!(question.contains(part), "{part}: {question}");
    }
    desk.press("Not now");
    desk.until("!document.querySelector('dialog')");
    assert_eq!(asked.load(Ordering::SeqCst), 0);
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
