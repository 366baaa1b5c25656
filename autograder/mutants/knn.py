"""Known mistakes in the kNN exercise, each with the sentence that explains it to a student.

The order matters to the diagnosis: of several mistakes that give the same answers, the first names it.
"""

from __future__ import annotations

from autograder.mutation import Mutant

__all__ = ["MUTANTS"]

TWO_LOOPS = "knn.compute_distances_two_loops"
ONE_LOOP = "knn.compute_distances_one_loop"
NO_LOOPS = "knn.compute_distances_no_loops"
LABELS = "knn.predict_labels"
CLASSIFIER = "knn.KnnClassifier"
FOLDS = "knn.knn_cross_validate"
BEST_K = "knn.knn_get_best_k"

UINT8 = (
    "It looks as if images of whole numbers are subtracted as they are: 3 - 5 in uint8 is 254, so convert "
    "them "
    "to float32 first."
)
FLOAT32 = (
    "It looks as if the result is always float32: make new tensors with the dtype of the images, for example "
    "with x_train.new_zeros."
)
UINT8_ONLY = (
    "It looks as if only uint8 images are converted to float32; int32 and int64 are whole numbers, too: ask "
    "is_floating_point."
)
ON_THE_CPU = (
    "It looks as if the result is made on the CPU, wherever the images are: make new tensors with x_train.new_zeros, "
    "or with device=x_train.device."
)
ONE_BY_ONE = (
    "It looks as if Python's own sum adds the pixels one after the other, which is a loop: use the sum of the tensor."
)
BROADCAST = (
    "It looks as if all differences are built, at once or in a few large pieces: an (N, M, D) tensor that no memory "
    "holds; use the matrix product."
)
ONE_SET_WITH_ITSELF = (
    "It looks as if the squares are taken from the diagonal of a set times itself, an (N, N) or (M, M) matrix that is "
    "far too large: add the squares of each image."
)
DISTANCES = (
    Mutant(
        TWO_LOOPS,
        "not_squared",
        "It looks as if the differences are added without squaring them, so that positive and negative ones cancel.",
        (("((x_train[i] - x_test[j]) ** 2).sum()", "(x_train[i] - x_test[j]).sum()"),),
    ),
    Mutant(
        TWO_LOOPS,
        "absolute_differences",
        "These are sums of absolute differences (L1); the question asks for squared differences (L2).",
        (("((x_train[i] - x_test[j]) ** 2)", "(x_train[i] - x_test[j]).abs()"),),
    ),
    Mutant(
        TWO_LOOPS,
        "square_root",
        "These are distances, not squared distances: leave out the square root.",
        (("** 2).sum()", "** 2).sum().sqrt()"),),
    ),
    Mutant(
        TWO_LOOPS,
        "square_of_the_sum",
        "It looks as if the differences are added first and the sum is squared; square each difference, then add.",
        (("((x_train[i] - x_test[j]) ** 2).sum()", "(x_train[i] - x_test[j]).sum() ** 2"),),
    ),
    Mutant(
        TWO_LOOPS,
        "mean_over_pixels",
        "It looks as if the squares are averaged over the pixels; the question asks for their sum.",
        (("** 2).sum()", "** 2).mean()"),),
    ),
    Mutant(
        TWO_LOOPS,
        "transposed",
        "Rows and columns are swapped: dists[i, j] belongs to training image i and test image j.",
        (
            ("new_zeros(num_train, num_test)", "new_zeros(num_test, num_train)"),
            ("dists[i, j]", "dists[j, i]"),
        ),
    ),
    Mutant(
        TWO_LOOPS,
        "last_image_left_out",
        "It looks as if the last training image is never compared: range(n) already stops before n.",
        (("range(num_train)", "range(num_train - 1)"),),
    ),
    Mutant(
        TWO_LOOPS,
        "wrong_count",
        "It looks as if both loops run over the number of training images; the inner one belongs to the test images.",
        (("range(num_test)", "range(num_train)"),),
    ),
    Mutant(TWO_LOOPS, "uint8_wraps_around", UINT8, (("if not x_train.is_floating_point():", "if False:"),)),
    Mutant(
        TWO_LOOPS,
        "always_float32",
        FLOAT32,
        (
            (
                "x_train.new_zeros(num_train, num_test)",
                "torch.zeros(num_train, num_test, device=x_train.device)",
            ),
        ),
    ),
    Mutant(
        TWO_LOOPS,
        "subtracts_in_place",
        "It looks as if the difference is computed in place, which changes the caller's training images.",
        (
            (
                "dists[i, j] = ((x_train[i] - x_test[j]) ** 2).sum()",
                "x_train[i] -= x_test[j]\n        dists[i, j] = (x_train[i] ** 2).sum()\n        x_train[i]"
                " += x_test[j]",
            ),
        ),
    ),
    Mutant(
        TWO_LOOPS,
        "only_uint8_converted",
        UINT8_ONLY,
        (("if not x_train.is_floating_point():", "if x_train.dtype == torch.uint8:"),),
    ),
    Mutant(
        TWO_LOOPS,
        "made_on_the_cpu",
        ON_THE_CPU,
        (
            (
                "x_train.new_zeros(num_train, num_test)",
                "torch.zeros(num_train, num_test, dtype=x_train.dtype)",
            ),
        ),
    ),
    Mutant(
        TWO_LOOPS,
        "pixels_one_by_one",
        ONE_BY_ONE,
        (("((x_train[i] - x_test[j]) ** 2).sum()", "sum(((x_train[i] - x_test[j]) ** 2).flatten())"),),
    ),
    Mutant(
        ONE_LOOP,
        "not_squared",
        "It looks as if the differences are added without squaring them, so that positive and negative ones cancel.",
        (("((x_train[i] - x_test) ** 2)", "(x_train[i] - x_test)"),),
    ),
    Mutant(
        ONE_LOOP,
        "square_root",
        "These are distances, not squared distances: leave out the square root.",
        (("** 2).sum(dim=1)", "** 2).sum(dim=1).sqrt()"),),
    ),
    Mutant(
        ONE_LOOP,
        "square_of_the_sum",
        "It looks as if the differences are added first and the sum is squared; square each difference, then add.",
        (("((x_train[i] - x_test) ** 2).sum(dim=1)", "(x_train[i] - x_test).sum(dim=1) ** 2"),),
    ),
    Mutant(
        ONE_LOOP,
        "sum_over_everything",
        "It looks as if the squares of all test images are added to one number: sum over the pixels only, dim=1.",
        (("** 2).sum(dim=1)", "** 2).sum()"),),
    ),
    Mutant(
        ONE_LOOP,
        "sum_over_the_images",
        "It looks as if the sum runs over the images (dim=0); it must run over the pixels (dim=1).",
        (("sum(dim=1)", "sum(dim=0)"),),
    ),
    Mutant(
        ONE_LOOP,
        "images_not_flattened",
        "It looks as if only images of shape (N, D) work: flatten the others first, x.reshape(x.shape[0], -1).",
        (
            ("x_train = x_train.reshape(num_train, -1)", "pass"),
            ("x_test = x_test.reshape(num_test, -1)", "pass"),
        ),
    ),
    Mutant(
        ONE_LOOP,
        "view_of_scattered_memory",
        "view fails on images that are not contiguous in memory; reshape copies them when it has to.",
        (("x_train.reshape(num_train, -1)", "x_train.view(num_train, -1)"),),
    ),
    Mutant(
        ONE_LOOP,
        "transposed",
        "Rows and columns are swapped: dists[i, j] belongs to training image i and test image j.",
        (("new_zeros(num_train, num_test)", "new_zeros(num_test, num_train)"), ("dists[i]", "dists[:, i]")),
    ),
    Mutant(
        ONE_LOOP,
        "inner_loop_in_disguise",
        "A list comprehension over the test images is a second loop: let broadcasting compare with all of them.",
        (
            (
                "((x_train[i] - x_test) ** 2).sum(dim=1)",
                "torch.stack([((x_train[i] - t) ** 2).sum() for t in x_test])",
            ),
        ),
    ),
    Mutant(ONE_LOOP, "uint8_wraps_around", UINT8, (("if not x_train.is_floating_point():", "if False:"),)),
    Mutant(
        ONE_LOOP,
        "always_float32",
        FLOAT32,
        (
            (
                "x_train.new_zeros(num_train, num_test)",
                "torch.zeros(num_train, num_test, device=x_train.device)",
            ),
        ),
    ),
    Mutant(
        ONE_LOOP,
        "only_uint8_converted",
        UINT8_ONLY,
        (("if not x_train.is_floating_point():", "if x_train.dtype == torch.uint8:"),),
    ),
    Mutant(
        ONE_LOOP,
        "made_on_the_cpu",
        ON_THE_CPU,
        (
            (
                "x_train.new_zeros(num_train, num_test)",
                "torch.zeros(num_train, num_test, dtype=x_train.dtype)",
            ),
        ),
    ),
    Mutant(
        ONE_LOOP,
        "pixels_one_by_one",
        ONE_BY_ONE,
        (("((x_train[i] - x_test) ** 2).sum(dim=1)", "sum(((x_train[i] - x_test) ** 2).T)"),),
    ),
    Mutant(
        NO_LOOPS,
        "cross_term_once",
        "It looks as if the inner products are subtracted once; (a - b)^2 has them twice.",
        (("- 2 * products", "- products"),),
    ),
    Mutant(
        NO_LOOPS,
        "cross_term_added",
        "It looks as if the inner products are added: that is ||a + b||^2, and ||a - b||^2 has -2 <a, b>.",
        (("- 2 * products", "+ 2 * products"),),
    ),
    Mutant(
        NO_LOOPS,
        "test_squares_missing",
        "It looks as if ||b||^2 of the test images is missing; the order of the neighbours is right without"
        " it, "
        "but not the distances.",
        ((" + test_squares - 2", " - 2"),),
    ),
    Mutant(
        NO_LOOPS,
        "train_squares_missing",
        "It looks as if ||a||^2 of the training images is missing.",
        (("train_squares[:, None] + test_squares", "test_squares"),),
    ),
    Mutant(
        NO_LOOPS,
        "square_root",
        "These are distances, not squared distances: leave out the square root.",
        (
            (
                "train_squares[:, None] + test_squares - 2 * products",
                "(train_squares[:, None] + test_squares - 2 * products).clamp(min=0).sqrt()",
            ),
        ),
    ),
    Mutant(
        NO_LOOPS,
        "transposed",
        "Rows and columns are swapped: dists[i, j] belongs to training image i and test image j.",
        (
            (
                "train_squares[:, None] + test_squares - 2 * products",
                "(train_squares[:, None] + test_squares - 2 * products).T",
            ),
        ),
    ),
    Mutant(
        NO_LOOPS,
        "squares_along_the_wrong_axis",
        "It looks as if ||a||^2 is added along the columns: it belongs to the rows, so give it the shape (N, 1).",
        (("train_squares[:, None]", "train_squares"),),
    ),
    Mutant(
        NO_LOOPS,
        "one_sum_for_all_images",
        "It looks as if the squares of all training images are added to one number: sum over the pixels only, dim=1.",
        (
            ("(x_train**2).sum(dim=1)", "(x_train**2).sum()"),
            ("train_squares[:, None]", "train_squares"),
        ),
    ),
    Mutant(
        NO_LOOPS,
        "each_set_centred_by_its_own_mean",
        "It looks as if each set is centred by its own mean: distances stay the same only when the same "
        "image is "
        "subtracted from both.",
        (("x_test = x_test - mean_image", "x_test = x_test - x_test.mean(dim=0)"),),
    ),
    Mutant(
        NO_LOOPS,
        "centred_in_place",
        "It looks as if the mean is subtracted in place (-=), which changes the caller's images.",
        (("x_train = x_train - mean_image", "x_train -= mean_image"),),
    ),
    Mutant(
        NO_LOOPS,
        "float32_cancellation",
        "It looks as if large numbers cancel: subtract the mean training image from both sets before you "
        "multiply "
        "out, or compute in float64.",
        (("mean_image = x_train.mean(dim=0)", "mean_image = torch.zeros_like(x_train[0])"),),
    ),
    Mutant(
        NO_LOOPS,
        "broadcast_to_three_axes",
        BROADCAST,
        body="""
            if not x_train.is_floating_point():
                x_train, x_test = x_train.float(), x_test.float()
            x_train, x_test = x_train.flatten(1), x_test.flatten(1)
            return ((x_train[:, None] - x_test[None]) ** 2).sum(dim=2)
        """,
    ),
    Mutant(
        NO_LOOPS,
        "broadcast_in_halves",
        BROADCAST,
        body="""
            if not x_train.is_floating_point():
                x_train, x_test = x_train.float(), x_test.float()
            x_train, x_test = x_train.flatten(1), x_test.flatten(1)
            half = (len(x_train) + 1) // 2
            first = ((x_train[:half, None] - x_test) ** 2).sum(dim=2)
            return torch.cat([first, ((x_train[half:, None] - x_test) ** 2).sum(dim=2)])
        """,
    ),
    Mutant(
        NO_LOOPS,
        "pixels_halved_by_recursion",
        "A function that calls itself for every pixel is a loop: one matrix product adds the pixels.",
        body="""
            if not x_train.is_floating_point():
                x_train, x_test = x_train.float(), x_test.float()

            def add(a, b):
                half = a.shape[1] // 2
                if half == 0:
                    return (a - b.T) ** 2
                return add(a[:, :half], b[:, :half]) + add(a[:, half:], b[:, half:])

            return add(x_train.flatten(1), x_test.flatten(1))
        """,
    ),
    Mutant(
        NO_LOOPS,
        "list_comprehension",
        "A list comprehension over the images is a loop: one matrix product gives all the inner products.",
        body="""
            if not x_train.is_floating_point():
                x_train, x_test = x_train.float(), x_test.float()
            x_train, x_test = x_train.flatten(1), x_test.flatten(1)
            return torch.stack([((x_train - image) ** 2).sum(dim=1) for image in x_test], dim=1)
        """,
    ),
    Mutant(
        NO_LOOPS,
        "one_loop_again",
        "It calls the version with a loop; the question asks for one matrix product.",
        body="return compute_distances_one_loop(x_train, x_test)",
    ),
    Mutant(
        NO_LOOPS,
        "cdist",
        "torch.cdist does the exercise for you and is not allowed here.",
        body="""
            if not x_train.is_floating_point():
                x_train, x_test = x_train.float(), x_test.float()
            return torch.cdist(x_train.flatten(1), x_test.flatten(1)) ** 2
        """,
    ),
    Mutant(NO_LOOPS, "uint8_wraps_around", UINT8, (("if not x_train.is_floating_point():", "if False:"),)),
    Mutant(
        NO_LOOPS,
        "always_float64",
        "It looks as if the result is always float64: computing in float64 is fine, but convert the result back.",
        (
            (
                "if not x_train.is_floating_point():\n    x_train, x_test = x_train.float(), x_test.float()",
                "x_train, x_test = x_train.double(), x_test.double()",
            ),
        ),
    ),
    Mutant(
        NO_LOOPS,
        "always_float32",
        "It looks as if float64 images are rounded to float32; keep their dtype.",
        (("if not x_train.is_floating_point():", "if True:"),),
    ),
    Mutant(
        NO_LOOPS,
        "rounded_to_float32",
        "It looks as if float64 images are rounded to float32 before their distances are computed; keep their dtype.",
        (
            (
                "if not x_train.is_floating_point():",
                "dtype = torch.promote_types(x_train.dtype, torch.float32)\nif True:",
            ),
            (
                "return train_squares[:, None] + test_squares - 2 * products",
                "return (train_squares[:, None] + test_squares - 2 * products).to(dtype)",
            ),
        ),
    ),
    Mutant(
        NO_LOOPS,
        "only_uint8_converted",
        UINT8_ONLY,
        (("not x_train.is_floating_point()", "x_train.dtype == torch.uint8"),),
    ),
    Mutant(
        NO_LOOPS,
        "small_distances_cut_off",
        "It looks as if small distances are raised to a lower bound: negative ones may become 0, and the others stay.",
        (
            (
                "return train_squares[:, None] + test_squares - 2 * products",
                "return (train_squares[:, None] + test_squares - 2 * products).clamp(min=1e-2)",
            ),
        ),
    ),
    Mutant(
        NO_LOOPS,
        "view_of_scattered_memory",
        "view fails on images that are not contiguous in memory; reshape copies them when it has to.",
        (("x_test.reshape(", "x_test.view("),),
    ),
    Mutant(
        NO_LOOPS,
        "one_image_squeezed_away",
        "It looks as if squeeze() removes the axis of a single training image: the result has two axes, also (1, M).",
        (
            (
                "return train_squares[:, None] + test_squares - 2 * products",
                "return (train_squares[:, None] + test_squares - 2 * products).squeeze()",
            ),
        ),
    ),
    Mutant(
        NO_LOOPS,
        "training_images_with_one_another",
        ONE_SET_WITH_ITSELF,
        (("(x_train**2).sum(dim=1)", "(x_train @ x_train.T).diagonal()"),),
    ),
    Mutant(
        NO_LOOPS,
        "test_images_with_one_another",
        ONE_SET_WITH_ITSELF,
        (("(x_test**2).sum(dim=1)", "(x_test @ x_test.T).diagonal()"),),
    ),
)


def _crossed_out_with(name: str, value: str) -> Mutant:
    return Mutant(
        LABELS,
        f"crossed_out_with_{name}",
        "It looks as if each neighbour found is crossed out with a number that is not larger than all distances; use "
        "infinity.",
        body=f"""
            num_test = dists.shape[1]
            left, y_train = dists.clone(), y_train.long()
            counts = y_train.new_zeros(int(y_train.max()) + 1, num_test)
            columns = torch.arange(num_test, device=dists.device)
            for _ in range(k):
                nearest = left.argmin(dim=0)
                counts[y_train[nearest], columns] += 1
                left[nearest, columns] = {value}
            return counts.argmax(dim=0)
        """,
    )


PREDICTIONS = (
    Mutant(
        LABELS,
        "k_ignored",
        "It looks as if only the nearest training image decides, whatever k is.",
        (("dists.topk(k,", "dists.topk(1,"),),
    ),
    Mutant(
        LABELS,
        "one_neighbour_too_many",
        "It looks as if k + 1 training images vote.",
        (("dists.topk(k,", "dists.topk(min(k + 1, num_train),"),),
    ),
    Mutant(
        LABELS,
        "farthest",
        "It looks as if the k farthest training images vote: ask topk for the smallest, largest=False.",
        (("largest=False", "largest=True"),),
    ),
    Mutant(
        LABELS,
        "nearest_skipped",
        "It looks as if the nearest training image is left out of the vote, as though it were the test image itself.",
        (
            (
                "dists.topk(k, dim=0, largest=False).indices",
                "dists.topk(min(k + 1, num_train), dim=0, largest=False).indices[-k:]",
            ),
        ),
    ),
    Mutant(
        LABELS,
        "ties_to_the_largest_label",
        "It looks as if a tie goes to the largest label; it must go to the smallest.",
        (("counts.argmax(dim=0)", "num_classes - 1 - counts.flip(0).argmax(dim=0)"),),
    ),
    Mutant(
        LABELS,
        "ties_to_the_first_seen",
        "It looks as if a tie goes to the label that is met first, as with Counter.most_common; it must go "
        "to the "
        "smallest.",
        body="""
            from collections import Counter

            labels = []
            for j in range(dists.shape[1]):
                votes = y_train[dists[:, j].argsort()[:k]].tolist()
                labels.append(Counter(votes).most_common(1)[0][0])
            return torch.tensor(labels, device=dists.device)
        """,
    ),
    Mutant(
        LABELS,
        "index_instead_of_label",
        "It looks as if the index of the nearest training image is returned instead of its label.",
        (("return counts.argmax(dim=0)", "return nearest[0]"),),
    ),
    Mutant(
        LABELS,
        "mean_of_the_labels",
        "It looks as if the labels of the neighbours are averaged: labels are names, so 0 and 2 do not make a 1.",
        (("return counts.argmax(dim=0)", "return votes.double().mean(dim=0).round().long()"),),
    ),
    Mutant(
        LABELS,
        "median_of_the_labels",
        "It looks as if the median of the neighbours' labels is returned; the question asks for the most frequent one.",
        (("return counts.argmax(dim=0)", "return votes.median(dim=0).values"),),
    ),
    Mutant(
        LABELS,
        "vote_along_the_wrong_axis",
        "It looks as if the vote runs over the test images instead of over the neighbours of each test image.",
        (("return counts.argmax(dim=0)", "return votes.mode(dim=1).values"),),
    ),
    Mutant(
        LABELS,
        "neighbours_along_the_wrong_axis",
        "It looks as if the nearest test images are searched for each training image: a column of dists is "
        "a test "
        "image.",
        body="""
            nearest = dists.topk(min(k, dists.shape[1]), dim=1, largest=False).indices
            return y_train.long()[nearest % num_train].mode(dim=1).values
        """,
    ),
    Mutant(
        LABELS,
        "votes_weighted_by_distance",
        "It looks as if near neighbours count more than far ones; here each of the k has one vote.",
        (
            (
                "counts.scatter_add_(0, votes, torch.ones_like(votes))",
                "counts = counts.double().scatter_add(0, votes, 1 / (dists.double().gather(0, nearest) + 1e-8))",
            ),
        ),
    ),
    Mutant(
        LABELS,
        "dtype_of_the_labels_kept",
        "The result has the dtype of y_train; labels are to be int64.",
        (("return counts.argmax(dim=0)", "return counts.argmax(dim=0).to(y_train.dtype)"),),
    ),
    Mutant(
        LABELS,
        "float_labels",
        "The labels are floating point numbers, which cannot index anything: torch.zeros makes float32 unless told.",
        (("return counts.argmax(dim=0)", "return counts.argmax(dim=0).float()"),),
    ),
    Mutant(
        LABELS,
        "ten_classes",
        "It looks as if there are always 10 classes; take the number from the labels.",
        (("num_classes = int(y_train.max()) + 1", "num_classes = 10"),),
    ),
    Mutant(
        LABELS,
        "classes_counted",
        "It looks as if the labels are taken to be 0, 1, 2 and so on without gaps; y_train may leave a class out.",
        (("num_classes = int(y_train.max()) + 1", "num_classes = len(y_train.unique())"),),
    ),
    Mutant(
        LABELS,
        "dists_crossed_out",
        "It looks as if each neighbour found is crossed out in dists itself, which changes the caller's tensor.",
        body="""
            num_test = dists.shape[1]
            y_train = y_train.long()
            counts = y_train.new_zeros(int(y_train.max()) + 1, num_test)
            columns = torch.arange(num_test, device=dists.device)
            for _ in range(k):
                nearest = dists.argmin(dim=0)
                counts[y_train[nearest], columns] += 1
                dists[nearest, columns] = float("inf")
            return counts.argmax(dim=0)
        """,
    ),
    Mutant(
        LABELS,
        "no_room_for_all_neighbours",
        "It fails when k is the number of training images: the k nearest of N end at index k - 1.",
        (
            (
                "nearest = dists.topk(k, dim=0, largest=False).indices",
                "order = dists.argsort(dim=0)\nlast = order[k]\nnearest = order[:k]",
            ),
        ),
    ),
    Mutant(
        LABELS,
        "all_but_one_at_most",
        "It looks as if never all training images vote: k may be N.",
        (("dists.topk(k,", "dists.topk(max(1, min(k, num_train - 1)),"),),
    ),
    Mutant(
        LABELS,
        "distance_zero_skipped",
        "It looks as if training images at distance 0 are left out, as though they were the test image itself; they "
        "vote like all others.",
        (("dists.topk(k,", 'dists.masked_fill(dists == 0, float("inf")).topk(k,'),),
    ),
    Mutant(
        LABELS,
        "all_that_are_near_enough",
        "It looks as if all training images vote that are no farther than the k-th; where several are equally far, "
        "that is more than k.",
        body="""
            near = dists <= dists.kthvalue(k, dim=0).values
            classes = torch.arange(int(y_train.max()) + 1, device=dists.device)
            one_hot = (y_train[:, None] == classes).double()
            return (one_hot.T @ near.double()).argmax(dim=0)
        """,
    ),
    Mutant(
        LABELS,
        "hundred_classes",
        "It looks as if there are never more than 100 classes; take the number from the labels.",
        (("num_classes = int(y_train.max()) + 1", "num_classes = 100"),),
    ),
    Mutant(
        LABELS,
        "int8_labels",
        "It looks as if labels are kept in int8, which ends at 127; convert them to int64.",
        (("y_train.long()[nearest]", "y_train.to(torch.int8).long()[nearest]"),),
    ),
    Mutant(
        LABELS,
        "made_on_the_cpu",
        "It looks as if the labels are made on the CPU, wherever the distances are: give torch.zeros the device "
        "of dists.",
        body="""
            labels = torch.zeros(dists.shape[1], dtype=torch.int64)
            for j in range(dists.shape[1]):
                nearest = dists[:, j].topk(k, largest=False).indices
                labels[j] = y_train.long()[nearest].mode().values
            return labels
        """,
    ),
    _crossed_out_with("a_large_number", "1e6"),
    _crossed_out_with("the_largest_distance", "dists.max()"),
    Mutant(
        LABELS,
        "one_vote_a_distance",
        "It looks as if the distances are the keys of a dict, in which equal distances take one another's place; each "
        "training image has a vote of its own.",
        body="""
            labels = []
            for column in dists.T.tolist():
                label_at = dict(zip(column, y_train.tolist()))
                votes = [label_at[distance] for distance in sorted(label_at)[:k]]
                labels.append(max(sorted(set(votes)), key=votes.count))
            return torch.tensor(labels, device=dists.device)
        """,
    ),
    Mutant(
        LABELS,
        "at_most_twenty_neighbours",
        "It looks as if never more than 20 training images vote; k may be N, however many there are.",
        (("dists.topk(k,", "dists.topk(min(k, 20),"),),
    ),
    Mutant(
        LABELS,
        "votes_counted_in_uint8",
        "It looks as if the votes are counted in uint8, which starts again from 0 after 255; count in int64.",
        (
            ("votes.new_zeros(num_classes, num_test)", "votes.new_zeros(num_classes, num_test, dtype=torch.uint8)"),
            ("torch.ones_like(votes)", "torch.ones_like(votes, dtype=torch.uint8)"),
        ),
    ),
    Mutant(
        CLASSIFIER,
        "k_not_passed",
        "It looks as if predict does not hand its k to predict_labels.",
        (("self.y_train, k=k)", "self.y_train)"),),
    ),
    Mutant(
        CLASSIFIER,
        "sets_swapped",
        "It looks as if training and test images are swapped in the call of compute_distances_no_loops.",
        (
            (
                "compute_distances_no_loops(self.x_train, x_test)",
                "compute_distances_no_loops(x_test, self.x_train)",
            ),
        ),
    ),
    Mutant(
        CLASSIFIER,
        "index_instead_of_label",
        "It looks as if predict returns the index of the nearest training image instead of a label.",
        (("return predict_labels(dists, self.y_train, k=k)", "return dists.argmin(dim=0)"),),
    ),
    Mutant(
        CLASSIFIER,
        "return_missing",
        "predict computes the labels and does not return them.",
        (("return predict_labels", "predict_labels"),),
    ),
    Mutant(
        CLASSIFIER,
        "training_set_predicted",
        "It looks as if the training images are compared with themselves instead of with the test images.",
        (
            (
                "compute_distances_no_loops(self.x_train, x_test)",
                "compute_distances_no_loops(self.x_train, self.x_train)",
            ),
        ),
    ),
    Mutant(
        CLASSIFIER,
        "test_images_scaled",
        "It looks as if only the test images are scaled; what is done to one set must be done to the other.",
        (("(self.x_train, x_test)", "(self.x_train, x_test / 255)"),),
    ),
    Mutant(
        CLASSIFIER,
        "shared_by_all_classifiers",
        "It looks as if the training set is kept in the class and not in the object, so that a second "
        "classifier "
        "overwrites the first.",
        (
            ("self.x_train = x_train", "type(self).x_train = x_train"),
            ("self.y_train = y_train", "type(self).y_train = y_train"),
        ),
    ),
    Mutant(
        CLASSIFIER,
        "first_distances_kept",
        "It looks as if the distances of the first test images are kept and used for all that come later.",
        (
            (
                "dists = compute_distances_no_loops(self.x_train, x_test)",
                "if not hasattr(self, 'dists'):\n    self.dists = compute_distances_no_loops(self.x_train, x_test)\n"
                "dists = self.dists",
            ),
        ),
    ),
    Mutant(
        CLASSIFIER,
        "distances_kept_for_as_many_images",
        "It looks as if distances are kept as long as there are as many test images; they may be other ones.",
        (
            (
                "dists = compute_distances_no_loops(self.x_train, x_test)",
                "if not hasattr(self, 'dists') or self.dists.shape[1] != len(x_test):\n"
                "    self.dists = compute_distances_no_loops(self.x_train, x_test)\ndists = self.dists",
            ),
        ),
    ),
    Mutant(
        CLASSIFIER,
        "answers_kept_by_k",
        "It looks as if the labels are kept for each k and number of images; the next images may be other ones.",
        (
            ("self.y_train = y_train", "self.y_train = y_train\nself.known = {}"),
            (
                "return predict_labels(dists, self.y_train, k=k)",
                "if (len(x_test), k) not in self.known:\n"
                "    self.known[len(x_test), k] = predict_labels(dists, self.y_train, k=k)\n"
                "return self.known[len(x_test), k]",
            ),
        ),
    ),
    Mutant(
        CLASSIFIER,
        "first_k_kept",
        "It looks as if the k of the first call is kept for all that come later.",
        (
            (
                "return predict_labels(dists, self.y_train, k=k)",
                "self.k = getattr(self, 'k', k)\nreturn predict_labels(dists, self.y_train, k=self.k)",
            ),
        ),
    ),
    Mutant(
        CLASSIFIER,
        "test_images_changed",
        "It looks as if the test images are centred in place (-=), which changes the caller's.",
        (
            (
                "dists = compute_distances_no_loops(self.x_train, x_test)",
                "centre = self.x_train.mean(dim=0)\nx_test -= centre\n"
                "dists = compute_distances_no_loops(self.x_train - centre, x_test)",
            ),
        ),
    ),
    Mutant(
        CLASSIFIER,
        "centred_apart",
        "It looks as if each set of images is centred by its own mean; subtract the same from both, or nothing.",
        (
            (
                "compute_distances_no_loops(self.x_train, x_test)",
                "compute_distances_no_loops(self.x_train - self.x_train.mean(), x_test - x_test.mean())",
            ),
        ),
    ),
    Mutant(
        CLASSIFIER,
        "dtype_of_the_labels_kept",
        "The labels have the dtype of y_train; they are to be int64, as predict_labels returns them.",
        (("self.y_train, k=k)", "self.y_train, k=k).to(self.y_train.dtype)"),),
    ),
    Mutant(
        CLASSIFIER,
        "single_answer_squeezed",
        "It looks as if squeeze() removes the axis of a single label: the result has shape (M,), also (1,).",
        (("self.y_train, k=k)", "self.y_train, k=k).squeeze()"),),
    ),
    Mutant(
        CLASSIFIER,
        "k_cut_to_fit",
        "It looks as if a k that does not fit is cut to the next that does; predict promises a ValueError.",
        (("self.y_train, k=k)", "self.y_train, k=max(1, min(k, len(self.y_train))))"),),
    ),
    Mutant(
        CLASSIFIER,
        "flattened_without_comparing",
        "It looks as if images are flattened before their shapes are compared, so that (3, 2) passes for (2, 3).",
        (
            (
                "compute_distances_no_loops(self.x_train, x_test)",
                "compute_distances_no_loops(self.x_train.flatten(1), x_test.flatten(1))",
            ),
        ),
    ),
    Mutant(
        CLASSIFIER,
        "first_training_set_for_all",
        "It looks as if the training set of the first classifier is kept in the class and used by all that come later.",
        (
            ("self.x_train = x_train", "cls = type(self)\ncls.x_train = getattr(cls, 'x_train', x_train)"),
            ("self.y_train = y_train", "cls.y_train = getattr(cls, 'y_train', y_train)"),
        ),
    ),
    Mutant(
        CLASSIFIER,
        "labels_renumbered",
        "It looks as if the labels are numbered anew, 0, 1, 2 and so on; y_train may leave a class out.",
        (("self.y_train = y_train", "self.y_train = y_train.unique(return_inverse=True)[1]"),),
    ),
)

ROUNDED = "It looks as if means that are close are taken for equal, as after rounding; compare them as they are."
ACCURACIES_CHANGED = (
    "It looks as if entries are taken out of the caller's dict, or its lists are sorted in place: read them only, or "
    "work on a copy."
)
SELECTION = (
    Mutant(
        FOLDS,
        "one_fold_reused",
        "It looks as if the same part is the validation set every time.",
        (("for fold in range(num_folds):", "for fold in [0] * num_folds:"),),
    ),
    Mutant(
        FOLDS,
        "validation_part_kept_in_training",
        "It looks as if the classifier also remembers the part that it is tested on, so that k = 1 is always right.",
        (
            ("x_rest = torch.cat(x_folds[:fold] + x_folds[fold + 1 :])", "x_rest = x_train"),
            ("y_rest = torch.cat(y_folds[:fold] + y_folds[fold + 1 :])", "y_rest = y_train"),
        ),
    ),
    Mutant(
        FOLDS,
        "next_fold_left_out",
        "It looks as if two parts are left out of the training set: x_folds[fold + 1:] begins right after the part.",
        (
            ("x_folds[:fold] + x_folds[fold + 1 :]", "x_folds[:fold] + x_folds[fold + 2 :]"),
            ("y_folds[:fold] + y_folds[fold + 1 :]", "y_folds[:fold] + y_folds[fold + 2 :]"),
        ),
    ),
    Mutant(
        FOLDS,
        "parts_swapped",
        "It looks as if the classifier is trained on one part and tested on all the others; it is the other way round.",
        (
            (
                "dists = compute_distances_no_loops(x_rest, x_folds[fold])",
                "y_valid, y_rest = y_rest, y_folds[fold]\n"
                "    dists = compute_distances_no_loops(x_folds[fold], x_rest)",
            ),
            ("== y_folds[fold]", "== y_valid"),
            ("y_rest, k=k)", "y_rest, k=min(k, len(y_rest)))"),
        ),
    ),
    Mutant(
        FOLDS,
        "tested_on_the_training_parts",
        "It looks as if the accuracy is measured on the parts that the classifier remembers.",
        (
            (
                "compute_distances_no_loops(x_rest, x_folds[fold])",
                "compute_distances_no_loops(x_rest, x_rest)",
            ),
            ("== y_folds[fold]", "== y_rest"),
        ),
    ),
    Mutant(
        FOLDS,
        "chunk",
        "torch.chunk does not cut into parts of nearly equal size (7 in 3 gives 3, 3, 1); torch.tensor_split does.",
        (
            ("x_train.tensor_split(num_folds)", "x_train.chunk(num_folds)"),
            ("y_train.tensor_split(num_folds)", "y_train.chunk(num_folds)"),
        ),
    ),
    Mutant(
        FOLDS,
        "remainder_dropped",
        "It looks as if the last images are dropped when the number of images is not divisible by the number of folds.",
        (
            (
                "x_train.tensor_split(num_folds)",
                "x_train[: num_train - num_train % num_folds].tensor_split(num_folds)",
            ),
            (
                "y_train.tensor_split(num_folds)",
                "y_train[: num_train - num_train % num_folds].tensor_split(num_folds)",
            ),
        ),
    ),
    Mutant(
        FOLDS,
        "images_used_as_labels",
        "It looks as if the folds of the labels are cut from the images.",
        (("y_folds = y_train.tensor_split", "y_folds = x_train.tensor_split"),),
    ),
    Mutant(
        FOLDS,
        "pairs_broken",
        "It looks as if images and labels of the training parts are joined in different orders, so that "
        "they no longer "
        "belong together.",
        (("y_folds[:fold] + y_folds[fold + 1 :]", "y_folds[fold + 1 :] + y_folds[:fold]"),),
    ),
    Mutant(
        FOLDS,
        "k_ignored",
        "It looks as if every k is tested with k = 1.",
        (("y_rest, k=k)", "y_rest)"),),
    ),
    Mutant(
        FOLDS,
        "fraction",
        "The accuracies are fractions; the question asks for percent.",
        (("100.0 * ", ""),),
    ),
    Mutant(
        FOLDS,
        "error_rate",
        "It looks as if the wrong answers are counted instead of the right ones.",
        (("y_rest, k=k) == y_folds[fold]", "y_rest, k=k) != y_folds[fold]"),),
    ),
    Mutant(
        FOLDS,
        "only_the_last_fold",
        "It looks as if each fold overwrites the accuracy of the one before: append to the list of its k.",
        (
            (
                "k_to_accuracies[k].append(100.0 * correct.double().mean().item())",
                "k_to_accuracies[k] = [100.0 * correct.double().mean().item()]",
            ),
        ),
    ),
    Mutant(
        FOLDS,
        "mean_over_the_folds",
        "It looks as if only the mean over the folds is returned; the question asks for the accuracy of each fold.",
        (("return k_to_accuracies", "return {k: sum(a) / len(a) for k, a in k_to_accuracies.items()}"),),
    ),
    Mutant(
        FOLDS,
        "k_cut_to_fit",
        "It looks as if a k that is too large is cut to the number of images that are left; a ValueError is promised.",
        (("y_rest, k=k)", "y_rest, k=min(k, len(y_rest)))"),),
    ),
    Mutant(
        FOLDS,
        "large_k_skipped",
        "It looks as if a k that is too large is skipped; a ValueError is promised.",
        (("for k in k_choices:", "for k in [k for k in k_choices if k <= len(y_rest)]:"),),
    ),
    Mutant(
        FOLDS,
        "caller_s_list_sorted",
        "It looks as if k_choices is sorted in place, which changes the caller's list: sorted(k_choices) makes a "
        "new one.",
        (("x_folds = x_train", "if isinstance(k_choices, list):\n    k_choices.sort()\nx_folds = x_train"),),
    ),
    Mutant(
        FOLDS,
        "single_image_squeezed",
        "It looks as if squeeze() removes the axis of the images where a part has only one: it has shape (1, ...).",
        (
            (
                "compute_distances_no_loops(x_rest, x_folds[fold])",
                "compute_distances_no_loops(x_rest, x_folds[fold].squeeze(0))",
            ),
        ),
    ),
    Mutant(
        BEST_K,
        "lists_compared",
        "It looks as if the lists are compared with one another, so that the first fold alone decides; compare means.",
        body="return max(sorted(k_to_accuracies), key=lambda k: list(k_to_accuracies[k]))",
    ),
    Mutant(
        BEST_K,
        "best_single_fold",
        "It looks as if the best single fold decides; compare the means over the folds.",
        (("sum(k_to_accuracies[k]) / len(k_to_accuracies[k])", "max(k_to_accuracies[k])"),),
    ),
    Mutant(
        BEST_K,
        "ties_to_the_largest_k",
        "It looks as if a tie goes to the largest k; it must go to the smallest.",
        (("if mean > best_mean:", "if mean >= best_mean:"),),
    ),
    Mutant(
        BEST_K,
        "ties_to_the_first_in_the_dict",
        "It looks as if a tie goes to the k that comes first in the dict; it must go to the smallest.",
        (("sorted(k_to_accuracies)", "k_to_accuracies"),),
    ),
    Mutant(
        BEST_K,
        "worst_single_fold",
        "It looks as if the worst fold of each k decides; compare the means over the folds.",
        (("sum(k_to_accuracies[k]) / len(k_to_accuracies[k])", "min(k_to_accuracies[k])"),),
    ),
    Mutant(
        BEST_K,
        "starts_from_zero",
        "It looks as if the search starts from a mean of 0, so that no k is found when every accuracy is 0.",
        (('float("-inf")', "0.0"),),
    ),
    Mutant(
        BEST_K,
        "accuracy_returned",
        "It looks as if the best accuracy is returned instead of its k.",
        (("return best_k", "return best_mean"),),
    ),
    Mutant(
        BEST_K,
        "position_returned",
        "It looks as if the position of the best k in a list is returned instead of the k.",
        (("return best_k", "return sorted(k_to_accuracies).index(best_k)"),),
    ),
    Mutant(
        BEST_K,
        "median",
        "It looks as if the medians over the folds are compared; the question asks for the means.",
        (
            (
                "sum(k_to_accuracies[k]) / len(k_to_accuracies[k])",
                "sorted(k_to_accuracies[k])[len(k_to_accuracies[k]) // 2]",
            ),
        ),
    ),
    Mutant(
        BEST_K,
        "rounded_down",
        ROUNDED,
        (("sum(k_to_accuracies[k]) / len(k_to_accuracies[k])", "sum(k_to_accuracies[k]) // len(k_to_accuracies[k])"),),
    ),
    Mutant(
        BEST_K,
        "rounded",
        ROUNDED,
        (
            (
                "sum(k_to_accuracies[k]) / len(k_to_accuracies[k])",
                "round(sum(k_to_accuracies[k]) / len(k_to_accuracies[k]), 2)",
            ),
        ),
    ),
    Mutant(
        BEST_K,
        "rounded_to_four_places",
        ROUNDED,
        (
            (
                "sum(k_to_accuracies[k]) / len(k_to_accuracies[k])",
                "round(sum(k_to_accuracies[k]) / len(k_to_accuracies[k]), 4)",
            ),
        ),
    ),
    Mutant(BEST_K, "half_a_percent_better", ROUNDED, (("if mean > best_mean:", "if mean > best_mean + 0.5:"),)),
    Mutant(
        BEST_K,
        "five_folds",
        "It looks as if only the first five folds count; take the mean over all of them.",
        (
            (
                "sum(k_to_accuracies[k]) / len(k_to_accuracies[k])",
                "sum(k_to_accuracies[k][:5]) / len(k_to_accuracies[k][:5])",
            ),
        ),
    ),
    Mutant(
        BEST_K,
        "largest_k_left_out",
        "It looks as if the largest k is never chosen: a range over the keys stops before its end by itself.",
        body="""
            in_order = sorted(k_to_accuracies)
            means = [sum(k_to_accuracies[k]) / len(k_to_accuracies[k]) for k in in_order]
            best = 0
            for i in range(len(in_order) - 1):
                if means[i] > means[best]:
                    best = i
            return in_order[best]
        """,
    ),
    Mutant(
        BEST_K,
        "ties_by_text",
        "It looks as if the keys are compared as text, in which 10 comes before 9; compare them as numbers.",
        (("sorted(k_to_accuracies)", "sorted(k_to_accuracies, key=str)"),),
    ),
    Mutant(
        BEST_K,
        "entries_taken_out",
        ACCURACIES_CHANGED,
        (
            (
                "mean = sum(k_to_accuracies[k]) / len(k_to_accuracies[k])",
                "accuracies = k_to_accuracies.pop(k)\n    mean = sum(accuracies) / len(accuracies)",
            ),
        ),
    ),
    Mutant(
        BEST_K,
        "lists_sorted",
        ACCURACIES_CHANGED,
        (("mean = sum(", "k_to_accuracies[k].sort()\n    mean = sum("),),
    ),
    Mutant(
        BEST_K,
        "worst_k",
        "It looks as if the k with the lowest mean accuracy is returned.",
        (
            ('best_mean = 0, float("-inf")', 'best_mean = 0, float("inf")'),
            ("mean > best_mean", "mean < best_mean"),
        ),
    ),
)

MUTANTS: tuple[Mutant, ...] = DISTANCES + PREDICTIONS + SELECTION
