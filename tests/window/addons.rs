//! What can be had besides models: what NVIDIA devices need.

use std::fs;
use std::io::{BufRead as _, BufReader, Cursor, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::thread;

use sha2::Digest as _;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::desk::{Desk, Setup};

/// The part's library, in the archive that it is published in.
const LIBRARY: &str = "torch/lib/libtorch_cuda.so";

fn wheel() -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(LIBRARY, SimpleFileOptions::default())
        .unwrap();
    zip.write_all(&[7; 2_000]).unwrap();
    zip.finish().unwrap().into_inner()
}

/// A host of one file.
fn host(file: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/torch.whl", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", file.len());
            // Whoever asked may have gone away.
            let _ = stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(&file));
        }
    });
    address
}

fn catalogue(folder: &Path, driver: &str) -> PathBuf {
    let wheel = wheel();
    let (bytes, hash) = (wheel.len(), sha2::Sha256::digest(&wheel));
    let source = host(wheel);
    let text = format!(
        "[cuda]\nlibtorch = \"2.13.0\"\nsystem = \"linux-{}\"\ndriver = \"{driver}\"\n\
         library = \"{LIBRARY}\"\nunpacked_bytes = 2_000\nlicense = \"BSD-3-Clause\"\n\
         [[cuda.wheel]]\nbytes = {bytes}\nsha256 = \"{hash:x}\"\n\
         sources = [\"{source}\"]\ntake = [\"{LIBRARY}\"]\n",
        std::env::consts::ARCH
    );
    let path = folder.join("catalogue.toml");
    fs::write(&path, text).unwrap();
    path
}

fn models_page(driver: &str) -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::with(Setup {
        catalogue: Some(catalogue(folder.path(), driver)),
        ..Setup::default()
    });
    desk.press("Models");
    desk.until("document.querySelector('li[data-model=starter]')");
    desk
}

#[test]
fn where_there_is_a_driver_it_is_offered_installed_and_removed() {
    // Every Linux has this library; it stands for the driver's.
    let desk = models_page("libc.so.6");
    desk.until("document.querySelector('li[data-model=cuda][data-standing=available]')");
    desk.until_said("NVIDIA graphics cards");
    desk.keep_picture("addon-offered");
    desk.press("Download (< 1 MB)");
    desk.until("document.querySelector('li[data-model=cuda][data-standing=installed]')");
    desk.until_said("Takes effect when Tintype starts again.");
    desk.keep_picture("addon-installed");
    let library = desk
        .data()
        .join("../share/tintype/cuda/2.13.0")
        .join(LIBRARY);
    assert_eq!(fs::read(&library).unwrap(), vec![7; 2_000]);
    desk.press("Remove");
    desk.click("dialog .answers button:first-child");
    desk.until("document.querySelector('li[data-model=cuda][data-standing=available]')");
    assert!(!library.exists());
}

#[test]
fn where_there_is_none_nobody_is_troubled_with_it() {
    let desk = models_page("libno-such-driver.so.1");
    assert_eq!(
        desk.value("document.querySelector('li[data-model=cuda]')"),
        serde_json::Value::Null
    );
}
