"""Known mistakes in VGG, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

VGG = "architectures.vgg"
KERNEL = 'kernel = 1 if config == "C" and position == 2 else 3'
CONV = "nn.Conv2d(c_in, channels, kernel, padding=kernel // 2)"
LAYERS = f"layers += [{CONV}, nn.ReLU()]"
POOL = "layers.append(nn.MaxPool2d(2))"
REFUSE = "if config not in depths:\n    raise ValueError"
FIRST = "nn.Linear(25088, 4096), nn.ReLU(), nn.Dropout(0.5), "
SECOND = "nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout(0.5)]"
SCORES = "nn.Linear(4096, num_classes)"
DEEP = '"C": deep, "D": deep, "E": (2, 2, 4, 4, 4)'

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        VGG,
        "c_like_d",
        "It looks as if C has convolutions 3x3 alone; the third of its last three stages is 1x1.",
        ((KERNEL, "kernel = 3"),),
    ),
    Mutant(
        VGG,
        "padded_1x1",
        "It looks as if the 1x1 convolutions of C have a pad of 1, which makes the images larger; they need none.",
        ((CONV, CONV.replace("kernel // 2", "1")),),
    ),
    Mutant(
        VGG,
        "a_like_b",
        "It looks as if A has two convolutions in its first two stages; it has one.",
        (('"A": (1, 1, 2, 2, 2)', '"A": (2, 2, 2, 2, 2)'),),
    ),
    Mutant(
        VGG,
        "one_layer_short",
        "It looks as if D lacks a convolution with 256 channels, as in the slide's sum; its stages have 2, 2, 3, 3, 3.",
        ((DEEP, '"C": deep, "D": (2, 2, 2, 3, 3), "E": (2, 2, 4, 4, 4)'),),
    ),
    Mutant(
        VGG,
        "e_one_short",
        "It looks as if E has three convolutions in its third stage; it has four in each of the last three.",
        ((DEEP, '"C": deep, "D": deep, "E": (2, 2, 3, 4, 4)'),),
    ),
    Mutant(
        VGG,
        "channels_double_to_the_end",
        "It looks as if the last stage has 1024 channels; the doubling ends at 512.",
        (
            ("(64, 128, 256, 512, 512)", "(64, 128, 256, 512, 1024)"),
            ("nn.Linear(25088, 4096)", "nn.Linear(50176, 4096)"),
        ),
    ),
    Mutant(
        VGG,
        "one_relu_a_stage",
        "It looks as if a ReLU stands at the end of a stage alone; each convolution has one.",
        ((LAYERS, f"layers.append({CONV})"), (POOL, "layers += [nn.ReLU(), nn.MaxPool2d(2)]")),
    ),
    Mutant(
        VGG,
        "relu_before_the_convolution",
        "It looks as if the ReLU stands before the convolution; it stands behind it.",
        ((LAYERS, f"layers += [nn.ReLU(), {CONV}]"),),
    ),
    Mutant(
        VGG,
        "average_pools",
        "It looks as if the pools take the mean of a window; they take its maximum.",
        ((POOL, POOL.replace("Max", "Avg")),),
    ),
    Mutant(
        VGG,
        "last_pool_missing",
        "It looks as if the last stage has no pool: its output is 14 x 14, not 7 x 7.",
        ((POOL, "layers.append(nn.MaxPool2d(2) if len(layers) < 16 else nn.Identity())"),),
    ),
    Mutant(
        VGG,
        "batch_norm_added",
        "It looks as if there are batch norms; VGG is older than they are.",
        ((LAYERS, f"layers += [{CONV}, nn.BatchNorm2d(channels), nn.ReLU()]"),),
    ),
    Mutant(
        VGG,
        "no_biases",
        "It looks as if the convolutions have no bias; without a batch norm behind them they need one.",
        ((CONV, CONV.replace(")", ", bias=False)")),),
    ),
    Mutant(
        VGG,
        "no_relu_in_the_classifier",
        "It looks as if there is no ReLU between the first two linear layers.",
        ((FIRST, FIRST.replace("nn.ReLU()", "nn.Identity()")),),
    ),
    Mutant(
        VGG,
        "one_dropout",
        "It looks as if there is dropout behind one linear layer alone; the first two have it.",
        ((SECOND, SECOND.replace("nn.Dropout(0.5)", "nn.Identity()")),),
    ),
    Mutant(
        VGG,
        "no_dropout",
        "It looks as if there is no dropout in the classifier; in training it zeroes half of the units, twice.",
        (
            (FIRST, FIRST.replace("nn.Dropout(0.5)", "nn.Identity()")),
            (SECOND, SECOND.replace("nn.Dropout(0.5)", "nn.Identity()")),
        ),
    ),
    Mutant(
        VGG,
        "weak_dropout",
        "It looks as if the dropout is weaker than 0.5.",
        ((FIRST, FIRST.replace("0.5", "0.2")), (SECOND, SECOND.replace("0.5", "0.2"))),
    ),
    Mutant(
        VGG,
        "dropout_at_test_time",
        "It looks as if the dropout is at work in evaluation mode, too; it belongs to training.",
        (
            (
                "net = nn.Sequential()",
                "class AlwaysOn(nn.Module):\n"
                "    def forward(self, x):\n"
                "        return nn.functional.dropout(x, 0.5)\n"
                "net = nn.Sequential()",
            ),
            (FIRST, FIRST.replace("nn.Dropout(0.5)", "AlwaysOn()")),
            (SECOND, SECOND.replace("nn.Dropout(0.5)", "AlwaysOn()")),
        ),
    ),
    Mutant(
        VGG,
        "thousand_classes_always",
        "It looks as if there are always 1000 scores; num_classes says how many.",
        ((SCORES, "nn.Linear(4096, 1000)"),),
    ),
    Mutant(
        VGG,
        "probabilities",
        "It looks as if the scores go through a softmax; the loss does that, the network returns the scores.",
        ((SCORES, SCORES + ", nn.Softmax(dim=1)"),),
    ),
    Mutant(
        VGG,
        "relu_on_the_scores",
        "It looks as if the scores go through a ReLU; behind the last linear layer there is none.",
        ((SCORES, SCORES + ", nn.ReLU()"),),
    ),
    Mutant(
        VGG,
        "other_names",
        "It looks as if the two parts are not called features and classifier, so that public weights do not fit.",
        (('"classifier"', '"head"'),),
    ),
    Mutant(
        VGG,
        "any_letter",
        "It looks as if another letter ends in an exception other than ValueError, or in a network.",
        ((REFUSE, REFUSE.replace("ValueError", "KeyError")),),
    ),
    Mutant(
        VGG,
        "unknown_letter_is_d",
        "It looks as if a letter that is not in the table gives a network; it should raise ValueError.",
        (("if config not in depths:", "if config not in depths:\n    config = 'D'\nif config not in depths:"),),
    ),
)
