"""Other right ways to put the two convolutional networks together."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "layer_by_layer",
        "the plain layers one by one, without the given pairs; parameters by set-up of each layer",
        {
            "kaiming_initializer": """
                import math

                inputs = Din if K is None else Din * K**2
                std = math.sqrt((2 if relu else 1) / inputs)
                shape = [Din, Dout] if K is None else [Dout, Din, K, K]
                return torch.normal(0.0, std, shape, dtype=dtype, device=device)
            """,
            "ThreeLayerConvNet.__init__": """
                C, H, W = input_dims
                like = torch.empty(0, dtype=dtype, device=device)
                D = num_filters * (H // 2) * (W // 2)
                self.params["W1"] = like.new_empty(num_filters, C, filter_size, filter_size).normal_(0, weight_scale)
                self.params["b1"] = like.new_zeros(num_filters)
                self.params["W2"] = like.new_empty(D, hidden_dim).normal_(0, weight_scale)
                self.params["b2"] = like.new_zeros(hidden_dim)
                self.params["W3"] = like.new_empty(hidden_dim, num_classes).normal_(0, weight_scale)
                self.params["b3"] = like.new_zeros(num_classes)
            """,
            "ThreeLayerConvNet.loss": """
                W1, b1 = self.params["W1"], self.params["b1"]
                W2, b2 = self.params["W2"], self.params["b2"]
                W3, b3 = self.params["W3"], self.params["b3"]
                z1, c1 = Conv.forward(X, W1, b1, self.conv_param)
                a1, r1 = ReLU.forward(z1)
                m1, p1 = MaxPool.forward(a1, self.pool_param)
                z2, c2 = Linear.forward(m1, W2, b2)
                a2, r2 = ReLU.forward(z2)
                scores, c3 = Linear.forward(a2, W3, b3)
                if y is None:
                    return scores
                loss, dscores = softmax_loss(scores, y)
                loss = loss + self.reg * (torch.sum(W1**2) + torch.sum(W2**2) + torch.sum(W3**2))
                da2, dW3, db3 = Linear.backward(dscores, c3)
                dm1, dW2, db2 = Linear.backward(ReLU.backward(da2, r2), c2)
                dz1 = ReLU.backward(MaxPool.backward(dm1, p1), r1)
                dx, dW1, db1 = Conv.backward(dz1, c1)
                r = 2 * self.reg
                return loss, {
                    "W1": dW1 + r * W1, "b1": db1, "W2": dW2 + r * W2, "b2": db2, "W3": dW3 + r * W3, "b3": db3,
                }
            """,
            "DeepConvNet.loss": """
                out, steps = X, []
                for i in range(self.num_layers - 1):
                    n = i + 1
                    W, b = self.params[f"W{n}"], self.params[f"b{n}"]
                    out, conv_cache = FastConv.forward(out, W, b, self.conv_param)
                    bn_cache = pool_cache = None
                    if self.batchnorm:
                        gamma, beta = self.params[f"gamma{n}"], self.params[f"beta{n}"]
                        out, bn_cache = SpatialBatchNorm.forward(out, gamma, beta, self.bn_params[i])
                    out, relu_cache = ReLU.forward(out)
                    if i in self.max_pools:
                        out, pool_cache = FastMaxPool.forward(out, self.pool_param)
                    steps.append((n, conv_cache, bn_cache, relu_cache, pool_cache))
                n = self.num_layers
                scores, linear_cache = Linear.forward(out, self.params[f"W{n}"], self.params[f"b{n}"])
                if y is None:
                    return scores
                loss, dout = softmax_loss(scores, y)
                grads = {}
                dout, grads[f"W{n}"], grads[f"b{n}"] = Linear.backward(dout, linear_cache)
                while steps:
                    n, conv_cache, bn_cache, relu_cache, pool_cache = steps.pop()
                    if pool_cache is not None:
                        dout = FastMaxPool.backward(dout, pool_cache)
                    dout = ReLU.backward(dout, relu_cache)
                    if bn_cache is not None:
                        dout, grads[f"gamma{n}"], grads[f"beta{n}"] = SpatialBatchNorm.backward(dout, bn_cache)
                    dout, grads[f"W{n}"], grads[f"b{n}"] = FastConv.backward(dout, conv_cache)
                for name, w in self.params.items():
                    if name.startswith("W"):
                        loss = loss + self.reg * torch.sum(w**2)
                        grads[name] = grads[name].add(w, alpha=2 * self.reg)
                return loss, grads
            """,
            "find_overfit_parameters": "return 5e-2, 1e-2",
        },
    ),
    Variant(
        "size_by_a_trial",
        "the size of the linear layer from a blank image that is sent through; recursion instead of loops",
        {
            "kaiming_initializer": """
                shape = (Din, Dout) if K is None else (Dout, Din, K, K)
                weights = torch.empty(shape, dtype=dtype, device=device).normal_()
                fan_in = weights.shape[0] if K is None else weights[0].numel()
                weights /= fan_in**0.5
                if relu:
                    weights *= 2**0.5
                return weights
            """,
            "ThreeLayerConvNet.__init__": """
                def make(*shape):
                    return torch.randn(*shape, dtype=dtype, device=device) * weight_scale

                def zeros(n):
                    return torch.zeros(n, dtype=dtype, device=device)

                W1, b1 = make(num_filters, input_dims[0], filter_size, filter_size), zeros(num_filters)
                blank = torch.zeros(1, *input_dims, dtype=dtype, device=device)
                size = Conv_ReLU_Pool.forward(blank, W1, b1, self.conv_param, self.pool_param)[0].numel()
                self.params.update(W1=W1, b1=b1, W2=make(size, hidden_dim), b2=zeros(hidden_dim))
                self.params.update(W3=make(hidden_dim, num_classes), b3=zeros(num_classes))
            """,
            "DeepConvNet.__init__": """
                blank = torch.zeros(1, *input_dims, dtype=dtype, device=device)
                for i, filters in enumerate(num_filters):
                    n = str(i + 1)
                    depth = blank.shape[1]
                    if isinstance(weight_scale, str):
                        W = kaiming_initializer(depth, filters, 3, device=device, dtype=dtype)
                    else:
                        W = blank.new_empty(filters, depth, 3, 3).normal_().mul_(weight_scale)
                    self.params["W" + n], self.params["b" + n] = W, blank.new_zeros(filters)
                    if batchnorm:
                        self.params.update({"gamma" + n: blank.new_ones(filters), "beta" + n: blank.new_zeros(filters)})
                    blank = blank[:, :1].repeat(1, filters, 1, 1)
                    if i in max_pools:
                        blank = blank[:, :, 1::2, 1::2]
                size, n = blank[0].numel(), str(len(num_filters) + 1)
                if isinstance(weight_scale, str):
                    self.params["W" + n] = kaiming_initializer(size, num_classes, None, False, device, dtype)
                else:
                    self.params["W" + n] = weight_scale * torch.randn((size, num_classes), dtype=dtype).to(device)
                self.params["b" + n] = blank.new_zeros(num_classes)
            """,
            "DeepConvNet.loss": """
                p, reg, last = self.params, self.reg, str(self.num_layers)
                grads = {}

                def rest(a, i):
                    # the layers from number i on: (loss, gradient of a), or the scores
                    if i == self.num_layers - 1:
                        scores, cache = Linear.forward(a, p["W" + last], p["b" + last])
                        if y is None:
                            return scores
                        loss, dscores = softmax_loss(scores, y)
                        da, grads["W" + last], grads["b" + last] = Linear.backward(dscores, cache)
                        return loss, da
                    n = str(i + 1)
                    given = [a, p["W" + n], p["b" + n]]
                    if self.batchnorm:
                        given += [p["gamma" + n], p["beta" + n]]
                    given += [self.conv_param] + ([self.bn_params[i]] if self.batchnorm else [])
                    kinds = {
                        (False, False): Conv_ReLU, (False, True): Conv_ReLU_Pool,
                        (True, False): Conv_BatchNorm_ReLU, (True, True): Conv_BatchNorm_ReLU_Pool,
                    }
                    pooled = i in self.max_pools
                    layer = kinds[bool(self.batchnorm), pooled]
                    out, cache = layer.forward(*given, *([self.pool_param] if pooled else []))
                    answer = rest(out, i + 1)
                    if y is None:
                        return answer
                    da, *found = layer.backward(answer[1], cache)
                    names = ["W" + n, "b" + n] + (["gamma" + n, "beta" + n] if self.batchnorm else [])
                    grads.update(zip(names, found))
                    return answer[0], da

                answer = rest(X, 0)
                if y is None:
                    return answer
                weights = [name for name in p if name[0] == "W"]
                penalty = sum(reg * (p[name] * p[name]).sum() for name in weights)
                for name in weights:
                    grads[name] = grads[name] + p[name] * (2 * reg)
                return answer[0] + penalty, grads
            """,
            "find_overfit_parameters": """
                settings = {"learning_rate": 3e-3, "weight_scale": 0.3}
                return settings["weight_scale"], settings["learning_rate"]
            """,
        },
    ),
    Variant(
        "double_inside",
        "everything in float64, converted at the end; the loss as a Python number",
        {
            "kaiming_initializer": """
                fan_in = Din * (1 if K is None else K * K)
                shape = (Din, Dout) if K is None else (Dout, Din, K, K)
                weights = torch.randn(shape, dtype=torch.float64, device=device)
                return (weights * torch.sqrt(torch.tensor((1.0 + relu) / fan_in).to(weights))).to(dtype)
            """,
            "ThreeLayerConvNet.loss": """
                p = {name: value.double() for name, value in self.params.items()}
                a, c1 = Conv_ReLU_Pool.forward(X.double(), p["W1"], p["b1"], self.conv_param, self.pool_param)
                hidden, c2 = Linear_ReLU.forward(a, p["W2"], p["b2"])
                scores, c3 = Linear.forward(hidden, p["W3"], p["b3"])
                if y is None:
                    return scores.to(self.dtype)
                loss, d = softmax_loss(scores, y)
                grads = {}
                for layer, cache, n in ((Linear, c3, "3"), (Linear_ReLU, c2, "2"), (Conv_ReLU_Pool, c1, "1")):
                    d, dW, db = layer.backward(d, cache)
                    grads["W" + n], grads["b" + n] = dW + 2 * self.reg * p["W" + n], db
                loss = float(loss) + self.reg * sum(float(p[n].square().sum()) for n in ("W1", "W2", "W3"))
                return loss, {name: grads[name].to(self.dtype) for name in self.params}
            """,
            "DeepConvNet.loss": """
                L = self.num_layers
                p = {name: value.double() for name, value in self.params.items()}
                for bn_param in self.bn_params:
                    for key in ("running_mean", "running_var"):
                        if key in bn_param:
                            bn_param[key] = bn_param[key].double()
                a, caches = X.double(), {}
                for i in range(1, L):
                    more = [self.pool_param] if i - 1 in self.max_pools else []
                    if self.batchnorm:
                        layer = Conv_BatchNorm_ReLU_Pool if more else Conv_BatchNorm_ReLU
                        own = [p[f"gamma{i}"], p[f"beta{i}"], self.conv_param, self.bn_params[i - 1]]
                    else:
                        layer = Conv_ReLU_Pool if more else Conv_ReLU
                        own = [self.conv_param]
                    a, cache = layer.forward(a, p[f"W{i}"], p[f"b{i}"], *own, *more)
                    caches[i] = layer, cache
                scores, cache = Linear.forward(a.flatten(1), p[f"W{L}"], p[f"b{L}"])
                if y is None:
                    return scores.to(self.dtype)
                loss, d = softmax_loss(scores, y)
                d, dW, db = Linear.backward(d, cache)
                grads = {f"W{L}": dW, f"b{L}": db}
                d = d.reshape(a.shape)
                for i in reversed(range(1, L)):
                    layer, cache = caches[i]
                    d, *found = layer.backward(d, cache)
                    for name, gradient in zip(("W", "b", "gamma", "beta"), found):
                        grads[f"{name}{i}"] = gradient
                for i in range(1, L + 1):
                    loss = loss + self.reg * torch.dot(p[f"W{i}"].flatten(), p[f"W{i}"].flatten())
                    grads[f"W{i}"] += 2 * self.reg * p[f"W{i}"]
                return loss.item(), {name: gradient.to(self.dtype) for name, gradient in grads.items()}
            """,
            "find_overfit_parameters": "return torch.tensor(0.2).item(), 2e-3",
        },
    ),
    Variant(
        "own_layers",
        "no layer classes at all: im2col, masks and means written out in the network",
        {
            "ThreeLayerConvNet.loss": """
                W1, b1, W2, b2, W3, b3 = (self.params[n] for n in ("W1", "b1", "W2", "b2", "W3", "b3"))
                N, C, H, W = X.shape
                F, K, pad = W1.shape[0], W1.shape[2], W1.shape[2] // 2
                padded = X.new_zeros(N, C, H + 2 * pad, W + 2 * pad)
                padded[:, :, pad : pad + H, pad : pad + W] = X
                windows = padded.unfold(2, K, 1).unfold(3, K, 1)  # (N, C, H, W, K, K)
                z = torch.einsum("nchwij,fcij->nfhw", windows, W1) + b1.view(1, F, 1, 1)
                a = z * (z > 0)
                four = a[:, :, : H // 2 * 2, : W // 2 * 2].unflatten(3, (-1, 2)).unflatten(2, (-1, 2))
                pooled = four.amax(dim=(3, 5))  # (N, F, H/2, W/2)
                row = pooled.reshape(N, -1)
                hidden = (row @ W2 + b2).relu()
                scores = hidden @ W3 + b3
                if y is None:
                    return scores

                log_p = scores.log_softmax(dim=1)
                right = y.long()[:, None]
                loss = -log_p.gather(1, right).mean() + self.reg * sum((w * w).sum() for w in (W1, W2, W3))
                d = (log_p.exp() - torch.zeros_like(log_p).scatter(1, right, 1.0)) / N
                dhidden = (d @ W3.T) * (hidden > 0)
                drow = dhidden @ W2.T
                best = four == pooled[:, :, :, None, :, None]
                share = best / best.sum(dim=(3, 5), keepdim=True)
                dfour = share * drow.reshape(pooled.shape)[:, :, :, None, :, None]
                dz = torch.zeros_like(z)
                dz[:, :, : H // 2 * 2, : W // 2 * 2] = dfour.flatten(4, 5).flatten(2, 3)
                dz = dz * (z > 0)
                return loss, {
                    "W1": torch.einsum("nchwij,nfhw->fcij", windows, dz) + 2 * self.reg * W1, "b1": dz.sum((0, 2, 3)),
                    "W2": row.T @ dhidden + 2 * self.reg * W2, "b2": dhidden.sum(0),
                    "W3": hidden.T @ d + 2 * self.reg * W3, "b3": d.sum(0),
                }
            """,
            "DeepConvNet.__init__": """
                C, H, W = list(input_dims)
                sizes = [C, *num_filters]
                halved = sum(1 for i in range(len(num_filters)) if i in set(max_pools))
                shapes = {i: (sizes[i], sizes[i - 1], 3, 3) for i in range(1, len(sizes))}
                shapes[len(sizes)] = (sizes[-1] * (H >> halved) * (W >> halved), num_classes)
                for i, shape in shapes.items():
                    last = i == len(sizes)
                    if weight_scale == "kaiming":
                        fan_in = shape[0] if last else shape[1] * 9
                        std = ((1 if last else 2) / fan_in) ** 0.5
                    else:
                        std = weight_scale
                    self.params["W%d" % i] = torch.randn(shape, dtype=dtype, device=device) * std
                    self.params["b%d" % i] = torch.zeros(shape[1] if last else shape[0], dtype=dtype, device=device)
                    if batchnorm and not last:
                        self.params["gamma%d" % i] = torch.ones_like(self.params["b%d" % i])
                        self.params["beta%d" % i] = torch.zeros_like(self.params["b%d" % i])
            """,
            "create_convolutional_solver_instance": """
                from deeprob.exercises.fully_connected_networks import sgd_momentum
                from deeprob.solver import Solver

                net = DeepConvNet(
                    list(data_dict["X_train"][0].shape), [12], [0], weight_scale="kaiming", dtype=dtype, device=device
                )
                config = {"learning_rate": 5e-2, "momentum": 0.9}
                return Solver(net, data_dict, sgd_momentum, config, num_epochs=15, verbose=False, device=device)
            """,
        },
    ),
    Variant(
        "batchnorm_and_rmsprop",
        "settings of another kind: batch norm, RMSProp, small batches, a rate that decays",
        {
            "create_convolutional_solver_instance": """
                from deeprob.exercises import fully_connected_networks as networks
                from deeprob.solver import Solver

                net = DeepConvNet(
                    tuple(data_dict["X_train"].shape[1:]), (8, 16, 16), (1,), batchnorm=True, weight_scale=0.1,
                    reg=1e-4, dtype=dtype, device=device,
                )
                return Solver(
                    model=net, data=data_dict, update_rule=networks.rmsprop, optim_config={"learning_rate": 2e-3},
                    lr_decay=0.9, num_epochs=9, batch_size=50, print_every=0, verbose=False, device=device,
                )
            """,
            "find_overfit_parameters": "return 1, 0.01",
        },
    ),
    Variant(
        "gradients_gathered_later",
        "caches in a dict by name, regularization in one expression, gradients collected in a list of pairs",
        {
            "ThreeLayerConvNet.loss": """
                caches = {}
                z, caches["conv"] = FastConv.forward(X, self.params["W1"], self.params["b1"], self.conv_param)
                small, caches["pool"] = FastMaxPool.forward(z, self.pool_param)  # pooling and ReLU can be exchanged
                a, caches["relu1"] = ReLU.forward(small)
                z, caches["linear2"] = Linear.forward(a.reshape(len(X), -1), self.params["W2"], self.params["b2"])
                h, caches["relu2"] = ReLU.forward(z)
                scores, caches["linear3"] = Linear.forward(h, self.params["W3"], self.params["b3"])
                if y is None:
                    return scores
                data_loss, d = softmax_loss(scores, y)
                pairs = []
                d, dW, db = Linear.backward(d, caches["linear3"])
                pairs += [("W3", dW), ("b3", db)]
                d, dW, db = Linear.backward(ReLU.backward(d, caches["relu2"]), caches["linear2"])
                pairs += [("W2", dW), ("b2", db)]
                d = FastMaxPool.backward(ReLU.backward(d.reshape(a.shape), caches["relu1"]), caches["pool"])
                _, dW, db = FastConv.backward(d, caches["conv"])
                pairs += [("W1", dW), ("b1", db)]
                weights = {name: w for name, w in self.params.items() if w.dim() > 1}
                loss = data_loss + self.reg * torch.cat([w.flatten() for w in weights.values()]).pow(2).sum()
                return loss, {
                    name: gradient + 2 * self.reg * weights[name] if name in weights else gradient
                    for name, gradient in reversed(pairs)
                }
            """,
            "DeepConvNet.loss": """
                def layer(i):
                    if i - 1 in self.max_pools:
                        return Conv_BatchNorm_ReLU_Pool if self.batchnorm else Conv_ReLU_Pool
                    return Conv_BatchNorm_ReLU if self.batchnorm else Conv_ReLU

                def names(i):
                    return [k + str(i) for k in ("W", "b", "gamma", "beta")[: 4 if self.batchnorm else 2]]

                L = self.num_layers
                activations = [X]
                caches = [None] * (L + 1)
                for i in range(1, L):
                    args = [self.params[name] for name in names(i)]
                    args.append(self.conv_param)
                    if self.batchnorm:
                        args.append(self.bn_params[i - 1])
                    if i - 1 in self.max_pools:
                        args.append(self.pool_param)
                    out, caches[i] = layer(i).forward(activations[-1], *args)
                    activations.append(out)
                scores, caches[L] = Linear.forward(activations[-1], self.params[f"W{L}"], self.params[f"b{L}"])
                if y is None:
                    return scores
                loss, dscores = softmax_loss(scores, y)
                grads = dict.fromkeys(self.params)
                dout, grads[f"W{L}"], grads[f"b{L}"] = Linear.backward(dscores, caches[L])
                for i in range(L - 1, 0, -1):
                    dout, *parts = layer(i).backward(dout, caches[i])
                    grads.update(zip(names(i), parts, strict=True))
                if self.reg:
                    for i in range(1, L + 1):
                        loss = loss + self.reg * self.params[f"W{i}"].norm() ** 2
                        grads[f"W{i}"] = grads[f"W{i}"] + 2 * self.reg * self.params[f"W{i}"]
                return loss, grads
            """,
            "create_convolutional_solver_instance": """
                from deeprob.exercises.fully_connected_networks import adam
                from deeprob.solver import Solver

                C, H, W = data_dict["X_train"].shape[1:]
                model = DeepConvNet((C, H, W), (16,), (), weight_scale=5e-2, dtype=dtype, device=device)
                solver = Solver(model, data_dict, adam, {"learning_rate": 3e-3}, num_epochs=12, device=device)
                solver.verbose = False
                return solver
            """,
        },
    ),
)
