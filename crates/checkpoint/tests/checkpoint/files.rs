//! Writers of both formats, small enough to see through and free to write nonsense.

use serde_json::{Map, json};

/// One tensor, as a file is to describe it. Each has a storage of its own.
#[derive(Debug, Clone)]
pub(crate) struct Tensor {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) strides: Vec<usize>,
    /// In elements.
    pub(crate) offset: usize,
    /// PyTorch's name for the storage's kind.
    pub(crate) kind: &'static str,
    /// The storage.
    pub(crate) bytes: Vec<u8>,
}

impl Tensor {
    /// A contiguous tensor of f32.
    pub(crate) fn f32(name: &str, shape: &[usize], numbers: &[f32]) -> Self {
        let strides = (0..shape.len())
            .map(|i| shape[i + 1..].iter().product())
            .collect();
        let bytes = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
        let (name, shape) = (name.to_owned(), shape.to_vec());
        Self {
            name,
            shape,
            strides,
            offset: 0,
            kind: "FloatStorage",
            bytes,
        }
    }
}

/// A safetensors file; `texts` go into its metadata.
pub(crate) fn safetensors(tensors: &[Tensor], texts: &[(&str, &str)]) -> Vec<u8> {
    let mut header = Map::new();
    if !texts.is_empty() {
        let texts: Map<_, _> = texts
            .iter()
            .map(|&(k, v)| (k.to_owned(), json!(v)))
            .collect();
        header.insert("__metadata__".to_owned(), texts.into());
    }
    let mut data = Vec::new();
    for Tensor {
        name, shape, bytes, ..
    } in tensors
    {
        let range = [data.len(), data.len() + bytes.len()];
        let entry = json!({ "dtype": "F32", "shape": shape, "data_offsets": range });
        header.insert(name.clone(), entry);
        data.extend_from_slice(bytes);
    }
    safetensors_of(&serde_json::Value::from(header).to_string(), &data)
}

/// A safetensors file of any header and data.
pub(crate) fn safetensors_of(header: &str, data: &[u8]) -> Vec<u8> {
    let len = (header.len() as u64).to_le_bytes();
    [&len, header.as_bytes(), data].concat()
}

/// A checkpoint as PyTorch saves it, with the state dict under `params`.
pub(crate) fn torch(tensors: &[Tensor]) -> Vec<u8> {
    let mut pickle = Pickle::new();
    pickle.op(b"}").text("params");
    pickle.state_dict(tensors);
    pickle.op(b"s");
    torch_of(&pickle.stop(), tensors)
}

/// A checkpoint of any pickle; the storages are named by their tensors' position.
pub(crate) fn torch_of(pickle: &[u8], tensors: &[Tensor]) -> Vec<u8> {
    let keys: Vec<String> = (0..tensors.len())
        .map(|i| format!("net/data/{i}"))
        .collect();
    let mut members = vec![("net/data.pkl", pickle), ("net/byteorder", b"little")];
    members.extend(
        keys.iter()
            .map(String::as_str)
            .zip(tensors.iter().map(|t| &t.bytes[..])),
    );
    zip(&members)
}

/// A pickle while it is written.
pub(crate) struct Pickle(Vec<u8>);

impl Pickle {
    /// PROTO 2.
    pub(crate) fn new() -> Self {
        Self(vec![0x80, 2])
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn op(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// BINUNICODE.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.op(b"X")
            .op(&(text.len() as u32).to_le_bytes())
            .op(text.as_bytes())
    }

    /// LONG1 of eight bytes, which holds any size.
    pub(crate) fn count(&mut self, count: usize) -> &mut Self {
        self.op(&[0x8a, 8]).op(&(count as u64).to_le_bytes())
    }

    pub(crate) fn counts(&mut self, counts: &[usize]) -> &mut Self {
        self.op(b"(");
        for &count in counts {
            self.count(count);
        }
        self.op(b"t")
    }

    /// A dictionary of tensors with an entry of `_metadata`, as PyTorch writes it.
    pub(crate) fn state_dict(&mut self, tensors: &[Tensor]) -> &mut Self {
        self.op(b"ccollections\nOrderedDict\n)R(");
        for (key, tensor) in tensors.iter().enumerate() {
            self.text(&tensor.name).tensor(&key.to_string(), tensor);
        }
        self.op(b"u}").text("_metadata").op(b"}sb")
    }

    pub(crate) fn tensor(&mut self, key: &str, tensor: &Tensor) -> &mut Self {
        self.op(b"ctorch._utils\n_rebuild_tensor_v2\n((")
            .text("storage");
        self.op(format!("ctorch\n{}\n", tensor.kind).as_bytes())
            .text(key)
            .text("cpu");
        self.count(tensor.bytes.len())
            .op(b"tQ")
            .count(tensor.offset);
        self.counts(&tensor.shape).counts(&tensor.strides);
        self.op(b"\x89ccollections\nOrderedDict\n)RtR")
    }

    pub(crate) fn stop(mut self) -> Vec<u8> {
        self.op(b".");
        self.0
    }
}

/// A zip archive of stored members, without check sums, which are not read.
pub(crate) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in members {
        let header = file.len() as u32;
        let sizes = [
            [0; 4],
            (content.len() as u32).to_le_bytes(),
            (content.len() as u32).to_le_bytes(),
        ];
        let name_len = (name.len() as u16).to_le_bytes();
        file.extend_from_slice(b"PK\x03\x04\0\0\0\0\0\0\0\0\0\0");
        file.extend(sizes.concat());
        file.extend(name_len);
        file.extend([0, 0]);
        file.extend(name.as_bytes());
        file.extend_from_slice(content);
        directory.extend_from_slice(b"PK\x01\x02\0\0\0\0\0\0\0\0\0\0\0\0");
        directory.extend(sizes.concat());
        directory.extend(name_len);
        directory.extend([0; 12]);
        directory.extend(header.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, len) = (file.len() as u32, directory.len() as u32);
    let count = (members.len() as u16).to_le_bytes();
    file.append(&mut directory);
    file.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    file.extend([count, count].concat());
    file.extend(len.to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0, 0]);
    file
}
