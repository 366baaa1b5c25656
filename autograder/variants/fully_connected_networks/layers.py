"""Other right ways to write the linear layer, ReLU and dropout."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS = (
    Variant(
        "fused_products",
        "addmm and flatten; a dict as cache; ReLU remembers its output; a bool mask and the scale apart",
        {
            "Linear.forward": """
                rows = x.flatten(start_dim=1)
                return torch.addmm(b, rows, w), {"rows": rows, "shape": tuple(x.shape), "w": w}
            """,
            "Linear.backward": """
                dx = torch.mm(dout, cache["w"].t()).reshape(cache["shape"])
                return dx, torch.mm(cache["rows"].t(), dout), torch.sum(dout, 0)
            """,
            "ReLU.forward": """
                out = torch.relu(x)
                return out, out
            """,
            "ReLU.backward": """
                return torch.where(cache > 0, dout, torch.zeros_like(dout))
            """,
            "Dropout.forward": """
                if mode == "test":
                    return x, (dropout_param, None)
                keep = 1 - dropout_param["p"]
                mask = torch.rand_like(x) < keep
                return x * mask / keep, (dropout_param, mask)
            """,
            "Dropout.backward": """
                dropout_param, mask = cache
                if dropout_param["mode"] == "train":
                    return dout * mask / (1 - dropout_param["p"])
                return dout
            """,
        },
    ),
    Variant(
        "einsum",
        "einsum; lists as caches; the slope at 0 is 1; bernoulli draws the mask",
        {
            "Linear.forward": """
                out = torch.einsum("nd,dm->nm", torch.reshape(x, (len(x), w.shape[0])), w)
                out += b
                return out, [x, w, b]
            """,
            "Linear.backward": """
                x, w, b = cache
                rows = torch.reshape(x, (len(x), w.shape[0]))
                dx = torch.einsum("nm,dm->nd", dout, w)
                dw = torch.einsum("nd,nm->dm", rows, dout)
                return torch.reshape(dx, x.shape), dw, torch.einsum("nm->m", dout)
            """,
            "ReLU.forward": """
                return torch.maximum(x, torch.zeros_like(x)), [x]
            """,
            "ReLU.backward": """
                (x,) = cache
                dx = dout.clone()
                dx[x < 0] = 0
                return dx
            """,
            "Dropout.forward": """
                if mode == "test":
                    return x.clone(), (dropout_param, torch.ones_like(x))
                keep = 1.0 - dropout_param["p"]
                mask = torch.bernoulli(torch.full_like(x, keep)) / keep
                return mask * x, (dropout_param, mask)
            """,
            "Dropout.backward": """
                return cache[1] * dout
            """,
        },
    ),
    Variant(
        "one_example_at_a_time",
        "loops over the examples; gradients added up; ReLU through a bool mask",
        {
            "Linear.forward": """
                out = x.new_empty(x.shape[0], w.shape[1])
                for i in range(x.shape[0]):
                    out[i] = x[i].reshape(-1) @ w + b
                return out, (x.clone(), w.clone())
            """,
            "Linear.backward": """
                x, w = cache
                dx, dw, db = torch.zeros_like(x), torch.zeros_like(w), w.new_zeros(w.shape[1])
                for i in range(x.shape[0]):
                    dx[i] = (w @ dout[i]).reshape(x.shape[1:])
                    dw += torch.outer(x[i].reshape(-1), dout[i])
                    db += dout[i]
                return dx, dw, db
            """,
            "ReLU.forward": """
                positive = x > 0
                return torch.where(positive, x, torch.zeros((), dtype=x.dtype, device=x.device)), positive
            """,
            "ReLU.backward": """
                return dout * cache
            """,
            "Dropout.forward": """
                if mode == "train":
                    p = dropout_param["p"]
                    mask = torch.empty(x.shape, dtype=x.dtype, device=x.device).bernoulli_(1 - p)
                    mask = mask.div_(1 - p)
                    return x.mul(mask), (dropout_param, mask)
                return x, (dropout_param, None)
            """,
            "Dropout.backward": """
                dropout_param, mask = cache
                return dout if mask is None else dout.mul(mask)
            """,
        },
    ),
    Variant(
        "objects_as_caches",
        "a cache of a class of its own, a closure that computes the gradient, nested tuples",
        {
            "Linear.forward": """
                class Remembered:
                    def __init__(self, rows, shape, weights):
                        self.rows, self.shape, self.weights = rows, shape, weights

                remembered = Remembered(x.contiguous().view(x.size(0), -1), x.size(), w)
                return remembered.rows.matmul(w) + b.unsqueeze(0), remembered
            """,
            "Linear.backward": """
                dx = dout.matmul(cache.weights.transpose(0, 1))
                dw = (dout.transpose(0, 1) @ cache.rows).transpose(0, 1)
                return dx.view(cache.shape), dw, dout.t().sum(1)
            """,
            "ReLU.forward": """
                def slope(upstream):
                    return torch.where(x >= 0, upstream, upstream * 0)

                return (x + x.abs()) / 2, slope
            """,
            "ReLU.backward": """
                return cache(dout)
            """,
            "Dropout.forward": """
                if mode == "test":
                    scale = None
                else:
                    dropped = torch.rand(x.numel(), device=x.device).reshape(x.shape) < dropout_param["p"]
                    scale = (~dropped).to(x.dtype), 1.0 / (1.0 - dropout_param["p"])
                out = x if scale is None else x * scale[0] * scale[1]
                return out, (dropout_param, scale)
            """,
            "Dropout.backward": """
                if cache[0]["mode"] == "test":
                    return dout.clone()
                mask, factor = cache[1]
                return dout * mask * factor
            """,
        },
    ),
    Variant(
        "float64_inside",
        "everything computed in float64 and converted back; the mask as indices",
        {
            "Linear.forward": """
                rows = x.double().reshape(x.shape[0], -1)
                return (rows @ w.double() + b.double()).to(x.dtype), (x, w, b, "rows")
            """,
            "Linear.backward": """
                x, w, b, _ = cache
                upstream = dout.double()
                dx = (upstream @ w.double().T).view(x.shape)
                dw = x.double().reshape(x.shape[0], -1).T @ upstream
                return dx.to(x.dtype), dw.to(w.dtype), upstream.sum(0).to(b.dtype)
            """,
            "ReLU.forward": """
                out = x.double()
                out = out.where(out > 0, out.new_zeros(()))
                return out.to(x.dtype), (x.double(), None)
            """,
            "ReLU.backward": """
                return (dout.double() * torch.heaviside(cache[0], cache[0].new_tensor(0.5))).to(dout.dtype)
            """,
            "Dropout.forward": """
                if mode == "test":
                    return x + 0, (dropout_param, ())
                p = dropout_param["p"]
                drawn = torch.rand(x.shape, dtype=torch.float64, device=x.device)
                out = x.double() / (1 - p)
                out[drawn <= p] = 0
                return out.to(x.dtype), (dropout_param, drawn)
            """,
            "Dropout.backward": """
                dropout_param, drawn = cache
                if dropout_param["mode"] == "test":
                    return dout + 0
                kept = drawn > dropout_param["p"]
                return torch.where(kept, dout / (1 - dropout_param["p"]), torch.zeros_like(dout))
            """,
        },
    ),
    Variant(
        "no_grad_and_annotations",
        "no_grad, annotated names, the batch in the columns, masked_fill",
        {
            "Linear.forward": """
                with torch.no_grad():
                    num: int = x.size(0)
                    columns: torch.Tensor = x.reshape(num, -1).T
                    out: torch.Tensor = (w.T @ columns + b[:, None]).T
                    return out, (x, w, b)
            """,
            "Linear.backward": """
                with torch.no_grad():
                    x, w, b = cache
                    num: int = x.size(0)
                    dx: torch.Tensor = (w @ dout.T).T.reshape(x.size())
                    dw: torch.Tensor = x.reshape(num, -1).permute(1, 0) @ dout
                    db: torch.Tensor = torch.ones(1, num, dtype=b.dtype, device=b.device) @ dout
                    return dx, dw, db.view(-1)
            """,
            "ReLU.forward": """
                with torch.no_grad():
                    out: torch.Tensor = x.clone()
                    out[out < 0] = 0
                    return out, x
            """,
            "ReLU.backward": """
                with torch.no_grad():
                    dx, x = None, cache
                    dx = dout.masked_fill(x <= 0, 0.0)
                    return dx
            """,
            "Dropout.forward": """
                with torch.no_grad():
                    mask: torch.Tensor | None = None
                    out: torch.Tensor | None = None
                    if mode == "train":
                        keep: float = 1 - dropout_param["p"]
                        mask = (torch.rand(*x.shape, dtype=x.dtype, device=x.device) < keep) / keep
                        out = x * mask
                    elif mode == "test":
                        out = x
                    cache = (dropout_param, mask)
                    out = out.to(dtype=x.dtype)
                    return out, cache
            """,
            "Dropout.backward": """
                dropout_param, mask = cache
                mode: str = dropout_param["mode"]
                dx: torch.Tensor | None = None
                if mode == "train":
                    dx = (dout * mask).to(dout.dtype)
                elif mode == "test":
                    dx = dout
                return dx
            """,
        },
    ),
)
