"""Grades a large class, made up as a real one is, and watches whether anything grows that should not.

    python -m benchmarks.scale [--submissions 1000] [--jobs 2] [--every 100]

Half of the class is right (the reference and variants), two fifths make known mistakes, a tenth is hostile. After every
hundred: seconds a submission, and the memory, descriptors, processes and temporary files that the graders hold.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import tempfile
import time
from pathlib import Path

from autograder.course import KIT_ROOT, Assignment, load_course
from autograder.engine.results import CheckResult
from autograder.engine.sandbox import best_level
from autograder.engine.submission import Submission, read_submission
from autograder.ledger import Ledger
from autograder.mutation import load_mutants, load_variants, mutate, vary
from autograder.setting import Setting
from autograder.slots import Task, run_in_slots

ATTACKS = KIT_ROOT / "tests" / "hostile" / "attacks"
SECRET = b"the benchmark draws the same inputs every time"


def run(count: int, jobs: int, every: int) -> None:
    """Print a line for each part of the class, and the sums."""
    assignment = load_course().assignment("p1")
    setting = Setting(assignment.id, SECRET, "cpu", best_level())
    contents = setting.contents()
    print(f"{count} submissions of p1, {jobs} slots, sandbox {setting.sandbox}")
    with tempfile.TemporaryDirectory(prefix="deeprob-scale-") as folder:
        tempfile.tempdir = os.environ["TMPDIR"] = folder  # for all that the graders leave behind
        with Ledger(Path(folder)) as ledger:
            tasks = []
            for submission in made_up_class(assignment, count):
                entry = ledger.entry(contents.keys(submission))
                tasks.append(Task(submission, entry.known, entry.add))
            parts, faults = [], 0
            start = since = time.perf_counter()
            for number, (name, answer) in enumerate(run_in_slots(setting, iter(tasks), jobs), 1):
                if isinstance(answer, str):
                    faults += 1
                    print(f"{name}: {answer}")
                if number % every == 0:
                    parts.append((time.perf_counter() - since) / every)
                    print(f"{number:6}  {parts[-1]:.3f} s a submission  {_held(folder)}", flush=True)
                    since = time.perf_counter()
            seconds = time.perf_counter() - start
        size = (Path(folder) / "ledger.db").stat().st_size / (1 << 20)
    print(f"{seconds:.0f} s, {seconds / count:.3f} s a submission, {faults} faults, ledger {size:.0f} MiB")
    if len(parts) > 1:
        half = len(parts) // 2
        print(f"the second half costs {sum(parts[-half:]) / sum(parts[:half]):.2f} times the first")


def slot_memory() -> None:
    """Print what a slot holds, and how much of a check's process is not shared with the process it was forked from."""
    assignment = load_course().assignment("p1")
    leaves: list[dict[str, int]] = []

    def look(result: CheckResult) -> None:
        family = _below(os.getpid())
        leaves.extend(_memory(pid) for pid in family if not _below(pid))

    with Setting(assignment.id, SECRET, "cpu", best_level()).grader() as grader:
        grader.grade(read_submission("reference", assignment), on_check=look)
        slot = sum(_memory(pid)["Pss"] for pid in _below(os.getpid()))
    most = max(leaves, key=lambda m: m["Private_Dirty"])
    print(
        f"a slot's processes hold {slot >> 10} MiB together; a check's process has {most['Rss'] >> 10} MiB resident, "
        f"of which {most['Private_Dirty'] >> 10} MiB are its own"
    )


def made_up_class(assignment: Assignment, count: int) -> list[Submission]:
    """Right answers, known mistakes and attacks, mixed; the same class for the same count."""
    reference = read_submission("reference", assignment).files
    right, mistaken = [reference], []
    for exercise in assignment.exercises:
        source = reference[exercise.file].decode()
        right += [{**reference, exercise.file: vary(source, v).encode()} for v in load_variants(exercise.name)]
        mistaken += [{**reference, exercise.file: mutate(source, m).encode()} for m in load_mutants(exercise.name)]
    hostile = []
    for path in sorted(ATTACKS.glob("*.txt")):
        attack = path.read_bytes()
        target = re.search(rb"^# question: (\w+)\.", attack, re.MULTILINE)
        file = f"{target[1].decode()}.py" if target else ""
        if file in reference:
            hostile.append({**reference, file: reference[file] + b"\n\n" + attack})
    chance = random.Random(0)
    kinds = chance.choices((right, mistaken, hostile), weights=(50, 40, 10), k=count)
    return [Submission(f"student{i:05}", dict(chance.choice(kind))) for i, kind in enumerate(kinds)]


def _held(folder: str) -> str:
    """What this process and all below it hold; memory that several share is counted once."""
    family = [os.getpid(), *_below(os.getpid())]
    memory = [_memory(pid) for pid in family]
    files = sum(len(names) for _, _, names in os.walk(folder)) - 2  # the ledger's own two
    return (
        f"{sum(m['Pss'] for m in memory) >> 10:6} MiB {sum(map(_descriptors, family)):5} descriptors "
        f"{len(family):4} processes {files:4} files"
    )


def _memory(pid: int) -> dict[str, int]:
    """KiB of a process by kind, `Pss`, `Rss` and `Private_Dirty` among them; zeros when it has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        text = ""
    found = {name: int(kib) for name, kib in re.findall(r"^(\w+):\s+(\d+) kB$", text, re.MULTILINE)}
    return {"Pss": 0, "Rss": 0, "Private_Dirty": 0, **found}


def _descriptors(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def _below(pid: int) -> list[int]:
    """All processes that descend from one."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                stat = Path(f"/proc/{name}/stat").read_text()
            except OSError:
                continue
            children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(name))
    found, queue = [], [pid]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.scale", description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--every", type=int, default=100)
    options = parser.parse_args()
    slot_memory()
    run(options.submissions, options.jobs, options.every)


if __name__ == "__main__":
    main()
