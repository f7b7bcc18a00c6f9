//! Any bytes that are a workflow, checked against a few photos and one checkpoint.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tintype_workflow::{Catalog, check, read};

fuzz_target!(|file: &[u8]| {
    let Ok(prompt) = read(file) else { return };
    if let Ok(graph) = check(&prompt, &Shelf) {
        assert!(!graph.outputs().is_empty());
        for step in graph.steps() {
            assert_eq!(prompt.nodes[&step.node].class, step.class);
        }
    }
});

/// What there is, in memory.
struct Shelf;

const IMAGES: [&str; 2] = ["a.png", "b.png"];

impl Catalog for Shelf {
    fn has_image(&self, name: &str) -> bool {
        IMAGES.contains(&name)
    }

    fn checkpoints(&self) -> Vec<String> {
        vec!["c".to_owned()]
    }
}
