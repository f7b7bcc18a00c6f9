"""DDColor (Kang et al., "DDColor: Towards Photo-Realistic Image Colorization via Dual Decoders",
ICCV 2023), written anew for training and as a reference.

Every tensor has the name that it has in the authors' checkpoints, so the program reads what is
trained here without a translation. Activations are channels-last throughout, `[N, H, W, C]`: a
1x1 convolution is then a matrix product and a layer norm needs no transpose.
"""

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
HEADS = 8
LEVELS = 3
# Sides of the picture must be multiples of this: the encoder halves them five times.
SIDE_STEP = 32


@dataclass(frozen=True)
class Architecture:
    """The sizes that tell one DDColor from another. The defaults are the starter's."""

    dims: tuple[int, ...] = (48, 96, 192, 384)
    depths: tuple[int, ...] = (2, 2, 6, 2)
    nf: int = 128
    hidden: int = 128
    queries: int = 48
    layers: int = 3
    ffn: int = 256

    @classmethod
    def of(cls, params: dict[str, Tensor]) -> "Architecture":
        """Reads the sizes off the shapes of a checkpoint's tensors."""
        stage = "encoder.arch.stages.{}.{}.dwconv.weight"
        dims = tuple(params[stage.format(i, 0)].shape[0] for i in range(4))
        depths = tuple(
            next(n for n in range(100) if stage.format(i, n) not in params) for i in range(4)
        )
        decoder = "decoder.color_decoder."
        layer = decoder + "transformer_ffn_layers.{}.linear1.weight"
        queries, hidden = params[decoder + "query_feat.weight"].shape
        return cls(
            dims=dims,
            depths=depths,
            nf=params["decoder.layers.0.conv.0.weight_orig"].shape[0],
            hidden=hidden,
            queries=queries,
            layers=next(n for n in range(100) if layer.format(n) not in params),
            ffn=params[layer.format(0)].shape[0],
        )

    def as_dict(self) -> dict:
        return asdict(self)


class SpectralConv(nn.Module):
    """A convolution whose weight is divided by an estimate of its largest singular value (Miyato
    et al., "Spectral Normalization for Generative Adversarial Networks", ICLR 2018)."""

    def __init__(self, inputs: int, outputs: int, size: int = 1, bias: bool = True):
        super().__init__()
        weight = torch.empty(outputs, inputs, size, size)
        nn.init.kaiming_normal_(weight)
        self.weight_orig = nn.Parameter(weight)
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.register_buffer("weight_u", F.normalize(torch.randn(outputs), dim=0))
        self.register_buffer("weight_v", F.normalize(torch.randn(inputs * size * size), dim=0))
        for _ in range(15):
            self.improve()

    @torch.no_grad()
    def improve(self) -> None:
        """A step of power iteration."""
        with torch.autocast(self.weight_u.device.type, enabled=False):
            matrix = self.weight_orig.flatten(1)
            self.weight_v.copy_(F.normalize(matrix.t() @ self.weight_u, dim=0))
            self.weight_u.copy_(F.normalize(matrix @ self.weight_v, dim=0))

    def weight(self) -> Tensor:
        if self.training:
            # One step a call, as the paper has it.
            self.improve()
        matrix = self.weight_orig.flatten(1)
        # Copies, because the next call changes the originals before this one's backward pass may
        # have run.
        u, v = self.weight_u.clone(), self.weight_v.clone()
        with torch.autocast(matrix.device.type, enabled=False):
            return self.weight_orig / torch.dot(u, torch.mv(matrix, v))

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight()
        if weight.shape[-1] == 1:
            return F.linear(x, weight.flatten(1), self.bias)
        return conv(x, weight, self.bias, padding=weight.shape[-1] // 2)


def conv(x: Tensor, weight: Tensor, bias: Tensor | None, **options) -> Tensor:
    """A convolution over channels-last data. `[N, H, W, C]` to `[N, H', W', C']`."""
    weight = weight.contiguous(memory_format=torch.channels_last)
    return F.conv2d(x.permute(0, 3, 1, 2), weight, bias, **options).permute(0, 2, 3, 1)


class Conv(nn.Module):
    """A plain convolution over channels-last data."""

    def __init__(self, inputs: int, outputs: int, size: int, **options):
        super().__init__()
        groups = options.get("groups", 1)
        self.weight = nn.Parameter(torch.empty(outputs, inputs // groups, size, size))
        self.bias = nn.Parameter(torch.zeros(outputs))
        nn.init.trunc_normal_(self.weight, std=0.02)
        self.options = options

    def forward(self, x: Tensor) -> Tensor:
        return conv(x, self.weight, self.bias, **self.options)


class BatchNorm(nn.BatchNorm2d):
    """Batch norm over channels-last data."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


class Block(nn.Module):
    """A block of ConvNeXt (Liu et al., "A ConvNet for the 2020s", CVPR 2022)."""

    def __init__(self, dim: int):
        super().__init__()
        self.dwconv = Conv(dim, dim, 7, padding=3, groups=dim)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1 = nn.Linear(dim, 4 * dim)
        self.pwconv2 = nn.Linear(4 * dim, dim)
        self.gamma = nn.Parameter(torch.full((dim,), 0.1))
        for linear in (self.pwconv1, self.pwconv2):
            nn.init.trunc_normal_(linear.weight, std=0.02)
            nn.init.zeros_(linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        y = self.pwconv2(F.gelu(self.pwconv1(self.norm(self.dwconv(x)))))
        return x + self.gamma * y


class ConvNeXt(nn.Module):
    """The encoder. `[N, H, W, 3]` to features at 1/4, 1/8, 1/16 and 1/32 of it."""

    def __init__(self, a: Architecture):
        super().__init__()
        norm = lambda dim: nn.LayerNorm(dim, eps=1e-6)
        self.downsample_layers = nn.ModuleList(
            [nn.Sequential(Conv(3, a.dims[0], 4, stride=4), norm(a.dims[0]))]
        )
        for before, dim in zip(a.dims, a.dims[1:]):
            self.downsample_layers.append(
                nn.Sequential(norm(before), Conv(before, dim, 2, stride=2))
            )
        self.stages = nn.ModuleList(
            nn.Sequential(*(Block(dim) for _ in range(depth)))
            for dim, depth in zip(a.dims, a.depths)
        )
        for stage, dim in enumerate(a.dims):
            self.add_module(f"norm{stage}", norm(dim))
        # Of ConvNeXt's classifier. The colors don't need it; training uses it (see losses.py).
        self.norm = norm(a.dims[-1])

    def forward(self, x: Tensor) -> list[Tensor]:
        features = []
        for stage, (downsample, blocks) in enumerate(zip(self.downsample_layers, self.stages)):
            x = blocks(downsample(x))
            features.append(getattr(self, f"norm{stage}")(x))
        return features


class Encoder(nn.Module):
    """Exists for the name `encoder.arch` only."""

    def __init__(self, a: Architecture):
        super().__init__()
        self.arch = ConvNeXt(a)

    def forward(self, x: Tensor) -> list[Tensor]:
        return self.arch(x)


def blur(x: Tensor) -> Tensor:
    """The mean of each pixel and its left, upper and upper-left neighbors, edges replicated: takes
    the checkerboard out of a pixel shuffle (Sugawara et al. 2019). `[N, C, H, W]` to the same."""
    return F.avg_pool2d(F.pad(x, (1, 0, 1, 0), mode="replicate"), 2, stride=1)


def sub_pixel_major(rows: Tensor, sub_pixels: int) -> Tensor:
    """Reorders the rows of a layer before a pixel shuffle from channel-major to sub-pixel-major, so
    that the shuffle moves whole runs of channels."""
    shape = rows.shape
    return rows.view(shape[0] // sub_pixels, sub_pixels, *shape[1:]).transpose(0, 1).reshape(shape)


class Shuffle(nn.Module):
    """1x1 convolution, pixel shuffle by `scale`, blur."""

    def __init__(self, inputs: int, outputs: int, scale: int, norm: bool):
        super().__init__()
        wide = outputs * scale**2
        layers = [SpectralConv(inputs, wide, bias=not norm)]
        if norm:
            layers.append(BatchNorm(wide))
        self.conv = nn.Sequential(*layers)
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv(x)).permute(0, 3, 1, 2)
        return blur(F.pixel_shuffle(x, self.scale)).permute(0, 2, 3, 1)


class UnetBlock(nn.Module):
    """Doubles the resolution and takes in a feature of the encoder."""

    def __init__(self, inputs: int, skip: int, outputs: int):
        super().__init__()
        self.shuf = Shuffle(inputs, outputs, 2, norm=True)
        self.bn = BatchNorm(skip)
        self.conv = nn.Sequential(
            SpectralConv(outputs + skip, outputs, 3, bias=False), nn.ReLU(), BatchNorm(outputs)
        )

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        return self.conv(F.relu(torch.cat([self.shuf(x), self.bn(skip).to(x.dtype)], dim=3)))


class Attention(nn.Module):
    """Multi-head attention with the parameters of PyTorch's `nn.MultiheadAttention`."""

    def __init__(self, width: int):
        super().__init__()
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.in_proj_weight)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        weights, biases = self.in_proj_weight.chunk(3), self.in_proj_bias.chunk(3)
        heads = [
            F.linear(x, weight, bias).unflatten(2, (HEADS, -1)).transpose(1, 2)
            for x, weight, bias in zip((query, key, value), weights, biases)
        ]
        if self.training:
            # Spelled out: on a CPU the gradient of PyTorch's fused attention is slow for so few
            # channels a head, and takes a sixth of a training step.
            query, key, value = heads
            scores = (query * query.shape[3] ** -0.5) @ key.transpose(2, 3)
            seen = scores.softmax(dim=3).to(value.dtype) @ value
        else:
            seen = F.scaled_dot_product_attention(*heads)
        return self.out_proj(seen.transpose(1, 2).flatten(2))


class AttentionLayer(nn.Module):
    """Attention, added to its input, and a norm. `name` is that of the attention in checkpoints."""

    def __init__(self, width: int, name: str):
        super().__init__()
        self.add_module(name, Attention(width))
        self.norm = nn.LayerNorm(width)
        self.name = name

    def forward(self, x: Tensor, *attended: Tensor) -> Tensor:
        return self.norm(x + getattr(self, self.name)(*attended))


class FeedForward(nn.Module):
    def __init__(self, width: int, ffn: int):
        super().__init__()
        self.linear1, self.linear2 = nn.Linear(width, ffn), nn.Linear(ffn, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(x + self.linear2(F.relu(self.linear1(x))))


class Perceptron(nn.Module):
    def __init__(self, *widths: int):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


def positions(height: int, width: int, channels: int) -> Tensor:
    """Sine position encoding of DETR (Carion et al., ECCV 2020), normalized to one turn: the first
    half of the channels encodes y, the second x. `[H * W, C]`."""

    def axis(length: int) -> Tensor:
        place = torch.arange(1, length + 1) / (length + 1e-6) * 2 * math.pi
        index = torch.arange(channels // 2)
        angle = place[:, None] / 10_000 ** (2 * (index // 2) / (channels // 2))
        return torch.where(index % 2 == 0, angle.sin(), angle.cos())

    y = axis(height)[:, None].expand(height, width, -1)
    x = axis(width)[None].expand(height, width, -1)
    return torch.cat([y, x], dim=2).flatten(0, 1)


class ColorDecoder(nn.Module):
    """Learned queries attend to the three maps in turn and become color embeddings."""

    def __init__(self, a: Architecture):
        super().__init__()
        self.query_feat = nn.Embedding(a.queries, a.hidden)
        self.query_embed = nn.Embedding(a.queries, a.hidden)
        self.level_embed = nn.Embedding(LEVELS, a.hidden)
        self.input_proj = nn.ModuleList(
            Conv(width, a.hidden, 1) for width in (a.nf, a.nf, a.nf // 2)
        )
        layers = range(a.layers)
        self.transformer_cross_attention_layers = nn.ModuleList(
            AttentionLayer(a.hidden, "multihead_attn") for _ in layers
        )
        self.transformer_self_attention_layers = nn.ModuleList(
            AttentionLayer(a.hidden, "self_attn") for _ in layers
        )
        self.transformer_ffn_layers = nn.ModuleList(FeedForward(a.hidden, a.ffn) for _ in layers)
        self.decoder_norm = nn.LayerNorm(a.hidden)
        self.color_embed = Perceptron(a.hidden, a.hidden, a.hidden, a.nf // 2)
        self.positions: dict[tuple, Tensor] = {}

    def position(self, x: Tensor) -> Tensor:
        key = (*x.shape[1:], x.device)
        if key not in self.positions:
            self.positions[key] = positions(*x.shape[1:]).to(x.device)
        return self.positions[key]

    def forward(self, maps: list[Tensor]) -> Tensor:
        """Three maps `[N, H, W, C]` to embeddings `[N, Q, nf / 2]`."""
        scales = []
        for x, project, level in zip(maps, self.input_proj, self.level_embed.weight):
            x = F.linear(x, project.weight.flatten(1), project.bias) + level
            scales.append((x.flatten(1, 2) + self.position(x), x.flatten(1, 2)))
        x = self.query_feat.weight.expand(len(maps[0]), -1, -1)
        place = self.query_embed.weight
        layers = zip(
            self.transformer_cross_attention_layers,
            self.transformer_self_attention_layers,
            self.transformer_ffn_layers,
        )
        for index, (cross, own, feed_forward) in enumerate(layers):
            x = cross(x, x + place, *scales[index % LEVELS])
            x = feed_forward(own(x, x + place, x + place, x))
        return self.color_embed(self.decoder_norm(x))


class Decoder(nn.Module):
    """Pixel decoder and color decoder."""

    def __init__(self, a: Architecture):
        super().__init__()
        fine = a.nf // 2
        self.layers = nn.ModuleList(
            [
                UnetBlock(a.dims[3], a.dims[2], a.nf),
                UnetBlock(a.nf, a.dims[1], a.nf),
                UnetBlock(a.nf, a.dims[0], fine),
            ]
        )
        self.last_shuf = Shuffle(fine, fine, 4, norm=False)
        self.color_decoder = ColorDecoder(a)

    def forward(self, features: list[Tensor]) -> tuple[list[Tensor], Tensor]:
        x, maps = features[3], []
        for layer, skip in zip(self.layers, reversed(features[:3])):
            x = layer(x, skip)
            maps.append(x)
        return maps, self.color_decoder(maps)


class DDColor(nn.Module):
    """Gray picture `[N, 3, H, W]`, sRGB in 0..1 with three channels alike, to the ab planes of its
    colors in CIE Lab, `[N, 2, H, W]`."""

    def __init__(self, architecture: Architecture = Architecture(), fused_tail: bool = True):
        super().__init__()
        self.architecture, self.fused_tail = architecture, fused_tail
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1))
        self.encoder = Encoder(architecture)
        self.decoder = Decoder(architecture)
        self.refine_net = nn.Sequential(
            nn.Sequential(SpectralConv(architecture.queries + 3, 2))
        )

    def forward(self, gray: Tensor) -> Tensor:
        return self.color(gray, *self.features(gray)[1:])

    def features(self, gray: Tensor) -> tuple[list[Tensor], list[Tensor], Tensor]:
        """The encoder's four features, the pixel decoder's three maps, the color embeddings."""
        image = self.normalized(gray).permute(0, 2, 3, 1).contiguous()
        features = self.encoder(image)
        return features, *self.decoder(features)

    def normalized(self, gray: Tensor) -> Tensor:
        return (gray - self.mean) / self.std

    def color(self, gray: Tensor, maps: list[Tensor], embeddings: Tensor) -> Tensor:
        """The tail: from the finest map and the embeddings to ab."""
        image, refine = self.normalized(gray), self.refine_net[0][0]
        weight = refine.weight().flatten(1)
        from_queries, from_image = weight.split([embeddings.shape[1], 3], dim=1)
        tail = self.fused if self.fused_tail else self.plain
        ab = tail(maps[-1], embeddings, from_queries).float()
        bias = refine.bias[:, None, None]
        return ab + torch.einsum("kc,nchw->nkhw", from_image, image) + bias

    def plain(self, x: Tensor, embeddings: Tensor, from_queries: Tensor) -> Tensor:
        """In the order of the published code: the full-size map of all channels, the queries' maps,
        the refinement."""
        full = self.decoder.last_shuf(x)
        maps = torch.einsum("nqc,nhwc->nqhw", embeddings, full.to(embeddings.dtype))
        return torch.einsum("kq,nqhw->nkhw", from_queries, maps)

    def fused(self, x: Tensor, embeddings: Tensor, from_queries: Tensor) -> Tensor:
        """The same, with the embeddings multiplied in before the shuffle: all after the ReLU is
        linear and shuffle and blur treat every channel alike, so only two channels need them."""
        layer, scale = self.decoder.last_shuf.conv[0], self.decoder.last_shuf.scale
        (n, h, w, channels), sub_pixels = x.shape, scale**2
        weight = sub_pixel_major(layer.weight().flatten(1), sub_pixels)
        wide = F.relu(F.linear(x, weight, sub_pixel_major(layer.bias, sub_pixels)))
        mix = torch.matmul(from_queries, embeddings).transpose(1, 2)  # [N, C, 2]
        ab = torch.bmm(wide.view(n, h * w * sub_pixels, channels), mix.to(wide.dtype))
        ab = ab.float().view(n, h, w, scale, scale, 2).permute(0, 5, 1, 3, 2, 4)
        return blur(ab.reshape(n, 2, scale * h, scale * w))


def load(path, **options) -> DDColor:
    """A network with a published checkpoint's weights. Refuses tensors missing or unknown."""
    params = read_params(path)
    model = DDColor(Architecture.of(params), **options)
    own = model.state_dict()
    # The classifier that an encoder was pre-trained with, and what older checkpoints leave out.
    params = {k: v for k, v in params.items() if not k.startswith("encoder.arch.head_cls.")}
    optional = {k for k in own if k.endswith("num_batches_tracked")} | {
        "mean", "std", "encoder.arch.norm.weight", "encoder.arch.norm.bias",
    }
    params = {**{k: own[k] for k in optional if k not in params}, **params}
    model.load_state_dict(params, strict=True)
    return model.eval()


def read_params(path) -> dict[str, Tensor]:
    """The tensors of a `.pth`, nested under `params` as the authors' are, or flat."""
    content = torch.load(path, map_location="cpu", weights_only=True)
    return content.get("params", content)
