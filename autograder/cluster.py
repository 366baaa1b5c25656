"""The same grading on many machines: each submission is a task of a Dask cluster, each node has its own sandbox.

    dask scheduler
    dask worker tcp://HOST:8786 --nthreads 1 --nworkers 8      (on each node, in this kit's environment)
    python -m autograder grade p1 --cluster tcp://HOST:8786

When a node dies, what it was grading goes to another. Every node must have the same kit, Python and torch, which is
what makes the results equal; it is compared before anything is graded. The course's secret travels to the nodes.
"""

from __future__ import annotations

import atexit
import importlib
import re
import threading
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from autograder.engine.errors import UsageError
from autograder.engine.grade import Grader
from autograder.engine.results import CheckResult
from autograder.engine.submission import Submission
from autograder.setting import Setting, grade_one
from autograder.slots import Answer, Task

__all__ = ["run_on_cluster"]

ADDRESS = re.compile(r"(tcp|tls)://.+:\d+")
SECONDS_TO_CONNECT = 20
AHEAD = 4  # tasks sent for each worker: more work than it can finish meanwhile, and not the whole class
DIED = "the nodes that graded it died, one after the other; is memory short?"


def run_on_cluster(setting: Setting, tasks: Iterator[Task], address: str) -> Iterator[tuple[str, Answer]]:
    """Grade on the nodes of a scheduler; yields the name and answer of each submission as it is done.

    Raises:
        UsageError: no package `distributed`, no scheduler or node there, or a node that is not like this machine.
    """
    if not ADDRESS.fullmatch(address):
        raise UsageError(f"--cluster {address}: expected the address of a Dask scheduler, such as tcp://10.0.0.1:8786")
    try:
        dask: Any = importlib.import_module("distributed")
    except ImportError as e:
        raise UsageError(f"--cluster needs {e.name}; next step: pip install 'deeprob[cluster]'") from e
    try:
        client = dask.Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except OSError as e:
        raise UsageError(f"--cluster {address}: no scheduler answers there ({e})") from e
    with client:
        try:
            client.wait_for_workers(1, timeout=SECONDS_TO_CONNECT)
        except TimeoutError:
            raise UsageError(
                f"--cluster {address}: the scheduler has no workers; start `dask worker {address}`"
            ) from None
        kit = setting.contents().digest
        sent: dict[Any, Task] = {}

        def send(task: Task) -> Any:
            future = client.submit(_grade_here, setting, kit, task.submission, dict(task.known), pure=False)
            sent[future] = task
            return future

        ahead = AHEAD * len(client.ncores())
        done = dask.as_completed([send(task) for task in islice(tasks, ahead)], loop=client.loop)
        for future in done:
            task = sent.pop(future)
            following = next(tasks, None)
            if following:
                done.add(send(following))
            try:
                answer, new = future.result()
            except dask.KilledWorker:
                answer, new = DIED, []
            for result in new:
                if task.on_check:
                    task.on_check(result)
            yield task.submission.name, answer
            future.release()


_HERE: dict[str, Any] = {}  # a node's warm grader, and for which setting it is
_LOCK = threading.Lock()


def _grade_here(
    setting: Setting, kit: str, submission: Submission, known: Mapping[str, CheckResult]
) -> tuple[Answer, list[CheckResult]]:
    """On a node: the answer, and the results that are new."""
    new: list[CheckResult] = []
    with _LOCK:
        return grade_one(_grader(setting, kit), submission, known, new.append), new


def _grader(setting: Setting, kit: str) -> Grader:
    if _HERE.get("setting") != setting:
        if setting.contents().digest != kit:
            raise UsageError(
                "a node of the cluster has another kit, Python or torch than this machine; make them alike"
            )
        _close()
        grader = setting.grader()
        _HERE.update(setting=setting, grader=grader.__enter__())
        atexit.register(_close)
    grader = _HERE["grader"]
    assert isinstance(grader, Grader)
    return grader


def _close() -> None:
    grader = _HERE.pop("grader", None)
    _HERE.clear()
    if grader is not None:
        grader.__exit__(None, None, None)
