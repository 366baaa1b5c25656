"""Known mistakes in stochastic depth, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

STOCHASTIC = "architectures.StochasticDepth"
REFUSE = "if not 0 < survival <= 1:"
BRANCH = "self.branch = branch"
MODE = "if not self.training:"
EVALUATION = "return x + self.survival * self.branch(x)"
DRAW = "if torch.rand(()) < self.survival:"
KEPT = "return x + self.branch(x)"
LEFT_OUT = KEPT + "\nreturn x"
EACH_IMAGE = (
    "mask = (torch.rand(x.shape[0], 1, 1, 1, device=x.device) < self.survival).to(x.dtype)\n"
    "return x + mask * self.branch(x)\n"
)

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        STOCHASTIC,
        "in_turns",
        "It looks as if the branch takes part in turns, after a count of the calls; each call draws anew.",
        (
            (BRANCH, BRANCH + "\nself.calls = 0"),
            (
                DRAW,
                "self.calls += 1\n"
                "if int(self.calls * self.survival) > int((self.calls - 1) * self.survival) or self.survival == 1:",
            ),
        ),
    ),
    Mutant(
        STOCHASTIC,
        "one_draw_for_two_calls",
        "It looks as if a draw serves two calls, one after the other; each call draws anew.",
        (
            (BRANCH, BRANCH + "\nself.calls = 0"),
            (
                DRAW,
                "self.calls += 1\nif self.calls % 2:\n    self.drawn = float(torch.rand(()))\n"
                "if self.drawn < self.survival:",
            ),
        ),
    ),
    Mutant(
        STOCHASTIC,
        "own_seed",
        "It looks as if each module draws from a generator of its own with the same seed, so that all leave out their "
        "branches in the same calls.",
        (
            (BRANCH, BRANCH + "\nself.generator = torch.Generator().manual_seed(0)"),
            (DRAW, "if torch.rand((), generator=self.generator) < self.survival:"),
        ),
    ),
    Mutant(
        STOCHASTIC,
        "branch_to_eval_mode",
        "It looks as if a branch that is left out is put into eval mode, in which it stays; it keeps its mode.",
        ((LEFT_OUT, KEPT + "\nself.branch.eval()\nreturn x"),),
    ),
    Mutant(
        STOCHASTIC,
        "inverted",
        "It looks as if survival is taken for the probability that the branch is left out; it is that of taking part.",
        ((DRAW, "if torch.rand(()) > self.survival:"),),
    ),
    Mutant(
        STOCHASTIC,
        "not_scaled_in_evaluation",
        "It looks as if the branch is not scaled in evaluation; there it counts survival times as much.",
        ((EVALUATION, "return x + 1 * self.branch(x)"),),
    ),
    Mutant(
        STOCHASTIC,
        "all_scaled_in_evaluation",
        "It looks as if x is scaled in evaluation, too; survival belongs to the branch alone.",
        ((EVALUATION, "return self.survival * (x + self.branch(x))"),),
    ),
    Mutant(
        STOCHASTIC,
        "scaled_by_its_complement",
        "It looks as if the branch is scaled by 1 - survival in evaluation; it is survival.",
        ((EVALUATION, "return x + (1 - self.survival) * self.branch(x)"),),
    ),
    Mutant(
        STOCHASTIC,
        "scaled_in_training",
        "It looks as if the branch is scaled by survival in training, too; there it takes part whole or not at all.",
        ((KEPT, "return x + self.branch(x) * self.survival"),),
    ),
    Mutant(
        STOCHASTIC,
        "inverted_scaling",
        "It looks as if the branch is divided by survival in training, as in inverted dropout; here evaluation scales.",
        ((KEPT, "return x + self.branch(x) / self.survival"), (EVALUATION, "return x + 1 * self.branch(x)")),
    ),
    Mutant(
        STOCHASTIC,
        "drawn_in_evaluation",
        "It looks as if the branch is left out at random in evaluation, too; there it always takes part, scaled.",
        ((EVALUATION, "return x + self.branch(x) if torch.rand(()) < self.survival else x"),),
    ),
    Mutant(
        STOCHASTIC,
        "left_out_in_evaluation",
        "It looks as if the branch is left out in evaluation; it takes part, scaled by survival.",
        ((EVALUATION, "return x.clone()"),),
    ),
    Mutant(
        STOCHASTIC,
        "modes_swapped",
        "It looks as if training and evaluation are swapped.",
        ((MODE, "if self.training:"),),
    ),
    Mutant(
        STOCHASTIC,
        "drawn_for_each_image",
        "It looks as if each image of the batch has its own draw; one draw decides for the whole batch.",
        ((DRAW, EACH_IMAGE + DRAW),),
    ),
    Mutant(
        STOCHASTIC,
        "drawn_for_each_number",
        "It looks as if each number of the branch is left out by itself, which is dropout; one draw decides for all.",
        ((DRAW, EACH_IMAGE.replace("x.shape[0], 1, 1, 1", "x.shape") + DRAW),),
    ),
    Mutant(
        STOCHASTIC,
        "always_there",
        "It looks as if the branch always takes part in training.",
        ((DRAW, "if True:"),),
    ),
    Mutant(
        STOCHASTIC,
        "never_there",
        "It looks as if the branch never takes part in training.",
        ((DRAW, "if False:"),),
    ),
    Mutant(
        STOCHASTIC,
        "drawn_once",
        "It looks as if the draw is made once and for all, or always with the same seed; each call draws anew.",
        (
            ("self.survival = survival", "self.survival = survival\nself.drawn = torch.rand(()).item()"),
            (DRAW, "if self.drawn < self.survival:"),
        ),
    ),
    Mutant(
        STOCHASTIC,
        "half_of_the_calls",
        "It looks as if the branch takes part in half of the calls, whatever survival is.",
        ((DRAW, "if torch.rand(()) < 0.5:"),),
    ),
    Mutant(
        STOCHASTIC,
        "normal_draw",
        "It looks as if the draw is a normal number; torch.rand is below survival with that probability.",
        ((DRAW, "if torch.randn(()) < self.survival:"),),
    ),
    Mutant(
        STOCHASTIC,
        "runs_for_nothing",
        "It looks as if the branch runs and its output is thrown away; where it is left out it does not run, which "
        "saves time and leaves its running statistics alone.",
        ((DRAW, "out = self.branch(x)\n" + DRAW), (KEPT, "return x + out")),
    ),
    Mutant(
        STOCHASTIC,
        "runs_in_evaluation_mode",
        "It looks as if the branch runs in evaluation mode while training; its batch norms must use the batch.",
        ((KEPT, "self.branch.eval()\n    return x + self.branch(x)"),),
    ),
    Mutant(
        STOCHASTIC,
        "branch_without_x",
        "It looks as if x is not added to the branch in training.",
        ((KEPT, "return self.branch(x)"),),
    ),
    Mutant(
        STOCHASTIC,
        "nothing_is_left",
        "It looks as if 0 is returned where the branch is left out; x is what is left.",
        ((LEFT_OUT, KEPT + "\nreturn torch.zeros_like(x)"),),
    ),
    Mutant(
        STOCHASTIC,
        "branch_in_a_list",
        "It looks as if the branch is kept where torch does not look, as in a Python list: its parameters are not "
        "registered and train() and eval() do not reach it.",
        (
            (BRANCH, "self.inside = [branch]"),
            (EVALUATION, "return x + self.survival * self.inside[0](x)"),
            (KEPT, "return x + self.inside[0](x)"),
        ),
    ),
    Mutant(
        STOCHASTIC,
        "added_in_place",
        "It looks as if the sum is written into x, which belongs to the caller; `x += ...` does that.",
        ((EVALUATION, "return x.add_(self.survival * self.branch(x))"),),
    ),
    Mutant(
        STOCHASTIC,
        "detached_branch",
        "It looks as if the branch is cut off from the gradient, by detach, .data or no_grad.",
        ((KEPT, "return x + self.branch(x).detach()"),),
    ),
    Mutant(
        STOCHASTIC,
        "any_survival",
        "It looks as if a survival that is no probability above 0 is accepted; it should raise ValueError.",
        ((REFUSE, "if survival != survival:"),),
    ),
    Mutant(
        STOCHASTIC,
        "zero_survival",
        "It looks as if a survival of 0 is accepted; the branch would never be trained.",
        ((REFUSE, "if not 0 <= survival <= 1:"),),
    ),
    Mutant(
        STOCHASTIC,
        "refuses_one",
        "It looks as if a survival of 1 is refused; it means that the branch always takes part.",
        ((REFUSE, "if not 0 < survival < 1:"),),
    ),
    Mutant(
        STOCHASTIC,
        "asserted",
        "It looks as if a wrong survival raises another exception than ValueError.",
        (
            (
                REFUSE,
                "assert 0 < survival <= 1\n" + REFUSE,
            ),
        ),
    ),
    Mutant(
        STOCHASTIC,
        "on_the_cpu",
        "It looks as if a tensor is made on the CPU wherever the input is; `device=x.device` or a Python number does.",
        ((EVALUATION, "return x + torch.full(x.shape, self.survival, dtype=x.dtype) * self.branch(x)"),),
    ),
)
