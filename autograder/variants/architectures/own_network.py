"""The reference's own network, written in other ways into which its file fits."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

BLOCK = """
                def block(c_in, c_out):
                    part = nn.Module()
                    part.conv1 = nn.Conv2d(c_in, c_out, 3, 2, 1, bias=False)
                    part.bn1 = nn.BatchNorm2d(c_out)
                    part.conv2 = nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False)
                    part.bn2 = nn.BatchNorm2d(c_out)
                    part.around = nn.Conv2d(c_in, c_out, 1, 2, bias=False)
                    return part
"""

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "one_module",
        "one class with a forward of its own, functional operations",
        {
            "shapes_network": BLOCK
            + """
                class Network(nn.Module):
                    def __init__(self):
                        super().__init__()
                        names = ["0", "1", "4"]
                        parts = [
                            nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)),
                            nn.ModuleList([block(16, 32), block(32, 64), block(64, 96)]),
                            nn.Linear(96, 10),
                        ]
                        for name, part in zip(names, parts):
                            self.add_module(name, part)

                    def forward(self, x):
                        stem, blocks, head = self.children()
                        x = nn.functional.relu(stem(x))
                        for b in blocks:
                            inner = b.conv2(nn.functional.relu(b.bn1(b.conv1(x))))
                            x = torch.relu(torch.add(b.bn2(inner), b.around(x)))
                        return head(torch.mean(x, dim=(2, 3)))

                return Network()
            """,
        },
    ),
    Variant(
        "log_probabilities",
        "gives log probabilities in place of scores, and scales them; other names inside, mapped when they are loaded",
        {
            "shapes_network": BLOCK
            + """
                class Network(nn.Module):
                    def __init__(self):
                        super().__init__()
                        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16))
                        self.blocks = nn.ModuleList([block(16, 32), block(32, 64), block(64, 96)])
                        self.head = nn.Linear(96, 10)

                    def load_state_dict(self, state, *args, **kwargs):
                        names = {"0": "stem", "1": "blocks", "4": "head"}
                        renamed = {names[k.split(".")[0]] + k[1:]: v for k, v in state.items()}
                        return super().load_state_dict(renamed, *args, **kwargs)

                    def forward(self, x):
                        x = self.stem(x).clamp(min=0)
                        for b in self.blocks:
                            x = (b.bn2(b.conv2(b.bn1(b.conv1(x)).clamp(min=0))) + b.around(x)).clamp(min=0)
                        return self.head(x.flatten(2).mean(2)).log_softmax(1)

                return Network()
            """,
        },
    ),
    Variant(
        "dropout_and_probabilities",
        "dropout before the head, softmax behind it: in eval mode the same classes",
        {
            "shapes_network": """
                class Around(nn.Module):
                    def __init__(self, width):
                        super().__init__()
                        c_in, c_out = width
                        for n, (c, stride) in enumerate(((c_in, 2), (c_out, 1)), 1):
                            setattr(self, f"conv{n}", nn.Conv2d(c, c_out, 3, stride, 1, bias=False))
                            setattr(self, f"bn{n}", nn.BatchNorm2d(c_out))
                        self.around = nn.Conv2d(c_in, c_out, (1, 1), (2, 2), bias=False)

                    def forward(self, x):
                        out = self.conv2(nn.ReLU()(self.bn1(self.conv1(x))))
                        return nn.ReLU()(self.around(x) + self.bn2(out))

                net = nn.Sequential()
                conv = nn.Conv2d(3, 16, 3, padding="same", bias=False)
                net.append(nn.Sequential(conv, nn.BatchNorm2d(16), nn.ReLU()))
                net.append(nn.Sequential(*map(Around, ((16, 32), (32, 64), (64, 96)))))
                net.append(nn.AvgPool2d(4))
                net.append(nn.Sequential(nn.Flatten(), nn.Dropout(0.2)))
                net.append(nn.Linear(96, 10))
                net.append(nn.Softmax(dim=1))
                return net
            """,
        },
    ),
    Variant(
        "channels_last",
        "a seed of its own, channels last inside, float64 at the end and back",
        {
            "shapes_network": BLOCK
            + """
                torch.manual_seed(0)

                class Network(nn.Sequential):
                    def forward(self, x):
                        x = self[0](x.contiguous(memory_format=torch.channels_last))
                        for b in self[1]:
                            y = b.bn1(b.conv1(x)).relu_()
                            x = b.around(x).add_(b.bn2(b.conv2(y))).relu_()
                        return self[4](x.double().mean((2, 3)).float())

                stem = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(True))
                blocks = nn.ModuleList([block(16, 32), block(32, 64), block(64, 96)])
                return Network(stem, blocks, nn.Identity(), nn.Identity(), nn.Linear(96, 10))
            """,
        },
    ),
)
