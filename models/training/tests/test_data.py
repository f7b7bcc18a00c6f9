import io
import json
import tarfile

import numpy as np
import pytest
import torch
from PIL import Image

import aging
import data
import losses


@pytest.fixture
def prepared(tmp_path):
    """A pack of 60 small photos in two classes, prepared."""
    rng = np.random.default_rng(4)
    with tarfile.open(tmp_path / "pack.tar", "w") as tar:
        for index in range(60):
            coarse = rng.integers(0, 256, (4, 6, 3), np.uint8)
            content = io.BytesIO()
            Image.fromarray(coarse).resize((180, 120)).save(content, "JPEG")
            entry = tarfile.TarInfo(f"set/{'cat' if index % 3 else 'dog'}/{index:03}.jpg")
            entry.size = content.tell()
            content.seek(0)
            tar.addfile(entry, content)
    data.prepare(tmp_path, tmp_path / "prepared")
    return tmp_path / "prepared"


def test_the_splits_share_nothing_and_miss_nothing(prepared):
    taught, held_out = (data.Photos(prepared, held_out=split) for split in (False, True))
    assert not set(taught.names) & set(held_out.names)
    assert len(taught) + len(held_out) == len(json.loads((prepared / "photos.json").read_text()))
    assert taught.classes == held_out.classes == ["cat", "dog"]


def test_the_split_hangs_on_the_content_alone():
    contents = [bytes([i, j]) for i in range(100) for j in range(100)]
    held_out = sum(map(data.is_held_out, contents))
    assert held_out / len(contents) == pytest.approx(1 / data.HELD_OUT_ONE_IN, rel=0.15)


def test_a_batch_is_the_same_whenever_it_is_asked_for(prepared):
    photos = data.Photos(prepared, held_out=False)
    plan = lambda step: (64, 3)
    from_start = iter(data.Batches(photos, plan, start=0, seed=1))
    next(from_start)
    later = iter(data.Batches(photos, plan, start=1, seed=1))
    for first, second in zip(next(from_start), next(later)):
        assert torch.equal(first, second)


def test_a_batch_is_gray_in_and_its_own_colors_out(prepared):
    photos = data.Photos(prepared, held_out=False)
    batches = data.Batches(photos, lambda step: (96, 5), start=0, seed=2)
    gray, ab, kind = next(iter(batches))
    assert gray.shape == (5, 1, 96, 96) and ab.shape == (5, 2, 96, 96) and kind.shape == (5,)
    assert 0 <= gray.min() and gray.max() <= 1
    assert ab.abs().max() > 5


def test_orthochromatic_film_sees_blue_as_light_and_red_as_dark():
    light = lambda rgb: (aging.LINEAR[np.array(rgb)] @ aging.ORTHOCHROMATIC).item()
    assert light([60, 60, 220]) > light([60, 220, 60]) > light([220, 60, 60])


def test_tones_change_but_keep_their_order_roughly():
    for seed in range(50):
        table = aging.tone_table(np.random.default_rng(seed)).astype(int)
        assert np.diff(table).min() >= 0
        assert table[-1] - table[0] > 80


def test_an_aged_photo_keeps_its_size():
    rgb = np.random.default_rng(6).integers(0, 256, (96, 128, 3), np.uint8)
    for seed in range(30):
        gray = aging.age(rgb, np.random.default_rng(seed))
        assert gray.shape == (96, 128) and gray.dtype == np.uint8


def test_a_color_falls_into_the_nearest_class(prepared):
    colors = losses.ColorClasses(data.Photos(prepared, held_out=False))
    found = colors.of(colors.centers.view(-1, 2, 1, 1))
    assert torch.equal(found.flatten(), torch.arange(len(colors)))
    assert colors.weights.min() > 0


def annealed(centers: list, temperature: float) -> float:
    """Of two colors, 30 % and 70 % likely: the a of their annealed mean."""
    logits = torch.tensor([0.3, 0.7]).log().expand(1, 6, 6, 2)
    return losses.annealed_mean(logits, torch.tensor(centers), temperature)[0, 0].mean().item()


def test_the_annealed_mean_sharpens_where_hues_agree():
    alike = [[10.0, 0.0], [60.0, 0.0]]
    assert annealed(alike, 1.0) == pytest.approx(45, abs=0.1)
    assert annealed(alike, 0.3) > 54


def test_the_annealed_mean_stays_calm_where_hues_are_opposite():
    opposite = [[-65.0, 0.0], [30.0, 0.0]]
    assert annealed(opposite, 0.3) == pytest.approx(annealed(opposite, 1.0), abs=0.1)


def test_faint_colors_get_fainter_and_others_livelier():
    ab = torch.tensor([2.0, 25.0]).view(2, 1, 1, 1).expand(2, 2, 3, 3)
    faint, strong = losses.enlivened(ab)
    assert faint.max() < 1 and strong.min() > 1.4 * 25
