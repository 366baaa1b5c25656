"""More right answers to the accounting: sums over products, floats on the way, classes, extra columns."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "floats_on_the_way",
        "divisions with a fraction, then floor and ceil; the field from the output down",
        {
            "conv_output_size": """
                import math
                if size <= 0 or kernel <= 0 or stride <= 0 or pad < 0:
                    raise ValueError("not a convolution")
                places = (size - kernel + 2 * pad) / stride + 1
                if size - kernel + 2 * pad < 0:
                    raise ValueError("no place for the kernel")
                return int(math.floor(places))
            """,
            "pool_output_size": """
                import math
                s = kernel if stride is None else stride
                if size <= 0 or kernel <= 0 or s <= 0 or pad < 0 or pad > kernel / 2:
                    raise ValueError("not a pool")
                if size + 2 * pad - kernel < 0:
                    raise ValueError("no place for the window")
                rounding = math.ceil if ceil_mode else math.floor
                out = rounding((size + 2 * pad - kernel) / s) + 1
                return out - 1 if ceil_mode and (out - 1) * s - pad > size - 1 else out
            """,
            "receptive_field": """
                r = 1
                for layer in reversed(layers):
                    if "pool" not in layer["kind"] and layer["kind"] != "conv" or layer["kind"] == "global_avg_pool":
                        raise ValueError(f"a {layer['kind']} layer has no receptive field of its own")
                    own = layer["kernel"] if "pool" in layer["kind"] else 1
                    r = (r - 1) * layer.get("stride", own) + layer["kernel"]
                return r
            """,
        },
    ),
    Variant(
        "steps_first",
        "all distances between neighbours in a list, then one sum",
        {
            "receptive_field": """
                jumps = [1]
                for layer in layers:
                    if layer["kind"] == "conv":
                        jumps.append(jumps[-1] * layer.get("stride", 1))
                    elif layer["kind"] in ("max_pool", "avg_pool"):
                        jumps.append(jumps[-1] * layer.get("stride", layer["kernel"]))
                    else:
                        raise ValueError("not a convolution, not a pool: " + layer["kind"])
                return 1 + sum((layer["kernel"] - 1) * j for layer, j in zip(layers, jumps))
            """,
            "network_table": """
                shapes, rows = [tuple(input_shape)], []
                for number, layer in enumerate(layers, start=1):
                    work = dict(layer)
                    work.update(input_shape=shapes[-1], name=layer.get("name", layer["kind"] + str(number)))
                    try:
                        shape, kb, parameters, operations = layer_cost(work)
                    except (ValueError, TypeError) as problem:
                        raise ValueError(f"the layer {work['name']} does not fit {shapes[-1]}") from problem
                    shapes.append(shape)
                    rows.append({"name": work["name"], "kind": layer["kind"], "input_shape": shapes[-2],
                                 "output_shape": shape, "memory_kb": kb, "parameters": parameters,
                                 "multiply_adds": operations})
                totals = dict.fromkeys(("memory_kb", "parameters", "multiply_adds"), 0)
                for key in totals:
                    totals[key] = sum([row[key] for row in rows])
                totals["layers"] = len(rows)
                return tuple(rows), totals
            """,
        },
    ),
    Variant(
        "own_sizes",
        "costs that compute their sizes themselves, by loops over places and filters",
        {
            "layer_cost": """
                kind, shape = layer["kind"], layer["input_shape"]
                if kind not in ("conv", "max_pool", "avg_pool", "global_avg_pool", "flatten", "linear"):
                    raise ValueError(kind)
                if kind == "linear" and len(shape) == 3:
                    raise ValueError("linear")
                if kind not in ("linear", "flatten") and len(shape) == 1:
                    raise ValueError("image")
                numbers = parameters = operations = 0
                if kind in ("conv", "max_pool", "avg_pool"):
                    C, H, W = shape
                    k, p = layer["kernel"], layer.get("pad", 0)
                    s = layer.get("stride", 1 if kind == "conv" else k)
                    if k > min(H, W) + 2 * p:
                        raise ValueError("too large a kernel")
                    h, w = (H + 2 * p - k) // s + 1, (W + 2 * p - k) // s + 1
                    if layer.get("ceil_mode") and kind != "conv":
                        h += (H + 2 * p - k) % s > 0 and h * s - p < H
                        w += (W + 2 * p - k) % s > 0 and w * s - p < W
                    if kind == "conv":
                        groups = layer.get("groups", 1)
                        if C % groups or layer["channels"] % groups:
                            raise ValueError("the groups do not divide the channels")
                        for _ in range(layer["channels"]):
                            parameters += k * k * (C // groups)
                            operations += k * k * (C // groups) * h * w
                        if layer.get("bias", True):
                            parameters += layer["channels"]
                        out = (layer["channels"], h, w)
                    else:
                        out = (C, h, w)
                        operations = k * k * C * h * w
                    numbers = out[0] * h * w
                elif kind == "global_avg_pool":
                    out, numbers, operations = (shape[0], 1, 1), shape[0], shape[0] * shape[1] * shape[2]
                elif kind == "flatten":
                    numbers = 1
                    for n in shape:
                        numbers *= n
                    out = (numbers,)
                else:
                    numbers = layer["features"]
                    out, operations = (numbers,), shape[0] * numbers
                    parameters = operations + numbers * layer.get("bias", True)
                kilobytes = numbers * 32 / 8 / 1024
                return out, kilobytes, parameters, operations
            """,
        },
    ),
    Variant(
        "by_cases",
        "a match on the kind; shapes as torch.Size, memory as a tensor",
        {
            "conv_output_size": """
                if size < 1 or kernel < 1 or stride < 1 or pad < 0:
                    raise ValueError("senseless")
                n, at = 0, -pad
                while at + kernel <= size + pad:
                    n, at = n + 1, at + stride
                if n:
                    return n
                raise ValueError("the kernel does not fit anywhere")
            """,
            "layer_cost": """
                shape = torch.Size(layer["input_shape"])
                parameters = operations = 0
                match layer["kind"], len(shape):
                    case "conv", 3:
                        f, k, g = layer["channels"], layer["kernel"], layer.get("groups", 1)
                        if shape[0] % g or f % g:
                            raise ValueError(f"{g} groups, {shape[0]} and {f} channels")
                        rest = [layer.get("stride", 1), layer.get("pad", 0)]
                        out = torch.Size([f] + [conv_output_size(n, k, *rest) for n in shape[1:]])
                        operations = out.numel() * k**2 * (shape[0] // g)
                        parameters = operations // (out[1] * out[2]) + f * int(layer.get("bias", True))
                    case ("max_pool" | "avg_pool"), 3:
                        k = layer["kernel"]
                        rest = [layer.get("stride", k), layer.get("pad", 0), layer.get("ceil_mode", False)]
                        out = torch.Size([shape[0]] + [pool_output_size(n, k, *rest) for n in shape[1:]])
                        operations = out.numel() * k**2
                    case "global_avg_pool", 3:
                        out, operations = torch.Size([shape[0], 1, 1]), shape.numel()
                    case "flatten", _:
                        out = torch.Size([shape.numel()])
                    case "linear", 1:
                        out = torch.Size([layer["features"]])
                        operations = shape[0] * out[0]
                        parameters = operations + out[0] * int(layer.get("bias", True))
                    case kind, axes:
                        raise ValueError(f"no layer of kind {kind} takes {axes} axes")
                memory = torch.tensor(out.numel() * 4, dtype=torch.float64) / 1024
                return out, memory.item(), parameters, operations
            """,
        },
    ),
    Variant(
        "accumulated",
        "itertools over the chain, errors found by trying again; powers of two for KB",
        {
            "pool_output_size": """
                stride = stride if stride is not None else kernel
                if pad > kernel // 2:
                    raise ValueError(f"pad {pad} is too much for a window of {kernel}")
                conv_output_size(size, kernel, stride, pad)
                last = size - 1 if ceil_mode else size + pad - kernel
                end = size + pad - kernel + (stride - 1 if ceil_mode else 0)
                return len(range(-pad, min(last, end) + 1, stride))
            """,
            "network_table": """
                from itertools import accumulate

                names = [layer.get("name", "%s%d" % (layer["kind"], i)) for i, layer in enumerate(layers, 1)]

                def step(state, pair):
                    name, layer = pair
                    copy = {k: v for k, v in layer.items() if k != "input_shape"}
                    try:
                        return layer_cost(copy | {"input_shape": state[0]})
                    except ValueError as e:
                        e.args = (f"{name}: {e}",)
                        raise

                costs = list(accumulate(zip(names, layers), step, initial=(input_shape, 0, 0, 0)))[1:]
                rows = [{"name": n, "output_shape": c[0], "memory_kb": c[1], "parameters": c[2],
                         "multiply_adds": c[3]} for n, c in zip(names, costs)]
                sums = [sum(column) for column in list(zip(*costs))[1:]] or [0, 0, 0]
                return rows, dict(zip(("memory_kb", "parameters", "multiply_adds"), sums))
            """,
        },
    ),
)
