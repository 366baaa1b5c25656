"""Right answers to the linear classifiers that look nothing like the reference. The checks must accept each of them."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "slow_loops",
        "plain Python numbers and three nested loops",
        {
            "svm_loss_naive": """
                N, (D, C) = len(X), W.shape
                loss, dW = 0.0, [[0.0] * C for _ in range(D)]
                x, w, labels = X.tolist(), W.tolist(), y.tolist()
                for i in range(N):
                    s = [sum(x[i][d] * w[d][c] for d in range(D)) for c in range(C)]
                    for c in range(C):
                        if c != labels[i] and s[c] - s[labels[i]] + 1 > 0:
                            loss += s[c] - s[labels[i]] + 1
                            for d in range(D):
                                dW[d][c] += x[i][d]
                                dW[d][labels[i]] -= x[i][d]
                dW = torch.tensor(dW, dtype=W.dtype, device=W.device)
                loss = torch.tensor(loss / N, dtype=W.dtype, device=W.device) + reg * torch.sum(W * W)
                return loss, dW / N + 2 * reg * W
            """,
            "softmax_loss_naive": """
                import math

                N, (D, C) = len(X), W.shape
                loss, dW = 0.0, torch.zeros(D, C, dtype=W.dtype, device=W.device)
                for i in range(N):
                    s = (X[i : i + 1].mm(W))[0].tolist()
                    top = max(s)
                    total = sum(math.exp(v - top) for v in s)
                    for c in range(C):
                        p = math.exp(s[c] - top) / total
                        if c == y[i].item():
                            loss -= (s[c] - top - math.log(total)) / N
                            p -= 1
                        dW[:, c] += p / N * X[i]
                dW += 2 * reg * W
                return loss + reg * float((W**2).sum()), dW
            """,
            "sample_batch": """
                import random

                X_batch, y_batch = [], []
                for _ in range(batch_size):
                    i = random.randrange(num_train)
                    X_batch.append(X[i])
                    y_batch.append(y[i])
                return torch.stack(X_batch), torch.stack(y_batch)
            """,
            "predict_linear_classifier": """
                labels = torch.zeros(X.shape[0], dtype=torch.int64, device=X.device)
                for i in range(X.shape[0]):
                    labels[i] = torch.argmax(X[i] @ W)
                return labels
            """,
        },
    ),
    Variant(
        "by_class",
        "the outer loop runs over the classes, the images of a class at once",
        {
            "svm_loss_naive": """
                loss, dW = torch.zeros((), dtype=W.dtype, device=W.device), torch.zeros_like(W)
                for c in range(W.shape[1]):
                    members = X[y == c]
                    if len(members) == 0:
                        continue
                    margins = torch.relu(members @ W - (members @ W[:, c])[:, None] + 1)
                    margins[:, c] = 0
                    active = (margins > 0).to(W.dtype)
                    loss = loss + margins.sum()
                    dW += members.T @ active
                    dW[:, c] -= members.T @ active.sum(1)
                dW /= len(X)
                dW += 2 * reg * W
                return loss / len(X) + reg * W.square().sum(), dW
            """,
            "softmax_loss_naive": """
                P = torch.softmax(X @ W, dim=1)
                logs = torch.log_softmax(X @ W, dim=1)
                loss, dW = torch.zeros((), dtype=W.dtype, device=W.device), torch.zeros_like(W)
                for c in range(W.shape[1]):
                    member = (y == c).to(W.dtype)
                    loss = loss - (member * logs[:, c]).sum() / len(X)
                    dW[:, c] = X.t() @ (P[:, c] - member) / len(X) + 2 * reg * W[:, c]
                return loss + reg * (W**2).sum(), dW
            """,
        },
    ),
    Variant(
        "one_hot",
        "labels as a matrix of zeros and ones",
        {
            "svm_loss_vectorized": """
                N, C = X.shape[0], W.shape[1]
                Y = (y[:, None] == torch.arange(C, device=y.device)).to(W.dtype)
                scores = X.mm(W)
                margins = torch.relu(scores - (scores * Y).sum(1, keepdim=True) + 1 - Y)
                active = (margins > 0).to(W.dtype) * (1 - Y)
                dscores = (active - active.sum(1, keepdim=True) * Y) / N
                return margins.sum() / N + reg * torch.sum(W**2), X.t().mm(dscores) + reg * 2 * W
            """,
            "softmax_loss_vectorized": """
                N, C = X.shape[0], W.shape[1]
                Y = torch.eye(C, dtype=W.dtype, device=W.device)[y.long()]
                scores = X.mm(W)
                scores = scores - torch.amax(scores, dim=1, keepdim=True)
                log_p = scores - torch.log(torch.sum(torch.exp(scores), dim=1, keepdim=True))
                loss = -(Y * log_p).sum() / N + reg * torch.sum(W**2)
                return loss, X.t().mm(torch.exp(log_p) - Y) / N + reg * 2 * W
            """,
            "sample_batch": """
                drawn = torch.ones(num_train).multinomial(batch_size, replacement=True).to(X.device)
                return X.index_select(0, drawn), y.index_select(0, drawn)
            """,
        },
    ),
    Variant(
        "gather_scatter",
        "gather for the true scores, scatter_add for the gradient",
        {
            "svm_loss_vectorized": """
                labels = y.to(torch.int64).view(-1, 1)
                scores = torch.matmul(X, W)
                margins = (scores - scores.gather(1, labels) + 1).scatter(1, labels, 0).clamp(min=0)
                G = margins.sign()
                G.scatter_add_(1, labels, -G.sum(dim=1, keepdim=True))
                loss = margins.sum(dim=1).mean() + reg * W.pow(2).sum()
                return loss, torch.matmul(X.transpose(0, 1), G).div(X.size(0)).add(W, alpha=2 * reg)
            """,
            "softmax_loss_vectorized": """
                labels = y.to(torch.int64).unsqueeze(1)
                log_p = torch.log_softmax(X @ W, dim=-1)
                loss = -log_p.gather(1, labels).squeeze(1).mean() + reg * W.pow(2).sum()
                G = log_p.exp().scatter_add(1, labels, -torch.ones_like(log_p[:, :1]))
                return loss, (X.T @ G) / X.shape[0] + 2 * reg * W
            """,
            "predict_linear_classifier": """
                _, labels = torch.max(torch.mm(X, W), dim=1)
                return labels
            """,
        },
    ),
    Variant(
        "other_side_of_the_kink",
        "a margin of exactly 0 counts as active; a Python float as loss",
        {
            "svm_loss_naive": """
                N, C = X.shape[0], W.shape[1]
                loss, dW = 0.0, torch.zeros_like(W)
                for i in range(N):
                    c = int(y[i])
                    s = torch.mv(W.t(), X[i])
                    for j in range(C):
                        margin = (s[j] - s[c] + 1).item()
                        if j != c and margin >= 0:
                            loss += margin
                            dW[:, j] = dW[:, j] + X[i]
                            dW[:, c] = dW[:, c] - X[i]
                return loss / N + reg * (W * W).sum().item(), dW.div(N) + 2 * reg * W
            """,
            "svm_loss_vectorized": """
                N = X.shape[0]
                rows, y = torch.arange(N, device=X.device), y.long()
                scores = X @ W
                margins = scores - scores[rows, y].reshape(N, 1) + 1
                active = margins >= 0
                active[rows, y] = False
                loss = margins[active].sum().item() / N + reg * float((W * W).sum())
                G = active.to(W.dtype)
                G[rows, y] = -active.sum(dim=1).to(W.dtype)
                return loss, X.T @ G / N + 2 * reg * W
            """,
            "softmax_loss_vectorized": """
                N = X.shape[0]
                scores = X @ W
                log_sums = torch.logsumexp(scores, dim=1, keepdim=True)
                P = (scores - log_sums).exp()
                rows = torch.arange(N, device=X.device)
                loss = (log_sums[:, 0] - scores[rows, y.int()]).mean().item() + reg * (W * W).sum().item()
                P[rows, y.int()] -= 1
                return loss, X.T @ (P / N) + 2 * reg * W
            """,
        },
    ),
    Variant(
        "float64_inside",
        "everything computed in float64 and converted back",
        {
            "svm_loss_vectorized": """
                w, x, N = W.double(), X.double(), len(X)
                index = torch.arange(N, device=X.device)
                scores = x @ w
                margins = torch.clamp(scores.T - scores[index, y.long()] + 1.0, min=0.0)  # (C, N)
                margins[y.long(), index] = 0.0
                G = (margins > 0).double()
                G[y.long(), index] -= G.sum(0)
                loss = margins.sum(0).mean() + reg * (w * w).sum()
                return loss.to(W.dtype), ((G @ x).T / N + 2.0 * reg * w).to(W.dtype)
            """,
            "softmax_loss_vectorized": """
                w, x, N = W.double(), X.double(), len(X)
                scores = x @ w
                p = torch.softmax(scores, 1)
                index = torch.arange(N, device=X.device)
                loss = (scores.logsumexp(1) - scores[index, y.long()]).mean() + reg * (w * w).sum()
                p[index, y.long()] -= 1.0
                return loss.to(W.dtype), (x.T @ p / N + 2.0 * reg * w).to(W.dtype)
            """,
            "predict_linear_classifier": """
                return torch.argmax(W.double().T @ X.double().T, dim=0)
            """,
        },
    ),
    Variant(
        "einsum",
        "einsum, the gradient averaged before the product",
        {
            "svm_loss_naive": """
                N, C = X.shape[0], W.shape[1]
                scores = torch.einsum("nd,dc->nc", X, W)
                losses, G = [], torch.zeros_like(scores)
                for i, label in enumerate(y.tolist()):
                    for c in range(C):
                        if c == label:
                            continue
                        losses.append(torch.clamp(scores[i, c] - scores[i, label] + 1, min=0))
                        if losses[-1] > 0:
                            G[i, c] = 1
                            G[i, label] -= 1
                data_loss = sum(losses) / N if losses else W.new_zeros(())
                return data_loss + reg * (W * W).sum(), torch.einsum("nd,nc->dc", X, G / N) + 2 * reg * W
            """,
            "softmax_loss_vectorized": """
                N = X.shape[0]
                scores = torch.einsum("nd,dc->nc", X, W)
                scores -= scores.max(1)[0].unsqueeze(1)
                E = torch.exp(scores)
                true_scores = scores[range(N), y.long()]
                loss = torch.mean(torch.log(E.sum(1)) - true_scores) + reg * torch.einsum("dc,dc->", W, W)
                G = E / E.sum(1, keepdim=True)
                G[range(N), y.long()] -= 1
                return loss, torch.einsum("nd,nc->dc", X / N, G) + 2 * reg * W
            """,
            "test_one_param_set": """
                cls.train(data_dict["X_train"], data_dict["y_train"], lr, reg, num_iters)

                def accuracy(part):
                    y = data_dict[f"y_{part}"]
                    return int((cls.predict(data_dict[f"X_{part}"]) == y).sum()) / len(y)

                return cls, accuracy("train"), accuracy("val")
            """,
        },
    ),
    Variant(
        "addmm_and_a_copy",
        "fused products; training changes a copy in place and counts with while",
        {
            "svm_loss_vectorized": """
                N, labels = X.shape[0], y.long()
                true_scores = (X * W.T[labels]).sum(dim=1, keepdim=True)
                margins = torch.addmm(1 - true_scores, X, W)
                wrong = torch.ones_like(margins).scatter_(1, labels[:, None], 0)
                active = wrong * (margins > 0)
                loss = (margins * active).sum() / N + reg * W.norm() ** 2
                dW = torch.addmm(W, X.T, active, beta=2 * reg, alpha=1 / N)
                dW.index_add_(1, labels, (X * active.sum(1, keepdim=True)).T, alpha=-1 / N)
                return loss, dW
            """,
            "train_linear_classifier": """
                if W is None:
                    shape = (X.shape[1], int(torch.max(y).item()) + 1)
                    W = torch.empty(shape, dtype=X.dtype, device=X.device).normal_(std=1e-6)
                else:
                    W = W.clone()
                losses = torch.zeros(num_iters, dtype=torch.float64)
                step = 0
                while step < num_iters:
                    batch = sample_batch(X, y, X.shape[0], batch_size)
                    loss, dW = loss_func(W, *batch, reg)
                    losses[step] = float(loss)
                    W -= learning_rate * dW
                    step += 1
                return W, losses.tolist()
            """,
            "svm_get_search_params": """
                learning_rates = [5e-3, 5e-2]
                regularization_strengths = [0.0, 5e-4]
                return learning_rates, regularization_strengths
            """,
            "softmax_get_search_params": """
                return (0.05, 0.5, 0.8, 1, 1.2), (0, 1e-6, 1e-5, 1e-4, 1e-3)
            """,
        },
    ),
    Variant(
        "tensors_for_numbers",
        "tensors for numbers, a tiny rate to search, training draws its batches itself",
        {
            "svm_loss_naive": """
                N, losses, dW = X.shape[0], [], 2 * reg * W
                for i in range(N):
                    t = int(y[i])
                    margins = torch.clamp(X[i] @ W - X[i] @ W[:, t] + 1, min=0)
                    margins[t] = 0
                    losses.append(margins.sum())
                    active = (margins > 0).to(W.dtype)
                    active[t] = -active.sum()
                    dW = dW + torch.outer(X[i], active) / N
                return (torch.stack(losses).mean() + reg * (W * W).sum()).double().reshape(1), dW
            """,
            "softmax_loss_naive": """
                N, loss, dW = len(y), W.new_zeros(1), torch.zeros_like(W)
                for i in range(N):
                    scores = X[i] @ W
                    top = scores[0]
                    for score in scores:
                        if score > top:
                            top = score
                    powers = torch.exp(scores - top)
                    loss += torch.log(powers.sum()) + top - scores[int(y[i])]
                    for j in range(W.shape[1]):
                        dW[:, j] += (powers[j] / powers.sum() - int(j == int(y[i]))) * X[i]
                return loss.double() / N + reg * torch.sum(W.double() ** 2), dW / N + 2 * reg * W
            """,
            "softmax_loss_vectorized": """
                N = X.shape[0]
                log_p = (X @ W).log_softmax(dim=1)
                loss = -log_p[torch.arange(N), y.long()].double().mean(dim=0, keepdim=True) + reg * W.pow(2).sum()
                G = log_p.exp()
                G[torch.arange(N), y.long()] -= 1
                return [loss, X.T @ (G / N) + reg * (W + W)]
            """,
            "sample_batch": """
                from typing import NamedTuple

                class Batch(NamedTuple):
                    images: torch.Tensor
                    labels: torch.Tensor

                drawn = torch.randint(0, num_train, (batch_size,))
                return Batch(X[drawn], y[drawn])
            """,
            "train_linear_classifier": """
                if W is None:
                    W = torch.normal(0.0, 1e-6, size=(X.shape[1], int(y.max()) + 1)).to(X)
                history = []
                for _ in range(num_iters):
                    drawn = torch.randint(len(X), (batch_size,), device=X.device)
                    loss, gradient = loss_func(W, X[drawn], y[drawn], torch.tensor(reg, dtype=torch.float64))
                    history.append(torch.as_tensor(loss))
                    W = W - learning_rate * gradient
                return W, history
            """,
            "predict_linear_classifier": """
                scores = X @ W
                best = scores == scores.max(dim=1, keepdim=True).values
                numbers = torch.arange(W.shape[1], device=X.device)
                return torch.where(best, numbers, W.shape[1]).min(dim=1).values
            """,
            "svm_get_search_params": """
                return torch.tensor([1e-13, 0.05]), [torch.tensor(0.0), torch.tensor(1e-3)]
            """,
            "softmax_get_search_params": """
                return [1e-30, 0.5], torch.logspace(-5, -2, 4)
            """,
            "test_one_param_set": """
                cls.train(data_dict["X_train"], data_dict["y_train"], lr, reg, num_iters)
                right = [cls.predict(data_dict[f"X_{part}"]) == data_dict[f"y_{part}"] for part in ("train", "val")]
                return cls, right[0].double().mean(), right[1].float().mean()
            """,
        },
    ),
    Variant(
        "no_grad_and_annotations",
        "no_grad, annotated names, keyword arguments",
        {
            "softmax_loss_naive": """
                with torch.no_grad():
                    num_train: int = X.size(0)
                    losses: list[torch.Tensor] = []
                    dW: torch.Tensor = 2 * reg * W
                    for i in range(num_train):
                        logits: torch.Tensor = X[i].matmul(W)
                        p: torch.Tensor = torch.softmax(logits, dim=0)
                        losses.append(torch.logsumexp(logits, dim=0) - logits[int(y[i])])
                        p[int(y[i])] -= 1
                        dW += torch.outer(X[i], p) / num_train
                    return torch.stack(losses).mean() + reg * W.pow(2).sum(), dW
            """,
            "sample_batch": """
                with torch.no_grad():
                    drawn: torch.Tensor = (torch.rand(batch_size, device=X.device) * num_train).long()
                    drawn = drawn.clamp(max=num_train - 1)
                    return X[drawn, ...], y[drawn]
            """,
            "train_linear_classifier": """
                with torch.no_grad():
                    if W is None:
                        num_classes: int = int(y.max()) + 1
                        W = torch.randn(X.size(1), num_classes).to(X) * 0.000001
                    history: list[float] = []
                    for _ in range(num_iters):
                        X_batch, y_batch = sample_batch(X=X, y=y, num_train=len(X), batch_size=batch_size)
                        loss, dW = loss_func(W, X_batch, y_batch, reg)
                        history += [loss.item() if isinstance(loss, torch.Tensor) else loss]
                        W = torch.sub(W, dW, alpha=learning_rate)
                        if verbose:
                            print("loss", history[-1])
                    return W, history
            """,
            "test_one_param_set": """
                history: list[float] = cls.train(
                    X=data_dict["X_train"],
                    y=data_dict["y_train"],
                    learning_rate=lr,
                    reg=reg,
                    num_iters=num_iters,
                    batch_size=200,
                    verbose=False,
                )
                assert len(history) == num_iters
                accuracies: list[float] = []
                for part in ("train", "val"):
                    right = torch.eq(cls.predict(data_dict["X_" + part]), data_dict["y_" + part])
                    accuracies.append(right.float().mean().item())
                return cls, accuracies[0], accuracies[1]
            """,
        },
    ),
    Variant(
        "partial_and_generator",
        "loss_func with reg fixed, batches from a generator, accuracies from the scores",
        {
            "train_linear_classifier": """
                from functools import partial

                if W is None:
                    W = 1e-6 * torch.randn((X.shape[1], 1 + int(y.max())), device=X.device).to(X.dtype)
                loss_of = partial(loss_func, reg=reg)
                batches = (sample_batch(X, y, batch_size=batch_size, num_train=X.shape[0]) for _ in range(num_iters))
                losses = []
                if verbose:
                    print("training with", loss_func.__name__)
                for images, labels in batches:
                    loss, gradient = loss_of(W, images, labels)
                    gradient *= learning_rate
                    W = W - gradient
                    losses.append(loss.item() if isinstance(loss, torch.Tensor) else float(loss))
                return W.clone(), losses
            """,
            "test_one_param_set": """
                cls.train(data_dict["X_train"], data_dict["y_train"], lr, reg, num_iters, verbose=False)
                accuracies = []
                for part in ("train", "val"):
                    labels = (data_dict[f"X_{part}"] @ cls.W).argmax(dim=1)
                    accuracies.append((labels == data_dict[f"y_{part}"]).double().mean().item())
                return cls, *accuracies
            """,
        },
    ),
)
