"""Known mistakes in the settings with which networks learn, and in the Solver that is put together."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

THREE = "fully_connected_networks.get_three_layer_network_params"
FIVE = "fully_connected_networks.get_five_layer_network_params"
SOLVER = "fully_connected_networks.create_solver_instance"


def _settings(question: str) -> tuple[Mutant, ...]:
    return (
        Mutant(
            question,
            "small_weights",
            "With weights this small the signal shrinks in each layer, as does the gradient: try a larger scale.",
            body="return 1e-3, 0.1",
        ),
        Mutant(
            question,
            "small_steps",
            "With steps this small, 40 of them lead nowhere: try a larger learning rate.",
            body="return 0.1, 1e-4",
        ),
        Mutant(
            question,
            "long_steps",
            "With steps this long the loss grows instead: try a smaller learning rate.",
            body="return 0.2, 50.0",
        ),
        Mutant(
            question,
            "large_weights",
            "With weights this large the first scores are huge and so are the steps: try a smaller weight_scale.",
            body="return 30.0, 0.2",
        ),
        Mutant(
            question,
            "as_a_dict",
            "The function returns a pair, (weight_scale, learning_rate), not a dict.",
            body='return {"weight_scale": 0.2, "learning_rate": 0.2}',
        ),
        Mutant(
            question,
            "learning_rate_alone",
            "The function returns two numbers, weight_scale first and learning_rate second.",
            body="return 0.2",
        ),
        Mutant(
            question,
            "negative_learning_rate",
            "A negative learning rate climbs the loss; the rule subtracts learning_rate * dw already.",
            body="return 0.2, -0.2",
        ),
    )


SOLVER_MISTAKES = (
    Mutant(
        SOLVER,
        "the_network_alone",
        "It looks as if the network is returned; return a Solver that has it.",
        (("return Solver(", "return model\nSolver("),),
    ),
    Mutant(
        SOLVER,
        "trained_already",
        "It looks as if the solver is trained before it is returned; the caller calls train.",
        (
            ("return Solver(", "solver = Solver("),
            ("verbose=False,\n    device=device,\n)", "verbose=False, device=device)\nsolver.train()\nreturn solver"),
        ),
    ),
    Mutant(
        SOLVER,
        "image_size_fixed",
        "It looks as if an image always has 3 * 32 * 32 numbers; count those of an image in X_train.",
        (("images[0].numel()", "3 * 32 * 32"),),
    ),
    Mutant(
        SOLVER,
        "images_that_are_rows",
        "It looks as if input_dim is the length of the last axis of X_train; an image may have several axes.",
        (("images[0].numel()", "images.shape[-1]"),),
    ),
    Mutant(
        SOLVER,
        "too_many_epochs",
        "It looks as if the solver needs 100 epochs; 20 at most are enough with a larger learning rate.",
        (("num_epochs=10", "num_epochs=100"),),
    ),
    Mutant(
        SOLVER,
        "defaults",
        "With plain sgd, a rate of 1e-2 and first weights of 1e-3 the network hardly learns: choose larger ones.",
        (("update_rule=adam,", "update_rule=sgd,"), ("weight_scale=1e-1", "weight_scale=1e-3")),
    ),
    Mutant(
        SOLVER,
        "tiny_steps",
        "With a learning rate this small the network hardly learns within the epochs: choose a larger one.",
        (('"learning_rate": 1e-2', '"learning_rate": 1e-6'),),
    ),
    Mutant(
        SOLVER,
        "long_steps",
        "With a learning rate this large the loss grows instead: choose a smaller one.",
        (("update_rule=adam,", "update_rule=sgd,"), ('"learning_rate": 1e-2', '"learning_rate": 1e2')),
    ),
    Mutant(
        SOLVER,
        "rate_that_vanishes",
        "With lr_decay this small the learning rate is next to nothing after two epochs: 0.9 to 1 is usual.",
        (("lr_decay=0.95", "lr_decay=1e-3"), ('"learning_rate": 1e-2', '"learning_rate": 1e-3')),
    ),
    Mutant(
        SOLVER,
        "strong_regularization",
        "With reg this strong the weights are pulled to 0 and little else is learned: choose a smaller reg, or 0.",
        (("weight_scale=1e-1,", "weight_scale=1e-1,\n    reg=1.0,"),),
    ),
    Mutant(
        SOLVER,
        "one_hidden_unit",
        "A network with one hidden unit cannot tell ten classes apart: choose a larger hidden_dim.",
        (("hidden_dim=100", "hidden_dim=1"),),
    ),
    Mutant(
        SOLVER,
        "trains_on_the_validation_part",
        "It looks as if the network is trained on the validation part; hand data_dict on as it is.",
        (
            (
                "    data_dict,",
                '    {**data_dict, "X_train": data_dict["X_val"], "y_train": data_dict["y_val"]},',
            ),
        ),
    ),
    Mutant(
        SOLVER,
        "pixels_scaled_again",
        "It looks as if the pixels are divided by 255, in place; they are scaled already; data_dict stays as it is.",
        (("images, labels = ", 'data_dict["X_train"] /= 255\nimages, labels = '),),
    ),
    Mutant(
        SOLVER,
        "images_flattened_in_data_dict",
        "It looks as if the images in data_dict are replaced by flat ones; it belongs to the caller: make a new dict.",
        (("images, labels = ", 'data_dict["X_train"] = data_dict["X_train"].flatten(1)\nimages, labels = '),),
    ),
    Mutant(
        SOLVER,
        "always_float32",
        "The network is float32 whatever dtype was asked for; hand dtype on to TwoLayerNet.",
        (("    dtype=dtype,\n", ""),),
    ),
    Mutant(
        SOLVER,
        "network_always_on_the_cpu",
        "The network is on the CPU whatever device was asked for; hand device on to TwoLayerNet.",
        (("    dtype=dtype,\n    device=device,\n", "    dtype=dtype,\n"),),
    ),
    Mutant(
        SOLVER,
        "solver_always_on_the_cpu",
        "The solver moves batches to the CPU whatever device was asked for; hand device on to Solver.",
        (("verbose=False,\n    device=device,\n", "verbose=False,\n"),),
    ),
    Mutant(
        SOLVER,
        "all_on_the_cpu",
        "Network and solver are on the CPU whatever device was asked for; hand device on to both.",
        (
            ("    dtype=dtype,\n    device=device,\n", "    dtype=dtype,\n"),
            ("verbose=False,\n    device=device,\n", "verbose=False,\n"),
        ),
    ),
)

MUTANTS: tuple[Mutant, ...] = (*_settings(THREE), *_settings(FIVE), *SOLVER_MISTAKES)
