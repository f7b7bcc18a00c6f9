//! The model inside the program.

use tintype_checkpoint::Weights;

use crate::Result;

/// The id of the bundled model, and the default wherever a model can be chosen.
pub const STARTER_ID: &str = "starter";

/// Folded, fp16; `models/starter.md` says what it was trained on and how limited it is.
static STARTER: &[u8] = include_bytes!("../../../models/starter.safetensors");

pub(crate) fn starter() -> Result<Weights> {
    Ok(Weights::from_bytes(STARTER, STARTER_ID)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_model_passes_the_strict_loader() {
        assert!(starter().unwrap().parameters() > 1_000_000);
    }
}
