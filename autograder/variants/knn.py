"""Right answers to the kNN exercise that look nothing like the reference. The checks must accept each of them."""

from __future__ import annotations

from autograder.mutation import Variant

__all__ = ["VARIANTS"]

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "beginner",
        "plain Python: lists, counters in a dict, loops wherever they are allowed",
        {
            "compute_distances_two_loops": """
                a = x_train.reshape(len(x_train), -1)
                b = x_test.reshape(len(x_test), -1)
                if a.dtype not in (torch.float32, torch.float64):
                    a, b = a.to(torch.float32), b.to(torch.float32)
                dists = torch.zeros(len(a), len(b), dtype=a.dtype, device=a.device)
                for i in range(len(a)):
                    for j in range(len(b)):
                        diff = a[i] - b[j]
                        dists[i][j] = torch.sum(diff * diff)
                return dists
            """,
            "predict_labels": """
                labels = []
                for j in range(dists.shape[1]):
                    order = sorted(range(num_train), key=lambda i: float(dists[i, j]))
                    count = {}
                    for i in order[:k]:
                        label = int(y_train[i])
                        count[label] = count.get(label, 0) + 1
                    best = None
                    for label in sorted(count):
                        if best is None or count[label] > count[best]:
                            best = label
                    labels.append(best)
                return torch.tensor(labels, dtype=torch.int64, device=dists.device)
            """,
            "knn_cross_validate": """
                k_to_accuracies = {}
                for k in k_choices:
                    k_to_accuracies[k] = []
                    for fold in range(num_folds):
                        start = fold * num_train // num_folds
                        stop = (fold + 1) * num_train // num_folds
                        rest = [i for i in range(num_train) if i < start or i >= stop]
                        part = list(range(start, stop))
                        classifier = KnnClassifier(x_train[rest], y_train[rest])
                        accuracy = classifier.check_accuracy(x_train[part], y_train[part], k=k, quiet=True)
                        k_to_accuracies[k].append(accuracy)
                return k_to_accuracies
            """,
            "knn_get_best_k": """
                return min(
                    k_to_accuracies,
                    key=lambda k: (-sum(k_to_accuracies[k]) / len(k_to_accuracies[k]), k),
                )
            """,
        },
    ),
    Variant(
        "comprehensions",
        "list comprehensions and stack instead of filling a tensor",
        {
            "compute_distances_two_loops": """
                if not torch.is_floating_point(x_train):
                    x_train, x_test = x_train.float(), x_test.float()
                return torch.stack([torch.stack([(a - b).pow(2).sum() for b in x_test]) for a in x_train])
            """,
            "compute_distances_one_loop": """
                kind = x_train.dtype if x_train.is_floating_point() else torch.float32
                a = x_train.to(kind).flatten(start_dim=1)
                b = x_test.to(kind).flatten(start_dim=1)
                return torch.stack([torch.square(a - image).sum(-1) for image in b], dim=1)
            """,
            "predict_labels": """
                order = dists.argsort(dim=0)[:k]
                columns = [y_train[order[:, j]].long() for j in range(dists.shape[1])]
                return torch.stack([torch.bincount(votes).argmax() for votes in columns])
            """,
            "knn_cross_validate": """
                xs, ys = torch.tensor_split(x_train, num_folds), torch.tensor_split(y_train, num_folds)
                models = [
                    KnnClassifier(
                        torch.cat([x for i, x in enumerate(xs) if i != fold]),
                        torch.cat([y for i, y in enumerate(ys) if i != fold]),
                    )
                    for fold in range(num_folds)
                ]
                return {k: [m.check_accuracy(x, y, k, True) for m, x, y in zip(models, xs, ys)] for k in k_choices}
            """,
        },
    ),
    Variant(
        "einsum",
        "einsum for every sum, one-hot votes",
        {
            "compute_distances_one_loop": """
                x_train, x_test = (x if x.is_floating_point() else x.float() for x in (x_train, x_test))
                a, b = x_train.flatten(1), x_test.flatten(1)
                dists = torch.empty(a.shape[0], b.shape[0], dtype=a.dtype, device=a.device)
                for j in range(b.shape[0]):
                    diff = a - b[j]
                    dists[:, j] = torch.einsum("nd,nd->n", diff, diff)
                return dists
            """,
            "compute_distances_no_loops": """
                a, b = (x.flatten(1) if x.is_floating_point() else x.flatten(1).float() for x in (x_train, x_test))
                centre = b.mean(0, keepdim=True)
                a, b = a - centre, b - centre
                aa = torch.einsum("nd,nd->n", a, a)
                bb = torch.einsum("md,md->m", b, b)
                return aa.unsqueeze(1) + bb.unsqueeze(0) - 2 * torch.einsum("nd,md->nm", a, b)
            """,
            "predict_labels": """
                votes = y_train[torch.argsort(dists, dim=0)[:k]].to(torch.int64)
                classes = torch.arange(int(y_train.max()) + 1, device=dists.device)
                return (votes[..., None] == classes).sum(dim=0).argmax(dim=1)
            """,
        },
    ),
    Variant(
        "float64_inside",
        "everything computed in float64 and converted back, without centring",
        {
            "compute_distances_two_loops": """
                kind = x_train.dtype if x_train.is_floating_point() else torch.float32
                a, b = x_train.double(), x_test.double()
                dists = torch.zeros((a.size(0), b.size(0)), dtype=torch.float64, device=a.device)
                for j, test in enumerate(b):
                    for i, train in enumerate(a):
                        dists[i, j] = (train - test).square().sum()
                return dists.to(kind)
            """,
            "compute_distances_one_loop": """
                kind = x_train.dtype if x_train.is_floating_point() else torch.float32
                a = x_train.double().reshape(x_train.shape[0], -1)
                b = x_test.double().reshape(x_test.shape[0], -1)
                dists = torch.zeros(b.shape[0], a.shape[0], dtype=kind, device=a.device)
                for j in range(b.shape[0]):
                    dists[j] = ((a - b[j : j + 1]) ** 2).sum(1).to(kind)
                return dists.t()
            """,
            "compute_distances_no_loops": """
                kind = x_train.dtype if x_train.is_floating_point() else torch.float32
                a = x_train.double().flatten(1)
                b = x_test.double().flatten(1)
                dists = (a * a).sum(1, keepdim=True) - 2 * a.mm(b.t()) + (b * b).sum(1)
                return dists.to(kind)
            """,
        },
    ),
    Variant(
        "addmm",
        "fused matrix products, tiny negative values cut off",
        {
            "compute_distances_no_loops": """
                if x_train.dtype == torch.uint8 or not x_train.dtype.is_floating_point:
                    x_train, x_test = x_train.to(torch.float32), x_test.to(torch.float32)
                a = x_train.flatten(1)
                shift = a[0].clone()
                a = a - shift
                b = x_test.flatten(1) - shift
                squares = a.pow(2).sum(1).view(-1, 1) + b.pow(2).sum(1).view(1, -1)
                return torch.addmm(squares, a, b.t(), beta=1, alpha=-2).clamp_(min=0)
            """,
            "predict_labels": """
                values, order = torch.sort(dists, dim=0)
                votes = y_train.to(torch.int64)[order[0:k, :]]
                ranked = votes.sort(dim=0).values
                runs = (ranked.unsqueeze(0) == ranked.unsqueeze(1)).sum(0)
                return ranked.gather(0, runs.argmax(0, keepdim=True)).squeeze(0)
            """,
        },
    ),
    Variant(
        "one_product",
        "the three terms as one product of longer rows",
        {
            "compute_distances_no_loops": """
                num_train, num_test = len(x_train), len(x_test)
                both = torch.cat((x_train, x_test)).reshape(num_train + num_test, -1)
                if not both.is_floating_point():
                    both = both.float()
                both = both - both.mean(dim=0)
                a, b = both[:num_train], both[num_train:]
                squares = (both * both).sum(dim=1, keepdim=True)
                ones = torch.ones_like(squares)
                left = torch.cat((a, squares[:num_train], ones[:num_train]), dim=1)
                right = torch.cat((-2 * b, ones[num_train:], squares[num_train:]), dim=1)
                return left @ right.T
            """,
            "KnnClassifier.__init__": """
                self._training_set = (x_train.clone(), y_train.clone().long())
            """,
            "KnnClassifier.predict": """
                images, labels = self._training_set
                return predict_labels(compute_distances_no_loops(images, x_test), labels, k)
            """,
        },
    ),
    Variant(
        "repeated_argmin",
        "neighbours taken one after the other from a copy, votes counted in a table",
        {
            "compute_distances_one_loop": """
                a, b = x_train, x_test
                if not a.is_floating_point():
                    a, b = a.float(), b.float()
                axes = tuple(range(1, a.dim()))
                rows = []
                for image in a:
                    rows.append(((b - image[None]) ** 2).sum(dim=axes))
                return torch.stack(rows, dim=0)
            """,
            "predict_labels": """
                left = dists.clone()
                num_test = dists.size(1)
                table = torch.zeros(num_test, int(y_train.max()) + 1, device=dists.device)
                for _ in range(k):
                    nearest = left.argmin(dim=0)
                    for j in range(num_test):
                        table[j, int(y_train[nearest[j]])] += 1
                        left[nearest[j], j] = float("inf")
                return torch.max(table, dim=1).indices
            """,
            "knn_get_best_k": """
                ks = sorted(k_to_accuracies.keys())
                means = [sum(k_to_accuracies[k]) / len(k_to_accuracies[k]) for k in ks]
                means = torch.tensor(means, dtype=torch.float64)
                return ks[int(means.argmax())]
            """,
        },
    ),
    Variant(
        "unique_votes",
        "torch.unique with counts, kthvalue-free, no_grad",
        {
            "compute_distances_two_loops": """
                with torch.no_grad():
                    if not x_train.is_floating_point():
                        x_train, x_test = x_train.float(), x_test.float()
                    rows = []
                    for image in x_train:
                        row = []
                        for other in x_test:
                            diff = (image - other).flatten()
                            row.append(diff.dot(diff))
                        rows.append(torch.stack(row))
                    return torch.stack(rows)
            """,
            "predict_labels": """
                y_pred = torch.zeros(dists.shape[1], dtype=torch.int64, device=dists.device)
                for j in range(dists.shape[1]):
                    nearest = torch.topk(dists[:, j], k, largest=False, sorted=False)[1]
                    names, counts = torch.unique(y_train[nearest], return_counts=True)
                    y_pred[j] = names[counts == counts.max()].min()
                return y_pred
            """,
            "KnnClassifier.__init__": """
                self.images: torch.Tensor = x_train
                self.labels: torch.Tensor = y_train
            """,
            "KnnClassifier.predict": """
                with torch.no_grad():
                    distances: torch.Tensor = compute_distances_no_loops(x_train=self.images, x_test=x_test)
                    return predict_labels(dists=distances, y_train=self.labels, k=k)
            """,
            "knn_cross_validate": """
                fold_of = torch.arange(num_train, device=x_train.device) * num_folds // num_train
                k_to_accuracies = {}
                for k in k_choices:
                    k_to_accuracies[k] = []
                for fold in range(num_folds):
                    held_out = fold_of == fold
                    classifier = KnnClassifier(x_train[~held_out], y_train[~held_out])
                    for k in k_choices:
                        y_pred = classifier.predict(x_train[held_out], k=k)
                        right = (y_pred == y_train[held_out]).sum().item()
                        k_to_accuracies[k].append(right / int(held_out.sum()) * 100)
                return k_to_accuracies
            """,
        },
    ),
    Variant(
        "smallest_label_by_key",
        "one number that orders by votes and then by label",
        {
            "compute_distances_no_loops": """
                def rows(x):
                    return x.reshape(x.shape[0], -1).to(x.dtype if x.is_floating_point() else torch.float32)

                a, b = rows(x_train), rows(x_test)
                a, b = a - a.mean(dim=0), b - a.mean(dim=0)
                cross = torch.matmul(a, b.transpose(0, 1))
                return torch.add(a.square().sum(1)[:, None], b.square().sum(1)[None, :]).sub(cross, alpha=2)
            """,
            "predict_labels": """
                votes = y_train.long().take(dists.topk(k, dim=0, largest=False, sorted=False).indices)
                num_classes = int(votes.max()) + 1
                one_hot = torch.eye(num_classes, device=dists.device)[votes]
                key = one_hot.sum(dim=0).long() * num_classes - torch.arange(num_classes, device=dists.device)
                return key.argmax(dim=-1)
            """,
            "knn_cross_validate": """
                sizes = [num_train // num_folds] * num_folds
                for i in range(num_train % num_folds):
                    sizes[i] += 1
                x_parts, y_parts = list(x_train.split(sizes)), list(y_train.split(sizes))
                result = {k: [0.0] * num_folds for k in k_choices}
                for i in range(num_folds):
                    x_rest = torch.cat(x_parts[:i] + x_parts[i + 1 :], dim=0)
                    y_rest = torch.cat(y_parts[:i] + y_parts[i + 1 :], dim=0)
                    for k in k_choices:
                        dists = compute_distances_no_loops(x_rest, x_parts[i])
                        hits = predict_labels(dists, y_rest, k).eq(y_parts[i]).float()
                        result[k][i] = float(hits.mean()) * 100
                return result
            """,
            "knn_get_best_k": """
                from statistics import fmean

                best = max(fmean(values) for values in k_to_accuracies.values())
                return min(k for k, values in k_to_accuracies.items() if fmean(values) == best)
            """,
        },
    ),
    Variant(
        "nothing_of_its_own_used",
        "classifier and cross-validation compute distances and votes themselves, all distances at once",
        {
            "KnnClassifier.predict": """
                class DoesNotFit(ValueError):
                    pass

                if x_test.shape[1:] != self.x_train.shape[1:] or not 0 < k <= len(self.x_train):
                    raise DoesNotFit(k)
                images, others = self.x_train.reshape(len(self.x_train), -1), x_test.reshape(len(x_test), -1)
                dists = (images[:, None].double() - others[None].double()).square().sum(dim=2)
                votes = self.y_train.long()[dists.argsort(dim=0)[:k]]
                classes = torch.arange(int(votes.max()) + 1, device=votes.device)
                return (votes[:, :, None] == classes).sum(dim=0).argmax(dim=1)
            """,
            "knn_cross_validate": """
                images = x_train.reshape(num_train, -1).double()
                dists = (images[:, None] - images[None]).square().sum(dim=2)
                rows = torch.arange(num_train, device=x_train.device)
                classes = torch.arange(int(y_train.max()) + 1, device=x_train.device)
                result = {k: [] for k in k_choices}
                for held in rows.tensor_split(num_folds):
                    rest = rows[(rows < held[0]) | (rows > held[-1])]
                    if max(k_choices) > len(rest):
                        raise ValueError("fewer images than neighbours")
                    order = dists[rest][:, held].argsort(dim=0)
                    for k in k_choices:
                        votes = y_train[rest][order[:k]]
                        labels = (votes[:, :, None] == classes).sum(dim=0).argmax(dim=1)
                        result[k].append(100 * (labels == y_train[held]).double().mean().item())
                return result
            """,
        },
    ),
    Variant(
        "other_order_of_the_parts",
        "the other folds joined backwards, distances the other way round, images one by one",
        {
            "KnnClassifier.predict": """
                columns = [compute_distances_one_loop(image[None], self.x_train).T for image in x_test]
                return torch.cat([predict_labels(column, self.y_train, k) for column in columns])
            """,
            "knn_cross_validate": """
                x_folds, y_folds = list(x_train.tensor_split(num_folds)), list(y_train.tensor_split(num_folds))
                k_to_accuracies = {k: [] for k in k_choices}
                for _ in range(num_folds):
                    x_valid, y_valid = x_folds.pop(0), y_folds.pop(0)
                    x_rest, y_rest = torch.cat(x_folds[::-1]), torch.cat(y_folds[::-1])
                    dists = compute_distances_no_loops(x_test=x_rest, x_train=x_valid).T.contiguous().sqrt()
                    for k in k_choices:
                        right = predict_labels(k=k, y_train=y_rest, dists=dists).eq(y_valid).tolist()
                        k_to_accuracies[k].append(100 * sum(right) / len(right))
                    x_folds.append(x_valid)
                    y_folds.append(y_valid)
                return k_to_accuracies
            """,
        },
    ),
    Variant(
        "everything_kept",
        "every step in a variable of its own and in float64, distances rooted, accuracies as tensors of one number",
        {
            "compute_distances_no_loops": """
                kind = x_train.dtype if x_train.is_floating_point() else torch.float32
                images, others = x_train.clone().flatten(1), x_test.clone().flatten(1)
                images64, others64 = images.double(), others.double()
                centre = images64.mean(dim=0)
                centred, others_centred = images64 - centre, others64 - centre
                squares, others_squares = centred**2, others_centred**2
                norms, others_norms = squares.sum(dim=1, keepdim=True), others_squares.sum(dim=1)
                doubled = 2 * centred
                products = doubled @ others_centred.T
                sums = norms + others_norms
                dists = sums - products
                positive = dists.clamp(min=0)
                return positive.to(kind)
            """,
            "predict_labels": """
                lengths = dists.clamp(min=0).sqrt()
                return y_train.long()[lengths.topk(k, dim=0, largest=False).indices].mode(dim=0).values
            """,
            "KnnClassifier.predict": """
                if x_test.shape[1:] != self.x_train.shape[1:]:
                    raise ValueError("other images")
                images, others = self.x_train.flatten(1), x_test.flatten(1)
                return predict_labels(compute_distances_no_loops(images, others), self.y_train, k)
            """,
            "knn_cross_validate": """
                ks = list(k_choices)
                ks.sort(reverse=True)
                x_folds, y_folds = x_train.tensor_split(num_folds), y_train.tensor_split(num_folds)
                k_to_accuracies = {}
                for k in ks:
                    accuracies = []
                    for i in range(num_folds):
                        x_rest = torch.cat(x_folds[:i] + x_folds[i + 1 :])
                        y_rest = torch.cat(y_folds[:i] + y_folds[i + 1 :])
                        y_pred = KnnClassifier(x_rest, y_rest).predict(x_folds[i], k)
                        accuracies.append((y_pred == y_folds[i]).float().mean() * 100)
                    k_to_accuracies[k] = accuracies
                return k_to_accuracies
            """,
            "knn_get_best_k": """
                best = None
                for k, accuracies in k_to_accuracies.items():
                    mean = torch.tensor(accuracies).mean()
                    if best is None or (mean, -k) > best:
                        best = (mean, -k)
                return -best[1]
            """,
        },
    ),
)
