"""Mistakes in how DeepConvNet is put together: where the pools are, what goes in and out of the layers."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

DEEP = "convolutional_networks.DeepConvNet"

FORWARD_POOLED = '(p[f"W{i}"], p[f"b{i}"]), i - 1 in self.max_pools'
BACKWARD_POOLED = "    pooled = i - 1 in self.max_pools"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        DEEP,
        "pools_forgotten_in_the_size",
        "It looks as if the pools are forgotten in the number of inputs of the linear layer: each halves both sides.",
        (("if i - 1 in self.max_pools:", "if False:"),),
    ),
    Mutant(
        DEEP,
        "always_five_pools_in_the_size",
        "It looks as if the linear layer is made for images of 32 x 32 and five pools; follow height and width through "
        "the layers.",
        (("L = self.num_layers\n", "L = self.num_layers\nH, W = 1, 1\n"),),
    ),
    Mutant(
        DEEP,
        "image_size_of_32",
        "It looks as if images are always 32 x 32; their size is in input_dims.",
        (("C, H, W = input_dims", "C, H, W = input_dims[0], 32, 32"),),
    ),
    Mutant(
        DEEP,
        "square_images",
        "It looks as if H stands where W should: images need not be square.",
        (("C, H, W = input_dims", "C, H, W = input_dims[0], input_dims[1], input_dims[1]"),),
    ),
    Mutant(
        DEEP,
        "size_rounded_up",
        "It looks as if an odd height or width is rounded up behind a pool; the last row makes no whole window.",
        (("H, W = H // 2, W // 2", "H, W = (H + 1) // 2, (W + 1) // 2"),),
    ),
    Mutant(
        DEEP,
        "channels_of_the_image",
        "It looks as if every convolution has as many channels as the image; from the second on it has as many as the "
        "one before has filters.",
        (("    C = F\n", "    pass\n"), ("L = self.num_layers\n", "L, C = self.num_layers, F\n")),
    ),
    Mutant(
        DEEP,
        "pools_counted_from_1",
        "It looks as if the numbers in max_pools are counted from 1; 0 is the first convolution.",
        (
            ("if i - 1 in self.max_pools:", "if i in self.max_pools:"),
            (FORWARD_POOLED, FORWARD_POOLED.replace("i - 1 in", "i in")),
            (BACKWARD_POOLED, "    pooled = i in self.max_pools"),
        ),
    ),
    Mutant(
        DEEP,
        "pool_behind_every_layer",
        "It looks as if every convolution is followed by a pool; only those in max_pools are.",
        (
            ("if i - 1 in self.max_pools:", "if True:"),
            (FORWARD_POOLED, FORWARD_POOLED.replace("i - 1 in self.max_pools", "True")),
            (BACKWARD_POOLED, "    pooled = True"),
        ),
    ),
    Mutant(
        DEEP,
        "no_pools",
        "It looks as if max_pools is not looked at: the layers whose numbers stand there end in a 2 x 2 pool.",
        (
            ("if i - 1 in self.max_pools:", "if False:"),
            (FORWARD_POOLED, FORWARD_POOLED.replace("i - 1 in self.max_pools", "False")),
            (BACKWARD_POOLED, "    pooled = False"),
        ),
    ),
    Mutant(
        DEEP,
        "pools_first",
        "It looks as if the pools come behind the first layers, as many as there are numbers in max_pools; the numbers "
        "name the layers.",
        (
            ("if i - 1 in self.max_pools:", "if i <= len(self.max_pools):"),
            (FORWARD_POOLED, FORWARD_POOLED.replace("i - 1 in self.max_pools", "i <= len(self.max_pools)")),
            (BACKWARD_POOLED, "    pooled = i <= len(self.max_pools)"),
        ),
    ),
    Mutant(
        DEEP,
        "scores_through_a_relu",
        "It looks as if the scores go through a ReLU; the linear layer at the end has none.",
        (
            ("scores, scores_cache = Linear.forward", "scores, scores_cache = Linear_ReLU.forward"),
            ("Linear.backward(dscores", "Linear_ReLU.backward(dscores"),
        ),
    ),
    Mutant(
        DEEP,
        "stride_of_two",
        "It looks as if convolutions have a stride of 2 where a pool should follow; pass self.conv_param and pool.",
        (
            (FORWARD_POOLED, FORWARD_POOLED.replace("i - 1 in self.max_pools", "False")),
            (BACKWARD_POOLED, "    pooled = False"),
            (
                "a, cache = Conv_ReLU.forward(a, *weights, self.conv_param)",
                'a, cache = Conv_ReLU.forward(a, *weights, {"stride": 2 if i - 1 in self.max_pools else 1, "pad": 1})',
            ),
        ),
    ),
    Mutant(
        DEEP,
        "pool_backward_forgotten",
        "It looks as if the gradient does not go back through the pools: use the backward of the layer whose forward "
        "was used.",
        (
            (
                "layer = Conv_ReLU_Pool if pooled else Conv_ReLU\n",
                "layer, caches[i - 1] = Conv_ReLU, caches[i - 1][0] if pooled else caches[i - 1]\n"
                "        da = da.repeat_interleave(2, 2).repeat_interleave(2, 3) if pooled else da\n",
            ),
        ),
    ),
    Mutant(
        DEEP,
        "gradients_of_the_linear_layer_missing",
        "It looks as if grads lacks the linear layer; every parameter has a gradient.",
        (
            ('da, grads[f"W{L}"], grads[f"b{L}"] = Linear.backward', "da, dW, db = Linear.backward"),
            ("for i in range(1, L + 1):", "for i in range(1, L):"),
        ),
    ),
    Mutant(
        DEEP,
        "bias_gradients_missing",
        "It looks as if grads lacks the biases of the convolutions; every parameter has a gradient.",
        (('grads[f"W{i}"], grads[f"b{i}"] = dw, db', 'grads[f"W{i}"] = dw'),),
    ),
    Mutant(
        DEEP,
        "biases_regularized",
        "It looks as if the biases are regularized too; only the weights are.",
        (
            ("(W * W).sum()", '((W * W).sum() + (p[f"b{i}"] ** 2).sum())'),
            (
                "+ 2 * self.reg * W\n",
                '+ 2 * self.reg * W\n    grads[f"b{i}"] = grads[f"b{i}"] + 2 * self.reg * p[f"b{i}"]\n',
            ),
        ),
    ),
    Mutant(
        DEEP,
        "one_convolution_at_least",
        "It looks as if there must be a convolution; with none, the images go straight into the linear layer.",
        (("L = self.num_layers\n", "L, C = self.num_layers, num_filters[-1]\n"),),
    ),
    Mutant(
        DEEP,
        "five_convolutions_at_most",
        "It looks as if only the first five convolutions are made; there may be any number.",
        (("enumerate(num_filters, start=1)", "enumerate(num_filters[:5], start=1)"),),
    ),
    Mutant(
        DEEP,
        "nine_layers_regularized",
        "It looks as if the weights from W10 on are not regularized; their names have one character more.",
        (("for i in range(1, L + 1):", "for i in range(1, min(L, 9) + 1):"),),
    ),
    Mutant(
        DEEP,
        "parameters_by_their_order",
        "It looks as if parameters are taken by their order in the dict; take each by its name.",
        (
            (
                "p, L = self.params, self.num_layers",
                "L = self.num_layers\n"
                'kinds = ("W", "b", "gamma", "beta") if self.batchnorm else ("W", "b")\n'
                'names = [f"{kind}{i}" for i in range(1, L) for kind in kinds] + [f"W{L}", f"b{L}"]\n'
                "p = dict(zip(names, self.params.values()))",
            ),
        ),
    ),
    Mutant(
        DEEP,
        "scores_kept",
        "It looks as if the scores of one batch are kept and returned for other images; compute them in each call.",
        (
            (
                "    return scores\n",
                '    kept = self.__dict__.setdefault("kept", {})\n'
                "    return kept.setdefault(scores.shape, scores)\n",
            ),
        ),
    ),
)
