"""Right answers to transfer that look different."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "parents_and_flags",
        "goes through parents and their children; sets requires_grad on each parameter",
        {
            "replace_head": """
                found = None
                for parent in model.modules():
                    for name, child in parent.named_children():
                        if isinstance(child, nn.Linear):
                            found = child
                if found is None:
                    raise ValueError("no linear layer")
                order = [m for m in model.modules() if isinstance(m, nn.Linear)]
                head = order[-1]
                w = head.weight
                new = nn.Linear(head.in_features, num_classes, bias=head.bias is not None).to(w.device, w.dtype)
                for parent in model.modules():
                    for name, child in list(parent.named_children()):
                        if child is head:
                            parent._modules[name] = new
                return model
            """,
            "freeze": """
                names = [name for name, _ in model.named_children()]
                if until is None:
                    stop = 0
                elif until in names:
                    stop = names.index(until) + 1
                else:
                    raise ValueError("no child " + str(until) + " among " + " ".join(names))
                result = []
                for number, name in enumerate(names):
                    child = getattr(model, name)
                    for key, p in child.named_parameters():
                        p.requires_grad = number >= stop
                        if number < stop:
                            result.append(name + "." + key)
                    if number < stop:
                        for module in child.modules():
                            module.training = False
                return result
            """,
            "linear_probe": """
                old = {id(p) for p in model.parameters()}
                model = replace_head(model, num_classes)
                for p in model.parameters():
                    p.requires_grad = id(p) not in old
                return model.eval()
            """,
            "fine_tune": """
                weights = [p for p in model.parameters() if p.requires_grad]
                if len(weights) == 0:
                    raise ValueError("all is frozen")
                velocity = [torch.zeros_like(w) for w in weights]
                losses = []
                for epoch in range(epochs):
                    model.train()
                    for m in model.modules():
                        flags = [p.requires_grad for p in m.parameters()]
                        if flags and not any(flags):
                            m.train(False)
                    order = torch.randperm(X.shape[0]).to(X.device)
                    for start in range(0, X.shape[0], batch_size):
                        rows = order[start : start + batch_size]
                        scores = model(X[rows])
                        logs = scores - scores.logsumexp(dim=1, keepdim=True)
                        loss = -logs.gather(1, y[rows][:, None]).mean()
                        grads = torch.autograd.grad(loss, weights)
                        with torch.no_grad():
                            for w, v, g in zip(weights, velocity, grads):
                                v *= momentum
                                v += g
                                w -= learning_rate * v
                        losses.append(float(loss))
                model.train(False)
                return losses
            """,
        },
    ),
    Variant(
        "recursive",
        "the path is walked by hand, the flags are set in a generator, a data loader batches",
        {
            "replace_head": """
                path = None
                for name, module in model.named_modules():
                    if type(module) is nn.Linear:
                        path = name.split(".")
                if path is None:
                    raise ValueError(f"{type(model).__name__} has no linear layer")
                parent = model
                for step in path[:-1]:
                    parent = getattr(parent, step)
                old = getattr(parent, path[-1])
                kind = {"device": old.weight.device, "dtype": old.weight.dtype}
                new = nn.Linear(old.in_features, num_classes, bias=old.bias is not None, **kind)
                with torch.no_grad():
                    new.weight.normal_(0, 0.01)
                    if new.bias is not None:
                        new.bias.zero_()
                parent.add_module(path[-1], new)
                return model
            """,
            "freeze": """
                if until is not None and not any(name == until for name, _ in model.named_children()):
                    raise ValueError(f"{until}: choose one of {[name for name, _ in model.named_children()]}")
                model.requires_grad_(True)
                if until is None:
                    return []
                for name, child in model.named_children():
                    child.requires_grad_(False).eval()
                    if name == until:
                        break
                return [name for name, p in model.named_parameters() if not p.requires_grad]
            """,
            "linear_probe": """
                for module in model.modules():
                    [p.requires_grad_(False) for p in module.parameters(recurse=False)]
                return replace_head(model.train(False), num_classes)
            """,
            "fine_tune": """
                data = torch.utils.data.TensorDataset(X, y)
                loader = torch.utils.data.DataLoader(data, batch_size=batch_size, shuffle=True)
                optimizer = torch.optim.SGD(
                    filter(lambda p: p.requires_grad, model.parameters()), learning_rate, momentum
                )
                criterion = nn.CrossEntropyLoss()

                def set_modes(module):
                    flags = [p.requires_grad for p in module.parameters()]
                    module.training = not flags or any(flags)
                    for child in module.children():
                        if module.training:
                            set_modes(child)
                        else:
                            child.eval()

                losses = []
                for _ in range(epochs):
                    set_modes(model)
                    for images, labels in loader:
                        loss = criterion(model(images), labels)
                        for p in model.parameters():
                            p.grad = None
                        loss.backward()
                        optimizer.step()
                        losses.append(float(loss.detach()))
                model.eval()
                return losses
            """,
        },
    ),
    Variant(
        "all_parameters_in_the_optimizer",
        "frozen parameters are handed to the optimizer, too, which passes them over as they have no gradient",
        {
            "fine_tune": """
                if not any(p.requires_grad for p in model.parameters()):
                    raise ValueError("nothing to train")
                model.train()
                for module in model.modules():
                    parameters = list(module.parameters())
                    if parameters and all(not p.requires_grad for p in parameters):
                        module.eval()
                optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=momentum, foreach=False)
                losses, N = [], len(X)
                for _ in range(epochs):
                    order = torch.rand(N, device=X.device).argsort()
                    for k in range(-(-N // batch_size)):
                        rows = order[k * batch_size : min(N, (k + 1) * batch_size)]
                        optimizer.zero_grad(set_to_none=True)
                        logs = model(X.index_select(0, rows)).log_softmax(1)
                        loss = nn.functional.nll_loss(logs, y.index_select(0, rows))
                        loss.backward()
                        optimizer.step()
                        losses.append(loss.item())
                model.eval()
                return losses
            """,
            "linear_probe": """
                model.eval()
                replace_head(model, num_classes)
                freeze(model, list(dict(model.named_children()))[-1])
                for own in model.parameters(recurse=False):  # those that lie in no child
                    own.requires_grad_(False)
                head = [m for m in model.modules() if isinstance(m, nn.Linear)][-1]
                head.weight.requires_grad_(True)
                if head.bias is not None:
                    head.bias.requires_grad_(True)
                return model
            """,
        },
    ),
    Variant(
        "modes_before_every_step",
        "modes are set anew for each batch; the tail of an epoch is handled by itself; a subclass of SGD's own loop",
        {
            "fine_tune": """
                trainable = {name: p for name, p in model.named_parameters() if p.requires_grad}
                if not trainable:
                    raise ValueError("no parameter requires a gradient")
                optimizer = torch.optim.SGD(list(trainable.values()), lr=learning_rate, momentum=momentum)
                history = []
                for epoch in range(epochs):
                    order = torch.randperm(len(X)).tolist()
                    while order:
                        batch, order = order[:batch_size], order[batch_size:]
                        rows = torch.tensor(batch, device=X.device)
                        for module in model.modules():
                            module.training = True
                        for module in model.modules():
                            own = [p.requires_grad for p in module.parameters()]
                            if own and not max(own):
                                module.eval()
                        optimizer.zero_grad(set_to_none=False)
                        out = model(X[rows])
                        picked = out.softmax(dim=1)[range(len(batch)), y[rows]]
                        loss = -(picked.log().sum() / len(batch))
                        loss.backward()
                        optimizer.step()
                        history += [loss.item()]
                for module in model.modules():
                    module.training = False
                return history
            """,
            "freeze": """
                children = list(model.named_children())
                where = [i for i, (name, _) in enumerate(children) if name == until]
                if until is not None and not where:
                    raise ValueError(", ".join(name for name, _ in children))
                first = children[: where[0] + 1] if where else []
                rest = children[len(first) :]
                for _, child in rest:
                    child.requires_grad_()
                    child.train()
                for _, child in first:
                    child.apply(lambda module: module.eval())
                    for p in child.parameters():
                        p.requires_grad = False
                return [f"{name}.{key}" for name, child in first for key, _ in child.named_parameters()]
            """,
            "replace_head": """
                linear = [(n, m) for n, m in model.named_modules() if isinstance(m, nn.Linear)]
                if linear == []:
                    raise ValueError("a head needs an nn.Linear")
                name, old = linear.pop()
                with torch.device(old.weight.device):
                    new = type(old)(old.in_features, num_classes, old.bias is not None, dtype=old.weight.dtype)
                model.set_submodule(name, new)
                return model
            """,
        },
    ),
)
