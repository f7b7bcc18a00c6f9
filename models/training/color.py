"""Colors as numbers: sRGB, CIE Lab, color differences, colorfulness.

Arrays are float, channels last. The exact formulas are here; `data.py` uses OpenCV's faster Lab,
which differs by less than a level of 8 bits.
"""

import numpy as np

# sRGB's primaries (IEC 61966-2-1) and the white point D65.
RGB_TO_XYZ = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
XYZ_TO_RGB = np.linalg.inv(RGB_TO_XYZ)
WHITE = RGB_TO_XYZ.sum(axis=1)
# CIE 15: where the cube root gives way to a line, as exact fractions.
EPSILON, KAPPA = 216 / 24389, 24389 / 27


def srgb_to_linear(x):
    """sRGB in 0..1 to linear light in 0..1."""
    x = np.asarray(x, float)
    return np.where(x <= 0.04045, x / 12.92, ((np.maximum(x, 0) + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(x):
    x = np.asarray(x, float)
    return np.where(x <= 0.0031308, x * 12.92, 1.055 * np.maximum(x, 0) ** (1 / 2.4) - 0.055)


def rgb_to_lab(rgb):
    """sRGB in 0..1 `[..., 3]` to CIE Lab, L in 0..100."""
    xyz = srgb_to_linear(rgb) @ RGB_TO_XYZ.T / WHITE
    f = np.where(xyz > EPSILON, np.cbrt(xyz), (KAPPA * xyz + 16) / 116)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def lab_to_rgb(lab):
    """CIE Lab to sRGB, clipped to 0..1."""
    light, a, b = np.moveaxis(np.asarray(lab, float), -1, 0)
    y = (light + 16) / 116
    f = np.stack([y + a / 500, y, y - b / 200], axis=-1)
    xyz = np.where(f**3 > EPSILON, f**3, (116 * f - 16) / KAPPA)
    return np.clip(linear_to_srgb((xyz * WHITE) @ XYZ_TO_RGB.T), 0, 1)


def gray_of_lightness(light):
    """The sRGB gray in 0..1 that has this L: what the network is given."""
    y = (np.asarray(light, float) + 16) / 116
    return linear_to_srgb(np.where(y**3 > EPSILON, y**3, (116 * y - 16) / KAPPA))


def ciede2000(lab1, lab2):
    """The color difference CIEDE2000, after Sharma, Wu and Dalal, "The CIEDE2000 Color-Difference
    Formula: Implementation Notes, Supplementary Test Data, and Mathematical Observations" (2005);
    the numbers in comments are their equations."""
    l1, a1, b1 = np.moveaxis(np.asarray(lab1, float), -1, 0)
    l2, a2, b2 = np.moveaxis(np.asarray(lab2, float), -1, 0)
    mean_c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2  # 2, 3
    g = 0.5 * (1 - np.sqrt(mean_c**7 / (mean_c**7 + 25**7)))  # 4
    a1, a2 = (1 + g) * a1, (1 + g) * a2  # 5
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)  # 6
    h1 = np.degrees(np.arctan2(b1, a1)) % 360  # 7
    h2 = np.degrees(np.arctan2(b2, a2)) % 360
    colored = c1 * c2 != 0
    dh = (h2 - h1 + 180) % 360 - 180  # 10
    # Exactly opposite hues: the paper takes +180 for h2 - h1 = 180.
    dh = np.where((dh == -180) & (h2 > h1), 180, dh) * colored
    big_dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh / 2))  # 11
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2  # 12, 13
    sum_h = h1 + h2
    far = np.abs(h1 - h2) > 180
    mean_h = np.where(far, np.where(sum_h < 360, sum_h + 360, sum_h - 360), sum_h) / 2  # 14
    mean_h = np.where(colored, mean_h, sum_h)
    cos = lambda degrees: np.cos(np.radians(degrees))
    t = (
        1 - 0.17 * cos(mean_h - 30) + 0.24 * cos(2 * mean_h)
        + 0.32 * cos(3 * mean_h + 6) - 0.20 * cos(4 * mean_h - 63)
    )  # 15
    turn = 30 * np.exp(-(((mean_h - 275) / 25) ** 2))  # 16
    r_c = 2 * np.sqrt(mean_c**7 / (mean_c**7 + 25**7))  # 17
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)  # 18
    s_c, s_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t  # 19, 20
    r_t = -np.sin(np.radians(2 * turn)) * r_c  # 21
    light, chroma, hue = (l2 - l1) / s_l, (c2 - c1) / s_c, big_dh / s_h
    return np.sqrt(light**2 + chroma**2 + hue**2 + r_t * chroma * hue)  # 22


def colorfulness(rgb):
    """Of one picture, sRGB in 0..1: M3 of Hasler and Suesstrunk, "Measuring Colourfulness in
    Natural Images" (2003), on the scale of 0..255."""
    r, g, b = np.moveaxis(np.asarray(rgb, float) * 255, -1, 0)
    rg, yb = r - g, (r + g) / 2 - b
    spread = np.hypot(rg.std(), yb.std())
    return spread + 0.3 * np.hypot(rg.mean(), yb.mean())


def psnr(rgb1, rgb2):
    """Peak signal-to-noise ratio in dB of sRGB in 0..1."""
    return -10 * np.log10(max(np.mean((np.asarray(rgb1, float) - rgb2) ** 2), 1e-10))


def frechet(features1, features2):
    """Frechet's distance of two normal distributions fitted to features `[N, D]` (Dowson and Landau
    1982), the measure inside FID (Heusel et al., NIPS 2017)."""
    mean1, mean2 = features1.mean(axis=0), features2.mean(axis=0)
    cov1, cov2 = np.cov(features1.T), np.cov(features2.T)

    def root(matrix):
        values, vectors = np.linalg.eigh(matrix)
        return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T

    half = root(cov1)
    cross = np.trace(root(half @ cov2 @ half))
    return np.sum((mean1 - mean2) ** 2) + np.trace(cov1) + np.trace(cov2) - 2 * cross
