"""Right blocks and Inception modules in other styles."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "functional_relu",
        "functional ReLU, other attribute names, no shortcut as None",
        {
            "PlainBlock.__init__": """
                s = (2, 2) if downsample else (1, 1)
                self.c1 = nn.Conv2d(c_in, c_out, kernel_size=(3, 3), stride=s, padding=(1, 1), bias=False)
                self.n1 = nn.BatchNorm2d(c_out)
                self.c2 = nn.Conv2d(c_out, c_out, kernel_size=(3, 3), padding="same", bias=False)
                self.n2 = nn.BatchNorm2d(c_out)
            """,
            "PlainBlock.forward": """
                x = nn.functional.relu(self.n1(self.c1(x)))
                x = nn.functional.relu(self.n2(self.c2(x)))
                return x
            """,
            "ResidualBlock.__init__": """
                s = 2 if downsample else 1
                self.a = nn.Conv2d(c_in, c_out, 3, s, 1, bias=False)
                self.a_norm = nn.BatchNorm2d(c_out)
                self.b = nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False)
                self.b_norm = nn.BatchNorm2d(c_out)
                self.skip = None
                if s != 1 or c_in != c_out:
                    self.skip = nn.Conv2d(c_in, c_out, 1, s, bias=False)
                    self.skip_norm = nn.BatchNorm2d(c_out)
            """,
            "ResidualBlock.forward": """
                skip = x if self.skip is None else self.skip_norm(self.skip(x))
                h = nn.functional.relu(self.a_norm(self.a(x)))
                return nn.functional.relu(torch.add(self.b_norm(self.b(h)), skip))
            """,
            "BottleneckBlock.__init__": """
                s, mid = 1 + int(downsample), c_out // 4
                self.reduce = nn.Conv2d(c_in, mid, kernel_size=1, bias=False)
                self.reduce_norm = nn.BatchNorm2d(mid)
                self.look = nn.Conv2d(mid, mid, kernel_size=3, stride=s, padding=1, bias=False)
                self.look_norm = nn.BatchNorm2d(mid)
                self.expand = nn.Conv2d(mid, c_out, kernel_size=1, bias=False)
                self.expand_norm = nn.BatchNorm2d(c_out)
                if c_in != c_out or s == 2:
                    self.skip = nn.Sequential(nn.Conv2d(c_in, c_out, 1, s, bias=False), nn.BatchNorm2d(c_out))
                else:
                    self.skip = None
            """,
            "BottleneckBlock.forward": """
                identity = x
                y = self.reduce_norm(self.reduce(x)).relu()
                y = self.look_norm(self.look(y)).relu()
                y = self.expand_norm(self.expand(y))
                if self.skip is not None:
                    identity = self.skip(identity)
                return (y + identity).relu()
            """,
            "PreActBlock.__init__": """
                s = 2 if downsample else 1
                self.n1 = nn.BatchNorm2d(c_in)
                self.c1 = nn.Conv2d(c_in, c_out, 3, s, 1, bias=False)
                self.n2 = nn.BatchNorm2d(c_out)
                self.c2 = nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False)
                if s != 1 or c_in != c_out:
                    self.projection = nn.Conv2d(c_in, c_out, 1, s, bias=False)
            """,
            "PreActBlock.forward": """
                y = nn.functional.relu(self.n1(x))
                skip = self.projection(y) if hasattr(self, "projection") else x
                y = self.c1(y)
                y = self.c2(nn.functional.relu(self.n2(y)))
                return skip + y
            """,
            "ResNeXtBlock.__init__": """
                s = 2 if downsample else 1
                mid = groups * int(width_per_group * (c_out // 4) / 64.0)
                self.one = nn.Conv2d(c_in, mid, 1, bias=False)
                self.one_norm = nn.BatchNorm2d(mid)
                self.two = nn.Conv2d(mid, mid, 3, s, 1, 1, groups, False)
                self.two_norm = nn.BatchNorm2d(mid)
                self.three = nn.Conv2d(mid, c_out, 1, bias=False)
                self.three_norm = nn.BatchNorm2d(c_out)
                self.skip = nn.Identity()
                if s != 1 or c_in != c_out:
                    self.skip = nn.Sequential(nn.Conv2d(c_in, c_out, 1, s, bias=False), nn.BatchNorm2d(c_out))
            """,
            "ResNeXtBlock.forward": """
                y = nn.functional.relu(self.one_norm(self.one(x)))
                y = nn.functional.relu(self.two_norm(self.two(y)))
                return nn.functional.relu(self.three_norm(self.three(y)) + self.skip(x))
            """,
        },
    ),
    Variant(
        "sequential_inside",
        "the main path is one Sequential, ReLU in place where that is harmless",
        {
            "PlainBlock.__init__": """
                self.layers = nn.Sequential(
                    nn.Conv2d(c_in, c_out, 3, 2 if downsample else 1, 1, bias=False),
                    nn.BatchNorm2d(c_out),
                    nn.ReLU(inplace=True),
                    nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False),
                    nn.BatchNorm2d(c_out),
                    nn.ReLU(inplace=True),
                )
            """,
            "PlainBlock.forward": "return self.layers(x)",
            "ResidualBlock.__init__": """
                stride = 2 if downsample else 1
                self.main = nn.Sequential(
                    nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False),
                    nn.BatchNorm2d(c_out),
                    nn.ReLU(inplace=True),
                    nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False),
                    nn.BatchNorm2d(c_out),
                )
                changes = stride > 1 or c_in != c_out
                layers = [nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out)] if changes else []
                self.shortcut = nn.Sequential(*layers)
                self.relu = nn.ReLU(inplace=True)
            """,
            "ResidualBlock.forward": """
                out = self.main(x)
                out += self.shortcut(x)
                return self.relu(out)
            """,
            "BottleneckBlock.__init__": """
                stride, width = 2 if downsample else 1, c_out // 4
                layers = []
                for a, b, kernel, step in ((c_in, width, 1, 1), (width, width, 3, stride), (width, c_out, 1, 1)):
                    layers += [nn.Conv2d(a, b, kernel, step, kernel // 2, bias=False), nn.BatchNorm2d(b), nn.ReLU(True)]
                self.main = nn.Sequential(*layers[:-1])
                self.shortcut = nn.Sequential()
                if stride > 1 or c_in != c_out:
                    self.shortcut.append(nn.Conv2d(c_in, c_out, 1, stride, bias=False))
                    self.shortcut.append(nn.BatchNorm2d(c_out))
            """,
            "BottleneckBlock.forward": "return (self.main(x) + self.shortcut(x)).clamp(min=0)",
            "PreActBlock.__init__": """
                stride = 2 if downsample else 1
                self.first = nn.Sequential(nn.BatchNorm2d(c_in), nn.ReLU(inplace=True))
                self.rest = nn.Sequential(
                    nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False),
                    nn.BatchNorm2d(c_out),
                    nn.ReLU(inplace=True),
                    nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False),
                )
                self.same = stride == 1 and c_in == c_out
                if not self.same:
                    self.shortcut = nn.Conv2d(c_in, c_out, 1, stride, bias=False)
            """,
            "PreActBlock.forward": """
                a = self.first(x)
                out = self.rest(a)
                out += x if self.same else self.shortcut(a)
                return out
            """,
            "ResNeXtBlock.__init__": """
                stride, width = 2 if downsample else 1, int(c_out / 4 * width_per_group / 64) * groups
                self.main = nn.Sequential()
                sizes = (c_in, width, 1, 1, 1), (width, width, 3, stride, groups), (width, c_out, 1, 1, 1)
                for i, (a, b, kernel, step, parts) in enumerate(sizes):
                    conv = nn.Conv2d(a, b, kernel, step, kernel // 2, groups=parts, bias=False)
                    self.main.add_module(f"conv{i}", conv)
                    self.main.add_module(f"bn{i}", nn.BatchNorm2d(b))
                    if i < 2:
                        self.main.add_module(f"relu{i}", nn.ReLU(inplace=True))
                self.shortcut = None
                if stride > 1 or c_in != c_out:
                    self.shortcut = nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out))
            """,
            "ResNeXtBlock.forward": """
                skip = self.shortcut(x) if self.shortcut else x
                return torch.relu_(self.main(x) + skip)
            """,
            "Inception.__init__": """
                self.branches = nn.ModuleList([
                    ConvBNReLU(c_in, c1, 1),
                    nn.Sequential(ConvBNReLU(c_in, c3_reduce, 1), ConvBNReLU(c3_reduce, c3, 3, 1, 1)),
                    nn.Sequential(
                        ConvBNReLU(c_in, c5_reduce, 1),
                        ConvBNReLU(c5_reduce, c5, large_kernel, 1, (large_kernel - 1) // 2),
                    ),
                    nn.Sequential(nn.MaxPool2d(kernel_size=3, stride=1, padding=1), ConvBNReLU(c_in, c_pool, 1)),
                ])
            """,
            "Inception.forward": "return torch.cat([branch(x) for branch in self.branches], 1)",
        },
    ),
)
