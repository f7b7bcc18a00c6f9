import torch
from safetensors import safe_open
from safetensors.torch import load_file

from export import export
from folding import unfold
from network import DDColor, load
from test_network import SMALL, gray, trained_looking


def test_what_is_exported_colors_as_what_was_trained(tmp_path):
    model = trained_looking(DDColor(SMALL))
    torch.save({"params": model.state_dict()}, tmp_path / "average.pth")
    export(tmp_path / "average.pth", tmp_path)
    with torch.inference_mode():
        expected = model(gray())
        assert torch.equal(load(tmp_path / "starter.pth")(gray()), expected)
        folded = load_file(tmp_path / "starter.safetensors")
        model.load_state_dict(unfold(folded, model.state_dict()))
        # Float16 keeps 11 bits.
        assert (model(gray()) - expected).abs().max() < 0.01 * expected.abs().max()


def test_the_folded_file_is_laid_out_as_the_program_lays_it_out(tmp_path):
    torch.save({"params": DDColor(SMALL).state_dict()}, tmp_path / "average.pth")
    export(tmp_path / "average.pth", tmp_path)
    path = tmp_path / "starter.safetensors"
    with safe_open(path, "pt") as file:
        assert file.metadata()["format"] == "tintype-folded"
        assert not any("bn" in name or "_orig" in name for name in file.keys())
    header = int.from_bytes(path.read_bytes()[:8], "little")
    assert (8 + header) % 64 == 0


def test_saturation_multiplies_the_colors_and_nothing_else(tmp_path):
    model = trained_looking(DDColor(SMALL))
    torch.save({"params": model.state_dict()}, tmp_path / "average.pth")
    export(tmp_path / "average.pth", tmp_path, saturation=1.2)
    with torch.inference_mode():
        found, expected = load(tmp_path / "starter.pth")(gray()), 1.2 * model(gray())
    assert (found - expected).abs().max() < 1e-4 * expected.abs().max()
