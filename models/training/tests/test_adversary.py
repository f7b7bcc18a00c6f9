import copy

import pytest
import torch

import adversary
from adversary import Adversary

STEPS = 40


@pytest.fixture(autouse=True)
def speaks_early(monkeypatch):
    monkeypatch.setattr(adversary, "ALONE_STEPS", STEPS)


def colors(side: int = 32) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Gray, true colors that follow it, and pale ones of no hue."""
    torch.manual_seed(7)
    gray = torch.rand(4, 1, 4, 4).repeat_interleave(side // 4, 2).repeat_interleave(side // 4, 3)
    return gray, torch.cat([60 * gray - 30, 30 - 60 * gray], dim=1), torch.zeros(4, 2, side, side)


def taught(steps: int) -> Adversary:
    gray, true, pale = colors()
    found = Adversary()
    for _ in range(steps):
        found.learn(gray, pale, true)
    return found


def test_it_learns_what_is_true_and_asks_for_it():
    gray, true, pale = colors()
    found = taught(STEPS)
    assert found.loss(gray, true) < found.loss(gray, pale) - 1
    pale.requires_grad_()
    found.loss(gray, pale).backward()
    # Going against the gradient goes towards the truth.
    assert (pale.grad * true).sum() < 0


def test_who_paints_does_not_teach_it():
    gray, _, pale = colors()
    found = taught(STEPS)
    found.optimizer.zero_grad()
    found.loss(gray, pale.requires_grad_()).backward()
    assert all(p.grad is None and p.requires_grad for p in found.critic.parameters())


def test_it_says_nothing_before_it_knows_anything():
    gray, _, pale = colors()
    assert taught(3).loss(gray, pale) == 0


def test_its_state_is_whole():
    gray, true, pale = colors()
    first, second = taught(5), Adversary()
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    losses = [[found.learn(gray, pale, true) for _ in range(3)] for found in (first, second)]
    assert losses[0] == losses[1]
    assert first.steps == second.steps == 8
