"""`shapes`: how long it takes to make, and how much a random validation split leaks.

python -m benchmarks.shapes            # both
python -m benchmarks.shapes time
python -m benchmarks.shapes leak
"""

from __future__ import annotations

import sys
import time

import torch

from benchmarks.ladder import RUNGS, Data, centred, climb, nearest
from deeprob.datasets import Split, load, shapes, split_validation

RUNGS_SHOWN = ("softmax", "two128")


def print_times() -> None:
    """Seconds for the official 12,000 pictures."""
    for workers in (1, 2):
        start = time.perf_counter()
        shapes.generate("train", 10_000, workers=workers)
        shapes.generate("test", 2_000, workers=workers)
        print(f"12,000 pictures with {workers} thread(s): {time.perf_counter() - start:.1f} s")


def cut(train: Split, test: Split, by: str) -> Data:
    """Train on four fifths, validate on one fifth, cut by image or by scene."""
    parts = split_validation(train, 0.2, by=by)
    known = tuple(torch.cat([getattr(part, field) for part in parts]).numpy() for field in ("images", "labels"))
    return centred(known, (test.images.numpy(), test.labels.numpy()), len(parts[0]))


def print_leak(limit: int) -> None:
    """Validation and test accuracy of the same models under both cuts."""
    train, test = load("shapes", limit=limit), load("shapes", "test")
    print(f"\n{limit:,} pictures\n| model | random cut | cut by scene | test |\n| --- | --- | --- | --- |")
    by_image, by_scene = cut(train, test, "image"), cut(train, test, "group")
    for k in (1, 10):
        shown = [
            nearest(data.train, asked)[k - 1]
            for data, asked in (
                (by_image, by_image.validation),
                (by_scene, by_scene.validation),
                (by_scene, by_scene.test),
            )
        ]
        print(f"| kNN, k = {k} | " + " | ".join(f"{percent:.1f}" for percent in shown) + " |", flush=True)
    for name in RUNGS_SHOWN:
        random, (honest, test_accuracy, _) = climb(RUNGS[name], by_image)[0], climb(RUNGS[name], by_scene)
        print(f"| {RUNGS[name].title} | {random:.1f} | {honest:.1f} | {test_accuracy:.1f} |", flush=True)


def main() -> None:
    what = sys.argv[1:] or ["time", "leak"]
    if "time" in what:
        print_times()
    if "leak" in what:
        for limit in (5_000, 10_000):
            print_leak(limit)


if __name__ == "__main__":
    main()
