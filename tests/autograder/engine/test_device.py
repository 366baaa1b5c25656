"""Where tensors live, and how exact they are there."""

from __future__ import annotations

import pytest
import torch

from autograder.engine.device import full_precision, resolve_device
from autograder.engine.errors import UsageError


def test_float32_is_float32_while_checks_run_and_as_before_afterwards():
    switches = torch.backends.cudnn, torch.backends.cuda.matmul
    before = [switch.allow_tf32 for switch in switches]
    torch.backends.cudnn.allow_tf32 = True
    try:
        with full_precision():
            assert [switch.allow_tf32 for switch in switches] == [False, False]
        assert torch.backends.cudnn.allow_tf32
    finally:
        torch.backends.cudnn.allow_tf32 = before[0]


def test_checks_run_in_full_precision(bench_in_process, bench):
    code = """
def knn_get_best_k(k_to_accuracies):
    raise ValueError(f"tf32 {torch.backends.cudnn.allow_tf32}")
"""
    for place in (bench, bench_in_process):
        said = {r.message for r in place.grade(code, "knn.knn_get_best_k").values() if r.outcome == "error"}
        assert said
        assert all("tf32 False" in message for message in said)


def test_an_unknown_device_or_one_that_is_not_there_is_told():
    assert resolve_device("cpu") == "cpu"
    with pytest.raises(UsageError, match="unknown device 'tpu'"):
        resolve_device("tpu")
    if not torch.cuda.is_available():
        with pytest.raises(UsageError, match="torch sees no CUDA device"):
            resolve_device("cuda")
