"""Right answers to the accounting: sizes, receptive fields, costs, the table."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "positions_listed",
        "sizes as the length of a list of places; the field as a set of pixels; costs looked up by kind",
        {
            "conv_output_size": """
                if not (size >= 1 and kernel >= 1 and stride >= 1 and pad >= 0):
                    raise ValueError("sizes, kernels and strides begin at 1, paddings at 0")
                places = range(-pad, size + pad - kernel + 1, stride)
                if len(places) == 0:
                    raise ValueError("the kernel does not fit")
                return len(places)
            """,
            "pool_output_size": """
                if stride is None:
                    stride = kernel
                if size < 1 or kernel < 1 or stride < 1 or pad < 0 or 2 * pad > kernel:
                    raise ValueError("a pool cannot have these settings")
                if kernel > size + 2 * pad:
                    raise ValueError("the window does not fit")
                starts = [-pad]
                while starts[-1] + stride + kernel <= size + pad:
                    starts.append(starts[-1] + stride)
                reaches_the_end = starts[-1] + kernel == size + pad
                if ceil_mode and not reaches_the_end and starts[-1] + stride < size:
                    starts.append(starts[-1] + stride)
                return len(starts)
            """,
            "receptive_field": """
                seen = {0}
                for layer in layers[::-1]:
                    if layer["kind"] not in {"conv", "max_pool", "avg_pool"}:
                        raise ValueError(f"{layer['kind']} sees everything")
                    step = layer["stride"] if "stride" in layer else (1 if layer["kind"] == "conv" else layer["kernel"])
                    first, last = min(seen) * step, max(seen) * step + layer["kernel"] - 1
                    seen = {first, last}
                return max(seen) - min(seen) + 1
            """,
            "layer_cost": """
                shape = tuple(layer["input_shape"])

                def size(s):
                    return 1 if not s else s[0] * size(s[1:])

                def conv():
                    c, h, w = shape
                    k, g, f = layer["kernel"], layer.get("groups", 1), layer["channels"]
                    if c % g or f % g:
                        raise ValueError(f"groups {g} do not divide the channels")
                    s, p = layer.get("stride", 1), layer.get("pad", 0)
                    out = (f, conv_output_size(h, k, s, p), conv_output_size(w, k, s, p))
                    per_number = k * k * c // g
                    return out, f * per_number + f * bool(layer.get("bias", True)), size(out) * per_number

                def pool():
                    c, h, w = shape
                    settings = {name: layer[name] for name in ("stride", "pad", "ceil_mode") if name in layer}
                    out = (c, *(pool_output_size(n, layer["kernel"], **settings) for n in (h, w)))
                    return out, 0, size(out) * layer["kernel"] ** 2

                def global_pool():
                    c, h, w = shape
                    return (c, 1, 1), 0, c * h * w

                def linear():
                    (d,) = shape
                    m = layer["features"]
                    return (m,), (d + layer.get("bias", True)) * m, d * m

                kinds = {"conv": conv, "max_pool": pool, "avg_pool": pool, "global_avg_pool": global_pool,
                         "linear": linear, "flatten": lambda: ((size(shape),), 0, 0)}
                if layer["kind"] not in kinds:
                    raise ValueError("unknown kind " + str(layer["kind"]))
                out, parameters, operations = kinds[layer["kind"]]()
                return out, size(out) / 256, int(parameters), operations
            """,
            "network_table": """
                rows, current = [], input_shape
                for i in range(len(layers)):
                    layer = dict(layers[i])
                    layer["input_shape"] = current
                    if "name" not in layer:
                        layer["name"] = layer["kind"] + str(i + 1)
                    try:
                        cost = layer_cost(layer)
                    except ValueError as e:
                        raise ValueError("layer " + layer["name"] + " does not fit: " + str(e)) from e
                    keys = ("output_shape", "memory_kb", "parameters", "multiply_adds")
                    rows.append(dict(name=layer["name"], **dict(zip(keys, cost))))
                    current = cost[0]
                totals = {"memory_kb": 0.0, "parameters": 0, "multiply_adds": 0}
                for row in rows:
                    for key in totals:
                        totals[key] += row[key]
                return rows, totals
            """,
        },
    ),
    Variant(
        "torch_on_meta",
        "torch's own layers without numbers; sizes by ceilings of what is covered",
        {
            "conv_output_size": """
                if min(size, kernel, stride) < 1 or pad < 0 or size + 2 * pad < kernel:
                    raise ValueError(f"{(size, kernel, stride, pad)} cannot be")
                return (size + 2 * pad - kernel + stride) // stride
            """,
            "pool_output_size": """
                step = kernel if stride is None else stride
                if min(size, kernel, step) < 1 or not 0 <= 2 * pad <= kernel:
                    raise ValueError("no such pool")
                free = size + 2 * pad - kernel
                if free < 0:
                    raise ValueError("too large a window")
                count = -(-free // step) + 1 if ceil_mode else free // step + 1
                if ceil_mode and (count - 1) * step >= size + pad:
                    count -= 1
                return count
            """,
            "receptive_field": """
                x = torch.empty(1, 1, 1, device="meta")
                for layer in reversed(layers):
                    kind, k = layer["kind"], layer.get("kernel")
                    if kind == "conv":
                        stride = layer.get("stride", 1)
                    elif kind.endswith("_pool") and not kind.startswith("global"):
                        stride = layer.get("stride", k)
                    else:
                        raise ValueError(f"no window: {kind}")
                    x = nn.functional.conv_transpose1d(x, torch.empty(1, 1, k, device="meta"), stride=stride)
                return x.shape[-1]
            """,
            "layer_cost": """
                get, shape = layer.get, list(layer["input_shape"])
                kind = layer["kind"]
                image = kind in ("conv", "max_pool", "avg_pool", "global_avg_pool")
                if image and len(shape) != 3 or kind == "linear" and len(shape) != 1:
                    raise ValueError(f"{kind} on {shape} cannot be")
                try:
                    if kind == "conv":
                        module = nn.Conv2d(shape[0], layer["channels"], layer["kernel"], get("stride", 1),
                                           get("pad", 0), groups=get("groups", 1), bias=get("bias", True),
                                           device="meta")
                    elif kind == "linear":
                        module = nn.Linear(shape[0], layer["features"], get("bias", True), device="meta")
                    elif kind == "max_pool":
                        module = nn.MaxPool2d(layer["kernel"], get("stride"), get("pad", 0),
                                              ceil_mode=get("ceil_mode", False))
                    elif kind == "avg_pool":
                        module = nn.AvgPool2d(layer["kernel"], get("stride"), get("pad", 0), get("ceil_mode", False))
                    elif kind == "global_avg_pool":
                        module = nn.AdaptiveAvgPool2d(1)
                    elif kind == "flatten":
                        module = nn.Flatten()
                    else:
                        raise ValueError(f"what is a {kind}?")
                    out = module(torch.empty(1, *shape, device="meta"))
                except RuntimeError as e:
                    raise ValueError("it does not fit: " + str(e)) from e
                parameters = sum(p.numel() for p in module.parameters())
                weights = module.weight.numel() if hasattr(module, "weight") else 0
                area = 1
                for n in out.shape[2:]:
                    area *= n
                if kind == "global_avg_pool":
                    operations = shape[0] * shape[1] * shape[2]
                elif kind in ("max_pool", "avg_pool"):
                    operations = out.numel() * layer["kernel"] ** 2
                else:
                    operations = weights * area
                return tuple(out.shape[1:]), out.numel() * 4 / 2**10, parameters, operations
            """,
            "network_table": """
                class Chain:
                    def __init__(self):
                        self.shape, self.rows = input_shape, []

                    def add(self, name, layer):
                        try:
                            values = layer_cost({**layer, "input_shape": self.shape})
                        except ValueError as e:
                            raise ValueError(f"{e} (in {name})") from None
                        self.shape = values[0]
                        columns = ["name", "output_shape", "memory_kb", "parameters", "multiply_adds"]
                        self.rows += [dict(zip(columns, (name, *values)))]

                chain = Chain()
                for n, layer in enumerate(layers):
                    chain.add(layer["name"] if "name" in layer else f"{layer['kind']}{n + 1}", layer)
                return chain.rows, {k: sum(r[k] for r in chain.rows)
                                    for k in ["memory_kb", "parameters", "multiply_adds"]}
            """,
        },
    ),
    Variant(
        "built_on_one_another",
        "the pool by the convolution, the field by differences of two sizes, the table by recursion",
        {
            "conv_output_size": """
                for name, value, least in (("size", size, 1), ("kernel", kernel, 1), ("stride", stride, 1),
                                           ("pad", pad, 0)):
                    if value < least:
                        raise ValueError(f"{name} is {value}, expected at least {least}")
                count, rest = divmod(size + 2 * pad - kernel, stride)
                if count < 0:
                    raise ValueError(f"kernel {kernel} is larger than {size + 2 * pad}")
                return count + 1
            """,
            "pool_output_size": """
                if stride is None:
                    return pool_output_size(size, kernel, kernel, pad, ceil_mode)
                if pad * 2 > kernel:
                    raise ValueError("pad should be at most half of the kernel")
                plain = conv_output_size(size, kernel, stride, pad)
                if not ceil_mode:
                    return plain
                covered = (plain - 1) * stride + kernel
                if covered >= size + 2 * pad or plain * stride - pad >= size:
                    return plain
                return plain + 1
            """,
            "receptive_field": """
                if not layers:
                    return 1
                *below, top = layers
                if top["kind"] not in ("conv", "max_pool", "avg_pool"):
                    raise ValueError("only convolutions and pools have a receptive field")
                step = 1
                for layer in below:
                    step *= layer.get("stride") or (1 if layer["kind"] == "conv" else layer["kernel"])
                return receptive_field(below) + (top["kernel"] - 1) * step
            """,
            "layer_cost": """
                settings = {"stride": None, "pad": 0, "groups": 1, "bias": True, "ceil_mode": False} | layer
                kind, shape, bias = settings["kind"], settings["input_shape"], settings["bias"]
                if kind == "flatten":
                    if len(shape) == 1:
                        return tuple(shape), shape[0] / 256, 0, 0
                    return (shape[0] * shape[1] * shape[2],), shape[0] * shape[1] * shape[2] / 256, 0, 0
                if kind == "linear":
                    if len(shape) > 1:
                        raise ValueError("a flatten is missing before the linear layer")
                    D, M = shape[0], settings["features"]
                    return (M,), 4 * M / 1024, D * M + (M if bias else 0), D * M
                if kind not in ("conv", "max_pool", "avg_pool", "global_avg_pool"):
                    raise ValueError(f"layers of kind {kind} are unknown here")
                if len(shape) != 3:
                    raise ValueError(f"{kind} needs an image, and gets a row of {shape[0]}")
                C, H, W = shape
                if kind == "global_avg_pool":
                    return (C, 1, 1), C / 256, 0, C * H * W
                K = settings["kernel"]
                if kind == "conv":
                    F, G, S = settings["channels"], settings["groups"], settings["stride"]
                    if C / G != int(C / G) or F / G != int(F / G):
                        raise ValueError(f"{C} and {F} channels in {G} groups do not go")
                    S = 1 if S is None else S
                    h, w = conv_output_size(H, K, S, settings["pad"]), conv_output_size(W, K, S, settings["pad"])
                    parameters = G * (F // G) * (C // G) * K * K
                    products = parameters * h * w
                    parameters += F if bias else 0
                else:
                    F, (h, w) = C, (pool_output_size(n, K, settings["stride"], settings["pad"], settings["ceil_mode"])
                                    for n in (H, W))
                    parameters, products = 0, C * h * w * K * K
                return [F, h, w], F * h * w * 4 / 1024, parameters, products
            """,
            "network_table": """
                def table(rest, shape, position):
                    if not rest:
                        return []
                    layer = rest[0]
                    name = layer.get("name") or f"{layer['kind']}{position}"
                    try:
                        cost = layer_cost(dict(layer, input_shape=shape))
                    except ValueError as e:
                        raise ValueError(f"{name} does not fit: {e}") from e
                    row = {"name": name, "output_shape": tuple(cost[0]), "memory_kb": cost[1],
                           "parameters": cost[2], "multiply_adds": cost[3]}
                    return [row, *table(rest[1:], cost[0], position + 1)]

                rows = table(layers, input_shape, 1)
                memory, parameters, operations = 0, 0, 0
                for row in rows:
                    memory += row["memory_kb"]
                    parameters += row["parameters"]
                    operations += row["multiply_adds"]
                return rows, {"multiply_adds": operations, "parameters": parameters, "memory_kb": memory}
            """,
        },
    ),
)
