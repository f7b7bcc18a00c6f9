"""Trains the starter, for so many minutes, and goes on where it was stopped.

    python train.py --data DATA --state STATE --minutes 90 [--init starter.pth]

`STATE/state.pth` holds all that going on needs, `STATE/average.pth` the averaged weights in the
layout of the published checkpoints, and `STATE/log.jsonl` a line each so many steps.
"""

import argparse
import copy
import json
import math
import os
import signal
import time
from pathlib import Path

import torch
from torch.utils.data import DataLoader

from adversary import Adversary
from data import Batches, Photos
from losses import ColorClasses, Heads, all_losses
from network import Architecture, DDColor, load

LOSS_WEIGHTS = {"classes": 0.5, "kind": 0.2, "lively": 2.0}
# From which share of the time on the photos of a step have which sides, with what chances, and how
# many photos a step takes. Small ones teach most a minute; the program runs on larger ones.
PHASES = [
    (0.00, {96: 0.35, 128: 0.65}),
    (0.50, {128: 0.5, 192: 0.5}),
    (0.80, {192: 0.4, 256: 0.6}),
]
PHOTOS_A_STEP = {96: 40, 128: 28, 192: 14, 256: 8}
# The share of the annealed mean in what is regressed to: from nothing to this, while the color
# classes are learned.
BLEND, BLEND_FROM, BLEND_TO = 0.7, 0.1, 0.4
WARM_UP_STEPS = 150
SAVE_SECONDS, LOG_STEPS = 180, 20


def sides_at(progress: float) -> dict[int, float]:
    return [sides for start, sides in PHASES if progress >= start][-1]


def learning_rate(progress: float, step: int, peak: float) -> float:
    """A short rise, then half a cosine down to a fiftieth."""
    cosine = 0.02 + 0.98 * (1 + math.cos(math.pi * min(progress, 1))) / 2
    return peak * cosine * min(1, (step + 1) / WARM_UP_STEPS)


def blend_at(progress: float) -> float:
    return BLEND * min(max((progress - BLEND_FROM) / (BLEND_TO - BLEND_FROM), 0), 1)


def save(content, path: Path) -> None:
    """The file appears whole or stays as it was."""
    partial = path.with_suffix(".partial")
    torch.save(content, partial)
    os.replace(partial, path)


def leave_signals_to_the_trainer(_worker: int) -> None:
    """A shell's Ctrl-C reaches all processes; the batches must go on until the state is saved."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


class Average:
    """An exponential moving average of the weights: calmer than any single step's."""

    def __init__(self, model: DDColor):
        self.model = copy.deepcopy(model).eval().requires_grad_(False)

    def update(self, model: DDColor, step: int) -> None:
        keep = min(0.99, (1 + step) / (10 + step))
        own, others = self.model.state_dict(), model.state_dict()
        # The vectors of the spectral norms must fit each other, and counts are whole numbers.
        copied = {k for k, v in own.items()
                  if k.endswith(("weight_u", "weight_v")) or not v.is_floating_point()}
        averaged = [k for k in own if k not in copied]
        torch._foreach_lerp_([own[k] for k in averaged], [others[k] for k in averaged], 1 - keep)
        for k in copied:
            own[k].copy_(others[k])


class Training:
    def __init__(self, arguments):
        self.arguments = arguments
        self.photos = Photos(arguments.data, held_out=False)
        self.colors = ColorClasses(self.photos)
        torch.manual_seed(arguments.seed)
        model = load(arguments.init) if arguments.init else DDColor(Architecture())
        a = model.architecture
        self.device = torch.device(arguments.device)
        self.model = model.to(self.device, memory_format=torch.channels_last).train()
        self.heads = Heads(a.nf // 2, a.dims[3], len(self.colors), len(self.photos.classes))
        self.heads.to(self.device)
        self.colors.to(self.device)
        self.average = Average(self.model)
        parameters = list(self.model.named_parameters()) + list(self.heads.named_parameters())
        # Vectors (biases, norms, scales) are not decayed.
        groups = [
            {"params": [p for _, p in parameters if p.ndim > 1], "weight_decay": 0.02},
            {"params": [p for _, p in parameters if p.ndim <= 1], "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)
        self.step, self.seconds = 0, 0.0
        self.parts = {
            "model": self.model, "heads": self.heads, "average": self.average.model,
            "optimizer": self.optimizer,
        }
        self.adversary = Adversary().to(self.device) if arguments.adversarial else None
        if self.adversary:
            self.parts["adversary"] = self.adversary
        # Shared with the process that makes the batches.
        self.progress_shared = torch.zeros(1).share_memory_()
        state = arguments.state / "state.pth"
        if state.exists():
            content = torch.load(state, weights_only=True, map_location=self.device)
            for name, part in self.parts.items():
                # An adversary may come in later.
                if name in content or name != "adversary":
                    part.load_state_dict(content[name])
            self.step, self.seconds = content["step"], content["seconds"]
            print(f"going on after step {self.step}, {self.seconds / 60:.1f} minutes")

    @property
    def progress(self) -> float:
        return self.seconds / (60 * self.arguments.minutes)

    def save(self) -> None:
        self.arguments.state.mkdir(parents=True, exist_ok=True)
        content = {name: part.state_dict() for name, part in self.parts.items()}
        content.update(step=self.step, seconds=self.seconds)
        save(content, self.arguments.state / "state.pth")
        params = {k: v.cpu().contiguous() for k, v in self.average.model.state_dict().items()}
        save({"params": params}, self.arguments.state / "average.pth")

    def plan(self, step: int) -> tuple[int, int]:
        sides = sides_at(float(self.progress_shared))
        generator = torch.Generator().manual_seed(self.arguments.seed * 1_000_003 + step)
        chances = torch.tensor(list(sides.values()))
        side = list(sides)[int(torch.multinomial(chances, 1, generator=generator))]
        return side, PHOTOS_A_STEP[side]

    def run(self) -> None:
        arguments = self.arguments
        self.progress_shared[0] = self.progress
        batches = Batches(self.photos, self.plan, self.step, arguments.seed, arguments.aged)
        loader = DataLoader(batches, batch_size=None, prefetch_factor=3,
                            num_workers=arguments.workers,
                            worker_init_fn=leave_signals_to_the_trainer)
        stop = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.append(True))
        saved, started, sums, seen = time.monotonic(), time.monotonic(), {}, 0
        for batch in loader:
            if self.progress >= 1 or stop:
                break
            losses = self.train_step(batch)
            now = time.monotonic()
            self.seconds += now - started
            started = now
            self.step += 1
            self.progress_shared[0] = self.progress
            seen += len(batch[0])
            for name, loss in losses.items():
                sums.setdefault(name, []).append(loss.item())
            if self.step % LOG_STEPS == 0:
                self.log(sums, seen)
                sums, seen = {}, 0
            if now - saved > SAVE_SECONDS:
                self.save()
                saved = now
        self.save()
        print(f"stopped after step {self.step}, {self.seconds / 60:.1f} minutes", flush=True)

    def train_step(self, batch) -> dict:
        rate = learning_rate(self.progress, self.step, self.arguments.rate)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        batch = [part.to(self.device, non_blocking=True) for part in batch]
        with torch.autocast(self.device.type, torch.bfloat16):
            losses, ab = all_losses(self.model, self.heads, self.colors, batch,
                                    blend_at(self.progress), LOSS_WEIGHTS)
        if self.adversary:
            losses["untrue"] = self.adversary.loss(batch[0], ab)
            losses["total"] = losses["total"] + self.arguments.adversarial * losses["untrue"]
        losses["total"].backward()
        parameters = [p for group in self.optimizer.param_groups for p in group["params"]]
        losses["gradient"] = torch.nn.utils.clip_grad_norm_(parameters, 2.0)
        if losses["gradient"].isfinite():
            self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        if self.adversary:
            losses["critic"] = self.adversary.learn(batch[0], ab, batch[1])
        self.average.update(self.model, self.step)
        return losses

    def log(self, sums: dict, seen: int) -> None:
        line = {"step": self.step, "minutes": round(self.seconds / 60, 2), "photos": seen}
        line.update({name: round(sum(v) / len(v), 4) for name, v in sums.items()})
        with open(self.arguments.state / "log.jsonl", "a") as file:
            file.write(json.dumps(line) + "\n")
        print(line, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="what data.py prepared")
    parser.add_argument("--state", type=Path, required=True, help="folder to go on from")
    parser.add_argument("--minutes", type=float, required=True, help="in all, with earlier runs")
    parser.add_argument("--init", type=Path, help="a checkpoint to begin with, not from nothing")
    parser.add_argument("--rate", type=float, default=5e-4, help="the highest learning rate")
    parser.add_argument("--aged", type=float, default=0.7, help="share of photos made to look old")
    parser.add_argument("--adversarial", type=float, default=0.0, metavar="WEIGHT",
                        help="of looking true to a second network; 0: none")
    parser.add_argument("--device", default="cpu", help="cpu, or cuda where there is one")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=1, help="processes that prepare photos")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.state.mkdir(parents=True, exist_ok=True)
    training = Training(arguments)
    training.run()


if __name__ == "__main__":
    main()
