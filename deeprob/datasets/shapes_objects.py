"""Draws the objects of `shapes`: five outlines times five textures, at any place, size and angle, in integers.

A class is an outline *and* a texture; each outline and each texture serves two classes, so that neither alone names
the class. Outlines and textures look the same in a mirror, so flipping a picture keeps its class.
"""

from __future__ import annotations

import numpy as np

from deeprob.datasets.portable import Stream, rounded

__all__ = ["OUTLINES", "TEXTURES", "draw_objects"]

OUTLINES = ("disc", "ring", "square", "cross", "star")
TEXTURES = ("plain", "striped", "pinstriped", "checked", "dotted")

SIZE = 32
UNIT = 16  # positions and lengths are in sixteenths of a pixel
TURN = 256  # angles are in 256ths of a turn
SINE = rounded(127 * np.sin(2 * np.pi * np.arange(TURN) / TURN))  # int32 (256,), -127..127
STEP = np.array([0, 34, 72, 50, 50])  # phase per pixel of each texture, in 256ths of a period
SAMPLES = (-4, 4)  # a pixel's coverage is the share of 2 x 2 points in it that lie inside


def _cosine(angle: np.ndarray) -> np.ndarray:
    return SINE[(angle + TURN // 4) % TURN]


def _inside(outline: int, x: np.ndarray, y: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """bool (N, H, W): which points lie inside; x, y and radius in units of 1/UNIT pixel, x and y already turned."""
    if outline == 0:  # disc
        return x * x + y * y <= radius * radius
    if outline == 1:  # ring: the hole has 11/20 of the radius
        square = x * x + y * y
        return (square <= radius * radius) & (400 * square >= 121 * radius * radius)
    if outline == 2:  # square: half a side is 9/10 of the radius
        return 10 * np.maximum(abs(x), abs(y)) <= 9 * radius
    if outline == 3:  # cross: arms 9/8 long and 3/8 wide
        near, far = np.minimum(abs(x), abs(y)), np.maximum(abs(x), abs(y))
        return (8 * far <= 9 * radius) & (8 * near <= 3 * radius)
    # star: a point is inside when it lies behind at least four of the five lines of a pentagram
    behind = np.zeros(x.shape, np.int8)
    for point in range(5):
        angle = np.array(point * TURN // 5)
        behind += x * _cosine(angle) + y * SINE[angle] <= 60 * radius
    return behind >= 4


def _coverage(outline: np.ndarray, place: np.ndarray, angle: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """uint8-valued int32 (N, 32, 32), 0..4: how many of a pixel's four points each object covers."""
    cover = np.zeros((len(outline), SIZE, SIZE), np.int32)
    grid = UNIT * np.arange(SIZE, dtype=np.int32)
    for which in range(len(OUTLINES)):
        n = np.flatnonzero(outline == which)
        cos, sin = (table[:, None, None] for table in (_cosine(angle[n]), SINE[angle[n]]))
        for down in SAMPLES:
            for right in SAMPLES:
                y = (grid + down)[None, :, None] - place[n, 0, None, None]
                x = (grid + right)[None, None, :] - place[n, 1, None, None]
                cover[n] += _inside(which, (x * cos + y * sin) >> 7, (y * cos - x * sin) >> 7, radius[n, None, None])
    return cover


def _pattern(texture: np.ndarray, angle: np.ndarray, stream: Stream) -> np.ndarray:
    """int32 (N, 32, 32), about -127..127: the texture over the whole picture."""
    N = len(texture)
    phase, second, jitter = (stream.integers(0, 255, N), stream.integers(0, 255, N), stream.integers(-4, 4, N))
    step = STEP[texture] + np.where(texture > 0, jitter, 0)
    a, b = ((step * table // 127)[:, None, None] for table in (SINE[angle], _cosine(angle)))
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.int32)
    along = SINE[(a * x + b * y + phase[:, None, None]) & 255]
    across = SINE[(b * x - a * y + second[:, None, None]) & 255]
    kind = texture[:, None, None]
    checks = np.sign(along * across) * 100
    dots = 2 * np.maximum(along + across - 60, 0) - 60
    return np.select([kind == 0, kind == 3, kind == 4], [0, checks, dots], along).astype(np.int32)


def draw_objects(
    images: np.ndarray,
    outline: np.ndarray,
    texture: np.ndarray,
    place: np.ndarray,
    radius: np.ndarray,
    paint: tuple[np.ndarray, np.ndarray],
    opacity: np.ndarray,
    contrast: int,
    stream: Stream,
) -> np.ndarray:
    """Draw one object onto each picture.

    Args:
        images: int32 (N, 3, 32, 32).
        outline, texture: int (N,), indices into OUTLINES and TEXTURES.
        place: int32 (N, 2), the centre (down, right) in 1/UNIT pixel.
        radius: int32 (N,), in 1/UNIT pixel.
        paint: int32 (N, 3) colour and (N, 3) colour direction of the texture.
        opacity: int32 (N,), 0..256; 0 draws nothing.
        contrast: percent of the texture's direction that is seen.
        stream: where angle and phases come from.

    Returns:
        int32 (N, 3, 32, 32).
    """
    N = len(images)
    angle, stripes = stream.integers(0, 255, N), stream.integers(0, 255, N)
    colour, direction = paint
    alpha = _coverage(outline, place, angle, radius) * opacity[:, None, None] // 4  # (N, 32, 32)
    shade = _pattern(texture, stripes, stream)[:, None] * (direction * contrast // 100)[:, :, None, None] // 127
    return images + (alpha[:, None] * (colour[:, :, None, None] + shade - images) >> 8)
