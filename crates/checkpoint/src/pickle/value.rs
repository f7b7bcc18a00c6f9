//! What a pickle can build here.
//!
//! Values are small handles that are copied freely; what is large lies once in an [`Arena`] and is
//! referred to by number. So a memo full of references costs what it costs in the file (there is no
//! "billion laughs"), a cycle is two numbers that leak nothing, and nothing deep has to be dropped
//! by recursion.

use super::globals::Global;
use crate::DType;
use crate::fault::PickleFault;

/// Tuples, lists, dictionaries, storages and tensors at most. The large published checkpoint builds
/// fewer than ten thousand.
const MAX_OBJECTS: usize = 65_536;

/// Dimensions at most. `DDColor` has four.
pub(crate) const MAX_DIMS: usize = 8;

/// A value on the machine's stack. Texts are slices of the pickle itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    None,
    Bool,
    /// Carried only so that a checkpoint may hold an epoch's loss; nothing reads it.
    Float,
    Int(i64),
    Text(&'a str),
    Global(Global),
    Object(ObjectId),
}

/// The number of an object in its arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ObjectId(usize);

/// What is too large for a handle.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Object<'a> {
    Tuple(Vec<Value<'a>>),
    List(Vec<Value<'a>>),
    /// In the order of insertion, keys repeated as the pickle repeats them.
    Dict(Vec<(Value<'a>, Value<'a>)>),
    Storage(StorageRecord<'a>),
    Tensor(TensorRecord<'a>),
}

/// A run of numbers in a member of the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StorageRecord<'a> {
    /// Its name: the member is `data/KEY`.
    pub(crate) key: &'a str,
    pub(crate) dtype: DType,
}

/// A tensor as the pickle describes it. Nothing of it has been checked against the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TensorRecord<'a> {
    pub(crate) storage: StorageRecord<'a>,
    /// In elements, as are the strides.
    pub(crate) offset: usize,
    /// At most [`MAX_DIMS`] long.
    pub(crate) shape: Vec<usize>,
    pub(crate) strides: Vec<usize>,
}

/// Every object that a pickle has built.
#[derive(Debug, Default)]
pub(super) struct Arena<'a> {
    objects: Vec<Object<'a>>,
}

impl<'a> Arena<'a> {
    /// Stores an object and returns the handle on it.
    pub(super) fn add(&mut self, object: Object<'a>) -> Result<Value<'a>, PickleFault> {
        if self.objects.len() == MAX_OBJECTS {
            return Err(PickleFault::TooMany {
                what: "objects",
                limit: MAX_OBJECTS,
            });
        }
        self.objects.push(object);
        Ok(Value::Object(ObjectId(self.objects.len() - 1)))
    }

    /// The object behind a value, if it has one.
    pub(super) fn get(&self, value: Value<'a>) -> Option<&Object<'a>> {
        match value {
            Value::Object(id) => self.objects.get(id.0),
            _ => None,
        }
    }

    /// As [`get`](Self::get), to add to it.
    pub(super) fn get_mut(&mut self, value: Value<'a>) -> Option<&mut Object<'a>> {
        match value {
            Value::Object(id) => self.objects.get_mut(id.0),
            _ => None,
        }
    }

    /// The items of a tuple.
    pub(super) fn tuple(&self, value: Value<'a>) -> Option<&[Value<'a>]> {
        match self.get(value) {
            Some(Object::Tuple(items)) => Some(items),
            _ => None,
        }
    }

    /// The entries of a dictionary.
    pub(super) fn dict(&self, value: Value<'a>) -> Option<&[(Value<'a>, Value<'a>)]> {
        match self.get(value) {
            Some(Object::Dict(entries)) => Some(entries),
            _ => None,
        }
    }

    /// A tuple of at most [`MAX_DIMS`] counts: a shape or strides.
    pub(super) fn counts(&self, value: Value<'a>) -> Option<Vec<usize>> {
        let items = self.tuple(value)?;
        if items.len() > MAX_DIMS {
            return None;
        }
        items
            .iter()
            .map(|item| match item {
                Value::Int(number) => usize::try_from(*number).ok(),
                _ => None,
            })
            .collect()
    }
}
