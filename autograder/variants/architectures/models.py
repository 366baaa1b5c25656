"""Right whole networks, and stochastic depth, in other styles."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "classes_of_ones_own",
        "networks as classes, with a helper that makes a stage",
        {
            "lenet5": """
                class LeNet(nn.Module):
                    def __init__(self):
                        super().__init__()
                        self.conv1 = nn.Conv2d(1, 20, kernel_size=5, padding=2)
                        self.conv2 = nn.Conv2d(20, 50, kernel_size=5, padding=2)
                        self.fc1 = nn.Linear(50 * 7 * 7, 500)
                        self.fc2 = nn.Linear(500, num_classes)

                    def forward(self, x):
                        x = nn.functional.max_pool2d(torch.relu(self.conv1(x)), 2, 2)
                        x = nn.functional.max_pool2d(torch.relu(self.conv2(x)), 2, 2)
                        x = x.view(x.size(0), -1)
                        return self.fc2(torch.relu(self.fc1(x)))

                return LeNet()
            """,
            "vgg": """
                plans = {
                    "A": [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
                    "B": [64, 64, "M", 128, 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
                    "C": [64, 64, "M", 128, 128, "M", 256, 256, -256, "M", 512, 512, -512, "M", 512, 512, -512, "M"],
                    "D": [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"],
                    "E": [64] * 2 + ["M"] + [128] * 2 + ["M"] + [256] * 4 + ["M"] + ([512] * 4 + ["M"]) * 2,
                }
                if config not in plans:
                    raise ValueError(f"unknown config {config}")

                class VGG(nn.Module):
                    def __init__(self, plan):
                        super().__init__()
                        layers, channels = [], 3
                        for step in plan:
                            if step == "M":
                                layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
                            elif step < 0:
                                layers.extend((nn.Conv2d(channels, -step, kernel_size=1), nn.ReLU(inplace=True)))
                            else:
                                layers.extend((nn.Conv2d(channels, step, 3, padding=1), nn.ReLU(inplace=True)))
                                channels = step
                        self.features = nn.Sequential(*layers)
                        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
                        self.classifier = nn.Sequential(
                            nn.Linear(512 * 7 * 7, 4096),
                            nn.ReLU(True),
                            nn.Dropout(),
                            nn.Linear(4096, 4096),
                            nn.ReLU(True),
                            nn.Dropout(),
                            nn.Linear(4096, num_classes),
                        )

                    def forward(self, x):
                        x = self.avgpool(self.features(x))
                        return self.classifier(torch.flatten(x, 1))

                return VGG(plans[config])
            """,
            "resnet": """
                plans = {
                    18: (ResidualBlock, [2, 2, 2, 2], 1),
                    34: (ResidualBlock, [3, 4, 6, 3], 1),
                    50: (BottleneckBlock, [3, 4, 6, 3], 4),
                    101: (BottleneckBlock, [3, 4, 23, 3], 4),
                    152: (BottleneckBlock, [3, 8, 36, 3], 4),
                }
                if depth not in plans:
                    raise ValueError(f"depth {depth} is not among {list(plans)}")
                default, counts, expansion = plans[depth]
                make = block or default

                class ResNet(nn.Module):
                    def __init__(self):
                        super().__init__()
                        self.channels = 64
                        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
                        self.bn1 = nn.BatchNorm2d(64)
                        self.relu = nn.ReLU(inplace=True)
                        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
                        self.layer1 = self.make_layer(64 * expansion, counts[0], False)
                        self.layer2 = self.make_layer(128 * expansion, counts[1], True)
                        self.layer3 = self.make_layer(256 * expansion, counts[2], True)
                        self.layer4 = self.make_layer(512 * expansion, counts[3], True)
                        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
                        self.fc = nn.Linear(512 * expansion, num_classes)

                    def make_layer(self, channels, count, halves):
                        blocks = [make(self.channels, channels, halves)]
                        self.channels = channels
                        blocks += [make(channels, channels, False) for _ in range(count - 1)]
                        return nn.Sequential(*blocks)

                    def forward(self, x):
                        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
                        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
                        return self.fc(self.avgpool(x).flatten(1))

                return ResNet()
            """,
            "StochasticDepth.__init__": """
                if survival <= 0 or survival > 1:
                    raise ValueError("survival must be in (0, 1]")
                self.branch, self.p = branch, survival
            """,
            "StochasticDepth.forward": """
                if self.training:
                    if torch.bernoulli(torch.tensor(float(self.p))).item() == 0:
                        return x
                    return x + self.branch(x)
                return x + self.branch(x) * self.p
            """,
        },
    ),
    Variant(
        "mean_and_flatten",
        "the mean over (2, 3), flatten and pools as functions, layers in dicts and lists",
        {
            "lenet5": """
                def stage(a, b):
                    return nn.Sequential(nn.Conv2d(a, b, 5, padding="same"), nn.ReLU(inplace=True), nn.MaxPool2d(2, 2))

                top = nn.Sequential(nn.Flatten(), nn.LazyLinear(500), nn.ReLU(inplace=True))
                net = nn.Sequential(stage(1, 20), stage(20, 50), top, nn.Linear(500, num_classes))
                net(torch.zeros(1, 1, 28, 28))
                return net
            """,
            "vgg": """
                from collections import OrderedDict

                kinds = {"A": "11222", "B": "22222", "C": "22333", "D": "22333", "E": "22444"}
                counts = kinds.get(config)
                if counts is None:
                    raise ValueError(config)
                widths = [3, 64, 128, 256, 512, 512]
                features = nn.Sequential()
                for stage in range(5):
                    for i in range(int(counts[stage])):
                        a, b = widths[stage + (i > 0)], widths[stage + 1]
                        small = config == "C" and i == 2
                        features.append(nn.Conv2d(a, b, 1) if small else nn.Conv2d(a, b, 3, padding="same"))
                        features.append(nn.ReLU())
                    features.append(nn.MaxPool2d(2, 2))
                classifier = nn.Sequential(
                    nn.Linear(25088, 4096), nn.Dropout(p=0.5), nn.ReLU(),
                    nn.Linear(4096, 4096), nn.Dropout(p=0.5), nn.ReLU(),
                    nn.Linear(4096, num_classes),
                )
                parts = [("features", features), ("flat", nn.Flatten(1, -1)), ("classifier", classifier)]
                return nn.Sequential(OrderedDict(parts))
            """,
            "resnet": """
                counts = {18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3]}
                try:
                    counts = counts[depth]
                except KeyError:
                    raise ValueError(f"no ResNet has {depth} layers") from None
                widths = [64, 128, 256, 512] if depth in (18, 34) else [256, 512, 1024, 2048]
                if block is None:
                    block = ResidualBlock if depth in (18, 34) else BottleneckBlock

                class Net(nn.Module):
                    def __init__(self):
                        super().__init__()
                        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
                        self.bn1 = nn.BatchNorm2d(64)
                        c = 64
                        for number, (width, count) in enumerate(zip(widths, counts), start=1):
                            blocks = []
                            for i in range(count):
                                blocks.append(block(c_in=c, c_out=width, downsample=number > 1 and i == 0))
                                c = width
                            setattr(self, f"layer{number}", nn.Sequential(*blocks))
                        self.fc = nn.Linear(c, num_classes)

                    def forward(self, x):
                        x = nn.functional.relu(self.bn1(self.conv1(x)))
                        x = nn.functional.max_pool2d(x, 3, 2, 1)
                        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
                            x = layer(x)
                        return self.fc(x.mean((2, 3)))

                return Net()
            """,
            "StochasticDepth.__init__": """
                if not (0.0 < survival <= 1.0):
                    raise ValueError(survival)
                self.add_module("inner", branch)
                self.survival = float(survival)
            """,
            "StochasticDepth.forward": """
                if self.training and torch.rand(1).item() >= self.survival:
                    return x.clone()
                scale = 1.0 if self.training else self.survival
                return torch.add(self.inner(x), x) if scale == 1.0 else x + scale * self.inner(x)
            """,
        },
    ),
    Variant(
        "draws_of_python",
        "stochastic depth with Python's random numbers, survival as a buffer",
        {
            "StochasticDepth.__init__": """
                if survival > 1 or survival <= 0:
                    raise ValueError(f"{survival} is no probability above 0")
                self.register_buffer("survival", torch.tensor(float(survival)))
                self.block = branch
            """,
            "StochasticDepth.forward": """
                import random

                if not self.training:
                    return x + self.block(x) * self.survival.to(x.dtype)
                keep = random.random() < float(self.survival)
                return x + self.block(x) if keep else x
            """,
        },
    ),
    Variant(
        "draw_from_a_distribution",
        "stochastic depth with a uniform draw on the device of x",
        {
            "StochasticDepth.__init__": """
                if not 0 < survival <= 1:
                    raise ValueError("survival")
                self.branch, self.survival = branch, survival
            """,
            "StochasticDepth.forward": """
                if not self.training:
                    return torch.lerp(x, x + self.branch(x), self.survival)
                if x.new_empty(1).uniform_() > self.survival:
                    return x
                return self.branch(x) + x
            """,
        },
    ),
)
