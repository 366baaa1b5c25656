"""Known mistakes in `conv_output_size` and `pool_output_size`, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

CONV, POOL = "architectures.conv_output_size", "architectures.pool_output_size"
SIZE = "return (size + 2 * pad - kernel) // stride + 1"
SENSE = "if size < 1 or kernel < 1 or stride < 1 or pad < 0:"
FITS = "if kernel > size + 2 * pad:"
REFUSE = 'raise ValueError(f"a kernel of {kernel} does not fit into {size} pixels with a padding of {pad}")'
STRIDE = "stride = kernel if stride is None else stride"
HALF = "if pad > kernel / 2:"
WINDOWS = "windows = conv_output_size(size, kernel, stride, pad)"
REST = "rest = (size + 2 * pad - kernel) % stride"
LAST = "if ceil_mode and rest > 0 and windows * stride < size + pad:"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        CONV,
        "one_forgotten",
        "It looks as if the + 1 is missing: a kernel that just fits has one place.",
        ((SIZE, "return (size + 2 * pad - kernel) // stride"),),
    ),
    Mutant(
        CONV,
        "one_before_the_division",
        "It looks as if 1 is added before the division by the stride; it is added to the quotient.",
        ((SIZE, "return (size + 2 * pad - kernel + 1) // stride"),),
    ),
    Mutant(
        CONV,
        "rounded",
        "It looks as if the quotient is rounded to the nearest number; it is rounded down.",
        ((SIZE, "return int((size + 2 * pad - kernel) / stride + 0.5) + 1"),),
    ),
    Mutant(
        CONV,
        "rounded_up",
        "It looks as if the quotient is rounded up; a convolution rounds down, what is left over is cut off.",
        ((SIZE, "return -(-(size + 2 * pad - kernel) // stride) + 1"),),
    ),
    Mutant(
        CONV,
        "not_rounded",
        "It looks as if the quotient is not rounded: divide with //.",
        ((SIZE, "return (size + 2 * pad - kernel) / stride + 1"),),
    ),
    Mutant(
        CONV,
        "pad_once",
        "It looks as if the padding is counted once; it is there on both sides.",
        ((SIZE, "return (size + pad - kernel) // stride + 1"),),
    ),
    Mutant(
        CONV,
        "pad_ignored",
        "It looks as if the padding is not counted.",
        ((SIZE, "return (size - kernel) // stride + 1"),),
    ),
    Mutant(
        CONV,
        "pad_subtracted",
        "It looks as if the padding is subtracted; it makes the input larger.",
        ((SIZE, "return (size - 2 * pad - kernel) // stride + 1"),),
    ),
    Mutant(
        CONV,
        "stride_ignored",
        "It looks as if the stride is not used.",
        ((SIZE, "return size + 2 * pad - kernel + 1"),),
    ),
    Mutant(
        CONV,
        "kernel_ignored",
        "It looks as if the size is divided by the stride alone: that is so only where the padding is made for it.",
        ((SIZE, "return (size + stride - 1) // stride"),),
    ),
    Mutant(
        CONV,
        "kernel_less_one",
        "It looks as if kernel - 1 is subtracted, and 1 is added on top of that; one of the two is enough.",
        ((SIZE, "return (size + 2 * pad - (kernel - 1)) // stride + 1"),),
    ),
    Mutant(
        CONV,
        "half_the_kernel",
        "It looks as if the border on each side is half the kernel, rounded down; kernels of even size have no middle.",
        ((SIZE, "return (size + 2 * pad - 2 * (kernel // 2) - 1) // stride + 1"),),
    ),
    Mutant(
        CONV,
        "returns_a_float",
        "It looks as if a float comes back; sizes are ints, to be used as a shape.",
        ((SIZE, "return float((size + 2 * pad - kernel) // stride + 1)"),),
    ),
    Mutant(
        CONV,
        "large_kernels_allowed",
        "It looks as if a kernel that does not fit is not refused: raise ValueError.",
        ((FITS, "if False:"),),
    ),
    Mutant(
        CONV,
        "truncated_towards_zero",
        "It looks as if int(...) rounds a negative quotient towards 0, so that a kernel that does not fit has a place.",
        (
            (FITS, "if int((size + 2 * pad - kernel) / stride) < 0:"),
            (SIZE, "return int((size + 2 * pad - kernel) / stride) + 1"),
        ),
    ),
    Mutant(
        CONV,
        "nothing_where_it_does_not_fit",
        "It looks as if 0 comes back where the kernel does not fit: raise ValueError.",
        ((REFUSE, "return 0"),),
    ),
    Mutant(
        CONV,
        "padding_does_not_help",
        "It looks as if a kernel that is larger than the image is refused although it fits with the padding.",
        ((FITS, "if kernel > size:"),),
    ),
    Mutant(
        CONV,
        "exact_fit_refused",
        "It looks as if a kernel as large as the padded input is refused; it has one place.",
        ((FITS, "if kernel >= size + 2 * pad:"),),
    ),
    Mutant(
        CONV,
        "senseless_allowed",
        "It looks as if sizes, kernels and strides below 1 are not refused: raise ValueError.",
        ((SENSE, "if False:"),),
    ),
    Mutant(
        CONV,
        "negative_pad_allowed",
        "It looks as if a negative padding is not refused: raise ValueError.",
        ((SENSE, "if size < 1 or kernel < 1 or stride < 1:"),),
    ),
    Mutant(
        CONV,
        "stride_alone_is_checked",
        "It looks as if only the stride is checked; size, kernel and padding can be senseless, too.",
        ((SENSE, "if stride < 1:"),),
    ),
    Mutant(
        CONV,
        "empty_image_allowed",
        "It looks as if a size of 0 is not refused where padding makes room for the kernel: raise ValueError.",
        ((SENSE, "if size < 0 or kernel < 1 or stride < 1 or pad < 0:"),),
    ),
    Mutant(
        CONV,
        "padding_up_to_half_the_kernel",
        "It looks as if a padding of more than half the kernel is refused; that is a rule of pools.",
        ((SENSE, "if size < 1 or kernel < 1 or stride < 1 or pad < 0 or pad > kernel // 2:"),),
    ),
    Mutant(
        CONV,
        "padding_up_to_the_kernel",
        "It looks as if a padding that is larger than the kernel is refused; it may be of any size.",
        ((SENSE, "if size < 1 or kernel < 1 or stride < 1 or pad < 0 or pad > kernel:"),),
    ),
    Mutant(
        CONV,
        "padding_up_to_the_image",
        "It looks as if a padding that is larger than the image is refused; it may be of any size.",
        ((SENSE, "if size < 1 or kernel < 1 or stride < 1 or pad < 0 or pad > size:"),),
    ),
    Mutant(
        POOL,
        "stride_of_one",
        "It looks as if the stride is 1 where it is not given; windows of a pool then stand side by side.",
        ((STRIDE, "stride = 1 if stride is None else stride"),),
    ),
    Mutant(
        POOL,
        "stride_of_two",
        "It looks as if the stride is 2 where it is not given; it is the kernel's size.",
        ((STRIDE, "stride = 2 if stride is None else stride"),),
    ),
    Mutant(
        POOL,
        "zero_taken_for_none",
        "It looks as if a stride of 0 is taken for none: ask `stride is None`; 0 is refused.",
        ((STRIDE, "stride = stride or kernel"),),
    ),
    Mutant(
        POOL,
        "stride_is_the_kernel",
        "It looks as if the stride is always the kernel's size; windows may overlap.",
        ((STRIDE, "stride = kernel"),),
    ),
    Mutant(
        POOL,
        "pad_ignored",
        "It looks as if the padding is not counted.",
        ((WINDOWS, "windows = conv_output_size(size, kernel, stride)"),),
    ),
    Mutant(
        POOL,
        "pad_once",
        "It looks as if the padding is counted once; it is there on both sides.",
        ((WINDOWS, "windows = conv_output_size(size + pad, kernel, stride)"),),
    ),
    Mutant(
        POOL,
        "image_divided",
        "It looks as if the size is divided by the stride; count the places of a window, as for a convolution.",
        ((WINDOWS, f"{WINDOWS}\nwindows = max(size // stride, 1)"),),
    ),
    Mutant(
        POOL,
        "ceil_mode_ignored",
        "It looks as if ceil_mode is not used.",
        ((LAST, "if False:"),),
    ),
    Mutant(
        POOL,
        "always_rounded_up",
        "It looks as if what is left over always gets a window; only with ceil_mode.",
        ((LAST, LAST.replace("ceil_mode and ", "")),),
    ),
    Mutant(
        POOL,
        "last_window_always",
        "It looks as if ceil_mode counts a last window that begins in the right padding or beyond; it sees no pixel.",
        ((LAST, "if ceil_mode and rest > 0:"),),
    ),
    Mutant(
        POOL,
        "begins_left_of_the_padding",
        "It looks as if the left padding is forgotten where the last window is looked at: it begins at "
        "windows * stride - pad.",
        ((LAST, LAST.replace("size + pad", "size")),),
    ),
    Mutant(
        POOL,
        "begins_in_the_right_padding",
        "It looks as if a last window that begins in the right padding counts with ceil_mode; it has to begin in the "
        "image.",
        ((LAST, LAST.replace("size + pad", "size + 2 * pad")),),
    ),
    Mutant(
        POOL,
        "begins_behind_the_image",
        "It looks as if a last window that begins just behind the image counts with ceil_mode; its last pixel is the "
        "one before.",
        ((LAST, LAST.replace("< size", "<= size")),),
    ),
    Mutant(
        POOL,
        "one_more_with_ceil_mode",
        "It looks as if ceil_mode always adds a window, also where nothing is left over.",
        ((LAST, LAST.replace("rest > 0 and ", "")),),
    ),
    Mutant(
        POOL,
        "rest_without_padding",
        "It looks as if the padding is forgotten in what is left over.",
        ((REST, "rest = (size - kernel) % stride"),),
    ),
    Mutant(
        POOL,
        "rest_of_half_a_stride",
        "It looks as if ceil_mode rounds to the nearest number; it rounds up whatever is left over.",
        ((LAST, LAST.replace("rest > 0", "2 * rest >= stride")),),
    ),
    Mutant(
        POOL,
        "one_window_with_ceil_mode",
        "It looks as if ceil_mode gives a window that is larger than the padded input one place: raise ValueError.",
        ((WINDOWS, f"if ceil_mode and kernel > size + 2 * pad:\n    return 1\n{WINDOWS}"),),
    ),
    Mutant(
        POOL,
        "large_windows_allowed",
        "It looks as if a window that does not fit is not refused: raise ValueError.",
        ((WINDOWS, "windows = (size + 2 * pad - kernel) // stride + 1"),),
    ),
    Mutant(
        POOL,
        "exact_fit_refused",
        "It looks as if a window as large as the padded input is refused; it fits once.",
        ((WINDOWS, f"if kernel >= size + 2 * pad:\n    raise ValueError('too large')\n{WINDOWS}"),),
    ),
    Mutant(
        POOL,
        "padding_does_not_help",
        "It looks as if a window that is larger than the image is refused although it fits with the padding.",
        ((WINDOWS, f"if kernel > size:\n    raise ValueError('too large')\n{WINDOWS}"),),
    ),
    Mutant(
        POOL,
        "empty_image_allowed",
        "It looks as if a size of 0 is not refused where padding makes room for the window: raise ValueError.",
        ((WINDOWS, f"if size == 0:\n    size, pad = 2 * pad, 0\n{WINDOWS}"),),
    ),
    Mutant(
        POOL,
        "any_padding",
        "It looks as if a padding of more than half the kernel is not refused: raise ValueError.",
        ((HALF, "if False:"),),
    ),
    Mutant(
        POOL,
        "half_the_kernel_refused",
        "It looks as if a padding of just half the kernel is refused; only more than that is.",
        ((HALF, "if pad >= kernel / 2:"),),
    ),
    Mutant(
        POOL,
        "padding_up_to_the_kernel",
        "It looks as if paddings up to the kernel's size are allowed; the limit is half of it.",
        ((HALF, "if pad > kernel:"),),
    ),
)
