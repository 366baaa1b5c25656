"""Right blocks and networks with other ways to add, to activate, to register and to name."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "arithmetic_otherwise",
        "ReLU by maximum, where and clamp, sums by stack and sum, flatten by reshape",
        {
            "PlainBlock.forward": """
                out = torch.maximum(self.bn1(self.conv1(x)), torch.zeros((), dtype=x.dtype, device=x.device))
                out = self.bn2(self.conv2(out))
                return torch.where(out > 0, out, torch.zeros_like(out))
            """,
            "ResidualBlock.forward": """
                out = self.bn1(self.conv1(x)).clamp_min(0)
                paths = torch.stack([self.bn2(self.conv2(out)), self.shortcut(x)])
                return paths.sum(dim=0).clamp(min=0)
            """,
            "BottleneckBlock.forward": """
                out = self.shortcut(x)
                main = nn.functional.threshold(self.bn1(self.conv1(x)), 0, 0)
                main = nn.functional.threshold(self.bn2(self.conv2(main)), 0, 0)
                out = out + self.bn3(self.conv3(main))
                return out * (out > 0)
            """,
            "PreActBlock.forward": """
                a = self.bn1(x).clamp(0)
                b = self.conv2(self.bn2(self.conv1(a)).clamp(0))
                return sum([b, self.shortcut(a)]) if self.changes_shape else sum([b, x])
            """,
            "ResNeXtBlock.forward": """
                h = x
                for conv, norm in ((self.conv1, self.bn1), (self.conv2, self.bn2)):
                    h = nn.functional.relu6(norm(conv(h)) / 1e6) * 1e6
                return nn.functional.relu(self.bn3(self.conv3(h)).add(self.shortcut(x)))
            """,
            "Inception.forward": """
                N, _, H, W = x.shape
                parts = [b(x).reshape(N, -1, H * W) for b in (self.branch1, self.branch2, self.branch3, self.branch4)]
                return torch.cat(parts, dim=1).reshape(N, -1, H, W)
            """,
            "StochasticDepth.forward": """
                survives = torch.rand(1)[0] < self.survival
                match self.training, bool(survives):
                    case True, True:
                        return torch.stack([x, self.branch(x)]).sum(0)
                    case True, False:
                        return x
                    case _:
                        return x.add(self.branch(x), alpha=self.survival)
            """,
        },
    ),
    Variant(
        "named_parts",
        "Sequentials with names, from OrderedDict",
        {
            "lenet5": """
                from collections import OrderedDict

                return nn.Sequential(
                    OrderedDict(
                        C1=nn.Conv2d(1, 20, (5, 5), padding=(2, 2)),
                        R1=nn.ReLU(),
                        S2=nn.MaxPool2d((2, 2), stride=(2, 2)),
                        C3=nn.Conv2d(20, 50, (5, 5), padding=(2, 2)),
                        R3=nn.ReLU(),
                        S4=nn.MaxPool2d((2, 2), stride=(2, 2)),
                        flat=nn.Flatten(start_dim=1),
                        F5=nn.Linear(in_features=2450, out_features=500),
                        R5=nn.ReLU(),
                        F6=nn.Linear(in_features=500, out_features=num_classes),
                    )
                )
            """,
            "PlainBlock.__init__": """
                from collections import OrderedDict

                def unit(a, stride):
                    conv = nn.Conv2d(a, c_out, 3, stride=stride, padding=1, bias=False)
                    return nn.Sequential(OrderedDict(conv=conv, norm=nn.BatchNorm2d(c_out), relu=nn.ReLU()))

                self.units = nn.Sequential(unit(c_in, 2 if downsample else 1), unit(c_out, 1))
            """,
            "PlainBlock.forward": "return self.units(x)",
            "resnet": """
                from collections import OrderedDict

                counts = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
                if depth not in counts:
                    raise ValueError(f"{depth}")
                wide = 4 if depth > 34 else 1
                make = block if block is not None else (BottleneckBlock if wide == 4 else ResidualBlock)

                def stage(c_in, c_out, count, first):
                    return nn.Sequential(*[make(c_out if i else c_in, c_out, first and not i) for i in range(count)])

                c = [64, 64 * wide, 128 * wide, 256 * wide, 512 * wide]
                parts = OrderedDict()
                parts["conv1"] = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
                parts["bn1"] = nn.BatchNorm2d(64)
                parts["relu"] = nn.ReLU(inplace=True)
                parts["maxpool"] = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
                for i in range(4):
                    parts[f"layer{i + 1}"] = stage(c[i], c[i + 1], counts[depth][i], i > 0)
                parts["avgpool"] = nn.AdaptiveAvgPool2d(1)
                parts["flatten"] = nn.Flatten()
                parts["fc"] = nn.Linear(c[4], num_classes)
                return nn.Sequential(parts)
            """,
        },
    ),
    Variant(
        "branches_by_name",
        "the Inception module in a ModuleDict, its parts by add_module",
        {
            "Inception.__init__": """
                self.sides = nn.ModuleDict()
                self.sides["one"] = ConvBNReLU(c_in, c1, kernel=1)
                for name, reduced, out, kernel in (("two", c3_reduce, c3, 3), ("three", c5_reduce, c5, large_kernel)):
                    side = nn.Sequential()
                    side.add_module("reduce", ConvBNReLU(c_in, reduced, kernel=1))
                    side.add_module("look", ConvBNReLU(reduced, out, kernel=kernel, pad=kernel // 2))
                    self.sides[name] = side
                self.pool = nn.MaxPool2d(3, 1, 1)
                self.behind_pool = ConvBNReLU(c_in, c_pool, kernel=1)
            """,
            "Inception.forward": """
                sides = [self.sides[name](x) for name in ("one", "two", "three")]
                return torch.hstack([*sides, self.behind_pool(self.pool(x))])
            """,
        },
    ),
)
