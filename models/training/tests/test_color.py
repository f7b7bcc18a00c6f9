import cv2
import numpy as np
import pytest

import color

# Table 1 of Sharma, Wu and Dalal (2005): Lab, Lab, difference.
SHARMA = """
50 2.6772 -79.7751 50 0 -82.7485 2.0425
50 3.1571 -77.2803 50 0 -82.7485 2.8615
50 2.8361 -74.0200 50 0 -82.7485 3.4412
50 -1.3802 -84.2814 50 0 -82.7485 1
50 -1.1848 -84.8006 50 0 -82.7485 1
50 -0.9009 -85.5211 50 0 -82.7485 1
50 0 0 50 -1 2 2.3669
50 -1 2 50 0 0 2.3669
50 2.49 -0.001 50 -2.49 0.0009 7.1792
50 2.49 -0.001 50 -2.49 0.0010 7.1792
50 2.49 -0.001 50 -2.49 0.0011 7.2195
50 2.49 -0.001 50 -2.49 0.0012 7.2195
50 -0.001 2.49 50 0.0009 -2.49 4.8045
50 -0.001 2.49 50 0.0010 -2.49 4.8045
50 -0.001 2.49 50 0.0011 -2.49 4.7461
50 2.5 0 50 0 -2.5 4.3065
50 2.5 0 73 25 -18 27.1492
50 2.5 0 61 -5 29 22.8977
50 2.5 0 56 -27 -3 31.9030
50 2.5 0 58 24 15 19.4535
50 2.5 0 50 3.1736 0.5854 1
50 2.5 0 50 3.2972 0 1
50 2.5 0 50 1.8634 0.5757 1
50 2.5 0 50 3.2592 0.3350 1
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""


def test_ciede2000_gives_the_published_differences():
    rows = np.array([line.split() for line in SHARMA.strip().splitlines()], float)
    found = color.ciede2000(rows[:, :3], rows[:, 3:6])
    assert np.abs(found - rows[:, 6]).max() < 1e-4
    assert np.allclose(found, color.ciede2000(rows[:, 3:6], rows[:, :3]), atol=1e-4)


def test_lab_there_and_back():
    rgb = np.random.default_rng(1).random((50, 40, 3))
    assert np.abs(color.lab_to_rgb(color.rgb_to_lab(rgb)) - rgb).max() < 1e-9


def test_lab_is_opencvs():
    rgb = np.random.default_rng(2).random((50, 40, 3)).astype(np.float32)
    theirs = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
    assert np.abs(color.rgb_to_lab(rgb) - theirs).max() < 0.5


def test_a_gray_keeps_its_lightness():
    gray = np.linspace(0, 1, 256)
    lab = color.rgb_to_lab(np.repeat(gray[:, None], 3, axis=1))
    assert np.abs(color.gray_of_lightness(lab[:, 0]) - gray).max() < 1e-9
    assert np.abs(lab[:, 1:]).max() < 1e-9


def test_gray_is_not_colorful_and_red_and_blue_are():
    gray = np.full((8, 8, 3), 0.5)
    vivid = np.zeros((8, 8, 3))
    vivid[:4, :, 0], vivid[4:, :, 2] = 1, 1
    assert color.colorfulness(gray) == pytest.approx(0)
    # Above 109 is "extremely colorful" by the authors' scale.
    assert color.colorfulness(vivid) > 109


def test_the_frechet_distance_is_zero_to_itself_and_grows_with_a_shift():
    features = np.random.default_rng(3).normal(size=(200, 5))
    assert color.frechet(features, features) == pytest.approx(0, abs=1e-6)
    assert color.frechet(features, features + 2) == pytest.approx(5 * 4)
