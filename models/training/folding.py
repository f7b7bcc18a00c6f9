"""Folding: what is constant once training is over becomes part of plain weights.

The same as the program's own converter does (`crates/checkpoint/src/fold.rs`, which explains the
algebra), in float64, rounded to float32 once.
"""

import torch
from torch import Tensor

from network import Architecture

BATCH_NORM_EPS = 1e-5


def fold(params: dict[str, Tensor]) -> dict[str, Tensor]:
    """A published checkpoint's tensors to the folded network's."""
    depths = Architecture.of(params).depths
    skipped = ("mean", "std", "encoder.arch.norm.weight", "encoder.arch.norm.bias")
    wide = {
        name: tensor.double()
        for name, tensor in params.items()
        if name not in skipped
        and not name.startswith("encoder.arch.head_cls.")
        and not name.endswith("num_batches_tracked")
    }
    layer_scales(wide, depths)
    spectral_norms(wide)
    for level in range(3):
        layer = f"decoder.layers.{level}"
        before_output(wide, f"encoder.arch.norm{2 - level}", *batch_norm(wide, f"{layer}.bn"))
        # The norm after the convolution goes into the 1x1 convolutions that read it.
        norm = batch_norm(wide, f"{layer}.conv.2")
        reader = "last_shuf.conv.0" if level == 2 else f"layers.{level + 1}.shuf.conv.0"
        after_input(wide, f"decoder.{reader}", *norm)
        after_input(wide, f"decoder.color_decoder.input_proj.{level}", *norm)
    # Only now the norms after `shuf.conv`: they apply to all that comes out of it.
    for level in range(3):
        conv = f"decoder.layers.{level}.shuf.conv"
        before_output(wide, f"{conv}.0", *batch_norm(wide, f"{conv}.1"))
    return {name: tensor.float() for name, tensor in wide.items()}


def layer_scales(params: dict[str, Tensor], depths) -> None:
    for stage, depth in enumerate(depths):
        for block in range(depth):
            at = f"encoder.arch.stages.{stage}.{block}"
            scale = params.pop(f"{at}.gamma")
            before_output(params, f"{at}.pwconv2", scale, torch.zeros_like(scale))


def spectral_norms(params: dict[str, Tensor]) -> None:
    suffix = ".weight_orig"
    for name in [name.removesuffix(suffix) for name in params if name.endswith(suffix)]:
        weight = params.pop(name + suffix)
        u, v = params.pop(name + ".weight_u"), params.pop(name + ".weight_v")
        params[name + ".weight"] = weight / (u @ weight.flatten(1) @ v)
        if ".shuf." in name:
            # The batch norm behind it leaves a bias behind.
            params[name + ".bias"] = torch.zeros(len(weight), dtype=weight.dtype)


def batch_norm(params: dict[str, Tensor], name: str) -> tuple[Tensor, Tensor]:
    """A batch norm as the map `scale * x + shift` that it is; it is taken out."""
    weight, bias, mean, var = (
        params.pop(f"{name}.{part}") for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale = weight / (var + BATCH_NORM_EPS).sqrt()
    return scale, bias - mean * scale


def before_output(params: dict[str, Tensor], layer: str, scale: Tensor, shift: Tensor) -> None:
    """Takes in a map that follows the layer."""
    weight = params[f"{layer}.weight"]
    params[f"{layer}.weight"] = weight * scale.view(-1, *[1] * (weight.ndim - 1))
    params[f"{layer}.bias"] = params[f"{layer}.bias"] * scale + shift


def after_input(params: dict[str, Tensor], layer: str, scale: Tensor, shift: Tensor) -> None:
    """Takes in a map that goes before the layer, which must be a 1x1 convolution."""
    weight = params[f"{layer}.weight"]
    params[f"{layer}.bias"] = params[f"{layer}.bias"] + weight.flatten(1) @ shift
    params[f"{layer}.weight"] = weight * scale[:, None, None]


def unfold(folded: dict[str, Tensor], template: dict[str, Tensor]) -> dict[str, Tensor]:
    """A checkpoint of the published layout that computes what the folded weights do: norms that
    change nothing, spectral norms of one. For checking a folded file with `network.py`."""
    params = {}
    for name, like in template.items():
        layer, _, part = name.rpartition(".")
        if name in folded:
            params[name] = folded[name].float()
        elif part == "weight_orig":
            params[name] = folded[f"{layer}.weight"].float()
        elif part == "running_var":
            params[name] = torch.full_like(like, 1 - BATCH_NORM_EPS)
        elif part in ("running_mean", "num_batches_tracked"):
            params[name] = torch.zeros_like(like)
        elif part == "bias":
            # Of a batch norm: that behind `shuf.conv` carries the folded bias.
            shuffle = layer.removesuffix("shuf.conv.1") + "shuf.conv.0.bias"
            is_shuffle = layer.endswith("shuf.conv.1")
            params[name] = folded[shuffle].float() if is_shuffle else torch.zeros_like(like)
        elif part in ("weight", "gamma"):
            params[name] = torch.ones_like(like)
    for name in [name for name in template if name.endswith("weight_u")]:
        layer = name.removesuffix(".weight_u")
        v = template[f"{layer}.weight_v"]
        image = params[f"{layer}.weight_orig"].flatten(1) @ v
        # With u = Wv / |Wv|^2 the estimate u^T W v is one.
        params[name], params[f"{layer}.weight_v"] = image / image.square().sum(), v
    return {name: params.get(name, like) for name, like in template.items()}
