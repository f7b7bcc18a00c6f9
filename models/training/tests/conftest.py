import sys
from pathlib import Path

import pytest
import torch

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
# The goldens of the published code lie beside the repository, where they are present at all.
REFERENCE = HERE.parents[2] / "../shared/reference"

# Networks this small are done before several threads have found each other.
torch.set_num_threads(1)


@pytest.fixture
def reference() -> Path:
    if not (REFERENCE / "micro.pth").exists():
        pytest.skip(f"no goldens in {REFERENCE}")
    return REFERENCE
