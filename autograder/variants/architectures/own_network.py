"""The reference's own network, written in other ways into which its file fits."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "one_module",
        "one class with a forward of its own, functional operations",
        {
            "shapes_network": """
                class Network(nn.Module):
                    def __init__(self):
                        super().__init__()
                        body, head = nn.Module(), nn.Module()
                        for name, layer in {
                            "0": nn.Conv2d(3, 32, (7, 7), (2, 2), (3, 3), bias=False),
                            "1": nn.BatchNorm2d(32),
                            "4": nn.Conv2d(32, 64, 3, 1, 1, bias=False),
                            "5": nn.BatchNorm2d(64),
                        }.items():
                            body.add_module(name, layer)
                        head.add_module("2", nn.Linear(4096, 64))
                        head.add_module("4", nn.Linear(64, 10))
                        self.add_module("0", body)
                        self.add_module("1", head)

                    def forward(self, x):
                        body, head = self.children()
                        conv1, bn1, conv2, bn2 = body.children()
                        hidden, scores = head.children()
                        x = nn.functional.max_pool2d(nn.functional.relu(bn1(conv1(x))), 2)
                        x = nn.functional.relu(bn2(conv2(x))).reshape(len(x), -1)
                        x = nn.functional.dropout(x, 0.5, self.training)
                        return scores(hidden(x).clamp(min=0))

                return Network()
            """,
        },
    ),
    Variant(
        "log_probabilities",
        "gives log probabilities in place of scores; other names inside, mapped when they are loaded",
        {
            "shapes_network": """
                class Network(nn.Module):
                    def __init__(self):
                        super().__init__()
                        self.wide = nn.Conv2d(3, 32, 7, 2, 3, bias=False)
                        self.wide_norm = nn.BatchNorm2d(32)
                        self.narrow = nn.Conv2d(32, 64, 3, padding="same", bias=False)
                        self.narrow_norm = nn.BatchNorm2d(64)
                        self.hidden, self.scores = nn.Linear(4096, 64), nn.Linear(64, 10)

                    def load_state_dict(self, state, *args, **kwargs):
                        names = {"0.0": "wide", "0.1": "wide_norm", "0.4": "narrow", "0.5": "narrow_norm"}
                        names |= {"1.2": "hidden", "1.4": "scores"}
                        renamed = {names[key[:3]] + key[3:]: value for key, value in state.items()}
                        return super().load_state_dict(renamed, *args, **kwargs)

                    def forward(self, x):
                        x = torch.relu(self.wide_norm(self.wide(x)))
                        x = torch.maximum(x[:, :, ::2], x[:, :, 1::2])
                        x = torch.maximum(x[..., ::2], x[..., 1::2])
                        x = torch.relu(self.narrow_norm(self.narrow(x)))
                        return self.scores(torch.relu(self.hidden(x.flatten(1)))).log_softmax(1)

                return Network()
            """,
        },
    ),
    Variant(
        "probabilities",
        "built by append, softmax behind the head: the same classes",
        {
            "shapes_network": """
                body, head = nn.Sequential(), nn.Sequential()
                for c_in, c_out, kernel, stride in ((3, 32, 7, 2), (32, 64, 3, 1)):
                    body.append(nn.Conv2d(c_in, c_out, kernel, stride, kernel // 2, bias=False))
                    body.append(nn.BatchNorm2d(c_out))
                    body.append(nn.ReLU(inplace=True))
                    body.append(nn.MaxPool2d(stride))
                for layer in (nn.Flatten(), nn.Identity(), nn.Linear(4096, 64), nn.ReLU(), nn.Linear(64, 10)):
                    head.append(layer)
                return nn.Sequential(body, head, nn.Softmax(dim=1))
            """,
        },
    ),
    Variant(
        "channels_last",
        "a seed of its own, channels last inside, float64 in the head and back",
        {
            "shapes_network": """
                torch.manual_seed(0)

                class Network(nn.Sequential):
                    def forward(self, x):
                        x = self[0](x.contiguous(memory_format=torch.channels_last)).contiguous().flatten(1)
                        hidden, scores = self[1][2], self[1][4]
                        h = (x.double() @ hidden.weight.double().T + hidden.bias).relu()
                        return (h @ scores.weight.double().T + scores.bias).float()

                body = nn.Sequential(
                    nn.Conv2d(3, 32, 7, stride=2, padding=3, bias=False),
                    nn.BatchNorm2d(32),
                    nn.ReLU(True),
                    nn.AdaptiveMaxPool2d(8),
                    nn.Conv2d(32, 64, 3, padding=1, bias=False),
                    nn.BatchNorm2d(64),
                    nn.ReLU(True),
                )
                head = nn.ModuleList([nn.Identity(), nn.Identity(), nn.Linear(4096, 64), nn.Identity()])
                head.append(nn.Linear(64, 10))
                return Network(body, head)
            """,
        },
    ),
)
