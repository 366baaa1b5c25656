"""Known mistakes in the linear layer and ReLU."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

LINEAR_FORWARD = "fully_connected_networks.Linear.forward"
LINEAR_BACKWARD = "fully_connected_networks.Linear.backward"
RELU_FORWARD = "fully_connected_networks.ReLU.forward"
RELU_BACKWARD = "fully_connected_networks.ReLU.backward"

ROWS = "x.reshape(x.shape[0], -1)"
DX = "(dout @ w.T).reshape(x.shape)"
DW = "dw = x.reshape(x.shape[0], -1).T @ dout"
LAST_DW = "x = last if last.shape == x.shape else x\n" + DW

LINEAR_FORWARD_MISTAKES = (
    Mutant(
        LINEAR_FORWARD,
        "bias_missing",
        "It looks as if the bias is not added: out = x @ w + b.",
        ((" @ w + b", " @ w"),),
    ),
    Mutant(
        LINEAR_FORWARD,
        "bias_subtracted",
        "It looks as if the bias is subtracted; it is added.",
        ((" @ w + b", " @ w - b"),),
    ),
    Mutant(
        LINEAR_FORWARD,
        "bias_summed",
        "It looks as if the sum of all biases is added to every output; output m gets b[m] alone.",
        ((" @ w + b", " @ w + b.sum()"),),
    ),
    Mutant(
        LINEAR_FORWARD,
        "bias_to_the_examples",
        "It looks as if b is added along the examples, b[:, None]; it belongs to the outputs: x @ w + b as it is.",
        ((" @ w + b", " @ w + b[:, None]"),),
    ),
    Mutant(
        LINEAR_FORWARD,
        "weights_transposed",
        "It looks as if w is transposed; it has shape (D, M) already, so out = rows @ w.",
        ((" @ w + b", " @ w.T + b"),),
    ),
    Mutant(
        LINEAR_FORWARD,
        "transposed_where_it_fits",
        "It looks as if w is transposed where it is square; w is (D, M) there too, so out = rows @ w.",
        ((" @ w + b", " @ (w.T if w.shape[0] == w.shape[1] else w) + b"),),
    ),
    Mutant(
        LINEAR_FORWARD,
        "output_transposed",
        "It looks as if the output is (M, N); its rows are the examples.",
        ((f"out = {ROWS} @ w + b", f"out = ({ROWS} @ w + b).T"),),
    ),
    Mutant(
        LINEAR_FORWARD,
        "averaged",
        "It looks as if the sum over the inputs is divided by their number or that of the examples; it is a plain sum.",
        ((" @ w + b", " @ w / x.shape[0] + b"),),
    ),
    Mutant(
        LINEAR_FORWARD,
        "relu_too",
        "It looks as if a ReLU is applied in here; it is a layer of its own.",
        ((f"out = {ROWS} @ w + b", f"out = ({ROWS} @ w + b).clamp(min=0)"),),
    ),
    Mutant(
        LINEAR_FORWARD,
        "rows_only",
        "It looks as if x must be (N, D): lay each example out as a row first, x.reshape(N, -1).",
        ((ROWS, "x"),),
    ),
    Mutant(
        LINEAR_FORWARD,
        "flattened_across_examples",
        "It looks as if the batch is reshaped to (D, N) and transposed, which mixes the examples; reshape to (N, -1).",
        ((ROWS, "x.reshape(w.shape[0], -1).T"),),
    ),
    Mutant(
        LINEAR_FORWARD,
        "axes_reversed_first",
        "It looks as if the axes of an example are permuted before it is laid out; keep the order of torch.",
        ((ROWS, "x.movedim(1, -1).reshape(x.shape[0], -1)"),),
    ),
    Mutant(
        LINEAR_FORWARD,
        "three_axes_expected",
        "It looks as if an example must have three axes (C, H, W); take N from x.shape[0] and let -1 find the rest.",
        ((ROWS, "(x if x.dim() == 2 else x.reshape(x.shape[0], x.shape[1] * x.shape[2] * x.shape[3]))"),),
    ),
    Mutant(
        LINEAR_FORWARD,
        "squeezed",
        "It looks as if axes of length 1 are removed, the batch too if it holds one example; reshape to (N, -1).",
        ((ROWS, "x.squeeze().flatten(1)"),),
    ),
    Mutant(
        LINEAR_FORWARD,
        "view_of_strided",
        "It uses .view, which fails where x is not contiguous in memory; .reshape copies where it must.",
        ((ROWS, "x.view(x.shape[0], -1)"),),
    ),
    Mutant(
        LINEAR_FORWARD,
        "always_float32",
        "It looks as if the output is always float32; it has the dtype of x.",
        (("return out, (x, w, b)", "return out.float(), (x, w, b)"),),
    ),
    Mutant(
        LINEAR_FORWARD,
        "computed_in_float32",
        "It looks as if float64 inputs are multiplied in float32, which costs nine digits.",
        ((f"{ROWS} @ w + b", f"({ROWS}.float() @ w.float() + b.float()).to(x.dtype)"),),
    ),
    Mutant(
        LINEAR_FORWARD,
        "weights_changed",
        "It looks as if the bias is folded into w in place; work on a copy.",
        ((f"out = {ROWS} @ w + b", f"out = {ROWS} @ w + b\nw += 0.5"),),
    ),
    Mutant(
        LINEAR_FORWARD,
        "output_made_on_the_cpu",
        "It looks as if the output is made with torch.zeros on the CPU and filled; make it with x.new_zeros.",
        (
            (
                f"out = {ROWS} @ w + b",
                f"out = torch.zeros(x.shape[0], w.shape[1], dtype=x.dtype)\nout[:] = {ROWS} @ w + b",
            ),
        ),
    ),
    Mutant(
        LINEAR_FORWARD,
        "cache_forgotten",
        "It returns the output alone; return (out, cache) with what backward needs.",
        (("return out, (x, w, b)", "return out"),),
    ),
)

LINEAR_BACKWARD_MISTAKES = (
    Mutant(
        LINEAR_BACKWARD,
        "bias_overwritten",
        "It looks as if db is written into the b of the cache, which is the network's own; make a new tensor.",
        (("x, w, _ = cache", "x, w, b = cache"), ("db = dout.sum(dim=0)", "db = b.copy_(dout.sum(dim=0))")),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "dx_not_reshaped",
        "It looks as if dx is left as rows (N, D); give it the shape of x.",
        ((DX, "dout @ w.T"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "dx_reshaped_across_examples",
        "It looks as if dx is transposed to (D, N) before it is reshaped, which mixes the examples.",
        ((DX, "(w @ dout.T).reshape(x.shape)"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "weights_not_transposed",
        "It looks as if dx is dout @ w; by the chain rule it is dout @ w.T.",
        (("dout @ w.T", "dout @ w"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "not_transposed_where_it_fits",
        "It looks as if dx is dout @ w where w is square: the shapes fit, the numbers do not; it is dout @ w.T always.",
        (("dout @ w.T", "dout @ (w if w.shape[0] == w.shape[1] else w.T)"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "dw_transposed",
        "It looks as if dw is dout.T @ rows, of shape (M, D); it is rows.T @ dout.",
        ((f"dw = {ROWS}.T @ dout", f"dw = dout.T @ {ROWS}"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "dw_of_mixed_rows",
        "It looks as if x is reshaped to (D, N) for dw, which mixes the examples; reshape to (N, D), then transpose.",
        ((f"{ROWS}.T @ dout", "x.reshape(-1, x.shape[0]) @ dout"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "dw_without_flattening",
        "It looks as if dw takes x as it came, with all its axes; lay each example out as a row first.",
        ((f"{ROWS}.T @ dout", "x.T @ dout"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "dw_averaged",
        "It looks as if dw is divided by N; the loss has averaged already, and dout says so.",
        ((f"{ROWS}.T @ dout", f"{ROWS}.T @ dout / x.shape[0]"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "db_averaged",
        "It looks as if the gradient of the bias is the mean over the examples; it is their sum.",
        (("dout.sum(dim=0)", "dout.mean(dim=0)"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "db_scalar",
        "It looks as if the gradient of the bias is one number; sum over the examples alone, dim=0.",
        (("dout.sum(dim=0)", "dout.sum()"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "db_over_the_outputs",
        "It looks as if the gradient of the bias is summed over the outputs (dim=1); sum over the examples (dim=0).",
        (("dout.sum(dim=0)", "dout.sum(dim=1)"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "db_not_summed",
        "It looks as if the gradient of the bias is dout itself, (N, M); b is added to every example, so add them up.",
        (("dout.sum(dim=0)", "dout.clone()"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "db_keeps_the_axis",
        "It looks as if db has shape (1, M); leave keepdim out, b has shape (M,).",
        (("dout.sum(dim=0)", "dout.sum(dim=0, keepdim=True)"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "db_of_the_first_example",
        "It looks as if db is the gradient of one example; add up those of all examples.",
        (("dout.sum(dim=0)", "dout[0].clone()"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "db_ones",
        "It looks as if db ignores dout: the slope of out with respect to b is 1, times dout by the chain rule.",
        (("dout.sum(dim=0)", "torch.full_like(dout[0], len(dout))"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "dx_without_dout",
        "It looks as if dx ignores dout: multiply by the upstream gradient.",
        ((DX, "w.sum(dim=1).expand(x.shape[0], -1).reshape(x.shape)"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "wrong_order",
        "It looks as if the gradients come in another order; return (dx, dw, db).",
        (("return dx, dw, db", "return dw, dx, db"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "upstream_changed",
        "It looks as if dout is changed in place; work on a copy.",
        (("return dx, dw, db", "dout /= x.shape[0]\nreturn dx, dw, db"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "cached_x_overwritten",
        "It looks as if x is overwritten with its gradient, in place; what is in the cache stays as it is.",
        (("return dx, dw, db", "x.copy_(dx)\nreturn x.clone(), dw, db"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "view_of_strided",
        "It uses .view, which fails where x is not contiguous in memory; .reshape copies where it must.",
        ((f"{ROWS}.T", "x.view(x.shape[0], -1).T"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "always_float32",
        "It looks as if the gradients are always float32; they have the dtype of the inputs.",
        (("return dx, dw, db", "return dx.float(), dw.float(), db.float()"),),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "inputs_of_another_call",
        "It looks as if the x of another call is used; everything that backward needs is in its own cache.",
        (("x, w, _ = cache", "x, w, _ = cache\nlast = getattr(Linear, 'last', x)\nLinear.last = x"), (DW, LAST_DW)),
    ),
    Mutant(
        LINEAR_BACKWARD,
        "bias_gradient_on_the_cpu",
        "It looks as if db is made with torch.zeros on the CPU and filled; make it where dout is, with dout.new_zeros.",
        (("db = dout.sum(dim=0)", "db = torch.zeros(dout.shape[1], dtype=dout.dtype)\ndb[:] = dout.sum(dim=0)"),),
    ),
)

RELU_FORWARD_MISTAKES = (
    Mutant(
        RELU_FORWARD,
        "in_place",
        "It looks as if x itself is clamped: what stands in x is needed elsewhere; use clamp, not clamp_.",
        (("return x.clamp(min=0), x", "return x.clamp_(min=0), x"),),
    ),
    Mutant(
        RELU_FORWARD,
        "mask_returned",
        "It looks as if the output is the mask of 0 and 1; multiply x by it.",
        (("x.clamp(min=0)", "(x > 0).to(x.dtype)"),),
    ),
    Mutant(
        RELU_FORWARD,
        "negative_kept",
        "It looks as if the negative numbers are kept and the positive ones dropped; it is the other way round.",
        (("clamp(min=0)", "clamp(max=0)"),),
    ),
    Mutant(
        RELU_FORWARD,
        "absolute_value",
        "It looks as if negative numbers lose their sign; they become 0.",
        (("x.clamp(min=0)", "x.abs()"),),
    ),
    Mutant(
        RELU_FORWARD,
        "leaky",
        "It looks as if negative numbers are scaled down, as in a leaky ReLU; here they become 0.",
        (("x.clamp(min=0)", "torch.where(x > 0, x, 0.01 * x)"),),
    ),
    Mutant(
        RELU_FORWARD,
        "maximum_of_a_column",
        "It looks as if the maximum is taken along an axis; it is max(0, x) for each entry.",
        (("x.clamp(min=0)", "x.max(dim=0).values.clamp(min=0)"),),
    ),
    Mutant(
        RELU_FORWARD,
        "saturates",
        "It looks as if large numbers are cut off; only the negative ones are.",
        (("clamp(min=0)", "clamp(min=0, max=6)"),),
    ),
    Mutant(
        RELU_FORWARD,
        "threshold_not_0",
        "It looks as if small positive numbers become 0 too; the threshold is 0 exactly.",
        (("x.clamp(min=0)", "x * (x > 1e-3)"),),
    ),
    Mutant(
        RELU_FORWARD,
        "always_float32",
        "It looks as if the output is always float32; it has the dtype of x.",
        (("x.clamp(min=0)", "x.clamp(min=0).float()"),),
    ),
    Mutant(
        RELU_FORWARD,
        "flattened",
        "It looks as if the output is laid out as rows; it keeps the shape of x.",
        (("x.clamp(min=0)", "x.flatten(1).clamp(min=0)"),),
    ),
    Mutant(
        RELU_FORWARD,
        "view_of_strided",
        "It uses .view, which fails where x is not contiguous in memory; nothing needs reshaping here.",
        (("x.clamp(min=0)", "x.view(-1).clamp(min=0).view(x.shape)"),),
    ),
    Mutant(
        RELU_FORWARD,
        "zeros_on_the_cpu",
        "It looks as if x is compared with zeros made on the CPU; use clamp, or torch.zeros_like(x).",
        (("x.clamp(min=0)", "torch.maximum(x, torch.zeros(x.shape, dtype=x.dtype))"),),
    ),
)

RELU_BACKWARD_MISTAKES = (
    Mutant(
        RELU_BACKWARD,
        "mask_missing",
        "It looks as if dout passes everywhere; it stops where x was negative.",
        (("dout * (x > 0)", "dout.clone()"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "mask_from_dout",
        "It looks as if the mask is taken from dout (dout > 0); it is the sign of x that counts.",
        (("(x > 0)", "(dout > 0)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "mask_inverted",
        "It looks as if dout passes where x was negative; it passes where x was positive.",
        (("(x > 0)", "(x < 0)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "times_x",
        "It looks as if dout is multiplied by x or by the output; the slope of max(0, x) is 1 for each positive x.",
        (("dout * (x > 0)", "dout * x.clamp(min=0)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "mask_alone",
        "It looks as if dx is the mask of 0 and 1; multiply dout by it.",
        (("dout * (x > 0)", "(x > 0).to(dout.dtype)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "sign",
        "It looks as if dout changes its sign where x was negative; there it becomes 0.",
        (("(x > 0)", "x.sign()"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "positive_gradients_only",
        "It looks as if negative entries of dout are dropped too; only the sign of x decides.",
        (("dout * (x > 0)", "dout.clamp(min=0) * (x > 0)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "leaky",
        "It looks as if a small slope is left where x was negative; it is 0 there.",
        (("dout * (x > 0)", "dout * torch.where(x > 0, 1.0, 0.01).to(dout.dtype)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "threshold_not_0",
        "It looks as if small positive numbers count as negative; the threshold is 0 exactly.",
        (("(x > 0)", "(x > 1e-3)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "mask_of_the_rows",
        "It looks as if one entry decides for its whole row; every entry has its own mask.",
        (("(x > 0)", "(x.flatten(1)[:, :1] > 0).reshape(-1, *[1] * (x.dim() - 1))"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "in_place_on_dout",
        "It looks as if zeros are written into dout itself; write into a copy, or multiply by the mask.",
        (("return dout * (x > 0)", "dout[x <= 0] = 0\nreturn dout"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "in_place_on_x",
        "It looks as if the cached x is overwritten in place (clamp_, mul_); use operations that make a new tensor.",
        (("return dout * (x > 0)", "return x.clamp_(min=0).sign_().mul_(dout)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "divided_by_x",
        "It looks as if the mask is computed as out / x, which is 0 / 0 where x is 0; compare with 0.",
        (("(x > 0)", "(x.clamp(min=0) / x)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "always_float32",
        "It looks as if dx is always float32; it has the dtype of x.",
        (("dout * (x > 0)", "(dout * (x > 0)).float()"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "mask_written_into_x",
        "It looks as if the mask is written into the x of the cache, which is the caller's; make a new tensor: x > 0.",
        (("return dout * (x > 0)", "x[x > 0] = 1\nx[x < 0] = 0\nreturn dout * x"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "mask_of_another_call",
        "It looks as if the mask of another call is used; everything that backward needs is in its own cache.",
        (
            (
                "x = cache",
                "x = cache\nlast = getattr(ReLU, 'last', x)\nReLU.last = x\nx = last if last.shape == x.shape else x",
            ),
        ),
    ),
    Mutant(
        RELU_BACKWARD,
        "view_of_strided",
        "It uses .view, which fails where a tensor is not contiguous in memory; nothing needs reshaping here.",
        (("return dout * (x > 0)", "return (dout.view(-1) * (x.reshape(-1) > 0)).view(x.shape)"),),
    ),
    Mutant(
        RELU_BACKWARD,
        "zeros_on_the_cpu",
        "It looks as if the zeros are made on the CPU; use torch.zeros_like(dout), or multiply by the mask.",
        (("dout * (x > 0)", "torch.where(x > 0, dout, torch.zeros(dout.shape, dtype=dout.dtype))"),),
    ),
)

MUTANTS = LINEAR_FORWARD_MISTAKES + LINEAR_BACKWARD_MISTAKES + RELU_FORWARD_MISTAKES + RELU_BACKWARD_MISTAKES
