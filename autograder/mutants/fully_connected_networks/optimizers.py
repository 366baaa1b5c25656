"""Known mistakes in the update rules. `_all_three` holds what can go wrong in each of them."""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

MOMENTUM = "fully_connected_networks.sgd_momentum"
RMSPROP = "fully_connected_networks.rmsprop"
ADAM = "fully_connected_networks.adam"

IN_PLACE = "It looks as if w or dw is changed in place (w -= ..., dw *= ...); make new tensors."
SHARED = (
    "It looks as if all parameters share one memory, outside the config; the memory of a parameter belongs in its own "
    "config."
)


def _all_three(question: str, next_w: str, memory: tuple[str, ...]) -> tuple[Mutant, ...]:
    """`next_w`: the new parameter as the reference computes it; `memory`: the keys of what it remembers."""
    returned = f"return {next_w}, config"
    return (
        Mutant(
            question,
            "uphill",
            "It looks as if the step goes uphill, along the gradient; the loss falls against it.",
            ((returned, f"return 2 * w - ({next_w}), config"),),
        ),
        Mutant(
            question,
            "step_alone",
            "It looks as if the step is returned without w; next_w is w and the step together.",
            ((returned, f"return {next_w} - w, config"),),
        ),
        Mutant(
            question,
            "not_moved",
            "It looks as if w itself is returned; return the parameter after the step.",
            ((returned, "return w.clone(), config"),),
        ),
        Mutant(
            question,
            "config_not_returned",
            "It looks as if the config is not returned; return (next_w, config).",
            ((returned, f"return {next_w}, None"),),
        ),
        Mutant(
            question,
            "memory_alone_returned",
            "It looks as if the returned config holds the memory alone, so that the next step has the default "
            "settings; return the settings too.",
            ((returned, f"return {next_w}, {{k: config[k] for k in {memory}}}"),),
        ),
        Mutant(
            question,
            "parameter_changed",
            IN_PLACE,
            ((returned, f"w.copy_({next_w})\nreturn w, config"),),
        ),
        Mutant(
            question,
            "always_float32",
            "It looks as if next_w is always float32; it has the dtype of w.",
            ((returned, f"return ({next_w}).float(), config"),),
        ),
        Mutant(
            question,
            "made_on_the_cpu",
            "It looks as if next_w is made with torch.zeros on the CPU and filled; make it with torch.empty_like(w).",
            (
                (
                    returned,
                    f"next_w = torch.zeros(w.shape, dtype=w.dtype)\nnext_w[...] = {next_w}\nreturn next_w, config",
                ),
            ),
        ),
    )


MOMENTUM_MISTAKES = (
    *_all_three(MOMENTUM, "w + v", ("velocity",)),
    Mutant(
        MOMENTUM,
        "momentum_of_the_wrong_sign",
        "It looks as if the old velocity is turned round; w rolls on in its direction: + momentum * v.",
        (('config["momentum"] * config', '-config["momentum"] * config'),),
    ),
    Mutant(
        MOMENTUM,
        "gradient_of_the_wrong_sign",
        "It looks as if the gradient pushes the velocity uphill: v is momentum * v minus learning_rate * dw.",
        ((' - config["learning_rate"] * dw', ' + config["learning_rate"] * dw'),),
    ),
    Mutant(
        MOMENTUM,
        "torchs_velocity",
        "It looks as if the velocity is momentum * v + dw and w moves by -learning_rate * v, as in torch.optim; here "
        "the learning rate is inside the velocity, which moves w as it is.",
        (
            (' - config["learning_rate"] * dw', " + dw"),
            ("return w + v,", 'return w - config["learning_rate"] * v,'),
        ),
    ),
    Mutant(
        MOMENTUM,
        "velocity_not_saved",
        "It looks as if the new velocity is not saved: config['velocity'] is the old one.",
        (('config["velocity"] = v', "pass"),),
    ),
    Mutant(
        MOMENTUM,
        "velocity_ignored",
        "It looks as if every step starts from a velocity of 0; take it from config['velocity'].",
        (('config["velocity"] - config', 'torch.zeros_like(w) - config'),),
    ),
    Mutant(
        MOMENTUM,
        "old_velocity_moves_w",
        "It looks as if the old velocity moves w; compute the new one first, then w + v.",
        (("v = config", 'old = config["velocity"]\nv = config'), ("return w + v,", "return w + old,")),
    ),
    Mutant(
        MOMENTUM,
        "nesterov",
        "It looks as if w moves by the velocity and a part of it once more, which is Nesterov's momentum; here it is "
        "w + v.",
        (("return w + v,", 'return w + config["momentum"] * v - config["learning_rate"] * dw,'),),
    ),
    Mutant(
        MOMENTUM,
        "learning_rate_not_applied",
        "It looks as if the gradient is not multiplied by the learning rate.",
        ((' - config["learning_rate"] * dw', " - dw"),),
    ),
    Mutant(
        MOMENTUM,
        "learning_rate_applied_twice",
        "It looks as if the learning rate is applied twice: it is inside the velocity, so w moves by v as it is.",
        (("return w + v,", 'return w + config["learning_rate"] * v,'),),
    ),
    Mutant(
        MOMENTUM,
        "mean_of_both",
        "It looks as if the gradient counts 1 - momentum times, as in Adam; here it counts fully.",
        ((' - config["learning_rate"] * dw', ' - (1 - config["momentum"]) * config["learning_rate"] * dw'),),
    ),
    Mutant(
        MOMENTUM,
        "settings_swapped",
        "It looks as if momentum and learning rate have changed places.",
        (
            ('config["momentum"] * config', 'config["learning_rate"] * config'),
            ('- config["learning_rate"]', '- config["momentum"]'),
        ),
    ),
    Mutant(
        MOMENTUM,
        "momentum_overwritten",
        "It looks as if momentum is always 0.9; use the one in config.",
        (("v = config", 'config["momentum"] = 0.9\nv = config'),),
    ),
    Mutant(
        MOMENTUM,
        "learning_rate_overwritten",
        "It looks as if the learning rate is always 0.01; use the one in config.",
        (("v = config", 'config["learning_rate"] = 1e-2\nv = config'),),
    ),
    Mutant(
        MOMENTUM,
        "learning_rate_decayed",
        "It looks as if the learning rate in the config shrinks with every step; it is the Solver that decays it.",
        (('config["velocity"] = v', 'config["velocity"] = v\nconfig["learning_rate"] *= 0.95'),),
    ),
    Mutant(
        MOMENTUM,
        "parameter_saved_as_velocity",
        "It looks as if next_w is saved as the velocity; save v.",
        (('config["velocity"] = v', 'config["velocity"] = w + v'),),
    ),
    Mutant(
        MOMENTUM,
        "gradient_changed",
        IN_PLACE,
        ((' - config["learning_rate"] * dw', ' - dw.mul_(config["learning_rate"])'),),
    ),
    Mutant(
        MOMENTUM,
        "shared_memory",
        SHARED,
        body="""
            kept = getattr(sgd_momentum, "kept", None)
            going_on = kept is not None and kept.shape == w.shape and bool(config["velocity"].any())
            v = config["momentum"] * (kept if going_on else config["velocity"]) - config["learning_rate"] * dw
            sgd_momentum.kept = v
            config["velocity"] = v
            return w + v, config
        """,
    ),
)

RMSPROP_MISTAKES = (
    *_all_three(RMSPROP, 'w - config["learning_rate"] * dw / (cache.sqrt() + config["epsilon"])', ("cache",)),
    Mutant(
        RMSPROP,
        "decay_rate_0_read_as_missing",
        "It looks as if a decay_rate of 0 is taken for a missing one (decay_rate or 0.99); it is a setting, too.",
        (("cache = config", 'config["decay_rate"] = config["decay_rate"] or 0.99\ncache = config'),),
    ),
    Mutant(
        RMSPROP,
        "stale_cache",
        "It looks as if the step divides by the cache of the step before; update the cache first.",
        (("(cache.sqrt()", "(old.sqrt()"), ("cache = config", 'old = config["cache"]\ncache = config')),
    ),
    Mutant(
        RMSPROP,
        "cache_not_saved",
        "It looks as if the new cache is not saved: config['cache'] is the old one.",
        (('config["cache"] = cache', "pass"),),
    ),
    Mutant(
        RMSPROP,
        "cache_ignored",
        "It looks as if every step starts from a cache of 0; take it from config['cache'].",
        (('config["decay_rate"] * config["cache"] + ', ""),),
    ),
    Mutant(
        RMSPROP,
        "decay_swapped",
        "It looks as if decay_rate and 1 - decay_rate have changed places: the old cache counts decay_rate times.",
        (
            ('config["decay_rate"] * config', '(1 - config["decay_rate"]) * config'),
            ('(1 - config["decay_rate"]) * dw', 'config["decay_rate"] * dw'),
        ),
    ),
    Mutant(
        RMSPROP,
        "sum_of_the_squares",
        "It looks as if all squared gradients are added up, which is AdaGrad; here the old ones fade.",
        (
            ('config["decay_rate"] * config["cache"]', 'config["cache"]'),
            ('(1 - config["decay_rate"]) * dw**2', "dw**2"),
        ),
    ),
    Mutant(
        RMSPROP,
        "new_square_counts_fully",
        "It looks as if the new square is not multiplied by 1 - decay_rate.",
        (('(1 - config["decay_rate"]) * dw**2', "dw**2"),),
    ),
    Mutant(
        RMSPROP,
        "not_squared",
        "It looks as if the cache averages the gradients, or their sizes; it averages their squares.",
        (("dw**2", "dw.abs()"),),
    ),
    Mutant(
        RMSPROP,
        "no_root",
        "It looks as if the step is divided by the cache; divide by its root.",
        (("cache.sqrt()", "cache"),),
    ),
    Mutant(
        RMSPROP,
        "root_saved",
        "It looks as if the root of the cache is saved; save the cache, and take the root in the step.",
        (('config["cache"] = cache', 'config["cache"] = cache.sqrt()'),),
    ),
    Mutant(
        RMSPROP,
        "epsilon_inside_the_root",
        "It looks as if epsilon stands inside the root; it is added to the root.",
        (('(cache.sqrt() + config["epsilon"])', '(cache + config["epsilon"]).sqrt()'),),
    ),
    Mutant(
        RMSPROP,
        "epsilon_missing",
        "It looks as if epsilon is missing, so that a gradient of 0 divides 0 by 0.",
        (('(cache.sqrt() + config["epsilon"])', "cache.sqrt()"),),
    ),
    Mutant(
        RMSPROP,
        "divided_before_epsilon",
        "It looks as if a bracket is missing: dw / sqrt(cache) + epsilon adds epsilon to the step.",
        (('dw / (cache.sqrt() + config["epsilon"])', '(dw / cache.sqrt() + config["epsilon"])'),),
    ),
    Mutant(
        RMSPROP,
        "one_size_for_all",
        "It looks as if all entries share one mean of the squares; every number has its own.",
        (("dw**2", "(dw**2).mean()"), ('config["cache"] + ', 'config["cache"] + 0 * dw + ')),
    ),
    Mutant(
        RMSPROP,
        "learning_rate_not_applied",
        "It looks as if the step is not multiplied by the learning rate.",
        (('w - config["learning_rate"] * dw', "w - dw"),),
    ),
    Mutant(
        RMSPROP,
        "direction_of_the_gradient_lost",
        "It looks as if w moves by the square or the size of the gradient; its sign gives the direction.",
        (('config["learning_rate"] * dw', 'config["learning_rate"] * dw.abs()'),),
    ),
    Mutant(
        RMSPROP,
        "decay_overwritten",
        "It looks as if decay_rate is always 0.99; use the one in config.",
        (("cache = config", 'config["decay_rate"] = 0.99\ncache = config'),),
    ),
    Mutant(
        RMSPROP,
        "wrong_default_decay",
        "It looks as if decay_rate is 0.9 where none is given; its default is 0.99.",
        (("cache = config", 'if config["decay_rate"] == 0.99:\n    config["decay_rate"] = 0.9\ncache = config'),),
    ),
    Mutant(
        RMSPROP,
        "epsilon_overwritten",
        "It looks as if epsilon is always 1e-8; use the one in config.",
        (("cache = config", 'config["epsilon"] = 1e-8\ncache = config'),),
    ),
    Mutant(
        RMSPROP,
        "gradient_changed",
        IN_PLACE,
        (
            (
                'return w - config["learning_rate"] * dw / (cache.sqrt() + config["epsilon"])',
                'step = config["learning_rate"] * dw / (cache.sqrt() + config["epsilon"])\n'
                "dw.pow_(2)\nreturn w - step",
            ),
        ),
    ),
    Mutant(
        RMSPROP,
        "shared_memory",
        SHARED,
        body="""
            kept = getattr(rmsprop, "kept", None)
            going_on = kept is not None and kept.shape == w.shape and bool(config["cache"].any())
            cache = config["decay_rate"] * (kept if going_on else config["cache"]) + (1 - config["decay_rate"]) * dw**2
            rmsprop.kept = cache
            config["cache"] = cache
            return w - config["learning_rate"] * dw / (cache.sqrt() + config["epsilon"]), config
        """,
    ),
)

ADAM_MISTAKES = (
    *_all_three(ADAM, 'w - config["learning_rate"] * m_hat / (v_hat.sqrt() + config["epsilon"])', ("m", "v", "t")),
    Mutant(
        ADAM,
        "betas_of_0_read_as_missing",
        "It looks as if a beta of 0 is taken for a missing one (beta1 or 0.9); it is a setting like any other.",
        (
            (
                'beta1, beta2 = config["beta1"], config["beta2"]',
                'beta1, beta2 = config["beta1"] or 0.9, config["beta2"] or 0.999',
            ),
        ),
    ),
    Mutant(
        ADAM,
        "correction_that_ends",
        "It looks as if the correction for the start is left out after the first ten steps; it fades by itself.",
        (
            ("m_hat = m / (1 - beta1**t)", "m_hat = m / (1 - beta1**t) if t <= 10 else m"),
            ("v_hat = v / (1 - beta2**t)", "v_hat = v / (1 - beta2**t) if t <= 10 else v"),
        ),
    ),
    Mutant(
        ADAM,
        "t_frozen",
        "It looks as if t is never saved: every step is corrected like the first.",
        (('config["t"], config["m"], config["v"] = t, m, v', 'config["m"], config["v"] = m, v'),),
    ),
    Mutant(
        ADAM,
        "t_counted_late",
        "It looks as if t is counted up after the step; count first, so that it is 1 in the first step.",
        (('t = config["t"] + 1', 't = config["t"]'), ("= t, m, v", "= t + 1, m, v")),
    ),
    Mutant(
        ADAM,
        "t_counted_twice",
        "It looks as if t is counted up twice in a step.",
        (('config["t"] + 1', 'config["t"] + 2'),),
    ),
    Mutant(
        ADAM,
        "t_of_the_first_step",
        "It looks as if the correction takes t = 1 in every step; take the number of the step.",
        (("(1 - beta1**t)", "(1 - beta1)"), ("(1 - beta2**t)", "(1 - beta2)")),
    ),
    Mutant(
        ADAM,
        "betas_swapped",
        "It looks as if beta1 and beta2 have changed places: beta1 is for m, beta2 for v.",
        (('config["beta1"], config["beta2"]', 'config["beta2"], config["beta1"]'),),
    ),
    Mutant(
        ADAM,
        "beta_times_t",
        "It looks as if the correction has beta * t; it is beta ** t, beta to the power of t.",
        (("beta1**t", "beta1 * t"), ("beta2**t", "beta2 * t")),
    ),
    Mutant(
        ADAM,
        "power_of_the_difference",
        "It looks as if the correction has (1 - beta) ** t; it is 1 - beta ** t.",
        (("(1 - beta1**t)", "(1 - beta1) ** t"), ("(1 - beta2**t)", "(1 - beta2) ** t")),
    ),
    Mutant(
        ADAM,
        "corrected_moments_stored",
        "It looks as if the corrected m_hat and v_hat are stored; store m and v, and correct them anew in each step.",
        (
            ('config["t"], config["m"], config["v"] = t, m, v\n', ""),
            ("v_hat = v / (1 - beta2**t)", "v_hat = v / (1 - beta2**t)\nconfig.update(t=t, m=m_hat, v=v_hat)"),
        ),
    ),
    Mutant(
        ADAM,
        "no_correction",
        "It looks as if m and v are not corrected for their start at 0.",
        (("m / (1 - beta1**t)", "m"), ("v / (1 - beta2**t)", "v")),
    ),
    Mutant(
        ADAM,
        "only_m_corrected",
        "It looks as if only m is corrected for its start at 0, not v.",
        (("v / (1 - beta2**t)", "v"),),
    ),
    Mutant(
        ADAM,
        "only_v_corrected",
        "It looks as if only v is corrected for its start at 0, not m.",
        (("m / (1 - beta1**t)", "m"),),
    ),
    Mutant(
        ADAM,
        "corrected_by_multiplying",
        "It looks as if m and v are multiplied by 1 - beta ** t; divide by it.",
        (("m / (1 - beta1**t)", "m * (1 - beta1**t)"), ("v / (1 - beta2**t)", "v * (1 - beta2**t)")),
    ),
    Mutant(
        ADAM,
        "both_corrected_by_beta1",
        "It looks as if v is corrected with beta1; it has beta2.",
        (("(1 - beta2**t)", "(1 - beta1**t)"),),
    ),
    Mutant(
        ADAM,
        "parameter_for_gradient",
        "It looks as if dw = w somewhere: the moments average the parameter; they average the gradient.",
        (("t = config", "dw = w\nt = config"),),
    ),
    Mutant(
        ADAM,
        "m_not_saved",
        "It looks as if the new m is not saved.",
        (('config["t"], config["m"], config["v"] = t, m, v', 'config["t"], config["v"] = t, v'),),
    ),
    Mutant(
        ADAM,
        "v_not_saved",
        "It looks as if the new v is not saved.",
        (('config["t"], config["m"], config["v"] = t, m, v', 'config["t"], config["m"] = t, m'),),
    ),
    Mutant(
        ADAM,
        "stale_moments",
        "It looks as if the step uses m and v of the step before; update them first.",
        (
            ("t = config", 'old_m, old_v = config["m"], config["v"]\nt = config'),
            ("m_hat = m /", "m_hat = old_m /"),
            ("v_hat = v /", "v_hat = old_v /"),
        ),
    ),
    Mutant(
        ADAM,
        "new_gradient_counts_fully",
        "It looks as if the new gradient and its square are not multiplied by 1 - beta.",
        (("(1 - beta1) * dw\n", "dw\n"), ("(1 - beta2) * dw**2", "dw**2")),
    ),
    Mutant(
        ADAM,
        "not_squared",
        "It looks as if v averages the gradient, or its size; it averages its square.",
        (("dw**2", "dw.abs()"),),
    ),
    Mutant(
        ADAM,
        "square_of_the_mean",
        "It looks as if v averages the square of m; it averages the square of the gradient.",
        (("dw**2", "m**2"),),
    ),
    Mutant(
        ADAM,
        "no_root",
        "It looks as if the step is divided by v_hat; divide by its root.",
        (("v_hat.sqrt()", "v_hat"),),
    ),
    Mutant(
        ADAM,
        "gradient_for_mean",
        "It looks as if w moves by dw; it moves by m_hat, the corrected mean of the gradients.",
        (("* m_hat /", "* dw /"),),
    ),
    Mutant(
        ADAM,
        "epsilon_inside_the_root",
        "It looks as if epsilon stands inside the root; it is added to the root.",
        (('(v_hat.sqrt() + config["epsilon"])', '(v_hat + config["epsilon"]).sqrt()'),),
    ),
    Mutant(
        ADAM,
        "epsilon_before_the_correction",
        "It looks as if epsilon is added to the root of v before v is corrected; add it to the root of v_hat.",
        (('(v_hat.sqrt() + config["epsilon"])', '((v.sqrt() + config["epsilon"]) / (1 - beta2**t) ** 0.5)'),),
    ),
    Mutant(
        ADAM,
        "epsilon_missing",
        "It looks as if epsilon is missing, so that a gradient of 0 divides 0 by 0.",
        (('(v_hat.sqrt() + config["epsilon"])', "v_hat.sqrt()"),),
    ),
    Mutant(
        ADAM,
        "learning_rate_not_applied",
        "It looks as if the step is not multiplied by the learning rate.",
        (('w - config["learning_rate"] * m_hat', "w - m_hat"),),
    ),
    Mutant(
        ADAM,
        "learning_rate_of_the_others",
        "It looks as if the learning rate is 0.01 where none is given; the default of Adam is 0.001.",
        (("t = config", 'if config["learning_rate"] == 1e-3:\n    config["learning_rate"] = 1e-2\nt = config'),),
    ),
    Mutant(
        ADAM,
        "betas_overwritten",
        "It looks as if the betas are always 0.9 and 0.999; use those in config.",
        (('beta1, beta2 = config["beta1"], config["beta2"]', "beta1, beta2 = 0.9, 0.999"),),
    ),
    Mutant(
        ADAM,
        "weight_decay",
        "It looks as if w shrinks a little in each step, as with weight decay; regularization belongs in the loss.",
        (("return w - config", 'return 0.99 * w - config'),),
    ),
    Mutant(
        ADAM,
        "gradient_changed",
        IN_PLACE,
        (("m_hat = m", "dw *= 1 - beta1\nm_hat = m"),),
    ),
    Mutant(
        ADAM,
        "shared_memory",
        SHARED,
        body="""
            kept = getattr(adam, "kept", None)
            going_on = kept is not None and kept[0].shape == w.shape and config["t"] > 0
            old_m, old_v = kept if going_on else (config["m"], config["v"])
            beta1, beta2 = config["beta1"], config["beta2"]
            t = config["t"] + 1
            m, v = beta1 * old_m + (1 - beta1) * dw, beta2 * old_v + (1 - beta2) * dw**2
            adam.kept = m, v
            config.update(t=t, m=m, v=v)
            step = m / (1 - beta1**t) / ((v / (1 - beta2**t)).sqrt() + config["epsilon"])
            return w - config["learning_rate"] * step, config
        """,
    ),
)

MUTANTS = MOMENTUM_MISTAKES + RMSPROP_MISTAKES + ADAM_MISTAKES
