import pytest
import torch

import train
from network import DDColor
from test_data import prepared  # noqa: F401  (a fixture)
from test_network import SMALL


def test_the_rate_rises_and_falls():
    assert train.learning_rate(0, 0, 1.0) < 0.01
    assert train.learning_rate(0, 10_000, 1.0) == pytest.approx(1)
    assert train.learning_rate(1, 10_000, 1.0) == pytest.approx(0.02)


def test_the_average_follows_and_its_norms_stay_whole():
    model = DDColor(SMALL)
    average = train.Average(model)
    with torch.no_grad():
        model.refine_net[0][0].weight_orig += 1
        model.refine_net[0][0].weight_u.fill_(0.5)
    for step in range(200):
        average.update(model, step)
    for found, expected in zip(average.model.parameters(), model.parameters()):
        assert torch.allclose(found, expected, atol=1e-3)
    assert torch.equal(average.model.refine_net[0][0].weight_u, model.refine_net[0][0].weight_u)


def test_a_stopped_training_goes_on_where_it_was(tmp_path, prepared, monkeypatch):  # noqa: F811
    monkeypatch.setattr(train, "Architecture", lambda: SMALL)
    monkeypatch.setattr(train, "PHOTOS_A_STEP", dict.fromkeys(train.PHOTOS_A_STEP, 2))
    arguments = ["--data", str(prepared), "--state", str(tmp_path / "state"), "--threads", "1",
                 "--adversarial", "0.1"]
    for minutes in ("0.05", "0.1"):
        monkeypatch.setattr("sys.argv", ["train.py", *arguments, "--minutes", minutes])
        train.main()
        state = torch.load(tmp_path / "state/state.pth", weights_only=True)
        assert state["seconds"] >= 60 * float(minutes)
    assert (tmp_path / "state/average.pth").exists()
    assert not list((tmp_path / "state").glob("*.partial"))
