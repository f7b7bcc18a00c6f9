import pytest
import torch

from published import Published, network


@pytest.mark.parametrize("constant", [False, True])
@torch.no_grad()
def test_the_published_order_of_operations_gives_the_same_colors(checkpoint, constant):
    model = network.load(checkpoint)
    gray = torch.rand(2, 1, 64, 96).expand(-1, 3, -1, -1)
    expected, found = model(gray), Published(model, constant)(gray)
    assert found.shape == (2, 2, 64, 96)
    assert (found - expected).abs().max() < 1e-5 * expected.abs().max()
