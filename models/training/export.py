"""From a training's averaged weights to the files that the program reads.

    python export.py STATE/average.pth --out OUT

writes `OUT/starter.pth`, in the layout of the published checkpoints, and `OUT/starter.safetensors`,
folded, float16, byte for byte as the program's own converter lays it out:

    cargo run --release -p tintype-checkpoint --example convert -- starter.pth OUT f16
"""

import argparse
import hashlib
import json
import struct
from pathlib import Path

import torch
from torch import Tensor

from folding import fold
from network import DDColor, load, read_params

# As `crates/checkpoint/src/save.rs` has them.
METADATA = {"format": "tintype-folded", "made_by": "tintype-checkpoint 0.1.0", "version": "1"}
ALIGNMENT = 64


def write_pth(model: DDColor, path: Path) -> None:
    params = {name: tensor.float().contiguous() if tensor.is_floating_point() else tensor
              for name, tensor in model.state_dict().items()}
    for name, tensor in params.items():
        if not tensor.isfinite().all():
            raise SystemExit(f"{name} holds what is no number")
    torch.save({"params": params}, path)


@torch.no_grad()
def saturate(model: DDColor, factor: float) -> None:
    """Multiplies all colors. The last layer is linear in ab, so this is exact and costs nothing.

    The weight itself can't be scaled, since its spectral norm undoes that; the norm's vector can.
    Training on from such a file sets the vector right again, and the factor is lost.
    """
    refine = model.refine_net[0][0]
    refine.weight_u /= factor
    refine.bias *= factor


def write_folded(folded: dict[str, Tensor], source: Path, path: Path) -> None:
    """Safetensors with sorted names, numbers beginning at a multiple of 64 bytes."""
    halves = {name: folded[name].half().contiguous() for name in sorted(folded)}
    for name, tensor in halves.items():
        if not tensor.isfinite().all():
            raise SystemExit(f"{name} is too large for float16")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    header = {"__metadata__": dict(sorted({**METADATA, "source_sha256": digest}.items()))}
    start = 0
    for name, tensor in halves.items():
        end = start + 2 * tensor.numel()
        header[name] = {"data_offsets": [start, end], "dtype": "F16", "shape": list(tensor.shape)}
        start = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text = text.ljust(-(-(8 + len(text)) // ALIGNMENT) * ALIGNMENT - 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in halves.values():
            file.write(tensor.numpy().astype("<f2").tobytes())


def export(checkpoint: Path, out: Path, saturation: float = 1.0) -> None:
    out.mkdir(parents=True, exist_ok=True)
    model = load(checkpoint)
    saturate(model, saturation)
    pth, folded_path = out / "starter.pth", out / "starter.safetensors"
    write_pth(model, pth)
    folded = fold(read_params(pth))
    write_folded(folded, pth, folded_path)
    total, error = 0.0, 0.0
    for tensor in folded.values():
        total += tensor.double().square().sum().item()
        error += (tensor.half().double() - tensor.double()).square().sum().item()
    largest = max(tensor.abs().max().item() for tensor in folded.values())
    print(f"{pth}: SHA-256 {hashlib.sha256(pth.read_bytes()).hexdigest()}")
    print(f"{folded_path}: {folded_path.stat().st_size} bytes, {len(folded)} tensors, "
          f"{sum(t.numel() for t in folded.values())} parameters")
    print(f"largest weight {largest:.1f}, relative rounding error {(error / total) ** 0.5:.1e}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--saturation", type=float, default=1.0, help="a factor on all colors")
    arguments = parser.parse_args()
    export(arguments.checkpoint, arguments.out, arguments.saturation)
