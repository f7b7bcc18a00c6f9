"""A checkpoint of random numbers in the published layout: as large and as slow as the real one.

    python checkpoint.py tiny|large FILE.pth

How long a network takes does not depend on what it was taught.
"""

import sys
from pathlib import Path

import torch

from published import network

# What the two published kinds have in common.
DECODER = {"nf": 512, "hidden": 256, "queries": 100, "layers": 9, "ffn": 2048}
ARCHITECTURES = {
    "tiny": network.Architecture((96, 192, 384, 768), (3, 3, 9, 3), **DECODER),
    "large": network.Architecture((192, 384, 768, 1536), (3, 3, 27, 3), **DECODER),
}


def write(name: str, path: Path) -> None:
    torch.manual_seed(7)
    model = network.DDColor(ARCHITECTURES[name])
    # A file that is there is whole.
    part = path.with_suffix(".part")
    torch.save({"params": model.state_dict()}, part)
    part.replace(path)


if __name__ == "__main__":
    write(sys.argv[1], Path(sys.argv[2]))
