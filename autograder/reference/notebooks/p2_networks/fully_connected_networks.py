# %% [markdown] id="title"
# {{badge}}
#
# # Fully connected networks
#
# The gradient of a two-layer network fits on half a page. For ten layers nobody derives it by hand, and
# nobody has to: a network is a chain of *layers*, and the chain rule needs no more from each than its own
# gradient. So write each layer once, forward and backward, and build any network from them. This is how
# PyTorch works inside.
#
# ![Three panels. A chain of layers from the images to the loss: forward the data go to the right, backward the
# gradients to the left. Training accuracy on fifty images against the scale of the first weights: the range
# that works is narrower for five layers than for three. The focal loss against the probability of the true
# class, for four values of gamma.](images/fully_connected_opening.png)
#
# **By the end** you will have written the layers and three losses, checked them against numbers, built
# networks of any depth from them, made networks learn fifty images by heart, and seen why that is harder with
# five layers than with three.
#
# | | |
# | --- | --- |
# | Time | four to six hours; the notebook itself runs in about half a minute on a CPU |
# | You need | `two_layer_net.ipynb`: backpropagation with matrices |
# | You write | `fully_connected_networks.py`: twelve of its questions, 52 points, and one answer in words, 3 points |

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
# You write your code in `fully_connected_networks.py`, at the path above. Save it, and the next cell that you
# run uses the new version. There is nothing to restart. The rest of that file belongs to the next notebook,
# `optimizers_and_dropout.ipynb`.

# %% id="student"
STUDENT_NAME = ""  # @param {type:"string"}
STUDENT_ID = ""  # @param {type:"string"}

# %% [markdown] id="data-text"
# ## 1. A layer
#
# A layer is a pair of functions. `forward` turns an input into an output; `backward` turns the gradient of
# the loss with respect to that output, *the upstream gradient* `dout`, into the gradients with respect to the
# inputs. What `backward` needs to remember from `forward` travels in a `cache`:
#
#     out, cache = Layer.forward(x, ...)
#     dx, ... = Layer.backward(dout, cache)
#
# A layer knows nothing of the others, of the loss, or of how many images there are in the world. That is why
# it fits everywhere.
#
# The data are the digits again, this time as images $(N, 1, 8, 8)$: a layer takes any shape.

# %% id="data"
import math

import torch

from deeprob import plotting
from deeprob.datasets import load, split_validation
from deeprob.gradient_check import compare_gradients, compute_numeric_gradient
from deeprob.solver import Diverged, Solver

torch.set_num_threads(1)  # these tensors are small: more threads would only wait for one another
fc = workspace.exercise("fully_connected_networks")


# %% id="prepare"
def prepare(pictures, test, validation=0.2):
    """Training, validation and test images for a Solver: the mean training image subtracted, and kept as "mean"."""
    part, held = split_validation(pictures, validation)
    mean = part.floats().mean(0)
    data = {"X_train": part.floats() - mean, "y_train": part.labels}
    data |= {"X_val": held.floats() - mean, "y_val": held.labels}
    return data | {"X_test": test.floats() - mean, "y_test": test.labels, "mean": mean}


digits = prepare(load("digits"), load("digits", "test"))
X, y = digits["X_train"], digits["y_train"]
print(f"X {tuple(X.shape)}, y {tuple(y.shape)}, validation {tuple(digits['X_val'].shape)}")

# %% id="data-look"
pictures = torch.cat([X[:9] + digits["mean"], digits["mean"][None]])
captions = [f"a {int(label)}" for label in y[:9]] + ["the mean"]
plotting.image_grid(pictures, captions, title="Nine training images, and the mean that is subtracted from each")

# %% [markdown] id="linear-forward"
# ### Linear, forward
#
# The layer from which nearly everything is made. Each example is laid out as one row of $D = d_1 \cdots d_k$
# numbers; each of the $M$ outputs is a weighted sum of them, and a bias:
#
# $$\underbrace{\text{out}}_{(N, M)} = \underbrace{X}_{(N, D)} \underbrace{w}_{(D, M)} + \underbrace{b}_{(M,)} .$$
#
# **Task.** Write `Linear.forward` in `fully_connected_networks.py`.

# %%
check("fully_connected_networks.Linear.forward")

# %% [markdown]
# **Experiment.** A layer whose weights nobody had to train. Let $\mu_c$ be the mean image of class $c$, and
# name the class whose mean is nearest. That is a linear layer, with the columns $\mu_c$ and the biases
# $-\tfrac12 \lVert \mu_c \rVert^2$, because
#
# $$\lVert x - \mu_c \rVert^2 = \lVert x \rVert^2 - 2 \big(x \cdot \mu_c - \tfrac12 \lVert \mu_c \rVert^2\big) .$$

# %% id="linear-forward-experiment"
means = torch.stack([X[y == c].mean(0).flatten() for c in range(10)], dim=1)  # (64, 10)
biases = -0.5 * (means**2).sum(0)  # (10,)
scores, _ = fc.Linear.forward(digits["X_val"], means, biases)  # (V, 10)
right = (scores.argmax(1) == digits["y_val"]).double().mean()
plotting.templates(means, (8, 8), title=f"The mean of each class: {100 * right:.1f} % right without training")

# %% [markdown]
# About 93 % should be right, without a single step of training.

# %% [markdown] id="linear-backward"
# ### Linear, backward
#
# You know the three gradients from the two-layer net, where they had other names:
#
# $$\underbrace{dX}_{(N, D)} = \text{dout}\; w^\top, \qquad \underbrace{dw}_{(D, M)} = X^\top \text{dout}, \qquad
# \underbrace{db}_{(M,)} = \textstyle\sum_i \text{dout}_{i,:} .$$
#
# $dX$ is new: that net had no use for the gradient with respect to its images. A layer cannot know whether
# there is another layer below it, so it computes all three. Nothing is divided by $N$ here: the loss, which
# averages, has done that already.
#
# **Task.** Write `Linear.backward` in `fully_connected_networks.py`. `dx` has the shape of `x`,
# $(N, d_1, \dots, d_k)$.

# %%
check("fully_connected_networks.Linear.backward")

# %% [markdown]
# **Experiment.** Against numbers first, with an upstream gradient drawn at random. Then the gradient with
# respect to the image: which pixels would have to change to make this 8 more of a 3? With `dout` 1 for class
# 3 and -1 for class 8, `dx` is the answer. Add it to the image, little by little.


# %% id="linear-backward-experiment"
torch.manual_seed(0)
x, w, b = torch.randn(4, 2, 3).double(), torch.randn(6, 5).double(), torch.randn(5).double()
out, cache = fc.Linear.forward(x, w, b)
dout = torch.randn(4, 5).double()
for name, value, gradient in zip("xwb", (x, w, b), fc.Linear.backward(dout, cache), strict=True):
    numeric = compute_numeric_gradient(lambda _: fc.Linear.forward(x, w, b)[0], value, dout)
    print(compare_gradients(numeric, gradient, f"d{name}"))

eight = X[y == 8][:1]  # (1, 1, 8, 8)
_, cache = fc.Linear.forward(eight, means, biases)
dx, _, _ = fc.Linear.backward(torch.eye(10)[[3]] - torch.eye(10)[[8]], cache)

# %% id="linear-backward-plot"
steps = [eight + t * dx for t in (0, 0.25, 0.5, 0.75, 1)]
called = [int(fc.Linear.forward(image, means, biases)[0].argmax()) for image in steps]
pixels = torch.cat(steps) + digits["mean"]
captions = [f"{t:g} · dx\ncalled {c}" for t, c in zip((0, 0.25, 0.5, 0.75, 1), called, strict=True)]
plotting.image_grid(pixels.clamp(0, 1), captions, title="Along dx an 8 becomes a 3", columns=5, size=1.1)

# %% [markdown]
# The three errors should be below $10^{-6}$, and the call should change from 8 to 3 on the way. The gradient
# with respect to the *input* is what gets handed to the layer below. It also shows how to fool a classifier.

# %% [markdown] id="relu-forward"
# ### ReLU, forward
#
# Entry by entry, $\text{out} = \max(0, x)$. It has no parameters. It must not write into `x`, which may still
# be needed by somebody else.
#
# **Task.** Write `ReLU.forward` in `fully_connected_networks.py`.

# %%
check("fully_connected_networks.ReLU.forward")

# %% [markdown]
# **Experiment.** What the two layers do to the plane: a linear layer turns, stretches and shifts it, a ReLU
# folds it onto the axes.

# %% id="relu-forward-experiment"
torch.manual_seed(0)
angle = torch.linspace(0, 2 * math.pi, 200)
rings = torch.cat([r * torch.stack([angle.cos(), angle.sin()], 1) for r in (0.6, 1.2, 1.8)])  # (600, 2)
turned, _ = fc.Linear.forward(rings, torch.tensor([[1.3, 0.1], [-0.9, 0.8]]), torch.tensor([0.3, 0.3]))
folded, _ = fc.ReLU.forward(turned)

# %% id="relu-forward-plot"
places = {"input": rings, "after Linear": turned, "after ReLU": folded}
alt = "Three circles; after Linear, ellipses off the centre; after ReLU, cut off at the axes and laid onto them"
with plotting.figure(7.4, 2.7, alt=alt, columns=3, sharex=True, sharey=True) as axes:
    for ax, (title, place) in zip(axes, places.items(), strict=True):
        for i, marker in enumerate("osD"):
            px, py = place[200 * i : 200 * (i + 1) : 4].T.numpy()
            ax.plot(px, py, marker, markersize=3.5)
        ax.set(title=title, xlabel="first number", ylabel="second number")
        ax.label_outer()

# %% [markdown]
# Everything that was negative in one number should lie on an axis afterwards, and what was negative in both,
# in the corner. What lay apart there lies together now: no linear layer can do that.

# %% [markdown] id="relu-backward"
# ### ReLU, backward
#
# The gradient goes through where the *input* was positive, and stops where it was negative:
#
# $$dx = \text{dout} \odot \mathbb{1}[x > 0] .$$
#
# **Task.** Write `ReLU.backward` in `fully_connected_networks.py`. It is `x` that decides, not `dout`.

# %%
check("fully_connected_networks.ReLU.backward")

# %% [markdown]
# **Experiment.** A gradient that stops can stop for good. A hundred hidden units look at the digits; now give
# all of them the same bias, from -4 to 4, and ask `backward` which of them get any gradient for their weights
# at all.


# %% id="dead-experiment"
def open_and_dead(w, bias):
    """Percent of all (image, unit) that are open, and percent of the units whose weights get no gradient."""
    hidden, linear_cache = fc.Linear.forward(X, w, torch.full((100,), bias))
    out, relu_cache = fc.ReLU.forward(hidden)  # (N, 100)
    _, dw, _ = fc.Linear.backward(fc.ReLU.backward(torch.randn_like(out), relu_cache), linear_cache)
    return 100 * float((out > 0).double().mean()), 100 * float((dw == 0).all(0).double().mean())


torch.manual_seed(0)
w, shifts = 0.3 * torch.randn(64, 100), torch.linspace(-4, 4, 17).tolist()
opened, dead = zip(*(open_and_dead(w, shift) for shift in shifts), strict=True)

# %% id="dead-plot"
alt = f"At a bias of -4 {dead[0]:.0f} % of the units get no gradient from any image, from -1 on none of them"
with plotting.figure(6.2, 2.8, alt=alt) as ax:
    ax.plot(shifts, opened, "o-", label="open: share of all (image, unit)")
    ax.plot(shifts, dead, "s-", label="dead: units without any gradient")
    ax.set(title="A unit that never opens never learns", xlabel="bias of all units", ylabel="percent", ylim=(-5, 128))
    ax.legend(loc="upper center", ncols=2)

# %% [markdown]
# Far to the left nearly all units should be dead: closed for *every* image, so that nothing tells their
# weights to change.

# %% [markdown] id="dead-relu"
# ### In words: dead units
#
# (a) Explain with the two `backward` functions why a unit that is closed for all training images stays
# closed, whatever the rest of the network does. (b) At the start, with zero biases, no unit was dead. By what
# event during training can units die, and which hyper-parameter makes it more likely? (c) Propose a change
# that would let such a unit recover. Three to five sentences.

# %% [markdown] written="fully_connected_networks.inline_dead_relu"
# **Your answer**
#
# ### BEGIN SOLUTION
# (a) `ReLU.backward` multiplies the upstream gradient by 0 wherever the unit is closed. If that is so for all
# images, the column of `dout` that reaches `Linear.backward` is zero; so the column of $dw = X^\top \text{dout}$ and
# the entry of $db$ are zero too, and no step changes the unit's weights or bias. Its output is 0, so the layers
# above do not depend on it either. (Regularization can shrink its weights, and the layers below may change its
# inputs; that can bring it back by chance.)
#
# (b) By a step that is too long: one large gradient moves the bias (or the weights) so far to the negative
# side that the unit is closed for every image. A high learning rate makes it more likely; so do large first
# weights and inputs that are not centred.
#
# (c) A slope that is not 0 on the negative side (leaky ReLU, $\max(0.01 x, x)$; ELU), so that the gradient
# always gets through; or to draw the weights of dead units anew. A smaller learning rate or a small positive
# bias at the start prevents it but does not cure it.
#
# *Points: 1 for the zero column in both functions; 1 for a long step and the learning rate; 1 for a remedy.*
# ### END SOLUTION

# %% [markdown] id="softmax"
# ## 2. Losses
#
# A loss is the last layer: it takes the scores and the labels, returns one number, and at once the gradient
# with respect to the scores, which starts the way back. These are those of project 1 without their linear
# layer: $X$ and $W$ are no longer their business.
#
# $$L = \frac1N \sum_i -\log p_{i y_i}, \qquad dx = \frac1N (P - Y), \qquad (N, C).$$
#
# **Task.** Write `softmax_loss` in `fully_connected_networks.py`, without loops, and stable as in project 1.

# %%
check("fully_connected_networks.softmax_loss")

# %% [markdown]
# **Experiment.** Numbers first: with equal scores the loss is $\log C$, and scores of 10,000 are no reason
# for a NaN.

# %% id="softmax-experiment"
labels = torch.arange(10)
for name, factor in (("equal", 0.0), ("right by 10,000", 1e4), ("wrong by 10,000", -1e4)):
    scores = factor * torch.eye(10)  # image i has class i
    loss, dx = fc.softmax_loss(scores, labels)
    print(f"{name:>15}: loss {float(loss) + 0:10.4f}, gradients from {float(dx.min()):.3f} to {float(dx.max()):.3f}")

# %% [markdown]
# 2.3026 should come out, then 0, then a little more than 10,000; and no gradient beyond a tenth, for ten images.

# %% [markdown] id="svm"
# ### The SVM loss
#
# $$L = \frac1N \sum_i \sum_{j \neq y_i} \max(0,\; x_{ij} - x_{i y_i} + 1) .$$
#
# Every active term adds $1/N$ to the gradient of its class $j$ and takes $1/N$ from that of the true class.
#
# **Task.** Write `svm_loss` in `fully_connected_networks.py`, without loops.

# %%
check("fully_connected_networks.svm_loss")

# %% [markdown]
# **Experiment.** The same six scores, two opinions about what is wrong with them. The bars show the push on
# each score, $-dx$.

# %% id="svm-experiment"
scores, label = torch.tensor([[2.0, 1.6, 0.8, -0.5, -2.0, 2.3]]), torch.tensor([0])
pushes = {name: -loss(scores, label)[1][0] for name, loss in (("softmax", fc.softmax_loss), ("SVM", fc.svm_loss))}

# %% id="svm-plot"
alt = "Softmax pushes every wrong class down a little, SVM two of them by 1; both push the true class up"
with plotting.figure(7.4, 2.6, alt=alt, columns=3) as axes:
    bars = {"scores; class 0 is true": scores[0], **{f"push of {name}": push for name, push in pushes.items()}}
    for ax, (title, values) in zip(axes, bars.items(), strict=True):
        ax.bar(range(6), values, color=[plotting.COLOURS[1]] + 5 * [plotting.COLOURS[0]])
        ax.set(title=title, xlabel="class")
        ax.title.set_fontsize(10)
        ax.grid(axis="x", visible=False)

# %% [markdown]
# Softmax should push every class, each as hard as it is probable. The SVM should push classes 1 and 5 by 1
# each, and the true one by 2 the other way; class 2 is more than 1 below the true score, and so are 3 and 4:
# it has no wish there.

# %% [markdown] id="focal"
# ### The focal loss
#
# Where ten thousand easy examples stand against ten hard ones (background against objects, in detection), the
# sum of many small losses drowns the few large ones. The focal loss multiplies each loss by a weight that
# vanishes for what is classified well already. With $q$ the probability of the true class:
#
# $$L_i = -(1 - q)^\gamma \log q, \qquad
# \frac{\partial L_i}{\partial x_j} =
# \big((1-q)^\gamma - \gamma (1-q)^{\gamma-1}\, q \log q\big)\,(p_j - \mathbb{1}[j = y_i]) .$$
#
# The first factor comes from the product rule: the weight depends on the scores, too. With $\gamma = 0$ it is
# 1, and all is softmax again.
#
# **Task.** Write `focal_loss` in `fully_connected_networks.py`, without loops.

# %%
check("fully_connected_networks.focal_loss")

# %% [markdown]
# **Experiment.** Who moves the network? A thousand easy examples ($q = 0.95$) against ten hard ones
# ($q = 0.2$).


# %% id="focal-experiment"
def two_classes(q):
    """Scores (N, 2) to which softmax gives the probabilities q and 1 - q."""
    return torch.stack([(q / (1 - q)).log(), torch.zeros_like(q)], dim=1)


q = torch.linspace(0.02, 0.999, 200, dtype=torch.float64)
mixed = two_classes(torch.cat([torch.full((1000,), 0.95), torch.full((10,), 0.2)]).double())  # (1010, 2)
zeros = torch.zeros(1010, dtype=torch.int64)
pulls = {gamma: fc.focal_loss(mixed, zeros, gamma)[1].abs().sum(1) for gamma in (0, 1, 2, 5)}  # (1010,) each
hard = {f"γ = {gamma}": 100 * float(pull[1000:].sum() / pull.sum()) for gamma, pull in pulls.items()}
focal_curves = {
    gamma: [float(fc.focal_loss(row[None], zeros[:1], gamma)[0]) for row in two_classes(q)] for gamma in pulls
}

# %% id="focal-plot"
words = ", ".join(f"{name}: {share:.0f} %" for name, share in hard.items())
with plotting.figure(7.6, 2.9, alt=f"Share of the ten hard examples in the gradient: {words}", columns=2) as axes:
    for (gamma, losses), style in zip(focal_curves.items(), ("-", "--", "-.", ":"), strict=True):
        axes[0].plot(q, losses, style, label=f"γ = {gamma}")
    axes[0].set(title="Less for the easy ones", xlabel="q, probability of the true class", ylabel="loss", ylim=(0, 3))
    axes[0].legend()
    plotting.bars(hard, title="Pull of 10 hard among 1,000 easy", ylabel="share of the gradient (%)", ax=axes[1])

# %% [markdown]
# With the softmax loss ($\gamma = 0$) the ten hard examples have about an eighth of the say; with
# $\gamma = 2$ nearly all of it.

# %% [markdown] id="two-layer"
# ## 3. A network of layers
#
# Now the net of the last notebook again, in a few lines: linear, ReLU, linear, loss; and back in the reverse
# order, each `backward` with the cache of its own `forward`. `Linear_ReLU`, the two in one, is given. To the
# loss comes the regularization, to the gradients of the weights its $2 \lambda W$:
#
# $$L = \text{softmax loss} + \lambda \textstyle\sum_{\text{layers}} \sum W^2 .$$
#
# **Task.** Write `TwoLayerNet` in `fully_connected_networks.py`: its parameters, and `loss`.

# %%
check("fully_connected_networks.TwoLayerNet")

# %% [markdown]
# A `Solver` trains it, or any model with `params` and `loss`. It is given, in `deeprob/solver.py`; read it
# once: it draws batches, calls `loss`, hands each parameter with its gradient to an *update rule*, measures
# the accuracies after each epoch and keeps the best parameters. The rule `sgd` is given in your file.
#
# **Experiment.** Loss at the start, gradients against numbers, then training. A second or two.


# %% id="two-layer-experiment"
def try_gradients(net):
    """Print where the gradients of a small network differ most from the numeric ones, on five random examples."""
    images, labels = torch.randn(5, 2, 3, dtype=torch.float64), torch.randint(3, (5,))
    _, grads = net.loss(images, labels)
    for name, p in net.params.items():
        numeric = compute_numeric_gradient(lambda _: net.loss(images, labels)[0], p)
        print(compare_gradients(numeric, grads[name], f"d{name}"))


torch.manual_seed(0)
try_gradients(fc.TwoLayerNet(6, 4, 3, weight_scale=0.5, reg=0.3, dtype=torch.float64))
net = fc.TwoLayerNet(64, 100, 10, weight_scale=0.1)
print(f"loss {float(net.loss(X, y)[0]):.3f}, expected about {math.log(10):.3f}")
solver = Solver(net, digits, fc.sgd, {"learning_rate": 0.5}, num_epochs=10, print_acc_every=2)
solver.train()

# %% [markdown]
# The four errors should be tiny, the loss should start near 2.3, and the accuracy on validation should end at
# about 96 %.

# %% [markdown] id="solver-instance"
# ### Your own settings
#
# **Task.** Write `create_solver_instance` in `fully_connected_networks.py`: a `Solver` with a network such as
# `TwoLayerNet`, which reaches 90 % on validation digits in at most 20 epochs. Choose hidden size, weight scale,
# update rule and rate; take the sizes of images and the number of classes from the data. (When you have written `adam`,
# in the next notebook, come back and see whether it is easier with it.)

# %%
check("fully_connected_networks.create_solver_instance")

# %% [markdown]
# **Experiment.** The same settings on the digits, and on `shapes`, for which they were not made. A few
# seconds.

# %% id="solver-experiment"
shapes = prepare(load("shapes").first(4000), load("shapes", "test"))
histories = {}
for name, data in (("digits", digits), ("shapes", shapes)):
    torch.manual_seed(0)
    solver = fc.create_solver_instance(data, torch.float32, "cpu")
    solver.verbose = False
    solver.train()
    histories[name] = solver.train_acc_history, solver.val_acc_history
    right = solver.check_accuracy(data["X_test"], data["y_test"])
    print(f"{name}: best on validation {100 * solver.best_val_acc:.1f} %, test {100 * right:.1f} %")
plotting.epoch_curves(histories, title="The same settings, other data", low=0)

# %% [markdown]
# On digits you should be above 90 %. On shapes, settings made for digits may fail, or learn the training
# pictures by heart, with the dashed curve far above the solid one: what to do about that, the next notebook
# says.

# %% [markdown] id="any-depth"
# ## 4. Any depth
#
# With $L$ layers: $L - 1$ times linear and ReLU, then linear, then the loss. A loop forward that keeps the
# caches, and a loop backward that uses them in the reverse order. The parameters are called `W1`, `b1` to
# `WL`, `bL`. Where `dropout` is above 0, a dropout layer follows each ReLU: write these calls now; the layer
# itself comes in the next notebook, and nothing here uses it.
#
# **Task.** Write `FullyConnectedNet` in `fully_connected_networks.py`.

# %%
check("fully_connected_networks.FullyConnectedNet")

# %% [markdown]
# **Experiment.** Gradients of a net of four layers, with regularization, against numbers.

# %% id="any-depth-experiment"
torch.manual_seed(0)
deep = fc.FullyConnectedNet([5, 4, 6], input_dim=6, num_classes=3, weight_scale=0.8, reg=0.3, dtype=torch.float64)
try_gradients(deep)

# %% [markdown]
# Eight tiny errors should appear. Any depth, and no new formula.

# %% [markdown] id="overfit"
# ## 5. Learn fifty images by heart
#
# The first test of any new network: can it learn fifty images perfectly? If not, something is broken, or it
# is trained badly; either is found much faster here than on all the data. What it takes is a good scale of
# the first weights and a good learning rate.
#
# **Task.** Write `get_three_layer_network_params` in `fully_connected_networks.py`: a weight scale and a
# learning rate with which `FullyConnectedNet([100, 100])` gets all of 50 digits right within 20 epochs. Try
# some, with the cell below; change both by factors of 3.

# %% id="overfit-try"
few = {**digits, "X_train": X[:50], "y_train": y[:50]}


def learn_fifty(depth, weight_scale, learning_rate):
    """Train a net of this many layers on 50 digits; return the solver."""
    torch.manual_seed(0)
    net = fc.FullyConnectedNet((depth - 1) * [100], 64, 10, weight_scale=weight_scale)
    settings = {"num_epochs": 20, "batch_size": 25, "verbose": False}
    solver = Solver(net, few, fc.sgd, {"learning_rate": learning_rate}, **settings)
    solver.train()
    return solver


solver = learn_fifty(depth=3, weight_scale=0.01, learning_rate=0.01)  # change these
print(f"training accuracy {100 * solver.train_acc_history[-1]:.0f} %, loss {solver.loss_history[-1]:.3f}")

# %%
check("fully_connected_networks.get_three_layer_network_params")

# %% [markdown] id="five-layers"
# ### Five layers
#
# **Task.** Write `get_five_layer_network_params` in `fully_connected_networks.py`: the same for
# `FullyConnectedNet([100, 100, 100, 100])`. Do the settings for three layers work here?

# %%
check("fully_connected_networks.get_five_layer_network_params")

# %% [markdown]
# **Experiment.** How wide is the target? Your learning rates, and weight scales from 0.01 to 1.


# %% id="overfit-experiment"
def reached(depth, weight_scale, learning_rate):
    """The best training accuracy in percent; 0 where the loss went to infinity."""
    try:
        return 100 * max(learn_fifty(depth, weight_scale, learning_rate).train_acc_history)
    except Diverged:
        return 0.0


chosen = {3: fc.get_three_layer_network_params(), 5: fc.get_five_layer_network_params()}
scales = torch.logspace(-2, 0, 13).tolist()
fifty = {depth: [reached(depth, scale, rate) for scale in scales] for depth, (_, rate) in chosen.items()}

# %% id="overfit-plot"
alt = "; ".join(f"{depth} layers: {sum(a > 99 for a in c)} of 13 scales reach 100 %" for depth, c in fifty.items())
with plotting.figure(6.6, 2.9, alt=alt) as ax:
    for (depth, accuracies), style in zip(fifty.items(), ("o-", "s--"), strict=True):
        ax.plot(scales, accuracies, style, label=f"{depth} layers, rate {chosen[depth][1]:g}")
    ax.set_xscale("log")
    ax.set(title="The deeper, the narrower", xlabel="scale of the first weights", ylabel="accuracy on 50 images (%)")
    ax.legend()

# %% [markdown]
# Both should have a range of scales that works, and that of the five layers should be narrower.
#
# **Experiment.** Why? Follow the signal through nine hidden layers, and the gradient on its way back, for
# three scales.


# %% id="signals"
def signals(weight_scale, layers=9):
    """Standard deviations of the hidden values after each layer, and of the gradients before each."""
    weights = [weight_scale * torch.randn(64 if i == 0 else 100, 100) for i in range(layers)]
    out, caches, forward, backward = X[:200], [], [], []
    for w in weights:
        out, cache = fc.Linear_ReLU.forward(out, w, torch.zeros(100))
        caches.append(cache)
        forward.append(float(out.std()))
    dout = torch.randn_like(out)
    for cache in reversed(caches):
        dout, _, _ = fc.Linear_ReLU.backward(dout, cache)
        backward.insert(0, float(dout.std()))
    return forward, backward


# %% id="signal-experiment"
torch.manual_seed(0)
followed = {scale: signals(scale) for scale in (0.05, math.sqrt(2 / 100), 0.4)}

# %% id="signal-plot"
alt = "; ".join(f"scale {scale:.2f}: after nine layers {forward[-1]:.0e}" for scale, (forward, _) in followed.items())
with plotting.figure(7.6, 2.9, alt=alt, columns=2, sharey=True) as axes:
    for ax, direction, title in zip(axes, (0, 1), ("Forward: hidden values", "Backward: gradients"), strict=True):
        for (scale, pair), style in zip(followed.items(), ("o-", "s-", "D-"), strict=True):
            ax.plot(range(1, 10), pair[direction], style, label=f"scale {scale:.2f}")
        ax.set_yscale("log")
        ax.set(title=title, xlabel="layer")
    axes[0].set_ylabel("standard deviation")
    axes[0].legend()

# %% [markdown]
# Each layer multiplies the signal by the same factor, so that nine layers take it to the ninth power. At 0.05
# it should die, at 0.4 explode, both ways alike. In between there is a scale at which it keeps its size,
# $\sqrt{2 / 100}$ for 100 inputs: half of the variance is lost in the ReLU, so the weights make it twice as
# large. Project 3 builds this into the network.

# %% [markdown] id="depth"
# ## 6. Is deeper better?
#
# **Experiment.** Networks of two, four and six layers on `shapes`, all else equal. About ten seconds.

# %% id="depth-experiment"
histories, ends = {}, []
for depth in (2, 4, 6):
    torch.manual_seed(0)
    net = fc.FullyConnectedNet((depth - 1) * [128], weight_scale=0.05)
    solver = Solver(net, shapes, fc.sgd, {"learning_rate": 0.05}, num_epochs=10, verbose=False)
    solver.train()
    ends.append(f"{depth} layers {100 * solver.val_acc_history[-1]:.0f} %")
    histories[ends[-1]] = solver.loss_history
plotting.learning_curves(histories, title="The deeper, the slower", ylabel="loss on shapes")
print("validation after 10 epochs:", ", ".join(ends))

# %% [markdown]
# The deeper the network, the longer it should take to leave the plateau at 2.3; with six layers most of the
# ten epochs are gone by then. The deeper networks could do everything that the shallow one can. Plain descent
# does not get them there: depth needs better steps, better first weights, and later, batch normalization.

# %% [markdown] id="next"
# ## What next?
#
# `optimizers_and_dropout.ipynb` takes the better steps: momentum, RMSProp and Adam. And it deals with the
# opposite problem, networks that learn their training images too well.

# %% [markdown] id="finish"
# ## Check everything, and hand in
#
# All visible checks of the three notebooks, on this machine's own device: the GPU where there is one.

# %% id="check-all"
check.all(device="auto")

# %% [markdown]
# Fill in your name and id at the top, save this notebook, and build the file to hand in. It says what is
# still missing.

# %% id="hand-in"
check.hand_in(student=STUDENT_ID, name=STUDENT_NAME, notebook="fully_connected_networks")
