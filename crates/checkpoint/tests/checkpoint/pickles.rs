//! Pickles that do more than describe tensors, or lie about them.

use tintype_checkpoint::{Checkpoint, Error, PickleFault};

use crate::allocations::peak_of;
use crate::files::{Pickle, Tensor, torch_of, zip};

fn two() -> [Tensor; 2] {
    [
        Tensor::f32("a", &[2, 3], &[1., 2., 3., 4., 5., 6.]),
        Tensor::f32("b", &[], &[7.]),
    ]
}

/// What is wrong with a checkpoint of this pickle.
fn fault(pickle: &[u8]) -> PickleFault {
    match Checkpoint::from_bytes(torch_of(pickle, &two()), "") {
        Err(Error::Pickle { fault, .. }) => fault,
        other => panic!("{other:?}"),
    }
}

fn fault_of(ops: &[u8]) -> PickleFault {
    let mut pickle = Pickle::new();
    pickle.op(ops);
    fault(&pickle.stop())
}

#[test]
fn a_sound_pickle_is_read_flat_and_under_each_wrapper() {
    let check = |pickle: Pickle| {
        let checkpoint = Checkpoint::from_bytes(torch_of(&pickle.stop(), &two()), "").unwrap();
        assert_eq!(checkpoint.names().collect::<Vec<_>>(), ["a", "b"]);
        let a = checkpoint.tensor("a").unwrap();
        assert_eq!(a.shape, [2, 3]);
        assert_eq!(*a.f32s(), [1., 2., 3., 4., 5., 6.]);
        let b = checkpoint.tensor("b").unwrap();
        assert!(b.shape.is_empty());
        assert_eq!(b.to_f32(), [7.]);
    };
    let mut flat = Pickle::new();
    flat.state_dict(&two());
    check(flat);
    for wrapper in ["params", "params_ema", "state_dict", "model"] {
        let mut pickle = Pickle::new();
        // An epoch and its loss beside it are left alone.
        pickle
            .op(b"}")
            .text("epoch")
            .op(b"K\x07s")
            .text("loss")
            .op(b"G\0\0\0\0\0\0\0\0s");
        pickle.text(wrapper).state_dict(&two()).op(b"s");
        check(pickle);
    }
}

#[test]
fn the_opcodes_of_protocol_4_are_read_too() {
    let mut pickle = Pickle::new();
    pickle.op(b"\x80\x04\x95\0\0\0\0\0\0\0\0}\x94\x8c\x01a\x94");
    pickle
        .op(b"\x8c\x0ctorch._utils\x94\x8c\x12_rebuild_tensor_v2\x94\x93\x94((")
        .text("storage");
    pickle.op(b"\x8c\x05torch\x8c\x0cFloatStorage\x93\x94\x8c\x010\x94\x8c\x03cpu\x94K\x06t\x94Q");
    pickle.op(b"K\0K\x02K\x03\x86\x94K\x03K\x01\x86\x94\x89}\x94t\x94R\x94s");
    let checkpoint = Checkpoint::from_bytes(torch_of(&pickle.stop(), &two()), "").unwrap();
    assert_eq!(checkpoint.tensor("a").unwrap().shape, [2, 3]);
}

#[test]
fn every_byte_that_is_no_opcode_of_data_is_refused_by_name() {
    let data = b".N\x88\x89GJKM\x8aX\x8c}])\x85\x86\x87(taesuqrp\x94hjgc\x93QRb\x80\x95";
    let mut refused = 0;
    for code in 0..=u8::MAX {
        let found = fault_of(&[b"}", &[code][..], b"\n\n"].concat());
        let refusal = match found {
            PickleFault::Opcode { code: named, name } if named == code => Some(name),
            _ => None,
        };
        assert_eq!(
            refusal.is_none(),
            data.contains(&code),
            "0x{code:02x}: {found}"
        );
        refused += usize::from(refusal.is_some_and(|name| name != "unknown"));
    }
    // Python's pickletools knows 68 opcodes.
    assert_eq!(refused, 68 - data.len());
}

#[test]
fn whatever_could_run_code_is_refused_by_its_name() {
    for (module, name) in [
        ("os", "system"),
        ("posix", "system"),
        ("builtins", "eval"),
        ("__builtin__", "exec"),
        ("subprocess", "Popen"),
        ("torch", "load"),
        ("torch._utils", "_rebuild_tensor"),
        ("torch.jit", "load"),
        ("collections", "OrderedDict.fromkeys"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("torch ", "FloatStorage"),
    ] {
        let refused = PickleFault::Global {
            module: module.into(),
            name: name.into(),
        };
        assert_eq!(fault_of(format!("c{module}\n{name}\n").as_bytes()), refused);
        let mut pickle = Pickle::new();
        pickle.text(module).text(name).op(b"\x93");
        assert_eq!(fault(&pickle.stop()), refused);
    }
}

#[test]
fn calls_of_anything_but_a_description_are_refused() {
    let calls: [&[u8]; 8] = [
        // OrderedDict([...]), a storage's type, a text, a dictionary, as if it could be called.
        b"ccollections\nOrderedDict\n]\x85R",
        b"ctorch\nFloatStorage\n)R",
        b"X\x01\0\0\0a)R",
        b"})R",
        // Arguments that are no tuple, too few, and of the wrong kinds.
        b"ctorch._utils\n_rebuild_tensor_v2\n]R",
        b"ctorch._utils\n_rebuild_tensor_v2\n)R",
        b"ctorch._utils\n_rebuild_tensor_v2\n(NK\0))\x89}tR",
        b"ctorch._utils\n_rebuild_parameter\n(N\x89}tR",
    ];
    for call in calls {
        let found = fault_of(call);
        assert!(
            matches!(
                found,
                PickleFault::Kind {
                    opcode: "REDUCE",
                    ..
                }
            ),
            "{found}"
        );
    }
    let build = fault_of(b"]}b");
    assert!(
        matches!(
            build,
            PickleFault::Kind {
                opcode: "BUILD",
                ..
            }
        ),
        "{build}"
    );
    let storage = fault_of(b"X\x01\0\0\0aQ");
    assert!(
        matches!(
            storage,
            PickleFault::Kind {
                opcode: "BINPERSID",
                ..
            }
        ),
        "{storage}"
    );
}

#[test]
fn nonsense_on_the_stack_is_refused() {
    assert_eq!(fault_of(b""), PickleFault::EmptyStack { opcode: "STOP" });
    assert_eq!(
        fault_of(b"}(s"),
        PickleFault::EmptyStack { opcode: "SETITEM" }
    );
    assert_eq!(
        fault_of(b"}u"),
        PickleFault::EmptyStack { opcode: "SETITEMS" }
    );
    assert_eq!(
        fault_of(b"N\x86"),
        PickleFault::EmptyStack { opcode: "TUPLE2" }
    );
    assert_eq!(fault_of(b"h\x05"), PickleFault::Memo { index: 5 });
    assert_eq!(fault_of(b"\x80\x01"), PickleFault::Protocol { found: 1 });
    assert_eq!(fault_of(b"\x80\x06"), PickleFault::Protocol { found: 6 });
    assert_eq!(fault_of(b"X\xff\xff\xff\xffa"), PickleFault::Truncated);
    assert_eq!(fault_of(b"X\x01\0\0\0\xff"), PickleFault::Text);
    assert_eq!(fault_of(b"\x8a\x09123456789"), PickleFault::Number);
    assert_eq!(fault_of(b"Ng99999999999\n"), PickleFault::Number);
    assert_eq!(fault_of(b"}.}"), PickleFault::TrailingBytes);
    assert!(matches!(fault_of(b"}(Nu"), PickleFault::Kind { .. }));
    assert!(matches!(fault_of(b"]]s"), PickleFault::EmptyStack { .. }));
    assert!(matches!(fault_of(b"}Na"), PickleFault::Kind { .. }));
}

#[test]
fn what_is_no_state_dict_is_refused() {
    assert_eq!(fault_of(b"N"), PickleFault::NoStateDict);
    assert_eq!(fault_of(b"]"), PickleFault::NoStateDict);
    assert_eq!(fault_of(b"}K\x01K\x01s"), PickleFault::NoStateDict);
    let mut pickle = Pickle::new();
    pickle.op(b"}").text("a").op(b"]s");
    assert_eq!(
        fault(&pickle.stop()),
        PickleFault::NotATensor { name: "a".into() }
    );
    let mut twice = Pickle::new();
    let [a, _] = two();
    twice.state_dict(&[a.clone(), a]);
    assert_eq!(
        fault(&twice.stop()),
        PickleFault::Duplicate { name: "a".into() }
    );
}

#[test]
fn cycles_neither_hang_nor_pass() {
    // A dictionary under each of its own wrappers; a list and a tuple that hold themselves.
    for key in ["params", "params_ema", "state_dict", "model", "other"] {
        let mut pickle = Pickle::new();
        pickle.op(b"}q\0").text(key).op(b"h\0s");
        assert_eq!(
            fault(&pickle.stop()),
            PickleFault::NotATensor { name: key.into() }
        );
    }
    assert_eq!(fault_of(b"]q\0h\0a"), PickleFault::NoStateDict);
    assert_eq!(fault_of(b"]q\0h\0\x85q\x01a"), PickleFault::NoStateDict);
}

#[test]
fn no_pickle_takes_much_more_memory_than_its_own_bounds_allow() {
    let repeat = |head: &[u8], ops: &[u8]| {
        let mut pickle = Pickle::new();
        pickle.op(head);
        while pickle.len() + ops.len() < 1 << 20 {
            pickle.op(ops);
        }
        pickle.stop()
    };
    // Each line doubles what the one before it holds: a "billion laughs".
    let mut laughs = Pickle::new();
    laughs.op(b"]q\0");
    for level in 0..255 {
        laughs
            .op(b"](")
            .op(&[b'h', level, b'h', level])
            .op(b"e")
            .op(&[b'q', level + 1]);
    }
    let bombs: [(&str, Vec<u8>); 10] = [
        ("laughs", laughs.stop()),
        ("dictionaries", repeat(b"", b"}")),
        ("nested tuples", repeat(b")", b"\x85")),
        ("nested marks", repeat(b"", b"(")),
        ("empty tuples that are memoized", repeat(b"}", b")\x94")),
        ("memo entries", repeat(b"N", b"\x94")),
        ("items of a list", repeat(b"]", b"Na")),
        ("entries of a dictionary", repeat(b"}", b"NNs")),
        (
            "large batches",
            repeat(b"]", &[&b"("[..], &b"N".repeat(16_000), b"e"].concat()),
        ),
        ("one text many times", repeat(&long_text(), b"h\0h\0s")),
    ];
    for (what, pickle) in bombs {
        let file = zip(&[("net/data.pkl", &pickle)]);
        let (result, peak) = peak_of(|| Checkpoint::from_bytes(file, ""));
        assert!(
            matches!(result, Err(Error::Pickle { .. })),
            "{what}: {result:?}"
        );
        assert!(peak < 24 << 20, "{what}: {peak} bytes");
    }
}

/// A dictionary and a text of 100 KiB in the memo.
fn long_text() -> Vec<u8> {
    let mut pickle = Pickle::new();
    pickle.text(&"a".repeat(100 << 10)).op(b"q\0}");
    let mut bytes = pickle.stop();
    bytes.pop();
    bytes
}

#[test]
fn a_pickle_that_is_too_large_is_refused_unread() {
    let found = fault(&vec![b'N'; (1 << 20) + 1]);
    assert_eq!(
        found,
        PickleFault::TooMany {
            what: "bytes",
            limit: 1 << 20
        }
    );
}

#[test]
fn a_pickle_cut_short_anywhere_is_refused() {
    let mut pickle = Pickle::new();
    pickle.state_dict(&two());
    let pickle = pickle.stop();
    for len in 0..pickle.len() {
        let result = Checkpoint::from_bytes(torch_of(&pickle[..len], &two()), "");
        assert!(
            matches!(result, Err(Error::Pickle { .. })),
            "{len}: {result:?}"
        );
    }
}
