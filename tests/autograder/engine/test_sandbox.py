"""The limits of a check, and what it can see and leave behind, at each level of isolation that this machine has."""

from __future__ import annotations

import ast
import contextlib
import os
import re
import signal
import tempfile
import time
from pathlib import Path

import pytest

from autograder.engine import sandbox
from autograder.engine.errors import GraderFault, UsageError
from autograder.engine.limits import how_it_ended, limit_behind
from autograder.engine.sandbox import SANDBOXED_KIT, bubblewrap_problem, environment, python_in, resolve_level

BEST = "knn.knn_get_best_k"
LEVELS = ["process"] if bubblewrap_problem() else ["bubblewrap", "process"]


@pytest.fixture(scope="module", params=LEVELS)
def tight(request, make_bench):
    bench = make_bench(request.param, seconds=2.0, memory_mib=256, processes=20, file_mib=1)
    with bench:
        yield bench


def first(bench, body: str):
    code = "def knn_get_best_k(k_to_accuracies):\n" + "".join(f"    {line}\n" for line in body.splitlines())
    return bench.grade(code, BEST)["highest_mean"]


def tell(bench, expression: str, *, imports: str = "os") -> str:
    result = first(bench, f"import {imports}\nraise ValueError({expression})")
    assert result.outcome == "error", result
    return result.message.removeprefix("ValueError: ").rsplit(" (knn.py", 1)[0]


def test_too_long_is_a_timeout_that_names_the_limit(tight):
    start = time.perf_counter()
    result = first(tight, "while True: pass")
    assert (result.outcome, result.message) == ("timeout", "timeout after 2 s")
    assert time.perf_counter() - start < 60  # ends at all, on a busy machine too


def test_sleeping_counts_as_well(tight):
    assert first(tight, "import time; time.sleep(60)").outcome == "timeout"


@pytest.mark.parametrize("body", ["return torch.zeros(1 << 30)", "return [bytearray(1 << 20) for _ in range(5000)]"])
def test_too_much_memory_names_the_limit(tight, body):
    result = first(tight, body)
    assert (result.outcome, result.message) == ("crashed", "memory over 0.25 GiB")


def test_a_file_too_large_is_an_error_of_the_students_code(tight):
    result = first(tight, "open('large', 'wb').write(bytes(2 << 20))")
    assert result.outcome == "error"
    assert "File too large" in result.message


def test_memory_of_other_programs_counts_in_full(tight):
    hold = "(head -c 125829120 /dev/zero; sleep 60) | tail"  # which keeps all of a line that does not end
    body = f"""
import os, posix, sys, time
for _ in range(4):
    if posix.fork() == 0:
        os.execv("/bin/sh", ["sh", "-c", {hold!r}])
time.sleep(60)"""
    result = first(tight, body.strip())  # each is smaller than a process that has torch and has done nothing
    assert (result.outcome, result.message) == ("crashed", "memory over 0.25 GiB")


def test_tables_of_memory_that_is_only_read_are_limited(tight):
    body = """
import mmap
flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
return len(mmap.mmap(-1, 1 << 40, flags=flags, prot=mmap.PROT_READ))"""
    result = first(tight, body.strip())  # no page of it is memory, but the tables of all its pages would be 2 GiB
    assert (result.outcome, result.message) == ("crashed", "memory over 0.25 GiB")


def test_a_crash_is_written_to_no_file_and_handed_to_no_program(tight):
    assert tell(tight, "resource.getrlimit(resource.RLIMIT_CORE)", imports="resource") == "(1, 1)"


def test_too_many_open_files_are_an_error_of_the_students_code(tight):
    result = first(tight, "return [open('/dev/null') for _ in range(300)]")
    assert result.outcome == "error"
    assert limit_behind(result.message, 1) == "open files over 256"


def test_a_file_too_large_ends_a_process_that_asked_for_the_signal(tight):
    body = "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_DFL)\nopen('large', 'wb').write(bytes(2 << 20))"
    result = first(tight, body)
    assert (result.outcome, result.message) == ("crashed", "file over 1 MiB")


def test_the_number_of_files_is_limited_too(tight):
    body = "import os\nhome = os.environ['TMPDIR']\nfor i in range(100_000): os.mkdir(f'{home}/{i}')"
    result = first(tight, body)
    assert result.outcome == "error"
    assert limit_behind(result.message, 1) == "files over 256 MiB, or over 16384 of them"
    assert tell(tight, "sorted(os.listdir(os.environ['TMPDIR']))") == "[]"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0, "ended with exit status 0"),
        (3 << 8, "ended with exit status 3"),
        (signal.SIGSEGV, "crashed (SIGSEGV, a memory error)"),
        (signal.SIGSEGV | 0x80, "crashed (SIGSEGV, a memory error)"),  # and a core was written
        (signal.SIGABRT, "crashed (SIGABRT, a library gave up)"),
        (signal.SIGKILL, "was killed (SIGKILL)"),
        (signal.SIGRTMIN + 5, f"was killed (signal {signal.SIGRTMIN + 5})"),
        (signal.SIGXCPU, "CPU time over 6 s"),
        (signal.SIGXFSZ, "file over 1 MiB"),
    ],
)
def test_the_end_of_a_process_is_told_in_words(status, words):
    assert how_it_ended(status, 2.0, 1) == words


def test_an_exception_that_met_no_limit_names_none():
    assert limit_behind("[Errno 2] No such file or directory: 'x'", 1) == ""


def test_a_fork_bomb_is_stopped_and_the_next_check_runs(tight):
    result = first(tight, "import posix\nwhile True: posix.fork()")
    assert result.outcome in ("crashed", "error", "timeout")
    assert tight.points("", BEST) == 4


def test_a_crash_names_its_signal(tight):
    result = first(tight, "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")
    assert result.outcome == "crashed"
    words = r"the process (of the student's code|that ran the code) crashed \(SIGSEGV, a memory error\)"
    assert re.fullmatch(words, result.message), result.message


def running(words: bytes) -> bool:
    """Whether a process of this machine has this command line."""
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if words in line.read_bytes():
                return True
    return False


def test_a_daemon_left_behind_is_gone(tight):
    sleep = f"sleep\0{os.getpid()}{tight.grader.level}".encode()
    body = f"""
import os, posix, time
if posix.fork() == 0:
    os.setsid()
    if posix.fork() == 0:
        os.execv('/bin/sh', ['sh', '-c', 'sleep 300; : {sleep.decode()[6:]}'])
    os._exit(0)
time.sleep(0.5)
return len([p for p in os.listdir('/proc') if p.isdigit()])"""
    result = first(tight, body.strip())
    assert result.outcome == "failed", result
    deadline = time.monotonic() + 5
    while running(sleep[6:]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not running(sleep[6:])


def test_files_of_one_check_are_not_there_in_the_next(tight):
    first(tight, "import os\nopen(os.environ['TMPDIR'] + '/note', 'w').write('6')\nos.mkdir('box')\nreturn 0")
    assert tell(tight, "sorted(os.listdir(os.environ['TMPDIR']))") == "[]"


def test_the_environment_holds_nothing_of_the_graders(tight, monkeypatch):
    names = tell(tight, "sorted(os.environ)")
    assert "PATH" in names
    assert not any(
        word in names for word in ("SECRET", "USER", "SSH", "PYTHONPATH", "VIRTUAL_ENV", "DEEPROB", "PYTEST")
    )


def test_a_check_on_the_cpu_finds_no_gpu_and_one_on_the_gpu_the_one_that_it_was_given(tight, monkeypatch):
    assert tell(tight, "[os.environ['CUDA_VISIBLE_DEVICES']]") == "['']"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/usr/lib64-nvidia")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/tmp/agent")
    with_gpu = environment("", cuda=True)
    assert (with_gpu["CUDA_VISIBLE_DEVICES"], with_gpu["LD_LIBRARY_PATH"]) == ("3", "/usr/lib64-nvidia")
    assert "SSH_AUTH_SOCK" not in with_gpu
    assert environment("")["CUDA_VISIBLE_DEVICES"] == ""


def test_the_folder_of_a_gpus_driver_is_in_the_sandbox_and_no_other_of_that_variable(tmp_path, monkeypatch):
    driver, other = tmp_path / "driver", tmp_path / "other"
    for folder in (driver, other):
        folder.mkdir()
    (driver / "libcuda.so.1").touch()
    monkeypatch.setenv("LD_LIBRARY_PATH", f"{driver}:{other}:")
    assert str(driver) in python_in("bubblewrap", "pass", cuda=True)
    assert str(other) not in python_in("bubblewrap", "pass", cuda=True)
    assert str(driver) not in python_in("bubblewrap", "pass")


def test_no_privilege_is_left(tight):
    status = tell(tight, "[l for l in open('/proc/self/status') if l.startswith(('CapEff', 'NoNewPrivs'))]")
    assert "CapEff:\\t0000000000000000" in status
    assert "NoNewPrivs:\\t1" in status


def test_system_calls_are_filtered_and_the_network_is_closed(tight):
    assert tell(tight, "[l for l in open('/proc/self/status') if l.startswith('Seccomp:')]") == "['Seccomp:\\t2\\n']"
    assert "Network is unreachable" in first(tight, "import socket\nsocket.socket(socket.AF_INET)").message


def test_settings_of_the_machine_cannot_be_written(tight):
    """Those of /proc/sys belong to user 0, who may write them without a capability, in a sandbox too."""
    for setting in ("kernel/core_pattern", "kernel/hostname", "vm/overcommit_memory"):
        result = first(tight, f"import os\nos.close(os.open('/proc/sys/{setting}', os.O_WRONLY))\nreturn 0")
        assert result.outcome == "error", setting
        assert re.search("Read-only file system|Permission denied", result.message), result.message


def test_shared_memory_of_one_check_is_not_there_in_the_next_and_that_of_the_machine_never(tight):
    with tempfile.NamedTemporaryFile(dir="/dev/shm") as ours:
        first(tight, "import os\nopen('/dev/shm/note', 'w').write('6')\nreturn 0")
        assert tell(tight, "os.listdir('/dev/shm')") == "[]"
        assert Path(ours.name).exists()


@pytest.mark.skipif("bubblewrap" not in LEVELS, reason="needs bubblewrap")
class TestBubblewrap:
    @pytest.fixture
    def inside(self, bench):
        assert bench.grader.level == "bubblewrap"
        return bench

    def test_there_is_no_network(self, inside):
        result = first(inside, "import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=2)")
        assert result.outcome == "error"
        assert "unreachable" in result.message

    def test_course_files_hidden_checks_and_other_submissions_are_not_there(self, inside, tmp_path):
        (tmp_path / "gradebook.db").write_text("grades")
        kit = __file__.rsplit("/tests/", 1)[0]
        secret = ("course.toml", "autograder/hidden", "autograder/checks", "autograder/reference/exercises")
        paths = [f"{place}/{name}" for place in (kit, SANDBOXED_KIT) for name in secret]
        paths += [str(tmp_path / "gradebook.db"), "/etc/passwd", "/root/.ssh", "/home"]
        assert tell(inside, f"[p for p in {paths} if os.path.exists(p)]") == "[]"

    def test_pythons_packages_are_in_sight_wherever_they_lie(self, inside):
        assert tell(inside, "len(os.listdir(os.path.dirname(torch.__file__))) > 9") == "True"

    def test_nothing_but_tmp_can_be_written(self, inside):
        places = [
            "/",
            "/dev",
            "/proc",
            "/sandbox/deeprob-kit",
            "/sandbox/deeprob-kit/autograder",
            "/sandbox/deeprob-kit/deeprob",
            "/usr",
            "/usr/lib",
            "/lib",
            "/etc",
        ]
        assert tell(inside, f"[p for p in {places} if os.access(p, os.W_OK)]") == "[]"
        mounts = "sorted({l.split()[4] for l in open('/proc/self/mountinfo') if 'rw' in l.split()[5].split(',')})"
        writable = set(ast.literal_eval(tell(inside, mounts)))
        devices = {f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty", "pts", "console")}
        assert writable - devices == {sandbox.SCRATCH, "/dev/shm"}

    def test_processes_of_the_machine_are_not_seen(self, inside):
        lines = tell(inside, "[open(f'/proc/{p}/cmdline').read()[:9] for p in os.listdir('/proc') if p.isdigit()]")
        assert "pytest" not in lines
        assert int(tell(inside, "len([p for p in os.listdir('/proc') if p.isdigit()])")) < 20

    def test_the_host_cannot_be_reached_by_a_socket_of_its_own(self, inside, tmp_path):
        import socket

        with socket.socket(socket.AF_UNIX) as door:
            door.bind("\0deeprob-test-door")
            door.listen()
            result = first(inside, "import socket\nsocket.socket(socket.AF_UNIX).connect('\\0deeprob-test-door')")
        assert "refused" in result.message


def make_patched(request, make_bench, code):
    """A bench whose zygote runs this code before it starts."""
    real, start = sandbox.zygote_command, "from autograder.engine.zygote import main"

    def command(*args):
        words, folder = real(*args)
        assert start in words[-1]
        return [*words[:-1], words[-1].replace(start, f"exec({code!r}); {start}")], folder

    with pytest.MonkeyPatch.context() as patch, make_bench(request.param, seconds=4.0) as bench:
        patch.setattr(sandbox, "zygote_command", command)
        yield bench


NO_FORK_WHILE_A_CHILD_IS_LEFT = """
import os
fork = os.fork
def fork_alone():
    if os.getpid() == 1:
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return fork()
        raise BlockingIOError("too many processes")
    return fork()
os.fork = fork_alone
"""


@pytest.fixture(scope="module", params=LEVELS)
def crowded(request, make_bench):
    yield from make_patched(request, make_bench, NO_FORK_WHILE_A_CHILD_IS_LEFT)


@pytest.fixture(scope="module", params=LEVELS)
def bare(request, make_bench):
    code = "from autograder.engine import namespaces; namespaces.enter_namespaces = lambda: False"
    yield from make_patched(request, make_bench, code)


ONLY_IN_A_NEW_PROCESS = """
torch.loads, right = getattr(torch, "loads", 0) + 1, predict_labels
def predict_labels(*args, **kwargs):
    if torch.loads > 1:
        raise ValueError("used before")
    return right(*args, **kwargs)
"""


def test_a_check_is_repeated_in_a_new_process_also_where_the_last_one_has_to_end_first(crowded):
    tell(crowded, "0")  # the first process of a place, which nothing has to end for
    submission = crowded.submission(ONLY_IN_A_NEW_PROCESS)
    questions = ("knn.compute_distances_two_loops", "knn.predict_labels")
    assert [q.points / q.max_points for q in crowded.grader.grade(submission, questions).questions] == [1, 1]


class TestWhereASubmissionGetsNoNamespaces:
    """As in many containers, and where a profile grants namespaces to bubblewrap but not within it."""

    def test_files_and_processes_of_one_check_are_gone_in_the_next(self, bare):
        assert tell(bare, "os.getppid() == 1") == "False"
        listing = "sorted(os.listdir(os.environ['TMPDIR']))"
        name = f"sleep-{os.getpid()}-{bare.level}"
        body = f"""
import os, posix, time
time.sleep(0.5)  # the folder is shared, and what the last submission left is being removed
os.makedirs(os.environ['TMPDIR'] + '/a/b')
open(os.environ['TMPDIR'] + '/a/b/note', 'w').write('6')
os.chmod(os.environ['TMPDIR'] + '/a', 0)
if posix.fork() == 0:
    os.setsid()
    os.execv('/bin/sh', ['sh', '-c', 'sleep 300; : {name}'])
return 0"""
        result = first(bare, body.strip())
        assert result.outcome == "failed", result
        left, deadline = "", time.monotonic() + 5
        while left != "[]" and time.monotonic() < deadline:
            left = tell(bare, listing)
        assert left == "[]"
        assert not running(name.encode())

    def test_system_calls_are_filtered_all_the_same(self, bare):
        assert tell(bare, "[l[9] for l in open('/proc/self/status') if l.startswith('Seccomp:')]") == "['2']"

    @pytest.mark.skipif("bubblewrap" not in LEVELS or os.geteuid() != 0, reason="needs bubblewrap, started by root")
    def test_settings_of_the_machine_cannot_be_written_inside_bubblewrap(self, bare):
        if bare.level == "bubblewrap":
            assert tell(bare, "os.access('/proc/sys/kernel/core_pattern', os.W_OK)") == "False"

    def test_where_the_process_that_watches_is_gone_nobody_gets_a_grade_from_it(self, bare):
        """It may have been the submission before that ended it; the next one is graded as ever."""
        body = "import os, time\nos.kill(os.getppid(), 9)\ntime.sleep(1)\nreturn 6"
        with pytest.raises(GraderFault, match="the worker's parent is gone"):
            first(bare, body)
        assert first(bare, "return max(k_to_accuracies, key=lambda k: sum(k_to_accuracies[k]))").outcome == "passed"


def test_auto_is_the_best_level_there_is_and_a_missing_one_is_told(monkeypatch):
    assert resolve_level("auto") == LEVELS[0]
    assert resolve_level("process") == "process"
    monkeypatch.setattr("autograder.engine.sandbox.bubblewrap_problem", lambda: "bubblewrap is not installed")
    assert resolve_level("auto") == "process"
    with pytest.raises(UsageError, match=r"^--sandbox bubblewrap: bubblewrap is not installed$"):
        resolve_level("bubblewrap")
