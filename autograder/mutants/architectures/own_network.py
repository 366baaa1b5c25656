"""Known mistakes in the student's own network. Its file is the reference's."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

OWN = "architectures.shapes_network"
CONV = "nn.Conv2d(3, 32, 7, stride=2, padding=3, bias=False)"
RETURN = "return nn.Sequential(nn.Sequential(*first, *second), nn.Sequential(*head))"


def _wrapped(forward: str) -> tuple[tuple[str, str], ...]:
    """The network in a class whose forward has these lines."""
    lines = "".join(f"        {line}\n" for line in forward.split("\n"))
    head = "class Wrapped(nn.Sequential):\n    def forward(self, x: Tensor) -> Tensor:\n"
    return ((RETURN, f"{head}{lines}\nreturn Wrapped(nn.Sequential(*first, *second), nn.Sequential(*head))"),)


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        OWN,
        "nothing_returned",
        "It looks as if shapes_network returns nothing; return the network.",
        ((RETURN, "return None"),),
    ),
    Mutant(
        OWN,
        "weights_returned",
        "It looks as if shapes_network returns a state_dict; return the network, its weights are in the file.",
        ((RETURN, RETURN + ".state_dict()"),),
    ),
    Mutant(
        OWN,
        "class_returned",
        "It looks as if shapes_network returns a class; return a network, an object of it.",
        ((RETURN, "return nn.Sequential"),),
    ),
    Mutant(
        OWN,
        "five_scores",
        "It looks as if the network does not give ten scores; shapes have ten classes.",
        (("nn.Linear(64, 10)", "nn.Linear(64, 5)"),),
    ),
    Mutant(
        OWN,
        "one_channel",
        "It looks as if the network takes images of one channel; shapes have three.",
        ((CONV, CONV.replace("3, 32, 7", "1, 32, 7")),),
    ),
    Mutant(
        OWN,
        "places_left_over",
        "It looks as if the scores still have rows and columns; average or flatten before the last layer.",
        ((RETURN, "return nn.Sequential(nn.Sequential(*first, *second), nn.Conv2d(64, 10, 1))"),),
    ),
    Mutant(
        OWN,
        "double_precision",
        "It looks as if the network works in float64; images come in float32.",
        ((RETURN, RETURN + ".double()"),),
    ),
    Mutant(
        OWN,
        "labels_returned",
        "It looks as if the network gives labels; it should give ten scores an image.",
        _wrapped("return super().forward(x).argmax(dim=1)"),
    ),
    Mutant(
        OWN,
        "too_many_parameters",
        "It looks as if the network is too wide: count its parameters with layer_cost, one layer after the other.",
        (
            (
                "nn.Linear(64 * 8 * 8, 64), nn.ReLU(), nn.Linear(64, 10)",
                "nn.Linear(64 * 8 * 8, 80), nn.ReLU(), nn.Linear(80, 10)",
            ),
        ),
    ),
    Mutant(
        OWN,
        "too_many_multiply_adds",
        "It looks as if the convolutions are too costly: at full size each weight is used 1,024 times. Halve the "
        "images earlier.",
        (
            (
                CONV,
                "nn.Conv2d(3, 32, 7, padding=3, bias=False), nn.Conv2d(32, 32, 5, padding=2, bias=False), "
                "nn.AvgPool2d(2)",
            ),
            ("nn.Linear(64 * 8 * 8, 64)", "nn.Linear(64 * 8 * 8, 48), nn.Linear(48, 64)"),
        ),
    ),
    Mutant(
        OWN,
        "changed_after_training",
        "It looks as if shapes_network was changed after the training; train again, or go back.",
        (
            (
                "nn.Linear(64 * 8 * 8, 64), nn.ReLU(), nn.Linear(64, 10)",
                "nn.Linear(64 * 8 * 8, 48), nn.ReLU(), nn.Linear(48, 10)",
            ),
        ),
    ),
    Mutant(
        OWN,
        "list_of_blocks",
        "It looks as if layers stand in a plain list, which torch does not see: their weights are neither trained nor "
        "saved. Use nn.ModuleList or nn.Sequential.",
        (
            (
                RETURN,
                "class Listed(nn.Module):\n    def __init__(self) -> None:\n        super().__init__()\n"
                "        self.layers = [*first, *second, *head]\n\n"
                "    def forward(self, x: Tensor) -> Tensor:\n        for layer in self.layers:\n"
                "            x = layer(x)\n        return x\n\nreturn Listed()",
            ),
        ),
    ),
    Mutant(
        OWN,
        "dropout_that_never_rests",
        "It looks as if dropout is alive in eval mode: F.dropout needs training=self.training, nn.Dropout knows it.",
        _wrapped("return self[1](nn.functional.dropout(self[0](x), 0.3))"),
    ),
    Mutant(
        OWN,
        "normalized_by_the_batch",
        "It looks as if images are normalized by the statistics of their batch in eval mode too, so that an image's "
        "scores depend on its company.",
        _wrapped("out = super().forward(x)\nreturn out - 0.05 * out.mean(dim=0)"),
    ),
    Mutant(
        OWN,
        "classes_in_another_order",
        "It looks as if the scores stand in another order than in training: the weights fit, the classes are wrong.",
        _wrapped("return super().forward(x).flip(1)"),
    ),
    Mutant(
        OWN,
        "images_scaled_again",
        "It looks as if images are divided by 255 inside the network; they come with values from 0 to 1.",
        _wrapped("return super().forward(x / 255)"),
    ),
)
