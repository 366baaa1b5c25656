"""Known mistakes in `LocalResponseNorm`, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

FORWARD = "normalization.LocalResponseNorm.forward"
BACKWARD = "normalization.LocalResponseNorm.backward"
WINDOW = "first, last = max(c - size // 2, 0), c + (size - 1) // 2"
SUM = "alpha / size * x[:, first : last + 1].square().sum(dim=1)"
START = "scale = torch.full_like(x, k)"
OUT = "return x / scale**beta, (x"
DX = "dx = dout * scale.pow(-beta)"
DSCALE = "dscale = -beta * dout * x / scale ** (beta + 1)"
ADD = "dx[:, window] += 2 * alpha / size * x[:, window] * dscale[:, c : c + 1]"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        FORWARD,
        "alpha_times_the_sum",
        "It looks as if alpha multiplies the sum of squares, as in the paper; here it is alpha / size.",
        ((SUM, SUM.replace(" / size", "")),),
    ),
    Mutant(
        FORWARD,
        "mean_of_the_channels_there",
        "It looks as if the sum at the first and last channels is divided by the number of channels that exist; it is "
        "divided by size all the same.",
        ((SUM, "alpha * x[:, first : last + 1].square().mean(dim=1)"),),
    ),
    Mutant(
        FORWARD,
        "no_squares",
        "It looks as if the channels are added up without being squared.",
        ((SUM, SUM.replace("square", "abs")),),
    ),
    Mutant(
        FORWARD,
        "square_of_the_sum",
        "It looks as if the sum is squared; the squares are summed.",
        ((SUM, "alpha / size * x[:, first : last + 1].sum(dim=1) ** 2"),),
    ),
    Mutant(
        FORWARD,
        "own_channel_only",
        "It looks as if only a channel's own square counts; its window holds its neighbours, too.",
        ((WINDOW, "first, last = c, c"),),
    ),
    Mutant(
        FORWARD,
        "own_channel_missing",
        "It looks as if the channel itself is missing in its window.",
        ((SUM, f"({SUM} - alpha / size * x[:, c] ** 2)"),),
    ),
    Mutant(
        FORWARD,
        "size_on_either_side",
        "It looks as if the window reaches over `size` channels on either side; it holds `size` channels in all.",
        ((WINDOW, "first, last = max(c - size, 0), c + size"),),
    ),
    Mutant(
        FORWARD,
        "channels_before_only",
        "It looks as if the window holds the channel and those before it; half of it lies behind.",
        ((WINDOW, "first, last = max(c - size + 1, 0), c"),),
    ),
    Mutant(
        FORWARD,
        "last_channel_missing",
        "It looks as if the last channel of the window is missing: the end of a slice is not included.",
        ((WINDOW, WINDOW.replace("(size - 1) // 2", "(size - 1) // 2 - 1")),),
    ),
    Mutant(
        FORWARD,
        "even_window_too_large",
        "It looks as if an even window has size // 2 channels on either side, one too many; behind the channel there "
        "are (size - 1) // 2.",
        ((WINDOW, WINDOW.replace("(size - 1) // 2", "size // 2")),),
    ),
    Mutant(
        FORWARD,
        "even_window_the_other_way",
        "It looks as if an even window has one more channel after than before; it is the other way round.",
        ((WINDOW, "first, last = max(c - (size - 1) // 2, 0), c + size // 2"),),
    ),
    Mutant(
        FORWARD,
        "negative_slices",
        "It looks as if a window before channel 0 begins at a negative index, which Python counts from the end; "
        "begin at 0.",
        ((WINDOW, "first, last = c - size // 2, c + (size - 1) // 2"),),
    ),
    Mutant(
        FORWARD,
        "around_the_corner",
        "It looks as if the window goes on at the other end, as in torch.roll; channels that do not exist count as 0.",
        (
            (
                SUM,
                "alpha / size * sum(x[:, j % C] ** 2 for j in range(c - size // 2, c + (size - 1) // 2 + 1))",
            ),
        ),
    ),
    Mutant(
        FORWARD,
        "over_the_rows",
        "It looks as if the window moves over the rows of the image; it moves over the channels.",
        (
            (START, "x = x.transpose(1, 2)\nscale = torch.full_like(x, k)"),
            (OUT, "scale, x = scale.transpose(1, 2), x.transpose(1, 2)\nreturn x / scale**beta, (x"),
        ),
    ),
    Mutant(
        FORWARD,
        "multiplied",
        "It looks as if x is multiplied by scale^beta; divide by it.",
        ((OUT, OUT.replace("x / scale", "x * scale", 1)),),
    ),
    Mutant(
        FORWARD,
        "no_power",
        "It looks as if the power beta is missing: x is divided by scale^beta.",
        ((OUT, OUT.replace("scale**beta", "scale", 1)),),
    ),
    Mutant(
        FORWARD,
        "square_root",
        "It looks as if beta is always 1/2, a square root; take it from the settings.",
        ((OUT, OUT.replace("scale**beta", "scale.sqrt()", 1)),),
    ),
    Mutant(
        FORWARD,
        "beta_hard_coded",
        "It looks as if beta is always 0.75; take it from the settings.",
        ((OUT, OUT.replace("scale**beta", "scale**0.75", 1)),),
    ),
    Mutant(
        FORWARD,
        "k_hard_coded",
        "It looks as if k is always 2; take it from the settings.",
        ((START, "scale = torch.full_like(x, 2)"),),
    ),
    *(
        Mutant(
            FORWARD,
            f"{name}_of_zero_taken_for_missing",
            f"It looks as if {name} = 0 counts as missing, as `or` has it; the default holds where the key is missing.",
            ((f'lrn_param.get("{name}", {default})', f'(lrn_param.get("{name}") or {default})'),),
        )
        for name, default in (("k", "2.0"), ("alpha", "1e-4"), ("beta", "0.75"))
    ),
    Mutant(
        FORWARD,
        "k_of_one",
        "It looks as if k is 1 where the settings do not name it, as in torch; here it is 2.",
        (('lrn_param.get("k", 2.0)', 'lrn_param.get("k", 1.0)'),),
    ),
    Mutant(
        FORWARD,
        "no_defaults",
        "It looks as if the settings are read by [...] where a key may be missing; use get with the default.",
        (('lrn_param.get("k", 2.0)', 'lrn_param["k"]'),),
    ),
    Mutant(
        FORWARD,
        "changed_in_place",
        "It looks as if x is changed in place; make new tensors.",
        ((OUT, "x.div_(scale**beta)\nreturn x.clone(), (x"),),
    ),
    Mutant(
        FORWARD,
        "float32_result",
        "It looks as if the result is always float32; it has the dtype of x.",
        ((OUT, "return (x / scale**beta).float(), (x"),),
    ),
    Mutant(
        FORWARD,
        "made_on_the_cpu",
        "It looks as if a tensor is made on the CPU wherever x is; make it with torch.full_like(x, ...).",
        ((START, "scale = torch.full(x.shape, float(k), dtype=x.dtype)"),),
    ),
    Mutant(
        BACKWARD,
        "constant_scale",
        "It looks as if scale is taken for a constant; it depends on x, its own channel and the neighbours.",
        ((ADD, "pass"),),
    ),
    Mutant(
        BACKWARD,
        "own_scale_only",
        "It looks as if x has an effect on the scale of its own channel only; it lies in the windows of its "
        "neighbours, too.",
        ((ADD, "dx[:, c] += 2 * alpha / size * x[:, c] * dscale[:, c]"),),
    ),
    Mutant(
        BACKWARD,
        "only_by_the_scale",
        "It looks as if the way through the numerator is missing: dout / scale^beta.",
        ((DX, "dx = torch.zeros_like(x)"),),
    ),
    Mutant(
        BACKWARD,
        "windows_exchanged",
        "It looks as if the gradient of a channel is added up over its own window; it comes from the channels in whose "
        "windows it lies, which with an even size are others.",
        ((ADD, "dx[:, c] += 2 * alpha / size * x[:, c] * dscale[:, window].sum(dim=1)"),),
    ),
    Mutant(
        BACKWARD,
        "x_of_the_wrong_channel",
        "It looks as if the derivative of a neighbour's square is taken with x of the middle channel; it is 2 x there.",
        ((ADD, ADD.replace(" x[:, window]", " x[:, c : c + 1]")),),
    ),
    Mutant(
        BACKWARD,
        "two_missing",
        "It looks as if a factor 2 is missing: the derivative of x^2 is 2 x.",
        ((ADD, ADD.replace("2 * alpha", "alpha")),),
    ),
    Mutant(
        BACKWARD,
        "not_divided_by_size",
        "It looks as if alpha is not divided by size, as it is in forward.",
        ((ADD, ADD.replace(" / size", "")),),
    ),
    Mutant(
        BACKWARD,
        "beta_missing",
        "It looks as if the factor beta is missing: the derivative of scale^-beta is -beta * scale^(-beta - 1).",
        ((DSCALE, DSCALE.replace("-beta * ", "-1 * ")),),
    ),
    Mutant(
        BACKWARD,
        "power_not_lowered",
        "It looks as if the power stays -beta in the derivative of scale^-beta; it is -beta - 1.",
        ((DSCALE, DSCALE.replace("(beta + 1)", "beta")),),
    ),
    Mutant(
        BACKWARD,
        "power_raised",
        "It looks as if the power is -beta + 1 in the derivative of scale^-beta; it is -beta - 1.",
        ((DSCALE, DSCALE.replace("(beta + 1)", "(beta - 1)")),),
    ),
    Mutant(
        BACKWARD,
        "sign",
        "It looks as if the sign of the way through scale is wrong: a larger scale makes out smaller.",
        ((DSCALE, DSCALE.replace("-beta *", "beta *")),),
    ),
    Mutant(
        BACKWARD,
        "x_missing",
        "It looks as if x is missing in the way through scale: out = x * scale^-beta.",
        ((DSCALE, DSCALE.replace("dout * x /", "dout /")),),
    ),
    Mutant(
        BACKWARD,
        "divided_by_x",
        "It looks as if something is divided by x, as in out / x for scale^-beta; x may be 0.",
        ((DX, "dx = dout * (x * scale.pow(-beta) / x)"),),
    ),
    Mutant(
        BACKWARD,
        "dout_changed_in_place",
        "It looks as if dout is changed in place; make a new tensor.",
        (("return dx", "dout.mul_(scale)\nreturn dx"),),
    ),
    Mutant(
        BACKWARD,
        "view_of_dout",
        "It looks as if .view is called on a tensor that is not contiguous in memory; use reshape.",
        ((DX, "dx = dout.view(-1).view(x.shape) * scale.pow(-beta)"),),
    ),
    Mutant(
        BACKWARD,
        "made_on_the_cpu",
        "It looks as if a tensor is made on the CPU wherever the inputs are; make it with torch.zeros_like(x).",
        ((DX, "dx = torch.zeros(x.shape, dtype=x.dtype) + dout * scale.pow(-beta)"),),
    ),
)
