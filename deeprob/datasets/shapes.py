"""shapes"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from deeprob.datasets import shapes_scenes
from deeprob.datasets.portable import Stream, permutation
from deeprob.datasets.shapes_objects import draw_objects

CHUNK = 1000


@dataclass(frozen=True)
class Recipe:
    layout: float = 1.42
    pattern: float = 3.0
    slope: float = 1.2
    contrast: float = 46
    drift: int = 128          # of 256
    opacity: tuple[int, int] = (152, 218)
    texture: int = 70
    radius: tuple[int, int] = (80, 176)
    reach: int = 112
    wander: int = 112
    distractor: int = 60      # percent of pictures
    distractors: int = 1
    small: tuple[int, int] = (80, 96)
    gain: tuple[int, int] = (190, 290)
    shift: int = 18
    noise: int = 11
    per_scene: int = 4


def _paint(stream, N):
    colour = stream.integers(40, 215, N, 3)
    direction = stream.integers(-128, 127, N, 3)
    direction = np.where(np.abs(direction).sum(1, keepdims=True) < 90, 100, direction)
    return colour, direction


def _chunk(key, first, count, per_scene, r, tab):
    stream = Stream(*key)
    S = -(-count // per_scene)
    scene = np.repeat(np.arange(S), per_scene)[:count]
    scene = scene[permutation(count, key[0] + 7, key[1])]
    N = count
    y = permutation(S, key[0] + 5, key[1]) % 10
    y = y[scene]
    w = stream.bells(S, 3, 64)[scene]
    which = stream.integers(0, 1, S)[scene]
    sign = stream.integers(0, 1, S)[scene] * 2 - 1
    colour, direction = (a[scene] for a in _paint(stream, S))
    radius = stream.integers(*r.radius, S)[scene]
    home = stream.integers(-r.reach, r.reach, S, 2)[scene]
    img = shapes_scenes.background(y, w, which, sign, r.drift, tab, stream)
    # distractor
    for _ in range(r.distractors):
      on = stream.integers(0, 99, N) < r.distractor
      img = draw_objects(img, stream.integers(0, 4, N), stream.integers(0, 4, N), 256 + stream.integers(-r.reach, r.reach, N, 2),
        stream.integers(*r.small, N), _paint(stream, N), stream.integers(*r.opacity, N) * on, r.texture, stream)
    place = 256 + np.clip(home + stream.integers(-r.wander, r.wander, N, 2), -r.reach, r.reach)
    img = draw_objects(img, y // 2, (y + 1) // 2 % 5, place, radius, (colour, direction), stream.integers(*r.opacity, N), r.texture, stream)
    gain = stream.integers(*r.gain, N)[:, None, None, None]
    off = stream.integers(-r.shift, r.shift, N)[:, None, None, None]
    img = ((img - 120) * gain >> 8) + 120 + off
    b = stream.bytes(N, 3, 32, 32, 2).sum(-1, dtype=np.int32) - 255
    img = img + (b * r.noise * 10 >> 10)
    return np.clip(img, 0, 255).astype(np.uint8), y.astype(np.int64), (first + scene).astype(np.int64)


def generate(split, count, seed=0, workers=2, r=Recipe()):
    tab = shapes_scenes.tables(r.layout, r.pattern, r.slope, r.contrast)
    per = r.per_scene if split == "train" else 1
    side = {"train": 0, "test": 1}[split]
    def job(c):
        n = min(CHUNK, count - c)
        return _chunk((seed * 2 + side + 1000, c), c, n, per, r, tab)
    with ThreadPoolExecutor(workers) as ex:
        out = list(ex.map(job, range(0, count, CHUNK)))
    return tuple(np.concatenate(p) for p in zip(*out, strict=True))
