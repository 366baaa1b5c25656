"""Known mistakes in ThreeLayerConvNet alone, each with the sentence that explains it to a student."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

THREE = "convolutional_networks.ThreeLayerConvNet"

CONV = 'Conv_ReLU_Pool.forward(X, p["W1"], p["b1"], self.conv_param, self.pool_param)'

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        THREE,
        "one_image_size",
        "It looks as if the linear layer has the number of inputs of 32 x 32 images; it follows from input_dims.",
        (("(H // 2) * (W // 2)", "16 * 16"),),
    ),
    Mutant(
        THREE,
        "square_images",
        "It looks as if H stands where W should: images need not be square.",
        (("(H // 2) * (W // 2)", "(H // 2) * (H // 2)"),),
    ),
    Mutant(
        THREE,
        "pool_forgotten_in_the_size",
        "It looks as if the pool is forgotten in the number of inputs of the linear layer; it halves height and width.",
        (("(H // 2) * (W // 2)", "H * W"),),
    ),
    Mutant(
        THREE,
        "halved_once",
        "It looks as if the number of places is halved behind the pool; height and width are, so it is a quarter.",
        (("(H // 2) * (W // 2)", "H * W // 2"),),
    ),
    Mutant(
        THREE,
        "filters_forgotten_in_the_size",
        "It looks as if the linear layer takes C channels; behind the convolution there are num_filters.",
        (("num_filters * places", "C * places"),),
    ),
    Mutant(
        THREE,
        "no_padding",
        "It looks as if the convolution has no padding, so that images shrink; pass self.conv_param.",
        (
            ("(H // 2) * (W // 2)", "((H - filter_size + 1) // 2) * ((W - filter_size + 1) // 2)"),
            (CONV, CONV.replace("self.conv_param", '{"stride": 1, "pad": 0}')),
        ),
    ),
    Mutant(
        THREE,
        "padding_of_one",
        "It looks as if the padding is 1 whatever the filter size; it is (filter_size - 1) // 2: pass self.conv_param.",
        ((CONV, CONV.replace("self.conv_param", '{"stride": 1, "pad": 1}')),),
    ),
    Mutant(
        THREE,
        "filters_of_7",
        "It looks as if filters are always 7 x 7; their size is filter_size.",
        (("C, filter_size, filter_size", "C, 7, 7"),),
    ),
    Mutant(
        THREE,
        "weight_scale_ignored",
        "It looks as if weights are drawn with a scale of 1e-3 whatever weight_scale is.",
        (("weight_scale * torch.randn", "1e-3 * torch.randn"),),
    ),
    Mutant(
        THREE,
        "weight_scale_added",
        "It looks as if weight_scale is added to the random numbers; multiply them with it.",
        (("weight_scale * torch.randn", "weight_scale + torch.randn"),),
    ),
    Mutant(
        THREE,
        "weight_scale_as_variance",
        "It looks as if weight_scale is taken for the variance; it is the standard deviation.",
        (("weight_scale * torch.randn", "weight_scale**0.5 * torch.randn"),),
    ),
    Mutant(
        THREE,
        "uniform_weights",
        "It looks as if weights are uniform from 0 to weight_scale; draw them with torch.randn.",
        (("weight_scale * torch.randn", "weight_scale * torch.rand"),),
    ),
    Mutant(
        THREE,
        "random_biases",
        "It looks as if biases are random; they start at 0.",
        (("torch.zeros(outputs", "weight_scale * torch.randn(outputs"),),
    ),
    Mutant(
        THREE,
        "biases_of_one_row",
        "It looks as if biases have shape (1, M); one axis is enough.",
        (("torch.zeros(outputs", "torch.zeros(1, outputs"),),
    ),
    Mutant(
        THREE,
        "weights_always_float32",
        "It looks as if the weights are always float32; hand dtype on.",
        (("torch.randn(shape, dtype=dtype, ", "torch.randn(shape, "),),
    ),
    Mutant(
        THREE,
        "weights_on_the_cpu",
        "It looks as if the weights are always made on the CPU; hand device on.",
        (("torch.randn(shape, dtype=dtype, device=device)", "torch.randn(shape, dtype=dtype)"),),
    ),
    Mutant(
        THREE,
        "biases_on_the_cpu",
        "It looks as if the biases are always made on the CPU; hand device on.",
        (("torch.zeros(outputs, dtype=dtype, device=device)", "torch.zeros(outputs, dtype=dtype)"),),
    ),
    Mutant(
        THREE,
        "scores_through_a_relu",
        "It looks as if the scores go through a ReLU; the last linear layer has none.",
        (
            ("scores, scores_cache = Linear.forward", "scores, scores_cache = Linear_ReLU.forward"),
            ("Linear.backward(dscores", "Linear_ReLU.backward(dscores"),
        ),
    ),
    Mutant(
        THREE,
        "hidden_layer_without_relu",
        "It looks as if the ReLU between the two linear layers is missing; without it they are one linear layer.",
        (("Linear_ReLU.forward", "Linear.forward"), ("Linear_ReLU.backward", "Linear.backward")),
    ),
    Mutant(
        THREE,
        "relu_backward_missing",
        "It looks as if the gradient does not go back through the hidden ReLU: where its input was negative, it is 0.",
        (("Linear_ReLU.backward(dhidden, hidden_cache)", "Linear.backward(dhidden, hidden_cache[0])"),),
    ),
    Mutant(
        THREE,
        "convolution_without_relu",
        "It looks as if the ReLU behind the convolution is missing.",
        (
            (
                f"a, conv_cache = {CONV}",
                'c, layer_cache = FastConv.forward(X, p["W1"], p["b1"], self.conv_param)\n'
                "a, pool_cache = FastMaxPool.forward(c, self.pool_param)",
            ),
            (
                "Conv_ReLU_Pool.backward(da, conv_cache)",
                "FastConv.backward(FastMaxPool.backward(da, pool_cache), layer_cache)",
            ),
        ),
    ),
    Mutant(
        THREE,
        "pool_missing",
        "It looks as if the pool is missing: conv - relu - pool - linear - relu - linear.",
        (
            ("(H // 2) * (W // 2)", "H * W"),
            (CONV, 'Conv_ReLU.forward(X, p["W1"], p["b1"], self.conv_param)'),
            ("Conv_ReLU_Pool.backward", "Conv_ReLU.backward"),
        ),
    ),
    Mutant(
        THREE,
        "bias_gradients_missing",
        "It looks as if the gradient of b1 is missing from grads; every parameter has one.",
        (('_, grads["W1"], grads["b1"] =', '_, grads["W1"], _ ='),),
    ),
    Mutant(
        THREE,
        "bias_gradient_averaged",
        "It looks as if the gradient of a bias is averaged over the images; the layer has added it up rightly.",
        (('for name in ("W1"', 'grads["b3"] = grads["b3"] / len(X)\nfor name in ("W1"'),),
    ),
    Mutant(
        THREE,
        "biases_regularized",
        "It looks as if the biases are regularized too; only the weights are.",
        (('for name in ("W1", "W2", "W3"):', "for name in p:"),),
    ),
    Mutant(
        THREE,
        "gradients_exchanged",
        "It looks as if the gradients of the two linear layers are stored under one another's names.",
        (
            ('dhidden, grads["W3"], grads["b3"]', 'dhidden, grads["W2"], grads["b2"]'),
            ('da, grads["W2"], grads["b2"]', 'da, grads["W3"], grads["b3"]'),
        ),
    ),
    Mutant(
        THREE,
        "parameters_shared_by_all_networks",
        "It looks as if parameters are kept outside of the object, where a second network overwrites them.",
        (
            (
                "p = self.params\n",
                'p = vars(ThreeLayerConvNet).get("first") or self.params\nThreeLayerConvNet.first = p\n',
            ),
        ),
    ),
    Mutant(
        THREE,
        "uniform_weights_around_0",
        "It looks as if weights are uniform around 0, with the right standard deviation; draw them with torch.randn.",
        (
            (
                "weight_scale * torch.randn(shape, dtype=dtype, device=device)",
                "weight_scale * 12**0.5 * (torch.rand(shape, dtype=dtype, device=device) - 0.5)",
            ),
        ),
    ),
    Mutant(
        THREE,
        "seed_of_its_own",
        "It looks as if the network sets the seed of the random numbers, so that all networks start alike; the caller "
        "sets it.",
        (("C, H, W = input_dims", "torch.manual_seed(0)\nC, H, W = input_dims"),),
    ),
    Mutant(
        THREE,
        "parameters_by_their_order",
        "It looks as if parameters are taken by their order in the dict; take each by its name.",
        (("p = self.params\n", 'p = dict(zip(("W1", "b1", "W2", "b2", "W3", "b3"), self.params.values()))\n'),),
    ),
    Mutant(
        THREE,
        "gradients_by_their_order",
        "It looks as if gradients get their names from the order of params; give each its own name.",
        (
            (
                "return loss, grads",
                'in_order = [grads[name] for name in ("W1", "b1", "W2", "b2", "W3", "b3")]\n'
                "return loss, dict(zip(p, in_order))",
            ),
        ),
    ),
    Mutant(
        THREE,
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
