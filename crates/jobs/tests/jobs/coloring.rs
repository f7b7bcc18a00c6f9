//! What results were colored with is kept beside the queue, and never costs a job anything.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tintype_engine::{Colorizer, Costs, Error};
use tintype_jobs::{
    ColorStore, Failure, FolderKind, Folders, Job, JobState, ModelError, Models, Output, Runner,
    WorkflowRunner,
};
use tintype_photo::{ChromaMap, NetworkInput, ScaleMethod};
use tintype_protocol::{CancelFlag, Device, NodeId, Precision, PromptId};

struct Orange;

impl Colorizer for Orange {
    fn colorize(
        &mut self,
        input: &NetworkInput,
        _progress: &mut dyn FnMut(f32),
        _cancel: &CancelFlag,
    ) -> Result<ChromaMap, Error> {
        let plane = input.width as usize * input.height as usize;
        let ab = vec![30.0; 2 * plane];
        Ok(ChromaMap::new(input.width, input.height, ab)?)
    }

    fn costs(&self) -> Arc<dyn Costs + Send + Sync> {
        Arc::new(Self)
    }
}

impl Costs for Orange {
    fn peak_bytes(&self, _width: u32, _height: u32) -> u64 {
        1
    }

    fn expected_time(&self, _width: u32, _height: u32) -> Duration {
        Duration::from_millis(1)
    }

    fn device(&self) -> Device {
        Device::Cpu
    }

    fn precision(&self) -> Precision {
        Precision::Fp32
    }
}

impl Models for Orange {
    fn names(&self) -> Vec<String> {
        vec!["orange".into()]
    }

    fn load(&self, _name: &str, _cancel: &CancelFlag) -> Result<Box<dyn Colorizer>, ModelError> {
        Ok(Box::new(Orange))
    }
}

/// A runner with a photo of 40x30 pixels, whose colors go to `colors` in its folder.
struct Bench {
    root: TempDir,
    folders: Folders,
    colors: ColorStore,
    runner: WorkflowRunner,
}

impl Bench {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        let folders = Folders::open(&at("input"), &at("output"), &at("temp")).unwrap();
        let colors = ColorStore::at(&at("colors"));
        fs::write(at("input").join("a.bmp"), gray(40, 30)).unwrap();
        let runners = WorkflowRunner::several(1, &folders, Arc::new(Orange), &colors);
        let runner = runners.into_iter().next().unwrap();
        Self {
            root,
            folders,
            colors,
            runner,
        }
    }

    fn run(&mut self, workflow: Value, cancel: &CancelFlag) -> Result<Vec<Output>, Box<Failure>> {
        let job = Job {
            id: PromptId::random(),
            number: 1.0,
            client: None,
            workflow,
            outputs: vec![NodeId::new("3")],
            extra_data: Value::Null,
            queued_at_ms: 0,
            attempts: 1,
            state: JobState::Queued,
        };
        let ran = self.runner.run(&job, &mut |_| {}, cancel);
        ran.map_err(Box::new)
    }

    fn path_of(&self, output: &Output) -> std::path::PathBuf {
        let found = self
            .folders
            .find(output.kind, &output.subfolder, &output.filename);
        found.unwrap()
    }

    fn kept(&self) -> Vec<String> {
        let files = fs::read_dir(self.root.path().join("colors"));
        let files = files.into_iter().flatten();
        files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}

/// A BMP of gray pixels: a header of 14 bytes, one of 40, rows of a multiple of 4 bytes.
fn gray(width: u32, height: u32) -> Vec<u8> {
    assert_eq!(width % 4, 0);
    let mut file = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    file.extend([width.to_le_bytes(), height.to_le_bytes()].concat());
    file.extend(b"\x01\0\x18\0");
    file.extend([0; 24]);
    file.extend((0..width * height).flat_map(|i| [(i % 251) as u8; 3]));
    file
}

fn load() -> Value {
    json!({"class_type": "LoadImage", "inputs": {"image": "a.bmp"}})
}

fn colorize(from: &str) -> Value {
    json!({"class_type": "DDColor_Colorize", "inputs": {
        "image": [from, 0], "model_input_size": 32, "checkpoint": "orange", "strength": 0.5}})
}

fn save(from: &str, prefix: &str) -> Value {
    json!({"class_type": "SaveImage", "inputs": {"images": [from, 0], "filename_prefix": prefix}})
}

fn scale(from: &str, crop: &str) -> Value {
    let method = ScaleMethod::Area.as_str();
    json!({"class_type": "ImageScale", "inputs": {"image": [from, 0],
        "upscale_method": method, "width": 20, "height": 20, "crop": crop}})
}

#[test]
fn every_result_has_its_colors_kept_and_nothing_else_has() {
    let mut bench = Bench::new();
    let workflow = json!({
        "1": load(), "2": colorize("1"), "3": save("2", "out"),
        "4": {"class_type": "PreviewImage", "inputs": {"images": ["2", 0]}},
        "5": save("1", "gray"),
        "6": scale("2", "disabled"), "7": save("6", "whole"),
        "8": scale("2", "center"), "9": save("8", "cut"),
    });
    let outputs = bench.run(workflow, &CancelFlag::new()).unwrap();
    assert_eq!(outputs.len(), 5);
    for output in &outputs {
        let found = bench.colors.find(&bench.path_of(output));
        let is_colored = !["gray", "cut"]
            .iter()
            .any(|prefix| output.filename.starts_with(prefix));
        assert_eq!(found.is_some(), is_colored, "{}", output.filename);
        if let Some(coloring) = found {
            let chroma = &coloring.chroma;
            assert_eq!((chroma.width(), chroma.height()), (32, 32));
            assert!(chroma.data().iter().all(|value| *value == 30.0));
            assert_eq!(coloring.merging.adjustment.strength, 0.5);
        }
    }
    let kinds: Vec<_> = outputs.iter().map(|output| output.kind).collect();
    assert!(kinds.contains(&FolderKind::Temp));
}

#[test]
fn nothing_is_left_half() {
    let mut bench = Bench::new();
    let workflow = json!({"1": load(), "2": colorize("1"), "3": save("2", "out")});
    bench.run(workflow, &CancelFlag::new()).unwrap();
    let kept = bench.kept();
    let is_whole = |name: &String| {
        Path::new(name)
            .extension()
            .is_some_and(|end| end == "colors")
            && name.len() == 64 + 7
    };
    assert!(kept.len() == 1 && kept.iter().all(is_whole), "{kept:?}");
}

#[test]
fn a_folder_that_takes_nothing_costs_no_job() {
    let mut bench = Bench::new();
    // Not a folder at all, which not even an administrator can write into.
    fs::write(bench.root.path().join("colors"), "x").unwrap();
    let workflow = json!({"1": load(), "2": colorize("1"), "3": save("2", "out")});
    let outputs = bench.run(workflow, &CancelFlag::new()).unwrap();
    let path = bench.path_of(&outputs[0]);
    assert!(path.is_file());
    assert_eq!(bench.colors.find(&path), None);
    assert!(bench.colors.clear().is_err());
}

#[test]
fn a_result_that_was_changed_has_none() {
    let mut bench = Bench::new();
    let workflow = json!({"1": load(), "2": colorize("1"), "3": save("2", "out")});
    let outputs = bench.run(workflow, &CancelFlag::new()).unwrap();
    let path = bench.path_of(&outputs[0]);
    let moved = bench.root.path().join("elsewhere.png");
    fs::copy(&path, &moved).unwrap();
    assert!(bench.colors.find(&moved).is_some());
    let mut bytes = fs::read(&path).unwrap();
    bytes.push(0);
    fs::write(&path, bytes).unwrap();
    assert_eq!(bench.colors.find(&path), None);
    fs::remove_file(&path).unwrap();
    assert_eq!(bench.colors.find(&path), None);
}
