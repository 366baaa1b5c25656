"""Other right ways to put the networks together, and other settings with which they learn."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS = (
    Variant(
        "each_layer_by_itself",
        "Linear and ReLU one after the other; torch.normal; regularization in a loop over all weights",
        {
            "TwoLayerNet.__init__": """
                dims = [input_dim, hidden_dim, num_classes]
                for i in range(2):
                    W = torch.normal(0.0, weight_scale, size=(dims[i], dims[i + 1]), dtype=dtype, device=device)
                    self.params[f"W{i + 1}"] = W
                    self.params[f"b{i + 1}"] = W.new_zeros(dims[i + 1])
            """,
            "TwoLayerNet.loss": """
                a, cache1 = Linear.forward(X, self.params["W1"], self.params["b1"])
                h, cache_relu = ReLU.forward(a)
                scores, cache2 = Linear.forward(h, self.params["W2"], self.params["b2"])
                if y is None:
                    return scores
                loss, dout = softmax_loss(scores, y)
                grads = {}
                dout, grads["W2"], grads["b2"] = Linear.backward(dout, cache2)
                dout = ReLU.backward(dout, cache_relu)
                _, grads["W1"], grads["b1"] = Linear.backward(dout, cache1)
                for name, value in self.params.items():
                    if name.startswith("W"):
                        loss = loss + self.reg * torch.sum(value**2)
                        grads[name] += 2 * self.reg * value
                return loss, grads
            """,
            "FullyConnectedNet.__init__": """
                dims = (input_dim,) + tuple(hidden_dims) + (num_classes,)
                for i in range(1, len(dims)):
                    W = torch.normal(0.0, weight_scale, size=dims[i - 1 : i + 1], dtype=dtype, device=device)
                    self.params[f"W{i}"] = W
                    self.params[f"b{i}"] = W.new_zeros(dims[i])
            """,
            "FullyConnectedNet.loss": """
                linear, relu, drop = [], [], []
                for i in range(self.num_layers - 1):
                    X, cache = Linear.forward(X, self.params[f"W{i + 1}"], self.params[f"b{i + 1}"])
                    linear.append(cache)
                    X, cache = ReLU.forward(X)
                    relu.append(cache)
                    if self.use_dropout:
                        X, cache = Dropout.forward(X, self.dropout_param)
                        drop.append(cache)
                L = self.num_layers
                scores, cache = Linear.forward(X, self.params[f"W{L}"], self.params[f"b{L}"])
                if y is None:
                    return scores
                loss, dout = softmax_loss(scores, y)
                grads = {}
                dout, grads[f"W{L}"], grads[f"b{L}"] = Linear.backward(dout, cache)
                for i in reversed(range(L - 1)):
                    if self.use_dropout:
                        dout = Dropout.backward(dout, drop[i])
                    dout = ReLU.backward(dout, relu[i])
                    dout, grads[f"W{i + 1}"], grads[f"b{i + 1}"] = Linear.backward(dout, linear[i])
                for i in range(1, L + 1):
                    W = self.params[f"W{i}"]
                    loss = loss + self.reg * torch.sum(W**2)
                    grads[f"W{i}"] += 2 * self.reg * W
                return loss, grads
            """,
            "get_three_layer_network_params": "return 0.15, 0.4",
            "get_five_layer_network_params": "return 0.15, 0.3",
            "create_solver_instance": """
                from deeprob.solver import Solver

                D = data_dict["X_train"].flatten(1).shape[1]
                net = TwoLayerNet(D, 200, 10, weight_scale=0.05, dtype=dtype, device=device)
                settings = {"learning_rate": 0.3}
                return Solver(net, data_dict, sgd, settings, num_epochs=15, batch_size=50, device=device)
            """,
        },
    ),
    Variant(
        "written_out",
        "matrix products instead of layers; weights made on the CPU in float32; the loss as a Python number",
        {
            "TwoLayerNet.__init__": """
                W1, W2 = torch.randn(input_dim, hidden_dim), torch.randn(hidden_dim, num_classes)
                b1, b2 = torch.zeros(hidden_dim), torch.zeros(num_classes)
                made = {"b2": b2, "W2": W2.mul_(weight_scale), "b1": b1, "W1": W1.mul_(weight_scale)}
                self.params = {name: value.to(device=device, dtype=dtype) for name, value in made.items()}
            """,
            "TwoLayerNet.loss": """
                p, rows = self.params, X.reshape(len(X), -1)
                hidden = torch.maximum(rows @ p["W1"] + p["b1"], torch.zeros((), dtype=X.dtype, device=X.device))
                scores = hidden @ p["W2"] + p["b2"]
                if y is None:
                    return scores
                loss, dscores = softmax_loss(scores, y)
                dhidden = (dscores @ p["W2"].T).masked_fill(hidden == 0, 0.0)
                reg = self.reg
                grads = {
                    "b1": dhidden.sum(0),
                    "W1": torch.addmm(p["W1"], rows.T, dhidden, beta=2 * reg),
                    "b2": dscores.sum(0),
                    "W2": torch.addmm(p["W2"], hidden.T, dscores, beta=2 * reg),
                }
                squares = p["W1"].pow(2).sum() + p["W2"].pow(2).sum()
                return loss.item() + reg * squares.item(), grads
            """,
            "FullyConnectedNet.__init__": """
                fan_in, i = input_dim, 0
                for i, fan_out in enumerate([*hidden_dims, num_classes], start=1):
                    W = torch.empty(fan_in, fan_out).normal_(std=weight_scale)
                    self.params[f"W{i}"] = W.to(dtype).to(device)
                    self.params[f"b{i}"] = torch.zeros(fan_out).to(dtype).to(device)
                    fan_in = fan_out
            """,
            "FullyConnectedNet.loss": """
                outs, drops = [X.reshape(len(X), -1)], []
                for i in range(1, self.num_layers + 1):
                    out = outs[-1] @ self.params[f"W{i}"] + self.params[f"b{i}"]
                    if i < self.num_layers:
                        out = out * (out > 0)
                        if self.use_dropout:
                            out, cache = Dropout.forward(out, self.dropout_param)
                            drops.append(cache)
                    outs.append(out)
                scores = outs.pop()
                if y is None:
                    return scores
                loss, dout = softmax_loss(scores, y)
                grads = {}
                while outs:
                    i, out = len(outs), outs.pop()
                    W = self.params[f"W{i}"]
                    loss = loss + self.reg * W.square().sum()
                    grads[f"W{i}"], grads[f"b{i}"] = out.T @ dout + 2 * self.reg * W, dout.sum(0)
                    if i > 1:
                        dout = dout @ W.T
                        if drops:
                            dout = Dropout.backward(dout, drops.pop())
                        dout = dout * (out != 0)  # what was dropped has no gradient any more
                return loss, grads
            """,
            "get_three_layer_network_params": "return [1, 0.01]",
            "get_five_layer_network_params": "return torch.tensor(1.0), torch.tensor(1e-3)",
            "create_solver_instance": """
                from deeprob.solver import Solver

                D = int(data_dict["X_train"][0].numel())
                net = TwoLayerNet(D, 64, reg=1e-4, weight_scale=0.2, dtype=dtype, device=device)
                return Solver(
                    net, dict(data_dict), update_rule=sgd_momentum, optim_config={"learning_rate": 0.05},
                    lr_decay=0.9, num_epochs=20, batch_size=32, print_every=0, print_acc_every=0, device=str(device),
                )
            """,
        },
    ),
    Variant(
        "dropout_before_relu",
        "dropout before the ReLU, which comes to the same; a stack of functions that go back",
        {
            "TwoLayerNet.loss": """
                layers = [(Linear_ReLU, "1"), (Linear, "2")]
                out, back = X, []
                for layer, i in layers:
                    out, cache = layer.forward(out, self.params["W" + i], self.params["b" + i])
                    back.append((layer, i, cache))
                if y is None:
                    return out
                loss, dout = softmax_loss(out, y)
                grads = dict.fromkeys(self.params)
                for layer, i, cache in reversed(back):
                    W = self.params["W" + i]
                    dout, dW, grads["b" + i] = layer.backward(dout, cache)
                    grads["W" + i] = torch.add(dW, W, alpha=2 * self.reg)
                    loss = torch.add(loss, (W * W).sum(), alpha=self.reg)
                return loss, grads
            """,
            "FullyConnectedNet.loss": """
                grads, back, out = {}, [], X
                for i in range(1, self.num_layers + 1):
                    out, cache = Linear.forward(out, self.params[f"W{i}"], self.params[f"b{i}"])

                    def linear(dout, cache=cache, i=i):
                        dout, grads[f"W{i}"], grads[f"b{i}"] = Linear.backward(dout, cache)
                        return dout

                    back.append(linear)
                    if i == self.num_layers:
                        break
                    if self.use_dropout:
                        out, cache = Dropout.forward(out, self.dropout_param)
                        back.append(lambda dout, cache=cache: Dropout.backward(dout, cache))
                    out, cache = ReLU.forward(out)
                    back.append(lambda dout, cache=cache: ReLU.backward(dout, cache))
                if y is None:
                    return out
                loss, dout = softmax_loss(out, y)
                while back:
                    dout = back.pop()(dout)
                for i in range(self.num_layers, 0, -1):
                    loss = loss + self.reg * self.params[f"W{i}"].norm() ** 2
                    grads[f"W{i}"] = grads[f"W{i}"] + self.reg * self.params[f"W{i}"] * 2
                return loss, grads
            """,
        },
    ),
    Variant(
        "in_double_precision",
        "float64 inside; the parameters one by one; recursion over the layers",
        {
            "TwoLayerNet.loss": """
                dtype = self.params["W1"].dtype
                W1, b1, W2, b2 = [self.params[k].double() for k in ("W1", "b1", "W2", "b2")]
                h, cache_h = Linear_ReLU.forward(X.double(), W1, b1)
                scores, cache_s = Linear.forward(h, W2, b2)
                if y is None:
                    return scores.to(dtype)
                loss, dscores = softmax_loss(scores, y)
                dh, dW2, db2 = Linear.backward(dscores, cache_s)
                dW1, db1 = Linear_ReLU.backward(dh, cache_h)[1:]
                loss = loss + self.reg * torch.dot(W1.flatten(), W1.flatten())
                loss = loss + self.reg * torch.dot(W2.flatten(), W2.flatten())
                grads = {"W1": dW1 + 2 * self.reg * W1, "W2": dW2 + 2 * self.reg * W2, "b1": db1, "b2": db2}
                return loss.to(dtype), {name: grad.to(dtype) for name, grad in grads.items()}
            """,
            "FullyConnectedNet.loss": """
                def through(i, x):
                    W, b = self.params[f"W{i}"].double(), self.params[f"b{i}"].double()
                    if i == self.num_layers:
                        scores, cache = Linear.forward(x, W, b)
                        if y is None:
                            return scores, None, None
                        loss, dscores = softmax_loss(scores, y)
                        dx, dW, db = Linear.backward(dscores, cache)
                        grads = {}
                    else:
                        out, cache = Linear_ReLU.forward(x, W, b)
                        if self.use_dropout:
                            out, drop = Dropout.forward(out, self.dropout_param)
                        loss, dout, grads = through(i + 1, out)
                        if y is None:
                            return loss, None, None
                        if self.use_dropout:
                            dout = Dropout.backward(dout, drop)
                        dx, dW, db = Linear_ReLU.backward(dout, cache)
                    grads[f"W{i}"] = (dW + 2 * self.reg * W).to(self.dtype)
                    grads[f"b{i}"] = db.to(self.dtype)
                    return loss + self.reg * (W * W).sum(), dx, grads

                loss, _, grads = through(1, X.double())
                return loss.to(self.dtype) if y is None else (loss.to(self.dtype), grads)
            """,
        },
    ),
    Variant(
        "one_dict_of_weights",
        "parameters by update; Dropout called even where nothing is dropped; softmax written out",
        {
            "TwoLayerNet.__init__": """
                kind = {"dtype": dtype, "device": device}
                self.params.update(
                    W1=torch.randn((input_dim, hidden_dim), **kind).mul(weight_scale),
                    b1=torch.zeros((hidden_dim,), **kind),
                    W2=torch.randn((hidden_dim, num_classes), **kind).mul(weight_scale),
                    b2=torch.zeros((num_classes,), **kind),
                )
            """,
            "TwoLayerNet.loss": """
                net = self.params
                hidden, cache = Linear_ReLU.forward(X, net["W1"], net["b1"])
                scores = torch.addmm(net["b2"], hidden, net["W2"])
                if y is None:
                    return scores
                log_p = torch.log_softmax(scores, dim=1)
                truth = torch.nn.functional.one_hot(y.long(), scores.shape[1]).to(scores.dtype)
                loss = -(truth * log_p).sum(1).mean()
                loss = loss + self.reg * sum((net[w] * net[w]).sum() for w in ("W1", "W2"))
                dscores = (log_p.exp() - truth) / X.shape[0]
                _, dW1, db1 = Linear_ReLU.backward(dscores @ net["W2"].T, cache)
                dW2, db2 = hidden.T @ dscores, dscores.sum(0)
                return loss, dict(W1=dW1 + 2 * self.reg * net["W1"], b1=db1, W2=dW2 + 2 * self.reg * net["W2"], b2=db2)
            """,
            "FullyConnectedNet.__init__": """
                sizes = [input_dim] + list(hidden_dims) + [num_classes]
                kind = {"dtype": dtype, "device": device}
                weights = [torch.randn(sizes[i : i + 2], **kind) * weight_scale for i in range(self.num_layers)]
                biases = [torch.zeros(size, **kind) for size in sizes[1:]]
                self.params.update({f"W{i}": W for i, W in enumerate(weights, 1)})
                self.params.update({f"b{i}": b for i, b in enumerate(biases, 1)})
            """,
            "FullyConnectedNet.loss": """
                param = self.dropout_param if self.use_dropout else {"mode": "test", "p": 0.0}
                x, back = X, []
                for i in range(1, self.num_layers):
                    x, first = Linear_ReLU.forward(x, self.params["W%d" % i], self.params["b%d" % i])
                    x, second = Dropout.forward(x, param)
                    back.append((i, first, second))
                last = str(self.num_layers)
                x, cache = Linear.forward(x, self.params["W" + last], self.params["b" + last])
                if y is None:
                    return x
                loss, dx = softmax_loss(x, y)
                dx, dW, db = Linear.backward(dx, cache)
                grads = {"W" + last: dW, "b" + last: db}
                for i, first, second in back[::-1]:
                    dx = Dropout.backward(dx, second)
                    dx, grads["W%d" % i], grads["b%d" % i] = Linear_ReLU.backward(dx, first)
                weights = [name for name in self.params if name[0] == "W"]
                loss = loss + self.reg * sum([(self.params[name] ** 2).sum() for name in weights])
                grads.update({name: grads[name] + 2 * self.reg * self.params[name] for name in weights})
                return loss, grads
            """,
            "create_solver_instance": """
                from deeprob import solver

                X = data_dict["X_train"]
                return solver.Solver(
                    TwoLayerNet(X.shape[1:].numel(), hidden_dim=128, weight_scale=0.1, dtype=dtype, device=device),
                    data=data_dict,
                    update_rule=rmsprop,
                    optim_config={"learning_rate": 1e-3, "decay_rate": 0.9},
                    batch_size=64,
                    num_epochs=12,
                    device=device,
                )
            """,
        },
    ),
    Variant(
        "state_in_the_network",
        "caches kept on the network between the way there and the way back; gradients changed in place",
        {
            "TwoLayerNet.loss": """
                self.caches = []
                for i, layer in ((1, Linear_ReLU), (2, Linear)):
                    X, cache = layer.forward(X, self.params[f"W{i}"], self.params[f"b{i}"])
                    self.caches.append(cache)
                if y is None:
                    return X
                loss, d = softmax_loss(X, y)
                self.grads = {}
                for i, layer in ((2, Linear), (1, Linear_ReLU)):
                    d, self.grads[f"W{i}"], self.grads[f"b{i}"] = layer.backward(d, self.caches.pop())
                    self.grads[f"W{i}"] += 2 * self.reg * self.params[f"W{i}"]
                    loss += self.reg * (self.params[f"W{i}"] ** 2).sum()
                return loss, self.grads
            """,
            "FullyConnectedNet.loss": """
                self.caches = {}
                layers = [(i, Linear_ReLU if i < self.num_layers else Linear) for i in range(1, self.num_layers + 1)]
                for i, layer in layers:
                    X, self.caches[i] = layer.forward(X, self.params[f"W{i}"], self.params[f"b{i}"])
                    if layer is Linear_ReLU and self.dropout_param["p"] > 0:
                        X, self.caches[-i] = Dropout.forward(X, self.dropout_param)
                if y is None:
                    return X
                loss, d = softmax_loss(X, y)
                self.grads = {}
                for i, layer in layers[::-1]:
                    if -i in self.caches:
                        d = Dropout.backward(d, self.caches[-i])
                    d, self.grads[f"W{i}"], self.grads[f"b{i}"] = layer.backward(d, self.caches[i])
                    self.grads[f"W{i}"] += 2 * self.reg * self.params[f"W{i}"]
                    loss += self.reg * (self.params[f"W{i}"] ** 2).sum()
                return loss, self.grads
            """,
            "create_solver_instance": """
                from deeprob.solver import Solver

                torch.manual_seed(498)
                net = TwoLayerNet(
                    input_dim=data_dict["X_train"].reshape(len(data_dict["X_train"]), -1).shape[1],
                    hidden_dim=50,
                    num_classes=len(data_dict["y_train"].unique()),
                    weight_scale=1e-3,
                    dtype=dtype,
                    device=device,
                )
                rate = {"learning_rate": 5e-3}
                return Solver(net, data_dict, adam, rate, batch_size=200, num_epochs=20, device=device)
            """,
        },
    ),
    Variant(
        "solver_of_a_deep_network",
        "a Solver with a network of three layers and dropout",
        {
            "create_solver_instance": """
                from deeprob.solver import Solver

                net = FullyConnectedNet(
                    [128, 64],
                    input_dim=data_dict["X_train"][0].numel(),
                    dropout=0.1,
                    weight_scale=0.1,
                    reg=1e-4,
                    dtype=dtype,
                    device=device,
                )
                rate = {"learning_rate": 0.05}
                return Solver(net, data_dict, sgd_momentum, rate, batch_size=50, num_epochs=20, device=device)
            """,
        },
    ),
)
