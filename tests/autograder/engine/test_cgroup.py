"""The wall around a check's memory: where it may stand, that it is joined and removed, and that it strikes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.engine import cgroup
from autograder.engine.cgroup import Wall, behind, group, home, make, remove

V2 = "30 24 0:26 / {root} rw,nosuid - cgroup2 cgroup2 rw,nsdelegate"
V1 = "31 24 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"


def hand_down(folder: Path, controllers: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cgroup.subtree_control").write_text(controllers + "\n")
    return folder


def test_a_group_stands_below_the_nearest_one_that_hands_memory_down(tmp_path):
    hand_down(tmp_path, "cpu memory pids")
    slice_ = hand_down(tmp_path / "user.slice/app.slice", "memory pids")
    hand_down(slice_ / "terminal.scope", "")
    assert home(V2.format(root=tmp_path), "0::/user.slice/app.slice/terminal.scope\n") == slice_


@pytest.mark.parametrize(
    ("mounts", "own"),
    [
        (V2, "0::/\n"),  # memory is counted by version 1, or not handed down
        (V1, "4:memory:/a\n0::/\n"),
        (V1, "4:memory:/a\n"),
        (V2.replace(" / ", " /docker/1 "), "0::/\n"),  # a part of the tree alone is shown
        ("", "0::/\n"),
    ],
)
def test_where_memory_is_not_handed_down_there_is_no_group(tmp_path, mounts, own):
    hand_down(tmp_path, "cpu pids")
    assert home(mounts.format(root=tmp_path), own) is None


def test_a_part_of_the_tree_that_is_mounted_is_not_taken_for_the_whole(tmp_path):
    hand_down(tmp_path, "memory")
    assert home(V2.format(root=tmp_path), "0::/\n") == tmp_path
    assert home(V2.replace(" / ", " /docker/1 ").format(root=tmp_path), "0::/\n") is None


def test_a_group_kills_all_its_processes_together_and_may_not_swap(tmp_path):
    folder = make(tmp_path)
    assert folder == tmp_path / f"deeprob-{os.getpid()}" / "check"
    assert (folder.parent / "cgroup.subtree_control").read_text() == "+memory"
    assert (folder / "memory.oom.group").read_text() == "1"
    assert (folder / "memory.swap.max").read_text() == "0"


def test_groups_of_graders_that_were_killed_are_removed_and_others_left(tmp_path):
    ended = subprocess.Popen(["/bin/true"])
    ended.wait()
    left, used = (tmp_path / f"deeprob-{pid}" / "check" for pid in (ended.pid, os.getppid()))
    left.mkdir(parents=True)
    used.mkdir(parents=True)
    make(tmp_path)
    assert not left.parent.exists()
    assert used.exists()


def test_a_group_that_cannot_be_made_is_none(tmp_path):
    (tmp_path / f"deeprob-{os.getpid()}").write_text("")
    assert make(tmp_path) is None


def test_a_command_inherits_the_groups_files_beside_its_own_descriptors(tmp_path):
    (tmp_path / "memory.events").write_text("low 0\nhigh 0\nmax 7\noom 3\noom_kill 2\noom_group_kill 1\n")
    ours, theirs = os.pipe()
    before, files = behind(tmp_path, theirs)
    assert theirs not in files
    code = f"""
import os, sys
sys.path.insert(0, {str(Path(cgroup.__file__).parents[2])!r})
from autograder.engine.cgroup import Wall
wall = Wall{files}
wall.allow(256)
os.write({theirs}, str(wall.strikes()).encode())
wall.enter()
os.write({theirs}, repr([n for n in {files} if os.path.exists(f"/proc/self/fd/{{n}}")]).encode())
"""
    subprocess.run([*before, sys.executable, "-I", "-c", code], pass_fds=[theirs], check=True)
    assert os.read(ours, 100) == b"2[]"
    assert (tmp_path / "memory.max").read_text() == str(512 << 20)
    assert (tmp_path / "cgroup.procs").read_text() == "0"
    os.close(ours)
    os.close(theirs)


def test_a_file_of_the_group_that_takes_nothing_is_no_fault():
    full, null = os.open("/dev/full", os.O_WRONLY), os.open("/dev/null", os.O_RDONLY)
    wall = Wall(full, os.dup(full), null)
    wall.allow(256)
    wall.enter()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(full)


def test_remove_takes_an_empty_group_and_leaves_one_in_use(tmp_path):
    empty, used = tmp_path / "a" / "check", tmp_path / "b" / "check"
    for folder in (empty, used):
        folder.mkdir(parents=True)
    (used / "process").write_text("")
    remove(empty)
    remove(used)
    assert [p.name for p in tmp_path.iterdir()] == ["b"]


@pytest.mark.skipif(group() is None, reason="no control group can be made here")
class TestRealGroup:
    def test_memory_that_is_nobodys_but_the_files_is_walled_and_the_next_check_runs(self, make_bench):
        body = """
            import os

            def knn_get_best_k(k_to_accuracies):
                for i in range(14):
                    with open(f"{os.environ['TMPDIR']}/{i}", "wb") as f:
                        f.write(bytes(16 << 20))
                return 0
            """
        with make_bench("auto", memory_mib=80, file_mib=16) as bench:
            result = bench.grade(body, "knn.knn_get_best_k")["highest_mean"]
            assert (result.outcome, result.message) == ("crashed", "memory over 0.078125 GiB")
            assert bench.points("", "knn.knn_get_best_k") == 4

    def test_nothing_of_the_grader_is_in_the_group(self, bench):
        assert bench.points("", "knn.knn_get_best_k") == 4
        assert str(os.getpid()) not in (group() / "cgroup.procs").read_text().split()
