"""Known mistakes in dropout.

Of several that draw the same numbers, the diagnosis can tell which was made; one that draws others is told from its
answers alone.
"""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

FORWARD = "fully_connected_networks.Dropout.forward"
BACKWARD = "fully_connected_networks.Dropout.backward"

DRAWN = "torch.rand(x.shape, device=x.device)"
MASK = f"({DRAWN} >= p).to(x.dtype) / (1 - p)"
KEPT = "return x * mask, (dropout_param, mask)"

FORWARD_MISTAKES = (
    Mutant(
        FORWARD,
        "p_taken_as_keep",
        "It looks as if p is taken as the probability to keep, in mask and scale; here it is the probability to drop.",
        ((MASK, f"({DRAWN} < p).to(x.dtype) / p"),),
    ),
    Mutant(
        FORWARD,
        "mask_inverted",
        "It looks as if the mask keeps an entry with probability p; it drops with probability p: torch.rand(...) >= p.",
        (("device=x.device) >= p)", "device=x.device) < p)"),),
    ),
    Mutant(
        FORWARD,
        "mask_kept_in_the_settings",
        "It looks as if the mask is kept in dropout_param and used again; every call without a seed draws a new one.",
        ((MASK, f'dropout_param.setdefault("mask", {MASK})\nif mask.shape != x.shape:\n    mask = {MASK}'),),
    ),
    Mutant(
        FORWARD,
        "seed_taken_out",
        "It looks as if the seed is taken out of dropout_param, which belongs to the caller; read it without pop.",
        (('p = dropout_param["p"]', 'p = dropout_param["p"]\ndropout_param.pop("seed", None)'),),
    ),
    Mutant(
        FORWARD,
        "seed_counted_up",
        "It looks as if the seed in dropout_param is counted up; it belongs to the caller and stays as it is.",
        (("return x * mask", 'if "seed" in dropout_param:\n    dropout_param["seed"] += 1\nreturn x * mask'),),
    ),
    Mutant(
        FORWARD,
        "mode_switched",
        "It looks as if the mode in dropout_param is switched to test after the call; it is the caller's to switch.",
        (('p = dropout_param["p"]', 'p = dropout_param["p"]\ndropout_param["mode"] = "test"'),),
    ),
    Mutant(
        FORWARD,
        "not_scaled",
        "It looks as if what is kept is not scaled: divide by 1 - p in training, so that the expected value stays.",
        ((MASK, f"({DRAWN} >= p).to(x.dtype)"),),
    ),
    Mutant(
        FORWARD,
        "scaled_by_1_over_p",
        "It looks as if what is kept is divided by p; a fraction 1 - p is kept, so divide by 1 - p.",
        ((" / (1 - p)", " / p"),),
    ),
    Mutant(
        FORWARD,
        "scaled_by_keep",
        "It looks as if what is kept is multiplied by 1 - p in training; divide by 1 - p.",
        ((" / (1 - p)", " * (1 - p)"),),
    ),
    Mutant(
        FORWARD,
        "divided_first",
        "It looks as if precedence plays a trick: in rand < (1 - p) / (1 - p), as in rand < p / p, the division comes "
        "first, so everything is kept and nothing scaled; put the comparison in brackets.",
        ((MASK, f"({DRAWN} < (1 - p) / (1 - p)).to(x.dtype)"),),
    ),
    Mutant(
        FORWARD,
        "threshold_divided",
        "It looks as if precedence plays a trick: in rand >= p / (1 - p) the division comes first; put the comparison "
        "in brackets.",
        ((MASK, f"({DRAWN} >= p / (1 - p)).to(x.dtype)"),),
    ),
    Mutant(
        FORWARD,
        "normal_instead_of_uniform",
        "It looks as if the numbers are normal (torch.randn); for a probability they must be uniform: torch.rand.",
        ((DRAWN, "torch.randn(x.shape, device=x.device)"),),
    ),
    Mutant(
        FORWARD,
        "noise_instead_of_a_mask",
        "It looks as if x is multiplied by the random numbers themselves; compare them with p to get a mask.",
        ((MASK, f"{DRAWN} / (1 - p)"),),
    ),
    Mutant(
        FORWARD,
        "dropped_entries_shrunk",
        "It looks as if dropped entries are scaled down or left as they are; they become 0.",
        ((KEPT, "return torch.where(mask > 0, x * mask, x), (dropout_param, mask)"),),
    ),
    Mutant(
        FORWARD,
        "mask_returned",
        "It looks as if the output is the mask; multiply x by it.",
        ((KEPT, "return mask, (dropout_param, mask)"),),
    ),
    Mutant(
        FORWARD,
        "nothing_dropped",
        "It looks as if nothing is dropped in training, only scaled.",
        ((KEPT, "return x / (1 - p), (dropout_param, mask)"),),
    ),
    Mutant(
        FORWARD,
        "one_mask_for_the_batch",
        "It looks as if all examples share one mask: draw a number for each entry of x, with the shape of x.",
        ((DRAWN, "torch.rand(x.shape[1:], device=x.device)"),),
    ),
    Mutant(
        FORWARD,
        "one_draw_for_an_example",
        "It looks as if an example is dropped or kept as a whole: draw a number for each entry of x.",
        ((DRAWN, "torch.rand(len(x), *[1] * (x.dim() - 1), device=x.device)"),),
    ),
    Mutant(
        FORWARD,
        "one_draw_for_a_channel",
        "It looks as if whole channels are dropped: draw a number for each entry of x.",
        ((DRAWN, "torch.rand(*x.shape[:2], *[1] * (x.dim() - 2), device=x.device)"),),
    ),
    Mutant(
        FORWARD,
        "one_draw_for_all",
        "It looks as if one number decides for the whole batch; draw one for each entry of x.",
        ((DRAWN, "torch.rand([1] * x.dim(), device=x.device)"),),
    ),
    Mutant(
        FORWARD,
        "an_exact_number_dropped",
        "It looks as if an exact number of entries is dropped (a permutation is cut off); each entry has its own draw.",
        ((DRAWN, "(torch.randperm(x.numel(), device=x.device).reshape(x.shape) / x.numel())"),),
    ),
    Mutant(
        FORWARD,
        "seeded_once_and_for_all",
        "It looks as if the generator is seeded in here with a number of its own, so that every mask is the same.",
        (('p = dropout_param["p"]', 'p = dropout_param["p"]\ntorch.manual_seed(0)'),),
    ),
    Mutant(
        FORWARD,
        "generator_of_its_own",
        "It looks as if a new torch.Generator() draws the mask: it starts from the same state each time and knows "
        "nothing of the seed; use the default generator.",
        (
            (
                DRAWN,
                "torch.rand(x.shape, device=x.device, "
                "generator=None if x.is_meta else torch.Generator(device=x.device))",
            ),
        ),
    ),
    Mutant(
        FORWARD,
        "seed_ignored",
        "It looks as if the seed has no effect: draw from torch's default generator, which the given lines seed.",
        (('p = dropout_param["p"]', 'p = dropout_param["p"]\ntorch.seed()'),),
    ),
    Mutant(
        FORWARD,
        "active_at_test_time",
        "It looks as if entries are dropped at test time too; in mode test the output is x.",
        (('if mode == "test":', "if False:"),),
    ),
    Mutant(
        FORWARD,
        "modes_swapped",
        "It looks as if the two modes are swapped: drop in mode train, leave x alone in mode test.",
        (('if mode == "test":', 'if mode == "train":'),),
    ),
    Mutant(
        FORWARD,
        "scaled_at_test_time",
        "It looks as if x is multiplied by 1 - p at test time; with inverted dropout the scaling is done in training.",
        (("return x, (dropout_param, None)", 'return x * (1 - dropout_param["p"]), (dropout_param, None)'),),
    ),
    Mutant(
        FORWARD,
        "scaled_up_at_test_time",
        "It looks as if x is divided by 1 - p at test time too; that belongs in training, where entries are missing.",
        (("return x, (dropout_param, None)", 'return x / (1 - dropout_param["p"]), (dropout_param, None)'),),
    ),
    Mutant(
        FORWARD,
        "x_changed",
        "It looks as if x itself is multiplied by the mask (x *= mask); make a new tensor.",
        ((KEPT, "x *= mask\nreturn x, (dropout_param, mask)"),),
    ),
    Mutant(
        FORWARD,
        "view_of_strided",
        "It uses .view, which fails where x is not contiguous in memory; nothing needs reshaping here.",
        ((KEPT, "return (x.view(-1) * mask.view(-1)).view(x.shape), (dropout_param, mask)"),),
    ),
    Mutant(
        FORWARD,
        "always_float32",
        "It looks as if the output is always float32; it has the dtype of x.",
        ((KEPT, "return (x * mask).float(), (dropout_param, mask)"),),
    ),
    Mutant(
        FORWARD,
        "mask_on_the_cpu",
        "It looks as if the random numbers are drawn on the CPU; draw them where x is: device=x.device.",
        ((DRAWN, "torch.rand(x.shape)"),),
    ),
)

BACKWARD_MISTAKES = (
    Mutant(
        BACKWARD,
        "mask_missing",
        "It looks as if dout passes everywhere in training; a dropped entry has no part in the output.",
        (("return dout * mask", "return dout.clone()"),),
    ),
    Mutant(
        BACKWARD,
        "not_scaled",
        "It looks as if the gradient is masked and not scaled: what is kept was divided by 1 - p; so is its gradient.",
        (("dout * mask", "dout * (mask != 0)"),),
    ),
    Mutant(
        BACKWARD,
        "scaled_twice",
        "It looks as if the gradient is divided by 1 - p twice: the mask holds the scale already.",
        (("dout * mask", 'dout * mask / (1 - dropout_param["p"])'),),
    ),
    Mutant(
        BACKWARD,
        "scaled_by_keep",
        "It looks as if the gradient is multiplied by 1 - p; the output was divided by it, and so is the gradient.",
        (("dout * mask", 'dout * (mask != 0) * (1 - dropout_param["p"])'),),
    ),
    Mutant(
        BACKWARD,
        "scaled_by_1_over_p",
        "It looks as if the gradient is divided by p; what is kept was divided by 1 - p.",
        (("dout * mask", 'dout * (mask != 0) / dropout_param["p"]'),),
    ),
    Mutant(
        BACKWARD,
        "mask_inverted",
        "It looks as if dout passes where the entry was dropped; it passes where it was kept.",
        (("dout * mask", 'dout * (mask == 0) / (1 - dropout_param["p"])'),),
    ),
    Mutant(
        BACKWARD,
        "mask_alone",
        "It looks as if dx is the mask; multiply dout by it.",
        (("return dout * mask", "return mask.clone()"),),
    ),
    Mutant(
        BACKWARD,
        "a_new_mask",
        "It looks as if backward draws a mask of its own; the gradient passes where the output did, so keep the mask "
        "in the cache.",
        (
            (
                "return dout * mask",
                'p = dropout_param["p"]\nreturn dout * (torch.rand(dout.shape, device=dout.device) >= p) / (1 - p)',
            ),
        ),
    ),
    Mutant(
        BACKWARD,
        "active_at_test_time",
        "It looks as if the mask is used at test time too, where there is none; in mode test dx is dout.",
        (('if dropout_param["mode"] == "test":', "if False:"),),
    ),
    Mutant(
        BACKWARD,
        "scaled_at_test_time",
        "It looks as if the gradient is scaled at test time; there the output is x, so dx is dout.",
        (("return dout\n", 'return dout * (1 - dropout_param["p"])\n'),),
    ),
    Mutant(
        BACKWARD,
        "nothing_at_test_time",
        "It looks as if the gradient is 0 at test time; there the output is x, so dx is dout.",
        (("return dout\n", "return torch.zeros_like(dout)\n"),),
    ),
    Mutant(
        BACKWARD,
        "upstream_changed",
        "It looks as if dout itself is multiplied by the mask (dout *= mask); make a new tensor.",
        (("return dout * mask", "dout *= mask\nreturn dout"),),
    ),
    Mutant(
        BACKWARD,
        "mask_changed",
        "It looks as if the mask in the cache is overwritten (mask *= dout); make a new tensor.",
        (("return dout * mask", "mask *= dout\nreturn mask.clone()"),),
    ),
    Mutant(
        BACKWARD,
        "mask_of_another_call",
        "It looks as if the mask of another call is used; everything that backward needs is in its own cache.",
        (
            (
                "return dout * mask",
                "last = getattr(Dropout, 'last', mask)\nDropout.last = mask\n"
                "return dout * (last if last.shape == mask.shape else mask)",
            ),
        ),
    ),
    Mutant(
        BACKWARD,
        "always_float32",
        "It looks as if dx is always float32; it has the dtype of x.",
        (("return dout * mask", "return (dout * mask).float()"),),
    ),
    Mutant(
        BACKWARD,
        "view_of_strided",
        "It uses .view, which fails where dout is not contiguous in memory; nothing needs reshaping here.",
        (("return dout * mask", "return (dout.view(-1) * mask.reshape(-1)).view(mask.shape)"),),
    ),
    Mutant(
        BACKWARD,
        "made_on_the_cpu",
        "It looks as if dx is made with torch.zeros on the CPU and filled; make it with torch.zeros_like(dout).",
        (("return dout * mask", "dx = torch.zeros(dout.shape, dtype=dout.dtype)\ndx[...] = dout * mask\nreturn dx"),),
    ),
)

MUTANTS = FORWARD_MISTAKES + BACKWARD_MISTAKES
