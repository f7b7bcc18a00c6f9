//! Golden outputs of the published implementation, and where they lie.
//!
//! One photo's goldens are in this repository, since its photo is in the public domain. The full
//! reference set has three more, whose photos are not. Where that set was laid beside the checkout (a
//! sibling folder with `reference/facts.json` and `photos/`), every test runs on all four.

use std::path::{Path, PathBuf};

use safetensors::SafeTensors;

/// The golden outputs for one photo.
#[derive(Debug, Clone)]
pub struct Golden {
    /// As in the file names: `01`.
    pub id: &'static str,
    /// The photo that went in.
    pub photo: PathBuf,
    folder: PathBuf,
}

/// Ids of the reference set with the names of their photos.
const PHOTOS: [(&str, &str); 4] = [
    ("00", "portrait-studio.jpg"),
    ("01", "street-1915.jpg"),
    ("02", "portrait-desk.jpg"),
    ("03", "acrobats-1934.jpg"),
];

impl Golden {
    /// All that are at hand; never none.
    #[must_use]
    pub fn all() -> Vec<Self> {
        match full_set() {
            Some(root) => PHOTOS
                .iter()
                .map(|(id, photo)| Self {
                    id,
                    photo: root.join("photos").join(photo),
                    folder: root.join("reference"),
                })
                .collect(),
            None => vec![Self {
                id: PHOTOS[1].0,
                photo: committed().join(PHOTOS[1].1),
                folder: committed(),
            }],
        }
    }

    /// The published pipeline's picture at that input size, 256 or 512.
    #[must_use]
    pub fn png(&self, size: u32) -> PathBuf {
        self.folder.join(format!("{}-micro-{size}.png", self.id))
    }

    /// A tensor of the run at 256: `gray` `[1, 3, 256, 256]`, `ab` `[1, 2, 256, 256]` or one of the
    /// encoder's features, flattened.
    ///
    /// # Panics
    /// If the set is damaged.
    #[must_use]
    pub fn tensor(&self, name: &str) -> Vec<f32> {
        let path = self
            .folder
            .join(format!("{}-micro-256.safetensors", self.id));
        let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let file = SafeTensors::deserialize(&bytes).expect("goldens are safetensors");
        let view = file
            .tensor(name)
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        view.data()
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect()
    }
}

/// The checkpoint that the goldens were made with.
#[must_use]
pub fn micro_checkpoint() -> PathBuf {
    committed().join("micro.pth")
}

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("goldens")
}

fn full_set() -> Option<PathBuf> {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
    let siblings = std::fs::read_dir(checkout.parent()?).ok()?;
    siblings
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|folder| {
            folder.join("reference/facts.json").is_file() && folder.join("photos").is_dir()
        })
}
