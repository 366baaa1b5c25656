"""Grading on a Dask cluster: the same results as here, also when a node is killed on the way."""

from __future__ import annotations

import os
import signal
import socket

import pytest

from autograder import cluster
from autograder.cluster import run_on_cluster
from autograder.course import KIT_ROOT
from autograder.engine.errors import UsageError
from autograder.engine.sandbox import best_level
from autograder.engine.submission import Submission
from autograder.setting import Setting, grade_one
from autograder.slots import Task

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore")  # of a cluster's own sockets
REFERENCE = (KIT_ROOT / "autograder/reference/exercises/knn.py").read_bytes()
CLASS = {
    "ada": REFERENCE,
    "bob": REFERENCE + b"\n\ndef knn_get_best_k(k_to_accuracies):\n    return 1\n",
    "eve": b"import os\nos._exit(0)\n",
    **{f"student{i}": REFERENCE for i in range(5)},
}


@pytest.fixture
def setting(monkeypatch):
    return Setting("p1_classifiers", b"the secret of the tests, long enough", "cpu", best_level())


@pytest.fixture
def nodes():
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as made:
        yield made


def plain(result):
    """A result without its times."""
    checks = [(c.id, c.outcome, c.message, c.diagnosis) for q in result.questions for c in q.checks]
    return result.score, result.seed, result.sandbox, result.files, checks


def test_a_cluster_gives_the_same_results_although_a_node_is_killed(setting, nodes):
    submissions = [Submission(name, {"knn.py": source}) for name, source in CLASS.items()]
    told = {s.name: [] for s in submissions}
    tasks = [Task(s, {}, told[s.name].append) for s in submissions]
    came, killed = {}, 0
    for submission, answer in run_on_cluster(setting, iter(tasks), nodes.scheduler_address):
        came[submission] = plain(answer)
        if not killed:
            killed = next(iter(nodes.workers.values())).process.pid
            os.kill(killed, signal.SIGKILL)
    with setting.grader() as grader:
        here = {s.name: plain(grade_one(grader, s, {}, None)) for s in submissions}
    assert killed
    assert came == here
    assert here["ada"][0] == 50
    assert all(told[name] for name in came)


def test_a_node_with_another_kit_grades_nothing(setting, monkeypatch):
    monkeypatch.setattr(cluster, "_HERE", {})
    with pytest.raises(UsageError, match="a node of the cluster has another kit, Python or torch than this machine"):
        cluster._grade_here(setting, "another", Submission("ada", {}), {})


@pytest.mark.parametrize("address", ["nonsense", "tcp://10.0.0.1", "http://10.0.0.1:8786"])
def test_an_address_that_is_none_is_named(setting, address):
    with pytest.raises(UsageError, match=f"--cluster {address}: expected the address of a Dask scheduler"):
        list(run_on_cluster(setting, iter(()), address))


def test_no_scheduler_or_no_worker_is_said(setting, monkeypatch):
    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 1)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{unused.getsockname()[1]}"
    with pytest.raises(UsageError, match="no scheduler answers there"):
        list(run_on_cluster(setting, iter(()), address))
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0") as empty,
        pytest.raises(UsageError, match="the scheduler has no workers; start `dask worker tcp://"),
    ):
        list(run_on_cluster(setting, iter(()), empty.scheduler_address))
