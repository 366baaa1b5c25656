"""Right blocks by loops, on top of one another, and with two names for a layer."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "shortcut_first",
        "the shortcut is registered and computed first, the main path is a loop",
        {
            "ResidualBlock.__init__": """
                stride = 2 if downsample else 1
                self.shortcut = nn.Identity()
                if downsample or c_in != c_out:
                    conv = nn.Conv2d(c_in, c_out, kernel_size=1, stride=stride, bias=False)
                    self.shortcut = nn.Sequential(conv, nn.BatchNorm2d(c_out))
                self.convs = nn.ModuleList()
                self.norms = nn.ModuleList()
                for a, s in ((c_in, stride), (c_out, 1)):
                    self.convs.append(nn.Conv2d(a, c_out, 3, s, 1, bias=False))
                    self.norms.append(nn.BatchNorm2d(c_out))
            """,
            "ResidualBlock.forward": """
                skip = self.shortcut(x)
                for i, (conv, norm) in enumerate(zip(self.convs, self.norms)):
                    x = norm(conv(x))
                    x = x.relu() if i == 0 else x
                return nn.functional.relu(skip + x, inplace=True)
            """,
            "BottleneckBlock.__init__": """
                stride, width = 2 if downsample else 1, c_out // 4
                self.shortcut = nn.Identity()
                if downsample or c_in != c_out:
                    conv = nn.Conv2d(c_in, c_out, kernel_size=1, stride=stride, bias=False)
                    self.shortcut = nn.Sequential(conv, nn.BatchNorm2d(c_out))
                sizes = (c_in, width, 1), (width, width, 3), (width, c_out, 1)
                self.convs = nn.ModuleList(
                    nn.Conv2d(a, b, k, stride if k == 3 else 1, k // 2, bias=False) for a, b, k in sizes
                )
                self.norms = nn.ModuleList(nn.BatchNorm2d(b) for _, b, _ in sizes)
            """,
            "BottleneckBlock.forward": """
                out = x
                for i in range(3):
                    out = self.norms[i](self.convs[i](out))
                    if i < 2:
                        out = out.relu()
                return torch.relu(self.shortcut(x) + out)
            """,
            "PreActBlock.__init__": """
                stride = 2 if downsample else 1
                self.shortcut = None
                if downsample or c_in != c_out:
                    self.shortcut = nn.Conv2d(c_in, c_out, kernel_size=1, stride=stride, bias=False)
                self.relu = nn.ReLU()
                self.convs = nn.ModuleList([nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False)])
                self.convs.append(nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False))
                self.norms = nn.ModuleList([nn.BatchNorm2d(c_in), nn.BatchNorm2d(c_out)])
            """,
            "PreActBlock.forward": """
                out, skip = x, x
                for i, (norm, conv) in enumerate(zip(self.norms, self.convs)):
                    out = self.relu(norm(out))
                    if i == 0 and self.shortcut is not None:
                        skip = self.shortcut(out)
                    out = conv(out)
                return out + skip
            """,
            "PlainBlock.__init__": """
                self.relu = nn.ReLU()
                self.convs = nn.ModuleDict({
                    "first": nn.Conv2d(c_in, c_out, 3, 2 if downsample else 1, 1, bias=False),
                    "second": nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False),
                })
                self.norms = nn.ModuleDict({"first": nn.BatchNorm2d(c_out), "second": nn.BatchNorm2d(c_out)})
            """,
            "PlainBlock.forward": """
                for name in self.convs:
                    x = self.relu(self.norms[name](self.convs[name](x)))
                return x
            """,
        },
    ),
    Variant(
        "blocks_on_blocks",
        "a block made of the layers of another one",
        {
            "ResidualBlock.__init__": """
                self.plain = PlainBlock(c_in, c_out, downsample)
                self.shortcut = None
                if downsample or c_in != c_out:
                    conv = nn.Conv2d(c_in, c_out, 1, stride=self.plain.conv1.stride, bias=False)
                    self.shortcut = nn.Sequential(conv, nn.BatchNorm2d(c_out))
            """,
            "ResidualBlock.forward": """
                p = self.plain
                out = p.bn2(p.conv2(torch.relu(p.bn1(p.conv1(x)))))
                return torch.relu(out + (x if self.shortcut is None else self.shortcut(x)))
            """,
            "ResNeXtBlock.__init__": """
                width = int(c_out / 4 * width_per_group / 64) * groups
                inner = BottleneckBlock(c_in, c_out, downsample)
                inner.conv1 = nn.Conv2d(c_in, width, 1, bias=False)
                inner.conv2 = nn.Conv2d(
                    width, width, 3, stride=2 if downsample else 1, padding=1, groups=groups, bias=False
                )
                inner.conv3 = nn.Conv2d(width, c_out, 1, bias=False)
                inner.bn1, inner.bn2 = nn.BatchNorm2d(width), nn.BatchNorm2d(width)
                self.inner = inner
            """,
            "ResNeXtBlock.forward": "return self.inner(x)",
            "Inception.__init__": """
                def step(a, b, kernel):
                    conv = nn.Conv2d(a, b, kernel, padding=kernel // 2, bias=False)
                    return nn.Sequential(conv, nn.BatchNorm2d(b, eps=1e-3), nn.ReLU())

                self.small = step(c_in, c1, 1)
                self.middle = nn.Sequential(step(c_in, c3_reduce, 1), step(c3_reduce, c3, 3))
                self.large = nn.Sequential(step(c_in, c5_reduce, 1), step(c5_reduce, c5, large_kernel))
                self.pooled = step(c_in, c_pool, 1)
            """,
            "Inception.forward": """
                pooled = nn.functional.max_pool2d(x, kernel_size=3, stride=1, padding=1)
                parts = [self.small(x), self.middle(x), self.large(x), self.pooled(pooled)]
                return torch.concat(parts, dim=-3)
            """,
        },
    ),
    Variant(
        "two_names",
        "layers are attributes and stand in a Sequential, too; weights start in another way",
        {
            "PlainBlock.__init__": """
                self.conv1 = nn.Conv2d(c_in, c_out, 3, 1 + downsample, 1, bias=False)
                self.bn1 = nn.BatchNorm2d(c_out)
                self.conv2 = nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False)
                self.bn2 = nn.BatchNorm2d(c_out)
                relu = nn.ReLU()
                self.all = nn.Sequential(self.conv1, self.bn1, relu, self.conv2, self.bn2, relu)
            """,
            "PlainBlock.forward": "return self.all(x)",
            "ResidualBlock.__init__": """
                stride = 2 if downsample else 1
                self.conv1 = nn.Conv2d(c_in, c_out, 3, stride=stride, padding=1, bias=False)
                self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1, bias=False)
                self.bn1, self.bn2 = nn.BatchNorm2d(c_out), nn.BatchNorm2d(c_out)
                self.shortcut = nn.Identity()
                if downsample or c_in != c_out:
                    self.shortcut = nn.Sequential()
                    self.shortcut.add_module("0", nn.Conv2d(c_in, c_out, 1, stride=stride, bias=False))
                    self.shortcut.add_module("1", nn.BatchNorm2d(c_out))
                for module in self.modules():
                    if isinstance(module, nn.Conv2d):
                        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(self.bn2.weight)
            """,
            "ResidualBlock.forward": """
                out = self.bn1(self.conv1(x)).relu_()
                out = self.bn2(self.conv2(out))
                return out.add_(self.shortcut(x)).relu()
            """,
            "BottleneckBlock.__init__": """
                stride, width = 2 if downsample else 1, c_out // 4
                self.conv1 = nn.Conv2d(c_in, width, 1, bias=False)
                self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)
                self.conv3 = nn.Conv2d(width, c_out, 1, bias=False)
                self.bn1, self.bn2, self.bn3 = (nn.BatchNorm2d(c) for c in (width, width, c_out))
                self.shortcut = nn.Identity()
                if downsample or c_in != c_out:
                    projection = nn.Conv2d(c_in, c_out, 1, stride=stride, bias=False)
                    self.shortcut = nn.Sequential(projection, nn.BatchNorm2d(c_out))
                self.register_buffer("calls", torch.zeros(()), persistent=False)
            """,
        },
    ),
)
