"""Mistakes in DeepConvNet with batch normalization."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

DEEP = "convolutional_networks.DeepConvNet"

BN_PARAM = "self.bn_params[i - 1])"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        DEEP,
        "batchnorm_ignored",
        "It looks as if batchnorm=True makes gamma and beta, but normalizes nothing: use Conv_BatchNorm_ReLU.",
        (
            ("if self.batchnorm:\n        scale", "if False:\n        scale"),
            ("if self.batchnorm:\n        layer", "if False:\n        layer"),
            ("return loss, grads", "return loss, {key: grads.get(key, 0 * p[key]) for key in p}"),
        ),
    ),
    Mutant(
        DEEP,
        "batchnorm_gradients_missing",
        "It looks as if grads lacks gamma and beta; every parameter has a gradient.",
        (('grads[f"gamma{i}"], grads[f"beta{i}"] = dgamma, dbeta', "pass"),),
    ),
    Mutant(
        DEEP,
        "gamma_and_beta_exchanged",
        "It looks as if the gradients of gamma and beta are exchanged.",
        (("= dgamma, dbeta", "= dbeta, dgamma"),),
    ),
    Mutant(
        DEEP,
        "gamma_and_beta_exchanged_forward",
        "It looks as if gamma and beta are handed on in the wrong order: gamma comes first.",
        (
            ('(p[f"gamma{i}"], p[f"beta{i}"], self', '(p[f"beta{i}"], p[f"gamma{i}"], self'),
            ("= dgamma, dbeta", "= dbeta, dgamma"),
        ),
    ),
    Mutant(
        DEEP,
        "gamma_regularized",
        "It looks as if gamma is regularized too; only the weights are.",
        (
            (
                "loss = loss + self.reg * (W * W).sum()",
                "loss = loss + self.reg * (W * W).sum()\n    if self.batchnorm and i < L:\n"
                '        loss = loss + self.reg * (p[f"gamma{i}"] ** 2).sum()\n'
                '        grads[f"gamma{i}"] = grads[f"gamma{i}"] + 2 * self.reg * p[f"gamma{i}"]',
            ),
        ),
    ),
    Mutant(
        DEEP,
        "always_training",
        "It looks as if batch norm is in mode train also where y is None, so that the scores of an image depend on the "
        "other images of the batch.",
        (("a, caches = X, []", 'a, caches = X, []\nfor bn_param in self.bn_params:\n    bn_param["mode"] = "train"'),),
    ),
    Mutant(
        DEEP,
        "never_training",
        "It looks as if batch norm is in mode test also in training, so that it normalizes with statistics that nobody "
        "measures.",
        (("a, caches = X, []", 'a, caches = X, []\nfor bn_param in self.bn_params:\n    bn_param["mode"] = "test"'),),
    ),
    Mutant(
        DEEP,
        "statistics_in_a_copy",
        "It looks as if batch norm gets a copy of bn_params[i], so that running statistics are lost after each call.",
        ((BN_PARAM, "dict(self.bn_params[i - 1]))"),),
    ),
    Mutant(
        DEEP,
        "one_bn_param_for_all_layers",
        "It looks as if all layers share one dict of running statistics; each convolution has its own, bn_params[i].",
        ((BN_PARAM, "self.bn_params[0])"),),
    ),
    Mutant(
        DEEP,
        "statistics_reset",
        "It looks as if the running statistics start anew at each training step, so that they are those of one batch.",
        (
            (
                "a, caches = X, []",
                "a, caches = X, []\nif y is not None:\n"
                '    self.bn_params = [{"mode": "train"} for _ in self.bn_params]',
            ),
        ),
    ),
)
