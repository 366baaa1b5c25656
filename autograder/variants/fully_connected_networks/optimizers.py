"""Other right ways to write the update rules."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS = (
    Variant(
        "memory_in_place",
        "the memory is updated in place; the step is written into a copy of w",
        {
            "sgd_momentum": """
                v = config["velocity"]
                v.mul_(config["momentum"]).sub_(config["learning_rate"] * dw)
                next_w = w.clone()
                next_w += v
                return next_w, config
            """,
            "rmsprop": """
                cache = config["cache"]
                cache *= config["decay_rate"]
                cache += (1 - config["decay_rate"]) * dw.pow(2)
                next_w = w.clone()
                next_w -= config["learning_rate"] * dw / (torch.sqrt(cache) + config["epsilon"])
                return next_w, config
            """,
            "adam": """
                config["t"] += 1
                config["m"].mul_(config["beta1"]).add_(dw, alpha=1 - config["beta1"])
                config["v"].mul_(config["beta2"]).addcmul_(dw, dw, value=1 - config["beta2"])
                m_hat = config["m"] / (1 - config["beta1"] ** config["t"])
                v_hat = config["v"] / (1 - config["beta2"] ** config["t"])
                next_w = w.clone()
                next_w.addcdiv_(m_hat, v_hat.sqrt() + config["epsilon"], value=-config["learning_rate"])
                return next_w, config
            """,
        },
    ),
    Variant(
        "fused_steps",
        "lerp and addcdiv; the corrections of Adam moved into the learning rate and epsilon",
        {
            "sgd_momentum": """
                config["velocity"] = torch.sub(
                    config["momentum"] * config["velocity"], dw, alpha=config["learning_rate"]
                )
                return torch.add(w, config["velocity"]), config
            """,
            "rmsprop": """
                config["cache"] = torch.lerp(dw.square(), config["cache"], config["decay_rate"])
                size = config["cache"].sqrt().add(config["epsilon"])
                return torch.addcdiv(w, dw, size, value=-config["learning_rate"]), config
            """,
            "adam": """
                t = config["t"] = config["t"] + 1
                m = config["m"] = torch.lerp(dw, config["m"], config["beta1"])
                v = config["v"] = torch.lerp(dw * dw, config["v"], config["beta2"])
                root = (1 - config["beta2"] ** t) ** 0.5
                rate = config["learning_rate"] * root / (1 - config["beta1"] ** t)
                return w - rate * m / (v.sqrt() + config["epsilon"] * root), config
            """,
        },
    ),
    Variant(
        "steps_in_float64",
        "computed in float64 and converted back, the memory too; a new dict is returned",
        {
            "sgd_momentum": """
                v = config["momentum"] * config["velocity"].double() - config["learning_rate"] * dw.double()
                next_w = (w.double() + v).to(w.dtype)
                return next_w, {**config, "velocity": v.to(w.dtype)}
            """,
            "rmsprop": """
                rate, decay = config["learning_rate"], config["decay_rate"]
                cache = decay * config["cache"].double() + (1 - decay) * dw.double() ** 2
                step = rate * dw.double() / (cache**0.5 + config["epsilon"])
                return (w.double() - step).to(w.dtype), {**config, "cache": cache.to(w.dtype)}
            """,
            "adam": """
                beta1, beta2, t = config["beta1"], config["beta2"], config["t"] + 1
                m = beta1 * config["m"].double() + (1 - beta1) * dw.double()
                v = beta2 * config["v"].double() + (1 - beta2) * dw.double() ** 2
                step = m / (1 - beta1**t) / ((v / (1 - beta2**t)) ** 0.5 + config["epsilon"])
                next_w = (w.double() - config["learning_rate"] * step).to(w.dtype)
                return next_w, {**config, "t": t, "m": m.to(w.dtype), "v": v.to(w.dtype)}
            """,
        },
    ),
    Variant(
        "annotated_steps",
        "no_grad, annotated names, the state in extra entries, t as a float",
        {
            "sgd_momentum": """
                with torch.no_grad():
                    next_w: torch.Tensor | None = None
                    velocity: torch.Tensor = config["velocity"]
                    velocity = config["momentum"] * velocity + -config["learning_rate"] * dw
                    next_w = w + velocity
                    config["velocity"], config["steps"] = velocity, config.get("steps", 0) + 1
                    return next_w, config
            """,
            "rmsprop": """
                with torch.no_grad():
                    mean: torch.Tensor = config["cache"] + (1 - config["decay_rate"]) * (dw * dw - config["cache"])
                    config["cache"] = mean
                    scale: torch.Tensor = 1 / (mean.sqrt() + config["epsilon"])
                    next_w: torch.Tensor = torch.sub(w, dw * scale, alpha=config["learning_rate"])
                    return next_w, config
            """,
            "adam": """
                with torch.no_grad():
                    t: float = float(config["t"]) + 1.0
                    m: torch.Tensor = torch.add(config["beta1"] * config["m"], dw, alpha=1 - config["beta1"])
                    v: torch.Tensor = config["v"] + (1 - config["beta2"]) * (dw.square() - config["v"])
                    mt: torch.Tensor = m / (1 - pow(config["beta1"], t))
                    vt: torch.Tensor = v / (1 - pow(config["beta2"], t))
                    next_w: torch.Tensor = w - (config["learning_rate"] * mt) / (torch.sqrt(vt) + config["epsilon"])
                    config.update({"t": t, "m": m, "v": v})
                    return next_w, config
            """,
        },
    ),
)
