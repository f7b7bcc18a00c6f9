import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from published import network  # noqa: E402

# Networks this small are done before several threads have found each other.
torch.set_num_threads(1)


@pytest.fixture
def checkpoint(tmp_path):
    """A small network with every kind of block, as a file."""
    torch.manual_seed(1)
    architecture = network.Architecture(
        dims=(16, 32, 48, 64), depths=(1, 1, 2, 1), nf=32, hidden=32, queries=10, layers=4, ffn=48
    )
    model = network.DDColor(architecture)
    for name, buffer in model.named_buffers():
        # Norms that do nothing would hide a norm that is left out.
        if name.endswith("running_mean"):
            buffer.normal_()
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 2)
    path = tmp_path / "small.pth"
    torch.save({"params": model.state_dict()}, path)
    return path
