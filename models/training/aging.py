"""Makes a color photo look like a scan of an old black-and-white print.

Each step stands for something that happens to a print, in the order in which it happens: the
emulsion's response, development, the lens, grain, the paper's tone, damage, the scan.
"""

import cv2
import numpy as np

from color import gray_of_lightness, linear_to_srgb, srgb_to_linear

LINEAR = srgb_to_linear(np.arange(256) / 255).astype(np.float32)
# From linear light in 12 bits back to 8-bit sRGB: a table is far quicker than a power.
ENCODED = np.rint(linear_to_srgb(np.arange(4096) / 4095) * 255).astype(np.uint8)

# Shares of red, green and blue light that blacken an emulsion. Orthochromatic film, common into the
# 1930s, does not see red: lips and brick turn dark, skies white. Panchromatic film sees all colors
# but blue a little more strongly than eyes do. The shares are round numbers after published
# sensitivity curves, and are varied at random.
ORTHOCHROMATIC = np.array([0.04, 0.42, 0.54])
PANCHROMATIC = np.array([0.32, 0.38, 0.30])


def lightness_gray(rgb):
    """8-bit sRGB `[H, W, 3]` to the 8-bit gray of the same L: what the program makes of a photo."""
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return np.rint(gray_of_lightness(lab[..., 0]) * 255).clip(0, 255).astype(np.uint8)


def film(rgb, rng):
    """The emulsion's response, in linear light."""
    shares = ORTHOCHROMATIC if rng.random() < 0.4 else PANCHROMATIC
    shares = shares * rng.uniform(0.75, 1.25, 3)
    light = LINEAR[rgb] @ (shares / shares.sum()).astype(np.float32)
    return ENCODED[(light * 4095).astype(np.uint16)]


def tone_table(rng):
    """Development, fading and the paper's tone: all act on each pixel alone, so they are one table
    of 256 entries."""
    x = np.arange(256) / 255
    x = x ** np.exp(rng.normal(0, 0.22))
    if rng.random() < 0.5:
        # A soft S: contrast of the print.
        steep = rng.uniform(1, 5)
        s = 1 / (1 + np.exp(-steep * (x - 0.5)))
        x = (s - s[0]) / (s[-1] - s[0])
    if rng.random() < 0.6:
        # Fading: blacks pale, whites yellow.
        x = rng.uniform(0, 0.25) + x * rng.uniform(0.6, 0.95)
    x = np.clip(x, 0, 1)
    if rng.random() < 0.35:
        # Sepia: blue falls off faster than red; the program then keeps its L alone.
        exponents = 1 + np.array([-0.2, 0.05, 0.5]) * rng.uniform(0.3, 1)
        toned = (x[:, None] ** exponents).astype(np.float32)
        light = cv2.cvtColor(toned[None], cv2.COLOR_RGB2LAB)[0, :, 0]
        x = gray_of_lightness(light)
    return np.rint(np.clip(x, 0, 1) * 255).astype(np.uint8)


def grain(gray, rng):
    """Silver grain: noise with a little extent, strongest in the middle tones."""
    strength = abs(rng.normal(0, 7))
    noise = rng.standard_normal(gray.shape, dtype=np.float32)
    if rng.random() < 0.5:
        noise = cv2.GaussianBlur(noise, (0, 0), 0.7) * 2
    middle = cv2.LUT(gray, (np.sqrt(np.arange(256) * (255 - np.arange(256))) / 127.5)
                     .astype(np.float32))
    return np.clip(gray + noise * middle * strength, 0, 255).astype(np.uint8)


def damage(gray, rng):
    """Scratches, dust and stains."""
    height, width = gray.shape
    gray = gray.copy()
    for _ in range(rng.integers(0, 4)):
        x = rng.integers(0, width)
        end = x + rng.integers(-width // 8, width // 8 + 1)
        shade = int(rng.choice([rng.integers(190, 256), rng.integers(0, 70)]))
        top, bottom = sorted(rng.integers(0, height, 2))
        cv2.line(gray, (int(x), int(top)), (int(end), int(bottom)), shade, 1, cv2.LINE_AA)
    for _ in range(rng.integers(0, 12)):
        place = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        cv2.circle(gray, place, int(rng.integers(0, 2)), int(rng.integers(160, 256)), -1)
    if rng.random() < 0.3:
        # A stain or a vignette: light that changes slowly over the print.
        coarse = rng.uniform(-30, 30, (3, 3)).astype(np.float32)
        gray = np.clip(gray + cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC),
                       0, 255).astype(np.uint8)
    return gray


def scan(gray, rng):
    """Blur of lens and scanner, and JPEG."""
    if rng.random() < 0.5:
        gray = cv2.GaussianBlur(gray, (0, 0), rng.uniform(0.3, 1.3))
    elif rng.random() < 0.4:
        # A small scan, enlarged.
        height, width = gray.shape
        factor = rng.uniform(0.4, 0.9)
        small = cv2.resize(gray, (int(width * factor), int(height * factor)),
                           interpolation=cv2.INTER_AREA)
        gray = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))]
        gray = cv2.imdecode(cv2.imencode(".jpg", gray, quality)[1], cv2.IMREAD_GRAYSCALE)
    return gray


def age(rgb, rng):
    """8-bit sRGB `[H, W, 3]` to an 8-bit gray `[H, W]` as an old print would give it."""
    gray = film(rgb, rng) if rng.random() < 0.8 else lightness_gray(rgb)
    gray = cv2.LUT(gray, tone_table(rng))
    if rng.random() < 0.7:
        gray = grain(gray, rng)
    if rng.random() < 0.25:
        gray = damage(gray, rng)
    return scan(gray, rng)


def input_of(rgb, aged, number):
    """The gray of a photo for judging: its own, or aged in a way that hangs on its number alone."""
    return age(rgb, np.random.default_rng(number)) if aged else lightness_gray(rgb)
