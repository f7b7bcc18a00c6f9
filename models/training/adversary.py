"""A small adversary: a second network that learns to tell painted colors from true ones.

It sees patches of gray and colors together, at half of the side, and says of each how true it
looks; the network that paints is asked to look true to it. Losses that compare with one truth
punish every lively guess that is wrong; this one does not know what the truth was. Hinge losses
and spectral norms are those of Miyato et al., "Spectral Normalization for Generative Adversarial
Networks" (2018), patches those of Isola et al., "Image-to-Image Translation with Conditional
Adversarial Networks" (2017).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

CHANNELS = (32, 64, 128)
RATE = 4e-4
# It learns alone for so many steps: what it says before is chance.
ALONE_STEPS = 100


class Critic(nn.Module):
    """Gray and ab `[N, 3, S, S]` to a verdict on each patch of 44 pixels, every 16: above 0 is true."""

    def __init__(self):
        super().__init__()
        layers, before = [], 3
        for channels in CHANNELS:
            layers += [spectral_norm(nn.Conv2d(before, channels, 4, stride=2, padding=1)),
                       nn.LeakyReLU(0.2)]
            before = channels
        self.layers = nn.Sequential(*layers, spectral_norm(nn.Conv2d(before, 1, 1)))

    def forward(self, gray: Tensor, ab: Tensor) -> Tensor:
        # All three in about -1..1.
        return self.layers(F.avg_pool2d(torch.cat([2 * gray - 1, ab / 50], dim=1), 2))


class Adversary(nn.Module):
    """The critic and what it learns with. Its state is all that going on needs."""

    def __init__(self):
        super().__init__()
        self.critic = Critic()
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))
        # A low momentum: what it learns against moves.
        self.optimizer = torch.optim.Adam(self.critic.parameters(), RATE, betas=(0.5, 0.9))

    def get_extra_state(self) -> dict:
        return self.optimizer.state_dict()

    def set_extra_state(self, state: dict) -> None:
        self.optimizer.load_state_dict(state)

    def loss(self, gray: Tensor, ab: Tensor) -> Tensor:
        """How untrue the painted colors look; 0 while the critic knows nothing."""
        if self.steps < ALONE_STEPS:
            return ab.new_zeros(())
        self.critic.requires_grad_(False)
        verdict = self.critic(gray, ab)
        self.critic.requires_grad_(True)
        return -verdict.mean()

    def learn(self, gray: Tensor, painted: Tensor, true: Tensor) -> Tensor:
        """A step of the critic. The loss is 2 where it knows nothing, 0 where it is always right."""
        loss = (F.relu(1 - self.critic(gray, true)).mean()
                + F.relu(1 + self.critic(gray, painted.detach())).mean())
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.steps += 1
        return loss.detach()
