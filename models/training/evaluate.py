"""Judges checkpoints on the held-out photos, in figures and in contact sheets.

    python evaluate.py --data DATA --out OUT --model first=first.pth --model new=new.pth

Each photo is given twice: as its own gray, and as an old print of it would look (the same damage
for every model, chosen by the photo's number). The colors found are joined with the true L, so
that the figures are about color alone.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import torch

import aging
import color
import sheets
from data import SIDE, Photos
from network import DDColor, load

GRAY = "gray"
# What counts as gray by its chroma, and at which L it shows when it is painted.
GRAY_CHROMA, GRAY_LIGHT = 6, (40, 95)


def predict(model: DDColor, gray: np.ndarray, side: int) -> np.ndarray:
    """8-bit gray `[H, W]` to ab `[H, W, 2]`, through a square input of that side."""
    height, width = gray.shape
    image = torch.from_numpy(cv2.resize(gray, (side, side), interpolation=cv2.INTER_LINEAR))
    image = (image.float() / 255).expand(1, 3, side, side)
    with torch.inference_mode():
        ab = model(image)[0].permute(1, 2, 0).numpy()
    return cv2.resize(ab, (width, height), interpolation=cv2.INTER_LINEAR)


def color_statistics(ab: np.ndarray) -> np.ndarray:
    """What the Frechet distance compares: means and spreads of a and b in a grid of 3x3 cells."""
    cells = [cell for row in np.array_split(ab, 3) for cell in np.array_split(row, 3, axis=1)]
    return np.concatenate([f(cell, axis=(0, 1)) for cell in cells for f in (np.mean, np.std)])


class Score:
    """The figures of one model over all photos."""

    def __init__(self):
        self.rows, self.statistics, self.true_statistics = [], [], []

    def add(self, lab: np.ndarray, ab: np.ndarray) -> None:
        """A photo's true Lab and the colors found for it."""
        found = np.concatenate([lab[..., :1], ab], axis=2)
        true_rgb, rgb = color.lab_to_rgb(lab), color.lab_to_rgb(found)
        # What can be shown: colors outside of sRGB are clipped there.
        found = color.rgb_to_lab(rgb)
        chroma, true_chroma = (np.hypot(x[..., 1], x[..., 2]) for x in (found, lab))
        low, high = GRAY_LIGHT
        is_gray = (true_chroma < GRAY_CHROMA) & (lab[..., 0] > low) & (lab[..., 0] < high)
        self.rows.append(
            {
                "ciede2000": color.ciede2000(lab, found).mean(),
                "psnr": color.psnr(true_rgb, rgb),
                "colorfulness": color.colorfulness(rgb),
                "true_colorfulness": color.colorfulness(true_rgb),
                "chroma": chroma.mean(),
                "true_chroma": true_chroma.mean(),
                "chroma_on_gray": (chroma * is_gray).mean(),
                "gray_share": is_gray.mean(),
                "ab_error": np.square(found[..., 1:] - lab[..., 1:]).mean(),
                "gray_ab_error": np.square(lab[..., 1:]).mean(),
                "cast": np.hypot(*(found[..., 1:] - lab[..., 1:]).mean(axis=(0, 1))),
            }
        )
        self.statistics.append(color_statistics(found[..., 1:]))
        self.true_statistics.append(color_statistics(lab[..., 1:]))

    def figures(self) -> dict[str, float]:
        mean = {key: float(np.mean([row[key] for row in self.rows])) for key in self.rows[0]}
        return {
            "CIEDE2000": mean["ciede2000"],
            "PSNR": mean["psnr"],
            "colorfulness": mean["colorfulness"] / mean["true_colorfulness"],
            "chroma": mean["chroma"] / mean["true_chroma"],
            "on gray": mean["chroma_on_gray"] / mean["gray_share"],
            "ab error": mean["ab_error"] / mean["gray_ab_error"],
            "cast": mean["cast"],
            "Frechet": float(
                color.frechet(np.array(self.statistics), np.array(self.true_statistics))
            ),
        }


def evaluate(models: dict[str, DDColor | None], photos: Photos, aged: bool, side: int, limit: int):
    scores = {name: Score() for name in models}
    # A part must be spread over the whole: the photos are in the order of their classes.
    chosen = np.linspace(0, len(photos) - 1, min(limit, len(photos))).astype(int)
    for index in map(int, chosen):
        rgb = photos[index]
        gray = aging.input_of(rgb, aged, index)
        # Every other pixel of each row and column: the figures hardly change and take a quarter.
        lab = color.rgb_to_lab(rgb[::2, ::2] / 255)
        for name, model in models.items():
            if model is None:
                ab = np.zeros_like(lab[..., 1:])
            else:
                ab = predict(model, gray, side)[::2, ::2]
            scores[name].add(lab, ab)
    return scores


def table(scores: dict[str, Score]) -> str:
    """The figures in Markdown."""
    figures = {name: score.figures() for name, score in scores.items()}
    titles = list(next(iter(figures.values())))
    lines = ["| | " + " | ".join(titles) + " |", "| --- |" + " --- |" * len(titles)]
    for name, row in figures.items():
        lines.append(f"| {name} | " + " | ".join(f"{row[title]:.3f}" for title in titles) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="what data.py prepared")
    parser.add_argument("--out", type=Path, required=True, help="folder for figures and sheets")
    parser.add_argument("--model", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--photos", type=Path, help="a folder of old photos, for a sheet of them")
    parser.add_argument("--side", type=int, default=256, help="of the network's input")
    parser.add_argument("--limit", type=int, default=10**9, help="photos at most")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only-sheets", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    cv2.setNumThreads(arguments.threads)

    named = dict(entry.split("=", 1) for entry in arguments.model)
    models = {GRAY: None, **{name: load(path) for name, path in named.items()}}
    photos = Photos(arguments.data, held_out=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    color_with = lambda model, gray: predict(model, gray, arguments.side)
    for look, aged in (("clean", False), ("aged", True)):
        path = arguments.out / f"held-out-{look}.jpg"
        sheets.held_out(models, photos, sheets.evenly(len(photos)), aged, color_with, path)
        if arguments.only_sheets:
            continue
        scores = evaluate(models, photos, aged, arguments.side, arguments.limit)
        print(f"\n{min(arguments.limit, len(photos))} held-out photos of side {SIDE}, {look}, "
              f"input {arguments.side}\n\n{table(scores)}\n", flush=True)
        rows = {model: score.rows for model, score in scores.items()}
        (arguments.out / f"scores-{look}-{arguments.side}.json").write_text(json.dumps(rows))
        if not aged:
            errors = [row["ciede2000"] for row in scores[list(models)[-1]].rows]
            chosen = np.linspace(0, len(photos) - 1, len(errors)).astype(int)
            worst = chosen[np.argsort(errors)[::-1][: sheets.ROWS]]
            path = arguments.out / "failures.jpg"
            sheets.held_out(models, photos, worst, aged, color_with, path)
    if arguments.photos:
        sheets.old_photos(models, arguments.photos, color_with, arguments.out / "old-photos.jpg")


if __name__ == "__main__":
    main()
