"""Numeric gradients: right for any memory layout, inputs put back, and the worst place named."""

import dataclasses

import pytest
import torch

from deeprob.gradient_check import (
    GradientComparison,
    compare_gradients,
    compute_numeric_gradient,
    grad_check_sparse,
    rel_error,
)


@pytest.fixture
def draws():
    generator = torch.Generator().manual_seed(4)
    return lambda *shape: torch.randn(shape, generator=generator, dtype=torch.float64)


def autograd(f, x, dLdf):
    leaf = x.detach().clone().requires_grad_()
    return torch.autograd.grad(f(leaf), leaf, dLdf)[0]


@pytest.mark.parametrize("shape", [(), (1,), (4, 3), (2, 3, 2)])
def test_a_scalar_function(draws, shape):
    x = draws(*shape)
    numeric = compute_numeric_gradient(lambda v: (v**3).sum(), x)
    assert numeric.shape == x.shape
    torch.testing.assert_close(numeric, 3 * x**2, rtol=1e-6, atol=1e-7)


def test_a_function_that_returns_a_python_float(draws):
    x = draws(3)
    numeric = compute_numeric_gradient(lambda v: float(v.sin().sum()), x)
    torch.testing.assert_close(numeric, x.cos(), rtol=1e-6, atol=1e-7)


def test_a_tensor_function_weighs_its_outputs_with_dLdf(draws):
    x, w, dout = draws(4, 3), draws(3, 5), draws(4, 5)
    numeric = compute_numeric_gradient(lambda v: (x @ v).tanh(), w, dout)
    torch.testing.assert_close(numeric, autograd(lambda v: (x @ v).tanh(), w, dout), rtol=1e-6, atol=1e-7)
    ones = compute_numeric_gradient(lambda v: (x @ v).tanh(), w)
    torch.testing.assert_close(ones, autograd(lambda v: (x @ v).tanh().sum(), w, None), rtol=1e-6, atol=1e-7)


def test_inputs_that_are_not_contiguous(draws):
    for x in (draws(4, 5).T, draws(6, 4)[::2], draws(3, 2, 4).permute(2, 0, 1), draws(3, 8)[:, 1::3]):
        assert not x.is_contiguous()
        numeric = compute_numeric_gradient(lambda v: (v**2 * v.reshape(-1)[0]).sum(), x)
        assert numeric.is_contiguous()
        expected = autograd(lambda v: (v**2 * v.reshape(-1)[0]).sum(), x, None)
        torch.testing.assert_close(numeric, expected, rtol=1e-6, atol=1e-6)


def test_x_is_put_back_exactly(draws):
    buffer = draws(6, 4)
    before = buffer.clone()
    compute_numeric_gradient(lambda v: v.exp().sum(), buffer[::2].T)
    assert torch.equal(buffer, before)


def test_x_is_put_back_when_f_raises(draws):
    x, calls = draws(3), []
    before = x.clone()

    def fails_later(v):
        calls.append(v)
        if len(calls) > 3:
            raise RuntimeError("f has had enough")
        return v.sum()

    with pytest.raises(RuntimeError, match="had enough"):
        compute_numeric_gradient(fails_later, x)
    assert torch.equal(x, before)


def test_f_may_use_x_from_around_it(draws):
    params = {"W": draws(3, 2)}
    x = draws(4, 3)
    numeric = compute_numeric_gradient(lambda _: ((x @ params["W"]) ** 2).sum(), params["W"])
    torch.testing.assert_close(numeric, 2 * x.T @ (x @ params["W"]), rtol=1e-6, atol=1e-6)


def test_f_may_return_a_view_of_x(draws):
    x, dout = draws(4, 3), draws(12)
    torch.testing.assert_close(compute_numeric_gradient(lambda v: v.view(-1), x, dout), dout.view(4, 3))


def test_float32_is_refused_unless_the_step_is_large():
    x = torch.tensor([1.0, 300.0])
    with pytest.raises(ValueError, match=r"x is float32, with entries up to 300 .* Convert all tensors to float64"):
        compute_numeric_gradient(torch.sum, x)
    with pytest.raises(ValueError, match="expected float64"):
        compute_numeric_gradient(torch.sum, torch.ones(2, dtype=torch.int64))
    numeric = compute_numeric_gradient(lambda v: v.sum(), x[:1], h=1e-2)
    torch.testing.assert_close(numeric, torch.ones(1), rtol=1e-3, atol=0)


def test_a_function_that_computes_in_float32_is_refused(draws):
    with pytest.raises(ValueError, match=r"f\(x\) has dtype float32, and x has float64"):
        compute_numeric_gradient(lambda v: v.float().sum(), draws(3))


def test_entries_that_share_memory_are_refused(draws):
    with pytest.raises(ValueError, match=r"share memory .*x\.clone\(\)"):
        compute_numeric_gradient(torch.sum, draws(1, 3).expand(4, 3))


def test_a_random_function_is_refused(draws):
    x = draws(20)
    with pytest.raises(ValueError, match="fix the seed"):
        compute_numeric_gradient(lambda v: v * (torch.rand(20) > 0.5), x)


def test_dLdf_of_another_shape_is_refused(draws):
    with pytest.raises(ValueError, match=r"dLdf has shape \(3,\), expected \(\), that of f\(x\)"):
        compute_numeric_gradient(lambda v: v.sum(), draws(3), torch.ones(3))


def test_the_comparison_says_where(draws):
    numeric = draws(3, 4)
    analytic = numeric.clone()
    analytic[1, 2] *= 1.5
    found = compare_gradients(numeric, analytic, "dw")
    assert found.index == (1, 2)
    assert (found.numeric, found.analytic) == (float(numeric[1, 2]), float(analytic[1, 2]))
    assert found.error == pytest.approx(0.2)
    assert (found.wrong, found.total) == (1, 12)
    assert str(found).startswith("dw: largest relative error 2.0e-01 at [1, 2]: numeric ")
    assert str(found).endswith("; 1 of 12 entries are off by more than 1 %")
    assert "\n" not in str(found)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.error = 0.0


def test_a_right_gradient_has_a_small_error(draws):
    x = draws(5, 4)
    numeric = compute_numeric_gradient(lambda v: v.exp().sum() * 0.1, x)
    found = compare_gradients(numeric, 0.1 * x.exp(), "dx")
    assert found.error < 1e-6
    assert found.wrong == 0
    assert "entries are off" not in str(found)


def test_tiny_wrong_entries_do_not_vanish():
    numeric = torch.tensor([1.0, 3e-7, 0.5], dtype=torch.float64)
    analytic = torch.tensor([1.0, 6e-7, 0.5], dtype=torch.float64)
    found = compare_gradients(numeric, analytic)
    assert found.index == (1,)
    assert found.error == pytest.approx(1 / 3)
    assert rel_error(numeric, analytic) == pytest.approx(1 / 3)


def test_the_rounding_of_numeric_gradients_is_no_mistake():
    numeric = torch.tensor([1.0, 2e-9, -4e-9], dtype=torch.float64)
    analytic = torch.tensor([1.0, 0.0, 1e-9], dtype=torch.float64)
    assert compare_gradients(numeric, analytic).error < 1e-8
    assert compare_gradients(numeric[1:], analytic[1:]).error < 1e-2
    assert rel_error(numeric, analytic) == pytest.approx(1.0)


def test_a_constant_factor_is_seen_everywhere(draws):
    numeric = draws(4, 3)
    found = compare_gradients(numeric, 2 * numeric)
    assert found.error == pytest.approx(1 / 3)
    assert found.wrong == 12


def test_nan_is_the_worst_error(draws):
    numeric = draws(2, 2)
    analytic = numeric.clone()
    analytic[0, 1] = torch.nan
    found = compare_gradients(numeric, analytic)
    assert (found.error, found.index) == (float("inf"), (0, 1))
    assert rel_error(numeric, analytic) == float("inf")


def test_comparison_of_single_numbers():
    found = compare_gradients(torch.tensor(2.0), torch.tensor(2.0), "db")
    assert str(found) == "db: largest relative error 0.0e+00: numeric 2, analytic 2"


@pytest.mark.parametrize(
    ("analytic", "message"),
    [
        (torch.zeros(3, 2), r"dw has shape \(3, 2\), expected \(2, 3\)"),
        (None, "dw is None, expected a tensor"),
    ],
)
def test_what_cannot_be_compared(analytic, message):
    with pytest.raises(ValueError, match=message):
        compare_gradients(torch.zeros(2, 3), analytic, "dw")
    with pytest.raises(ValueError, match="nothing to compare"):
        compare_gradients(torch.zeros(0), torch.zeros(0))


def test_rel_error_measures_each_entry_against_itself():
    x = torch.tensor([100.0, 1.0])
    assert rel_error(x, torch.tensor([100.0, 3.0])) == pytest.approx(0.5)
    assert rel_error(x, x) == 0
    assert rel_error(torch.zeros(2), torch.zeros(2)) == 0
    assert rel_error(torch.zeros(1), torch.tensor([1e-11])) == pytest.approx(0.1)


def test_the_sparse_check_prints_its_places_and_returns_the_worst(draws, capsys):
    x = draws(6, 7)
    before = x.clone()
    right = grad_check_sparse(lambda v: (v**2).sum(), x, 2 * x, num_checks=5)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == right.total == 5
    assert all("numeric" in line and "analytic" in line and "relative error" in line for line in lines)
    assert right.error < 1e-6
    assert torch.equal(x, before)

    wrong = 2 * x
    wrong[3] += 1
    found = grad_check_sparse(lambda v: (v**2).sum(), x, wrong, num_checks=42)
    assert found.index[0] == 3
    assert found.wrong == 7
    assert found.analytic == pytest.approx(float(wrong[found.index]))
    assert isinstance(found, GradientComparison)


def test_the_sparse_check_takes_other_places_with_another_seed(draws, capsys):
    x = draws(30, 30)
    shown = []
    for seed in (0, 0, 1):
        grad_check_sparse(lambda v: v.sum(), x, torch.ones_like(x), num_checks=3, seed=seed)
        shown.append([line.split("numeric")[0] for line in capsys.readouterr().out.splitlines()])
    assert shown[0] == shown[1]
    assert shown[0] != shown[2]


def test_the_sparse_check_takes_what_is_not_contiguous(draws, capsys):
    x = draws(5, 6).T
    assert grad_check_sparse(lambda v: (v**3).sum(), x, 3 * x**2, num_checks=8).error < 1e-6
    with pytest.raises(ValueError, match="analytic_grad has shape"):
        grad_check_sparse(lambda v: v.sum(), x, torch.ones(5, 6))
