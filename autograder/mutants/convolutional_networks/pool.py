"""Known mistakes in `MaxPool` and `AvgPool`, each with the sentence that explains it to a student.

The two share what goes wrong with windows and sizes.
"""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

MAX_FORWARD = "convolutional_networks.MaxPool.forward"
MAX_BACKWARD = "convolutional_networks.MaxPool.backward"
AVG_FORWARD = "convolutional_networks.AvgPool.forward"
AVG_BACKWARD = "convolutional_networks.AvgPool.backward"

SIZE = "1 + (H - height) // stride, 1 + (W - width) // stride"
CORNER = "top, left = i * stride, j * stride"
PARAMETERS = 'pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]'


def _forward(question: str) -> tuple[Mutant, ...]:
    """What goes wrong with windows and sizes, alike in both pools."""
    return (
        Mutant(
            question,
            "stride_ignored",
            "It looks as if the window moves by 1 whatever the stride: it begins at row i * stride and column "
            "j * stride.",
            ((CORNER, "top, left = i, j"),),
        ),
        Mutant(
            question,
            "pool_size_as_stride",
            "It looks as if the window moves by its own size; it moves by `stride`, which may be smaller or larger.",
            (
                (SIZE, "1 + (H - height) // height, 1 + (W - width) // width"),
                (CORNER, "top, left = i * height, j * width"),
            ),
        ),
        Mutant(
            question,
            "stride_of_three_at_most",
            "It looks as if a stride above 3 is taken as 3; it may be any, also larger than the window.",
            (("require_fit(", "stride = min(stride, 3)\nrequire_fit("),),
        ),
        Mutant(
            question,
            "stride_as_pool_size",
            "It looks as if the window is as large as the stride; it has pool_height rows and pool_width columns.",
            (("top : top + height, left : left + width", "top : top + stride, left : left + stride"),),
        ),
        Mutant(
            question,
            "height_and_width_swapped",
            "It looks as if pool_height and pool_width are swapped.",
            (('["pool_height"], pool_param["pool_width"]', '["pool_width"], pool_param["pool_height"]'),),
        ),
        Mutant(
            question,
            "square_windows",
            "It looks as if the window is pool_height wide; it is pool_width wide.",
            (("left : left + width", "left : left + height"),),
        ),
        Mutant(
            question,
            "width_from_the_height",
            "It looks as if H is used where W belongs: the output's width is 1 + (W - pool_width) // stride.",
            (("1 + (W - width) // stride", "1 + (H - height) // stride"),),
        ),
        Mutant(
            question,
            "loops_over_the_image",
            "It looks as if the output is as large as the image; there is one entry for each place of the window.",
            ((f"H_out, W_out = {SIZE}", "H_out, W_out = H, W"),),
        ),
        Mutant(
            question,
            "last_window_missing",
            "It looks as if the last row and column of windows are missing: the height is "
            "1 + (H - pool_height) // stride.",
            ((SIZE, "(H - height) // stride, (W - width) // stride"),),
        ),
        Mutant(
            question,
            "size_divided_only",
            "It looks as if the output's size is H // stride; that is right only where the windows lie side by side: "
            "it is 1 + (H - pool_height) // stride.",
            ((SIZE, "H // stride, W // stride"),),
        ),
        Mutant(
            question,
            "size_rounded_up",
            "It looks as if the output's size is rounded up where the stride does not divide evenly; a window that is "
            "not whole does not count.",
            ((SIZE, "1 - (height - H) // stride, 1 - (width - W) // stride"),),
        ),
        Mutant(
            question,
            "axes_of_length_one_dropped",
            "It looks as if squeeze() also drops the axis of a single image, channel or window; the result always has "
            "four.",
            (("return out, (", "return out.squeeze(), ("),),
        ),
        Mutant(
            question,
            "always_float32",
            "It looks as if the result is always float32; make it with the dtype of x: x.new_zeros(...).",
            (("out = x.new_zeros(N, C, H_out, W_out)", "out = torch.zeros(N, C, H_out, W_out, device=x.device)"),),
        ),
        Mutant(
            question,
            "always_on_the_cpu",
            "It looks as if the result is made on the CPU wherever the images are; make it with x.new_zeros(...).",
            (("out = x.new_zeros(N, C, H_out, W_out)", "out = torch.zeros(N, C, H_out, W_out, dtype=x.dtype)"),),
        ),
        Mutant(
            question,
            "parameters_taken_out",
            "It looks as if pop takes the stride out of pool_param, which the caller still needs; read it with [...].",
            (('pool_param["stride"]', 'pool_param.pop("stride")'),),
        ),
        Mutant(
            question,
            "view_of_the_images",
            "It looks as if .view is called on images that are not contiguous in memory; use reshape or flatten.",
            (("N, C, H, W = x.shape", "N, C, H, W = x.shape\nx.view(N, -1)"),),
        ),
        Mutant(
            question,
            "fit_not_checked",
            "It looks as if nothing is said of a window that does not fit; call require_fit, which raises a "
            "ValueError.",
            (("require_fit((H, W), (height, width), stride)\n", ""),),
        ),
        Mutant(
            question,
            "windows_of_size_0",
            "It looks as if a window of 0 rows or columns is let through; call require_fit, which refuses it.",
            (
                (
                    "require_fit((H, W), (height, width), stride)\n",
                    "if height > H or width > W or stride <= 0:\n    raise ValueError('the window does not fit')\n"
                    "if 0 in (height, width):\n    return x.new_zeros(N, C, H, W), None\n",
                ),
            ),
        ),
        Mutant(
            question,
            "parameters_in_their_order",
            "It looks as if the values of pool_param are taken in the order in which they stand in it; read each by "
            "its name.",
            ((PARAMETERS, "pool_param.values()"),),
        ),
    )


def _backward(question: str) -> tuple[Mutant, ...]:
    return (
        Mutant(
            question,
            "overlaps_assigned",
            "It looks as if dx is assigned where windows overlap, and the last window wins; add up with +=.",
            (("dx[:, :, rows, columns] +=", "dx[:, :, rows, columns] ="),),
        ),
        Mutant(
            question,
            "stride_ignored",
            "It looks as if the window moves by 1 whatever the stride: it begins at row i * stride and column "
            "j * stride.",
            (
                ("slice(i * stride, i * stride + height)", "slice(i, i + height)"),
                ("slice(j * stride, j * stride + width)", "slice(j, j + width)"),
            ),
        ),
        Mutant(
            question,
            "pool_size_as_stride",
            "It looks as if the window moves by its own size; it moves by `stride`, which may be smaller or larger.",
            (
                ("slice(i * stride, i * stride + height)", "slice(i * height, i * height + height)"),
                ("slice(j * stride, j * stride + width)", "slice(j * width, j * width + width)"),
            ),
        ),
        Mutant(
            question,
            "stride_of_three_at_most",
            "It looks as if a stride above 3 is taken as 3; it may be any, also larger than the window.",
            (("stride = cache", "stride = cache\nstride = min(stride, 3)"),),
        ),
        Mutant(
            question,
            "stride_as_pool_size",
            "It looks as if the window is as large as the stride; it has pool_height rows and pool_width columns.",
            (("x, height, width, stride = cache", "x, height, width, stride = cache\nheight = width = stride"),),
        ),
        Mutant(
            question,
            "height_and_width_swapped",
            "It looks as if pool_height and pool_width are swapped.",
            (("x, height, width, stride = cache", "x, width, height, stride = cache"),),
        ),
        Mutant(
            question,
            "square_output",
            "It looks as if the columns of dout are counted by its rows; loop to dout.shape[3].",
            (("range(dout.shape[3])", "range(dout.shape[2])"),),
        ),
        Mutant(
            question,
            "size_from_the_output",
            "It looks as if the size of dx is computed from that of dout; where the stride does not divide evenly, x "
            "has rows and columns that no window reaches, and they belong to dx too.",
            (
                (
                    "torch.zeros_like(x)\n",
                    "x.new_zeros(\n"
                    "    *x.shape[:2], stride * (dout.shape[2] - 1) + height, stride * (dout.shape[3] - 1) + width\n"
                    ")\n",
                ),
            ),
        ),
        Mutant(
            question,
            "always_float32",
            "It looks as if dx is always float32; make it with the dtype of x, as torch.zeros_like does.",
            (("return dx", "return dx.float()"),),
        ),
        Mutant(
            question,
            "always_on_the_cpu",
            "It looks as if dx is made on the CPU wherever the images are; make it with torch.zeros_like.",
            (("dx = torch.zeros_like(x)", "dx = torch.zeros(x.shape, dtype=x.dtype)"),),
        ),
        Mutant(
            question,
            "view_of_the_gradient",
            "It looks as if .view is called on an upstream gradient that is not contiguous in memory; use reshape or "
            "flatten.",
            (("dx = torch.zeros_like(x)", "dx = torch.zeros_like(x)\ndout.view(len(x), -1)"),),
        ),
    )


MAX_FORWARD_MISTAKES = (
    Mutant(
        MAX_FORWARD,
        "mean_instead_of_the_largest",
        "It looks as if the mean of each window is kept; max pooling keeps the largest.",
        ((".amax(", ".mean("),),
    ),
    Mutant(
        MAX_FORWARD,
        "smallest_instead_of_the_largest",
        "It looks as if the smallest number of each window is kept; max pooling keeps the largest.",
        ((".amax(", ".amin("),),
    ),
    Mutant(
        MAX_FORWARD,
        "largest_of_all_channels",
        "It looks as if the largest of all channels is kept; each channel is pooled by itself.",
        ((".amax(dim=(2, 3))", ".amax(dim=(1, 2, 3))[:, None]"),),
    ),
    Mutant(
        MAX_FORWARD,
        "largest_in_absolute_value",
        "It looks as if absolute values are compared; -3 is smaller than 1.",
        ((".amax(dim=(2, 3))", ".abs().amax(dim=(2, 3))"),),
    ),
    Mutant(
        MAX_FORWARD,
        "negative_numbers_clipped",
        "It looks as if the search for the largest starts at 0, so that a negative window gives 0; start at its first "
        "entry, or at minus infinity.",
        ((".amax(dim=(2, 3))", ".amax(dim=(2, 3)).clamp(min=0)"),),
    ),
    Mutant(
        MAX_FORWARD,
        "search_starts_at_a_number",
        "It looks as if the search for the largest starts at a number such as -1e9, which wins over windows that lie "
        "below it; start at their first entry, or at minus infinity.",
        ((".amax(dim=(2, 3))", ".amax(dim=(2, 3)).clamp(min=-1e9)"),),
    ),
    Mutant(
        MAX_FORWARD,
        "zeros_around_the_image",
        "It looks as if the images are padded with zeros: there is no padding here, and a zero would win over negative "
        "numbers.",
        (
            (
                "N, C, H, W = x.shape",
                "N, C, H, W = x.shape\n"
                "x = torch.cat([x, x.new_zeros(N, C, H, 1)], dim=3)\n"
                "x = torch.cat([x, x.new_zeros(N, C, 1, W + 1)], dim=2)\n"
                "H, W = H + 1, W + 1",
            ),
        ),
    ),
    *_forward(MAX_FORWARD),
)

ARGMAX = "largest = window.argmax(dim=2, keepdim=True)\n"
SHARE = "share = torch.zeros_like(window).scatter_(2, largest, dout[:, :, i, j, None])"

MAX_BACKWARD_MISTAKES = (
    Mutant(
        MAX_BACKWARD,
        "all_of_the_window",
        "It looks as if each entry of the window has the gradient; only the largest went into the output.",
        ((SHARE, "share = torch.zeros_like(window) + dout[:, :, i, j, None]"),),
    ),
    Mutant(
        MAX_BACKWARD,
        "shared_by_all",
        "It looks as if all entries of the window share the gradient; only the largest went into the output.",
        ((SHARE, "share = torch.zeros_like(window) + dout[:, :, i, j, None] / (height * width)"),),
    ),
    Mutant(
        MAX_BACKWARD,
        "first_of_the_window",
        "It looks as if the first entry of each window has the gradient; it belongs to the largest.",
        ((ARGMAX, "largest = 0 * window.argmax(dim=2, keepdim=True)\n"),),
    ),
    Mutant(
        MAX_BACKWARD,
        "one_instead_of_the_gradient",
        "It looks as if the largest entry gets 1; it gets 1 times the upstream gradient.",
        ((SHARE, "share = torch.zeros_like(window).scatter_(2, largest, 1.0)"),),
    ),
    Mutant(
        MAX_BACKWARD,
        "times_the_largest",
        "It looks as if the gradient is multiplied by the largest entry; the slope of the largest is 1.",
        (("return dx", "return dx * x"),),
    ),
    Mutant(
        MAX_BACKWARD,
        "position_divided_by_the_height",
        "It looks as if the row of the largest entry is computed from pool_height: in a window of W columns, position "
        "p is row p // W and column p % W.",
        body="""
            x, height, width, stride = cache
            dx = torch.zeros_like(x).flatten(2)
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    rows, columns = slice(i * stride, i * stride + height), slice(j * stride, j * stride + width)
                    p = x[:, :, rows, columns].flatten(2).argmax(dim=2, keepdim=True)
                    place = (i * stride + p // height) * x.shape[3] + j * stride + p % height
                    dx.scatter_add_(2, place, dout[:, :, i, j, None])
            return dx.view(x.shape)
        """,
    ),
    Mutant(
        MAX_BACKWARD,
        "same_position_in_all_channels",
        "It looks as if one position serves all channels; each channel has its own largest entry.",
        ((ARGMAX, "largest = window.argmax(dim=2, keepdim=True)[:, :1].expand(-1, window.shape[1], -1)\n"),),
    ),
    Mutant(
        MAX_BACKWARD,
        "equal_entries_all_get_it",
        "It looks as if each of several equally large entries gets the whole gradient, which counts it several times; "
        "give it to one of them, or divide it by their number.",
        ((SHARE, "share = (window == window.amax(dim=2, keepdim=True)) * dout[:, :, i, j, None]"),),
    ),
    Mutant(
        MAX_BACKWARD,
        "equal_entries_where_windows_overlap",
        "It looks as if equally large entries share the gradient where the windows lie side by side, and each get all "
        "of it where they overlap; the shares of each window add up to its dout.",
        (
            (
                SHARE,
                "k = 1.0 * (window == window.amax(dim=2, keepdim=True)); "
                "k = k / k.sum(dim=2, keepdim=True) if height == width == stride else k; "
                "share = k * dout[:, :, i, j, None]",
            ),
        ),
    ),
    Mutant(
        MAX_BACKWARD,
        "search_starts_at_a_number",
        "It looks as if the search for the largest starts at a number such as -1e9, so that nothing goes to windows "
        "that lie below it; start at their first entry, or at minus infinity.",
        ((SHARE, SHARE + " * (window.amax(dim=2, keepdim=True) > -1e9)"),),
    ),
    Mutant(
        MAX_BACKWARD,
        "nearly_equal_entries_share",
        "It looks as if entries that are nearly as large as the largest share its gradient, as with isclose; only "
        "equal ones may.",
        (
            (
                SHARE,
                "near = torch.isclose(window, window.amax(dim=2, keepdim=True)).to(dout.dtype); "
                "share = near / near.sum(dim=2, keepdim=True) * dout[:, :, i, j, None]",
            ),
        ),
    ),
    Mutant(
        MAX_BACKWARD,
        "nothing_where_negative",
        "It looks as if the search for the largest starts at 0, so that nothing goes to a negative window; start at "
        "its first entry, or at minus infinity.",
        ((SHARE, SHARE + " * (window.amax(dim=2, keepdim=True) > 0)"),),
    ),
    Mutant(
        MAX_BACKWARD,
        "images_changed",
        "It looks as if dx is written over the images of the cache; make a new tensor with torch.zeros_like.",
        (("return dx", "return x.copy_(dx)"),),
    ),
    *_backward(MAX_BACKWARD),
)

AVG_FORWARD_MISTAKES = (
    Mutant(
        AVG_FORWARD,
        "sum_instead_of_the_mean",
        "It looks as if the entries of each window are added up; divide by their number, pool_height * pool_width.",
        ((".mean(", ".sum("),),
    ),
    Mutant(
        AVG_FORWARD,
        "largest_instead_of_the_mean",
        "It looks as if the largest of each window is kept; average pooling keeps the mean.",
        ((".mean(", ".amax("),),
    ),
    Mutant(
        AVG_FORWARD,
        "mean_of_all_channels",
        "It looks as if the mean is taken over all channels; each channel is pooled by itself.",
        ((".mean(dim=(2, 3))", ".mean(dim=(1, 2, 3))[:, None]"),),
    ),
    Mutant(
        AVG_FORWARD,
        "divided_by_the_stride",
        "It looks as if the sum is divided by stride * stride; divide by the number of entries, pool_height * "
        "pool_width.",
        ((".mean(dim=(2, 3))", ".sum(dim=(2, 3)) / stride**2"),),
    ),
    Mutant(
        AVG_FORWARD,
        "divided_by_the_height_squared",
        "It looks as if the sum is divided by pool_height * pool_height; divide by pool_height * pool_width.",
        ((".mean(dim=(2, 3))", ".sum(dim=(2, 3)) / height**2"),),
    ),
    *_forward(AVG_FORWARD),
)

AVG_BACKWARD_MISTAKES = (
    Mutant(
        AVG_BACKWARD,
        "not_divided",
        "It looks as if each entry of the window gets the whole gradient; it gets 1 / (pool_height * pool_width) of "
        "it.",
        ((" / (height * width)", ""),),
    ),
    Mutant(
        AVG_BACKWARD,
        "divided_by_the_stride",
        "It looks as if the gradient is divided by stride * stride; divide by pool_height * pool_width.",
        ((" / (height * width)", " / stride**2"),),
    ),
    Mutant(
        AVG_BACKWARD,
        "divided_by_the_height_squared",
        "It looks as if the gradient is divided by pool_height * pool_height; divide by pool_height * pool_width.",
        ((" / (height * width)", " / height**2"),),
    ),
    Mutant(
        AVG_BACKWARD,
        "divided_by_the_number_of_windows",
        "It looks as if the gradient is divided by how many windows there are; divide by the entries of one window.",
        ((" / (height * width)", " / dout[0, 0].numel()"),),
    ),
    Mutant(
        AVG_BACKWARD,
        "to_the_largest_entry",
        "It looks as if the gradient goes to the largest entry of each window, as in max pooling; all share it.",
        (
            (
                "dout[:, :, i, j, None, None] / (height * width)",
                "dout[:, :, i, j, None, None] * (x[:, :, rows, columns] == x[:, :, rows, columns].amax((2, 3), True))",
            ),
        ),
    ),
    Mutant(
        AVG_BACKWARD,
        "times_the_entries",
        "It looks as if the gradient is multiplied by the entries of x; the slope of the mean does not depend on them.",
        (("return dx", "return dx * x"),),
    ),
    Mutant(
        AVG_BACKWARD,
        "images_changed",
        "It looks as if dx is written over the images of the cache; make a new tensor with torch.zeros_like.",
        (("dx = torch.zeros_like(x)", "dx = x.zero_()"),),
    ),
    Mutant(
        AVG_BACKWARD,
        "gradient_changed",
        "It looks as if dout is divided in place (dout /= ...), and the caller's changes; write dout / ... instead.",
        (
            ("dx = torch.zeros_like(x)", "dx = torch.zeros_like(x)\ndout /= height * width"),
            (" / (height * width)", ""),
        ),
    ),
    *_backward(AVG_BACKWARD),
)

MUTANTS = MAX_FORWARD_MISTAKES + MAX_BACKWARD_MISTAKES + AVG_FORWARD_MISTAKES + AVG_BACKWARD_MISTAKES
