"""Times the network in eager PyTorch: what other runtimes are compared with.

    python benchmark.py starter.pth --side 512
"""

import argparse
import statistics
import time
from pathlib import Path

import torch

from network import load


def seconds_a_run(model, side: int, precision: torch.dtype, runs: int) -> list[float]:
    gray = torch.rand(1, 1, side, side).expand(1, 3, side, side)
    seconds = []
    half = precision != torch.float32
    for _ in range(runs + 2):
        start = time.perf_counter()
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=half):
            model(gray)
        seconds.append(time.perf_counter() - start)
    # The first runs choose kernels and touch memory for the first time.
    return seconds[2:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(f"torch {torch.__version__}, {arguments.threads} threads, side {arguments.side}, seconds")
    for tail in ("fused", "plain"):
        model = load(arguments.checkpoint, fused_tail=tail == "fused")
        for precision in (torch.float32, torch.bfloat16):
            seconds = seconds_a_run(model, arguments.side, precision, arguments.runs)
            name = str(precision).removeprefix("torch.")
            print(f"{tail} tail, {name}: median {statistics.median(seconds):.3f}, "
                  f"fastest {min(seconds):.3f}")


if __name__ == "__main__":
    main()
