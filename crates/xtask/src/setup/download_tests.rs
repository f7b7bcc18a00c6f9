//! The downloader against servers that break, stall and lie.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;

use super::*;

/// Three buffers' worth and a bit, every byte depending on its place.
fn content() -> Vec<u8> {
    (0..200_000_u32).map(|at| (at % 251) as u8).collect()
}

fn sha256_of(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// A server that treats each connection with the next of `behaviors`, then closes.
struct Server {
    url: String,
    requests: mpsc::Receiver<Option<u64>>,
}

/// Answers one request. It gets the first byte asked for, if the request has a range.
type Behavior = Box<dyn Fn(&mut TcpStream, Option<u64>) -> io::Result<()> + Send>;

impl Server {
    fn start(behaviors: Vec<Behavior>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/file", listener.local_addr().unwrap());
        let (sender, requests) = mpsc::channel();
        thread::spawn(move || {
            for behavior in behaviors {
                let Ok((mut stream, _)) = listener.accept() else {
                    return;
                };
                let Ok(range) = read_request(&stream) else {
                    continue;
                };
                // The test may be over and not care any more.
                let _ = sender.send(range);
                let _ = behavior(&mut stream, range);
            }
        });
        Self { url, requests }
    }

    /// For each request so far, the first byte it asked for.
    fn ranges(&self) -> Vec<Option<u64>> {
        self.requests.try_iter().collect()
    }
}

fn read_request(stream: &TcpStream) -> io::Result<Option<u64>> {
    let mut range = None;
    for line in BufReader::new(stream).lines() {
        let line = line?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("range: bytes=") {
            range = value.trim_end_matches('-').parse().ok();
        }
    }
    Ok(range)
}

/// Serves `bytes` from the byte asked for on, and closes after `limit` of them.
fn serve(bytes: Vec<u8>, limit: usize) -> Behavior {
    Box::new(move |stream, range| {
        let start = usize::try_from(range.unwrap_or(0)).unwrap();
        let (rest, all) = (&bytes[start..], bytes.len());
        let head = match range {
            None => format!("200 OK\r\ncontent-length: {all}"),
            Some(_) => format!(
                "206 Partial Content\r\ncontent-length: {}\r\ncontent-range: bytes {start}-{}/{all}",
                rest.len(),
                all - 1
            ),
        };
        answer(stream, &head, &rest[..limit.min(rest.len())])
    })
}

/// Serves exactly this, whatever was asked for.
fn say(head: &'static str, body: Vec<u8>) -> Behavior {
    Box::new(move |stream, _| answer(stream, head, &body))
}

fn answer(stream: &mut TcpStream, head: &str, body: &[u8]) -> io::Result<()> {
    write!(stream, "HTTP/1.1 {head}\r\nconnection: close\r\n\r\n")?;
    stream.write_all(body)?;
    stream.flush()
}

const HURRIED: Patience = Patience {
    connect: Duration::from_secs(5),
    silence: Duration::from_millis(300),
    attempts: 3,
    pause: Duration::from_millis(1),
};

/// Fetches from `server` what should be [`content`], into a folder that may hold a part already.
#[track_caller]
fn fetch_over(server: &Server, part: Option<&[u8]>) -> (tempfile::TempDir, Result<()>) {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("file.whl");
    if let Some(part) = part {
        fs::write(target.with_extension("part"), part).unwrap();
    }
    let outcome = Downloader::new(HURRIED).fetch(
        &server.url,
        &sha256_of(&content()),
        &target,
        &mut Progress::Silent,
    );
    assert_eq!(
        outcome.is_ok(),
        target.exists(),
        "a file exactly if it is right"
    );
    if outcome.is_ok() {
        assert_eq!(fs::read(&target).unwrap(), content());
        assert!(!target.with_extension("part").exists());
    }
    (folder, outcome)
}

#[test]
fn a_file_is_fetched_whole() {
    let server = Server::start(vec![serve(content(), usize::MAX)]);
    fetch_over(&server, None).1.unwrap();
    assert_eq!(server.ranges(), [None]);
}

#[test]
fn a_broken_connection_is_taken_up_where_it_broke() {
    let server = Server::start(vec![
        serve(content(), 70_000),
        serve(content(), 50_000),
        serve(content(), usize::MAX),
    ]);
    fetch_over(&server, None).1.unwrap();
    assert_eq!(server.ranges(), [None, Some(70_000), Some(120_000)]);
}

#[test]
fn an_earlier_runs_part_is_continued() {
    let server = Server::start(vec![serve(content(), usize::MAX)]);
    fetch_over(&server, Some(&content()[..1234])).1.unwrap();
    assert_eq!(server.ranges(), [Some(1234)]);
}

#[test]
fn a_server_without_ranges_starts_over() {
    let whole = || say("200 OK\r\ncontent-length: 200000", content());
    let server = Server::start(vec![serve(content(), 70_000), whole()]);
    fetch_over(&server, None).1.unwrap();
    assert_eq!(server.ranges(), [None, Some(70_000)]);
}

#[test]
fn a_wrong_range_is_not_pieced_together() {
    let head = "206 Partial Content\r\ncontent-range: bytes 5-199999/200000";
    let server = Server::start(vec![
        serve(content(), 70_000),
        say(head, content()[5..].to_vec()),
        serve(content(), usize::MAX),
    ]);
    fetch_over(&server, None).1.unwrap();
    assert_eq!(server.ranges(), [None, Some(70_000), None]);
}

#[test]
fn a_stalled_connection_is_given_up_and_taken_up_again() {
    let stall: Behavior = Box::new(|stream, range| {
        serve(content(), 70_000)(stream, range)?;
        thread::sleep(HURRIED.silence * 10);
        Ok(())
    });
    // Its own thread: a real server takes the next connection while this one hangs.
    let stalling = Server::start(vec![stall]);
    let folder = tempfile::tempdir().unwrap();
    let part = folder.path().join("file.part");
    let start = std::time::Instant::now();
    let downloader = Downloader::new(Patience {
        attempts: 1,
        ..HURRIED
    });
    let error = downloader
        .fetch_whole(&stalling.url, &part, &mut Progress::Silent)
        .unwrap_err();
    assert!(
        start.elapsed() < HURRIED.silence * 8,
        "{:?}: {error:#}",
        start.elapsed()
    );
    assert_eq!(length(&part), 70_000, "what did arrive is kept");
}

#[test]
fn wrong_bytes_are_refused_and_deleted() {
    let server = Server::start(vec![serve(vec![7; 200_000], usize::MAX)]);
    let (folder, outcome) = fetch_over(&server, None);
    let error = outcome.unwrap_err().to_string();
    assert!(
        error.contains(&sha256_of(&content())) && error.contains("deleted"),
        "{error}"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_bad_part_of_an_earlier_run_is_replaced() {
    let server = Server::start(vec![
        serve(content(), usize::MAX),
        serve(content(), usize::MAX),
    ]);
    fetch_over(&server, Some(&[7; 1000])).1.unwrap();
    assert_eq!(server.ranges(), [Some(1000), None]);
}

#[test]
fn a_part_longer_than_the_file_is_replaced() {
    let refusal = say("416 Range Not Satisfiable\r\ncontent-length: 0", Vec::new());
    let server = Server::start(vec![refusal, serve(content(), usize::MAX)]);
    fetch_over(&server, Some(&vec![7; 300_000])).1.unwrap();
    assert_eq!(server.ranges(), [Some(300_000), None]);
}

#[test]
fn a_length_that_promises_too_much_does_no_harm() {
    // The file is whole, but the server promised more; asked for that, it admits to have none.
    let server = Server::start(vec![
        say("200 OK\r\ncontent-length: 300000", content()),
        say("416 Range Not Satisfiable\r\ncontent-length: 0", Vec::new()),
    ]);
    fetch_over(&server, None).1.unwrap();
    assert_eq!(server.ranges(), [None, Some(200_000)]);
}

#[test]
fn a_length_that_promises_too_little_is_caught_by_the_hash() {
    let server = Server::start(vec![say("200 OK\r\ncontent-length: 100000", content())]);
    let error = fetch_over(&server, None).1.unwrap_err().to_string();
    assert!(error.contains("SHA-256"), "{error}");
}

#[test]
fn a_length_beyond_reason_is_refused_at_once() {
    let server = Server::start(vec![say(
        "200 OK\r\ncontent-length: 99000000000",
        content(),
    )]);
    let error = fetch_over(&server, None).1.unwrap_err().to_string();
    assert!(error.contains("larger than any wheel"), "{error}");
    assert_eq!(server.ranges(), [None]);
}

#[test]
fn a_busy_server_is_asked_again_and_a_refusal_is_not() {
    let busy = || say("503 Service Unavailable\r\ncontent-length: 0", Vec::new());
    let server = Server::start(vec![busy(), busy(), serve(content(), usize::MAX)]);
    fetch_over(&server, None).1.unwrap();
    assert_eq!(server.ranges().len(), 3);

    let server = Server::start(vec![say("404 Not Found\r\ncontent-length: 0", Vec::new())]);
    let error = fetch_over(&server, None).1.unwrap_err().to_string();
    assert!(error.contains("404"), "{error}");
    assert_eq!(server.ranges().len(), 1);
}

#[test]
fn a_server_that_never_answers_well_is_given_up() {
    let busy = || say("503 Service Unavailable\r\ncontent-length: 0", Vec::new());
    let server = Server::start(vec![busy(), busy(), busy(), busy()]);
    let error = fetch_over(&server, None).1.unwrap_err();
    assert!(error.to_string().contains("3 attempts"), "{error:#}");
    assert_eq!(server.ranges().len(), 3);
}

#[test]
fn content_ranges_are_read() {
    assert_eq!(parse_content_range("bytes 1-2/3"), Some((1, Some(3))));
    assert_eq!(parse_content_range("bytes 1-2/*"), Some((1, None)));
    for text in ["", "bytes */3", "bytes 1/3", "lines 1-2/3", "bytes a-2/3"] {
        assert_eq!(parse_content_range(text), None, "{text}");
    }
}
