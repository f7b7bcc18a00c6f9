//! `tintype serve` as a process: killed, stopped, on a full disk.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::bench::{Bench, street};

pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
pub(crate) const CLIENT: &str = "ddcolor-user-001";

/// A server process; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    pub(crate) socket: String,
    pub(crate) token: String,
}

impl Server {
    pub(crate) fn start(bench: &Bench, more: &[&str]) -> Self {
        let mut arguments = vec!["serve", "--json", "--port", "0", "--data", "data"];
        arguments.extend(more);
        Self::spawn(bench.command(&arguments))
    }

    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let stdout = child.stdout.as_mut().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
        Self {
            address: text("address"),
            socket: text("socket"),
            token: text("token"),
            child,
        }
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let bearer = format!("Bearer {}", self.token);
        let request = agent().get(format!("{}{path}", self.address));
        let mut response = request.header("Authorization", bearer).call().unwrap();
        serde_json::from_slice(&response.body_mut().read_to_vec().unwrap()).unwrap()
    }

    pub(crate) fn post(&self, path: &str, content_type: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let mut response = agent()
            .post(format!("{}{path}", self.address))
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Content-Type", content_type)
            .send(body)
            .unwrap();
        let bytes = response.body_mut().read_to_vec().unwrap();
        (response.status().as_u16(), bytes)
    }

    pub(crate) fn upload(&self, name: &str, bytes: &[u8]) {
        let head = format!(
            "--x\r\nContent-Disposition: form-data; name=\"image\"; filename=\"{name}\"\r\n\r\n"
        );
        let body = [head.as_bytes(), bytes, b"\r\n--x--\r\n"].concat();
        let (status, _) = self.post("/upload/image", "multipart/form-data; boundary=x", &body);
        assert_eq!(status, 200);
    }

    pub(crate) fn queue(&self, photo: &str, size: u32, checkpoint: &str) -> String {
        let body = json!({"client_id": CLIENT, "prompt": {
            "1": {"class_type": "LoadImage", "inputs": {"image": photo}},
            "2": {"class_type": "DDColor_Colorize", "inputs": {
                "image": ["1", 0], "model_input_size": size, "checkpoint": checkpoint}},
            "3": {"class_type": "SaveImage", "inputs": {
                "images": ["2", 0], "filename_prefix": "colorized"}},
        }});
        let (status, answer) = self.post("/prompt", "text/plain", body.to_string().as_bytes());
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(status, 200, "{answer}");
        answer["prompt_id"].as_str().unwrap().to_owned()
    }

    /// Waits until a job is in the history.
    pub(crate) fn ended(&self, id: &str) -> Value {
        wait_for(|| self.get(&format!("/history/{id}")).get(id).cloned())
    }

    /// Waits until a job is in the middle of the network, by the log.
    pub(crate) fn wait_until_running(&self, id: &str) {
        wait_for(|| {
            let lines = self.get("/logs?lines=50");
            let of_job =
                lines.as_array().unwrap().iter().filter(|line| {
                    line["span"]["prompt_id"] == id && line["stage"] == "preprocess"
                });
            (of_job.count() > 0).then_some(())
        });
    }

    /// Ends it at once, as a crash would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and returns its exit code.
    #[cfg(unix)]
    fn terminate(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
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

fn wait_for<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(Instant::now() < end, "it did not come");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn what_was_running_when_it_was_killed_runs_again_and_what_waited_goes_on() {
    let bench = Bench::new();
    let server = Server::start(&bench, &[]);
    server.upload("street.jpg", &street());
    let running = server.queue("street.jpg", 1536, "starter");
    // As large: it is begun too, and a small one could be done by the time of the kill.
    let waiting = server.queue("street.jpg", 1536, "starter");
    server.wait_until_running(&running);
    server.kill();
    assert!(bench.names("data/output").is_empty(), "nothing half-made");

    let server = Server::start(&bench, &[]);
    for id in [&running, &waiting] {
        assert_eq!(server.ended(id)["outcome"], "completed");
    }
    let made = bench.names("data/output");
    assert_eq!(made, ["colorized_00001_.png", "colorized_00002_.png"]);
    server.kill();

    // What is done is done.
    let server = Server::start(&bench, &[]);
    assert_eq!(server.get("/prompt")["exec_info"]["queue_remaining"], 0);
    assert_eq!(server.ended(&running)["outcome"], "completed");
    assert_eq!(bench.names("data/output"), made);
}

#[test]
fn a_job_that_ends_the_program_three_times_is_given_up_with_a_reason() {
    let bench = Bench::new();
    let mut server = Server::start(&bench, &[]);
    server.upload("street.jpg", &street());
    let bad = server.queue("street.jpg", 1536, "starter");
    for _ in 0..3 {
        server.wait_until_running_again(&bad);
        server.kill();
        server = Server::start(&bench, &[]);
    }
    let entry = server.ended(&bad);
    assert_eq!(entry["outcome"], "failed");
    assert_eq!(entry["error"]["code"], "INTERNAL");
    let words = entry["error"]["message"].as_str().unwrap();
    assert!(words.contains("3 times"), "{words}");
    let good = server.queue("street.jpg", 64, "starter");
    assert_eq!(server.ended(&good)["outcome"], "completed");
}

impl Server {
    /// Waits until this process has come to the middle of the network. The log has the earlier ones
    /// too, so they are counted by their starts.
    fn wait_until_running_again(&self, id: &str) {
        wait_for(|| {
            let lines = self.get("/logs?lines=500");
            let lines = lines.as_array().unwrap();
            let begun = lines
                .iter()
                .rposition(|line| line["message"] == "listening")?;
            let of_job = lines[begun..]
                .iter()
                .filter(|line| line["span"]["prompt_id"] == id && line["stage"] == "preprocess");
            (of_job.count() > 0).then_some(())
        });
    }
}

#[cfg(unix)]
#[test]
fn asked_to_end_it_lets_the_running_job_end_and_keeps_the_others_queued() {
    let bench = Bench::new();
    let server = Server::start(&bench, &[]);
    server.upload("street.jpg", &street());
    let running = server.queue("street.jpg", 512, "starter");
    // Larger: it is begun too, and a small one could be done before the first.
    let waiting = server.queue("street.jpg", 1024, "starter");
    server.wait_until_running(&running);
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(bench.names("data/output"), ["colorized_00001_.png"]);

    let server = Server::start(&bench, &[]);
    assert_eq!(server.ended(&running)["outcome"], "completed");
    assert_eq!(server.ended(&waiting)["outcome"], "completed");
}

#[test]
fn the_models_say_in_which_precision_they_run_once_that_is_known() {
    let bench = Bench::new();
    let precision = |server: &Server| server.get("/zoo")["models"][0]["precision"].clone();
    let server = Server::start(&bench, &["--precision", "bf16"]);
    let told = precision(&server);
    assert_eq!(
        (&told["precision"], &told["reason"]),
        (&json!("bf16"), &json!("chosen"))
    );
    server.kill();

    let server = Server::start(&bench, &["--precision", "auto"]);
    server.upload("street.jpg", &street());
    let id = server.queue("street.jpg", 64, "starter");
    assert_eq!(server.ended(&id)["outcome"], "completed");
    let told = precision(&server);
    assert!(told["precision"].is_string(), "{told}");
    assert_ne!(told["reason"], "chosen");
    let chinese = told["why"]["zh-CN"].as_str().unwrap();
    assert!(!chinese.is_ascii(), "{told}");
    assert!(
        told["why"]["en"]
            .as_str()
            .unwrap()
            .starts_with(told["precision"].as_str().unwrap())
    );
}

#[test]
fn a_second_server_on_the_same_queue_is_refused_by_name() {
    let bench = Bench::new();
    let _server = Server::start(&bench, &[]);
    let said = bench.run(&["serve", "--port", "0", "--data", "data"]);
    assert_eq!(said.code, 2, "{}", said.stderr);
    assert!(said.stderr.contains("jobs.sqlite"), "{}", said.stderr);
}

#[test]
fn each_bad_photo_model_and_folder_has_its_own_code() {
    let bench = Bench::new();
    bench.put(
        "home/tintype/models/broken.pth",
        b"PK\x03\x04 not a checkpoint",
    );
    let server = Server::start(&bench, &[]);
    let street = street();
    server.upload("street.jpg", &street);
    server.upload("cut.jpg", &street[..street.len() / 2]);
    server.upload("text.png", b"this is no picture");
    server.upload("huge.png", &huge_png());
    let code = |photo: &str, checkpoint: &str| {
        let entry = server.ended(&server.queue(photo, 64, checkpoint));
        assert_eq!(entry["outcome"], "failed", "{entry}");
        let words = entry["error"]["messages"]["zh-CN"].as_str().unwrap();
        assert!(!words.is_ascii(), "{words}");
        entry["error"]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(code("cut.jpg", "starter"), "IMAGE_CORRUPT");
    assert_eq!(code("text.png", "starter"), "IMAGE_UNSUPPORTED");
    assert_eq!(code("huge.png", "starter"), "IMAGE_TOO_LARGE");
    assert_eq!(code("street.jpg", "ddcolor_paper.pth"), "MODEL_MISSING");
    assert_eq!(code("street.jpg", "broken.pth"), "MODEL_INVALID");
    // A file where the folder was: nobody can write there, not even who may do anything.
    std::fs::remove_dir_all(bench.path("data/output")).unwrap();
    bench.put("data/output", b"");
    assert_eq!(code("street.jpg", "starter"), "OUTPUT_UNWRITABLE");
    assert_eq!(
        bench.read("data/input/street.jpg"),
        street,
        "the original is as it was"
    );
}

/// A PNG whose header claims 40000 by 40000 pixels.
fn huge_png() -> Vec<u8> {
    let mut picture = std::io::Cursor::new(Vec::new());
    image::GrayImage::new(1, 1)
        .write_to(&mut picture, image::ImageFormat::Png)
        .unwrap();
    let mut bytes = picture.into_inner();
    for side in [16..20, 20..24] {
        bytes[side].copy_from_slice(&40_000_u32.to_be_bytes());
    }
    let checksum = crc32fast::hash(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_fails_the_job_leaves_nothing_half_made_and_the_next_job_runs() {
    let bench = Bench::new();
    std::fs::create_dir_all(bench.path("out")).unwrap();
    // A small disk of its own for the results, which ordinary users may make in a namespace of theirs.
    let script = "mount -t tmpfs -o size=300k tmpfs out && exec \"$@\"";
    let served = bench.command(&[
        "serve", "--json", "--port", "0", "--data", "data", "--out", "out",
    ]);
    let mut command = Command::new("unshare");
    command.args([
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        script,
        "sh",
    ]);
    command.arg(served.get_program()).args(served.get_args());
    command.current_dir(served.get_current_dir().unwrap());
    for (name, value) in served.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let server = Server::spawn(command);
    server.upload("street.jpg", &street());
    let entry = server.ended(&server.queue("street.jpg", 64, "starter"));
    assert_eq!(entry["error"]["code"], "DISK_FULL", "{entry}");
    assert_eq!(entry["error"]["hint"]["node"], "3");
    let mut small = std::io::Cursor::new(Vec::new());
    image::GrayImage::from_pixel(64, 64, image::Luma([128]))
        .write_to(&mut small, image::ImageFormat::Png)
        .unwrap();
    server.upload("small.png", &small.into_inner());
    let entry = server.ended(&server.queue("small.png", 64, "starter"));
    assert_eq!(entry["outcome"], "completed", "{entry}");
}
