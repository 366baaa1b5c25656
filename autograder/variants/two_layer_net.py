"""Right answers to the two-layer network that look nothing like the reference. The checks must accept each of them."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "slow_loops",
        "plain Python numbers, image by image",
        {
            "nn_forward_pass": """
                W1, b1, W2, b2 = (params[k].tolist() for k in ("W1", "b1", "W2", "b2"))
                H, C = len(b1), len(b2)
                hidden, scores = [], []
                for x in X.tolist():
                    h = [max(0.0, b1[j] + sum(x[d] * W1[d][j] for d in range(len(x)))) for j in range(H)]
                    hidden.append(h)
                    scores.append([b2[c] + sum(h[j] * W2[j][c] for j in range(H)) for c in range(C)])
                return (
                    torch.tensor(scores, dtype=X.dtype, device=X.device),
                    torch.tensor(hidden, dtype=X.dtype, device=X.device),
                )
            """,
            "nn_forward_backward": """
                import math

                scores, hidden = nn_forward_pass(params, X)
                if y is None:
                    return scores
                N, C = scores.shape
                loss = 0.0
                grads = {name: torch.zeros_like(p) for name, p in params.items()}
                for i in range(N):
                    s = scores[i].tolist()
                    top = max(s)
                    total = sum(math.exp(v - top) for v in s)
                    loss += (math.log(total) - s[int(y[i])] + top) / N
                    dh = torch.zeros_like(hidden[i])
                    for c in range(C):
                        g = (math.exp(s[c] - top) / total - (1.0 if c == int(y[i]) else 0.0)) / N
                        grads["W2"][:, c] += g * hidden[i]
                        grads["b2"][c] += g
                        dh += g * params["W2"][:, c]
                    for j in range(len(dh)):
                        if hidden[i, j] > 0:
                            grads["W1"][:, j] += dh[j] * X[i]
                            grads["b1"][j] += dh[j]
                for name in ("W1", "W2"):
                    loss += reg * float((params[name] ** 2).sum())
                    grads[name] += 2 * reg * params[name]
                return loss, grads
            """,
            "nn_predict": """
                labels = torch.zeros(X.shape[0], dtype=torch.int64, device=X.device)
                for i in range(X.shape[0]):
                    labels[i] = torch.argmax(loss_func(params, X[i : i + 1])[0])
                return labels
            """,
        },
    ),
    Variant(
        "own_forward_and_one_hot",
        "the backward pass computes everything anew, labels as zeros and ones, the mask as numbers",
        {
            "nn_forward_pass": """
                before = torch.mm(X, params["W1"]) + params["b1"].unsqueeze(0)
                hidden = torch.max(before, torch.zeros_like(before))
                return torch.mm(hidden, params["W2"]) + params["b2"].unsqueeze(0), hidden
            """,
            "nn_forward_backward": """
                W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
                N, C = X.size(0), b2.size(0)
                before = X.mm(W1) + b1
                hidden = torch.relu(before)
                S = hidden.mm(W2) + b2
                if y is None:
                    return S
                Y = (y.reshape(-1, 1) == torch.arange(C, device=y.device)).to(X.dtype)
                log_P = S - torch.logsumexp(S, dim=1, keepdim=True)
                loss = -(Y * log_P).sum() / N + reg * torch.sum(W1**2) + reg * torch.sum(W2**2)
                dS = (torch.exp(log_P) - Y) / N
                grads = {}
                grads["b2"] = dS.sum(0)
                grads["W2"] = hidden.t().mm(dS) + 2 * reg * W2
                dZ = dS.mm(W2.t()) * (before > 0).to(X.dtype)
                grads["b1"] = dZ.sum(0)
                grads["W1"] = X.t().mm(dZ) + 2 * reg * W1
                return loss, grads
            """,
            "find_best_net": """
                learning_rates, hidden_sizes, strengths, decays = get_param_set_fn()
                D, C = data_dict["X_train"].shape[1], data_dict["y_train"].max().item() + 1
                best = None
                for hidden_size in hidden_sizes:
                    for lr in learning_rates:
                        for decay in decays:
                            for reg in strengths:
                                net = TwoLayerNet(
                                    input_size=D,
                                    hidden_size=hidden_size,
                                    output_size=C,
                                    dtype=data_dict["X_train"].dtype,
                                    device=data_dict["X_train"].device,
                                    std=1e-3,
                                )
                                stats = net.train(
                                    data_dict["X_train"], data_dict["y_train"],
                                    data_dict["X_val"], data_dict["y_val"],
                                    lr, decay, reg, 300, 200, False,
                                )
                                val_acc = stats["val_acc_history"][-1]
                                if best is None or val_acc >= best[2]:
                                    best = (net, stats, val_acc)
                return best
            """,
        },
    ),
    Variant(
        "in_place_and_first_step",
        "tensors stepped in place; measured and decayed after the first step of each epoch",
        {
            "nn_forward_backward": """
                scores, hidden = nn_forward_pass(params, X)
                if y is None:
                    return scores
                N = len(X)
                scores = scores - scores.amax(dim=1, keepdim=True)
                P = scores.exp_()
                P /= P.sum(dim=1, keepdim=True)
                # log P again, where P may be 0, from the scores
                again, _ = nn_forward_pass(params, X)
                picked = again.gather(1, y.long().unsqueeze(1)).squeeze(1)
                loss = (again.logsumexp(dim=1) - picked).mean()
                loss += reg * params["W1"].pow(2).sum() + reg * params["W2"].pow(2).sum()
                P[range(N), y.tolist()] -= 1
                P /= N
                grads = {"W2": hidden.t().matmul(P).add_(params["W2"], alpha=2 * reg), "b2": P.sum(dim=0)}
                dhidden = P.matmul(params["W2"].t())
                dhidden[hidden <= 0] = 0
                grads["W1"] = X.t().matmul(dhidden).add_(params["W1"], alpha=2 * reg)
                grads["b1"] = dhidden.sum(dim=0)
                return loss, grads
            """,
            "nn_train": """
                N = X.shape[0]
                iterations_per_epoch = max(N // batch_size, 1)
                losses, train_accs, val_accs = [], [], []
                for it in range(num_iters):
                    X_batch, y_batch = sample_batch(X, y, N, batch_size)
                    loss, grads = loss_func(params, X_batch, y_batch, reg)
                    losses.append(loss.item())
                    for k in grads:
                        params[k] -= learning_rate * grads[k]
                    if it % iterations_per_epoch == 0:
                        train_accs.append((pred_func(params, loss_func, X_batch) == y_batch).float().mean().item())
                        val_accs.append((pred_func(params, loss_func, X_val) == y_val).float().mean().item())
                        learning_rate *= learning_rate_decay
                return {"loss_history": losses, "train_acc_history": train_accs, "val_acc_history": val_accs}
            """,
            "nn_get_search_params": """
                learning_rates = [0.5, 1, 2]
                hidden_sizes = [10, 20, 40, 80]
                return learning_rates, hidden_sizes, [1e-4], [0.95, 0.98]
            """,
        },
    ),
    Variant(
        "float64_inside",
        "everything computed in float64 and converted back",
        {
            "nn_forward_pass": """
                p = {k: v.double() for k, v in params.items()}
                hidden = torch.clamp(torch.addmm(p["b1"], X.double(), p["W1"]), min=0.0)
                return torch.addmm(p["b2"], hidden, p["W2"]).to(X.dtype), hidden.to(X.dtype)
            """,
            "nn_forward_backward": """
                p, x = {k: v.to(torch.float64) for k, v in params.items()}, X.to(torch.float64)
                if y is None:
                    return nn_forward_pass(params, X)[0]
                scores, hidden = nn_forward_pass(p, x)
                index = torch.arange(len(x), device=x.device)
                probabilities = torch.softmax(scores, 1)
                loss = -torch.log_softmax(scores, 1)[index, y.long()].mean()
                loss = loss + reg * sum((p[k] * p[k]).sum() for k in p if k.startswith("W"))
                ds = probabilities
                ds[index, y.long()] -= 1.0
                ds = ds / len(x)
                dh = torch.where(hidden > 0, ds @ p["W2"].T, torch.zeros_like(hidden))
                grads = {"b1": dh.sum(0), "b2": ds.sum(0)}
                grads["W1"] = x.T @ dh + 2.0 * reg * p["W1"]
                grads["W2"] = hidden.T @ ds + 2.0 * reg * p["W2"]
                return loss.to(X.dtype), {k: g.to(X.dtype) for k, g in grads.items()}
            """,
            "nn_predict": """
                scores = loss_func(params, X).double()
                return torch.argmax(scores.T, dim=0)
            """,
        },
    ),
    Variant(
        "einsum",
        "einsum, the mask from the other side of the kink, a Python float as loss",
        {
            "nn_forward_pass": """
                before = torch.einsum("nd,dh->nh", X, params["W1"]) + params["b1"]
                hidden = before * (before >= 0)
                return torch.einsum("nh,hc->nc", hidden, params["W2"]) + params["b2"], hidden
            """,
            "nn_forward_backward": """
                scores, hidden = nn_forward_pass(params, X)
                if y is None:
                    return scores
                N = X.shape[0]
                rows = torch.arange(N, device=X.device)
                open_units = torch.einsum("nd,dh->nh", X, params["W1"]) + params["b1"] >= 0
                logs = torch.log_softmax(scores, dim=1)
                loss = -logs[rows, y.int()].mean().item()
                loss += reg * float(torch.einsum("dh,dh->", params["W1"], params["W1"]))
                loss += reg * float(torch.einsum("hc,hc->", params["W2"], params["W2"]))
                G = logs.exp()
                G[rows, y.int()] -= 1
                Z = torch.einsum("nc,hc,nh->nh", G, params["W2"], open_units.to(X.dtype))
                return loss, {
                    "W1": torch.einsum("nd,nh->dh", X, Z) / N + 2 * reg * params["W1"],
                    "b1": torch.einsum("nh->h", Z) / N,
                    "W2": torch.einsum("nh,nc->hc", hidden, G) / N + 2 * reg * params["W2"],
                    "b2": torch.einsum("nc->c", G) / N,
                }
            """,
            "nn_predict": """
                return loss_func(params, X).topk(1, dim=1).indices.squeeze(1)
            """,
            "nn_get_search_params": """
                return (0.5, 0.75, 1.0, 1.5, 2.0), (8, 16, 32, 64, 128), (0,), (1,)
            """,
        },
    ),
    Variant(
        "bias_as_a_weight",
        "a column of ones behind the images, the biases as the last rows of the weights",
        {
            "nn_forward_pass": """
                ones = torch.ones_like(X[:, :1])
                first = torch.cat([params["W1"], params["b1"][None]])
                second = torch.cat([params["W2"], params["b2"][None]])
                hidden = (torch.cat([X, ones], dim=1) @ first).relu()
                return torch.cat([hidden, ones], dim=1) @ second, hidden
            """,
            "nn_forward_backward": """
                scores, hidden = nn_forward_pass(params, X)
                if y is None:
                    return scores
                ones = X.new_ones(X.shape[0], 1)
                labels = y.to(torch.int64)[:, None]
                log_p = scores.log_softmax(dim=-1)
                loss = -log_p.gather(1, labels).sum() / X.shape[0]
                dS = log_p.exp().scatter_add(1, labels, -torch.ones_like(log_p)).div(X.shape[0])
                second = torch.cat([hidden, ones], dim=1).T @ dS
                dZ = (dS @ params["W2"].T).masked_fill(hidden == 0, 0)
                first = torch.cat([X, ones], dim=1).T @ dZ
                grads = {"W1": first[:-1], "b1": first[-1], "W2": second[:-1], "b2": second[-1]}
                for name in ("W1", "W2"):
                    loss = loss + reg * params[name].square().sum()
                    grads[name] = grads[name] + reg * 2 * params[name]
                return loss, grads
            """,
        },
    ),
    Variant(
        "rate_from_the_epoch",
        "the rate computed from the number of the epoch, histories as tensors, while loops, no_grad",
        {
            "nn_train": """
                with torch.no_grad():
                    N: int = len(X)
                    epoch_length: int = N // batch_size or 1
                    losses = torch.zeros(num_iters, dtype=torch.float64)
                    history: dict[str, list[float]] = {"train_acc_history": [], "val_acc_history": []}
                    step = 0
                    while step < num_iters:
                        batch, labels = sample_batch(X=X, y=y, num_train=N, batch_size=batch_size)
                        rate = learning_rate * learning_rate_decay ** (step // epoch_length)
                        loss, grads = loss_func(params, batch, reg=reg, y=labels)
                        losses[step] = float(loss)
                        params.update({k: torch.sub(p, grads[k], alpha=rate) for k, p in params.items()})
                        step += 1
                        if step % epoch_length:
                            continue
                        for name, images, truth in (("train", batch, labels), ("val", X_val, y_val)):
                            hits = torch.eq(pred_func(params, lambda *a, **k: loss_func(*a, **k), images), truth)
                            history[name + "_acc_history"].append(int(hits.sum()) / len(truth))
                    return {"loss_history": losses.tolist(), **history}
            """,
            "find_best_net": """
                import itertools

                X, y = data_dict["X_train"], data_dict["y_train"]
                candidates = []
                for lr, size, reg, decay in itertools.product(*get_param_set_fn()):
                    torch.manual_seed(0)  # a fair comparison
                    net = TwoLayerNet(X.size(1), size, 1 + int(torch.max(y)), X.dtype, X.device)
                    stats = net.train(
                        X=X, y=y, X_val=data_dict["X_val"], y_val=data_dict["y_val"], num_iters=1000,
                        learning_rate=lr, learning_rate_decay=decay, reg=reg, verbose=False,
                    )
                    right = sum(
                        int((net.predict(images) == labels).sum())
                        for images, labels in zip(data_dict["X_val"].split(5), data_dict["y_val"].split(5))
                    )
                    candidates.append((net, stats, right / len(data_dict["y_val"])))
                return max(candidates, key=lambda candidate: candidate[2])
            """,
            "nn_get_search_params": """
                return torch.tensor([0.5, 1.0]), torch.tensor([20, 50]), [0.0], torch.tensor([1.0])
            """,
        },
    ),
    Variant(
        "copies_and_momentary_changes",
        "works on its own copies of the parameters, then writes them back; a deep copy of the best net",
        {
            "nn_train": """
                own = {k: v.clone() for k, v in params.items()}
                stats = {"val_acc_history": [], "train_acc_history": [], "loss_history": [], "rates": []}
                steps_left = epoch = max(int(X.shape[0] / batch_size), 1)
                for _ in range(num_iters):
                    images, labels = sample_batch(X, y, X.shape[0], batch_size)
                    loss, grads = loss_func(own, images, y=labels, reg=reg)
                    stats["loss_history"] += [loss.item() if isinstance(loss, torch.Tensor) else loss]
                    for k, g in grads.items():
                        own[k].sub_(g.mul_(learning_rate))
                    steps_left -= 1
                    if steps_left == 0:
                        steps_left = epoch
                        both = torch.cat([images, X_val])
                        hits = pred_func(own, loss_func, both) == torch.cat([labels, y_val])
                        stats["train_acc_history"] += [hits[: len(labels)].float().mean()]
                        stats["val_acc_history"] += [hits[len(labels) :].float().mean()]
                        stats["rates"] += [learning_rate]
                        learning_rate = learning_rate_decay * learning_rate
                for k in params:
                    params[k][...] = own[k]
                return stats
            """,
            "nn_predict": """
                with torch.no_grad():
                    scores: torch.Tensor = loss_func(params, X, y=None)
                    _, labels = torch.max(scores, dim=-1)
                    return labels
            """,
            "find_best_net": """
                import copy

                best, highest = None, float("-inf")
                X = data_dict["X_train"]
                rates, sizes, regs, decays = get_param_set_fn()
                grid = [(d, r, h, a) for d in decays for r in regs for h in sizes for a in rates]
                for decay, reg, hidden_size, rate in grid:
                    classes = data_dict["y_train"].unique().max().item() + 1
                    net = TwoLayerNet(X.shape[1], hidden_size, classes, device=X.device, dtype=X.dtype)
                    stats = net.train(
                        *(data_dict[k] for k in ("X_train", "y_train", "X_val", "y_val")), rate, decay, reg,
                        num_iters=200, batch_size=50,
                    )
                    hits = net.predict(data_dict["X_val"]).eq(data_dict["y_val"])
                    accuracy = hits.float().mean()
                    if accuracy > highest:
                        highest = accuracy
                        best = copy.deepcopy(net), copy.deepcopy(stats), accuracy
                return list(best)
            """,
        },
    ),
    Variant(
        "fused_and_chunked",
        "addmm, the images in two halves, gradients added up from both",
        {
            "nn_forward_pass": """
                scores, hidden = [], []
                for part in X.chunk(2):
                    hidden.append(torch.addmm(params["b1"], part, params["W1"]).clamp_min_(0))
                    scores.append(torch.addmm(params["b2"], hidden[-1], params["W2"]))
                return torch.vstack(scores), torch.vstack(hidden)
            """,
            "nn_forward_backward": """
                if y is None:
                    return nn_forward_pass(params, X)[0]
                W1, W2 = params["W1"], params["W2"]
                N = X.shape[0]
                loss = reg * (torch.sum(W1 * W1) + torch.sum(W2 * W2))
                grads = {"W1": 2 * reg * W1, "W2": 2 * reg * W2}
                grads.update({k: torch.zeros_like(params[k]) for k in ("b1", "b2")})
                for images, labels in zip(X.split(max(N // 2, 1)), y.split(max(N // 2, 1))):
                    scores, hidden = nn_forward_pass(params, images)
                    shifted = scores - scores.max(1)[0].view(-1, 1)
                    logs = shifted - shifted.exp().sum(1, keepdim=True).log()
                    columns = torch.arange(scores.shape[1], device=X.device)
                    true = labels[:, None] == columns
                    loss = loss - logs[true].sum() / N
                    dscores = torch.where(true, logs.exp() - 1, logs.exp()) / N
                    dhidden = torch.where(hidden > 0, 1.0, 0.0).to(X.dtype) * dscores.matmul(W2.mT)
                    grads["W2"] = torch.addmm(grads["W2"], hidden.mT, dscores)
                    grads["W1"] = torch.addmm(grads["W1"], images.mT, dhidden)
                    grads["b2"] += torch.ones_like(dscores[:, 0]) @ dscores
                    grads["b1"] += torch.ones_like(dhidden[:, 0]) @ dhidden
                return loss.reshape(()), grads
            """,
            "nn_get_search_params": """
                return [0.4, 1.2], [1, 150], [1e-6, 1e-5, 1e-4], [0.99, 1.0]
            """,
        },
    ),
)
