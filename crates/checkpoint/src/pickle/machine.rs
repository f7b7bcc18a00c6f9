//! The machine: a stack, a memo, and the opcodes that build data.

use std::collections::HashMap;

use super::globals::Global;
use super::opcode;
use super::reader::Reader;
use super::value::{Arena, Object, StorageRecord, TensorRecord, Value};
use crate::fault::PickleFault;
use crate::{Error, Result};

// The bounds together keep the machine under some 20 MiB whatever the pickle says. The large
// published checkpoint takes about 150 KiB, 35,000 instructions and 8,000 memo entries.

/// Bytes of a pickle at most.
const MAX_PICKLE: usize = 1 << 20;
/// Instructions at most.
const MAX_STEPS: usize = 262_144;
/// Values on the stack at most. Python's pickler flushes every thousand.
const MAX_STACK: usize = 16_384;
/// Marks on the stack at most: how deep containers may be nested while they are built.
const MAX_MARKS: usize = 64;
/// Memo entries at most.
const MAX_MEMO: usize = 65_536;

type Step<T = ()> = std::result::Result<T, PickleFault>;

/// A pickle in the course of being read.
struct Machine<'a> {
    reader: Reader<'a>,
    stack: Vec<Value<'a>>,
    /// Heights of the stack at which a MARK was put.
    marks: Vec<usize>,
    memo: HashMap<u32, Value<'a>>,
    arena: Arena<'a>,
}

/// Reads a pickle to its end and returns the value on top with everything it may refer to.
pub(super) fn run(pickle: &[u8]) -> Result<(Value<'_>, Arena<'_>)> {
    let at = |offset, fault| Error::Pickle { offset, fault };
    if pickle.len() > MAX_PICKLE {
        return Err(at(
            0,
            PickleFault::TooMany {
                what: "bytes",
                limit: MAX_PICKLE,
            },
        ));
    }
    let mut machine = Machine {
        reader: Reader::new(pickle),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        arena: Arena::default(),
    };
    for _ in 0..MAX_STEPS {
        let offset = machine.reader.position();
        let fail = |fault| at(offset, fault);
        let code = machine.reader.byte().map_err(fail)?;
        if code == b'.' {
            let result = machine.pop("STOP").map_err(fail)?;
            if !machine.reader.is_at_end() {
                return Err(fail(PickleFault::TrailingBytes));
            }
            return Ok((result, machine.arena));
        }
        machine.step(code).map_err(fail)?;
    }
    let offset = machine.reader.position();
    Err(at(
        offset,
        PickleFault::TooMany {
            what: "instructions",
            limit: MAX_STEPS,
        },
    ))
}

impl<'a> Machine<'a> {
    /// Carries out one instruction. Whatever is not listed here is refused.
    fn step(&mut self, code: u8) -> Step {
        match code {
            0x80 => match self.reader.byte()? {
                2..=5 => Ok(()),
                found => Err(PickleFault::Protocol { found }),
            },
            // FRAME only tells a streaming reader how much to buffer.
            0x95 => self.reader.take(8).map(drop),
            b'N' => self.push(Value::None),
            0x88 | 0x89 => self.push(Value::Bool),
            b'G' => self.reader.take(8).and_then(|_| self.push(Value::Float)),
            b'J' | b'K' | b'M' | 0x8a => self.integer(code),
            b'X' | 0x8c => self.text(code),
            b'}' => self.push_object(Object::Dict(Vec::new())),
            b']' => self.push_object(Object::List(Vec::new())),
            b')' => self.push_object(Object::Tuple(Vec::new())),
            0x85..=0x87 => self.short_tuple(usize::from(code - 0x84), opcode::name(code)),
            b'(' => self.mark(),
            b't' => {
                let items = self.pop_to_mark("TUPLE")?;
                self.push_object(Object::Tuple(items))
            }
            b'a' | b'e' => self.append(code),
            b's' | b'u' => self.set_items(code),
            b'q' | b'r' | b'p' | 0x94 => self.put(code),
            b'h' | b'j' | b'g' => self.get(code),
            b'c' | 0x93 => self.global(code),
            b'Q' => self.persistent_id(),
            b'R' => self.reduce(),
            b'b' => self.build(),
            _ => Err(PickleFault::Opcode {
                code,
                name: opcode::name(code),
            }),
        }
    }

    fn push(&mut self, value: Value<'a>) -> Step {
        if self.stack.len() == MAX_STACK {
            return Err(PickleFault::TooMany {
                what: "values on the stack",
                limit: MAX_STACK,
            });
        }
        self.stack.push(value);
        Ok(())
    }

    fn push_object(&mut self, object: Object<'a>) -> Step {
        let value = self.arena.add(object)?;
        self.push(value)
    }

    /// Takes the top value, but none from below the last mark.
    fn pop(&mut self, opcode: &'static str) -> Step<Value<'a>> {
        let floor = self.marks.last().copied().unwrap_or(0);
        if self.stack.len() <= floor {
            return Err(PickleFault::EmptyStack { opcode });
        }
        self.stack.pop().ok_or(PickleFault::EmptyStack { opcode })
    }

    fn top(&self, opcode: &'static str) -> Step<Value<'a>> {
        let floor = self.marks.last().copied().unwrap_or(0);
        self.stack
            .get(floor..)
            .and_then(<[_]>::last)
            .copied()
            .ok_or(PickleFault::EmptyStack { opcode })
    }

    fn mark(&mut self) -> Step {
        if self.marks.len() == MAX_MARKS {
            return Err(PickleFault::TooMany {
                what: "nested marks",
                limit: MAX_MARKS,
            });
        }
        self.marks.push(self.stack.len());
        Ok(())
    }

    fn pop_to_mark(&mut self, opcode: &'static str) -> Step<Vec<Value<'a>>> {
        let height = self.marks.pop().ok_or(PickleFault::EmptyStack { opcode })?;
        Ok(self.stack.split_off(height))
    }

    fn integer(&mut self, code: u8) -> Step {
        let number = match code {
            b'J' => i64::from(i32::from_le_bytes(self.reader.array()?)),
            b'K' => i64::from(self.reader.byte()?),
            b'M' => i64::from(u16::from_le_bytes(self.reader.array()?)),
            _ => {
                // LONG1: a length, then that many bytes of two's complement.
                let len = usize::from(self.reader.byte()?);
                let bytes = self.reader.take(len)?;
                let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
                let mut wide = [if negative { 0xff } else { 0 }; 8];
                wide.get_mut(..len)
                    .ok_or(PickleFault::Number)?
                    .copy_from_slice(bytes);
                i64::from_le_bytes(wide)
            }
        };
        self.push(Value::Int(number))
    }

    fn text(&mut self, code: u8) -> Step {
        let len = match code {
            b'X' => usize::try_from(u32::from_le_bytes(self.reader.array()?))
                .map_err(|_| PickleFault::Truncated)?,
            _ => usize::from(self.reader.byte()?),
        };
        let text = self.reader.text(len)?;
        self.push(Value::Text(text))
    }

    fn short_tuple(&mut self, len: usize, opcode: &'static str) -> Step {
        let mut items = Vec::with_capacity(len);
        for _ in 0..len {
            items.push(self.pop(opcode)?);
        }
        items.reverse();
        self.push_object(Object::Tuple(items))
    }

    fn append(&mut self, code: u8) -> Step {
        let opcode = opcode::name(code);
        let items = match code {
            b'a' => vec![self.pop(opcode)?],
            _ => self.pop_to_mark(opcode)?,
        };
        let list = self.top(opcode)?;
        match self.arena.get_mut(list) {
            Some(Object::List(list)) => list.extend(items),
            _ => {
                return Err(PickleFault::Kind {
                    opcode,
                    expected: "a list",
                });
            }
        }
        Ok(())
    }

    fn set_items(&mut self, code: u8) -> Step {
        let opcode = opcode::name(code);
        let items = match code {
            b's' => {
                let value = self.pop(opcode)?;
                vec![self.pop(opcode)?, value]
            }
            _ => self.pop_to_mark(opcode)?,
        };
        let (pairs, rest) = items.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(PickleFault::Kind {
                opcode,
                expected: "a value for every key",
            });
        }
        let dict = self.top(opcode)?;
        match self.arena.get_mut(dict) {
            Some(Object::Dict(entries)) => entries.extend(pairs.iter().map(|&[k, v]| (k, v))),
            _ => {
                return Err(PickleFault::Kind {
                    opcode,
                    expected: "a dictionary",
                });
            }
        }
        Ok(())
    }

    fn put(&mut self, code: u8) -> Step {
        let index = match code {
            // MEMOIZE numbers its entries itself.
            0x94 => u32::try_from(self.memo.len()).map_err(|_| PickleFault::Number)?,
            b'q' => u32::from(self.reader.byte()?),
            b'r' => u32::from_le_bytes(self.reader.array()?),
            _ => self
                .reader
                .line()?
                .parse()
                .map_err(|_| PickleFault::Number)?,
        };
        let value = self.top(opcode::name(code))?;
        if self.memo.len() == MAX_MEMO {
            return Err(PickleFault::TooMany {
                what: "memo entries",
                limit: MAX_MEMO,
            });
        }
        self.memo.insert(index, value);
        Ok(())
    }

    fn get(&mut self, code: u8) -> Step {
        let index = match code {
            b'h' => u32::from(self.reader.byte()?),
            b'j' => u32::from_le_bytes(self.reader.array()?),
            _ => self
                .reader
                .line()?
                .parse()
                .map_err(|_| PickleFault::Number)?,
        };
        let value = *self.memo.get(&index).ok_or(PickleFault::Memo { index })?;
        self.push(value)
    }

    fn global(&mut self, code: u8) -> Step {
        let (module, name) = if code == b'c' {
            (self.reader.line()?, self.reader.line()?)
        } else {
            let opcode = "STACK_GLOBAL";
            let name = self.pop(opcode)?;
            match (self.pop(opcode)?, name) {
                (Value::Text(module), Value::Text(name)) => (module, name),
                _ => {
                    return Err(PickleFault::Kind {
                        opcode,
                        expected: "two texts",
                    });
                }
            }
        };
        let global = Global::named(module, name)?;
        self.push(Value::Global(global))
    }

    /// BINPERSID: PyTorch's way to refer to a storage, `("storage", type, key, device, count)`. The
    /// device is where the numbers once lay; the count is checked by what the member holds.
    fn persistent_id(&mut self) -> Step {
        let id = self.pop("BINPERSID")?;
        let storage = match self.arena.tuple(id) {
            Some(
                &[
                    Value::Text("storage"),
                    Value::Global(Global::Storage(dtype)),
                    Value::Text(key),
                    Value::Text(_),
                    Value::Int(_),
                ],
            ) => StorageRecord { key, dtype },
            _ => {
                return Err(PickleFault::Kind {
                    opcode: "BINPERSID",
                    expected: "a storage",
                });
            }
        };
        self.push_object(Object::Storage(storage))
    }

    /// REDUCE: "calls" one of the three names that stand for data.
    fn reduce(&mut self) -> Step {
        let wrong = |expected| PickleFault::Kind {
            opcode: "REDUCE",
            expected,
        };
        let arguments = self.pop("REDUCE")?;
        let callee = self.pop("REDUCE")?;
        let arguments = self
            .arena
            .tuple(arguments)
            .ok_or(wrong("a tuple of arguments"))?;
        match callee {
            Value::Global(Global::OrderedDict) => {
                if !arguments.is_empty() {
                    return Err(wrong("an empty OrderedDict"));
                }
                self.push_object(Object::Dict(Vec::new()))
            }
            Value::Global(Global::RebuildTensor) => {
                let tensor = self
                    .tensor(arguments)
                    .ok_or(wrong("a tensor's description"))?;
                self.push_object(Object::Tensor(tensor))
            }
            Value::Global(Global::RebuildParameter) => match arguments {
                &[tensor, Value::Bool, _hooks]
                    if matches!(self.arena.get(tensor), Some(Object::Tensor(_))) =>
                {
                    self.push(tensor)
                }
                _ => Err(wrong("a parameter's description")),
            },
            _ => Err(wrong("a name that describes tensors")),
        }
    }

    /// `(storage, offset, shape, strides, requires_grad, hooks[, metadata])`
    fn tensor(&self, arguments: &[Value<'a>]) -> Option<TensorRecord<'a>> {
        let &[
            storage,
            Value::Int(offset),
            shape,
            strides,
            Value::Bool,
            _hooks,
            ref rest @ ..,
        ] = arguments
        else {
            return None;
        };
        let Some(Object::Storage(storage)) = self.arena.get(storage) else {
            return None;
        };
        (rest.len() <= 1).then_some(())?;
        Some(TensorRecord {
            storage: *storage,
            offset: usize::try_from(offset).ok()?,
            shape: self.arena.counts(shape)?,
            strides: self.arena.counts(strides)?,
        })
    }

    /// BUILD: would call `__setstate__`. PyTorch uses it to hang `_metadata` on the state dict, which
    /// nothing here needs; on anything but a dictionary it is refused.
    fn build(&mut self) -> Step {
        let _state = self.pop("BUILD")?;
        let target = self.top("BUILD")?;
        match self.arena.dict(target) {
            Some(_) => Ok(()),
            None => Err(PickleFault::Kind {
                opcode: "BUILD",
                expected: "a dictionary",
            }),
        }
    }
}
