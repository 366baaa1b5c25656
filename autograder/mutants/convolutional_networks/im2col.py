"""Known mistakes in `im2col` and `col2im`, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

IM2COL = "convolutional_networks.im2col"
COL2IM = "convolutional_networks.col2im"

LAYOUT = "windows.permute(0, 1, 4, 5, 2, 3).reshape(N, C * HH * WW, -1)"

LOOP = (
    "There is a loop over the images or the places; loop over the entries of the kernel, or use a view such as "
    "Tensor.unfold's, and lay out all images at once."
)
LOOP_BACK = (
    "There is a loop over the images or the places; loop over the entries of the kernel, and put back that entry of "
    "all windows of all images at once."
)

TABLE = """
    (N, C, H, W), (HH, WW) = x.shape, kernel
    require_fit((H, W), (HH, WW), stride, pad)
    xp = x.new_zeros(N, C, H + 2 * pad, W + 2 * pad)
    xp[:, :, pad : pad + H, pad : pad + W] = x
    H_out, W_out = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    tables = im2col.__dict__.setdefault("tables", {})
    if KEY not in tables:
        a, b, i, j = torch.meshgrid(*map(torch.arange, (HH, WW, H_out, W_out)), indexing="ij")
        tables[KEY] = ((i * stride + a) * xp.shape[3] + j * stride + b).flatten()
    return xp.flatten(2)[:, :, tables[KEY].to(x.device)].reshape(N, C * HH * WW, -1)
"""

IM2COL_MISTAKES = (
    Mutant(
        IM2COL,
        "windows_are_rows",
        "It looks as if each window is a row of the result, (N, H' * W', C * HH * WW); each window is a column.",
        ((LAYOUT, LAYOUT + ".transpose(1, 2)"),),
    ),
    Mutant(
        IM2COL,
        "reshaped_without_moving_the_axes",
        "It looks as if the axes of the windows are reshaped in the order in which they come; first bring them into "
        "the order of the columns, with permute.",
        ((LAYOUT, "windows.reshape(N, C * HH * WW, -1)"),),
    ),
    Mutant(
        IM2COL,
        "images_side_by_side",
        "It looks as if the columns of all images stand side by side; the images have an axis of their own, the first.",
        ((LAYOUT, "windows.permute(1, 4, 5, 0, 2, 3).reshape(C * HH * WW, -1)"),),
    ),
    Mutant(
        IM2COL,
        "columns_of_the_window_first",
        "It looks as if each window is laid out column by column; lay it out row by row.",
        ((LAYOUT, "windows.permute(0, 1, 5, 4, 2, 3).reshape(N, C * HH * WW, -1)"),),
    ),
    Mutant(
        IM2COL,
        "places_in_the_wrong_order",
        "It looks as if the places go down the columns of the image first; column l is row l // W' and column l % W'.",
        ((LAYOUT, "windows.permute(0, 1, 4, 5, 3, 2).reshape(N, C * HH * WW, -1)"),),
    ),
    Mutant(
        IM2COL,
        "window_flipped",
        "It looks as if each window is turned by 180 degrees; lay it out as it is.",
        ((LAYOUT, "windows.flip(4, 5).permute(0, 1, 4, 5, 2, 3).reshape(N, C * HH * WW, -1)"),),
    ),
    Mutant(
        IM2COL,
        "stride_ignored",
        "It looks as if the window moves by 1 whatever the stride.",
        (("unfold(2, HH, stride).unfold(3, WW, stride)", "unfold(2, HH, 1).unfold(3, WW, 1)"),),
    ),
    Mutant(
        IM2COL,
        "stride_for_the_rows_only",
        "It looks as if the stride is used for the rows and not for the columns.",
        (("unfold(3, WW, stride)", "unfold(3, WW, 1)"),),
    ),
    Mutant(
        IM2COL,
        "padding_ignored",
        "It looks as if the windows are cut out of x and not of the padded images.",
        (("xp.unfold", "x.unfold"),),
    ),
    Mutant(
        IM2COL,
        "empty_slice_without_padding",
        "It looks as if the images are put into the padded ones at pad:-pad, which is empty when pad is 0; use pad : "
        "pad + H and pad : pad + W.",
        (("xp[:, :, pad : pad + H, pad : pad + W] = x", "xp[:, :, pad:-pad, pad:-pad] = x"),),
    ),
    Mutant(
        IM2COL,
        "padding_below_and_right_only",
        "It looks as if the zeros stand below and to the right of the image only; put it in the middle, with `pad` "
        "rows and columns on each side.",
        (("xp[:, :, pad : pad + H, pad : pad + W] = x", "xp[:, :, :H, :W] = x"),),
    ),
    Mutant(
        IM2COL,
        "height_and_width_swapped",
        "It looks as if height and width of the kernel are swapped.",
        (("(N, C, H, W), (HH, WW) = x.shape, kernel", "(N, C, H, W), (WW, HH) = x.shape, kernel"),),
    ),
    Mutant(
        IM2COL,
        "square_kernel",
        "It looks as if the window is HH wide; it is WW wide.",
        (("unfold(3, WW, stride)", "unfold(3, HH, stride)"), ("C * HH * WW", "C * HH * HH")),
    ),
    Mutant(
        IM2COL,
        "channels_last",
        "It looks as if the channels vary fastest within a column; they stand one below the other, each with its whole "
        "window.",
        ((LAYOUT, "windows.permute(0, 4, 5, 1, 2, 3).reshape(N, C * HH * WW, -1)"),),
    ),
    Mutant(
        IM2COL,
        "first_channel_only",
        "It looks as if only channel 0 is laid out; a column holds the window of every channel.",
        ((LAYOUT, LAYOUT.replace("windows.", "windows[:, :1].").replace("C * ", "")),),
    ),
    Mutant(
        IM2COL,
        "strides_of_a_contiguous_image",
        "It looks as if the windows are a view with strides computed from the sizes, as if x were contiguous in "
        "memory; take them from x.stride(), or copy x first.",
        (("pad : pad + W] = x", "pad : pad + W] = x.as_strided(x.shape, (C * H * W, H * W, W, 1))"),),
    ),
    Mutant(
        IM2COL,
        "always_float32",
        "It looks as if the columns are always float32; make them with the dtype of x: x.new_zeros(...).",
        ((LAYOUT, LAYOUT + ".float()"),),
    ),
    Mutant(
        IM2COL,
        "always_on_the_cpu",
        "It looks as if the padded images are made on the CPU wherever the images are; make them with "
        "x.new_zeros(...).",
        (("x.new_zeros(N, C, H + 2 * pad, W + 2 * pad)", "torch.zeros(N, C, H + 2 * pad, W + 2 * pad).to(x.dtype)"),),
    ),
    Mutant(
        IM2COL,
        "kernel_as_a_tuple",
        "It looks as if the kernel has to be a tuple, as where another is added to it; it may be a list too.",
        (("xp = x.new_zeros(", "_ = (H, W) + kernel\nxp = x.new_zeros("),),
    ),
    Mutant(
        IM2COL,
        "table_kept_for_all_sizes",
        "It looks as if a table of places is kept for each kernel and used for images of all sizes; keep one for each "
        "size.",
        body=TABLE.replace("KEY", "(HH, WW, stride, pad)"),
    ),
    Mutant(
        IM2COL,
        "table_kept_for_all_strides",
        "It looks as if a table of places is kept for each size of the images and the kernel and used for all strides; "
        "keep one for each stride.",
        body=TABLE.replace("KEY", "(H, W, HH, WW, pad)"),
    ),
    Mutant(
        IM2COL,
        "loop_over_the_images_where_not_square",
        "There is a loop over the images where the kernel is not square; lay out all images at once.",
        (
            (
                LAYOUT,
                f"({LAYOUT} if HH == WW else torch.stack([v.permute(0, 3, 4, 1, 2).reshape(C * HH * WW, -1) "
                "for v in windows]))",
            ),
        ),
    ),
    Mutant(
        IM2COL,
        "images_changed",
        "It looks as if x itself is padded, as by resize_, and the caller's images change; make a new tensor.",
        (("xp[:, :, pad : pad + H, pad : pad + W] = x", "xp[:, :, pad : pad + H, pad : pad + W] = x\nx.zero_()"),),
    ),
    Mutant(
        IM2COL,
        "fit_not_checked",
        "It looks as if nothing is said of a kernel that does not fit; call require_fit, which raises a ValueError.",
        (("require_fit((H, W), (HH, WW), stride, pad)\n", ""),),
    ),
    Mutant(
        IM2COL,
        "kernels_of_size_0",
        "It looks as if a kernel of 0 rows or columns is let through; call require_fit, which refuses it.",
        (
            (
                "require_fit((H, W), (HH, WW), stride, pad)\n",
                "if HH > H + 2 * pad or WW > W + 2 * pad or stride <= 0 or pad < 0:\n"
                "    raise ValueError('the kernel does not fit')\n"
                "if 0 in (HH, WW):\n"
                "    return x.new_zeros(N, 0, (H + 1 - HH) * (W + 1 - WW))\n",
            ),
        ),
    ),
    Mutant(
        IM2COL,
        "loop_over_the_places_for_strides",
        "There is a loop over the places where the stride is not 1; a view such as Tensor.unfold's does for every "
        "stride.",
        (
            (
                LAYOUT,
                f"{LAYOUT} if stride == 1 else torch.stack([windows[:, :, i, j].flatten(1) "
                "for i in range(windows.shape[2]) for j in range(windows.shape[3])], dim=2)",
            ),
        ),
    ),
    Mutant(
        IM2COL,
        "loop_over_the_images",
        LOOP,
        ((LAYOUT, "torch.stack([w.permute(0, 3, 4, 1, 2).reshape(C * HH * WW, -1) for w in windows])"),),
    ),
    Mutant(
        IM2COL,
        "loop_over_the_places",
        LOOP,
        (
            (
                LAYOUT,
                "torch.stack([windows[:, :, i, j].flatten(1) for i in range(windows.shape[2]) "
                "for j in range(windows.shape[3])], dim=2)",
            ),
        ),
    ),
)

WINDOWS = "cols.reshape(N, C, HH, WW, H_out, W_out)"
ADDED = "xp[:, :, a : a + H_end : stride, b : b + W_end : stride] += windows[:, :, a, b]"
CROP = "return xp[:, :, pad : pad + H, pad : pad + W]"

COL2IM_MISTAKES = (
    Mutant(
        COL2IM,
        "overlaps_assigned",
        "It looks as if pixels under several windows are assigned, and the last one wins; add up with +=.",
        (("stride] += windows", "stride] = windows"),),
    ),
    Mutant(
        COL2IM,
        "mean_of_the_windows",
        "It looks as if a pixel gets the mean of what comes back to it, which undoes im2col; its adjoint adds up.",
        (
            (CROP, "return (xp / seen.clamp(min=1))[:, :, pad : pad + H, pad : pad + W]"),
            ("windows = cols.reshape(", "seen = cols.new_zeros(H + 2 * pad, W + 2 * pad)\nwindows = cols.reshape("),
            (ADDED, ADDED + "; seen[a : a + H_end : stride, b : b + W_end : stride] += 1"),
        ),
    ),
    Mutant(
        COL2IM,
        "windows_are_rows",
        "It looks as if each row of cols is taken as a window; each column is one.",
        ((WINDOWS, "cols.reshape(N, H_out, W_out, C, HH, WW).permute(0, 3, 4, 5, 1, 2)"),),
    ),
    Mutant(
        COL2IM,
        "columns_of_the_window_first",
        "It looks as if each column of cols is read as a window that was laid out column by column; it was row by row.",
        ((WINDOWS, "cols.reshape(N, C, WW, HH, H_out, W_out).transpose(2, 3)"),),
    ),
    Mutant(
        COL2IM,
        "places_in_the_wrong_order",
        "It looks as if the places go down the columns of the image first; column l is row l // W' and column l % W'.",
        ((WINDOWS, "cols.reshape(N, C, HH, WW, W_out, H_out).transpose(4, 5)"),),
    ),
    Mutant(
        COL2IM,
        "channels_last",
        "It looks as if the channels are expected to vary fastest within a column; they stand one below the other, "
        "each with its whole window.",
        ((WINDOWS, "cols.reshape(N, HH, WW, C, H_out, W_out).permute(0, 3, 1, 2, 4, 5)"),),
    ),
    Mutant(
        COL2IM,
        "empty_slice_without_padding",
        "It looks as if the padding is cut off with pad:-pad, which leaves nothing when pad is 0; use pad : pad + H "
        "and pad : pad + W.",
        ((CROP, "return xp[:, :, pad:-pad, pad:-pad]"),),
    ),
    Mutant(
        COL2IM,
        "padding_kept",
        "It looks as if the result still has the padding; cut it off, so that it has the shape x_shape.",
        ((CROP, "return xp"),),
    ),
    Mutant(
        COL2IM,
        "padding_cut_on_one_side",
        "It looks as if the whole padding is cut off below and to the right; there are `pad` rows and columns on each "
        "side.",
        ((CROP, "return xp[:, :, :H, :W]"),),
    ),
    Mutant(
        COL2IM,
        "stride_ignored",
        "It looks as if the windows are put back with stride 1 whatever the stride.",
        ((ADDED, "xp[:, :, a : a + H_out, b : b + W_out] += windows[:, :, a, b]"),),
    ),
    Mutant(
        COL2IM,
        "height_for_width",
        "It looks as if H is used where W belongs: the result is W wide.",
        ((CROP, "return xp[:, :, pad : pad + H, pad : pad + H]"),),
    ),
    Mutant(
        COL2IM,
        "height_and_width_swapped",
        "It looks as if height and width of the kernel are swapped.",
        (("(HH, WW) = x_shape, kernel", "(WW, HH) = x_shape, kernel"),),
    ),
    Mutant(
        COL2IM,
        "size_from_the_windows",
        "It looks as if the size of the result is computed from the windows; where the stride does not divide evenly, "
        "the image has rows and columns that no window reaches.",
        (
            (
                "xp = cols.new_zeros(N, C, H + 2 * pad, W + 2 * pad)",
                "xp = cols.new_zeros(N, C, stride * (H_out - 1) + HH, stride * (W_out - 1) + WW)",
            ),
            (ADDED, ADDED.replace("H_end", "stride * H_out").replace("W_end", "stride * W_out")),
        ),
    ),
    Mutant(
        COL2IM,
        "view_of_the_columns",
        "It looks as if .view is called on columns that are not contiguous in memory; use reshape.",
        (("cols.reshape(", "cols.view(N, -1).view("),),
    ),
    Mutant(
        COL2IM,
        "always_float32",
        "It looks as if the result is always float32; make it with the dtype of cols: cols.new_zeros(...).",
        ((CROP, CROP + ".float()"),),
    ),
    Mutant(
        COL2IM,
        "always_on_the_cpu",
        "It looks as if the result is made on the CPU wherever the columns are; make it with cols.new_zeros(...).",
        (("xp = cols.new_zeros(", "xp = torch.ones(1, dtype=cols.dtype).new_zeros("),),
    ),
    Mutant(
        COL2IM,
        "columns_changed",
        "It looks as if the result is added up in the tensor that was given; make a new one with cols.new_zeros.",
        (
            (
                "xp = cols.new_zeros(N, C, H + 2 * pad, W + 2 * pad)",
                "xp = cols.new_zeros(N, C, H + 2 * pad, W + 2 * pad)\nwindows, cols = windows.clone(), cols.zero_()",
            ),
        ),
    ),
    Mutant(
        COL2IM,
        "shape_not_checked",
        "It looks as if nothing is said of columns of another shape than x_shape, kernel, stride and pad ask for; "
        "raise a ValueError.",
        (("if cols.shape != (N, C * HH * WW, H_out * W_out):", "if False:"),),
    ),
    Mutant(
        COL2IM,
        "numbers_only_counted",
        "It looks as if cols may have any shape with the right number of entries; compare its whole shape with "
        "(N, C * HH * WW, H' * W').",
        (
            (
                "if cols.shape != (N, C * HH * WW, H_out * W_out):",
                "if cols.numel() != N * C * HH * WW * H_out * W_out:",
            ),
        ),
    ),
    Mutant(
        COL2IM,
        "number_of_images_not_checked",
        "It looks as if nothing is said of columns of more or fewer images than x_shape asks for; raise a ValueError.",
        (
            (
                "if cols.shape != (N, C * HH * WW, H_out * W_out):",
                "if cols.shape[1:] != (C * HH * WW, H_out * W_out):",
            ),
        ),
    ),
    Mutant(
        COL2IM,
        "kernels_of_size_0",
        "It looks as if a kernel of 0 rows or columns is let through; call require_fit, which refuses it.",
        (
            (
                "require_fit((H, W), (HH, WW), stride, pad)\n",
                "if HH > H + 2 * pad or WW > W + 2 * pad or stride <= 0 or pad < 0:\n"
                "    raise ValueError('the kernel does not fit')\n",
            ),
        ),
    ),
    Mutant(
        COL2IM,
        "loop_over_the_images_for_strides",
        "There is a loop over the images where the stride is not 1; put back one entry of all windows of all images at "
        "once.",
        (
            (
                ADDED,
                f"for n in range(N if stride > 1 else 1): {ADDED}".replace(
                    "[:, :,", "[n : n + 1 if stride > 1 else N, :,"
                ),
            ),
        ),
    ),
    Mutant(
        COL2IM,
        "sizes_as_tuples",
        "It looks as if x_shape and the kernel have to be tuples, as where another is added to them; they may be lists "
        "too.",
        (
            (
                "require_fit((H, W), (HH, WW), stride, pad)\n",
                "_ = tuple(cols.shape[:1]) + x_shape[1:] + kernel\nrequire_fit((H, W), (HH, WW), stride, pad)\n",
            ),
        ),
    ),
    Mutant(
        COL2IM,
        "loop_over_the_images_where_not_square",
        "There is a loop over the images where the kernel is not square; put back one entry of all windows of all "
        "images at once.",
        (
            (
                ADDED,
                f"for n in range(N if HH != WW else 1): {ADDED}".replace(
                    "[:, :,", "[n : n + 1 if HH != WW else N, :,"
                ),
            ),
        ),
    ),
    Mutant(
        COL2IM,
        "fit_not_checked",
        "It looks as if nothing is said of a kernel that does not fit; call require_fit, which raises a ValueError.",
        (("require_fit((H, W), (HH, WW), stride, pad)\n", ""),),
    ),
    Mutant(
        COL2IM,
        "loop_over_the_images",
        LOOP_BACK,
        ((ADDED, "for n in range(N): " + ADDED.replace("[:, :,", "[n, :,")),),
    ),
    Mutant(
        COL2IM,
        "loop_over_the_places",
        LOOP_BACK,
        body="""
            (N, C, H, W), (HH, WW) = x_shape, kernel
            require_fit((H, W), (HH, WW), stride, pad)
            H_out, W_out = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
            if cols.shape != (N, C * HH * WW, H_out * W_out):
                raise ValueError("cols is of another shape")
            xp = cols.new_zeros(N, C, H + 2 * pad, W + 2 * pad)
            for l in range(H_out * W_out):
                i, j = l // W_out * stride, l % W_out * stride
                xp[:, :, i : i + HH, j : j + WW] += cols[:, :, l].reshape(N, C, HH, WW)
            return xp[:, :, pad : pad + H, pad : pad + W]
        """,
    ),
)

MUTANTS = IM2COL_MISTAKES + COL2IM_MISTAKES
