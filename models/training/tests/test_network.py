import pytest
import torch
from safetensors.torch import load_file

from network import Architecture, DDColor, load, positions

SMALL = Architecture(dims=(8, 12, 16, 24), depths=(1, 1, 2, 1), nf=16, hidden=16, queries=5, layers=4,
                     ffn=24)


def gray(side: int = 64, batch: int = 2) -> torch.Tensor:
    torch.manual_seed(5)
    return torch.rand(batch, 1, side, side).expand(-1, 3, -1, -1)


def trained_looking(model: DDColor) -> DDColor:
    """With statistics in its norms that are not those of an untrained network."""
    for name, buffer in model.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_()
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 2)
    return model.eval()


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("photo", range(4))
def test_equals_the_published_code(reference, photo, fused):
    golden = load_file(reference / f"0{photo}-micro-256.safetensors")
    model = load(reference / "micro.pth", fused_tail=fused)
    with torch.inference_mode():
        features = model.features(golden["gray"])[0]
        ab = model(golden["gray"])
    for stage, feature in enumerate(features):
        expected = golden[f"encoder.norm{stage}"]
        assert (feature.permute(0, 3, 1, 2) - expected).abs().max() < 1e-3
    assert (ab - golden["ab"]).abs().max() < 1e-3


def test_the_fused_tail_equals_the_plain_one():
    model = trained_looking(DDColor(SMALL))
    with torch.inference_mode():
        fused = model(gray())
        model.fused_tail = False
        difference = fused - model(gray())
    assert difference.abs().max() < 1e-5 * fused.abs().max()
    assert fused.shape == (2, 2, 64, 64)


def test_the_attention_of_training_equals_that_of_use():
    attention = DDColor(SMALL).decoder.color_decoder.transformer_cross_attention_layers[0]
    attention = attention.multihead_attn
    query, key = torch.randn(2, 5, 16), torch.randn(2, 9, 16)
    trained = attention.train()(query, key, key)
    assert torch.allclose(trained, attention.eval()(query, key, key), atol=1e-5)


def test_sizes_are_read_off_the_tensors():
    assert Architecture.of(DDColor(SMALL).state_dict()) == SMALL


def test_every_parameter_is_taught():
    model = DDColor(SMALL).train()
    model(gray()).square().sum().backward()
    without = {n for n, p in model.named_parameters() if p.grad is None}
    assert without == {"encoder.arch.norm.weight", "encoder.arch.norm.bias"}


def test_a_spectral_norm_finds_the_largest_singular_value():
    layer = DDColor(SMALL).decoder.last_shuf.conv[0].train()
    for _ in range(200):
        weight = layer.weight()
    assert torch.linalg.matrix_norm(weight.flatten(1), 2).item() == pytest.approx(1, abs=1e-3)


def test_positions_end_at_one_turn():
    last = positions(3, 5, 8)[-1]
    assert last[0].abs() < 1e-4 and last[1] == pytest.approx(1)


@pytest.mark.parametrize("change", ["missing", "unknown"])
def test_a_checkpoint_is_never_loaded_loosely(tmp_path, change):
    params = DDColor(SMALL).state_dict()
    if change == "missing":
        del params["encoder.arch.stages.2.1.gamma"]
    else:
        params["decoder.another.weight"] = torch.zeros(1)
    torch.save({"params": params}, tmp_path / "x.pth")
    with pytest.raises(RuntimeError, match="gamma" if change == "missing" else "another"):
        load(tmp_path / "x.pth")
