"""Known mistakes in `Conv`, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

FORWARD = "convolutional_networks.Conv.forward"
BACKWARD = "convolutional_networks.Conv.backward"

STRIDE = 'stride, pad = conv_param["stride"], conv_param["pad"]'
DEPTH = "if depth != C:"


def window_mistakes(question: str) -> tuple[Mutant, ...]:
    """Of the forward pass of `Conv` or `FastConv`: strides, paddings and filters as large as are not often tried."""
    return (
        Mutant(
            question,
            "stride_of_three_at_most",
            "It looks as if a stride above 3 is taken as 3; it may be any, also larger than the filter.",
            ((STRIDE, STRIDE + "\nstride = min(stride, 3)"),),
        ),
        Mutant(
            question,
            "padding_of_the_filters_size_at_most",
            "It looks as if the padding is at most as wide as the filter; it may be wider; some windows see it alone.",
            ((DEPTH, "pad = min(pad, max(HH, WW))\n" + DEPTH),),
        ),
        Mutant(
            question,
            "as_large_as_the_image_refused",
            "It looks as if a filter as large as the padded image is refused; it fits, at one place.",
            ((DEPTH, "if pad == 0 and (HH == H or WW == W):\n    raise ValueError\n" + DEPTH),),
        ),
    )


FORWARD_MISTAKES = (
    Mutant(
        FORWARD,
        "empty_slice_without_padding",
        "It looks as if the images are put into the padded ones at pad:-pad, which is empty when pad is 0; use pad : "
        "pad + H and pad : pad + W.",
        (("xp[:, :, pad : pad + H, pad : pad + W] = x", "xp[:, :, pad:-pad, pad:-pad] = x"),),
    ),
    Mutant(
        FORWARD,
        "filters_flipped",
        "It looks as if the filters are turned by 180 degrees; a convolutional layer computes a cross-correlation and "
        "does not turn them.",
        (("w.flatten(1).T", "w.flip(2, 3).flatten(1).T"),),
    ),
    Mutant(
        FORWARD,
        "bias_missing",
        "It looks as if the biases are missing: each place of output f gets b[f].",
        ((".T + b", ".T"),),
    ),
    Mutant(
        FORWARD,
        "bias_averaged",
        "It looks as if every filter gets the mean of all biases; filter f gets b[f].",
        ((".T + b", ".T + b.mean()"),),
    ),
    Mutant(
        FORWARD,
        "bias_for_each_product",
        "It looks as if the bias is added to each product of the window; it is added once to their sum.",
        ((".T + b", ".T + b * C * HH * WW"),),
    ),
    Mutant(
        FORWARD,
        "bias_of_the_first_filter",
        "It looks as if every filter gets the bias of the first one; filter f gets b[f].",
        ((".T + b", ".T + b[0]"),),
    ),
    Mutant(
        FORWARD,
        "first_channel_only",
        "It looks as if only channel 0 is looked at; a filter is as deep as the image and adds up all channels.",
        (("window.flatten(1) @ w.flatten(1).T", "window[:, :1].flatten(1) @ w[:, :1].flatten(1).T"),),
    ),
    Mutant(
        FORWARD,
        "mean_over_the_channels",
        "It looks as if the channels are averaged; their products are added up.",
        (("window.flatten(1) @ w.flatten(1).T", "window.flatten(1) @ w.flatten(1).T / C"),),
    ),
    Mutant(
        FORWARD,
        "filters_reshaped_not_transposed",
        "It looks as if w is reshaped to (C * HH * WW, F), which mixes the filters; flatten each filter, then "
        "transpose.",
        (("w.flatten(1).T", "w.reshape(-1, F)"),),
    ),
    Mutant(
        FORWARD,
        "rows_and_columns_swapped",
        "It looks as if the window at row i and column j is written to row j and column i.",
        (("out[:, :, i, j] =", "out[:, :, j, i] ="),),
    ),
    Mutant(
        FORWARD,
        "stride_ignored",
        "It looks as if the window moves by 1 whatever the stride: it begins at row i * stride and column j * stride.",
        (("top, left = i * stride, j * stride", "top, left = i, j"),),
    ),
    Mutant(
        FORWARD,
        "stride_for_the_rows_only",
        "It looks as if the stride is used for the rows and not for the columns.",
        (("top, left = i * stride, j * stride", "top, left = i * stride, j"),),
    ),
    Mutant(
        FORWARD,
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
        FORWARD,
        "stride_not_in_the_size",
        "It looks as if the output's size does not take the stride into account: divide by it before you add 1.",
        (
            (
                "1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride",
                "1 + H + 2 * pad - HH, 1 + W + 2 * pad - WW",
            ),
        ),
    ),
    Mutant(
        FORWARD,
        "loops_over_the_image",
        "It looks as if the loops run over the H x W places of the image; they run over the H' x W' places of the "
        "output.",
        (
            (
                "H_out, W_out = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride",
                "H_out, W_out = H, W",
            ),
        ),
    ),
    Mutant(
        FORWARD,
        "last_place_missing",
        "It looks as if the last row and column of the output are missing: its height is 1 + (H + 2 * pad - HH) // "
        "stride, with the padding of both sides.",
        (
            (
                "1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride",
                "(H + 2 * pad - HH) // stride, (W + 2 * pad - WW) // stride",
            ),
        ),
    ),
    Mutant(
        FORWARD,
        "width_from_the_height",
        "It looks as if H is used where W belongs: the output's width is 1 + (W + 2 * pad - WW) // stride.",
        (("1 + (W + 2 * pad - WW)", "1 + (H + 2 * pad - HH)"),),
    ),
    Mutant(
        FORWARD,
        "square_windows",
        "It looks as if the window is HH wide; it is WW wide.",
        (("left : left + WW", "left : left + HH"),),
    ),
    Mutant(
        FORWARD,
        "windows_of_the_unpadded_image",
        "It looks as if the windows are cut out of x and not of the padded images.",
        (("window = xp[", "window = x["),),
    ),
    Mutant(
        FORWARD,
        "padding_below_and_right_only",
        "It looks as if the zeros stand below and to the right of the image only; put it in the middle, with `pad` "
        "rows and columns on each side.",
        (("xp[:, :, pad : pad + H, pad : pad + W] = x", "xp[:, :, :H, :W] = x"),),
    ),
    Mutant(
        FORWARD,
        "padding_guessed",
        "It looks as if the padding is computed from the filter; take it from conv_param.",
        (('conv_param["pad"]', "w.shape[2] // 2"),),
    ),
    Mutant(
        FORWARD,
        "axes_of_length_one_dropped",
        "It looks as if squeeze() also drops the axis of a single image, filter or place; the result always has four.",
        (("return out, (", "return out.squeeze(), ("),),
    ),
    Mutant(
        FORWARD,
        "view_of_the_filters",
        "It looks as if .view is called on filters that are not contiguous in memory; use reshape or flatten.",
        (("w.flatten(1).T", "w.view(F, -1).T"),),
    ),
    Mutant(
        FORWARD,
        "always_float32",
        "It looks as if the result is always float32; make it with the dtype of x: x.new_zeros(...).",
        (("out = x.new_zeros(N, F, H_out, W_out)", "out = torch.zeros(N, F, H_out, W_out, device=x.device)"),),
    ),
    Mutant(
        FORWARD,
        "always_on_the_cpu",
        "It looks as if the result is made on the CPU wherever the images are; make it with x.new_zeros(...).",
        (("out = x.new_zeros(N, F, H_out, W_out)", "out = torch.zeros(N, F, H_out, W_out, dtype=x.dtype)"),),
    ),
    Mutant(
        FORWARD,
        "padded_images_on_the_cpu",
        "It looks as if the padded images are made on the CPU wherever the images are; make them with "
        "x.new_zeros(...).",
        (
            (
                "xp = x.new_zeros(N, C, H + 2 * pad, W + 2 * pad)",
                "xp = torch.zeros(N, C, H + 2 * pad, W + 2 * pad, dtype=x.dtype)",
            ),
        ),
    ),
    Mutant(
        FORWARD,
        "parameters_taken_out",
        "It looks as if pop takes the stride out of conv_param, which the caller still needs; read it with [...].",
        (('conv_param["stride"]', 'conv_param.pop("stride")'),),
    ),
    Mutant(
        FORWARD,
        "filters_changed",
        "It looks as if the caller's filters are changed in place, as by resize_; use reshape or flatten.",
        (
            ("N, F, H_out, W_out)", "N, F, H_out, W_out)\nw.resize_(F, C * HH * WW)"),
            ("w.flatten(1).T", "w.T"),
        ),
    ),
    Mutant(
        FORWARD,
        "fit_not_checked",
        "It looks as if nothing is said of a filter that does not fit; call require_fit, which raises a ValueError.",
        (("require_fit((H, W), (HH, WW), stride, pad)\n", ""),),
    ),
    Mutant(
        FORWARD,
        "channels_not_checked",
        "It looks as if nothing is said of filters and images with different numbers of channels; raise a ValueError.",
        (("if depth != C:", "if False:"),),
    ),
    Mutant(
        FORWARD,
        "parameters_in_their_order",
        "It looks as if the values of conv_param are taken in the order in which they stand in it; read each by its "
        "name.",
        (('conv_param["stride"], conv_param["pad"]', "conv_param.values()"),),
    ),
    Mutant(
        FORWARD,
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
        FORWARD,
        "one_channel_for_all",
        "It looks as if images of one channel are let through with filters of several; raise a ValueError.",
        (("if depth != C:", "if C == 1:\n    x, C = x.expand(-1, depth, -1, -1), depth\nif depth != C:"),),
    ),
    Mutant(
        FORWARD,
        "channels_asserted",
        "It looks as if an assert looks after the channels, which python -O skips; raise a ValueError.",
        (("if depth != C:", "assert depth == C\nif False:"),),
    ),
    *window_mistakes(FORWARD),
)

BACKWARD_MISTAKES = (
    Mutant(
        BACKWARD,
        "empty_slice_without_padding",
        "It looks as if the padding is cut off with pad:-pad, which leaves nothing when pad is 0; use pad : pad + H "
        "and pad : pad + W.",
        (("return dxp[:, :, pad : pad + H, pad : pad + W]", "return dxp[:, :, pad:-pad, pad:-pad]"),),
    ),
    Mutant(
        BACKWARD,
        "padding_kept",
        "It looks as if dx still has the padding; cut it off, so that dx has the shape of x.",
        (("return dxp[:, :, pad : pad + H, pad : pad + W]", "return dxp"),),
    ),
    Mutant(
        BACKWARD,
        "padding_cut_on_one_side",
        "It looks as if the whole padding is cut off below and to the right; there are `pad` rows and columns on each "
        "side.",
        (("return dxp[:, :, pad : pad + H, pad : pad + W]", "return dxp[:, :, :H, :W]"),),
    ),
    Mutant(
        BACKWARD,
        "images_assigned",
        "It looks as if dx is assigned where windows overlap, and the last window wins; add up with +=.",
        (("dxp[:, :, rows, columns] +=", "dxp[:, :, rows, columns] ="),),
    ),
    Mutant(
        BACKWARD,
        "images_assigned_filter_by_filter",
        "It looks as if dx is assigned where windows overlap and filters come together, and the last filter of the "
        "last window wins; add up with +=.",
        (
            ("dxp[:, :, rows, columns] +=", "dxp[:, :, rows, columns] ="),
            ("(upstream @ w.flatten(1))", "(upstream[:, -1:] @ w[-1:].flatten(1))"),
        ),
    ),
    Mutant(
        BACKWARD,
        "filters_assigned_image_by_image",
        "It looks as if dw is assigned at each place of each image, and the last place of the last image wins; add up "
        "with +=.",
        (
            ("dw += ", "dw = "),
            ("upstream.T @ xp[:, :, rows, columns]", "upstream[-1:].T @ xp[-1:, :, rows, columns]"),
        ),
    ),
    Mutant(
        BACKWARD,
        "filters_assigned",
        "It looks as if dw is assigned at each place, and the last place wins; add up with +=.",
        (("dw += ", "dw = "),),
    ),
    Mutant(
        BACKWARD,
        "filters_not_turned",
        "It looks as if the filters lie the wrong way round in dx. Added window by window they are taken as they are; "
        "as a convolution of dout and w they are turned by 180 degrees.",
        (("(upstream @ w.flatten(1))", "(upstream @ w.flip(2, 3).flatten(1))"),),
    ),
    Mutant(
        BACKWARD,
        "gradient_of_turned_filters",
        "It looks as if dw is turned by 180 degrees; the gradient is a cross-correlation of x and dout, nothing is "
        "turned.",
        (("W], dw, db", "W], dw.flip(2, 3), db"),),
    ),
    Mutant(
        BACKWARD,
        "bias_averaged",
        "It looks as if db is a mean over images and places; each of them adds its dout.",
        (("dout.sum(dim=(0, 2, 3))", "dout.mean(dim=(0, 2, 3))"),),
    ),
    Mutant(
        BACKWARD,
        "bias_averaged_over_the_places",
        "It looks as if db is averaged over the places; the bias was added at each place, so they all add up.",
        (("dout.sum(dim=(0, 2, 3))", "dout.mean(dim=(2, 3)).sum(dim=0)"),),
    ),
    Mutant(
        BACKWARD,
        "bias_averaged_over_the_images",
        "It looks as if db is divided by the number of images; the loss has done that already, in dout.",
        (("dout.sum(dim=(0, 2, 3))", "dout.sum(dim=(2, 3)).mean(dim=0)"),),
    ),
    Mutant(
        BACKWARD,
        "bias_of_one_place",
        "It looks as if db is assigned at each place, and the last place wins; add over images and places.",
        (("dout.sum(dim=(0, 2, 3))", "dout[:, :, -1, -1].sum(dim=0)"),),
    ),
    Mutant(
        BACKWARD,
        "bias_for_each_image",
        "It looks as if db is not added up over the images; it has the shape (F,).",
        (("dout.sum(dim=(0, 2, 3))", "dout.sum(dim=(2, 3))"),),
    ),
    Mutant(
        BACKWARD,
        "bias_one_number",
        "It looks as if db is the sum of all of dout; each filter has its own bias: add over images and places alone.",
        (("dout.sum(dim=(0, 2, 3))", "dout.sum()"),),
    ),
    Mutant(
        BACKWARD,
        "filters_averaged_over_the_images",
        "It looks as if dw is divided by the number of images; the loss has done that already, in dout.",
        (("W], dw, db", "W], dw / N, db"),),
    ),
    Mutant(
        BACKWARD,
        "first_image_only",
        "It looks as if dw holds what comes from the first image; add up over all images.",
        (("upstream.T @ xp[:, :, rows, columns]", "upstream[:1].T @ xp[:1, :, rows, columns]"),),
    ),
    Mutant(
        BACKWARD,
        "first_filter_only",
        "It looks as if dx holds what comes through the first filter; add up over all filters.",
        (("(upstream @ w.flatten(1))", "(upstream[:, :1] @ w[:1].flatten(1))"),),
    ),
    Mutant(
        BACKWARD,
        "first_channel_only",
        "It looks as if only channel 0 has a gradient; all channels went into the sum.",
        (("W], dw, db", "W] * (torch.arange(C, device=x.device) == 0)[:, None, None], dw, db"),),
    ),
    Mutant(
        BACKWARD,
        "stride_ignored",
        "It looks as if the window moves by 1 whatever the stride: it begins at row i * stride and column j * stride.",
        (
            ("slice(i * stride, i * stride + HH)", "slice(i, i + HH)"),
            ("slice(j * stride, j * stride + WW)", "slice(j, j + WW)"),
        ),
    ),
    Mutant(
        BACKWARD,
        "stride_ignored_for_the_images",
        "It looks as if dx is added up with stride 1, and dw with the right one.",
        (("dxp[:, :, rows, columns] +=", "dxp[:, :, i : i + HH, j : j + WW] +="),),
    ),
    Mutant(
        BACKWARD,
        "height_for_width",
        "It looks as if H is used where W belongs: dx is W wide.",
        (("pad : pad + W], dw, db", "pad : pad + H], dw, db"),),
    ),
    Mutant(
        BACKWARD,
        "square_output",
        "It looks as if the columns of dout are counted by its rows; loop to dout.shape[3].",
        (("range(dout.shape[3])", "range(dout.shape[2])"),),
    ),
    Mutant(
        BACKWARD,
        "square_windows",
        "It looks as if the window is HH wide; it is WW wide.",
        (("slice(j * stride, j * stride + WW)", "slice(j * stride, j * stride + HH)"),),
    ),
    Mutant(
        BACKWARD,
        "loops_over_the_image",
        "It looks as if the loops run over the places of the image; they run over those of dout.",
        (("range(dout.shape[2])", "range(H)"), ("range(dout.shape[3])", "range(W)")),
    ),
    Mutant(
        BACKWARD,
        "windows_of_the_unpadded_image",
        "It looks as if dw is added up from windows of x and not of the padded images.",
        (("xp[:, :, rows, columns].flatten(1)", "x[:, :, rows, columns].flatten(1)"),),
    ),
    Mutant(
        BACKWARD,
        "size_from_the_output",
        "It looks as if the size of dx is computed from that of dout; where the stride does not divide evenly, x has "
        "rows and columns that no window reaches, and they belong to dx too.",
        (
            (
                "torch.zeros_like(xp),",
                "xp.new_zeros(N, C, stride * (dout.shape[2] - 1) + HH, stride * (dout.shape[3] - 1) + WW),",
            ),
        ),
    ),
    Mutant(
        BACKWARD,
        "wrong_order",
        "It looks as if the gradients are returned in another order; it is (dx, dw, db), that of the arguments.",
        (
            (
                "return dxp[:, :, pad : pad + H, pad : pad + W], dw, db",
                "return dw, dxp[:, :, pad : pad + H, pad : pad + W], db",
            ),
        ),
    ),
    Mutant(
        BACKWARD,
        "view_of_the_gradient",
        "It looks as if .view is called on an upstream gradient that is not contiguous in memory; use reshape or "
        "flatten.",
        (("dout.sum(dim=(0, 2, 3))", "dout.view(N, F, -1).sum(dim=(0, 2))"),),
    ),
    Mutant(
        BACKWARD,
        "always_float32",
        "It looks as if dx is always float32; make it with the dtype of x, as torch.zeros_like does.",
        (("W], dw, db", "W].float(), dw, db"),),
    ),
    Mutant(
        BACKWARD,
        "always_on_the_cpu",
        "It looks as if gradients are made on the CPU wherever the images are; make them with torch.zeros_like.",
        (("torch.zeros_like(w),", "torch.zeros(w.shape, dtype=w.dtype),"),),
    ),
    Mutant(
        BACKWARD,
        "images_changed",
        "It looks as if dx is written over x; make a new tensor with torch.zeros_like.",
        (
            (
                "return dxp[:, :, pad : pad + H, pad : pad + W], dw, db",
                "return x.copy_(dxp[:, :, pad : pad + H, pad : pad + W]), dw, db",
            ),
        ),
    ),
    Mutant(
        BACKWARD,
        "no_gradient_of_a_single_place",
        "It looks as if dx is 0 where the filter fits at one place alone; it is dout * w there, as everywhere.",
        (("return dxp[:", "if dout[0, 0].numel() == 1 and pad == 0:\n    dxp = 0 * dxp\nreturn dxp[:"),),
    ),
    Mutant(
        BACKWARD,
        "crop_of_the_filters_size_at_most",
        "It looks as if at most as much padding as the filter is wide is cut off dx; cut off pad rows and columns.",
        (("return dxp[:", "pad = min(pad, max(HH, WW))\nreturn dxp[:"),),
    ),
    Mutant(
        BACKWARD,
        "stride_of_three_at_most",
        "It looks as if a stride above 3 is taken as 3; it may be any, also larger than the filter.",
        (("x, w, stride, pad = cache", "x, w, stride, pad = cache\nstride = min(stride, 3)"),),
    ),
)

MUTANTS = FORWARD_MISTAKES + BACKWARD_MISTAKES
