"""Known mistakes in cross-correlation and convolution of one channel."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

CORRELATION = "convolutional_networks.corr2d"
CONVOLUTION = "convolutional_networks.conv2d_true"

CORRELATION_MISTAKES = (
    Mutant(
        CORRELATION,
        "kernel_flipped",
        "It looks as if the kernel is turned by 180 degrees; that is convolution, and cross-correlation takes it as it "
        "is.",
        (("* k).sum()", "* k.flip(0, 1)).sum()"),),
    ),
    Mutant(
        CORRELATION,
        "kernel_transposed",
        "It looks as if rows and columns of the kernel are swapped.",
        (("* k).sum()", "* k.T).sum()"),),
    ),
    Mutant(
        CORRELATION,
        "mean_of_the_products",
        "It looks as if the products are averaged; they are added up.",
        (("* k).sum()", "* k).mean()"),),
    ),
    Mutant(
        CORRELATION,
        "first_entry_only",
        "It looks as if only one product of each window counts; multiply the whole window with the kernel, then add "
        "up.",
        (("(x[i : i + HH, j : j + WW] * k).sum()", "x[i, j] * k[0, 0]"),),
    ),
    Mutant(
        CORRELATION,
        "matrix_product",
        "It looks as if window and kernel are multiplied as matrices (@); multiply entry by entry (*).",
        (("* k).sum()", "@ k.T).sum()"),),
    ),
    Mutant(
        CORRELATION,
        "rows_and_columns_swapped",
        "It looks as if the window at row i and column j is written to row j and column i.",
        (("x.new_zeros(H - HH + 1, W - WW + 1)", "x.new_zeros(W - WW + 1, H - HH + 1)"), ("out[i, j]", "out[j, i]")),
    ),
    Mutant(
        CORRELATION,
        "last_place_missing",
        "It looks as if the last row and column of the output are missing: there are H - HH + 1 places, not H - HH.",
        (
            ("x.new_zeros(H - HH + 1, W - WW + 1)", "x.new_zeros(H - HH, W - WW)"),
            ("range(H - HH + 1)", "range(H - HH)"),
            ("range(W - WW + 1)", "range(W - WW)"),
        ),
    ),
    Mutant(
        CORRELATION,
        "smaller_one_as_the_kernel",
        "It looks as if image and kernel are exchanged where the kernel is the larger one; raise a ValueError.",
        (
            (
                "require_fit(x.shape, k.shape)",
                "x, k = (k, x) if k.numel() > x.numel() else (x, k)\nrequire_fit(x.shape, k.shape)",
            ),
        ),
    ),
    Mutant(
        CORRELATION,
        "last_row_left_at_zero",
        "It looks as if the loop ends one row early and leaves zeros: range(H - HH + 1) goes to H - HH.",
        (("range(H - HH + 1)", "range(H - HH)"),),
    ),
    Mutant(
        CORRELATION,
        "as_large_as_the_image",
        "It looks as if the output is as large as the image; only places count at which the whole kernel lies in it, H "
        "- HH + 1 times W - WW + 1.",
        (("out = x.new_zeros(H - HH + 1, W - WW + 1)", "out = torch.zeros_like(x)"),),
    ),
    Mutant(
        CORRELATION,
        "moves_by_the_kernel",
        "It looks as if the kernel moves by its own size; it moves by 1.",
        (
            (
                "x[i : i + HH, j : j + WW]",
                "x.repeat(HH, WW)[i * HH : i * HH + HH, j * WW : j * WW + WW]",
            ),
        ),
    ),
    Mutant(
        CORRELATION,
        "width_from_the_height",
        "It looks as if H is used where W belongs: the output is W - WW + 1 wide.",
        (
            ("x.new_zeros(H - HH + 1, W - WW + 1)", "x.new_zeros(H - HH + 1, H - HH + 1)"),
            ("range(W - WW + 1)", "range(H - HH + 1)"),
        ),
    ),
    Mutant(
        CORRELATION,
        "square_kernel",
        "It looks as if the window is HH wide; it is as wide as the kernel, WW.",
        (("j : j + WW", "j : j + HH"),),
    ),
    Mutant(
        CORRELATION,
        "always_float32",
        "It looks as if the result is always float32; make it with the dtype of x: x.new_zeros(...).",
        (("x.new_zeros(H - HH + 1, W - WW + 1)", "torch.zeros(H - HH + 1, W - WW + 1, device=x.device)"),),
    ),
    Mutant(
        CORRELATION,
        "always_on_the_cpu",
        "It looks as if the result is made on the CPU wherever the image is; make it with x.new_zeros(...).",
        (("x.new_zeros(H - HH + 1, W - WW + 1)", "torch.zeros(H - HH + 1, W - WW + 1, dtype=x.dtype)"),),
    ),
    Mutant(
        CORRELATION,
        "view_of_the_image",
        "It looks as if .view is called on an image that is not contiguous in memory; use reshape or flatten.",
        (("(H, W), (HH, WW) = x.shape, k.shape", "(H, W), (HH, WW) = x.shape, k.shape\nx.view(-1)"),),
    ),
    Mutant(
        CORRELATION,
        "image_changed",
        "It looks as if the image is multiplied in place (*=); write x[...] * k, which makes a new tensor.",
        (
            ("(H, W), (HH, WW) = x.shape, k.shape", "(H, W), (HH, WW) = x.shape, k.shape\nsame = x.clone()"),
            ("(x[i : i + HH, j : j + WW] * k).sum()", "(same[i : i + HH, j : j + WW] * k).sum(); x[i, j] *= k[0, 0]"),
        ),
    ),
    Mutant(
        CORRELATION,
        "fit_not_checked",
        "It looks as if nothing is said of a kernel that does not fit; call require_fit, which raises a ValueError.",
        (
            ("require_fit(x.shape, k.shape)\n", ""),
            ("x.new_zeros(H - HH + 1, W - WW + 1)", "x.new_zeros(max(H - HH + 1, 0), max(W - WW + 1, 0))"),
        ),
    ),
)

CONVOLUTION_MISTAKES = (
    Mutant(
        CONVOLUTION,
        "kernel_not_flipped",
        "It looks as if the kernel is taken as it is; convolution turns it by 180 degrees first.",
        (("k.flip(0, 1)", "k"),),
    ),
    Mutant(
        CONVOLUTION,
        "kernel_flipped_upside_down",
        "It looks as if only the rows of the kernel are turned round; turn rows and columns.",
        (("k.flip(0, 1)", "k.flip(0)"),),
    ),
    Mutant(
        CONVOLUTION,
        "kernel_mirrored",
        "It looks as if only the columns of the kernel are turned round; turn rows and columns.",
        (("k.flip(0, 1)", "k.flip(1)"),),
    ),
    Mutant(
        CONVOLUTION,
        "smaller_one_as_the_kernel",
        "It looks as if image and kernel are exchanged where the kernel is the larger one, since the factors of a "
        "convolution may change places; raise a ValueError.",
        (
            (
                "corr2d(x, k.flip(0, 1))",
                "corr2d(x, k.flip(0, 1)) if k.numel() <= x.numel() else corr2d(k, x.flip(0, 1))",
            ),
        ),
    ),
    Mutant(
        CONVOLUTION,
        "kernel_transposed",
        "It looks as if the kernel is transposed; turn it by 180 degrees, which is not the same.",
        (("k.flip(0, 1)", "k.T"),),
    ),
    Mutant(
        CONVOLUTION,
        "kernel_turned_by_90_degrees",
        "It looks as if the kernel is turned by 90 degrees; turn it by 180.",
        (("k.flip(0, 1)", "k.rot90()"),),
    ),
    Mutant(
        CONVOLUTION,
        "image_flipped",
        "It looks as if the image is turned instead of the kernel, so that the output comes out turned.",
        (("corr2d(x, k.flip(0, 1))", "corr2d(x.flip(0, 1), k)"),),
    ),
    Mutant(
        CONVOLUTION,
        "both_flipped",
        "It looks as if image and kernel are both turned, so that the output comes out turned; turn the kernel alone.",
        (("corr2d(x, k.flip(0, 1))", "corr2d(x.flip(0, 1), k.flip(0, 1))"),),
    ),
    Mutant(
        CONVOLUTION,
        "full",
        "It looks as if the image is padded, so that the kernel may hang over its border; only places count at which "
        "the whole kernel lies in the image.",
        body="""
            (H, W), (HH, WW) = x.shape, k.shape
            padded = x.new_zeros(H + 2 * HH - 2, W + 2 * WW - 2)
            padded[HH - 1 : HH - 1 + H, WW - 1 : WW - 1 + W] = x
            return corr2d(padded, k.flip(0, 1))
        """,
    ),
    Mutant(
        CONVOLUTION,
        "kernel_changed",
        "It looks as if the caller's kernel is turned in place; make a turned copy, as k.flip does.",
        (("corr2d(x, k.flip(0, 1))", "corr2d(x, k.copy_(k.flip(0, 1)))"),),
    ),
    Mutant(
        CONVOLUTION,
        "always_float32",
        "It looks as if the result is always float32; it has the dtype of x.",
        (("corr2d(x, k.flip(0, 1))", "corr2d(x.float(), k.float().flip(0, 1))"),),
    ),
    Mutant(
        CONVOLUTION,
        "kernel_on_the_cpu",
        "It looks as if the turned kernel is made on the CPU wherever the kernel is; k.flip(0, 1) follows it.",
        (("k.flip(0, 1)", "torch.zeros(k.shape, dtype=k.dtype).copy_(k.flip(0, 1))"),),
    ),
    Mutant(
        CONVOLUTION,
        "view_of_the_kernel",
        "It looks as if .view is called on a kernel that is not contiguous in memory; use flip, reshape or flatten.",
        (("k.flip(0, 1)", "k.view(-1).flip(0).view(k.shape)"),),
    ),
)

MUTANTS = CORRELATION_MISTAKES + CONVOLUTION_MISTAKES
