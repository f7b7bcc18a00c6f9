import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SERVE = Path(__file__).resolve().parents[1] / "serve.py"
SIDE = 64


def serve(checkpoint, runtime, precision, lines):
    """A contender's answers to `lines`."""
    folder = checkpoint.parent
    gray = np.random.default_rng(1).random((SIDE, SIDE), np.float32)
    gray.tofile(folder / "gray")
    command = [
        sys.executable, SERVE, "--runtime", runtime, "--precision", precision, "--threads", "1",
        "--checkpoint", checkpoint, "--input", folder / "gray", "--side", str(SIDE),
        "--cache", folder / "cache",
    ]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def colors(checkpoint, runtime, precision="fp32"):
    path = checkpoint.parent / f"{runtime}-{precision}"
    answers = serve(checkpoint, runtime, precision, f"run\nrun\noutput {path}\nquit\n")
    assert answers[0]["ready"] and answers[0]["load_seconds"] > 0 and answers[0]["version"]
    assert answers[1]["seconds"] > 0 and answers[2]["seconds"] > 0 and answers[3:] == [{}]
    return np.fromfile(path, np.float32).reshape(2, SIDE, SIDE)


def test_every_runtime_gives_the_same_colors(checkpoint):
    expected = colors(checkpoint, "torch")
    scale = np.abs(expected).max()
    for runtime in ("onnx", "openvino"):
        pytest.importorskip({"onnx": "onnxruntime"}.get(runtime, runtime))
        assert np.abs(colors(checkpoint, runtime) - expected).max() < 1e-4 * scale
    rough = colors(checkpoint, "torch", "bf16")
    assert 0 < np.abs(rough - expected).max() < 0.2 * scale


def test_what_a_runtime_cannot_do_it_says(checkpoint):
    pytest.importorskip("onnxruntime")
    [refusal] = serve(checkpoint, "onnx", "bf16", "run\n")
    assert not refusal["ready"] and "bfloat16" in refusal["why"]
