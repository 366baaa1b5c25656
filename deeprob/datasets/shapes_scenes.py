"""Paints the backgrounds of `shapes`: smooth layouts of colour, as sums of cosine waves with integer weights.

Three things are added up in each picture, all with a spectrum that falls like that of photographs:
  the layout of the class     the same in every picture of the class: all that a linear classifier can see
  the pattern of the class    one of two, with a random sign: it averages to nothing, so that a linear classifier is
                              blind to it, and a hidden layer is not
  the scene and the moment    what the pictures of one scene share, and what changes from picture to picture: it names
                              no class, and drowns the distances between pictures
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deeprob.datasets.portable import Stream, rounded

__all__ = ["Tables", "background", "tables"]

SIZE = 32
WAVES = 8  # cosine waves per direction: 64 in all
FINE = 100  # the waves are tabulated in hundredths
ONE = 2365  # the standard deviation of a weight: that of Stream.bells times 16
COLOURS = np.array([[100, 100, 0], [100, 0, -100], [100, -100, 100]])  # grey and two opponent axes -> R, G, B
VIVID = np.array([100, 35, 25])  # percent of grey and of the two colour axes


@dataclass(frozen=True)
class Tables:
    """What does not depend on the draw."""

    waves: np.ndarray  # (64, 1024), in hundredths
    spectrum: np.ndarray  # (64,), in 256ths of a grey level
    layouts: np.ndarray  # (10, 3, 64), in units of 1/ONE
    patterns: np.ndarray  # (10, 2, 3, 64), likewise


def tables(layout: float, pattern: float, slope: float, contrast: float) -> Tables:
    """Tables for layouts and patterns of this strength (in standard deviations of the scenes' weights)."""
    t = np.arange(SIZE) + 0.5
    cosines = np.cos(np.pi * np.outer(np.arange(WAVES), t) / SIZE)  # (8, 32)
    down, right = np.divmod(np.arange(WAVES * WAVES), WAVES)
    waves = FINE * cosines[down][:, :, None] * cosines[right][:, None, :]  # (64, 32, 32)
    frequency = np.hypot(down, right)
    spectrum = contrast / (0.6 + frequency) ** slope
    spectrum[0] = contrast
    even = right % 2 == 0  # these waves are their own mirror images, the others change their sign
    stream = Stream(2)
    layouts = stream.bells(10, 3, WAVES**2) * np.exp(-frequency / 0.9) * even
    layouts = layouts - layouts.mean(axis=0)
    layouts = layout * ONE * layouts / np.sqrt((layouts**2).sum(axis=(1, 2), keepdims=True))
    band = (frequency >= 2) & (frequency <= 6)
    patterns = stream.bells(10, 2, 3, WAVES**2) * (band & np.stack([even, ~even])[:, None])
    patterns = pattern * ONE * patterns / np.sqrt((patterns**2).sum(axis=(2, 3), keepdims=True))
    return Tables(
        rounded(waves.reshape(WAVES**2, -1)).astype(np.float64),
        rounded(spectrum * 256 + 0.1),
        rounded(layouts + 0.1),
        rounded(patterns + 0.1),
    )


def background(
    labels: np.ndarray, scene_weights: np.ndarray, which: np.ndarray, sign: np.ndarray, drift: int, tab: Tables,
    stream: Stream,
) -> np.ndarray:
    """int32 (N, 3, 32, 32): backgrounds around 120.

    Args:
        labels: int (N,).
        scene_weights: int32 (N, 3, 64), bells; the same for all pictures of a scene.
        which, sign: int (N,): which of the two patterns, 0 or 1, and its sign, -1 or 1.
        drift: 0..256, how much of the variance changes from picture to picture.
        tab: the tables.
        stream: where the pictures' own weights come from.
    """
    moment = stream.bells(*scene_weights.shape)
    share, own = (int(np.sqrt(part)) for part in (256 - drift, drift))
    weights = share * scene_weights + own * moment
    weights += tab.layouts[labels] + sign[:, None, None] * tab.patterns[labels, which]
    weights = weights * tab.spectrum >> 8  # (N, 3, 64): grey and two colour axes
    weights = np.einsum("rc,nck->nrk", COLOURS * VIVID // 100, weights) // (100 * ONE)
    weights = np.clip(weights, -600, 600)
    pixels = weights.reshape(-1, WAVES**2).astype(np.float64) @ tab.waves  # exact: whole numbers far below 2**53
    return (pixels.astype(np.int32) // FINE + 120).reshape(-1, 3, SIZE, SIZE)
