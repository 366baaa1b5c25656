"""Other right ways to write the losses on scores."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS = (
    Variant(
        "one_hot_labels",
        "labels as a matrix of zeros and ones; torch's softmax; a power with a floor",
        {
            "softmax_loss": """
                Y = torch.nn.functional.one_hot(y.long(), x.shape[1]).to(x.dtype)
                loss = -(Y * torch.log_softmax(x, dim=1)).sum(dim=1).mean()
                return loss, (torch.softmax(x, dim=1) - Y) / x.shape[0]
            """,
            "svm_loss": """
                Y = (y[:, None] == torch.arange(x.shape[1], device=x.device)).to(x.dtype)
                margins = torch.relu(x - (x * Y).sum(1, keepdim=True) + 1) * (1 - Y)
                active = (margins > 0).to(x.dtype)
                return margins.sum() / len(x), (active - active.sum(1, keepdim=True) * Y) / len(x)
            """,
            "focal_loss": """
                Y = torch.eye(x.shape[1], dtype=x.dtype, device=x.device)[y.long()]
                log_p = torch.log_softmax(x, dim=1)
                p = log_p.exp()
                log_q, q = (Y * log_p).sum(1, keepdim=True), (Y * p).sum(1, keepdim=True)
                u = (1 - q).clamp(min=torch.finfo(x.dtype).tiny)
                loss = (-(u**gamma) * log_q).mean()
                return loss, (gamma * u ** (gamma - 1) * q * log_q - u**gamma) * (Y - p) / len(x)
            """,
        },
    ),
    Variant(
        "gather_and_scatter",
        "gather for the true scores, scatter_add for the gradient",
        {
            "softmax_loss": """
                labels = y.to(torch.int64).unsqueeze(1)
                log_p = x - torch.logsumexp(x, dim=1, keepdim=True)
                loss = -log_p.gather(1, labels).mean()
                dx = log_p.exp().scatter_add(1, labels, -torch.ones_like(log_p[:, :1]))
                return loss, dx.div(x.size(0))
            """,
            "svm_loss": """
                labels = y.to(torch.int64).view(-1, 1)
                margins = (x - x.gather(1, labels) + 1).scatter(1, labels, 0).clamp(min=0)
                dx = margins.sign()
                dx.scatter_add_(1, labels, -dx.sum(dim=1, keepdim=True))
                return margins.sum(dim=1).mean(), dx.div(x.size(0))
            """,
            "focal_loss": """
                labels = y.to(torch.int64).unsqueeze(1)
                log_p = x.log_softmax(dim=1)
                log_q = log_p.gather(1, labels)
                u = -torch.expm1(log_q)
                loss = torch.mean(u.pow(gamma).neg() * log_q)
                # back through the logarithms of the probabilities: dx = d - p * sum(d)
                d_log_q = -u.pow(gamma)
                if gamma:
                    d_log_q = d_log_q + gamma * u.pow(gamma - 1) * log_q.exp() * log_q
                dx = torch.zeros_like(x).scatter(1, labels, d_log_q) - log_p.exp() * d_log_q
                return loss, dx / x.size(0)
            """,
        },
    ),
    Variant(
        "other_side_of_the_hinge",
        "a margin of exactly 0 counts as active; Python floats as losses; range as an index",
        {
            "softmax_loss": """
                rows = torch.arange(x.shape[0], device=x.device)
                x = x - x.amax(dim=1, keepdim=True)
                exps = torch.exp(x)
                totals = exps.sum(1)
                loss = (totals.log() - x[rows, y.int()]).mean().item()
                dx = exps / totals.unsqueeze(1)
                dx[rows, y.int()] -= 1
                dx /= x.shape[0]
                return loss, dx
            """,
            "svm_loss": """
                N, labels = x.shape[0], y.long()
                margins = x - x[range(N), labels].reshape(N, 1) + 1
                active = margins >= 0
                active[range(N), labels] = False
                dx = active.to(x.dtype)
                dx[range(N), labels] -= active.sum(dim=1).to(x.dtype)
                return margins[active].sum().item() / N, dx / N
            """,
            "focal_loss": """
                rows = torch.arange(x.shape[0], device=x.device)
                labels = y.int()
                x = x - x.amax(dim=1, keepdim=True)
                log_p = x - x.exp().sum(dim=1, keepdim=True).log()
                p = log_p.exp()
                others = p.clone()
                others[rows, labels] = 0
                u = others.sum(dim=1)  # 1 - q without cancellation
                q, log_q = p[rows, labels], log_p[rows, labels]
                loss = float((u**gamma * -log_q).mean())
                factor = u**gamma
                if gamma != 0:
                    factor -= gamma * u ** (gamma - 1) * q * log_q
                p[rows, labels] -= 1
                return loss, p * factor.reshape(-1, 1) / x.shape[0]
            """,
        },
    ),
    Variant(
        "losses_in_float64",
        "everything computed in float64 and converted back; the classes in the rows",
        {
            "softmax_loss": """
                s = x.double().T  # (C, N)
                index = torch.arange(len(x), device=x.device)
                p = torch.softmax(s, 0)
                loss = (s.logsumexp(0) - s[y.long(), index]).mean()
                p[y.long(), index] -= 1.0
                return loss.to(x.dtype), (p.T / len(x)).to(x.dtype)
            """,
            "svm_loss": """
                s = x.double()
                index = torch.arange(len(x), device=x.device)
                margins = torch.clamp(s.T - s[index, y.long()] + 1.0, min=0.0)  # (C, N)
                loss = (margins.sum(0) - 1.0).mean()  # the true class adds 1
                dx = (margins > 0).double()
                dx[y.long(), index] -= dx.sum(0)
                return loss.to(x.dtype), (dx.T / len(x)).to(x.dtype)
            """,
            "focal_loss": """
                s = x.double()
                index = torch.arange(len(x), device=x.device), y.long()
                log_p = torch.log_softmax(s, 1)
                log_q = log_p[index]
                q = log_q.exp()
                u = 1.0 - q
                loss = -(torch.pow(u, gamma) * log_q).sum() / len(x)
                second = torch.zeros_like(u) if gamma == 0 else gamma * torch.pow(u, gamma - 1.0) * q * log_q
                dx = log_p.exp() * (torch.pow(u, gamma) - second).unsqueeze(1)
                dx[index] -= torch.pow(u, gamma) - second
                return loss.to(x.dtype), (dx / len(x)).to(x.dtype)
            """,
        },
    ),
    Variant(
        "losses_that_share",
        "focal loss with gamma 0 calls the softmax loss; the jacobian of softmax written out for all examples",
        {
            "softmax_loss": """
                shifted = x - torch.max(x, 1, keepdim=True)[0]
                p = torch.exp(shifted) / torch.sum(torch.exp(shifted), 1, keepdim=True)
                rows = torch.arange(x.shape[0], dtype=torch.int64, device=x.device)
                loss = torch.mean(torch.log(torch.exp(shifted).sum(1)) - shifted[rows, y.long()])
                p[rows, y.long()] -= 1
                return loss, p / x.shape[0]
            """,
            "svm_loss": """
                N = x.shape[0]
                correct = x[torch.arange(N, device=x.device), y.long()]
                margins = (x - correct.view(-1, 1) + 1.0).clamp(min=0.0)
                margins[torch.arange(N, device=x.device), y.long()] = 0.0
                loss = margins.sum() / N
                num_pos = (margins > 0).sum(dim=1)
                dx = torch.zeros_like(x)
                dx[margins > 0] = 1.0
                dx[torch.arange(N, device=x.device), y.long()] -= num_pos.to(dx.dtype)
                dx /= N
                return loss, dx
            """,
            "focal_loss": """
                if gamma == 0:
                    return softmax_loss(x, y)
                N, C = x.shape
                rows = torch.arange(N, device=x.device)
                p = torch.softmax(x, dim=1)
                log_q = torch.log_softmax(x, dim=1)[rows, y.long()]
                q = p[rows, y.long()]
                loss = (-((1 - q) ** gamma) * log_q).mean()
                dq = torch.zeros(N, C, dtype=x.dtype, device=x.device)
                dq[rows, y.long()] = 1
                jacobian = q[:, None] * (dq - p)  # of q with respect to the scores
                first = gamma * (1 - q) ** (gamma - 1) * log_q
                second = (1 - q) ** gamma
                return loss, (first[:, None] * jacobian - second[:, None] * (dq - p)) / N
            """,
        },
    ),
)
