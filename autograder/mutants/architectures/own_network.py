"""Known mistakes in the student's own network. Its file is the reference's."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

OWN = "architectures.shapes_network"
STEM = "stem = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU())"
RETURN = "return nn.Sequential(stem, blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(96, 10))"
OUT = "return (self.bn2(self.conv2(out)) + self.around(x)).relu()"

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
        ((RETURN, "return Residual"),),
    ),
    Mutant(
        OWN,
        "five_scores",
        "It looks as if the network does not give ten scores; shapes have ten classes.",
        ((RETURN, RETURN.replace("(96, 10)", "(96, 5)")),),
    ),
    Mutant(
        OWN,
        "one_channel",
        "It looks as if the network takes images of one channel; shapes have three.",
        ((STEM, STEM.replace("Conv2d(3, 16", "Conv2d(1, 16")),),
    ),
    Mutant(
        OWN,
        "places_left_over",
        "It looks as if the scores still have rows and columns; average or flatten before the last layer.",
        ((RETURN, "return nn.Sequential(stem, blocks, nn.Conv2d(96, 10, 1))"),),
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
        (
            (
                RETURN,
                "class Labels(nn.Sequential):\n    def forward(self, x: Tensor) -> Tensor:\n"
                "        return super().forward(x).argmax(dim=1)\n\n"
                "return Labels(stem, blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(96, 10))",
            ),
        ),
    ),
    Mutant(
        OWN,
        "too_many_parameters",
        "It looks as if the network is too wide: count its parameters with layer_cost, one layer after the other.",
        (
            ("Residual(64, 96))", "Residual(64, 160))"),
            (RETURN, RETURN.replace("(96, 10)", "(160, 10)")),
        ),
    ),
    Mutant(
        OWN,
        "too_many_multiply_adds",
        "It looks as if the convolutions are too costly: at full size each weight is used 1,024 times. Halve the "
        "images earlier.",
        (
            (
                STEM,
                "wide = nn.Conv2d(16, 16, 11, padding=5, bias=False)\n"
                "stem = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), wide)",
            ),
        ),
    ),
    Mutant(
        OWN,
        "changed_after_training",
        "It looks as if shapes_network was changed after the training; train again, or go back.",
        (
            ("Residual(64, 96))", "Residual(64, 80))"),
            (RETURN, RETURN.replace("(96, 10)", "(80, 10)")),
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
                "        self.layers = [stem, blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(96, 10)]\n\n"
                "    def forward(self, x: Tensor) -> Tensor:\n        for layer in self.layers:\n"
                "            x = layer(x)\n        return x\n\nreturn Listed()",
            ),
        ),
    ),
    Mutant(
        OWN,
        "dropout_that_never_rests",
        "It looks as if dropout is alive in eval mode: F.dropout needs training=self.training, nn.Dropout knows it.",
        ((OUT, "return nn.functional.dropout(self.bn2(self.conv2(out)) + self.around(x), 0.5).relu()"),),
    ),
    Mutant(
        OWN,
        "normalized_by_the_batch",
        "It looks as if images are normalized by the statistics of their batch in eval mode too, so that an image's "
        "scores depend on its company.",
        (
            (
                RETURN,
                "class Normalized(nn.Sequential):\n    def forward(self, x: Tensor) -> Tensor:\n"
                "        out = super().forward(x)\n        return out - 0.05 * out.mean(dim=0)\n\n"
                "return Normalized(stem, blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(96, 10))",
            ),
        ),
    ),
    Mutant(
        OWN,
        "other_order_in_forward",
        "It looks as if forward no longer does what it did in training: the weights fit, and the classes are wrong.",
        ((OUT, "return self.bn2(self.conv2(out)).relu() + self.around(x)"),),
    ),
    Mutant(
        OWN,
        "images_scaled_again",
        "It looks as if images are divided by 255 inside the network; they come with values from 0 to 1.",
        (
            (
                RETURN,
                "class Scaled(nn.Sequential):\n    def forward(self, x: Tensor) -> Tensor:\n"
                "        return super().forward(x / 255)\n\n"
                "return Scaled(stem, blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(96, 10))",
            ),
        ),
    ),
    Mutant(
        OWN,
        "way_around_left_out",
        "It looks as if the way around is computed and not added, so that the weights that were trained with it fail.",
        ((OUT, "return self.bn2(self.conv2(out)).relu()"),),
    ),
)
