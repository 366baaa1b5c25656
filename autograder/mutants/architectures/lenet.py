"""Known mistakes in LeNet-5, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

LENET = "architectures.lenet5"
POOL1 = "nn.MaxPool2d(2),\n    nn.Conv2d(20"
POOL2 = "nn.MaxPool2d(2),\n    nn.Flatten()"
HIDDEN = "nn.Linear(2450, 500),\n    nn.ReLU(),"
SCORES = "nn.Linear(500, num_classes),"

KEEPS = "{'forward': lambda self, x: x.reshape(self.__dict__.setdefault('images', len(x)), -1)}"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        LENET,
        "first_batch_remembered",
        "It looks as if the number of images of the first call is kept; it may change from call to call.",
        (("nn.Flatten()", f"type('Flat', (nn.Module,), {KEEPS})()"),),
    ),
    Mutant(
        LENET,
        "pad_missing",
        "It looks as if the convolutions have no padding: then 28 x 28 shrinks to 24 x 24, and 2450 numbers are "
        "not what is left.",
        (("nn.Conv2d(1, 20, 5, padding=2)", "nn.Conv2d(1, 20, 5)"),),
    ),
    Mutant(
        LENET,
        "average_pools",
        "It looks as if the pools take the mean of a window, as in 1998; here they take its maximum.",
        ((POOL1, POOL1.replace("Max", "Avg")), (POOL2, POOL2.replace("Max", "Avg"))),
    ),
    Mutant(
        LENET,
        "relu_of_convolutions_missing",
        "It looks as if there is no ReLU behind a convolution; each has one.",
        (("nn.Conv2d(1, 20, 5, padding=2),\n    nn.ReLU(),", "nn.Conv2d(1, 20, 5, padding=2),"),),
    ),
    Mutant(
        LENET,
        "hidden_relu_missing",
        "It looks as if there is no ReLU between the two linear layers, which makes one linear layer of them.",
        ((HIDDEN, "nn.Linear(2450, 500),"),),
    ),
    Mutant(
        LENET,
        "sigmoids",
        "It looks as if the hidden layer has a sigmoid, as in 1998; here it has a ReLU.",
        ((HIDDEN, HIDDEN.replace("ReLU", "Sigmoid")),),
    ),
    Mutant(
        LENET,
        "channels_of_1998",
        "It looks as if the convolutions have the 6 and 16 channels of the first LeNet-5; here they have 20 and 50.",
        (
            ("nn.Conv2d(1, 20, 5", "nn.Conv2d(1, 6, 5"),
            ("nn.Conv2d(20, 50, 5", "nn.Conv2d(6, 16, 5"),
            ("nn.Linear(2450", "nn.Linear(784"),
        ),
    ),
    Mutant(
        LENET,
        "ten_classes_always",
        "It looks as if there are always ten scores; num_classes says how many.",
        ((SCORES, "nn.Linear(500, 10),"),),
    ),
    Mutant(
        LENET,
        "probabilities",
        "It looks as if the scores go through a softmax; the loss does that, the network returns the scores.",
        ((SCORES, SCORES + "\n    nn.Softmax(dim=1),"),),
    ),
    Mutant(
        LENET,
        "relu_on_the_scores",
        "It looks as if the scores go through a ReLU; behind the last linear layer there is none.",
        ((SCORES, SCORES + "\n    nn.ReLU(),"),),
    ),
    Mutant(
        LENET,
        "dropout_added",
        "It looks as if there is dropout before the scores; LeNet-5 has none.",
        ((SCORES, "nn.Dropout(0.5),\n    " + SCORES),),
    ),
    Mutant(
        LENET,
        "no_biases",
        "It looks as if the convolutions have no bias; without a batch norm behind them they need one.",
        (("nn.Conv2d(1, 20, 5, padding=2)", "nn.Conv2d(1, 20, 5, padding=2, bias=False)"),),
    ),
)
