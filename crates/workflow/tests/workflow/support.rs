//! A world for workflows: photos in a folder, and a network that colors everything orange.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tintype_engine::{Colorizer, Costs, Error, Machine};
use tintype_photo::{ChromaMap, NetworkInput};
use tintype_protocol::{
    CancelFlag, Device, ErrorCode, Explain, Explanation, FolderKind, Language, Precision,
};
use tintype_workflow::{
    Catalog, Destination, Event, Graph, Host, HostError, NodeOutputs, NodeType, Rejection,
    RunError, check, node_types, read_value, run,
};

pub(crate) struct World {
    pub(crate) root: TempDir,
    orange: Orange,
    written: BTreeMap<String, u32>,
    pub(crate) cancel: CancelFlag,
    /// The memory that it has to give, in bytes; none for as much as this computer has.
    pub(crate) available_bytes: Option<u64>,
    /// Raised when this node ends.
    pub(crate) cancel_after: Option<&'static str>,
}

#[derive(Clone, Copy)]
struct Orange {
    runs: usize,
    bytes_per_pixel: u64,
}

/// There is nothing of that name.
#[derive(Debug, thiserror::Error)]
#[error("there is none")]
struct Nothing;

impl Explain for Nothing {
    fn code(&self) -> ErrorCode {
        ErrorCode::ModelMissing
    }

    fn explain(&self, _language: Language) -> Explanation {
        Explanation::new("There is none.", "Get one.")
    }
}

impl World {
    /// With two photos, `a.png` of 40x30 pixels and `b.png` of 20x20.
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for (name, width, height) in [("a.png", 40, 30), ("b.png", 20, 20)] {
            let gray = |x: u32, y: u32| image::Luma([(4 * x + y) as u8]);
            let picture = image::GrayImage::from_fn(width, height, gray);
            picture.save(root.path().join(name)).unwrap();
        }
        Self {
            root,
            orange: Orange {
                runs: 0,
                bytes_per_pixel: 1,
            },
            written: BTreeMap::new(),
            cancel: CancelFlag::new(),
            available_bytes: None,
            cancel_after: None,
        }
    }

    pub(crate) fn hungry(mut self) -> Self {
        self.orange.bytes_per_pixel = 1 << 40;
        self
    }

    pub(crate) fn network_runs(&self) -> usize {
        self.orange.runs
    }

    pub(crate) fn check(&self, workflow: &Value) -> Result<Graph, Rejection> {
        check(&read_value(workflow.clone()).unwrap(), self)
    }

    /// Runs a workflow and returns what was told, and what came of it.
    pub(crate) fn run(&mut self, workflow: &Value) -> (Vec<Event>, Result<NodeOutputs, RunError>) {
        let graph = self.check(workflow).unwrap();
        let (mut events, cancel) = (Vec::new(), self.cancel.clone());
        let cancel_after = self.cancel_after;
        let raise = cancel.clone();
        let mut observer = |event: Event| {
            if let Event::NodeEnded { node, .. } = &event
                && cancel_after == Some(node.as_str())
            {
                raise.cancel();
            }
            events.push(event);
        };
        let result = run(&graph, self, &mut observer, &cancel);
        (events, result)
    }

    /// Width and height of a picture that was written.
    pub(crate) fn size_of(&self, name: &str) -> (u32, u32) {
        image::image_dimensions(self.root.path().join(name)).unwrap()
    }

    pub(crate) fn written(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.root.path()).unwrap();
        let names = entries.map(|e| e.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name.contains('_')).collect();
        names.sort();
        names
    }
}

/// The nodes, with what a [`World`] has to choose from.
pub(crate) fn types() -> Vec<NodeType> {
    node_types(vec!["a.png".into(), "b.png".into()], vec!["orange".into()])
}

impl Catalog for World {
    fn has_image(&self, name: &str) -> bool {
        self.root.path().join(name).is_file()
    }

    fn checkpoints(&self) -> Vec<String> {
        vec!["orange".into()]
    }
}

impl Host for World {
    fn image(&mut self, name: &str) -> Result<PathBuf, HostError> {
        Ok(self.root.path().join(name))
    }

    fn colorizer(&mut self, checkpoint: &str) -> Result<&mut dyn Colorizer, HostError> {
        match checkpoint {
            "orange" => Ok(&mut self.orange),
            _ => Err(Box::new(Nothing)),
        }
    }

    fn destination(
        &mut self,
        _folder: FolderKind,
        prefix: &str,
        extension: &str,
    ) -> Result<Destination, HostError> {
        let number = self.written.entry(prefix.to_owned()).or_default();
        *number += 1;
        let filename = format!("{prefix}_{number}.{extension}");
        Ok(Destination {
            path: self.root.path().join(&filename),
            filename,
            subfolder: String::new(),
        })
    }

    fn machine(&self) -> Machine {
        let machine = Machine::probe();
        let available_bytes = self.available_bytes.unwrap_or(machine.available_bytes);
        Machine {
            available_bytes,
            ..machine
        }
    }
}

impl Colorizer for Orange {
    fn colorize(
        &mut self,
        input: &NetworkInput,
        progress: &mut dyn FnMut(f32),
        _cancel: &CancelFlag,
    ) -> Result<ChromaMap, Error> {
        self.runs += 1;
        progress(0.5);
        let plane = input.width as usize * input.height as usize;
        let ab = vec![30.0; 2 * plane];
        Ok(ChromaMap::new(input.width, input.height, ab)?)
    }

    fn costs(&self) -> Arc<dyn Costs + Send + Sync> {
        Arc::new(*self)
    }
}

impl Costs for Orange {
    fn peak_bytes(&self, width: u32, height: u32) -> u64 {
        u64::from(width) * u64::from(height) * self.bytes_per_pixel
    }

    fn expected_time(&self, _width: u32, _height: u32) -> Duration {
        Duration::from_millis(10)
    }

    fn device(&self) -> Device {
        Device::Cpu
    }

    fn precision(&self) -> Precision {
        Precision::Fp32
    }
}

pub(crate) fn load(name: &str) -> Value {
    json!({"class_type": "LoadImage", "inputs": {"image": name}})
}

pub(crate) fn colorize(from: &str) -> Value {
    json!({"class_type": "DDColor_Colorize", "inputs": {
        "image": [from, 0], "model_input_size": 32, "checkpoint": "orange"}})
}

pub(crate) fn save(from: &str, prefix: &str) -> Value {
    json!({"class_type": "SaveImage", "inputs": {"images": [from, 0], "filename_prefix": prefix}})
}

pub(crate) fn scale(from: &str, width: u32, height: u32) -> Value {
    json!({"class_type": "ImageScale", "inputs": {"image": [from, 0],
        "upscale_method": "bicubic", "width": width, "height": height, "crop": "disabled"}})
}

/// The graph of the public node.
pub(crate) fn plain() -> Value {
    json!({"1": load("a.png"), "2": colorize("1"), "3": save("2", "out")})
}
