"""`shapes`: ten classes of 32 x 32 colour pictures, made by this code, as steep a ladder of models as CIFAR-10.

A picture shows a large object in front of a smooth background, with a small distractor, under some light, with noise.
Its class is told in four ways, one for each rung of the course's ladder of models:
  1. the mean layout of the background's colours: enough for a linear classifier, which gets no further
  2. a background pattern with a random sign: averages to nothing, so that it takes a hidden layer
  3. the object's outline and texture, at a random place, size and angle: takes convolution
  4. which of the two objects is the large one, and outline and texture together: takes depth
Much that names no class (scene, light, colours, noise) drowns the distances that nearest neighbours go by.

Pictures come in scenes, as the frames of a camera do: those of a scene share class, background, and the object's
colours and size; the object's place and angle, the distractor, light and noise change, and the background drifts. A
scene is the picture's group. No scene is in both splits, and in the test split every picture has a scene of its own.

The bytes are the same on every machine: random integers from a specified generator (`portable`), integer arithmetic,
and products of whole numbers small enough to be exact in float64. Each thousand pictures has its own random stream,
so that threads change nothing, and holds whole scenes, so that the first 5,000 pictures are whole scenes too.
"""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from deeprob.datasets.archives import Arrays
from deeprob.datasets.catalog import describe
from deeprob.datasets.download import writing
from deeprob.datasets.errors import DatasetError
from deeprob.datasets.info import checksum
from deeprob.datasets.portable import Stream
from deeprob.datasets.shapes_objects import OUTLINES, TEXTURES, UNIT, draw_objects
from deeprob.datasets.shapes_scenes import WAVES, Tables, background, tables

__all__ = ["RECIPE", "SHA256", "Recipe", "generate", "read"]

CHUNK = 1000
RECORD = np.dtype([("label", "u1"), ("scene", "<i4"), ("image", "u1", (3, 32, 32))])
SHA256 = {
    "train": "cdf32c30ad4dd90304ead7ad4091c9c4231c6b7704896c2fa2b4dcfbb26d40e2",
    "test": "69cfd352c8ecf5caac2e24101b59e05804aecb7ec53952f98339567c6b93870f",
}
FIRST_SCENE = {"train": 0, "test": 1_000_000}


@dataclass(frozen=True)
class Recipe:
    """How strong each cue and each nuisance is. Lengths in 1/16 pixel; ranges include both ends."""

    layout: float = 1.55  # of the class's layout, in standard deviations of the scenes' weights
    pattern: float = 3.2  # of the class's pattern, likewise
    slope: float = 1.2  # how fast the spectrum of backgrounds falls
    contrast: float = 46  # of backgrounds, in grey levels
    drift: int = 64  # of 256: the part of a background's variance that changes from picture to picture
    per_scene: int = 4
    radius: tuple[int, int] = (88, 176)
    small: tuple[int, int] = (72, 104)  # radius of the distractor
    reach: int = 64  # how far from the middle the object's centre may lie, down and right
    stray: int = 176  # the same for the distractor
    opacity: tuple[int, int] = (152, 218)  # of 256
    texture: int = 32  # contrast of textures, percent
    gain: tuple[int, int] = (190, 290)  # of 256
    shift: int = 18  # of brightness, grey levels
    noise: int = 13  # standard deviation, grey levels


RECIPE = Recipe()


@dataclass(frozen=True)
class _Scenes:
    """What the pictures of a scene share, one row a scene."""

    label: np.ndarray  # (S,)
    weights: np.ndarray  # (S, 3, 64)
    which: np.ndarray  # (S,) which pattern, 0 or 1
    sign: np.ndarray  # (S,) its sign, -1 or 1
    radius: np.ndarray  # (S,)
    colour: np.ndarray  # (S, 3)
    direction: np.ndarray  # (S, 3)

    def __getitem__(self, index: np.ndarray) -> _Scenes:
        return _Scenes(*(getattr(self, field.name)[index] for field in fields(self)))


def generate(
    split: str, count: int, *, seed: int = 0, workers: int = 2, recipe: Recipe = RECIPE
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Make pictures.

    Args:
        split: "train", with `recipe.per_scene` pictures a scene, or "test", with one.
        count: how many; fewer pictures are the first of more, in steps of 1,000.
        seed: which world; classes look the same in all of them.
        workers: how many threads; changes only the time.
        recipe: the strength of cues and nuisances.

    Returns:
        Images uint8 (N, 3, 32, 32), labels int64 (N,) and scenes int64 (N,).
    """
    tab = tables(recipe.layout, recipe.pattern, recipe.slope, recipe.contrast)

    def chunk(start: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        stream = Stream(2 * seed + (split == "test"), start)
        per_scene = recipe.per_scene if split == "train" else 1
        images, labels, scenes = _pictures(min(CHUNK, count - start), per_scene, recipe, tab, stream)
        return images, labels, scenes + FIRST_SCENE[split] + start // per_scene

    with ThreadPoolExecutor(workers) as pool:
        parts = list(pool.map(chunk, range(0, count, CHUNK)))
    images, labels, scenes = (np.concatenate(column) for column in zip(*parts, strict=True))
    return images, labels.astype(np.int64), scenes.astype(np.int64)


def _pictures(
    N: int, per_scene: int, recipe: Recipe, tab: Tables, stream: Stream
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """N pictures in a mixed order: uint8 (N, 3, 32, 32), labels (N,) and the scenes' numbers from 0 on (N,)."""
    scenes = -(-N // per_scene)
    number = np.arange(N)[stream.order(N)] // per_scene
    scene = _scenes(scenes, recipe, stream)[number]
    images = background(scene.label, scene.weights, scene.which, scene.sign, recipe.drift, tab, stream)
    outline, texture = (stream.integers(0, len(kinds) - 1, N) for kinds in (OUTLINES, TEXTURES))
    small = stream.integers(*recipe.small, N)
    images = _place(images, outline, texture, small, _paint(N, stream), recipe.stray, recipe, stream)
    outline, texture = scene.label // 2, (scene.label + 1) // 2 % 5  # see the names of the classes
    paint = scene.colour, scene.direction
    images = _place(images, outline, texture, scene.radius, paint, recipe.reach, recipe, stream)
    return _photograph(images, recipe, stream), scene.label, number


def _scenes(S: int, recipe: Recipe, stream: Stream) -> _Scenes:
    """Draw S scenes, as many of each class as possible."""
    label = stream.order(S) % 10
    which, sign = stream.integers(0, 1, S), 2 * stream.integers(0, 1, S) - 1
    weights, radius = stream.bells(S, 3, WAVES**2), stream.integers(*recipe.radius, S)
    return _Scenes(label, weights, which, sign, radius, *_paint(S, stream))


def _paint(N: int, stream: Stream) -> tuple[np.ndarray, np.ndarray]:
    """Colours (N, 3), and the colour directions of their textures (N, 3), none of them too weak to see."""
    colour, direction = stream.integers(40, 215, N, 3), stream.integers(-128, 127, N, 3)
    weak = np.abs(direction).sum(axis=1, keepdims=True) < 90
    return colour, np.where(weak, 100, direction)


def _place(
    images: np.ndarray,
    outline: np.ndarray,
    texture: np.ndarray,
    radius: np.ndarray,
    paint: tuple[np.ndarray, np.ndarray],
    reach: int,
    recipe: Recipe,
    stream: Stream,
) -> np.ndarray:
    """Draw one object a picture at a random place."""
    N, middle = len(images), 16 * UNIT
    centre = middle + stream.integers(-reach, reach, N, 2)
    opacity = stream.integers(*recipe.opacity, N)
    return draw_objects(images, outline, texture, centre, radius, paint, opacity, recipe.texture, stream)


def _photograph(images: np.ndarray, recipe: Recipe, stream: Stream) -> np.ndarray:
    """Light and noise: uint8 (N, 3, 32, 32)."""
    N = len(images)
    gain, shift = stream.integers(*recipe.gain, N), stream.integers(-recipe.shift, recipe.shift, N)
    lit = ((images - 120) * gain[:, None, None, None] >> 8) + 120 + shift[:, None, None, None]
    grain = stream.bytes(*images.shape, 2).sum(axis=-1, dtype=np.int32) - 255  # standard deviation 104.5
    return np.clip(lit + (grain * recipe.noise * 157 >> 14), 0, 255).astype(np.uint8)


def read(split: str, root: Path) -> Arrays:
    """The official split, from <root>/shapes/<split>.npy; made (about three seconds for both) when it is not there.

    Raises:
        DatasetError: the cache cannot be written, or this machine makes other bytes than all others.
    """
    path = root / "shapes" / f"{split}.npy"
    if not path.is_file() or checksum(path) != SHA256[split]:
        _write(path, split)
    records = np.load(path)
    images, labels, scenes = (np.ascontiguousarray(records[field]) for field in ("image", "label", "scene"))
    return Arrays(images, labels.astype(np.int64), scenes.astype(np.int64))


def _write(path: Path, split: str) -> None:
    info = describe("shapes")
    images, labels, scenes = generate(split, info.train_size if split == "train" else info.test_size)
    records = np.empty(len(labels), RECORD)
    records["image"], records["label"], records["scene"] = images, labels, scenes
    content = io.BytesIO()
    np.lib.format.write_array(content, records, version=(1, 0))
    if (found := hashlib.sha256(content.getbuffer()).hexdigest()) != SHA256[split]:
        raise DatasetError(
            path,
            f"expected sha256 {SHA256[split][:16]}..., this machine made {found[:16]}....",
            "report it with the versions of python and numpy; the other data sets are not concerned.",
        )
    with writing(path) as file:
        file.write(content.getbuffer())
