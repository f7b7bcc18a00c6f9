"""What training asks for: right colors, alive ones, and features that know what they see.

Regression alone paints the mean of all plausible colors, which is brown. So a head that training
alone has predicts, for each place, how likely each of some 200 colors is (Zhang, Isola and Efros,
"Colorful Image Colorization", ECCV 2016): rare colors count more, and the "annealed mean" of that
distribution is a lively and coherent color. The network itself learns to paint a blend of that and
of the truth; since the annealed mean is a function of the gray picture, learning it doesn't fade it.
"""

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from data import Photos, ab_of

SPACING = 10
# A color of a smaller share than this joins its nearest neighbor.
SMALLEST_SHARE = 2e-5
# Zhang et al. mix the colors' shares half and half with a uniform distribution and weigh by the
# inverse of that; on few photos a lower power is calmer.
UNIFORM_SHARE, WEIGHT_POWER = 0.5, 0.6
# Theirs too, and 0.38 there: 1 is the mean, 0 the likeliest color.
TEMPERATURE = 0.6
# Below the first agreement of hues the mean is taken as it is, above the second it is annealed.
DOUBTFUL, SURE = 0.15, 0.5
# What makes up for the mean's paleness, and the chroma below which a mean is no color but doubt.
GAIN, FAINT = 1.5, 8.0
# The chroma that is asked for, as a share of the truth's.
LIVELY_SHARE = 0.8


class ColorClasses:
    """A grid of ab colors, those that occur, and how much each counts."""

    def __init__(self, photos: Photos, sample: int = 1500):
        edge = 12
        side = 2 * edge + 1
        rng = np.random.default_rng(0)
        share = np.zeros((side, side))
        for index in rng.choice(len(photos), min(sample, len(photos)), replace=False):
            ab = ab_of(np.ascontiguousarray(photos[index][::4, ::4]))
            place = np.rint(ab / SPACING).astype(int).reshape(-1, 2) + edge
            np.add.at(share, tuple(place.clip(0, side - 1).T), 1)
        share /= share.sum()
        chosen = np.argwhere(share > SMALLEST_SHARE)
        self.centers = torch.from_numpy((chosen - edge) * SPACING).float()  # [Q, 2]

        smooth = cv2.GaussianBlur(share, (0, 0), 5 / SPACING)[tuple(chosen.T)]
        smooth /= smooth.sum()
        mixed = (1 - UNIFORM_SHARE) * smooth + UNIFORM_SHARE / len(chosen)
        weight = mixed**-WEIGHT_POWER
        self.weights = torch.from_numpy(weight / (smooth * weight).sum()).float()

        grid = torch.arange(-128, 128).float()
        every = torch.cartesian_prod(grid, grid)
        self.table = torch.cdist(every, self.centers).argmin(dim=1).view(256, 256)

    def to(self, device) -> None:
        self.centers, self.weights = self.centers.to(device), self.weights.to(device)
        self.table = self.table.to(device)

    def __len__(self) -> int:
        return len(self.centers)

    def of(self, ab: Tensor) -> Tensor:
        """The class of each color. `[N, 2, H, W]` to `[N, H, W]`."""
        a, b = (ab.round().long() + 128).clamp(0, 255).unbind(dim=1)
        return self.table[a, b]


class Heads(nn.Module):
    """What only training has: the color classes on the finest map, and the kind of photo on the
    coarsest feature, which teaches the encoder what is in the picture."""

    def __init__(self, fine: int, coarse: int, colors: int, kinds: int):
        super().__init__()
        self.colors = nn.Sequential(nn.Linear(fine, 128), nn.ReLU(), nn.Linear(128, colors))
        self.kind = nn.Linear(coarse, kinds)


def annealed_mean(logits: Tensor, centers: Tensor, temperature: float) -> Tensor:
    """The mean color of a distribution made sharper. `[N, H, W, Q]` to `[N, 2, H, W]`.

    Only where the likely hues agree. Where blue is as likely as red, as for a bare wall, sharpening
    turns chance into blotches; there it is the plain mean, which is calm. Agreement is the length of
    the mean color over the mean length, as for directions (Mardia and Jupp, "Directional
    Statistics", 2000).
    """
    # Neighbors agree first: what is left of blotches would be learned.
    smooth = F.avg_pool2d(logits.permute(0, 3, 1, 2), 5, stride=1, padding=2,
                          count_include_pad=False)
    share = smooth.softmax(dim=1)
    mean = torch.einsum("nqhw,qk->nkhw", share, centers)
    length = torch.einsum("nqhw,q->nhw", share, centers.norm(dim=1))[:, None]
    agreement = mean.norm(dim=1, keepdim=True) / (length + 1e-3)
    sharp = (smooth / temperature).softmax(dim=1)
    sharp = torch.einsum("nqhw,qk->nkhw", sharp, centers)
    return mean.lerp(sharp, ((agreement - DOUBTFUL) / (SURE - DOUBTFUL)).clamp(0, 1))


def enlivened(ab: Tensor) -> Tensor:
    """Colors made livelier, but faint ones fainter. Where blue is hardly likelier than gray, a factor on
    all colors would paint every bare wall as sky."""
    chroma = ab.norm(dim=1, keepdim=True)
    return ab * GAIN * (1 - torch.exp(-((chroma / FAINT) ** 2)))


def distance(ab: Tensor, target: Tensor) -> Tensor:
    """Huber's loss in units of 10 levels of ab, summed over a and b. `[N, H, W]`."""
    return F.smooth_l1_loss(ab / 10, target / 10, reduction="none", beta=0.5).sum(dim=1)


def liveliness(ab: Tensor, target: Tensor, share: float) -> Tensor:
    """How far the chroma of the batch falls short of that share of the truth's. Of the batch, since of
    a single photo nobody can know it; its root mean square, which colored things reach more easily
    than gray walls."""
    chroma = lambda x: (x.square().sum(dim=1).mean() + 1e-4).sqrt()
    return F.relu(share - chroma(ab) / chroma(target)).square()


def all_losses(model, heads: Heads, colors: ColorClasses, batch, blend: float, weights: dict):
    """Each loss by name with their weighted sum as `total`, and the colors found."""
    gray, target, kind = batch
    image = gray.expand(-1, 3, -1, -1)
    features, maps, embeddings = model.features(image)
    ab = model.color(image, maps, embeddings)
    logits = heads.colors(maps[-1]).float()
    pooled = model.encoder.arch.norm(features[3].mean(dim=(1, 2)))
    kinds = heads.kind(pooled).float()

    with torch.autocast(gray.device.type, enabled=False):
        small = F.avg_pool2d(target, 4)
        loss = {}
        loss["classes"] = F.cross_entropy(
            logits.flatten(0, 2), colors.of(small).flatten(), colors.weights
        )
        loss["kind"] = F.cross_entropy(kinds, kind, label_smoothing=0.1)
        weight = colors.weights[colors.of(target)]
        loss["truth"] = (distance(ab, target) * weight).mean()
        loss["lively"] = liveliness(ab, target, LIVELY_SHARE)
        regression = (1 - blend) * loss["truth"]
        if blend > 0:
            with torch.no_grad():
                teacher = enlivened(annealed_mean(logits, colors.centers, TEMPERATURE))
                teacher = F.interpolate(teacher, scale_factor=4, mode="bilinear")
            loss["annealed"] = distance(ab, teacher).mean()
            regression = regression + blend * loss["annealed"]
        loss["total"] = (
            regression
            + weights["classes"] * loss["classes"]
            + weights["kind"] * loss["kind"]
            + weights["lively"] * loss["lively"]
        )
    return loss, ab
