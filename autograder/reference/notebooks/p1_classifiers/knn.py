# %% [markdown] id="title"
# {{badge}}
#
# # Nearest neighbours
#
# To name an image, look for the images most like it whose names you know, and let them vote. This is a
# complete classifier. It has no parameters to train, and yet it already raises every question that the rest
# of the course is about: what does *alike* mean, how fast is it, which settings are good, and how do you
# know?
#
# ![Four panels. A handwritten nine with its seven nearest training images, all nines. Bars of the time that
# three ways to compute the same distances take: a second, ten milliseconds, under one millisecond. Accuracy
# against the number of neighbours, with error bars. Two bars: validation accuracy of a random split far above
# that of a split by scene, which agrees with the test.](images/knn_opening.png)
#
# **By the end** you will have built a classifier that reads handwritten digits with about 96 % accuracy, made
# it a thousand times faster without changing a result, chosen its one setting honestly, and caught a mistake
# that has spoilt published results: a validation set that leaks.
#
# | | |
# | --- | --- |
# | Time | two to four hours; the notebook itself runs in about half a minute on a CPU |
# | You need | Python, and the tensors of PyTorch: shapes, indexing, broadcasting |
# | You write | `knn.py`: seven questions, 50 points, and two answers in words, 6 points |

# %% [markdown] id="setup-text"
# ## Set-up
#
# Run this cell first. It finds the course kit and your files, and says where they are. On Colab your files
# live in your Google Drive, under `deeprob/{{assignment}}`, so that they are still there tomorrow. On your
# own machine, open this notebook from the folder in which it came.

# %% id="setup"
import contextlib
import subprocess
import sys
from pathlib import Path

kit = next((p for p in (Path.cwd(), *Path.cwd().parents) if (p / "deeprob/workspace.py").is_file()), None)
if "google.colab" in sys.modules:  # your files live in Google Drive; the kit comes from there or from GitHub
    with contextlib.suppress(Exception):
        from google.colab import drive

        drive.mount("/content/drive")
    kit, zipped = "/content/{{assignment}}", "/content/drive/MyDrive/deeprob/{{assignment}}.zip"
    clone = f"git clone -q --depth=1 --branch={{branch}} https://github.com/{{repository}} {kit}"
    subprocess.run(f"test -d {kit} || unzip -q {zipped} -d /content 2>/dev/null || {clone}", shell=True, check=True)
sys.path.insert(0, str(kit or Path.cwd()))
from autograder.notebook import start

workspace, check = start("{{assignment}}")

# %% [markdown] id="files-text"
# You write your code in `knn.py`, at the path above, in any editor: on Colab, open the folder symbol at the
# left and double-click the file. Save it, and the next cell you run uses the new version. There is nothing to
# restart.
#
# Each question has a check cell. It runs your code on small inputs and says what is right, or what came out
# and what was expected. A question that you have not begun says so, and the notebook goes on.

# %% id="student"
STUDENT_NAME = ""  # @param {type:"string"}
STUDENT_ID = ""  # @param {type:"string"}

# %% [markdown] id="data-text"
# ## 1. What is there to classify?
#
# `digits` are real handwritten digits, scanned from forms, at 8 x 8 pixels. An image is a tensor of shape
# $(1, 8, 8)$, $D = 64$ numbers between 0 (paper) and 1 (ink), and its label is one of ten classes.

# %% id="data"
import time

import torch

from deeprob import plotting
from deeprob.datasets import load, split_validation

torch.set_num_threads(1)  # these tensors are small: more threads would only wait for one another
knn = workspace.exercise("knn")
train, test = load("digits"), load("digits", "test")
x_train, y_train = train.floats(), train.labels  # (1297, 1, 8, 8) in 0..1, and (1297,)
x_test, y_test = test.floats(), test.labels  # (500, 1, 8, 8), and (500,)
print(train, test, sep="\n")

# %% id="data-look"
eight = torch.stack([torch.nonzero(y_train == c)[:8, 0] for c in range(10)], dim=1)  # (8, 10): eight of each class
plotting.image_grid(x_train[eight.flatten()], title="Ten classes: the same digit looks different", size=0.55)

# %% [markdown]
# Look for the pairs that will be hard: a 9 with an open top and a 4, an 8 and a fat 1, a 3 and a 9.

# %% [markdown] id="explorer-text"
# ### What the vote does
#
# Before any code, a picture. Each image is a point in a space of 64 dimensions; here are points in two, of
# three classes. Every place in the plane gets the class that most of its $k$ nearest points have.
#
# ![The plane cut into the regions of three classes. With k = 1 there are islands around single points and all
# training points are right; with k = 15 the border is smooth, fewer training points are right, and more new
# points.](images/knn_explorer.png)
#
# Move the sliders. What happens to the islands when $k$ grows? At which noise does $k = 1$ stop being a good
# idea on *new* points? Which borders change direction with the metric?

# %% id="explorer"
from deeprob.widgets import knn_explorer

knn_explorer()

# %% [markdown]
# With $k = 1$ every training point is right, at any noise, and that says nothing about new points. A larger
# $k$ trades details for calm. Which $k$ is best depends on the data; section 7 finds it.

# %% [markdown] id="two-loops"
# ## 2. How far apart are two images?
#
# Everything follows from the distance, so it comes first. Compare two images pixel by pixel, square the
# differences and add them up: the squared Euclidean distance. For training images $x_i$ and test images $z_j$
# of $D$ pixels,
#
# $$d_{ij} = \sum_{p=1}^{D} (x_{ip} - z_{jp})^2, \qquad d \in \mathbb{R}^{N \times M}.$$
#
# Row $i$ belongs to training image $i$, column $j$ to test image $j$. There is no square root: it would cost
# time and would not change who is nearest.

# %% id="two-loops-look"
a, b, c = x_test[9], x_train[y_train == 9][3], x_train[y_train == 4][0]
pictures = torch.stack([a, b, (a - b) ** 2, a, c, (a - c) ** 2])
sums = [f"sum {float(pictures[2].sum()):.1f}", f"sum {float(pictures[5].sum()):.1f}"]
captions = ["a nine", "another nine", sums[0], "the same nine", "a four", sums[1]]
plotting.image_grid(pictures, captions, title="Squared differences, pixel by pixel", columns=6, size=1.0)

# %% [markdown]
# **Task.** Write `compute_distances_two_loops` in `knn.py`: one loop over the training images, inside it one
# over the test images. Its docstring says what it takes and returns.

# %%
check("knn.compute_distances_two_loops")

# %% [markdown]
# **Experiment.** All distances between 200 training and 100 test images, both sorted by class. It takes about
# half a second; keep that number in mind.

# %% id="two-loops-experiment"
few_train = torch.cat([torch.nonzero(y_train == c)[:20, 0] for c in range(10)])  # 20 of each class
few_test = torch.cat([torch.nonzero(y_test == c)[:10, 0] for c in range(10)])  # 10 of each class
dists = knn.compute_distances_two_loops(x_train[few_train], x_test[few_test])
plotting.distance_matrix(dists, title="Dark blocks on the diagonal: a class is near itself")

# %% [markdown]
# You should see ten dark blocks along the diagonal, and other structure too: some rows and columns are bright
# or dark as a whole.

# %% [markdown] id="distance-rows"
# ### In words: rows and columns
#
# Look at the picture again. (a) Some *rows* are bright over nearly all columns. What kind of training image
# makes such a row, and how much harm does it do to the classifier? (b) What does a *column* that is bright
# over nearly all rows mean, and is its label still decided? Three to five sentences.

# %% [markdown] written="knn.inline_distance_rows"
# **Your answer**
#
# ### BEGIN SOLUTION
# (a) A bright row is a training image that is far from almost every test image: an unusual one, for instance
# written with much more ink than the others, off centre, or mislabelled noise. It does hardly any harm,
# because it is rarely among the k nearest of anything; it costs only memory and time. (A *dark* row is the
# dangerous one: an image near to everything, such as a pale one, is a neighbour of many.)
#
# (b) A bright column is a test image that is far from all training images: an unusual one. Its label is still
# decided, since only the order of the distances within the column counts and not their size, but the decision
# is less to be trusted: even its nearest neighbours are far. kNN does not notice that by itself.
#
# *Points: 1 for what a bright row is, with its small effect; 1 for what a bright column is; 1 for saying that
# only the order within a column matters.*
# ### END SOLUTION

# %% [markdown] id="one-loop"
# ## 3. Let broadcasting take the inner loop
#
# Each round of a Python loop costs microseconds before any arithmetic happens, and the two loops make
# $N \cdot M$ rounds. Broadcasting subtracts *one* training image from *all* test images in one call:
#
# $$d_{i,:} = \sum_p \big(\underbrace{x_{ip}}_{(D,)} - \underbrace{z_{:,p}}_{(M,\,D)}\big)^2 .$$
#
# The shape $(D,)$ is read as $(1, D)$ and stretched to $(M, D)$; nothing is copied to do so. The sum over the
# last dimension leaves $(M,)$, which is row $i$.
#
# **Task.** Write `compute_distances_one_loop` in `knn.py`.

# %%
check("knn.compute_distances_one_loop")

# %% [markdown]
# **Experiment.** Is it the same? Compare it with your two loops on real images.

# %% id="one-loop-experiment"
two = knn.compute_distances_two_loops(x_train[:60], x_test[:50])
one = knn.compute_distances_one_loop(x_train[:60], x_test[:50])
print(f"largest difference: {float((two - one).abs().max()):.1e} (distances up to {float(two.max()):.0f})")

# %% [markdown]
# The difference should be zero, or a rounding error near $10^{-6}$: float32 keeps seven digits, and the order
# of the additions may differ.

# %% [markdown] id="no-loops"
# ## 4. No loop at all
#
# Why not broadcast both, to $(N, M, D)$? For 50,000 training and 10,000 test images of CIFAR-10 that is
# $50000 \cdot 10000 \cdot 3072$ numbers of 4 bytes, 6 terabytes. Multiply out the square instead:
#
# $$\lVert x_i - z_j \rVert^2 = \underbrace{\lVert x_i \rVert^2}_{(N, 1)} + \underbrace{\lVert z_j \rVert^2}_{(1, M)}
# - 2 \underbrace{\langle x_i, z_j \rangle}_{(N, M)} .$$
#
# All inner products together are one matrix product $X Z^\top$, $(N, D) \cdot (D, M)$. Nothing on a computer
# is better tuned than that. The largest thing in memory is the answer itself.
#
# There is a price. The formula takes a small difference of large numbers, and float32 has seven digits to
# spend. The docstring says what to do: a distance does not change when the same image is subtracted from both
# sides.
#
# **Task.** Write `compute_distances_no_loops` in `knn.py`.

# %%
check("knn.compute_distances_no_loops")

# %% [markdown]
# **Experiment.** The same 300 x 200 distances, three times. About two seconds.

# %% id="no-loops-experiment"
functions = {
    "two loops": knn.compute_distances_two_loops,
    "one loop": knn.compute_distances_one_loop,
    "no loops": knn.compute_distances_no_loops,
}
seconds = {}
for name, function in functions.items():
    function(x_train[:10], x_test[:10])  # the first call of anything is slow: do not time it
    repeats = 1 if name == "two loops" else 10
    start_time = time.perf_counter()
    for _ in range(repeats):
        function(x_train[:300], x_test[:200])
    seconds[name] = (time.perf_counter() - start_time) / repeats
factor = seconds["two loops"] / seconds["no loops"]
plotting.timing_bars(seconds, title=f"The same numbers, {factor:,.0f} times faster")

# %% [markdown]
# Each step should gain a factor of ten or more, often a hundred: first the loop over $M$ goes, then the one
# over $N$.
#
# **Experiment.** The price, and how subtracting the mean image avoids it. Add a constant to all pixels: no
# distance changes, but the terms of the formula grow. PyTorch's own `torch.cdist` has a mode that uses the
# formula as it stands (your functions may not call it).

# %% id="cancellation-experiment"
few_train, few_test = 0.9 * x_train[:200], 0.9 * x_test[:100]
exact = knn.compute_distances_one_loop(few_train.double(), few_test.double())
offsets, yours, plain = [0, 1, 10, 100, 1000], [], []
for offset in offsets:
    X, Z = (few_train + offset).flatten(1), (few_test + offset).flatten(1)  # (200, 64), (100, 64)
    yours.append(float((knn.compute_distances_no_loops(X, Z) - exact).abs().max() / exact.max()))
    theirs = torch.cdist(X, Z, compute_mode="use_mm_for_euclid_dist")
    plain.append(float((theirs**2 - exact).abs().max() / exact.max()))

# %% id="cancellation-plot"
alt = f"Relative error at offset 1000: formula {plain[-1]:.0e}, yours {yours[-1]:.0e}"
with plotting.figure(6.6, 3, alt=alt) as ax:
    ax.plot(range(5), plain, "o-", label="torch.cdist: the formula as it stands")
    ax.plot(range(5), yours, "s-", label="your function")
    ax.set_yscale("log")
    ax.set_xticks(range(5), offsets)
    ax.set(title="Seven digits are soon spent", xlabel="added to every pixel", ylabel="largest relative error")
    ax.legend()

# %% [markdown]
# The plain formula should lose two digits for each factor of 10, until the distances are noise. Yours should
# stay below $10^{-3}$ throughout: what is left is the rounding of the pixels themselves.

# %% [markdown] id="predict-labels"
# ## 5. The vote
#
# Column $j$ of `dists` says how far each training image is from test image $j$. Let $\mathcal{N}_k(j)$ be the
# $k$ nearest of them. Each has one vote:
#
# $$\hat y_j = \arg\max_{c} \sum_{i \in \mathcal{N}_k(j)} \mathbb{1}[y_i = c], \qquad \hat y \in \{0, \dots, C-1\}^M .$$
#
# Two classes can get the same number of votes. Some rule must decide, and a rule that everybody knows beats
# chance: the smallest label wins.
#
# **Task.** Write `predict_labels` in `knn.py`. `torch.topk` and `torch.bincount` are worth a look.

# %%
check("knn.predict_labels")

# %% [markdown]
# **Experiment.** Whom did it ask? Two test images that are classified wrongly, if there are such, and one
# that is right, each with its seven nearest.

# %% id="predict-labels-experiment"
dists = knn.compute_distances_no_loops(x_train, x_test)
predicted = knn.predict_labels(dists, y_train, k=7)
wrong = torch.nonzero(predicted != y_test)[:2, 0].tolist()
right = torch.nonzero(predicted == y_test)[:1, 0].tolist()
pictures, captions = [], []
for j in right + wrong:
    nearest = dists[:, j].argsort()[:7]
    pictures += [x_test[j], *x_train[nearest]]
    captions += [f"a {int(y_test[j])}, called {int(predicted[j])}", *(f"{int(y_train[i])}" for i in nearest)]
plotting.image_grid(pictures, captions, title="A test image (left) and its seven nearest", columns=8, size=0.85)

# %% [markdown]
# The neighbours should look like the test image to you, too. Where the vote is wrong, the image often lies
# between two classes, and the votes are split.

# %% [markdown] id="classifier"
# ## 6. A classifier
#
# Put the two parts together. Training is remembering; all the work is done when it predicts. That is the
# wrong way round for most uses: we would gladly train for a day to answer in a millisecond. The other
# notebook of this project, and all that follow, go that way.
#
# **Task.** Write `KnnClassifier` in `knn.py`.

# %%
check("knn.KnnClassifier")

# %% [markdown]
# **Experiment.** The whole test set, and which digits are taken for which.

# %% id="classifier-experiment"
classifier = knn.KnnClassifier(x_train, y_train)
accuracy = classifier.check_accuracy(x_test, y_test, k=1)
plotting.confusion_matrix(
    y_test, classifier.predict(x_test, k=1), title=f"Right: {accuracy:.1f} %. The rest is not spread evenly"
)

# %% [markdown]
# You should see about 96 %, twenty mistakes in 500, and most of them in few places: pairs that look alike.
#
# **Experiment.** Your classifier does not know that its inputs are images. Here it classifies the points of
# the plane, as in the explorer.

# %% id="regions-experiment"
torch.manual_seed(0)
labels = torch.arange(3).repeat_interleave(30)
centres = torch.tensor([[-1.3, -0.6], [1.2, -0.8], [0.1, 1.3]])
points = centres[labels] + 0.9 * torch.randn(90, 2)
planar = knn.KnnClassifier(points, labels)
planar.predict(points)
with plotting.figure(7.6, 3.2, alt="Regions for k = 1, with islands, and k = 15, smooth", columns=2) as axes:
    for ax, k in zip(axes, (1, 15), strict=True):
        title = f"k = {k}: " + ("islands around single points" if k == 1 else "a smooth border")
        plotting.decision_regions(lambda x, k=k: planar.predict(x, k=k), points, labels, title=title, ax=ax)

# %% [markdown]
# With $k = 1$ each stray point keeps an island; with $k = 15$ its neighbours outvote it.

# %% [markdown] id="cross-validate"
# ## 7. Which k?
#
# $k$ is a *hyper-parameter*: no gradient and no formula tells it, so we try. But on what? On the training
# images $k = 1$ is always perfect. On the test images, the best of ten tries is a little lucky, and then the
# test no longer says how well we shall do on new images. The test set is for one number, at the very end.
#
# So cut a *validation* set from the training set. With few images its size is a dilemma: what validates
# cannot train. *Cross-validation* uses every image for both, in turn. Cut the training set into $F$ parts
# (*folds*); each is once the validation set, while the classifier remembers the $F - 1$ others:
#
# | | fold 1 | fold 2 | fold 3 | fold 4 | fold 5 |
# | --- | --- | --- | --- | --- | --- |
# | round 1 | **validate** | train | train | train | train |
# | round 2 | train | **validate** | train | train | train |
# | ... | | | | | |
# | round 5 | train | train | train | train | **validate** |
#
# For every $k$ this gives $F$ accuracies: a mean, and an idea of how far to trust it.
#
# **Task.** Write `knn_cross_validate` in `knn.py`. It returns `{k: [accuracy of each fold, in percent]}`.

# %%
check("knn.knn_cross_validate")

# %% [markdown] id="best-k"
# ### The best k
#
# The highest mean wins; among equals the smallest $k$, which is the cheapest.
#
# **Task.** Write `knn_get_best_k` in `knn.py`.

# %%
check("knn.knn_get_best_k")

# %% [markdown]
# **Experiment.** Ten values of $k$, five folds. About a second.

# %% id="cross-validate-experiment"
k_to_accuracies = knn.knn_cross_validate(x_train, y_train)
best_k = knn.knn_get_best_k(k_to_accuracies)
plotting.cross_validation_curve(
    k_to_accuracies, best=best_k, title=f"Few neighbours are best for digits: k = {best_k}"
)

# %% [markdown]
# The mean should fall slowly from about $k = 3$ on. Look at the error bars as well: the folds differ by far
# more than neighbouring values of $k$ do. $k = 1$ and $k = 5$ are as good; $k = 100$ is not.
#
# Now, once, the test set:

# %% id="best-k-experiment"
accuracy = knn.KnnClassifier(x_train, y_train).check_accuracy(x_test, y_test, k=best_k)

# %% [markdown] id="shapes"
# ## 8. Where pixels fail
#
# Digits are kind: upright, centred, without background. `shapes` is not: ten classes of small colour pictures
# in which an object of some shape and texture lies anywhere, at any size and angle, before a background. The
# kit draws them itself, so there is nothing to download; the first time takes about 20 seconds.

# %% id="shapes-data"
shapes, shapes_test = load("shapes"), load("shapes", "test")
shapes, shapes_test = shapes.first(4000), shapes_test.first(1000)  # enough to see it, and quick
print(shapes)
names = [name.replace(" ", "\n") for name in shapes.classes]
plotting.image_grid(shapes.images[:20], [names[c] for c in shapes.labels[:20]], title="Twenty shapes")

# %% [markdown]
# **Experiment.** The same code, other data. A few seconds.

# %% id="shapes-experiment"
classifier = knn.KnnClassifier(shapes.floats(), shapes.labels)
on_shapes = {
    f"shapes\nk = {k}": classifier.check_accuracy(shapes_test.floats(), shapes_test.labels, k=k, quiet=True)
    for k in (1, 10, 50)
}
on_digits = knn.KnnClassifier(x_train, y_train).check_accuracy(x_test, y_test, k=best_k, quiet=True)
plotting.bars(
    {"chance": 10.0, **on_shapes, f"digits\nk = {best_k}": on_digits},
    title="Pixel distance reads digits, not pictures",
    ylabel="test accuracy (%)",
)

# %% [markdown]
# On shapes you should see a quarter to a third right: better than chance, far from useful. It is the same
# with photographs: on CIFAR-10 with 10,000 training images, kNN reaches 31 %.
#
# **Experiment.** Why? Change one digit a little and see how far it moves from itself.

# %% id="metric-experiment"
nine = x_test[9]
changed = {
    "itself": nine,
    "one pixel right": nine.roll(1, dims=2),
    "two pixels right": nine.roll(2, dims=2),
    "half the ink": nine * 0.5,
    "a grey veil": nine * 0.7 + 0.3,
}
others = knn.compute_distances_no_loops(x_train[y_train != 9], nine[None])[:, 0]  # images of other digits
changed["nearest other digit"] = x_train[y_train != 9][others.argmin()]
moved = knn.compute_distances_no_loops(torch.stack(list(changed.values())), nine[None])[:, 0]
captions = [f"{name}\n{float(d):.1f}" for name, d in zip(changed, moved, strict=True)]
plotting.image_grid(list(changed.values()), captions, title="Squared distance to the first image", columns=6, size=1.15)

# %% [markdown]
# A shift by one pixel should move a digit further than the step to another class.

# %% [markdown] id="metric"
# ### In words: a better distance
#
# The pictures show what the pixel distance takes for a large change and what for a small one. (a) Name two
# changes of an image that should not matter to a classifier but do matter to this distance. (b) Propose a
# change to the images or to the distance that would make kNN insensitive to one of them, and say what it
# costs or what else it would confuse. Three to five sentences.

# %% [markdown] written="knn.inline_metric"
# **Your answer**
#
# ### BEGIN SOLUTION
# (a) Shifting the digit by a pixel or two, and changing the brightness or contrast (less ink, a grey
# background), do not change what digit it is but make the distance larger than that to other digits. Size,
# slant and thickness of the pen do the same.
#
# (b) Examples. *Brightness*: subtract from each image its mean and divide by its standard deviation before
# comparing; this costs little, but an empty image is then compared by its noise, and an image in which the
# overall brightness names the class loses that cue. *Shift*: take the smallest distance over all shifts by up
# to two pixels; it costs 25 times the time, and digits that differ by a small displacement of a part become
# more alike. Blurring first is a cheaper form, and loses thin strokes. *Both*: compare features, such as
# histograms of gradient directions or the layers of a network, instead of pixels.
#
# *Points: 1 for two such changes; 1 for a remedy that works; 1 for its cost or what it confuses.*
# ### END SOLUTION

# %% [markdown] id="leak"
# ## 9. A validation set that leaks
#
# Pictures rarely come alone. A camera takes many of one scene, a patient has many scans, a writer fills a
# page. `shapes` is such a set: each picture knows its *group*, the scene that it was taken in. Cut a
# validation set at random, and nearly every validation picture has siblings from its own scene in the
# training set. kNN finds them at once. The number that comes out answers the question "how well do I do on
# scenes that I have already seen?", and nobody asked that.
#
# Cut by group instead, and no scene is on both sides:
#
# | split | the question it answers |
# | --- | --- |
# | random | new pictures of old scenes |
# | by group | new pictures of new scenes: what the test asks |

# %% id="leak-look"
scenes = shapes.groups.unique()[:2]
siblings = torch.cat([torch.nonzero(shapes.groups == scene)[:4, 0] for scene in scenes])
names = [shapes.classes[c].replace(" ", "\n") for c in shapes.labels[siblings]]
plotting.image_grid(shapes.images[siblings], names, title="Two scenes, four pictures of each", columns=8)

# %% [markdown]
# **Experiment.** The same classifier, validated in two ways, and the test. A few seconds.

# %% id="leak-experiment"
accuracies = {}
for by, name in (("image", "validation,\nrandom split"), ("group", "validation,\nsplit by scene")):
    part, validation = split_validation(shapes, 0.2, by=by)
    classifier = knn.KnnClassifier(part.floats(), part.labels)
    accuracies[name] = classifier.check_accuracy(validation.floats(), validation.labels, k=1, quiet=True)
classifier = knn.KnnClassifier(shapes.floats(), shapes.labels)
accuracies["test:\nnew scenes"] = classifier.check_accuracy(
    shapes_test.floats(), shapes_test.labels, k=1, quiet=True
)
plotting.bars(accuracies, title="The random split promises what the test does not keep", ylabel="accuracy (%)")

# %% [markdown]
# The random split should promise far more than the test keeps; the split by scene should be near it. In the
# PROPS data set of DeepRob a random split says 96 %, and the test 56 %. The remedy costs one argument. Ask of
# every data set: what are its groups?

# %% [markdown] id="next"
# ## What next?
#
# kNN compares with everything it has seen, pixel by pixel. The next notebook, `linear_classifier.ipynb`,
# learns *one* template for each class instead: it answers with a single matrix product, forgets the training
# images, and needs a loss and a gradient, the two words that everything after it is made of.

# %% [markdown] id="finish"
# ## Check everything, and hand in
#
# All visible checks of both notebooks, on this machine's own device: the GPU where there is one.

# %% id="check-all"
check.all(device="auto")

# %% [markdown]
# Fill in your name and id at the top, save this notebook, and build the file to hand in. It says what is
# still missing.

# %% id="hand-in"
check.hand_in(student=STUDENT_ID, name=STUDENT_NAME, notebook="knn")
