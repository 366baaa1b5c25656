# %% [markdown] id="title"
# {{badge}}
#
# # Linear classifiers
#
# Nearest neighbours remember everything and think late. A linear classifier does the opposite: it squeezes
# the whole training set into one template for each class, and then answers with one matrix product. To learn
# the templates it needs two things that everything after it needs too: a *loss*, which says how wrong it is,
# and the *gradient* of the loss, which says in which direction it becomes less wrong.
#
# ![Three panels. The learned templates of ten digits in blue and orange, in which the digits can be made out.
# Falling loss curves of SVM and softmax. A grid of validation accuracies for learning rates and
# regularization strengths.](images/linear_opening.png)
#
# **By the end** you will have written two losses and their gradients by hand, checked them against numbers,
# made them fast, trained two classifiers by stochastic gradient descent to more than 95 % on validation
# digits, and looked at what they have learned.
#
# | | |
# | --- | --- |
# | Time | three to five hours; the notebook itself runs in about half a minute on a CPU |
# | You need | `knn.ipynb` (not its code), the chain rule, matrix products |
# | You write | `linear_classifier.py`: ten questions, 50 points, and two answers in words, 6 points |

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
# You write your code in `linear_classifier.py`, at the path above. Save it, and the next cell that you run
# uses the new version. There is nothing to restart.

# %% id="student"
STUDENT_NAME = ""  # @param {type:"string"}
STUDENT_ID = ""  # @param {type:"string"}

# %% [markdown] id="data-text"
# ## 1. Scores
#
# The classifier gives each class a score that is a weighted sum of the pixels, and names the class with the
# highest:
#
# $$s = x W, \qquad x \in \mathbb{R}^{D}, \quad W \in \mathbb{R}^{D \times C}, \quad s \in \mathbb{R}^{C}, \qquad
# \hat y = \arg\max_c s_c .$$
#
# Column $c$ of $W$ is the template of class $c$: the score is high where the image is bright and the template
# is positive. A constant that does not depend on the image, the *bias*, is wanted too. Append a 1 to every
# image, and the last row of $W$ is the bias: nothing else has to know about it. All $N$ images at once are
# one product, $S = X W$, $(N, D) \cdot (D, C) = (N, C)$.
#
# Two more preparations: pixels between 0 and 1, so that one learning rate suits all data, and the *mean
# training image* subtracted, so that the scores begin near zero. The mean comes from the training images
# alone; validation and test are not to be looked at, not even for a mean.

# %% id="data"
import math
import time

import torch

from deeprob import plotting
from deeprob.datasets import load, split_validation

torch.set_num_threads(1)  # these tensors are small: more threads would only wait for one another
linear_classifier = workspace.exercise("linear_classifier")
digits_train, digits_val = split_validation(load("digits"), 0.2)
digits_test = load("digits", "test")
mean_image = digits_train.floats().flatten(1).mean(0)  # (64,)


# %% id="prepare"
def prepare(split):
    """Images of a split as rows, (N, 65): the mean image subtracted, a 1 appended."""
    images = split.floats().flatten(1) - mean_image
    return torch.cat([images, torch.ones(len(images), 1)], dim=1)


data = {"X_train": prepare(digits_train), "y_train": digits_train.labels}
data |= {"X_val": prepare(digits_val), "y_val": digits_val.labels}
X, y = data["X_train"], data["y_train"]
print(f"X {tuple(X.shape)}, y {tuple(y.shape)}, validation {tuple(data['X_val'].shape)}")

# %% [markdown] id="explorer-text"
# ### Turn the weights yourself
#
# Here $D = 2$ and the bias, so $W$ is $(3, 3)$. Each class has an arrow, its template: it points to where its
# score grows. The plane has the colour of the winning class. At the right you see the three scores of the
# boxed point, and the line that the wrong ones have to stay below: the true score minus 1.
#
# ![The plane cut into three regions by straight lines, with an arrow for each class and points of three
# classes; six points are ringed. Beside it the three scores of one point as bars, and a dashed line one below
# the true score.](images/linear_explorer.png)
#
# Choose a class and move its $w_1$, $w_2$ and $b$. Can you get all points right? Can you get rid of all
# rings? What happens to the border when you make *all* weights twice as large, and what to the two losses?
# Then press the buttons.

# %% id="explorer"
from deeprob.widgets import linear_explorer

linear_explorer()

# %% [markdown]
# Borders between classes are always straight lines. Larger weights leave the borders where they are and
# change the losses: a loss measures more than right and wrong. What exactly, comes now.

# %% [markdown] id="svm-naive"
# ## 2. The SVM loss
#
# The multi-class SVM, or hinge loss, asks that the true class beat every other one by a margin of 1. Each
# class that comes closer costs as much as it is too close. With $s = x_i W$:
#
# $$L_i = \sum_{j \neq y_i} \max(0,\; s_j - s_{y_i} + 1), \qquad
# L = \frac{1}{N} \sum_i L_i + \lambda \sum_{d,c} W_{dc}^2 .$$
#
# The last term is *regularization*: of two $W$ that do equally well it prefers the smaller one. $\lambda$ is
# called `reg`.

# %% id="hinge-look"
lead = torch.linspace(-3, 3, 200)  # s_y - s_j
hinge, logistic = (1 - lead).clamp(min=0), torch.log1p(torch.exp(-lead))
with plotting.figure(6, 2.8, alt="Hinge: zero where the true class leads by 1 or more, rising to the left") as ax:
    ax.plot(lead.numpy(), hinge.numpy(), label="hinge: max(0, 1 − lead)")
    ax.plot(lead.numpy(), logistic.numpy(), "--", label="softmax of two classes: log(1 + exp(−lead))")
    ax.axvline(1, color="#6E6E6E", linewidth=0.8)
    ax.set(title="From a lead of 1 on, the SVM is content", xlabel="lead of the true class", ylabel="loss")
    ax.legend()

# %% [markdown]
# **The gradient.** $\partial L / \partial W$ has the shape of $W$, $(D, C)$. One active term,
# $s_j - s_{y_i} + 1 > 0$, is a sum of two scores; $s_j = x_i W_{:,j}$ depends on column $j$ alone, so
#
# $$\frac{\partial}{\partial W_{:,j}} (s_j - s_{y_i} + 1) = x_i, \qquad
# \frac{\partial}{\partial W_{:,y_i}} (s_j - s_{y_i} + 1) = -x_i .$$
#
# A term that is not active has the gradient 0. Sum over $i$ and $j$, divide by $N$, and add the
# regularization's $2 \lambda W$. In words: a step *against* this gradient takes each image that is too close
# out of the wrong template, and adds it to the right one.
#
# **Task.** Write `svm_loss_naive` in `linear_classifier.py`: a loop over the images and one over the classes.

# %%
check("linear_classifier.svm_loss_naive")

# %% [markdown]
# **Experiment.** Two tests that every loss deserves. First, a value that you know: with $W \approx 0$ all
# scores are equal, each of the $C - 1 = 9$ wrong classes is exactly 1 too close, and the loss is 9.

# %% id="svm-naive-experiment"
torch.manual_seed(0)
W = 1e-4 * torch.randn(65, 10)
loss, dW = linear_classifier.svm_loss_naive(W, X, y, 0.0)
print(f"loss {float(loss):.4f}, expected about 9; dW has shape {tuple(dW.shape)}")


# %% [markdown]
# Second, the gradient against its definition. Move one weight by $h$ to either side:
#
# $$\frac{\partial L}{\partial W_{dc}} \approx \frac{L(W + h E_{dc}) - L(W - h E_{dc})}{2h} .$$
#
# This is slow, one pair of losses for each weight, and needs no insight. So it makes a good test, in float64.


# %% id="numeric-gradient"
def compare_gradients(loss_function, W, X, y, reg, count=6, h=1e-5):
    """Print the numeric and the computed derivative for a few weights chosen at random."""
    dW = loss_function(W, X, y, reg)[1]
    for index in torch.randperm(W.numel())[:count].tolist():
        step = torch.zeros_like(W).view(-1)
        step[index] = h
        step = step.view_as(W)
        numeric = float(loss_function(W + step, X, y, reg)[0] - loss_function(W - step, X, y, reg)[0]) / (2 * h)
        place, computed = divmod(index, W.shape[1]), float(dW.view(-1)[index])
        print(f"W{list(place)}: numeric {numeric:+.8f}, yours {computed:+.8f}, differ {abs(numeric - computed):.0e}")


# %% id="svm-gradient-experiment"
X64, y64 = X[:100].double(), y[:100]
compare_gradients(linear_classifier.svm_loss_naive, 0.1 * torch.randn(65, 10).double(), X64, y64, reg=0.1)

# %% [markdown]
# The two columns should agree to about ten decimal places.

# %% [markdown] id="gradient-kink"
# ### In words: when the check disagrees
#
# Once in a while, a few derivatives of a *correct* SVM gradient differ from the numeric ones, by a thousandth
# or more. (a) Where does this come from? Give an example of one dimension, with numbers. (b) Is it a reason
# to worry? (c) Can it happen with a smaller $h$ too, and can it happen with the softmax loss? Three to five
# sentences.

# %% [markdown] written="linear_classifier.inline_gradient_kink"
# **Your answer**
#
# ### BEGIN SOLUTION
# (a) The hinge has a kink where a margin is exactly 0, and no derivative there. If the kink lies between
# $W - h$ and $W + h$, the numeric derivative mixes the slopes of both sides. Example: $f(x) = \max(0, x)$ at
# $x = 10^{-6}$ has the derivative 1, but with $h = 10^{-5}$ the numeric one is
# $(1.1 \cdot 10^{-5} - 0) / (2 \cdot 10^{-5}) = 0.55$.
#
# (b) No: it happens at few places, both numbers are right about what they measure, and in training such a
# point has probability (nearly) zero; at the kink itself any slope between the two (a subgradient) will do.
#
# (c) A smaller $h$ makes it rarer but cannot exclude it, and too small an $h$ drowns the difference in
# rounding. Softmax is smooth: it does not happen there.
#
# *Points: 1 for the kink with an example; 1 for why it is harmless; 1 for h and softmax.*
# ### END SOLUTION

# %% [markdown] id="svm-vectorized"
# ## 3. The SVM loss without loops
#
# The same numbers from whole matrices. All scores: $S = X W$, $(N, C)$. All margins: subtract from each row
# the score of its true class, $(N, C) - (N, 1)$. For the gradient, gather in $G$, $(N, C)$, how often each
# image enters each column:
#
# $$G_{ij} = \begin{cases} 1 & j \neq y_i, \text{ margin} > 0 \\
# -\#\{\text{such } j\} & j = y_i \\ 0 & \text{else} \end{cases}
# \qquad \frac{\partial L}{\partial W} =
# \frac{1}{N} \underbrace{X^\top}_{(D, N)} \underbrace{G}_{(N, C)} + 2 \lambda W .$$
#
# The pattern $X^\top G$, inputs times the derivative by the scores, will come back in every layer that you
# write.
#
# **Task.** Write `svm_loss_vectorized` in `linear_classifier.py`.

# %%
check("linear_classifier.svm_loss_vectorized")

# %% [markdown]
# **Experiment.** Is it the same, and how much faster? About a second.


# %% id="svm-vectorized-experiment"
def compare_speed(naive, vectorized):
    """Print how far two loss functions differ, and show how long each takes."""
    W, seconds, results = 0.1 * torch.randn(65, 10), {}, []
    for name, function, repeats in (("loops", naive, 1), ("vectorized", vectorized, 20)):
        function(W, X[:10], y[:10], 0.1)
        start_time = time.perf_counter()
        for _ in range(repeats):
            result = function(W, X, y, 0.1)
        seconds[name] = (time.perf_counter() - start_time) / repeats
        results.append(result)
    (loss_a, dW_a), (loss_b, dW_b) = results
    print(f"loss differs by {abs(float(loss_a - loss_b)):.0e}, gradient by {float((dW_a - dW_b).abs().max()):.0e}")
    factor = seconds["loops"] / seconds["vectorized"]
    plotting.timing_bars(seconds, title=f"The same gradient, {factor:,.0f} times faster")


compare_speed(linear_classifier.svm_loss_naive, linear_classifier.svm_loss_vectorized)

# %% [markdown]
# Both differences should be rounding errors. One step of training takes the time of the lower bar; with the
# upper one, the training below would take minutes.

# %% [markdown] id="softmax-naive"
# ## 4. The softmax loss
#
# The SVM is content with a lead of 1. Softmax never is: it reads the scores as unnormalized log-probabilities
# (*logits*) and asks for the probability of the true class to be 1.
#
# $$p_j = \frac{e^{s_j}}{\sum_k e^{s_k}}, \qquad L_i = -\log p_{y_i} = -s_{y_i} + \log \sum_k e^{s_k}, \qquad
# \frac{\partial L_i}{\partial s_j} = p_j - \mathbb{1}[j = y_i] .$$
#
# The gradient reads well: it pulls each probability to where it should be. By the chain rule, column $j$ of
# $\partial L_i / \partial W$ is $(p_j - \mathbb{1}[j = y_i])\, x_i$.
#
# **A trap.** $e^{89}$ is more than float32 can hold. Subtracting the largest score of the image from all its
# scores changes no probability, and then the largest exponent is 0. And take the right-hand form of $L_i$:
# where $p$ has become 0, its logarithm is minus infinity.
#
# **Task.** Write `softmax_loss_naive` in `linear_classifier.py`.

# %%
check("linear_classifier.softmax_loss_naive")

# %% [markdown]
# **Experiment.** The two tests again. With $W \approx 0$ every class has the probability $1/10$: the loss is
# $\log 10 \approx 2.303$.

# %% id="softmax-naive-experiment"
torch.manual_seed(0)
loss, _ = linear_classifier.softmax_loss_naive(1e-4 * torch.randn(65, 10), X, y, 0.0)
print(f"loss {float(loss):.4f}, expected about {math.log(10):.4f}")
compare_gradients(linear_classifier.softmax_loss_naive, 0.1 * torch.randn(65, 10).double(), X64, y64, reg=0.1)

# %% [markdown]
# **Experiment.** The trap. Make the weights larger and larger, and compare your loss with the formula as it
# stands on paper.

# %% id="stability-experiment"
torch.manual_seed(0)
direction = torch.randn(65, 10)
for scale in (1, 10, 100, 1000, 10000):
    scores, label = X[0] @ (scale * direction), y[0]  # of one image
    paper = -torch.log(scores.exp()[label] / scores.exp().sum())
    yours, dW = linear_classifier.softmax_loss_naive(scale * direction, X[:1], y[:1], 0.0)
    finite = "finite" if bool(dW.isfinite().all()) else "NOT finite"
    print(f"scores to {float(scores.max()):6.0f}: on paper {float(paper):5.2f}, yours {float(yours):9.2f}, dW {finite}")

# %% [markdown]
# On paper the loss should soon be `inf` or `nan`; yours stays finite and grows with the scores. (The first
# line differs a little: yours takes 200 images, which is enough to see it.)

# %% [markdown] id="softmax-vectorized"
# ## 5. The softmax loss without loops
#
# With $P$, $(N, C)$, all probabilities and $Y$, $(N, C)$, the labels as rows of zeros with a single 1:
#
# $$\frac{\partial L}{\partial W} = \frac{1}{N} X^\top (P - Y) + 2 \lambda W .$$
#
# Subtract from each row of $S$ *its own* maximum. One maximum for the whole matrix also prevents overflow,
# but a row that lies far below it becomes $0/0$.
#
# **Task.** Write `softmax_loss_vectorized` in `linear_classifier.py`.

# %%
check("linear_classifier.softmax_loss_vectorized")

# %% [markdown]
# **Experiment.** The same comparison. About a second.

# %% id="softmax-vectorized-experiment"
compare_speed(linear_classifier.softmax_loss_naive, linear_classifier.softmax_loss_vectorized)

# %% [markdown]
# A factor of some hundreds should come out again.

# %% [markdown] id="sample-batch"
# ## 6. A few images are enough
#
# The gradient of the loss is a mean over $N$ images. A mean can be estimated from a sample: 200 images
# instead of a million say nearly the same, thousands of times cheaper. This is *stochastic* gradient descent,
# and the sample is called a batch. Draw with replacement: each draw takes any of the first `num_train` images
# with the same probability.
#
# **Task.** Write `sample_batch` in `linear_classifier.py`.

# %%
check("linear_classifier.sample_batch")

# %% [markdown]
# **Experiment.** How good is the estimate? The angle between the gradient of a batch and that of all images.

# %% id="sample-batch-experiment"
torch.manual_seed(0)
W = 0.01 * torch.randn(65, 10)
full = linear_classifier.softmax_loss_vectorized(W, X, y, 0.0)[1]
sizes, cosines = [1, 4, 16, 64, 256, 1024], []
for size in sizes:
    batches = [linear_classifier.sample_batch(X, y, len(X), size) for _ in range(50)]
    gradients = torch.stack([linear_classifier.softmax_loss_vectorized(W, *batch, 0.0)[1] for batch in batches])
    cosines.append(torch.cosine_similarity(gradients.flatten(1), full.flatten()[None], dim=1))
angles = torch.stack(cosines).clamp(-1, 1).acos().rad2deg().numpy()  # (sizes, 50)

# %% id="sample-batch-plot"
alt = f"Mean angle {angles[0].mean():.0f} degrees for a batch of 1, {angles[-1].mean():.0f} for 1024"
with plotting.figure(6.4, 2.9, alt=alt) as ax:
    ax.errorbar(sizes, angles.mean(1), angles.std(1), marker="o", capsize=3)
    ax.set_xscale("log", base=2)
    ax.set_xticks(sizes, sizes)
    ax.set(title="Small batches point roughly downhill", xlabel="images in the batch", ylabel="angle to all (degrees)")

# %% [markdown]
# The angle should fall as the batch grows, ever more slowly: four times the images for half the angle. A
# batch of one still points more downhill than not, below 90 degrees.

# %% [markdown] id="train"
# ## 7. Descent
#
# Draw a batch, compute loss and gradient, take a step against the gradient, and repeat:
#
# $$W \leftarrow W - \eta \, \frac{\partial L}{\partial W}, \qquad \eta: \text{the learning rate}.$$
#
# **Task.** Write `train_linear_classifier` in `linear_classifier.py`. The classes `LinearSVM` and `Softmax`
# below it are given and call it.

# %%
check("linear_classifier.train_linear_classifier")

# %% [markdown]
# **Experiment.** What the learning rate does. Five runs of 400 steps, about a second.

# %% id="train-experiment"
histories = {}
for learning_rate in (0.0003, 0.01, 0.3, 10.0, 300.0):
    torch.manual_seed(0)
    _, history = linear_classifier.train_linear_classifier(
        linear_classifier.svm_loss_vectorized, None, X, y, learning_rate, reg=1e-4, num_iters=400
    )
    histories[f"learning rate {learning_rate:g}"] = history
plotting.learning_curves(histories, log=True, title="Too small: slow. Too large: wild", ylabel="SVM loss")

# %% [markdown]
# The smallest rate should still be on its way, those in the middle fall quickly at first and slowly then, and
# the largest jump about, at first far above the 9 of a classifier that knows nothing. The jitter within each
# curve is the noise of the batches.

# %% [markdown] id="predict"
# ## 8. What did it learn?
#
# **Task.** Write `predict_linear_classifier` in `linear_classifier.py`: the class with the highest score.

# %%
check("linear_classifier.predict_linear_classifier")

# %% [markdown]
# **Experiment.** Train both classifiers, and measure them on images that they were not trained on.



# %% id="predict-experiment"
def trained(model, learning_rate, X=X, y=y):
    """Train a model with the seed 0; return it with its loss history."""
    torch.manual_seed(0)
    history = model.train(X, y, learning_rate, reg=1e-3, num_iters=1000)
    return model, history


svm, svm_history = trained(linear_classifier.LinearSVM(), 0.03)
softmax, softmax_history = trained(linear_classifier.Softmax(), 0.3)
for name, model in (("SVM", svm), ("softmax", softmax)):
    right = (model.predict(data["X_val"]) == data["y_val"]).double().mean()
    print(f"{name}: {100 * right:.1f} % of the validation images right")
histories = {"SVM": svm_history, "softmax": softmax_history}
plotting.learning_curves(histories, title="Two losses fall; their scales differ", log=True, smooth=30)

# %% [markdown]
# Both should reach about 95 %. The losses start at 9 and at 2.3, as computed above, and cannot be compared
# with one another: only accuracies can.
#
# **Experiment.** The templates, as images: blue raises the score of a class where there is ink, orange lowers
# it.

# %% id="templates-experiment"
plotting.templates(svm.W, (8, 8), title="SVM: what each class looks for, and what it avoids")
plotting.templates(softmax.W, (8, 8), title="Softmax: the same ideas")

# %% [markdown] id="templates"
# ### In words: reading templates
#
# (a) Some templates look like their digit and some hardly do. Why does a template need orange places, and why
# are they not simply everything outside the digit? (b) The class 1 is written in several ways, with and
# without a foot. What must *one* template do about it, and what would kNN do? Three to five sentences.

# %% [markdown] written="linear_classifier.inline_templates"
# **Your answer**
#
# ### BEGIN SOLUTION
# (a) The score is compared with the other classes' scores, so a template has to say what distinguishes its
# class, not what it looks like. Orange marks places where ink speaks for *another* class: the middle of a 0
# is orange because ink there means 8 or another digit. Where ink occurs in no digit (the corners), or equally
# in all, it says nothing about the class; the gradient there is small, and regularization keeps the weights
# near zero.
#
# (b) One template is a single direction in pixel space, so it has to compromise: something like an average of
# the ways to write a 1, which fits each of them less well, with part of the distinction made by the orange
# places. kNN keeps every image and needs only one similar neighbour, so several ways to write a class do not
# disturb it. (A network gets several templates for a class by its hidden units.)
#
# *Points: 1 for discriminating rather than depicting; 1 for why not everywhere outside; 1 for averaging the
# modes against kNN.*
# ### END SOLUTION

# %% [markdown] id="svm-search"
# ## 9. Search
#
# Learning rate and regularization strength are hyper-parameters, as $k$ was. Try pairs on a grid, and judge
# by the validation set. Both act by factors, not by differences, so the values to try should be spaced by
# factors of 3 to 10. The loss curves above say where to begin.
#
# **Task.** Write `svm_get_search_params` in `linear_classifier.py`: at least two of each, at most 25 pairs.

# %%
check("linear_classifier.svm_get_search_params")

# %% [markdown] id="softmax-search"
# ### The same for softmax
#
# The gradient by the scores, $P - Y$, is never larger than 1; that of the SVM can be as large as $C - 1$. So
# softmax bears larger steps.
#
# **Task.** Write `softmax_get_search_params` in `linear_classifier.py`.

# %%
check("linear_classifier.softmax_get_search_params")

# %% [markdown] id="one-pair"
# ### One pair
#
# **Task.** Write `test_one_param_set` in `linear_classifier.py`: train with one pair, and return the model
# and its accuracies on the training and the validation images.

# %%
check("linear_classifier.test_one_param_set")

# %% [markdown]
# **Experiment.** The whole grid, for both losses. About three seconds for nine pairs each.


# %% id="search"
def search(model_class, search_params):
    """Try every pair; return {(learning rate, reg): validation accuracy in percent} and the best model."""
    results, best = {}, None
    learning_rates, strengths = search_params()
    for lr in learning_rates:
        for reg in strengths:
            torch.manual_seed(0)
            model, _, accuracy = linear_classifier.test_one_param_set(model_class(), data, lr, reg, num_iters=500)
            results[lr, reg] = 100 * accuracy
            if results[lr, reg] == max(results.values()):
                best = model
    return results, best


# %% id="search-experiment"
svm_results, best_svm = search(linear_classifier.LinearSVM, linear_classifier.svm_get_search_params)
softmax_results, best_softmax = search(linear_classifier.Softmax, linear_classifier.softmax_get_search_params)
top = {"SVM": max(svm_results.values()), "softmax": max(softmax_results.values())}
plotting.search_grid(svm_results, title=f"SVM: best {top['SVM']:.1f} % (validation)")
plotting.search_grid(softmax_results, title=f"Softmax: best {top['softmax']:.1f} % (validation)")

# %% [markdown]
# Does the best cell lie on the border of your grid? Then a better pair may lie outside: widen the grid, and
# run the cell again.
#
# Now, once, the test set. For comparison, what was promised:

# %% id="test-experiment"
X_test, y_test = prepare(digits_test), digits_test.labels
predicted = {"SVM": best_svm.predict(X_test), "softmax": best_softmax.predict(X_test)}
measured = {name: 100 * float((labels == y_test).double().mean()) for name, labels in predicted.items()}
accuracies = {f"{name}\n{part}": values[name] for name in top for part, values in (("val", top), ("test", measured))}
plotting.bars(accuracies, title="The test keeps less than validation promised", ylabel="accuracy (%)")
plotting.confusion_matrix(y_test, predicted["SVM"], title=f"SVM on the test: {measured['SVM']:.1f} % right")

# %% [markdown]
# The test should be several points below the validation. Two reasons. The best of nine on the validation set
# is a little lucky. And `digits` does not record who wrote what, but its images are in the order of the
# forms: neighbours are often by one hand. Our validation images lie between the training images, the test
# images are the last 500. It is the leak of `knn.ipynb`, section 9, in the wild. kNN with its 97 % loses
# less: it needs one similar digit, not one template for all.

# %% [markdown] id="shapes"
# ## 10. Where one template fails
#
# **Experiment.** The same classifier on `shapes`, and its templates, in colour. About five seconds.

# %% id="shapes-experiment"
shapes, shapes_test = load("shapes").first(4000), load("shapes", "test").first(1000)
mean_shape = shapes.floats().flatten(1).mean(0)  # (3072,)
X_shapes, X_shapes_test = (
    torch.cat([s.floats().flatten(1) - mean_shape, torch.ones(len(s), 1)], dim=1) for s in (shapes, shapes_test)
)
torch.manual_seed(0)
model = linear_classifier.Softmax()
_ = model.train(X_shapes, shapes.labels, learning_rate=0.01, reg=0.01, num_iters=800)
right = (model.predict(X_shapes_test) == shapes_test.labels).double().mean()
title = f"Colours without objects: {100 * right:.0f} % right"
plotting.templates(model.W, (3, 32, 32), classes=shapes.classes, title=title)

# %% [markdown]
# You should see blurred colours and no object: about a third right, more than kNN reached on the same images.
# An object that can lie anywhere leaves no trace in a template that is tied to its place; only the average
# colour of each place remains. To find an object wherever it is, the template has to *move*: that is
# convolution, in project 3. First, project 2 puts two of these classifiers on top of one another.

# %% [markdown]
# **Experiment.** Last, the two families of this project side by side, on points for which no straight line
# will do.

# %% id="regions-experiment"
torch.manual_seed(0)
radius, labels = torch.tensor([0.6, 2.0])[torch.arange(120) % 2], torch.arange(120) % 2
angle = torch.rand(120) * 2 * math.pi
points = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1) + 0.25 * torch.randn(120, 2)
ones = torch.ones(120, 1)
plain, _ = trained(linear_classifier.Softmax(), 0.1, torch.cat([points, ones], 1), labels)
# the same classifier, with the squares of the features as further features
squares, _ = trained(linear_classifier.Softmax(), 0.1, torch.cat([points, points**2, ones], 1), labels)


# %% id="regions-plot"
def straight(p):
    return plain.predict(torch.cat([p, torch.ones(len(p), 1)], 1))


def curved(p):
    return squares.predict(torch.cat([p, p**2, torch.ones(len(p), 1)], 1))


alt = "Left: one straight border, half of the points right. Right: an ellipse, nearly all right"
with plotting.figure(7.6, 3.2, alt=alt, columns=2) as axes:
    plotting.decision_regions(straight, points, labels, title="A straight border cannot", ax=axes[0])
    plotting.decision_regions(curved, points, labels, title="Linear in better features can", ax=axes[1])

# %% [markdown] id="next"
# The classifier at the right is still linear: in $x_1, x_2, x_1^2, x_2^2$. Good features make a linear
# classifier strong. Here we have chosen them; a network learns them. That is the next project.

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
check.hand_in(student=STUDENT_ID, name=STUDENT_NAME, notebook="linear_classifier")
