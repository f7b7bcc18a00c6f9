"""The published network as an ONNX graph for pictures of one size.

    python export_onnx.py FILE.pth SIDE FILE.onnx

One size, because every runtime is fastest when it knows the shapes beforehand.
"""

import sys
import warnings
from pathlib import Path

import torch

from published import Published, network


@torch.no_grad()
def export(checkpoint: Path, side: int, path: Path) -> None:
    model = Published(network.load(checkpoint), constant=True)
    gray = torch.rand(1, 3, side, side)
    part = path.with_suffix(".part")
    with warnings.catch_warnings():
        # The newer exporter wants another package; the graph of this network is the same.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(model, (gray,), str(part), input_names=["gray"], output_names=["ab"],
                          opset_version=17, dynamo=False)
    part.replace(path)


if __name__ == "__main__":
    export(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
