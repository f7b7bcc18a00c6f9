//! A host of files on loopback that behaves as badly as it is told to.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How an answer goes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Way {
    /// As it should.
    Well,
    /// The connection breaks after so many bytes.
    Breaks(usize),
    /// The whole file is sent whatever range is asked for.
    IgnoresRanges,
    /// Nothing more is sent after so many bytes.
    Stalls(usize),
    /// The length is said to be this, and so many bytes are sent.
    LiesAboutLength(usize),
    /// No length is said, and more is sent than there is.
    SendsMore,
    /// No length is said, and so many bytes are sent.
    ShortWithoutLength(usize),
    /// The rest of a file of another length.
    OtherTotal,
    /// There is nothing after the end.
    NothingMore,
    /// Other bytes of the right length.
    WrongBytes,
    /// Another part of the file than the one asked for.
    WrongPart,
    /// The file is another by now, under another `ETag`.
    Changed,
    /// This status and nothing else.
    Status(u16),
    /// The file is elsewhere; the hub says what it is.
    Leads(String),
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) target: String,
    pub(crate) range: Option<String>,
    pub(crate) if_range: Option<String>,
    /// What was sent beside that, by its name.
    pub(crate) besides: BTreeMap<String, String>,
}

/// A host; it ends with the test's process.
pub(crate) struct Host {
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Host {
    /// A host of one file. Answers go in the order of `ways`, and after that in the last of them.
    pub(crate) fn of(file: &[u8], ways: &[Way]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (file, ways, heard) = (file.to_vec(), ways.to_vec(), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                let asked = read_request(&stream);
                let mut heard = heard.lock().unwrap();
                let way = &ways[heard.len().min(ways.len() - 1)];
                heard.push(asked.clone());
                let (file, way) = (file.clone(), way.clone());
                thread::spawn(move || answer(stream, &file, &way, &asked));
            }
        });
        Self { address, asked }
    }

    /// Everything that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The ranges that were asked for.
    pub(crate) fn ranges(&self) -> Vec<Option<String>> {
        self.asked().into_iter().map(|asked| asked.range).collect()
    }
}

fn read_request(stream: &TcpStream) -> Asked {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    let mut asked = Asked {
        target: first.split(' ').nth(1).unwrap_or_default().to_owned(),
        range: None,
        if_range: None,
        besides: BTreeMap::new(),
    };
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ").unwrap();
        match &*name.to_ascii_lowercase() {
            "range" => asked.range = Some(value.to_owned()),
            "if-range" => asked.if_range = Some(value.to_owned()),
            name => drop(asked.besides.insert(name.to_owned(), value.to_owned())),
        }
    }
    asked
}

fn answer(mut stream: TcpStream, file: &[u8], way: &Way, asked: &Asked) {
    // Whoever asked may have gone away meanwhile.
    let _ = try_to_answer(&mut stream, file, way, asked);
}

fn try_to_answer(
    stream: &mut TcpStream,
    file: &[u8],
    way: &Way,
    asked: &Asked,
) -> std::io::Result<()> {
    let etag = match way {
        Way::Changed => "\"second\"",
        _ => "\"first\"",
    };
    match way {
        Way::Status(status) => {
            return write!(
                stream,
                "HTTP/1.1 {status} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
        }
        Way::NothingMore => {
            return write!(
                stream,
                "HTTP/1.1 416 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
        }
        Way::Leads(to) => {
            let hash = hash_of(file);
            return write!(
                stream,
                "HTTP/1.1 302 Found\r\nlocation: {to}\r\nx-linked-etag: \"{hash}\"\r\n\
                 x-linked-size: {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                file.len()
            );
        }
        _ => {}
    }
    let start: usize = asked
        .range
        .as_ref()
        .and_then(|range| {
            range
                .strip_prefix("bytes=")?
                .strip_suffix('-')?
                .parse()
                .ok()
        })
        .filter(|_| *way != Way::IgnoresRanges)
        .filter(|_| asked.if_range.as_ref().is_none_or(|known| known == etag))
        .unwrap_or(0);
    let body = match way {
        Way::WrongBytes | Way::Changed => vec![0x55; file.len()],
        _ => file.to_vec(),
    };
    let body = &body[start..];
    let said = match way {
        Way::LiesAboutLength(said) => *said,
        _ => body.len(),
    };
    let told = if *way == Way::WrongPart {
        start + 1
    } else {
        start
    };
    if start > 0 {
        let total = match way {
            Way::OtherTotal => file.len() + 7,
            _ => file.len(),
        };
        write!(
            stream,
            "HTTP/1.1 206 Partial\r\ncontent-range: bytes {told}-{}/{total}\r\n",
            file.len() - 1,
        )?;
    } else {
        write!(stream, "HTTP/1.1 200 OK\r\n")?;
    }
    if !matches!(way, Way::SendsMore | Way::ShortWithoutLength(_)) {
        write!(stream, "content-length: {said}\r\n")?;
    }
    write!(stream, "etag: {etag}\r\nconnection: close\r\n\r\n")?;
    match way {
        Way::Breaks(length) | Way::ShortWithoutLength(length) => {
            stream.write_all(&body[..body.len().min(*length)])
        }
        Way::Stalls(length) => {
            stream.write_all(&body[..body.len().min(*length)])?;
            stream.flush()?;
            thread::sleep(Duration::from_secs(20));
            Ok(())
        }
        Way::SendsMore => {
            stream.write_all(body)?;
            stream.write_all(body)
        }
        _ => stream.write_all(body),
    }
}

/// SHA-256, as the catalogue has it.
pub(crate) fn hash_of(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    use std::fmt::Write as _;

    let digest = sha2::Sha256::digest(bytes);
    digest.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}
