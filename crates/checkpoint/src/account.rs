//! The strict accounting: every tensor expected is there, every tensor there is expected.

use std::collections::HashSet;

use crate::error::shortened;
use crate::fault::TensorFault;
use crate::layout::Expected;
use crate::{Checkpoint, Error, Result};

/// `ImageNet`'s mean and standard deviation of red, green and blue in 0..1. The network is built with
/// these; a checkpoint that asks for others would be run wrong.
const IMAGENET: [(&str, [f32; 3]); 2] = [
    ("mean", [0.485, 0.456, 0.406]),
    ("std", [0.229, 0.224, 0.225]),
];

/// Checks a checkpoint against the list of what it must hold; `is_extra` tells what it may hold
/// besides.
pub(crate) fn check(
    checkpoint: &Checkpoint,
    expected: &[Expected],
    is_extra: fn(&str) -> bool,
) -> Result<()> {
    for Expected { name, shape } in expected {
        let Some(view) = checkpoint.tensor(name) else {
            return Err(Error::Missing {
                name: name.clone(),
                expected: shape.clone(),
            });
        };
        if view.shape != shape {
            let (expected, found) = (shape.clone(), view.shape.to_vec());
            return Err(Error::Shape {
                name: name.clone(),
                expected,
                found,
            });
        }
        if !view.dtype.is_float() {
            let fault = TensorFault::NotFloat { found: view.dtype };
            return Err(Error::Tensor {
                name: name.clone(),
                fault,
            });
        }
    }
    let known: HashSet<&str> = expected.iter().map(|tensor| tensor.name.as_str()).collect();
    for name in checkpoint.names() {
        if !known.contains(name) && !is_extra(name) {
            let shape = checkpoint.shape(name).unwrap_or_default().to_vec();
            return Err(Error::Unexpected {
                name: shortened(name),
                shape,
            });
        }
    }
    Ok(())
}

/// Checks that the input is normalized as the network will do it, if the checkpoint says anything.
pub(crate) fn check_normalization(checkpoint: &Checkpoint) -> Result<()> {
    for (name, imagenet) in IMAGENET {
        let Some(view) = checkpoint.tensor(name) else {
            continue;
        };
        let same = view.shape.iter().product::<usize>() == imagenet.len()
            && view
                .f32s()
                .iter()
                .zip(imagenet)
                .all(|(found, right)| (found - right).abs() < 1e-4);
        if !same {
            return Err(Error::Normalization { name });
        }
    }
    Ok(())
}
