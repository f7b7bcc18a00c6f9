"""Photos for training: from packs to squares in one array, and from there to batches.

    python data.py --packs ../../../shared/data --out DATA
"""

import argparse
import hashlib
import io
import json
import tarfile
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from torch.utils.data import IterableDataset, get_worker_info

import aging

SIDE = 224
PACKS = Path(__file__).resolve().parents[2] / "../shared/data"
# One photo of so many is held out, chosen by the hash of its file: the split stays the same
# whatever is added, and nobody can choose it.
HELD_OUT_ONE_IN = 20
# Family photos show people, and the packs hold few: they are drawn more often.
FAVORED = {"Faces": 2.0}


def is_held_out(content: bytes) -> bool:
    return int.from_bytes(hashlib.sha256(content).digest()[:8], "big") % HELD_OUT_ONE_IN == 0


def square(photo: Image.Image) -> np.ndarray:
    """The whole photo as a square, not keeping its aspect: as the program hands it to the network."""
    return np.asarray(photo.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def prepare(packs: Path, out: Path) -> None:
    """Writes `photos.npy` `[N, SIDE, SIDE, 3]` and `photos.json`: name, class, split of each."""
    squares, entries = [], []
    for pack in sorted(packs.glob("*.tar")):
        with tarfile.open(pack) as tar:
            for member in tar:
                if not member.name.endswith(".jpg"):
                    continue
                content = tar.extractfile(member).read()
                with Image.open(io.BytesIO(content)) as photo:
                    squares.append(square(photo))
                entries.append(
                    {
                        "name": member.name,
                        "class": member.name.split("/")[-2],
                        "held_out": is_held_out(content),
                    }
                )
    if not squares:
        raise SystemExit(f"no photos in {packs}/*.tar")
    out.mkdir(parents=True, exist_ok=True)
    np.save(out / "photos.npy", np.stack(squares))
    (out / "photos.json").write_text(json.dumps(entries))
    held_out = sum(entry["held_out"] for entry in entries)
    print(f"{len(entries)} photos, {held_out} of them held out")


class Photos:
    """The prepared photos of one split, mapped rather than read."""

    def __init__(self, folder: Path, held_out: bool):
        entries = json.loads((folder / "photos.json").read_text())
        self.array = np.load(folder / "photos.npy", mmap_mode="r")
        self.indices = [i for i, entry in enumerate(entries) if entry["held_out"] == held_out]
        self.names = [entries[i]["name"] for i in self.indices]
        self.classes = sorted({entry["class"] for entry in entries})
        of_class = {name: index for index, name in enumerate(self.classes)}
        self.labels = np.array([of_class[entries[i]["class"]] for i in self.indices])

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> np.ndarray:
        return np.asarray(self.array[self.indices[index]])

    def chances(self) -> np.ndarray:
        """How often each is drawn: large classes less than in proportion to their size."""
        count = np.bincount(self.labels, minlength=len(self.classes))
        favor = np.array([FAVORED.get(name, 1.0) for name in self.classes])
        weight = (favor / np.sqrt(np.maximum(count, 1)))[self.labels]
        return weight / weight.sum()


def crop(photo: np.ndarray, side: int, rng) -> np.ndarray:
    """A random part of a photo, mostly a large one since colors hang on what is around, at `side`;
    mirrored or not."""
    size = photo.shape[0]
    area, aspect = rng.uniform(0.35, 1.0), np.exp(rng.uniform(-0.25, 0.25))
    height = min(size, int(size * np.sqrt(area * aspect)))
    width = min(size, int(size * np.sqrt(area / aspect)))
    top, left = rng.integers(0, size - height + 1), rng.integers(0, size - width + 1)
    part = photo[top : top + height, left : left + width]
    shrinks = height * width > side * side
    part = cv2.resize(part, (side, side),
                      interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    return np.ascontiguousarray(part[:, ::-1]) if rng.random() < 0.5 else part


def ab_of(rgb: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[..., 1:]


class Batches(IterableDataset):
    """An endless run of batches `(gray [N, 1, S, S] in 0..1, ab [N, 2, S, S], class [N])`.

    `plan(step)` says the side and number of the photos of a step. Batch `step` is the same
    whenever it is asked for, so a resumed run goes on where it was.
    """

    def __init__(self, photos: Photos, plan, start: int, seed: int, aged: float = 0.7):
        self.photos, self.plan, self.start = photos, plan, start
        self.seed, self.aged = seed, aged

    def __iter__(self):
        cv2.setNumThreads(0)
        # Several processes take turns; the loader asks them in the same order.
        worker = get_worker_info()
        stride = worker.num_workers if worker else 1
        chances, step = self.photos.chances(), self.start + (worker.id if worker else 0)
        while True:
            rng = np.random.default_rng([self.seed, step])
            side, number = self.plan(step)
            chosen = rng.choice(len(self.photos), number, p=chances)
            grays, abs_ = [], []
            for index in chosen:
                rgb = crop(self.photos[index], side, rng)
                is_aged = rng.random() < self.aged
                grays.append(aging.age(rgb, rng) if is_aged else aging.lightness_gray(rgb))
                abs_.append(ab_of(rgb))
            gray = torch.from_numpy(np.stack(grays)).float().div_(255)[:, None]
            ab = torch.from_numpy(np.stack(abs_)).permute(0, 3, 1, 2).contiguous()
            yield gray, ab, torch.from_numpy(self.photos.labels[chosen])
            step += stride


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packs", type=Path, default=PACKS, help="folder of the packs of photos")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    prepare(arguments.packs, arguments.out)
