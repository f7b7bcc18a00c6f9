"""One contender of `cargo xtask bench engine`: a runtime that colors one picture, again and again.

    python serve.py --runtime torch|onnx|openvino --precision fp32|bf16 --threads N
                    --checkpoint FILE.pth --input GRAY --side SIDE --cache FOLDER

`GRAY` is a square picture's raw float32 in 0..1. A contender says on its standard output, in lines
of JSON, that it is ready, and then obeys the lines of its standard input:

    run            colors the picture; answers {"seconds": ...}
    output FILE    writes the colors it last made, raw float32 `[2, SIDE, SIDE]`; answers {}
    quit           ends

`crates/ddcolor/examples/contender.rs` speaks the same lines. What is timed begins with the picture
in memory and ends with its colors in memory.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np


class Unable(Exception):
    """This runtime cannot do what was asked of it."""


def torch_network(options):
    """The published code."""
    import torch

    from published import Published, network

    torch.set_num_threads(options.threads)
    kind = {"fp32": torch.float32, "bf16": torch.bfloat16}[options.precision]

    def load():
        model = Published(network.load(options.checkpoint)).to(kind)

        @torch.inference_mode()
        def run(gray):
            return model(torch.from_numpy(gray).to(kind)).float().numpy()

        return run

    return torch.__version__, load


def onnx_network(options):
    import onnxruntime as ort

    if options.precision != "fp32":
        raise Unable("ONNX Runtime has no bfloat16 on this kind of processor")
    graph, settings = exported(options), ort.SessionOptions()
    settings.intra_op_num_threads = options.threads

    def load():
        session = ort.InferenceSession(graph, settings, providers=["CPUExecutionProvider"])
        return lambda gray: session.run(["ab"], {"gray": gray})[0]

    return ort.__version__, load


def openvino_network(options):
    import openvino as ov

    graph = exported(options)
    settings = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": options.threads,
        "INFERENCE_PRECISION_HINT": {"fp32": "f32", "bf16": "bf16"}[options.precision],
    }

    def load():
        core = ov.Core()
        request = core.compile_model(core.read_model(graph), "CPU", settings).create_infer_request()
        return lambda gray: request.infer({"gray": gray})["ab"]

    return ov.__version__.split("-")[0], load


RUNTIMES = {"torch": torch_network, "onnx": onnx_network, "openvino": openvino_network}


def exported(options) -> Path:
    """The checkpoint's graph, made once, by another process: what that one needs in memory is not
    this contender's."""
    graph = options.cache / f"{options.checkpoint.stem}-{options.side}.onnx"
    if not graph.exists():
        options.cache.mkdir(parents=True, exist_ok=True)
        exporter = Path(__file__).with_name("export_onnx.py")
        command = [sys.executable, exporter, options.checkpoint, str(options.side), graph]
        # Its standard output would be taken for this one's answers.
        subprocess.run(command, check=True, stdout=sys.stderr)
    return graph


def read_gray(path: Path, side: int) -> np.ndarray:
    """`[1, 3, SIDE, SIDE]`, the three channels alike."""
    gray = np.fromfile(path, np.float32).reshape(1, 1, side, side)
    return np.ascontiguousarray(gray.repeat(3, axis=1))


def answer(**content) -> None:
    print(json.dumps(content), flush=True)


def serve(options) -> None:
    gray, colors = read_gray(options.input, options.side), None
    try:
        version, load = RUNTIMES[options.runtime](options)
    except Unable as why:
        return answer(ready=False, why=str(why))
    started = time.perf_counter()
    run = load()
    answer(ready=True, load_seconds=time.perf_counter() - started, version=version)
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        match command:
            case "run":
                started = time.perf_counter()
                colors = run(gray)
                answer(seconds=time.perf_counter() - started)
            case "output":
                np.ascontiguousarray(colors, np.float32).tofile(argument)
                answer()
            case "quit":
                return
            case _:
                raise SystemExit(f"unknown command: {line!r}")


def arguments(words=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--runtime", choices=RUNTIMES, required=True)
    parser.add_argument("--precision", choices=["fp32", "bf16"], required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--input", type=Path, required=True)
    parser.add_argument("--side", type=int, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    return parser.parse_args(words)


if __name__ == "__main__":
    serve(arguments())
