"""Known mistakes in `FastConv` and `FastMaxPool`, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutants.convolutional_networks.conv import window_mistakes
from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

CONV_FORWARD = "convolutional_networks.FastConv.forward"
CONV_BACKWARD = "convolutional_networks.FastConv.backward"
POOL_FORWARD = "convolutional_networks.FastMaxPool.forward"
POOL_BACKWARD = "convolutional_networks.FastMaxPool.backward"

LOOP = "There is a loop over images, filters or places; let one matrix product do them all."
POOL_LOOP = (
    "There is a loop over images, channels or places; loop over the entries of the window, and take that entry of all "
    "windows at once."
)

CONV_FORWARD_MISTAKES = (
    Mutant(
        CONV_FORWARD,
        "filters_flipped",
        "It looks as if the filters are turned by 180 degrees; a convolutional layer does not turn them.",
        (("w.flatten(1) @ cols", "w.flip(2, 3).flatten(1) @ cols"),),
    ),
    Mutant(
        CONV_FORWARD,
        "bias_missing",
        "It looks as if the biases are missing: each place of output f gets b[f].",
        ((" + b[:, None]", ""),),
    ),
    Mutant(
        CONV_FORWARD,
        "bias_along_the_places",
        "It looks as if the biases are added along the places; give b the shape (F, 1), so that filter f gets b[f].",
        ((" + b[:, None]", " + b.repeat(cols.shape[2])[: cols.shape[2]]"),),
    ),
    Mutant(
        CONV_FORWARD,
        "filters_reshaped_not_transposed",
        "It looks as if w is reshaped to (C * HH * WW, F), which mixes the filters; flatten each filter.",
        (("w.flatten(1) @ cols", "w.reshape(-1, F).T @ cols"),),
    ),
    Mutant(
        CONV_FORWARD,
        "images_and_filters_mixed",
        "It looks as if a product of shape (F, N * L) is reshaped to (N, F, H', W'), which mixes images and filters; "
        "reshape it to (F, N, H', W'), then move the axes.",
        (
            (
                "out = w.flatten(1) @ cols + b[:, None]",
                "out = w.flatten(1) @ cols.transpose(0, 1).flatten(1) + b[:, None]",
            ),
        ),
    ),
    Mutant(
        CONV_FORWARD,
        "height_and_width_of_the_output_swapped",
        "It looks as if the places are laid out as W' rows of H' columns; they are H' rows of W' columns.",
        (("out.view(N, F, H_out, W_out)", "out.view(N, F, W_out, H_out).transpose(2, 3)"),),
    ),
    Mutant(
        CONV_FORWARD,
        "width_from_the_height",
        "It looks as if H is used where W belongs: the output's width is 1 + (W + 2 * pad - WW) // stride.",
        (("1 + (W + 2 * pad - WW)", "1 + (H + 2 * pad - HH)"),),
    ),
    Mutant(
        CONV_FORWARD,
        "height_and_width_of_the_filter_swapped",
        "It looks as if height and width of the filter are swapped in the call of im2col.",
        (("im2col(x, (HH, WW), stride, pad)", "im2col(x, (WW, HH), stride, pad)"),),
    ),
    Mutant(
        CONV_FORWARD,
        "stride_ignored",
        "It looks as if the window moves by 1 whatever the stride.",
        (
            ("im2col(x, (HH, WW), stride, pad)", "im2col(x, (HH, WW), 1, pad)"),
            ("(H + 2 * pad - HH) // stride", "(H + 2 * pad - HH)"),
            ("(W + 2 * pad - WW) // stride", "(W + 2 * pad - WW)"),
        ),
    ),
    Mutant(
        CONV_FORWARD,
        "padding_ignored",
        "It looks as if the windows are cut out of x and not of the padded images.",
        (('stride, pad = conv_param["stride"], conv_param["pad"]', 'stride, pad = conv_param["stride"], 0'),),
    ),
    Mutant(
        CONV_FORWARD,
        "size_rounded_up",
        "It looks as if the output's size is rounded up where the stride does not divide evenly; a window that is not "
        "whole does not count.",
        (
            (
                "1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride",
                "1 - (HH - H - 2 * pad) // stride, 1 - (WW - W - 2 * pad) // stride",
            ),
        ),
    ),
    Mutant(
        CONV_FORWARD,
        "axes_of_length_one_dropped",
        "It looks as if squeeze() also drops the axis of a single image, filter or place; the result always has four.",
        (("return out.view(N, F, H_out, W_out)", "return out.view(N, F, H_out, W_out).squeeze()"),),
    ),
    Mutant(
        CONV_FORWARD,
        "view_of_the_filters",
        "It looks as if .view is called on filters that are not contiguous in memory; use reshape or flatten.",
        (("w.flatten(1) @ cols", "w.view(F, -1) @ cols"),),
    ),
    Mutant(
        CONV_FORWARD,
        "always_float32",
        "It looks as if the result is always float32; it has the dtype of x.",
        (("return out.view(N, F, H_out, W_out)", "return out.view(N, F, H_out, W_out).float()"),),
    ),
    Mutant(
        CONV_FORWARD,
        "always_on_the_cpu",
        "It looks as if the result is made on the CPU wherever the images are; make it with x.new_zeros(...).",
        (
            (
                "return out.view(N, F, H_out, W_out)",
                "return torch.zeros(N, F, H_out, W_out, dtype=x.dtype).copy_(out.view(N, F, H_out, W_out))",
            ),
        ),
    ),
    Mutant(
        CONV_FORWARD,
        "filters_changed",
        "It looks as if the caller's filters are changed in place, as by resize_; use reshape or flatten.",
        (("w.flatten(1) @ cols", "w.resize_(F, C * HH * WW) @ cols"),),
    ),
    Mutant(
        CONV_FORWARD,
        "channels_not_checked",
        "It looks as if nothing is said of filters and images with different numbers of channels; raise a ValueError.",
        (("if depth != C:", "if False:"),),
    ),
    Mutant(
        CONV_FORWARD,
        "parameters_in_their_order",
        "It looks as if the values of conv_param are taken in the order in which they stand in it; read each by its "
        "name.",
        (('conv_param["stride"], conv_param["pad"]', "conv_param.values()"),),
    ),
    Mutant(
        CONV_FORWARD,
        "stride_of_one_pixel_ignored",
        "It looks as if a filter of one pixel has a way of its own, which forgets the stride.",
        (
            (
                "if depth != C:",
                "if depth == C and HH == WW == 1 and pad == 0:\n"
                "    return torch.einsum('nchw,fc->nfhw', x, w[:, :, 0, 0]) + b[:, None, None], None\n"
                "if depth != C:",
            ),
        ),
    ),
    Mutant(
        CONV_FORWARD,
        "one_channel_for_all",
        "It looks as if images of one channel are let through with filters of several; raise a ValueError.",
        (("if depth != C:", "if C == 1:\n    x, C = x.expand(-1, depth, -1, -1), depth\nif depth != C:"),),
    ),
    Mutant(
        CONV_FORWARD,
        "loop_over_the_images",
        LOOP,
        (("w.flatten(1) @ cols", "torch.stack([w.flatten(1) @ c for c in cols])"),),
    ),
    Mutant(
        CONV_FORWARD,
        "loop_over_the_filters",
        LOOP,
        (("w.flatten(1) @ cols", "torch.stack([f.flatten() @ cols for f in w], dim=1)"),),
    ),
    Mutant(
        CONV_FORWARD,
        "calls_the_slow_layer_for_strides",
        "There is a loop over places where the stride is not 1; one matrix product does for every stride.",
        (
            (
                "cols = im2col(",
                "if stride != 1:\n    return Conv.forward(x, w, b, conv_param)\ncols = im2col(",
            ),
        ),
    ),
    Mutant(
        CONV_FORWARD,
        "calls_the_slow_layer_where_not_square",
        "There is a loop over places where the filter is not square; one matrix product does for every filter.",
        (
            (
                "cols = im2col(",
                "if HH != WW:\n    return Conv.forward(x, w, b, conv_param)\ncols = im2col(",
            ),
        ),
    ),
    Mutant(
        CONV_FORWARD,
        "calls_the_slow_layer",
        LOOP,
        body="return Conv.forward(x, w, b, conv_param)",
    ),
    *window_mistakes(CONV_FORWARD),
)

D = "D = dout.flatten(2)"
DW = "(D @ cols.transpose(1, 2)).sum(dim=0)"
DX = "col2im(w.flatten(1).T @ D, x_shape, w.shape[2:], stride, pad)"

CONV_BACKWARD_MISTAKES = (
    Mutant(
        CONV_BACKWARD,
        "filters_flipped",
        "It looks as if the filters are turned by 180 degrees in dx; with col2im they are taken as they are.",
        (("w.flatten(1).T", "w.flip(2, 3).flatten(1).T"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "filters_reshaped_not_transposed",
        "It looks as if w is reshaped to (C * HH * WW, F), which mixes the filters; flatten each filter, then "
        "transpose.",
        (("w.flatten(1).T", "w.reshape(-1, len(w))"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "images_and_filters_mixed",
        "It looks as if dout is reshaped to (F, N * L) as it is, which mixes images and filters; move the axis of the "
        "filters to the front first.",
        ((D, "N, F = dout.shape[:2]\nD = dout.reshape(F, N, -1).transpose(0, 1)"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "filters_averaged_over_the_images",
        "It looks as if dw is divided by the number of images; the loss has done that already, in dout.",
        ((DW, "(D @ cols.transpose(1, 2)).mean(dim=0)"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "first_image_only",
        "It looks as if dw holds what comes from the first image; add up over all images.",
        ((DW, "(D @ cols.transpose(1, 2))[0]"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "bias_averaged",
        "It looks as if db is a mean over images and places; each of them adds its dout.",
        (("D.sum(dim=(0, 2))", "D.mean(dim=(0, 2))"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "bias_for_each_image",
        "It looks as if db is not added up over the images; it has the shape (F,).",
        (("D.sum(dim=(0, 2))", "D.sum(dim=2)"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "bias_one_number",
        "It looks as if db is the sum of all of dout; each filter has its own bias: add over images and places alone.",
        (("D.sum(dim=(0, 2))", "D.sum()"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "stride_ignored",
        "It looks as if the windows are put back with stride 1 whatever the stride.",
        (("w.shape[2:], stride, pad)", "w.shape[2:], 1, pad)"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "padding_ignored",
        "It looks as if col2im is called without the padding.",
        (("w.shape[2:], stride, pad)", "w.shape[2:], stride, 0)"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "padding_kept",
        "It looks as if dx still has the padding; it has the shape of x.",
        (
            (
                DX,
                "col2im(\n"
                "    w.flatten(1).T @ D,\n"
                "    (*x_shape[:2], x_shape[2] + 2 * pad, x_shape[3] + 2 * pad),\n"
                "    w.shape[2:],\n"
                "    stride,\n"
                "    0,\n"
                ")",
            ),
        ),
    ),
    Mutant(
        CONV_BACKWARD,
        "height_and_width_of_the_filter_swapped",
        "It looks as if height and width of the filter are swapped in the call of col2im.",
        (("w.shape[2:], stride, pad)", "(w.shape[3], w.shape[2]), stride, pad)"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "wrong_order",
        "It looks as if the gradients are returned in another order; it is (dx, dw, db), that of the arguments.",
        (("return dx, dw,", "return dw, dx,"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "view_of_the_gradient",
        "It looks as if .view is called on an upstream gradient that is not contiguous in memory; use reshape or "
        "flatten.",
        ((D, "D = dout.view(*dout.shape[:2], -1)"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "always_float32",
        "It looks as if dx is always float32; it has the dtype of x.",
        (("return dx, dw,", "return dx.float(), dw,"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "always_on_the_cpu",
        "It looks as if dw is made on the CPU wherever the images are; make it with torch.zeros_like.",
        (("return dx, dw,", "return dx, torch.zeros(w.shape, dtype=w.dtype).copy_(dw),"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "gradient_changed",
        "It looks as if dout is changed in place; work on a copy, or use an operation that makes a new tensor.",
        (("return dx, dw, D.sum(dim=(0, 2))", "db = D.sum(dim=(0, 2))\ndout.zero_()\nreturn dx, dw, db"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "cache_changed",
        "It looks as if a tensor of the cache is changed in place, so that a second call gives something else.",
        (("return dx, dw,", "cols.zero_()\nreturn dx, dw,"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "loop_over_the_images",
        LOOP,
        ((DW, "sum(D[n] @ cols[n].T for n in range(len(D)))"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "loop_over_the_images_for_strides",
        "There is a loop over images where the stride is not 1; one matrix product does for every stride.",
        ((DW, f"({DW} if stride == 1 else sum(D[n] @ cols[n].T for n in range(len(D))))"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "loop_over_the_images_where_not_square",
        "There is a loop over images where the filter is not square; one matrix product does for every filter.",
        ((DW, f"({DW} if w.shape[2] == w.shape[3] else sum(D[n] @ cols[n].T for n in range(len(D))))"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "loop_over_the_filters",
        LOOP,
        ((DW, "torch.stack([(D[:, f, None] @ cols.transpose(1, 2)).sum(dim=0)[0] for f in range(len(w))])"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "stride_of_three_at_most",
        "It looks as if a stride above 3 is taken as 3; it may be any, also larger than the filter.",
        (("x_shape, cols, w, stride, pad = cache", "x_shape, cols, w, stride, pad = cache\nstride = min(stride, 3)"),),
    ),
    Mutant(
        CONV_BACKWARD,
        "padding_of_the_filters_size_at_most",
        "It looks as if the padding is at most as wide as the filter; hand pad on to col2im as it is.",
        (("w.shape[2:], stride, pad)", "w.shape[2:], stride, min(pad, max(w.shape[2:])))"),),
    ),
)

SLICE = "x[:, :, a : a + H_end : stride, b : b + W_end : stride]"

POOL_FORWARD_MISTAKES = (
    Mutant(
        POOL_FORWARD,
        "starts_at_zero",
        "It looks as if the search for the largest starts at 0, so that a negative window gives 0; start at the first "
        "entry of each window, or at minus infinity.",
        (("stride, :W_end:stride].clone()", "stride, :W_end:stride].clone().zero_()"),),
    ),
    Mutant(
        POOL_FORWARD,
        "search_starts_at_a_number",
        "It looks as if the search for the largest starts at a number such as -1e9, which wins over windows that lie "
        "below it; start at their first entry, or at minus infinity.",
        (("stride, :W_end:stride].clone()", "stride, :W_end:stride].clone().fill_(-1e9)"),),
    ),
    Mutant(
        POOL_FORWARD,
        "smallest_instead_of_the_largest",
        "It looks as if the smallest number of each window is kept; max pooling keeps the largest.",
        (("torch.maximum", "torch.minimum"),),
    ),
    Mutant(
        POOL_FORWARD,
        "diagonal_of_the_window",
        "It looks as if one index runs through rows and columns of the window at once, along its diagonal; take every "
        "pair (a, b).",
        ((SLICE, SLICE.replace("b : b + W_end", "a % width : a % width + W_end")),),
    ),
    Mutant(
        POOL_FORWARD,
        "reshaped_into_blocks",
        "It looks as if the window moves by its own size, as where the images are cut into blocks by a reshape; it "
        "moves by `stride`, so windows may overlap or leave gaps.",
        (
            (
                "return out, (",
                "N, C = x.shape[:2]\n"
                "out = x[:, :, : H // height * height, : W // width * width]\n"
                "out = out.reshape(N, C, H // height, height, W // width, width).amax(dim=(3, 5))\n"
                "return out, (",
            ),
        ),
    ),
    Mutant(
        POOL_FORWARD,
        "stride_ignored",
        "It looks as if the window moves by 1 whatever the stride.",
        ((":H_end:stride, :W_end:stride", ":H_end, :W_end"), (SLICE, "x[:, :, a : a + H_end, b : b + W_end]")),
    ),
    Mutant(
        POOL_FORWARD,
        "stride_as_pool_size",
        "It looks as if the window is as large as the stride; it has pool_height rows and pool_width columns.",
        (("H, W = x.shape[2:]", "H, W = x.shape[2:]\nheight = width = stride"),),
    ),
    Mutant(
        POOL_FORWARD,
        "height_and_width_swapped",
        "It looks as if pool_height and pool_width are swapped.",
        (('["pool_height"], pool_param["pool_width"]', '["pool_width"], pool_param["pool_height"]'),),
    ),
    Mutant(
        POOL_FORWARD,
        "width_from_the_height",
        "It looks as if H is used where W belongs: windows begin before column W - pool_width + 1.",
        (("W - width + 1", "H - height + 1"),),
    ),
    Mutant(
        POOL_FORWARD,
        "slices_of_different_length",
        "It looks as if the slices go to the end of the image, so that some hold one more entry than others; end each "
        "after its last whole window.",
        (
            (":H_end:stride, :W_end:stride", "::stride, ::stride"),
            (SLICE, "x[:, :, a::stride, b::stride]"),
        ),
    ),
    Mutant(
        POOL_FORWARD,
        "images_changed",
        "It looks as if the first slice of x is a view and is written to, which changes the images; clone it.",
        (
            ("stride, :W_end:stride].clone()", "stride, :W_end:stride]\nz = x.clone()"),
            ("out = torch.maximum(out, x[", "torch.maximum(out, z["),
            (": b + W_end : stride])", ": b + W_end : stride], out=out)"),
        ),
    ),
    Mutant(
        POOL_FORWARD,
        "always_float32",
        "It looks as if the result is always float32; it has the dtype of x.",
        (("return out, (", "return out.float(), ("),),
    ),
    Mutant(
        POOL_FORWARD,
        "always_on_the_cpu",
        "It looks as if the result is made on the CPU wherever the images are; make it with x.new_zeros(...).",
        (("return out, (", "return torch.zeros(out.shape, dtype=x.dtype).copy_(out), ("),),
    ),
    Mutant(
        POOL_FORWARD,
        "view_of_the_images",
        "It looks as if .view is called on images that are not contiguous in memory; use reshape or flatten.",
        (("H, W = x.shape[2:]", "H, W = x.shape[2:]\nx.view(len(x), -1)"),),
    ),
    Mutant(
        POOL_FORWARD,
        "axes_of_length_one_dropped",
        "It looks as if squeeze() also drops the axis of a single image, channel or window; the result always has "
        "four.",
        (("return out, (", "return out.squeeze(), ("),),
    ),
    Mutant(
        POOL_FORWARD,
        "fit_not_checked",
        "It looks as if nothing is said of a window that does not fit; call require_fit, which raises a ValueError.",
        (("require_fit((H, W), (height, width), stride)\n", ""),),
    ),
    Mutant(
        POOL_FORWARD,
        "windows_of_size_0",
        "It looks as if a window of 0 rows or columns is let through; call require_fit, which refuses it.",
        (
            (
                "require_fit((H, W), (height, width), stride)\n",
                "if height > H or width > W or stride <= 0:\n    raise ValueError('the window does not fit')\n",
            ),
        ),
    ),
    Mutant(
        POOL_FORWARD,
        "parameters_in_their_order",
        "It looks as if the values of pool_param are taken in the order in which they stand in it; read each by its "
        "name.",
        (('pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]', "pool_param.values()"),),
    ),
    Mutant(
        POOL_FORWARD,
        "loop_over_the_images",
        POOL_LOOP,
        (
            (
                f"torch.maximum(out, {SLICE})",
                f"torch.stack([torch.maximum(o, {SLICE.replace('x[:, :,', 'i[:,')}) for o, i in zip(out, x)])",
            ),
        ),
    ),
    Mutant(
        POOL_FORWARD,
        "calls_the_slow_layer",
        POOL_LOOP,
        (("return out, (", "return MaxPool.forward(x, pool_param)[0], ("),),
    ),
    Mutant(
        POOL_FORWARD,
        "calls_the_slow_layer_where_windows_overlap",
        "There is a loop over places where windows overlap; a slice of all windows at once does for every stride.",
        (("return out, (", "if stride < height:\n    return MaxPool.forward(x, pool_param)\nreturn out, ("),),
    ),
    Mutant(
        POOL_FORWARD,
        "calls_the_slow_layer_where_windows_tile",
        "There is a loop over places where the windows lie side by side and leave nothing over; treat them as all "
        "others.",
        (
            (
                "return out, (",
                "if height == width == stride and H % stride == W % stride == 0:\n"
                "    return MaxPool.forward(x, pool_param)\n"
                "return out, (",
            ),
        ),
    ),
    Mutant(
        POOL_FORWARD,
        "stride_of_three_at_most",
        "It looks as if a stride above 3 is taken as 3; it may be any, also larger than the window.",
        (("require_fit(", "stride = min(stride, 3)\nrequire_fit("),),
    ),
    Mutant(
        POOL_FORWARD,
        "fast_side_by_side_only",
        POOL_LOOP,
        (
            (
                "return out, (",
                "if not (height == width == stride and H % stride == W % stride == 0):\n"
                "    return MaxPool.forward(x, pool_param)\n"
                "return out, (",
            ),
        ),
    ),
)

POOL_BACKWARD_MISTAKES = (
    Mutant(
        POOL_BACKWARD,
        "equal_entries_all_get_it",
        "It looks as if each of several equally large entries gets the whole gradient, which counts it several times; "
        "give it to one of them, or divide it by their number.",
        (("left -= share", "pass"),),
    ),
    Mutant(
        POOL_BACKWARD,
        "equal_entries_where_windows_overlap",
        "It looks as if equally large entries share the gradient where the windows lie side by side, and each get all "
        "of it where they overlap; the shares of each window add up to its dout.",
        (("left -= share", "left -= share if height == width == stride else 0"),),
    ),
    Mutant(
        POOL_BACKWARD,
        "four_equal_entries_at_most",
        "It looks as if up to four equally large entries share the gradient and more of them get too much; the shares "
        "of a window add up to its dout, whatever its size.",
        (
            ("share = left * (x[:, :, rows, columns] == out)", "share = dout * (x[:, :, rows, columns] == out)"),
            ("left -= share", "pass"),
            (
                "dx, left = torch.zeros_like(x), dout.clone()",
                "slices = [\n"
                "    x[:, :, a : a + H_end : stride, b : b + W_end : stride]\n"
                "    for a in range(height)\n"
                "    for b in range(width)\n"
                "]\n"
                "dx, dout = torch.zeros_like(x), dout / sum(1.0 * (s == out) for s in slices).clamp(max=4)",
            ),
        ),
    ),
    Mutant(
        POOL_BACKWARD,
        "fast_side_by_side_only",
        POOL_LOOP,
        (
            (
                "return dx",
                "if not (height == width == stride and x.shape[2] % stride == x.shape[3] % stride == 0):\n"
                "    return MaxPool.backward(dout, (x, height, width, stride))\n"
                "return dx",
            ),
        ),
    ),
    Mutant(
        POOL_BACKWARD,
        "all_of_the_window",
        "It looks as if each entry of the window has the gradient; only the largest went into the output.",
        (("share = left * (x[:, :, rows, columns] == out)", "share = dout"), ("left -= share", "pass")),
    ),
    Mutant(
        POOL_BACKWARD,
        "first_of_the_window",
        "It looks as if the first entry of each window has the gradient; it belongs to the largest.",
        (("share = left * (x[:, :, rows, columns] == out)", "share = left.clone()"),),
    ),
    Mutant(
        POOL_BACKWARD,
        "overlaps_assigned",
        "It looks as if dx is assigned where windows overlap, and the last window wins; add up with +=.",
        (("dx[:, :, rows, columns] +=", "dx[:, :, rows, columns] ="),),
    ),
    Mutant(
        POOL_BACKWARD,
        "times_the_largest",
        "It looks as if the gradient is multiplied by the largest entry; the slope of the largest is 1.",
        (("return dx", "return dx * x"),),
    ),
    Mutant(
        POOL_BACKWARD,
        "stride_as_pool_size",
        "It looks as if the window is as large as the stride; it has pool_height rows and pool_width columns.",
        (
            ("range(height)", "range(min(stride, height))"),
            ("range(width)", "range(min(stride, width))"),
        ),
    ),
    Mutant(
        POOL_BACKWARD,
        "square_windows",
        "It looks as if the window is pool_height wide; it is pool_width wide.",
        (("range(width)", "range(min(height, width))"), ("range(height)", "range(min(height, width))")),
    ),
    Mutant(
        POOL_BACKWARD,
        "repeated_into_blocks",
        "It looks as if each entry of dout is repeated over a block of the image: that is right only where the windows "
        "lie side by side and divide the image.",
        body="""
            x, out, height, width, stride = cache
            largest, upstream = (
                t.repeat_interleave(height, dim=2).repeat_interleave(width, dim=3)[:, :, : x.shape[2], : x.shape[3]]
                for t in (out, dout)
            )
            dx = torch.zeros_like(x)
            part = dx[:, :, : largest.shape[2], : largest.shape[3]]
            part += (x[:, :, : largest.shape[2], : largest.shape[3]] == largest) * upstream
            return dx
        """,
    ),
    Mutant(
        POOL_BACKWARD,
        "nothing_where_negative",
        "It looks as if nothing goes to a window whose largest entry is negative.",
        (("dout.clone()", "dout * (out > 0)"),),
    ),
    Mutant(
        POOL_BACKWARD,
        "gradient_changed",
        "It looks as if dout is changed in place: what is left of it needs a tensor of its own, dout.clone().",
        (("dout.clone()", "dout"),),
    ),
    Mutant(
        POOL_BACKWARD,
        "view_of_the_gradient",
        "It looks as if .view is called on an upstream gradient that is not contiguous in memory; use reshape or "
        "flatten.",
        (("dout.clone()", "dout.view(-1).view(dout.shape).clone()"),),
    ),
    Mutant(
        POOL_BACKWARD,
        "always_float32",
        "It looks as if dx is always float32; make it with the dtype of x, as torch.zeros_like does.",
        (("return dx", "return dx.float()"),),
    ),
    Mutant(
        POOL_BACKWARD,
        "always_on_the_cpu",
        "It looks as if dx is made on the CPU wherever the images are; make it with torch.zeros_like.",
        (("torch.zeros_like(x), ", "torch.zeros(x.shape, dtype=x.dtype), "),),
    ),
    Mutant(
        POOL_BACKWARD,
        "loop_over_the_images",
        POOL_LOOP,
        (("dx[:, :, rows, columns] += share", "for n in range(len(dx)): dx[n, :, rows, columns] += share[n]"),),
    ),
    Mutant(
        POOL_BACKWARD,
        "loop_over_the_images_where_windows_overlap",
        "There is a loop over images where windows overlap; a slice of all windows at once does for every stride.",
        (
            (
                "dx[:, :, rows, columns] += share",
                "for n in range(len(dx)) if stride < height else [slice(None)]: dx[n, :, rows, columns] += share[n]",
            ),
        ),
    ),
    Mutant(
        POOL_BACKWARD,
        "nearly_equal_entries_share",
        "It looks as if entries that are nearly as large as the largest count as the largest, as with isclose; only "
        "equal ones may.",
        (("(x[:, :, rows, columns] == out)", "torch.isclose(x[:, :, rows, columns], out)"),),
    ),
    Mutant(
        POOL_BACKWARD,
        "loop_over_the_places",
        POOL_LOOP,
        body="""
            x, out, height, width, stride = cache
            dx = torch.zeros_like(x)
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    rows, columns = slice(i * stride, i * stride + height), slice(j * stride, j * stride + width)
                    window = x[:, :, rows, columns].flatten(2)
                    largest = window.argmax(dim=2, keepdim=True)
                    share = torch.zeros_like(window).scatter_(2, largest, dout[:, :, i, j, None])
                    dx[:, :, rows, columns] += share.unflatten(2, (height, width))
            return dx
        """,
    ),
)

MUTANTS = CONV_FORWARD_MISTAKES + CONV_BACKWARD_MISTAKES + POOL_FORWARD_MISTAKES + POOL_BACKWARD_MISTAKES
