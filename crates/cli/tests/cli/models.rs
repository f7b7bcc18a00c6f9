//! `tintype models`, against a host of the test's own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

use crate::bench::{Bench, Said, street};

fn checkpoint() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/goldens/micro.pth");
    std::fs::read(path).unwrap()
}

/// A host that answers everything with one file, and what it was asked for.
pub(crate) fn host(file: Vec<u8>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            heard.lock().unwrap().push(lines.next().unwrap_or_default());
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", file.len());
            let _ = stream.write_all(head.as_bytes());
            let _ = stream.write_all(&file);
        }
    });
    (address, asked)
}

/// A catalogue of one model, `micro`.
fn catalogue(bench: &Bench, source: &str, bytes: usize) -> PathBuf {
    let text = format!(
        "[[model]]\nid = \"micro\"\nname = {{ en = \"Micro\", zh-CN = \"微型\" }}\n\
         about = {{ en = \"small\", zh-CN = \"小\" }}\narchitecture = \"micro\"\nlicense = \"MIT\"\n\
         [[model.file]]\nbytes = {bytes}\nsha256 = \"792d47a1d4c65e61b382b6ee887716ac5e493e5abc071a5c546af8e0a1d2b52b\"\nsources = [\"{source}\"]\n"
    );
    bench.put("catalogue.toml", text.as_bytes())
}

fn models(bench: &Bench, catalogue: &Path, arguments: &[&str]) -> Said {
    let all = [&["models"], arguments].concat();
    let mut command = bench.command(&all);
    command.env("TINTYPE_CATALOGUE", catalogue);
    crate::bench::said(command.output().unwrap())
}

#[test]
fn a_model_is_got_used_checked_and_removed() {
    let bench = Bench::new();
    let (address, _) = host(checkpoint());
    let catalogue = catalogue(
        &bench,
        &format!("http://{address}/micro.pth"),
        checkpoint().len(),
    );
    let said = models(&bench, &catalogue, &["list"]);
    assert!(
        said.stdout.contains("micro    can be downloaded"),
        "{}",
        said.stdout
    );
    let said = models(&bench, &catalogue, &["get", "micro", "--json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let steps: Vec<Value> = said
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(steps.last().unwrap()["step"], "installed");
    bench.put("a.jpg", &street());
    let said = bench.colorize(&["a.jpg", "--checkpoint", "micro"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let said = models(&bench, &catalogue, &["verify"]);
    assert!(
        said.stdout.contains("micro is what it was"),
        "{}",
        said.stdout
    );
    let said = models(&bench, &catalogue, &["list", "--json"]);
    let second: Value = serde_json::from_str(said.stdout.lines().nth(1).unwrap()).unwrap();
    assert_eq!(second["state"], "installed");
    assert_eq!(second["origin"], format!("http://{address}/micro.pth"));
    assert_eq!(models(&bench, &catalogue, &["remove", "micro"]).code, 0);
    assert_eq!(bench.colorize(&["a.jpg", "--checkpoint", "micro"]).code, 2);
}

#[test]
fn downloads_go_through_the_systems_proxy() {
    let bench = Bench::new();
    let (proxy, asked) = host(checkpoint());
    let catalogue = catalogue(
        &bench,
        "http://models.invalid/micro.pth",
        checkpoint().len(),
    );
    let mut command = bench.command(&["models", "get", "micro"]);
    command.env("TINTYPE_CATALOGUE", catalogue);
    command.env("http_proxy", format!("http://{proxy}"));
    command.env_remove("no_proxy").env_remove("NO_PROXY");
    let said = crate::bench::said(command.output().unwrap());
    assert_eq!(said.code, 0, "{}", said.stderr);
    let asked = asked.lock().unwrap();
    assert_eq!(*asked, ["GET http://models.invalid/micro.pth HTTP/1.1"]);
}

#[test]
fn a_large_download_is_asked_about_and_nobody_there_means_no() {
    let bench = Bench::new();
    let (address, asked) = host(Vec::new());
    let catalogue = catalogue(&bench, &format!("http://{address}/"), 912_000_000);
    let said = models(&bench, &catalogue, &["get", "micro"]);
    assert_eq!(said.code, 2);
    assert!(
        said.stderr.contains("912 MB") && said.stderr.contains("--yes"),
        "{}",
        said.stderr
    );
    assert!(asked.lock().unwrap().is_empty());
    // Agreed to, it is asked for; this host has another file.
    let said = models(
        &bench,
        &catalogue,
        &["get", "micro", "--yes", "--lang", "zh"],
    );
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("无法下载 micro"), "{}", said.stderr);
    assert!(said.stderr.contains(&address), "{}", said.stderr);
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[test]
fn a_checkpoint_from_disk_is_imported_and_what_is_none_says_what_it_is() {
    let bench = Bench::new();
    let nothing = bench.put("catalogue.toml", b"");
    bench.put("net.pth", &checkpoint());
    bench.put("photo.pth", &street());
    let said = models(&bench, &nothing, &["import", "net.pth", "photo.pth"]);
    assert_eq!(said.code, 1);
    assert!(
        said.stdout.contains("net: a checkpoint of your own"),
        "{}",
        said.stdout
    );
    assert!(said.stdout.contains("SHA-256"), "{}", said.stdout);
    assert!(said.stderr.contains("photo.pth"), "{}", said.stderr);
    let said = models(&bench, &nothing, &["remove", "starter"]);
    assert_eq!(said.code, 2);
}
