"""Right blocks and networks that are composed otherwise: of one class, of modules, with early returns."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "one_class_for_all",
        "blocks made by a general module inside",
        {
            "ResidualBlock.__init__": """
                class Shortcut(nn.Module):
                    def __init__(self):
                        super().__init__()
                        self.needed = c_in != c_out or downsample
                        if self.needed:
                            self.conv = nn.Conv2d(c_in, c_out, 1, stride=1 + downsample, bias=False)
                            self.bn = nn.BatchNorm2d(c_out)

                    def forward(self, x):
                        return self.bn(self.conv(x)) if self.needed else x

                self.body = PlainBlock(c_in, c_out, downsample)
                self.shortcut = Shortcut()
            """,
            "ResidualBlock.forward": """
                body = self.body
                main = nn.Sequential(body.conv1, body.bn1, nn.ReLU(), body.conv2, body.bn2)
                return nn.ReLU()(main(x) + self.shortcut(x))
            """,
            "BottleneckBlock.__init__": "self.inner = ResNeXtBlock(c_in, c_out, downsample, 1, 64)",
            "BottleneckBlock.forward": "return self.inner(x)",
            "StochasticDepth.forward": """
                def with_branch(scale):
                    return x + (self.branch(x) if scale == 1 else scale * self.branch(x))

                if self.training:
                    return with_branch(1) if torch.empty(()).bernoulli_(self.survival) else x
                return with_branch(self.survival)
            """,
        },
    ),
    Variant(
        "relu_modules",
        "each ReLU a module of its own, the pre-activation shortcut always called",
        {
            "PlainBlock.__init__": """
                self.conv1 = nn.Conv2d(c_in, c_out, 3, stride=2 if downsample else 1, padding=1, bias=False)
                self.bn1, self.relu1 = nn.BatchNorm2d(c_out), nn.ReLU(inplace=True)
                self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1, bias=False)
                self.bn2, self.relu2 = nn.BatchNorm2d(c_out), nn.ReLU(inplace=True)
            """,
            "PlainBlock.forward": """
                h = self.relu1(self.bn1(self.conv1(x)))
                return self.relu2(self.bn2(self.conv2(h)))
            """,
            "PreActBlock.__init__": """
                self.bn1 = nn.BatchNorm2d(c_in)
                self.relu1 = nn.ReLU()
                self.conv1 = nn.Conv2d(c_in, c_out, 3, stride=[1, 2][downsample], padding=1, bias=False)
                self.bn2 = nn.BatchNorm2d(c_out)
                self.relu2 = nn.ReLU()
                self.conv2 = nn.Conv2d(c_out, c_out, 3, padding=1, bias=False)
                self.keep = c_in == c_out and not downsample
                layers = [] if self.keep else [nn.Conv2d(c_in, c_out, 1, stride=[1, 2][downsample], bias=False)]
                self.shortcut = nn.Sequential(*layers)
            """,
            "PreActBlock.forward": """
                a = self.relu1(self.bn1(x))
                shortcut = self.shortcut(x if self.keep else a)
                h = self.conv1(a)
                h = self.relu2(self.bn2(h))
                return self.conv2(h) + shortcut
            """,
            "vgg": """
                depth = dict(zip("ABDE", ([1, 1, 2, 2, 2], [2] * 5, [2, 2, 3, 3, 3], [2, 2, 4, 4, 4])))
                depth["C"] = depth["D"]
                if config not in depth.keys():
                    raise ValueError("config must be one of ABCDE")
                net = nn.Module()
                steps = nn.ModuleList()
                before = 3
                for stage, width in enumerate([64, 128, 256, 512, 512]):
                    for i in range(depth[config][stage]):
                        k = 1 if (config, i) == ("C", 2) else 3
                        steps.extend([nn.Conv2d(before, width, k, 1, (k - 1) // 2), nn.ReLU(inplace=True)])
                        before = width
                    steps.append(nn.MaxPool2d(kernel_size=2))

                class Whole(nn.Module):
                    def __init__(self):
                        super().__init__()
                        self.features = nn.Sequential(*steps)
                        self.classifier = nn.Sequential()
                        for a, b in ((25088, 4096), (4096, 4096)):
                            for layer in (nn.Linear(a, b), nn.ReLU(), nn.Dropout(0.5)):
                                self.classifier.append(layer)
                        self.classifier.append(nn.Linear(4096, num_classes))

                    def forward(self, x):
                        maps = self.features(x)
                        return self.classifier(maps.reshape(len(maps), -1))

                return Whole()
            """,
        },
    ),
    Variant(
        "aliases_and_early_returns",
        "a block that keeps its shape returns early; LeNet's stages share a pool, its layers have two names",
        {
            "ResidualBlock.forward": """
                y = self.conv1(x)
                y = self.bn1(y)
                y = y.relu()
                y = self.bn2(self.conv2(y))
                if isinstance(self.shortcut, nn.Identity):
                    return torch.relu(x + y)
                return torch.relu(self.shortcut(x) + y)
            """,
            "ResNeXtBlock.forward": """
                identity = self.shortcut(x)
                y = x
                for i in (1, 2, 3):
                    y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
                    if i == 3:
                        y = y + identity
                    y = torch.relu(y)
                return y
            """,
            "lenet5": """
                class Net(nn.Module):
                    def __init__(self):
                        super().__init__()
                        pool, relu = nn.MaxPool2d(2), nn.ReLU()
                        self.first, self.second = nn.Conv2d(1, 20, 5, 1, 2), nn.Conv2d(20, 50, 5, 1, 2)
                        self.features = nn.Sequential(self.first, relu, pool, self.second, relu, pool, nn.Flatten())
                        self.top = nn.Sequential(nn.Linear(2450, 500), relu, nn.Linear(500, num_classes))

                    def forward(self, x):
                        return self.top(self.features(x))

                return Net()
            """,
        },
    ),
)
