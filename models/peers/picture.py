"""The pictures that contenders color, made of one photo.

    python picture.py gray PHOTO SIDE FILE     raw float32 in 0..1, SIDE x SIDE
    python picture.py large PHOTO FILE.jpg     24 megapixels, with grain like a scan's
    python picture.py middle PHOTO FILE.jpg    the same with 12
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

PIXELS = {"large": 24_000_000, "middle": 12_000_000}
# Standard deviation in levels of 255: what scans of prints have.
GRAIN = 3


def gray(photo: Path, side: int) -> np.ndarray:
    resized = Image.open(photo).convert("L").resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(resized, np.float32) / 255


def scan(photo: Path, pixels: int) -> Image.Image:
    image = Image.open(photo).convert("L")
    scale = (pixels / (image.width * image.height)) ** 0.5
    size = (round(image.width * scale), round(image.height * scale))
    levels = np.asarray(image.resize(size, Image.Resampling.LANCZOS), np.float32)
    noise = np.random.default_rng(24).standard_normal(levels.shape, np.float32)
    return Image.fromarray((levels + GRAIN * noise).clip(0, 255).astype(np.uint8))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["gray", photo, side, file]:
            gray(Path(photo), int(side)).tofile(file)
        case ["large" | "middle" as kind, photo, file]:
            scan(Path(photo), PIXELS[kind]).save(file, quality=92)
        case _:
            raise SystemExit(__doc__)
