"""Known mistakes in the settings of convolutional networks, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

OVERFIT = "convolutional_networks.find_overfit_parameters"
SOLVER = "convolutional_networks.create_convolutional_solver_instance"

BUDGET = (
    "It looks as if batches or training are larger than the question allows: at most 100 images a batch, and at most "
    "200 steps, num_epochs times the batches of an epoch."
)

TWO_DEVICES = "It looks as if the network or the solver is always on the CPU; hand device on to both of them."

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        OVERFIT,
        "default_weight_scale",
        "It looks as if the weights start so small that the images shrink to nothing from layer to layer, and so does "
        "the gradient: try a larger weight_scale.",
        (("0.15, 5e-3", "1e-3, 1e-3"),),
    ),
    Mutant(
        OVERFIT,
        "exchanged",
        "It looks as if the two numbers are exchanged: the weight scale comes first.",
        (("0.15, 5e-3", "5e-3, 0.15"),),
    ),
    Mutant(
        OVERFIT,
        "steps_too_small",
        "It looks as if the learning rate is too small: the loss hardly falls in 150 steps; try 10 times as much.",
        (("0.15, 5e-3", "0.15, 1e-5"),),
    ),
    Mutant(
        OVERFIT,
        "steps_too_large",
        "It looks as if the learning rate is so large that the steps destroy the network; try a tenth of it.",
        (("0.15, 5e-3", "0.15, 2.0"),),
    ),
    Mutant(
        OVERFIT,
        "lists_to_try",
        "It looks as if lists of candidates are returned; try them, and return the one pair that works.",
        (("0.15, 5e-3", "[1e-2, 1e-1], [1e-3, 3e-3]"),),
    ),
    Mutant(
        SOLVER,
        "default_image_size",
        "It looks as if the network is made for images of 3 x 32 x 32; take input_dims from "
        "data_dict['X_train'].shape[1:].",
        (('    input_dims=tuple(data_dict["X_train"].shape[1:]),\n', ""),),
    ),
    Mutant(
        SOLVER,
        "size_of_digits",
        "It looks as if the network is made for images of 1 x 8 x 8 alone; take input_dims from "
        "data_dict['X_train'].shape[1:].",
        (('tuple(data_dict["X_train"].shape[1:])', "(1, 8, 8)"),),
    ),
    Mutant(
        SOLVER,
        "always_float32",
        "It looks as if the network is always float32; hand dtype on to it.",
        (("    dtype=dtype,\n", ""),),
    ),
    Mutant(
        SOLVER,
        "default_weight_scale",
        "It looks as if the network starts with weights of 1e-3, with which it hardly learns; try "
        'weight_scale="kaiming".',
        (('    weight_scale="kaiming",\n', ""), ("5e-3", "5e-4")),
    ),
    Mutant(
        SOLVER,
        "sgd_with_the_rate_of_adam",
        "It looks as if plain SGD takes steps of a size that suits Adam: 200 of them are too short. Give update_rule.",
        (("    update_rule=adam,\n", ""),),
    ),
    Mutant(
        SOLVER,
        "rate_too_large",
        "It looks as if the learning rate is so large that the network never settles; try a tenth of it.",
        (("5e-3", "1.0"),),
    ),
    Mutant(
        SOLVER,
        "all_images_in_a_batch",
        BUDGET,
        (("batch_size=64", "batch_size=1038"),),
    ),
    Mutant(
        SOLVER,
        "too_many_steps",
        BUDGET,
        (("num_epochs=8", "num_epochs=40"),),
    ),
    Mutant(
        SOLVER,
        "network_returned",
        "It looks as if the network is returned; the question asks for the Solver that trains it.",
        (("return Solver(", "return (lambda *given, **named: model)("),),
    ),
    Mutant(
        SOLVER,
        "trained_already",
        "It looks as if the solver is trained before it is returned; the caller calls train.",
        (
            ("return Solver(", "solver = Solver("),
            (
                "    verbose=False,\n    device=device,\n)",
                "    verbose=False,\n    device=device,\n)\nsolver.train()\nreturn solver",
            ),
        ),
    ),
    Mutant(
        SOLVER,
        "no_convolution",
        "It looks as if the network has no convolution; it is to be a DeepConvNet with at least one.",
        (("num_filters=(8, 16)", "num_filters=()"), ("max_pools=(0, 1)", "max_pools=()")),
    ),
    Mutant(
        SOLVER,
        "three_layer_net",
        "It looks as if the network is a ThreeLayerConvNet or one without convolutions; a DeepConvNet is asked for.",
        (
            ("model = DeepConvNet(", "model = ThreeLayerConvNet("),
            ("    num_filters=(8, 16),\n    max_pools=(0, 1),\n", "    num_filters=8,\n"),
            ('weight_scale="kaiming"', "weight_scale=0.1"),
        ),
    ),
    Mutant(
        SOLVER,
        "network_on_the_cpu",
        TWO_DEVICES,
        (("    dtype=dtype,\n    device=device,\n", "    dtype=dtype,\n"),),
    ),
    Mutant(
        SOLVER,
        "solver_on_the_cpu",
        TWO_DEVICES,
        (("    verbose=False,\n    device=device,\n", "    verbose=False,\n"),),
    ),
    Mutant(
        SOLVER,
        "images_changed",
        "It looks as if the images of data_dict are changed in place; they belong to the caller.",
        (("model = DeepConvNet(", 'data_dict["X_train"] -= data_dict["X_train"].mean()\nmodel = DeepConvNet('),),
    ),
    Mutant(
        SOLVER,
        "entry_added",
        "It looks as if an entry is put into data_dict, which belongs to the caller; keep it in a variable.",
        (("model = DeepConvNet(", 'data_dict["num_classes"] = 10\nmodel = DeepConvNet('),),
    ),
    Mutant(
        SOLVER,
        "entry_taken_out",
        "It looks as if an entry is taken out of data_dict, which belongs to the caller; read it without pop.",
        (
            ("model = DeepConvNet(", 'data = dict(data_dict)\ndata_dict.pop("y_val")\nmodel = DeepConvNet('),
            ("    data_dict,\n", "    data,\n"),
        ),
    ),
    Mutant(
        SOLVER,
        "trains_on_the_validation_part",
        "It looks as if the solver trains on the validation images too; they measure what has been learned.",
        (
            (
                "    data_dict,\n",
                "    data_dict\n    | {\n"
                '        name: torch.cat([data_dict[name], data_dict[name.replace("train", "val")]])\n'
                '        for name in ("X_train", "y_train")\n'
                "    },\n",
            ),
        ),
    ),
)
