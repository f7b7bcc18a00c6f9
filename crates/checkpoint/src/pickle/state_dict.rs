//! From what a pickle built to names and tensors.

use std::collections::BTreeMap;

use super::machine::run;
use super::value::{Arena, Object, TensorRecord, Value};
use crate::error::shortened;
use crate::fault::PickleFault;
use crate::{Error, Result};

/// Keys under which training code nests a state dict, the preferred first.
const WRAPPERS: [&str; 4] = ["params", "params_ema", "state_dict", "model"];

/// Reads a pickle and returns the tensors of the state dict in it, by name.
///
/// The state dict is the top level itself or stands under one of [`WRAPPERS`]; what else stands
/// beside it there (an epoch, an optimizer) is left alone. Only these levels are looked at, so that
/// no nesting or cycle in the pickle matters.
pub(crate) fn state_dict(pickle: &[u8]) -> Result<BTreeMap<String, TensorRecord<'_>>> {
    let (top, arena) = run(pickle)?;
    tensors(top, &arena).map_err(|fault| Error::Pickle {
        offset: pickle.len(),
        fault,
    })
}

fn tensors<'a>(
    top: Value<'a>,
    arena: &Arena<'a>,
) -> std::result::Result<BTreeMap<String, TensorRecord<'a>>, PickleFault> {
    let top = arena.dict(top).ok_or(PickleFault::NoStateDict)?;
    let under = |key: &str| {
        top.iter()
            .find(|(name, _)| *name == Value::Text(key))
            .and_then(|(_, value)| arena.dict(*value))
    };
    let entries = WRAPPERS.into_iter().find_map(under).unwrap_or(top);

    let mut tensors = BTreeMap::new();
    for (name, value) in entries {
        let Value::Text(name) = *name else {
            return Err(PickleFault::NoStateDict);
        };
        let Some(Object::Tensor(tensor)) = arena.get(*value) else {
            return Err(PickleFault::NotATensor {
                name: shortened(name),
            });
        };
        if tensors.insert(name.to_owned(), tensor.clone()).is_some() {
            return Err(PickleFault::Duplicate {
                name: shortened(name),
            });
        }
    }
    Ok(tensors)
}
