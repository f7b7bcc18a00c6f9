"""The network as its authors published it, for comparing speed: NCHW, one operation after the other.

The modules and their weights are `models/training/network.py`'s. That one keeps activations
channels-last and does the tail in another order, which is faster; here every step is taken as the
published code takes it, and the result is the same (`tests/test_published.py`).
"""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "training"))
import network  # noqa: E402  (found by the line above)


class Published(nn.Module):
    """Gray picture `[N, 3, H, W]` to ab `[N, 2, H, W]`.

    `constant`: spectral norms are worked out once and not at every call. The published code does so
    at every call; a graph that is exported has no need to.
    """

    def __init__(self, model: network.DDColor, constant: bool = False):
        super().__init__()
        self.model = model.eval()
        # The products with the vectors are taken in fp32, whatever the network is cast to later.
        self.folded = {}
        if constant:
            self.folded = {m: m.weight().detach() for m in model.modules()
                           if isinstance(m, network.SpectralConv)}

    def forward(self, gray: Tensor) -> Tensor:
        image = self.model.normalized(gray)
        features = self.encode(image)
        x, maps = features[3], []
        for layer, skip in zip(self.model.decoder.layers, reversed(features[:3])):
            x = self.unet_block(layer, x, skip)
            maps.append(x)
        full = self.shuffle(self.model.decoder.last_shuf, x)
        embeddings = self.color_decoder(maps)
        coarse = torch.einsum("bqc,bchw->bqhw", embeddings, full)
        return self.spectral(self.model.refine_net[0][0], torch.cat([coarse, image], dim=1))

    def encode(self, x: Tensor) -> list[Tensor]:
        arch, features = self.model.encoder.arch, []
        for stage, (downsample, blocks) in enumerate(zip(arch.downsample_layers, arch.stages)):
            for layer in downsample:
                x = planar_norm(layer, x) if isinstance(layer, nn.LayerNorm) else conv(layer, x)
            for block in blocks:
                y = block.norm(conv(block.dwconv, x).permute(0, 2, 3, 1))
                y = block.gamma * block.pwconv2(F.gelu(block.pwconv1(y)))
                x = x + y.permute(0, 3, 1, 2)
            features.append(planar_norm(getattr(arch, f"norm{stage}"), x))
        return features

    def unet_block(self, layer: network.UnetBlock, x: Tensor, skip: Tensor) -> Tensor:
        both = torch.cat([self.shuffle(layer.shuf, x), batch_norm(layer.bn, skip)], dim=1)
        return batch_norm(layer.conv[2], F.relu(self.spectral(layer.conv[0], F.relu(both))))

    def shuffle(self, layer: network.Shuffle, x: Tensor) -> Tensor:
        x = self.spectral(layer.conv[0], x)
        if len(layer.conv) > 1:
            x = batch_norm(layer.conv[1], x)
        return network.blur(F.pixel_shuffle(F.relu(x), layer.scale))

    def spectral(self, layer: network.SpectralConv, x: Tensor) -> Tensor:
        weight = self.folded[layer] if self.folded else layer.weight()
        return F.conv2d(x, weight.to(x.dtype), layer.bias, padding=weight.shape[-1] // 2)

    def color_decoder(self, maps: list[Tensor]) -> Tensor:
        """`[Q, N, C]` inside: sequence first, as the attention of that time had it."""
        decoder, scales = self.model.decoder.color_decoder, []
        for x, project, level in zip(maps, decoder.input_proj, decoder.level_embed.weight):
            x = conv(project, x)
            place = decoder.position(x.permute(0, 2, 3, 1)).to(x.dtype)[:, None]
            x = x.flatten(2).permute(2, 0, 1) + level
            scales.append((x + place, x))
        x = decoder.query_feat.weight[:, None].expand(-1, len(maps[0]), -1)
        place = decoder.query_embed.weight[:, None]
        layers = zip(
            decoder.transformer_cross_attention_layers,
            decoder.transformer_self_attention_layers,
            decoder.transformer_ffn_layers,
        )
        for index, (cross, own, feed_forward) in enumerate(layers):
            x = cross.norm(x + attend(cross.multihead_attn, x + place, *scales[index % len(maps)]))
            x = own.norm(x + attend(own.self_attn, x + place, x + place, x))
            x = feed_forward(x)
        return decoder.color_embed(decoder.decoder_norm(x).transpose(0, 1))


def conv(layer: network.Conv, x: Tensor) -> Tensor:
    return F.conv2d(x, layer.weight, layer.bias, **layer.options)


def batch_norm(layer: nn.BatchNorm2d, x: Tensor) -> Tensor:
    statistics = (layer.running_mean, layer.running_var, layer.weight, layer.bias)
    return F.batch_norm(x, *statistics, training=False, eps=layer.eps)


def planar_norm(layer: nn.LayerNorm, x: Tensor) -> Tensor:
    """Layer norm over the channels of NCHW, spelled out as ConvNeXt's authors did."""
    mean = x.mean(1, keepdim=True)
    variance = (x - mean).pow(2).mean(1, keepdim=True)
    x = (x - mean) / torch.sqrt(variance + layer.eps)
    return layer.weight[:, None, None] * x + layer.bias[:, None, None]


def attend(layer: network.Attention, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """PyTorch's multi-head attention, whose weights are worked out too, as the published code asks."""
    return F.multi_head_attention_forward(
        query, key, value, query.shape[2], network.HEADS,
        layer.in_proj_weight, layer.in_proj_bias, None, None, False, 0.0,
        layer.out_proj.weight, layer.out_proj.bias, training=False,
    )[0]
