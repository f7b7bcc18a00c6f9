//! A server on a free port with a colorizer that the test holds the reins of, and clients for it.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tintype_protocol::ClientId;
use tintype_server::{Config, Places, Port, Server};
use tintype_zoo::ModelStore;
use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};

use crate::network::{Gate, OneModel};

/// How long a test waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The client that most tests are.
pub(crate) const CLIENT: &str = "ddcolor-user-001";

/// A running server in a folder of its own.
pub(crate) struct Bench {
    /// Before the model is there.
    pub(crate) loading: Gate,
    pub(crate) gate: Gate,
    /// What the network claims to need.
    pub(crate) peak_bytes_per_pixel: Arc<AtomicU64>,
    /// How often the network was run.
    runs: Arc<AtomicUsize>,
    pub(crate) token: Option<String>,
    pub(crate) address: SocketAddr,
    server: Option<Server>,
    runtime: Runtime,
    pub(crate) root: TempDir,
}

/// What an HTTP request was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A server that is set up otherwise.
    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let root = tempfile::tempdir().unwrap();
        Self::in_folder(root, change)
    }

    fn in_folder(root: TempDir, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::new(Places::in_folder(root.path()));
        config.port = Port::Exactly(0);
        config.shelf.store = ModelStore::at(root.path(), root.path());
        config.shelf.catalogue.models.clear();
        // So that tests can hold one job and look at those that wait.
        config.at_once = 1;
        change(&mut config);
        let (loading, gate) = (Gate::default(), Gate::default());
        let peak_bytes_per_pixel = Arc::new(AtomicU64::new(1));
        let runs = Arc::new(AtomicUsize::new(0));
        let models = Arc::new(OneModel {
            loading: loading.clone(),
            gate: gate.clone(),
            peak_bytes_per_pixel: Arc::clone(&peak_bytes_per_pixel),
            runs: Arc::clone(&runs),
        });
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(Server::start(config, models)).unwrap();
        let client = ClientId::new(CLIENT).unwrap();
        let token = server.token(&client, Duration::from_mins(1)).unwrap();
        Self {
            loading,
            gate,
            peak_bytes_per_pixel,
            runs,
            token,
            address: server.address(),
            server: Some(server),
            runtime,
            root,
        }
    }

    /// A token for another client.
    pub(crate) fn token_for(&self, client: &str) -> String {
        let client = ClientId::new(client).unwrap();
        let server = self.server.as_ref().unwrap();
        let token = server.token(&client, Duration::from_mins(1)).unwrap();
        token.unwrap()
    }

    pub(crate) fn token_that_lasts(&self, client: &ClientId, lifetime: Duration) -> String {
        let server = self.server.as_ref().unwrap();
        server.token(client, lifetime).unwrap().unwrap()
    }

    pub(crate) fn network_runs(&self) -> usize {
        self.runs.load(Ordering::Relaxed)
    }

    pub(crate) fn open_sockets(&self) -> usize {
        self.server.as_ref().unwrap().open_sockets()
    }

    /// Sends a request as it is and returns all that comes back.
    pub(crate) fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        // The server may close with what it has not read, which ends in an error.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Stops the server as Ctrl-C would.
    pub(crate) fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            self.gate.open();
            self.runtime.block_on(server.stop());
        }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.get_as(path, self.token.as_deref())
    }

    pub(crate) fn get_as(&self, path: &str, token: Option<&str>) -> Answer {
        let mut request = agent().get(format!("http://{}{path}", self.address));
        if let Some(token) = token {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        answer(request.call().unwrap())
    }

    /// A GET with one more header, or with another value of one that is always there.
    pub(crate) fn get_with(&self, path: &str, header: (&str, &str)) -> Answer {
        let token = self.token.as_deref().unwrap_or_default();
        let request = agent()
            .get(format!("http://{}{path}", self.address))
            .header("Authorization", format!("Bearer {token}"))
            .header(header.0, header.1);
        answer(request.call().unwrap())
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_bytes(path, "text/plain", body.to_string().as_bytes())
    }

    pub(crate) fn post_bytes(&self, path: &str, content_type: &str, body: &[u8]) -> Answer {
        let token = self.token.as_deref().unwrap_or_default();
        let request = agent()
            .post(format!("http://{}{path}", self.address))
            .header("Authorization", format!("Bearer {token}"))
            .header("Content-Type", content_type);
        answer(request.send(body).unwrap())
    }

    /// `POST /upload/image` with further text fields.
    pub(crate) fn upload(&self, name: &str, bytes: &[u8], fields: &[(&str, &str)]) -> Answer {
        let mut body = Vec::new();
        for (field, value) in fields {
            body.extend(
                format!(
                    "--x\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n"
                )
                .bytes(),
            );
        }
        body.extend(
            format!(
                "--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"{name}\"\r\n\r\n"
            )
            .bytes(),
        );
        body.extend(bytes);
        body.extend(b"\r\n--x--\r\n");
        self.post_bytes("/upload/image", "multipart/form-data; boundary=x", &body)
    }

    /// Uploads a small photo and returns its name.
    pub(crate) fn photo(&self) -> String {
        let uploaded = self.upload("photo.png", &photo(64, 48), &[]).json();
        uploaded["name"].as_str().unwrap().to_owned()
    }

    /// Queues a photo for [`CLIENT`] and returns the job's id.
    pub(crate) fn queue(&self, photo: &str) -> String {
        let answer = self.post("/prompt", &prompt(photo));
        assert_eq!(answer.status, 200, "{:?}", answer.json());
        answer.json()["prompt_id"].as_str().unwrap().to_owned()
    }

    /// A socket of [`CLIENT`], with more parameters.
    pub(crate) fn socket(&self, more: &str) -> Socket {
        let token = self.token.as_deref().unwrap_or_default();
        self.try_socket(&format!("clientId={CLIENT}&token={token}{more}"), &[])
            .unwrap_or_else(|status| panic!("refused with {status}"))
    }

    /// A socket, or the status that it was refused with.
    pub(crate) fn try_socket(&self, query: &str, headers: &[(&str, &str)]) -> Result<Socket, u16> {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut request = tungstenite::ClientRequestBuilder::new(
            format!("ws://{}/ws?{query}", self.address).parse().unwrap(),
        );
        for (name, value) in headers {
            request = request.with_header(*name, *value);
        }
        match tungstenite::client(request, stream) {
            Ok((socket, _)) => Ok(Socket(socket)),
            Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(response))) => {
                Err(response.status().as_u16())
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Waits until a job is in the history, and returns its entry.
    pub(crate) fn ended(&self, id: &str) -> Value {
        let entry = wait_for(|| {
            let history = self.get(&format!("/history/{id}")).json();
            history.get(id).cloned()
        });
        entry.unwrap_or_else(|| panic!("{id} has not ended"))
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A client's end of a socket.
pub(crate) struct Socket(pub(crate) WebSocket<TcpStream>);

impl Socket {
    /// The next JSON message.
    pub(crate) fn next(&mut self) -> Value {
        loop {
            match self.0.read().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("unexpected {other:?}"),
            }
        }
    }

    /// Messages up to and with the first one of a type.
    pub(crate) fn until(&mut self, kind: &str) -> Vec<Value> {
        let mut messages = Vec::new();
        loop {
            let message = self.next();
            let found = message["type"] == kind;
            messages.push(message);
            if found {
                return messages;
            }
        }
    }

    /// Sets how many bytes the system buffers for this end; it has a least size of its own.
    pub(crate) fn receive_buffer(&self, bytes: usize) {
        let stream = socket2::SockRef::from(self.0.get_ref());
        stream.set_recv_buffer_size(bytes).unwrap();
    }

    pub(crate) fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).unwrap();
    }

    /// Reads on until the server closes the socket.
    pub(crate) fn closed(&mut self) -> Option<CloseFrame> {
        let end = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < end, "the server keeps the socket");
            match self.0.read() {
                Ok(Message::Close(frame)) => return frame,
                Ok(_) => {}
                Err(tungstenite::Error::Io(error))
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    panic!("the server keeps the socket")
                }
                Err(_) => return None,
            }
        }
    }

    /// What comes within a short time.
    pub(crate) fn within(&mut self, time: Duration) -> Vec<Value> {
        let end = Instant::now() + time;
        let mut messages = Vec::new();
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            let wait = left.max(Duration::from_millis(1));
            self.0.get_ref().set_read_timeout(Some(wait)).unwrap();
            match self.0.read() {
                Ok(Message::Text(text)) => messages.push(serde_json::from_str(&text).unwrap()),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        self.0.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
        messages
    }
}

/// Starts a server whose queue nobody will use.
pub(crate) fn start(config: Config) -> Result<Server, tintype_server::Error> {
    let models = Arc::new(OneModel {
        loading: Gate::default(),
        gate: Gate::default(),
        peak_bytes_per_pixel: Arc::default(),
        runs: Arc::default(),
    });
    Runtime::new()
        .unwrap()
        .block_on(Server::start(config, models))
}

/// A workflow that colorizes one photo.
pub(crate) fn graph(photo: &str) -> Value {
    json!({
        "1": {"class_type": "LoadImage", "inputs": {"image": photo}},
        "2": {"class_type": "DDColor_Colorize", "inputs": {
            "image": ["1", 0], "model_input_size": 64, "checkpoint": "orange"}},
        "3": {"class_type": "SaveImage", "inputs": {
            "images": ["2", 0], "filename_prefix": "colorized"}},
    })
}

/// The body of a request to queue that workflow for [`CLIENT`].
pub(crate) fn prompt(photo: &str) -> Value {
    json!({"client_id": CLIENT, "prompt": graph(photo)})
}

/// A gray gradient as a PNG.
pub(crate) fn photo(width: u32, height: u32) -> Vec<u8> {
    let picture = image::GrayImage::from_fn(width, height, |x, y| image::Luma([(x * 3 + y) as u8]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// Asks again until there is something.
pub(crate) fn wait_for<T>(mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if let Some(found) = ask() {
            return Some(found);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    None
}

/// The types of messages, in order.
pub(crate) fn kinds(messages: &[Value]) -> Vec<&str> {
    messages.iter().filter_map(|m| m["type"].as_str()).collect()
}

/// One for all tests: making one takes longer than a request.
fn agent() -> &'static ureq::Agent {
    static AGENT: LazyLock<ureq::Agent> = LazyLock::new(|| {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE));
        config.build().into()
    });
    &AGENT
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> Answer {
    let content_type = response.headers().get("content-type");
    Answer {
        status: response.status().as_u16(),
        content_type: content_type.map_or_else(String::new, |v| v.to_str().unwrap().to_owned()),
        body: response.body_mut().read_to_vec().unwrap(),
    }
}
