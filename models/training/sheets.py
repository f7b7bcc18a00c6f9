"""Contact sheets: gray, each model's colors, and the truth where there is one, side by side."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

import aging
import color

TILE, ROWS, TITLE = 120, 12, 18
LONG_SIDE = 260


def colored(gray: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """8-bit gray `[H, W]` and ab `[H, W, 2]` to 8-bit sRGB with the gray's own L."""
    light = color.rgb_to_lab(np.repeat(gray[..., None] / 255, 3, axis=2))[..., :1]
    return np.rint(color.lab_to_rgb(np.concatenate([light, ab], axis=2)) * 255).astype(np.uint8)


def row_of(models: dict, gray: np.ndarray, color_with, truth: np.ndarray | None) -> list:
    row = []
    for model in models.values():
        ab = np.zeros((*gray.shape, 2)) if model is None else color_with(model, gray)
        row.append(colored(gray, ab))
    return row if truth is None else [*row, truth]


def sheet(rows: list[list[np.ndarray]], titles: list[str], columns: int, path: Path) -> None:
    """Rows of pictures, `columns` rows beside each other, titles on top; a JPEG."""
    grid = [rows[i : i + columns] for i in range(0, len(rows), columns)]
    lines = []
    for line in grid:
        height = max(picture.shape[0] for row in line for picture in row)
        pictures = []
        for row in line:
            for picture in row:
                pad = ((0, height - picture.shape[0] + 2), (0, 2), (0, 0))
                pictures.append(np.pad(picture, pad, constant_values=255))
            pictures.append(np.full((height + 2, 6, 3), 255, np.uint8))
        lines.append(np.concatenate(pictures, axis=1))
    width = max(line.shape[1] for line in lines)
    lines = [np.pad(line, ((0, 0), (0, width - line.shape[1]), (0, 0)), constant_values=255)
             for line in lines]
    picture = Image.fromarray(np.concatenate([np.full((TITLE, width, 3), 255, np.uint8), *lines]))
    draw, left = ImageDraw.Draw(picture), 0
    for row in grid[0]:
        for title, tile in zip(titles, row):
            draw.text((left + 2, 3), title, fill=0)
            left += tile.shape[1] + 2
        left += 6
    picture.save(path, quality=82)
    print(path)


def held_out(models: dict, photos, indices, aged: bool, color_with, path: Path) -> None:
    """Held-out photos by their numbers, as they are or made to look old."""
    rows = []
    for index in map(int, indices):
        rgb = photos[index]
        row = row_of(models, aging.input_of(rgb, aged, index), color_with, rgb)
        rows.append([cv2.resize(x, (TILE, TILE), interpolation=cv2.INTER_AREA) for x in row])
    sheet(rows, [*models, "truth"], 2, path)


def evenly(count: int) -> np.ndarray:
    """Numbers of photos all over the set: nobody's choice."""
    return np.linspace(0, count - 1, 2 * ROWS).astype(int)


def old_photos(models: dict, folder: Path, color_with, path: Path) -> None:
    """Real old photos, whose colors nobody knows."""
    rows = []
    for photo_path in sorted(folder.iterdir()):
        if photo_path.suffix.lower() not in (".jpg", ".jpeg", ".png"):
            continue
        with Image.open(photo_path) as photo:
            photo = photo.convert("RGB")
            photo.thumbnail((LONG_SIDE * 2, LONG_SIDE * 2))
            gray = aging.lightness_gray(np.asarray(photo))
        row = row_of(models, gray, color_with, None)
        size = tuple(side // 2 for side in gray.shape[::-1])
        rows.append([cv2.resize(x, size, interpolation=cv2.INTER_AREA) for x in row])
    sheet(rows, list(models), 2, path)
